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

/// All searches as they stood after so many trials.
struct searches_at {
    std::size_t trials;  ///< nas::unlimited where only the budget ends a search
    std::vector<nas::contestant> searchers;
};

/// What all searches came to.
struct study_result {
    std::vector<searches_at> looks;  ///< as bench_options::trials
    std::string left_out;            ///< what to tell of seeds without a result: a line, or nothing at all
};

/// Runs all searches, `options.seeds` of each of the searchers that were added, on `options.threads` threads, which change
/// nothing in what they come to. A seed with which some searcher completes no trial is left out for all, since searches are
/// compared by seed. Nothing where it was interrupted. Throws usage_error where no seed is left, nas::fatal_error.
std::optional<study_result> run_searches(const problem& where, const bench_options& options,
                                         const std::vector<nas::contestant>& searchers, progress& shown);

/// Where the best score is not known for sure, raises it to the best that one of the searches had on its way. Returns what to tell of
/// that: a line, or nothing where none was better.
std::string raise_optimum(problem_facts& facts, const std::vector<searches_at>& looks);

/// What a step of a searcher costs.
struct step_timing {
    std::string searcher;
    std::size_t searches = 0;  ///< how many were timed
    double trials_mean = 0;
    double step_ns_median = 0;  ///< over those searches: nanoseconds a trial, evaluator excluded
};

/// Runs some of the searches again, one at a time on one thread, the searchers taking turns, and measures them: the processor's
/// time of the whole search (asking, telling and keeping the history included), less that of the evaluator alone for the same
/// architectures, by the number of trials. Nothing where it was interrupted.
std::optional<std::vector<step_timing>> time_steps(const problem& where, const bench_options& options,
                                                   const std::vector<nas::contestant>& searchers);

}  // namespace mock_bench
