// SPDX-License-Identifier: Apache-2.0
#include <nas/policies/policy_learner.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <nas/policies/lstm_policy.hpp>
#include <nas/policies/softmax_policy.hpp>
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
    double entropy_decay = 0;
    std::size_t epochs = 1;
    std::size_t minibatch = 0;
    std::size_t replay = 1;
    bool fresh_advantages = false;
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
    nas::reward_transform transform = nas::reward_transform::none;

    static constexpr void fields(auto&& visit) {
        visit(&plain::batch, nas::field{"batch", 1, 1e6, "", ""});
        visit(&plain::replay, nas::field{"replay", 1, 1e6, "", ""});
    }
};

using learner = nas::policy_learner<arms, nas::softmax_policy, plain>;

learner make(std::size_t count, const plain& options) {
    return {"x", arms{count}, options, nas::softmax_policy{arms{count}}, true};
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

TEST_CASE("policy_learner: replay with fresh advantages compares all batches with the baseline of now") {
    learner taught =
        make(4, {.batch = 2, .replay = 2, .fresh_advantages = true, .baseline = baseline_kind::batch_mean});
    std::vector<double> expected(4);
    tell(taught, 0, 1);
    tell(taught, 1, 3);
    step(expected, {{0, -1}, {1, 1}});
    check_equal(logits(taught), expected);
    tell(taught, 2, 10);
    tell(taught, 3, 4);
    step(expected, {{0, -6}, {1, -4}, {2, 3}, {3, -3}});
    check_equal(logits(taught), expected);
    tell(taught, 1, 0);
    tell(taught, 1, 1);
    step(expected, {{1, -0.5}, {1, 0.5}, {2, 9.5}, {3, 3.5}});
    check_equal(logits(taught), expected);
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

TEST_CASE("policy_learner: the entropy's weight falls with trials and slower where there are more choices") {
    for (const std::size_t count : {std::size_t{2}, std::size_t{5}}) {
        learner taught = make(count, {.batch = 2, .entropy = 0.3, .entropy_decay = 0.4});
        for (int batch = 0; batch < 3; ++batch) {
            const std::vector<double> before = logits(taught);
            const double entropy = taught.policy().entropy(arms{count}, {0});
            double total = 0;
            for (const double logit : before) total += std::exp(logit);
            tell(taught, 0, 1);
            tell(taught, 1, 2);
            const double weight = 0.3 * std::exp(-0.4 * 2 * (batch + 1) / std::log(static_cast<double>(count)));
            for (std::size_t c = 0; c < count; ++c) {
                const double log_p = before[c] - std::log(total);
                const double p = std::exp(log_p);
                const double reward = (c == 0 ? 0.5 : 0) + (c == 1 ? 1 : 0) - 1.5 * p;
                CHECK(logits(taught)[c] ==
                      doctest::Approx(before[c] + reward - weight * p * (log_p + entropy)).epsilon(1e-12));
            }
        }
    }
    learner one = make(1, {.entropy = 1, .entropy_decay = 1});  // nothing to choose
    tell(one, 0, 1);
    CHECK(logits(one) == std::vector<double>{0});
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
    CHECK_THROWS_WITH_AS(make(2, {.fresh_advantages = true}),
                         "x: replay (1) must be at least 2 where fresh_advantages is true", std::invalid_argument);
    CHECK_THROWS_WITH_AS(make(2, {.replay = 0}), "x: replay (0) must be in [1, 1e+06]", std::invalid_argument);
}

namespace {

using cells = nas::choice_space<4>;
using recurrent_learner = nas::policy_learner<cells, nas::lstm_policy<double>, plain>;
using view = nas::ask_view<cells::arch_type>;

recurrent_learner make_recurrent(const plain& options) {
    const cells space{3};
    return {"x", space, options, nas::lstm_policy<double>{space, {.units = 3}}, true};
}

void tell(recurrent_learner& taught, const cells::arch_type& arch, const nas::evaluation<>& result, nas::rng& random) {
    nas::trial<cells::arch_type> told;
    told.arch = arch;
    told.result = result;
    taught.tell(told, random, [](double advantage, double log_ratio) { return advantage * std::exp(log_ratio); });
}

double worth(const cells::arch_type& arch) { return arch[0] - 0.5 * arch[1] + arch[2] * arch[3]; }

}  // namespace

TEST_CASE("policy_learner: what is drawn ahead is what the policy draws and is asked for in turn") {
    recurrent_learner taught = make_recurrent({.batch = 3});
    nas::rng random(8);
    nas::rng same = random;
    taught.draw_ahead(random);
    std::vector<cells::arch_type> expected;
    for (int k = 0; k < 3; ++k) {
        nas::rng own(same());
        expected.push_back(taught.policy().sample(taught.space(), own));
    }
    const std::vector<nas::proposal<cells::arch_type>> pending(5);
    const auto ask = [&](std::size_t waiting, std::size_t attempt = 0) {
        nas::rng own(99);
        return taught.ask(view{.pending = std::span(pending).first(waiting), .attempt = attempt}, own)->arch;
    };
    nas::rng own(99);
    const cells::arch_type fresh = taught.sample(own);
    REQUIRE(expected[0] != fresh);
    for (std::size_t k = 0; k < 3; ++k) CHECK(ask(k) == expected[k]);
    CHECK(ask(3) == fresh);                                                   // more are asked for than there are
    CHECK(ask(0, 1) == fresh);                                                // it was turned down
    tell(taught, expected[0], nas::evaluation<>::failure("broken"), random);  // of which nothing is known yet
    taught.draw_ahead(random);
    CHECK(ask(0) == expected[1]);
    tell(taught, expected[1], 1.0, random);
    CHECK(ask(0) == expected[2]);
    tell(taught, expected[2], 2.0, random);
    CHECK(ask(0) == fresh);
    CHECK(taught.changes() == 0);
    tell(taught, fresh, 3.0, random);
    CHECK(taught.changes() == 1);
    taught.draw_ahead(random);
    CHECK(ask(0) != ask(0, 1));
}

TEST_CASE("policy_learner: it learns the same from what was drawn ahead as from what was not") {
    for (const plain& options :
         {plain{.batch = 4}, plain{.batch = 4, .epochs = 3}, plain{.batch = 4, .epochs = 2, .minibatch = 3},
          plain{.batch = 4, .entropy = 0.1, .epochs = 4, .replay = 2, .kl_target = 1e-3}}) {
        recurrent_learner ahead = make_recurrent(options);
        recurrent_learner plainly = ahead;
        nas::rng random(5);
        ahead.draw_ahead(random);
        for (std::size_t n = 0; n < 24; ++n) {
            nas::rng own(n);
            const cells::arch_type arch = ahead.ask(view{}, own)->arch;
            nas::rng telling(100 + n);
            nas::rng again = telling;
            tell(ahead, arch, worth(arch), telling);
            tell(plainly, arch, worth(arch), again);
            ahead.draw_ahead(random);
        }
        CHECK(ahead.changes() >= 6);
        CHECK(ahead.changes() == plainly.changes());
        CHECK(std::ranges::equal(ahead.policy().parameters(), plainly.policy().parameters()));
    }
}

TEST_CASE("policy_learner: ratios are of the probabilities before the first pass") {
    // With a weight that is the ratio alone, its first pass counts each architecture once, whatever was drawn or replayed.
    const cells space{3};
    for (const std::size_t minibatch : {std::size_t{0}, std::size_t{1}}) {
        recurrent_learner taught =
            make_recurrent({.batch = 2, .learning_rate = 0.1, .epochs = 2, .minibatch = minibatch});
        const nas::lstm_policy<double> before = taught.policy();
        std::vector<double> ratios;
        for (const cells::arch_type& arch : {cells::arch_type{0, 1, 2, 0}, cells::arch_type{2, 1, 0, 0}}) {
            nas::trial<cells::arch_type> told;
            told.arch = arch;
            told.result = 1.0;
            nas::rng random(1);
            taught.tell(told, random, [&](double, double log_ratio) {
                ratios.push_back(log_ratio);
                return 1.0;
            });
        }
        REQUIRE(ratios.size() == 4);
        if (minibatch == 0) CHECK(ratios[1] == 0);
        CHECK(ratios[0] == 0);
        CHECK(ratios[2] != 0);
        CHECK(ratios[3] != 0);
    }
}
