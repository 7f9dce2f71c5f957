// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nas/data/file_lock.hpp>
#include <nas/report/best_so_far.hpp>
#include <nas/report/leaderboard.hpp>

#include "options.hpp"
#include "problem.hpp"
#include "study.hpp"

namespace mock_bench {

/// The board and what stands beside it.
struct study_report {
    const problem_facts& facts;
    const bench_options& options;
    const std::vector<nas::contestant>& searchers;
    nas::leaderboard board;
    std::vector<step_timing> timings;  ///< as `searchers`
    // In the order of the board; without costs there are no curves against them.
    std::vector<nas::curve> against_trials;
    std::vector<nas::curve> against_cost;
};

/// `searchers` with their searches.
study_report make_report(const problem_facts& facts, const bench_options& options,
                         const std::vector<nas::contestant>& searchers, std::vector<step_timing> timings);

/// The lock of the folder, which is made where it is missing. Throws usage_error where it cannot be written to, or another
/// process is doing so.
nas::detail::file_lock prepare_folder(const std::filesystem::path& folder);

/// Writes summary.csv, pairs.csv, optimum.csv, curves.csv and timing.csv. Throws usage_error where a file cannot be written.
void write_files(const study_report& report);

/// Draws the plots. Returns what to tell the user: nothing, or why there are none.
std::string draw_plots(const study_report& report);

/// The ranked table for people, best first.
std::string ranked_table(const study_report& report);

}  // namespace mock_bench
