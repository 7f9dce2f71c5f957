// SPDX-License-Identifier: Apache-2.0
#include <nas/rewards/roc_auc_reward.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

#include <rewards/finished_models.hpp>

TEST_CASE("roc_auc_reward: AMBER D33 one output") {
    const nas::tests::model_example model{.scores = {0.1F, 0.4F, 0.35F, 0.8F}, .targets = {0, 0, 1, 1}};
    CHECK(nas::roc_auc_reward{}(model.view()) == 0.75);
}

TEST_CASE("roc_auc_reward: AMBER D33 outputs of a single class are left out") {
    // Columns: 0.75; one class; 0.5.
    const nas::tests::model_example model{
        .outputs = 3,
        .scores = {0.1F, 0.2F, 0.5F, 0.4F, 0.1F, 0.5F, 0.35F, 0.9F, 0.5F, 0.8F, 0.3F, 0.5F},
        .targets = {0, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1, 1}};
    CHECK(nas::roc_auc_reward{}(model.view()) == 0.625);
}

TEST_CASE("roc_auc_reward: a model that cannot be scored") {
    nas::tests::model_example model{.outputs = 2, .scores = {0.1F, 0.2F, 0.3F, 0.4F}, .targets = {1, 0, 1, 0}};
    CHECK_THROWS_WITH_AS(
        nas::roc_auc_reward{}(model.view()),
        "nas::scorer_reward: no output can be scored: nas::roc_auc: the targets must hold both 0 and 1",
        nas::fatal_error);
    model.targets = {1.5F, 0, 1, 0};  // a regression's
    CHECK_THROWS_AS(nas::roc_auc_reward{}(model.view()), std::invalid_argument);
}
