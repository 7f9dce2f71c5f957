// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace nas {

/// Stands for "no limit".
inline constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
inline constexpr double no_limit = std::numeric_limits<double>::infinity();

/// When a search ends: as soon as one rule holds. Imported trials do not count. All but `wall_time` depend on the history
/// alone.
struct stop_rules {
    std::size_t trials = unlimited;    ///< trials told or pending
    double cost = no_limit;            ///< sum of the trials' costs in seconds; the trial that crosses it is kept
    double wall_time = no_limit;       ///< seconds since the search was made
    double target = no_limit;          ///< the best value reaches it (higher is better)
    std::size_t patience = unlimited;  ///< trials told since the best value last improved
};

/// How far `run` goes, and how many trials it asks for before it tells them.
struct run_options {
    std::size_t trials = unlimited;    ///< as in stop_rules
    double cost = no_limit;            ///< as in stop_rules
    double wall_time = no_limit;       ///< as in stop_rules
    double target = no_limit;          ///< as in stop_rules
    std::size_t patience = unlimited;  ///< as in stop_rules
    std::size_t batch = 1;             ///< trials asked before the first of them is told, >= 1; changes the history

    constexpr stop_rules rules() const noexcept { return {trials, cost, wall_time, target, patience}; }
};

/// Why a search ended.
enum class stop_reason : std::uint8_t { none, trials, cost, wall_time, target, patience, exhausted, interrupted };

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
        case stop_reason::exhausted:
            return "the searcher has nothing more to propose";
        case stop_reason::interrupted:
            return "it was interrupted";
    }
    return "";
}

}  // namespace nas
