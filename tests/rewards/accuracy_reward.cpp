// SPDX-License-Identifier: Apache-2.0
#include <nas/rewards/accuracy_reward.hpp>

#include <doctest/doctest.h>

#include <rewards/finished_models.hpp>

TEST_CASE("accuracy_reward: that of the epoch whose weights were kept") {
    nas::tests::model_example model{.accuracies = {0.5, 0.75, 0.625}, .losses = {3, 1, 2}, .kept_epoch = 1};
    CHECK(nas::accuracy_reward{}(model.view()) == 0.75);
    model.kept_epoch = 2;
    CHECK(nas::accuracy_reward{}(model.view()) == 0.625);
}

TEST_CASE("accuracy_reward: regression has none, which ends the search") {
    const nas::tests::model_example model{.losses = {3, 1, 2}};
    CHECK_THROWS_WITH_AS(nas::accuracy_reward{}(model.view()),
                         "nas::finished_model: the reward needs accuracies, which regression has not; choose another",
                         nas::fatal_error);
}
