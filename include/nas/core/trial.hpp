// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nas {

/// Number of a trial within its search, from 0 in the order of asking.
using trial_id = std::uint32_t;

/// Stands for "no trial", as the parent of an architecture that was sampled.
inline constexpr trial_id no_trial = std::numeric_limits<trial_id>::max();

/// The fidelity of a trial that asks for all the evaluator can give. Others are in the evaluator's unit (epochs, images).
inline constexpr double full_fidelity = std::numeric_limits<double>::infinity();

/// How a trial ended. Only completed trials can be best, become parents or enter a Pareto front.
enum class trial_status : std::uint8_t {
    completed,   ///< it has finite values
    pruned,      ///< stopped early because it was not promising
    infeasible,  ///< the architecture violates a constraint; there is nothing to train
    failed,      ///< exception, NaN or infinity, timeout, abandoned
};

/// Where a trial's architecture came from.
enum class trial_origin : std::uint8_t {
    asked,     ///< the searcher proposed it
    enqueued,  ///< the user put it first in line
    imported,  ///< an evaluated trial of an earlier search
};

/// Whether the values of one architecture differ from trial to trial.
enum class evaluation_noise : std::uint8_t {
    unknown,  ///< nobody said; repeats in a history tell
    none,     ///< each trial of an architecture gives the same
    some,     ///< as where a network is trained from random weights
};

/// What a searcher proposes. A searcher fills `arch`, and `parent` where there is one; the driver fills `id` and `origin`.
template <class Arch>
struct proposal {
    Arch arch;
    trial_id parent = no_trial;
    double fidelity = full_fidelity;
    trial_id id = no_trial;
    trial_origin origin = trial_origin::asked;

    constexpr proposal() = default;
    // Implicit: a searcher without lineage returns the architecture.
    constexpr proposal(Arch what, trial_id from = no_trial, double at = full_fidelity)  // NOLINT
        : arch(std::move(what)), parent(from), fidelity(at) {}

    friend bool operator==(const proposal&, const proposal&) = default;
};

/// What `ask` returns where there is something to propose. Built in place: copying a proposal right after its parts were
/// written stalls, and that would be a quarter of a step of evolution.
template <class Arch>
constexpr std::optional<proposal<Arch>> propose(Arch arch, trial_id parent = no_trial,
                                                double fidelity = full_fidelity) {
    return std::optional<proposal<Arch>>(std::in_place, std::move(arch), parent, fidelity);
}

/// What an evaluator answers: `Objectives` values, higher is better, and what the trial cost.
template <std::size_t Objectives = 1>
struct evaluation {
    static_assert(Objectives >= 1, "nas::evaluation: there must be at least one objective");

    std::array<double, Objectives> values{};
    double cost = 0;                   ///< seconds, real or simulated
    std::vector<double> metrics = {};  ///< one for each name in the evaluator's `metric_names()`
    trial_status status = trial_status::completed;
    std::string reason = {};  ///< why it is not completed, one line

    constexpr evaluation() = default;
    // Implicit: most evaluators return a number.
    constexpr evaluation(double value, double seconds = 0)  // NOLINT
        requires(Objectives == 1)
        : values{value}, cost(seconds) {}
    constexpr evaluation(std::array<double, Objectives> all, double seconds = 0)  // NOLINT
        : values(all), cost(seconds) {}

    /// An evaluation without a result: values are NaN.
    static evaluation without_result(trial_status why, std::string text, double seconds = 0) {
        evaluation result;
        result.values.fill(std::numeric_limits<double>::quiet_NaN());
        result.cost = seconds;
        result.status = why;
        result.reason = std::move(text);
        return result;
    }
    static evaluation failure(std::string text, double seconds = 0) {
        return without_result(trial_status::failed, std::move(text), seconds);
    }
    static evaluation infeasible(std::string text, double seconds = 0) {
        return without_result(trial_status::infeasible, std::move(text), seconds);
    }
    /// Stopped early: the values are those of the last report.
    static evaluation pruned(std::array<double, Objectives> last, std::string text, double seconds = 0) {
        evaluation result(last, seconds);
        result.status = trial_status::pruned;
        result.reason = std::move(text);
        return result;
    }

    bool completed() const noexcept { return status == trial_status::completed; }
};

/// A proposal with its evaluation: what a searcher is told.
template <class Arch, std::size_t Objectives = 1>
struct trial : proposal<Arch> {
    evaluation<Objectives> result;

    bool completed() const noexcept { return result.completed(); }
    /// The first objective.
    double value() const noexcept { return result.values[0]; }
};

/// What a searcher sees of the search when it is asked.
template <class Arch>
struct ask_view {
    trial_id id = 0;        ///< id the proposal will get
    std::size_t told = 0;   ///< trials told so far
    std::size_t asked = 0;  ///< earlier proposals of the searcher itself: without enqueued and imported ones
    std::span<const proposal<Arch>> pending = {};  ///< asked and not told yet, in the order of asking
    std::size_t attempt = 0;  ///< answers for this id that were turned down so far, see nas::deduplicated
};

/// Values reported while a trial was evaluated: `values` holds `Objectives` numbers a step.
struct learning_curve {
    std::vector<double> steps;   ///< in the evaluator's unit of fidelity (epochs), as reported
    std::vector<double> values;  ///< row-major [step][objective]

    bool empty() const noexcept { return steps.empty(); }
    friend bool operator==(const learning_curve&, const learning_curve&) = default;
};

namespace detail {

template <std::size_t Objectives>
constexpr bool all_finite(const std::array<double, Objectives>& values) noexcept {
    for (const double value : values)
        if (!(value - value == 0)) return false;  // false for NaN and both infinities, without a call
    return true;
}

}  // namespace detail

}  // namespace nas
