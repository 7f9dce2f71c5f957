// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nas/data/file_lock.hpp>
#include <nas/report/best_so_far.hpp>
#include <nas/report/leaderboard_csv.hpp>

#include "options.hpp"
#include "problem.hpp"
#include "study.hpp"

namespace mock_bench {

/// The boards and what stands beside them.
struct study_report {
    const problem_facts& facts;
    const bench_options& options;
    std::vector<nas::board_at> boards;  ///< as bench_options::trials
    std::vector<step_timing> timings;   ///< as the searchers
    // In the order of the last board; without costs there are no curves against them.
    std::vector<nas::curve> against_trials;
    std::vector<nas::curve> against_cost;

    const nas::board_at& last() const { return boards.back(); }
};

/// `looks` must live as long as the report.
study_report make_report(const problem_facts& facts, const bench_options& options,
                         const std::vector<searches_at>& looks, std::vector<step_timing> timings);

/// The lock of the folder, which is made where it is missing. Throws usage_error where it cannot be written to, or another
/// process is doing so.
nas::detail::file_lock prepare_folder(const std::filesystem::path& folder);

/// Writes summary.csv, searches.csv, pairs.csv, optimum.csv, curves.csv, problem.csv and timing.csv. Throws usage_error where a file
/// cannot be written.
void write_files(const study_report& report);

/// Draws the plots. Returns what to tell the user: nothing, or why there are none.
std::string draw_plots(const study_report& report);

/// The ranked tables for people, best first, and what their columns are.
std::string ranked_tables(const study_report& report);

/// How many trials had no row in the table: a line, or nothing where none may.
std::string unknown_trials(const study_report& report);

/// Which files to open first; `no_plots` says why there are no plots, or nothing.
std::string where_to_look(const study_report& report, const std::string& no_plots);

}  // namespace mock_bench
