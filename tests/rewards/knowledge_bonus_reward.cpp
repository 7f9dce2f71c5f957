// SPDX-License-Identifier: Apache-2.0
#include <nas/rewards/knowledge_bonus_reward.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include <nas/rewards/loss_reward.hpp>
#include <nas/rewards/roc_auc_reward.hpp>
#include <rewards/finished_models.hpp>

namespace {

double reward_of(double agreement, nas::knowledge_bonus_options options) {
    const nas::tests::model_example model{.scores = {0.1F, 0.4F, 0.35F, 0.8F}, .targets = {0, 0, 1, 1}};
    const nas::knowledge_bonus_reward reward{nas::roc_auc_reward{},
                                             [=](const nas::finished_model&) { return agreement; }, options};
    static_assert(nas::Reward<decltype(reward)>);
    return reward(model.view());
}

}  // namespace

TEST_CASE("knowledge_bonus_reward: AMBER D33 with knowledge") {
    CHECK(reward_of(0.2, {.weight = 3, .base_scale = 0.5, .knowledge_scale = 4}) == doctest::Approx(1.65));
}

TEST_CASE("knowledge_bonus_reward: base reward and agreement are gains") {
    CHECK(reward_of(0.2, {}) == doctest::Approx(0.95));
    CHECK(reward_of(0.3, {}) > reward_of(0.2, {}));
    CHECK(reward_of(0.2, {.weight = 0}) == 0.75);
}

TEST_CASE("knowledge_bonus_reward: options out of range") {
    CHECK_THROWS_WITH_AS(reward_of(0, {.base_scale = 0}),
                         "nas::knowledge_bonus_reward: base_scale (0) must be in [1e-09, 1e+09]",
                         std::invalid_argument);
    CHECK_THROWS_AS(reward_of(0, {.weight = -1}), std::invalid_argument);
    CHECK_THROWS_AS(reward_of(0, {.knowledge_scale = -2}), std::invalid_argument);
}

TEST_CASE(
    "knowledge_bonus_reward: knowledge of a multilayer perceptron's weights is refused where the network is none") {
    const auto depth = [](const nas::finished_model& model) {
        return static_cast<double>(model.checked_layers().size());
    };
    const nas::knowledge_bonus_reward reward(nas::loss_reward{}, depth);
    const std::vector<double> losses{0.5};
    const std::vector<nas::mlp_layer> layers{{4, nas::activation::relu}, {1, nas::activation::sigmoid}};
    CHECK(reward({.losses = losses, .layers = layers}) == 1.5);
    CHECK_THROWS_WITH_AS(
        static_cast<void>(reward({.losses = losses})),
        "nas::finished_model: the reward needs the layers of a multilayer perceptron, which this network is not; choose "
        "another reward, or a space of such networks",
        nas::fatal_error);
}
