// SPDX-License-Identifier: Apache-2.0
#include <nas/policies/advantages.hpp>

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

TEST_CASE("AMBER oracle 2: the lagged average over paths, advantages clipped at 10") {
    baseline expected(baseline_kind::lagged_average, 0, 0.75);
    advantages compute({baseline_kind::lagged_average, 0, 0.75}, advantage_scale::none, 0, 10);
    struct path {
        std::vector<double> rewards;
        double bias;
        std::vector<double> advantages;
    };
    for (const path& one : {path{{1, 2, 3}, 2, {-1, 0, 1}},
                            {{4, 5, 6}, 2, {2, 3, 4}},
                            {{7, 8, 9}, 2.75, {4.25, 5.25, 6.25}},
                            {{10, 10, 10}, 4.0625, {5.9375, 5.9375, 5.9375}},
                            {{0, 0, 0}, 5.546875, {-5.546875, -5.546875, -5.546875}},
                            {{100, -100}, 4.16015625, {10, -10}}}) {
        CHECK(expected(one.rewards) == doctest::Approx(one.bias).epsilon(1e-12));
        std::vector<double> values = one.rewards;
        compute(values);
        check_equal(values, one.advantages, 1e-12);
    }
}

TEST_CASE("AMBER oracles 3 and 4: another decay and advantages by the magnitude of the baseline") {
    advantages compute({baseline_kind::lagged_average, 0, 0.9}, advantage_scale::none, 0, 10);
    advantages rescaled({baseline_kind::lagged_average, 0, 0.75}, advantage_scale::baseline, 0, 10);
    const std::vector<std::vector<double>> paths{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
    const std::vector<std::vector<double>> plain{{-1, 0, 1}, {2, 3, 4}, {4.7, 5.7, 6.7}};
    const std::vector<std::vector<double>> divided{
        {-0.5, 0, 0.5}, {1, 1.5, 2}, {4.25 / 2.75, 5.25 / 2.75, 6.25 / 2.75}};
    for (std::size_t i = 0; i < 3; ++i) {
        std::vector<double> values = paths[i];
        compute(values);
        check_equal(values, plain[i], 1e-12);
        values = paths[i];
        rescaled(values);
        check_equal(values, divided[i], 1e-12);
    }
    // Below 0 the sign of an advantage stays.
    advantages negative({baseline_kind::constant, -2, 0}, advantage_scale::baseline, 0);
    std::vector<double> values{-1, -3};
    negative(values);
    check_equal(values, {0.5, -0.5}, 0);
}

TEST_CASE("AMBER oracle 1: discounted returns") {
    check_equal(discounted({1, 2, 3}, 0.1), {1.23, 2.3, 3}, 1e-12);
    check_equal(discounted({1, 2, 3}, 0.9), {5.23, 4.7, 3}, 1e-12);
    check_equal(discounted({1, 2, 3}, 0), {1, 2, 3}, 0);
    check_equal(discounted({1, 2, 3}, 1), {6, 5, 3}, 0);
}

TEST_CASE("AMBER oracle 7: all that is replayed against the baseline as it is now") {
    for (const advantage_scale scale : {advantage_scale::none, advantage_scale::reward}) {
        advantages compute({baseline_kind::lagged_average, 0, 0.75}, scale, 0, 10);
        for (const std::vector<double>& path : {std::vector<double>{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}) {
            std::vector<double> values = path;
            compute(values);
        }
        for (int reward = 1; reward <= 9; ++reward) {
            const double difference = reward - 2.75;
            CHECK(compute.again(reward) == (scale == advantage_scale::none ? difference : difference / reward));
        }
    }
    advantages cut({baseline_kind::batch_mean, 0, 0}, advantage_scale::batch, 0, 2);
    std::vector<double> values{1, 3, 5, 7};  // their standard deviation is sqrt(5)
    cut(values);
    CHECK(cut.again(5) == 1 / std::sqrt(5.0));
    CHECK(cut.again(50) == 2);
    advantages by_reward({baseline_kind::constant, 1, 0}, advantage_scale::reward, 0);
    values = {0, -2};
    by_reward(values);
    check_equal(values, {0, -1.5}, 0);
}

TEST_CASE("advantages: with leave-one-out each is measured by the others") {
    advantages compute({baseline_kind::leave_one_out, 0, 0}, advantage_scale::none, 0);
    std::vector<double> values{1, 2, 6};
    compute(values);
    check_equal(values, {1 - 4., 2 - 3.5, 6 - 1.5}, 1e-15);
    values = {3, 3};
    compute(values);
    check_equal(values, {0, 0}, 0);
    advantages rescaled({baseline_kind::leave_one_out, 0, 0}, advantage_scale::baseline, 0);
    values = {1, 2, 6};
    rescaled(values);
    check_equal(values, {-0.75, -1.5 / 3.5, 3}, 1e-15);
}

TEST_CASE("advantages: a limit cuts what is beyond it on both sides after the scale") {
    advantages compute({baseline_kind::constant, 0, 0}, advantage_scale::batch, 0, 1.2);
    std::vector<double> values{-3, 0, 1, 2};  // their standard deviation is sqrt(3.5)
    compute(values);
    check_equal(values, {-1.2, 0, 1 / std::sqrt(3.5), 2 / std::sqrt(3.5)}, 1e-15);
}

TEST_CASE("advantages: what cannot be computed is refused") {
    CHECK_NOTHROW(nas::check_advantages("x", 1, baseline_kind::constant, 0, advantage_scale::running));
    CHECK_NOTHROW(nas::check_advantages("x", 1, baseline_kind::lagged_average, 0, advantage_scale::baseline));
    CHECK_NOTHROW(nas::check_advantages("x", 2, baseline_kind::batch_mean, 0, advantage_scale::batch));
    CHECK_NOTHROW(nas::check_advantages("x", 2, baseline_kind::leave_one_out, 0, advantage_scale::none));
    const char* sentence =
        "x: batch (1) must be at least 2 where baseline is batch_mean or leave_one_out, or scale is batch";
    CHECK_THROWS_WITH_AS(nas::check_advantages("x", 1, baseline_kind::batch_mean, 0, advantage_scale::none), sentence,
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::check_advantages("x", 1, baseline_kind::leave_one_out, 0, advantage_scale::none),
                         sentence, std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::check_advantages("x", 1, baseline_kind::constant, 0, advantage_scale::batch), sentence,
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::check_advantages("x", 1, baseline_kind::constant, 0, advantage_scale::baseline),
                         "x: constant (0) must not be 0 where baseline is constant and scale is baseline",
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

TEST_CASE("moving_average: of equal values exactly that") {
    for (const double decay : {0.0, 0.9, 0.99}) {
        nas::moving_average average(decay);
        CHECK(average.value() != average.value());
        for (int i = 0; i < 1000; ++i) {
            average.add(0.1);
            CHECK(average.value() == 0.1);
        }
        average.add(0.2);
        CHECK(average.value() > 0.1);
    }
}
