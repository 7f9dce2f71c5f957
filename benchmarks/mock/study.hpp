// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "options.hpp"
#include "problem.hpp"
#include "progress.hpp"

namespace mock_bench {

/// Runs all searches, `options.seeds` of each of the searchers that were added, on `options.threads` threads, and puts what
/// they came to into `searchers`, which depends on the number of threads in nothing. A seed with which some searcher completes
/// no trial is left out for all, since searches are compared by seed; returns what to tell of those, a line or nothing at
/// all. Nothing where it was interrupted. Throws usage_error where no seed is left, nas::fatal_error.
std::optional<std::string> run_searches(const problem& where, const bench_options& options,
                                        std::vector<nas::contestant>& searchers, progress& shown);

/// What a step of a searcher costs.
struct step_timing {
    std::string searcher;
    std::size_t searches = 0;  ///< how many were timed
    double trials_mean = 0;
    double step_ns_median = 0;  ///< over those searches: nanoseconds a trial, evaluator excluded
};

/// Runs some of the searches again, one at a time on one thread, the searchers taking turns, and measures them: the time of
/// the whole search (asking, telling and keeping the history included), less that of the evaluator alone for the same
/// architectures, by the number of trials. Nothing where it was interrupted.
std::optional<std::vector<step_timing>> time_steps(const problem& where, const bench_options& options,
                                                   const std::vector<nas::contestant>& searchers);

}  // namespace mock_bench
