// SPDX-License-Identifier: Apache-2.0
#include <nas/rewards/loss_reward.hpp>

#include <doctest/doctest.h>

#include <rewards/finished_models.hpp>

TEST_CASE("loss_reward: the negative loss of the epoch whose weights were kept") {
    nas::tests::model_example model{.losses = {3, 0.5, 2}, .kept_epoch = 1};
    CHECK(nas::loss_reward{}(model.view()) == -0.5);  // AMBER D32
    model.kept_epoch = 2;
    CHECK(nas::loss_reward{}(model.view()) == -2);
}
