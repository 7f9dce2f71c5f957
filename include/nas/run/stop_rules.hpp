// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

namespace nas {

/// Stands for "no limit".
inline constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
inline constexpr double no_limit = std::numeric_limits<double>::infinity();

/// A search whose only limit is a cost ends after so many trials in a row that cost nothing: it would go on for ever where
/// every evaluation fails at once, or where the evaluator reports no cost at all.
inline constexpr std::size_t most_free_trials = 1000;

/// When a search ends: as soon as one rule holds. Imported trials do not count, and cost nothing. What held once holds for ever,
/// so that a program of several runs does the same when it is started again.
///
/// `trials` is looked at when something is to be asked. `cost`, `target` and `patience` are looked at after each trial told, in the
/// order of asking also within a batch: the trial that reaches one is kept, what was asked after it stays open, and the history
/// depends on the batch size, not on threads. `wall_time` is looked at before each evaluation: those under way are finished, and
/// kept as far as all that were asked before them are finished too. What stays open is the first that a later run evaluates.
struct stop_rules {
    std::size_t trials = unlimited;    ///< trials told or pending
    double cost = no_limit;            ///< sum of the trials' costs in seconds
    double wall_time = no_limit;       ///< seconds since the search was made
    double target = no_limit;          ///< the best value reaches it (higher is better)
    std::size_t patience = unlimited;  ///< so many trials in a row, ever, did not improve the best value
};

/// Throws std::invalid_argument where a limit is NaN, which would never be reached.
inline void check_limits(const stop_rules& rules) {
    const auto check = [](double limit, const char* name) {
        if (limit != limit)
            throw std::invalid_argument(std::string("nas::search: the limit '") + name +
                                        "' is NaN; leave it out where there is none");
    };
    check(rules.cost, "cost");
    check(rules.wall_time, "wall_time");
    check(rules.target, "target");
}

/// A run asks for so many trials at most before it tells them: a damaged history must not make one ask for ever.
inline constexpr std::size_t most_batch = 1'000'000;

/// How far `run` goes, and how many trials it asks for before it tells them.
struct run_options {
    std::size_t trials = unlimited;    ///< as in stop_rules
    double cost = no_limit;            ///< as in stop_rules
    double wall_time = no_limit;       ///< as in stop_rules
    double target = no_limit;          ///< as in stop_rules
    std::size_t patience = unlimited;  ///< as in stop_rules
    std::size_t batch = 1;  ///< trials asked before the first of them is told, in [1, most_batch]; changes the history

    constexpr stop_rules rules() const noexcept { return {trials, cost, wall_time, target, patience}; }
};

/// Why a search ended.
enum class stop_reason : std::uint8_t {
    none,
    trials,
    cost,
    wall_time,
    target,
    patience,
    free_of_cost,  ///< see most_free_trials
    exhausted,
    waiting,  ///< nothing to propose before a pending trial is told
    interrupted,
};

constexpr std::string_view to_string(stop_reason reason) noexcept {
    switch (reason) {
        case stop_reason::none:
            return "it has not ended";
        case stop_reason::trials:
            return "the number of trials is reached";
        case stop_reason::cost:
            return "the cost is spent";
        case stop_reason::wall_time:
            return "the time is over";
        case stop_reason::target:
            return "the target is reached";
        case stop_reason::patience:
            return "the best value has not improved for long enough";
        case stop_reason::free_of_cost:
            return "its only limit is a cost, and the last 1000 trials cost nothing";
        case stop_reason::exhausted:
            return "the searcher has nothing more to propose";
        case stop_reason::waiting:
            return "the searcher has nothing to propose before pending trials are told";
        case stop_reason::interrupted:
            return "it was interrupted";
    }
    return "";
}

}  // namespace nas
