// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include <nas/core/rng.hpp>
#include <nas/predictors/acquisitions.hpp>

namespace nas {

/// What a surrogate believes of one architecture: a normal distribution of its value, and the chance that a trial completes.
struct belief {
    double mean = 0;
    double deviation = 0;
    double completes = 1;
};

/// How one step of gp_search looks at its trials.
struct acquisition_step {
    bool tail_scores = false;  ///< the model sees the best rewards as they are (tail_scores), else all by their ranks
    bool expected_best =
        false;  ///< to improve on what is expected of the best that was evaluated, else on the best reward
    bool around_best = false;  ///< to look among the neighbours of the three best, else anywhere
    bool thompson = false;  ///< a draw for each architecture instead of its expected improvement: acquisition_cycle's

    friend bool operator==(const acquisition_step&, const acquisition_step&) = default;
};

/// Steps that take turns: each compares architectures by the logarithm of their expected improvement, or by independent draws.
/// The default is measured: no single one of these is as good over all tables and landscapes.
struct acquisition_cycle {
    /// At least one.
    std::vector<acquisition_step> steps{
        {},
        {.expected_best = true},
        {.tail_scores = true, .around_best = true},
        {.tail_scores = true, .expected_best = true},
        {.thompson = true},
    };

    /// After `asked` proposals.
    const acquisition_step& step(std::size_t asked) const { return steps[asked % steps.size()]; }
};

namespace detail {

/// The step of a searcher whose acquisition is `choice`: that of a cycle, and for another acquisition always the same.
template <class Choice>
acquisition_step step_of(const Choice& choice, std::size_t asked) {
    if constexpr (requires { choice.step(asked); }) {
        return choice.step(asked);
    } else {
        return {};
    }
}

/// What is promised at one step of an architecture of which this is believed.
template <class Choice>
double promise_of(const Choice& choice, const acquisition_step& step, const belief& worth, double best, rng& random) {
    const auto by = [&](const auto& acquisition) {
        return acquire(acquisition, worth.mean, worth.deviation, best, random, worth.completes);
    };
    double promise = 0;
    if constexpr (Acquisition<Choice>) {
        promise = by(choice);
    } else {
        promise = step.thompson ? by(independent_thompson_sampling{}) : by(log_expected_improvement{});
    }
    return promise == promise ? promise : -std::numeric_limits<double>::infinity();
}

}  // namespace detail

// clang-format off
/// What gp_search takes: an acquisition, or steps that take turns.
template <class A>
concept AcquisitionPolicy = Acquisition<A> || requires(const A& cycle, std::size_t asked) {
    { cycle.step(asked) } -> std::convertible_to<acquisition_step>;
};
// clang-format on

}  // namespace nas
