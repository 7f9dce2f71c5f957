// SPDX-License-Identifier: Apache-2.0
#include <nas/models/policy_learner.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <nas/models/softmax_policy.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using arms = nas::choice_space<1>;
using nas::advantage_scale, nas::baseline_kind, nas::optimizer_kind, nas::rate_schedule;

/// Plain gradient descent, rewards as advantages.
struct plain {
    std::size_t batch = 1;
    double learning_rate = 1;
    rate_schedule schedule = rate_schedule::inverse;
    double decay = 0;
    double entropy = 0;
    std::size_t epochs = 1;
    std::size_t minibatch = 0;
    std::size_t replay = 1;
    double kl_target = 0;
    double gradient_norm = 0;
    double l2 = 0;
    double least_entropy = 0;
    double advantage_limit = 0;
    optimizer_kind optimizer = optimizer_kind::sgd;
    baseline_kind baseline = baseline_kind::constant;
    advantage_scale scale = advantage_scale::none;
    double constant = 0;
    double momentum = 0;

    static constexpr void fields(auto&& visit) {
        visit(&plain::batch, nas::field{"batch", 1, 1e6, "", ""});
        nas::visit_learner_fields<plain>(visit);
    }
};

using learner = nas::policy_learner<arms, nas::softmax_policy, plain>;

learner make(std::size_t count, const plain& options) {
    return {"x", arms{count}, options, nas::softmax_policy{arms{count}}};
}

void tell(learner& taught, std::uint8_t choice, double reward, std::uint64_t seed = 1) {
    nas::trial<arms::arch_type> told;
    told.arch = {choice};
    told.result = reward;
    nas::rng random(seed);
    taught.tell(told, random, [](double advantage) { return advantage; });
}

std::vector<double> logits(const learner& taught) {
    return {taught.policy().parameters().begin(), taught.policy().parameters().end()};
}

void check_equal(const std::vector<double>& values, const std::vector<double>& expected, double tolerance = 1e-14) {
    REQUIRE(values.size() == expected.size());
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(std::abs(values[i] - expected[i]) <= tolerance);
}

/// A step from `at` along the mean over (choice, advantage).
struct sample {
    std::size_t choice;
    double advantage;
};
void step(std::vector<double>& at, const std::vector<sample>& samples, double rate = 1) {
    double total = 0;
    for (const double logit : at) total += std::exp(logit);
    std::vector<double> next = at;
    for (const sample& one : samples)
        for (std::size_t i = 0; i < at.size(); ++i)
            next[i] += rate * one.advantage * ((i == one.choice ? 1 : 0) - std::exp(at[i]) / total) /
                       static_cast<double>(samples.size());
    at = next;
}

}  // namespace

TEST_CASE("policy_learner: replay learns from the last batches with the advantages that they had") {
    learner taught = make(4, {.batch = 2, .epochs = 2, .replay = 2, .baseline = baseline_kind::batch_mean});
    std::vector<double> expected(4);
    tell(taught, 0, 1);
    tell(taught, 1, 3);
    for (int i = 0; i < 2; ++i) step(expected, {{0, -1}, {1, 1}});
    check_equal(logits(taught), expected);
    tell(taught, 2, 10);
    check_equal(logits(taught), expected);
    tell(taught, 3, 4);
    for (int i = 0; i < 2; ++i) step(expected, {{0, -1}, {1, 1}, {2, 3}, {3, -3}});
    check_equal(logits(taught), expected);
    tell(taught, 1, 0);  // the first batch is forgotten
    tell(taught, 1, 1);
    for (int i = 0; i < 2; ++i) step(expected, {{1, -0.5}, {1, 0.5}, {2, 3}, {3, -3}});
    check_equal(logits(taught), expected);
    CHECK(taught.changes() == 6);
}

TEST_CASE("policy_learner: minibatches are the trials once each in an order that is drawn") {
    bool swapped = false;
    bool kept = false;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        learner taught = make(3, {.batch = 2, .minibatch = 1});
        tell(taught, 0, 1, seed);
        tell(taught, 1, 2, seed);
        std::vector<double> forward(3);
        step(forward, {{0, 1}});
        step(forward, {{1, 2}});
        std::vector<double> backward(3);
        step(backward, {{1, 2}});
        step(backward, {{0, 1}});
        const bool is_forward = std::abs(logits(taught)[0] - forward[0]) < 1e-12;
        check_equal(logits(taught), is_forward ? forward : backward);
        (is_forward ? kept : swapped) = true;
    }
    CHECK(swapped);
    CHECK(kept);
}

TEST_CASE("policy_learner: long gradients are cut and weights decay") {
    learner cut = make(3, {.gradient_norm = 0.1});
    tell(cut, 1, 5);
    const double length = std::sqrt(6.0) / 3;
    check_equal(logits(cut), {-0.1 / 3 / length, 0.2 / 3 / length, -0.1 / 3 / length});

    learner taught = make(3, {.l2 = 0.1});
    tell(taught, 1, 3);
    check_equal(logits(taught), {-1, 2, -1});
    tell(taught, 1, 0);
    check_equal(logits(taught), {-0.8, 1.6, -0.8});
}

TEST_CASE("policy_learner: advantages are limited and the rate follows its schedule") {
    learner taught =
        make(2, {.schedule = rate_schedule::exponential, .decay = 0.5, .epochs = 3, .advantage_limit = 0.25});
    tell(taught, 0, 9);
    std::vector<double> expected(2);
    for (int i = 0; i < 3; ++i) step(expected, {{0, 0.25}}, std::exp(-0.5 * i));
    check_equal(logits(taught), expected);
}

TEST_CASE("policy_learner: it has converged once the policy's entropy is less than asked for and stays so") {
    learner taught = make(2, {.learning_rate = 0.5, .least_entropy = 0.5});
    while (logits(taught)[0] < 0.3) {
        tell(taught, 0, 1);
        CHECK(taught.converged() == (taught.policy().entropy(arms{2}, {0}) < 0.5));
    }
    while (!taught.converged()) tell(taught, 0, 1);
    CHECK(taught.policy().entropy(arms{2}, {0}) < 0.5);
    while (taught.policy().entropy(arms{2}, {0}) < 0.5) tell(taught, 0, -1);
    CHECK(taught.converged());
}

TEST_CASE("policy_learner: options that do not go together") {
    CHECK_THROWS_WITH_AS(make(2, {.batch = 5, .minibatch = 11, .replay = 2}),
                         "x: minibatch (11) must be at most batch * replay (10)", std::invalid_argument);
    CHECK_THROWS_WITH_AS(make(2, {.kl_target = 0.1}),
                         "x: epochs (1) must be at least 2 where kl_target is above 0, which ends them",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(make(2, {.replay = 0}), "x: replay (0) must be in [1, 1e+06]", std::invalid_argument);
}
