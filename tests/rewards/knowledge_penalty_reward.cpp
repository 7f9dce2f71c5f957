// SPDX-License-Identifier: Apache-2.0
#include <nas/rewards/knowledge_penalty_reward.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include <rewards/finished_models.hpp>

namespace {

double reward_of(double loss, double distance, nas::knowledge_penalty_options options) {
    const nas::tests::model_example model{.losses = {9, loss}, .kept_epoch = 1};
    const nas::knowledge_penalty_reward reward{[=](const nas::finished_model&) { return distance; }, options};
    static_assert(nas::Reward<decltype(reward)>);
    return reward(model.view());
}

}  // namespace

TEST_CASE("knowledge_penalty_reward: AMBER D32") {
    CHECK(reward_of(0.5, 0.2, {}) == doctest::Approx(-0.7));
    CHECK(reward_of(0.5, 0.2, {.weight = 2}) == doctest::Approx(-0.9));
    CHECK(reward_of(0.5, 0.2, {.weight = 0}) == doctest::Approx(-0.5));
    CHECK(reward_of(0.5, 0.2, {.loss_constant = 1}) == doctest::Approx(1.8));
    CHECK(reward_of(0.5, 0.2, {.knowledge_constant = 0.1}) == doctest::Approx(0.0));
    CHECK(reward_of(0.5, 0.2, {.weight = 2, .loss_constant = 2, .knowledge_constant = 0.4}) == doctest::Approx(8.0));
}

TEST_CASE("knowledge_penalty_reward: loss and distance are costs with and without constants") {
    for (const double constant : {0.0, 1.0}) {
        const nas::knowledge_penalty_options options{.loss_constant = constant, .knowledge_constant = constant};
        CHECK(reward_of(0.4, 0.2, options) > reward_of(0.5, 0.2, options));
        CHECK(reward_of(0.5, 0.1, options) > reward_of(0.5, 0.2, options));
    }
    CHECK(std::isinf(reward_of(0, 0.2, {.loss_constant = 1})));
}

TEST_CASE("knowledge_penalty_reward: the knowledge is computed from the model") {
    const nas::tests::model_example model{.losses = {1}, .weights = {3, 4}};
    const nas::knowledge_penalty_reward small{[](const nas::finished_model& finished) {
        double squares = 0;
        for (const float weight : finished.weights) squares += static_cast<double>(weight * weight);
        return std::sqrt(squares);
    }};
    CHECK(small(model.view()) == -6);
    CHECK(small.options().weight == 1);
}

TEST_CASE("knowledge_penalty_reward: options out of range") {
    const auto none = [](const nas::finished_model&) { return 0.0; };
    CHECK_THROWS_WITH_AS((nas::knowledge_penalty_reward{none, {.weight = -1}}),
                         "nas::knowledge_penalty_reward: weight (-1) must be in [0, 1e+09]", std::invalid_argument);
    CHECK_THROWS_AS((nas::knowledge_penalty_reward{none, {.loss_constant = -1}}), std::invalid_argument);
    CHECK_THROWS_AS(
        (nas::knowledge_penalty_reward{none, {.knowledge_constant = std::numeric_limits<double>::quiet_NaN()}}),
        std::invalid_argument);
}
