// SPDX-License-Identifier: Apache-2.0
#include <nas/models/advantages.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include <nas/core/rng.hpp>
#include <nas/core/trial.hpp>

using nas::advantage_scale, nas::advantages, nas::baseline, nas::baseline_kind;

namespace {

std::vector<double> z_scores(std::vector<double> values) {
    advantages compute({baseline_kind::batch_mean, 0, 0}, advantage_scale::batch, 0);
    compute(values);
    return values;
}

void check_equal(const std::vector<double>& values, const std::vector<double>& expected, double tolerance) {
    REQUIRE(values.size() == expected.size());
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(std::abs(values[i] - expected[i]) <= tolerance);
}

/// What MLPNAS makes of the rewards of a batch: discounted over its trials, as if they followed from each other.
std::vector<double> discounted(std::vector<double> rewards, double alpha) {
    for (std::size_t k = rewards.size() - 1; k-- > 0;) rewards[k] += alpha * rewards[k + 1];
    return rewards;
}

nas::trial<int> told(nas::evaluation<> result) {
    nas::trial<int> one;
    one.result = std::move(result);
    return one;
}

}  // namespace

TEST_CASE("MLPNAS oracles 32 and 33: discounted rewards and their z-scores") {
    check_equal(discounted({1, 1, 1}, 0.9), {2.71, 1.9, 1}, 1e-12);
    check_equal(z_scores(discounted({1, 1, 1}, 0.9)), {1.202703, .0429536, -1.2456566}, 1e-6);
    check_equal(discounted({0, 0, 1}, 0.9), {.81, .9, 1}, 1e-12);
    check_equal(z_scores(discounted({0, 0, 1}, 0.9)), {-1.2027034, -.0429544, 1.2456561}, 1e-6);
}

TEST_CASE("MLPNAS oracle 37: a single value or equal ones have advantages of zero") {
    check_equal(z_scores({0.7}), {0}, 0);
    check_equal(z_scores({0.7, 0.7, 0.7}), {0, 0, 0}, 0);
    for (const baseline_kind kind : {baseline_kind::constant, baseline_kind::moving_average}) {
        advantages compute({kind, 0.5, 0.9}, advantage_scale::batch, 0.9);
        std::vector<double> rewards{0.7, 0.7, 0.7};
        compute(rewards);
        check_equal(rewards, {0, 0, 0}, 0);
    }
    advantages compute({baseline_kind::constant, 0.5, 0}, advantage_scale::running, 0.9);
    std::vector<double> rewards{0.5, 0.5};
    compute(rewards);
    check_equal(rewards, {0, 0}, 0);
}

TEST_CASE("advantages: baselines") {
    baseline constant(baseline_kind::constant, 0.5, 0.9);
    CHECK(constant(std::vector<double>{1, 2}) == 0.5);
    baseline mean(baseline_kind::batch_mean, 0.5, 0.9);
    CHECK(mean(std::vector<double>{1, 2, 6}) == 3);
    CHECK(mean(std::vector<double>{1, 1, 1}) == 1);

    // NATS-Bench: numerator and denominator are averaged alike; the value is theirs after the reward was counted in.
    baseline average(baseline_kind::moving_average, 0.5, 0.9);
    double numerator = 0;
    double denominator = 0;
    nas::rng random(1);
    for (int i = 0; i < 50; ++i) {
        std::vector<double> batch(1 + static_cast<std::size_t>(i) % 3);
        for (double& reward : batch) {
            reward = 10 * static_cast<double>(random() >> 11) * 0x1.0p-53;
            numerator = 0.9 * numerator + 0.1 * reward;
            denominator = 0.9 * denominator + 0.1;
        }
        CHECK(average(batch) == doctest::Approx(numerator / denominator).epsilon(1e-12));
        if (i == 0) CHECK(average(std::vector<double>{}) == doctest::Approx(batch[0]).epsilon(1e-15));
    }
}

TEST_CASE("advantages: scales") {
    advantages plain({baseline_kind::constant, 1, 0}, advantage_scale::none, 0.9);
    std::vector<double> rewards{3, -1};
    plain(rewards);
    check_equal(rewards, {2, -2}, 0);

    advantages batch({baseline_kind::constant, 1, 0}, advantage_scale::batch, 0.9);
    rewards = {3, 7};  // differences 2 and 6, their standard deviation 2
    batch(rewards);
    check_equal(rewards, {1, 3}, 1e-15);

    advantages running({baseline_kind::constant, 0, 0}, advantage_scale::running, 0.5);
    rewards = {4};
    running(rewards);
    check_equal(rewards, {1}, 1e-15);
    rewards = {1, 2};  // the average of 16, 1 and 4 with weights 1/8, 1/4 and 1/2 is 34/7
    running(rewards);
    check_equal(rewards, {1 / std::sqrt(34. / 7), 2 / std::sqrt(34. / 7)}, 1e-15);
}

TEST_CASE("advantages: what overflows is no advantage") {
    const double huge = std::numeric_limits<double>::max();
    for (const advantage_scale scale : {advantage_scale::none, advantage_scale::batch, advantage_scale::running}) {
        advantages compute({baseline_kind::constant, -huge, 0}, scale, 0.9);
        std::vector<double> rewards{huge, -huge, 0};
        compute(rewards);
        for (const double advantage : rewards) CHECK(std::isfinite(advantage));
        CHECK(rewards[1] == 0);
    }
}

TEST_CASE("advantages: a batch of one has no mean and no deviation of its own") {
    CHECK_NOTHROW(nas::check_batch("x", 1, baseline_kind::constant, advantage_scale::running));
    CHECK_NOTHROW(nas::check_batch("x", 2, baseline_kind::batch_mean, advantage_scale::batch));
    const char* sentence = "x: batch (1) must be at least 2 where baseline is batch_mean or scale is batch";
    CHECK_THROWS_WITH_AS(nas::check_batch("x", 1, baseline_kind::batch_mean, advantage_scale::none), sentence,
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::check_batch("x", 1, baseline_kind::constant, advantage_scale::batch), sentence,
                         std::invalid_argument);
}

TEST_CASE("advantages: what is not completed is worth the worst so far") {
    nas::reward_or_worst reward;
    CHECK(std::isnan(reward(told(nas::evaluation<>::failure("broken")))));
    CHECK(reward(told(0.7)) == 0.7);
    CHECK(reward(told(nas::evaluation<>::infeasible("too large"))) == 0.7);
    CHECK(reward(told(0.9)) == 0.9);
    CHECK(reward(told(0.2)) == 0.2);
    CHECK(reward(told(nas::evaluation<>::pruned({0.1}, "slow"))) == 0.2);
    CHECK(reward(told(0.5)) == 0.5);
    CHECK(reward(told(nas::evaluation<>::failure("broken"))) == 0.2);
}
