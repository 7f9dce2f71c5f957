// SPDX-License-Identifier: Apache-2.0
#include <nas/rewards/average_precision_reward.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

#include <rewards/finished_models.hpp>

TEST_CASE("average_precision_reward: AMBER D33 one output") {
    const nas::tests::model_example model{.scores = {0.1F, 0.4F, 0.35F, 0.8F}, .targets = {0, 0, 1, 1}};
    CHECK(nas::average_precision_reward{}(model.view()) == doctest::Approx(0.8333333333).epsilon(1e-9));
}

TEST_CASE("average_precision_reward: the mean over outputs that have both classes") {
    // Columns: 5/6; all 1; a constant score, of which half are 1.
    nas::tests::model_example model{.outputs = 3,
                                    .scores = {0.1F, 0.2F, 0.5F, 0.4F, 0.1F, 0.5F, 0.35F, 0.9F, 0.5F, 0.8F, 0.3F, 0.5F},
                                    .targets = {0, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1, 1}};
    CHECK(nas::average_precision_reward{}(model.view()) == doctest::Approx((5.0 / 6 + 0.5) / 2));
    model.targets.assign(12, 1.0F);
    CHECK_THROWS_AS(nas::average_precision_reward{}(model.view()), nas::fatal_error);
}
