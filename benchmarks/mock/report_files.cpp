// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include <nas/data/open_file.hpp>
#include <nas/data/replace_file.hpp>
#include <nas/report/csv_writer.hpp>
#include <nas/report/gnuplot.hpp>

#include "report.hpp"

namespace mock_bench {

namespace {

constexpr std::size_t curve_points = 200;

std::vector<nas::curve> curves(const std::vector<nas::contestant>& searchers, const nas::leaderboard& board,
                               nas::effort axis, double limit) {
    std::vector<std::vector<nas::best_so_far>> courses;
    double end = 0;
    for (const nas::standing& place : board.standings) {
        auto& of_searcher = courses.emplace_back();
        for (const nas::search_outcome& search : searchers[place.contestant].searches) {
            of_searcher.push_back(search.course);
            end = std::max(
                end, axis == nas::effort::trials ? static_cast<double>(search.course.trials) : search.course.cost);
        }
    }
    if (!(end > 0)) return {};
    const std::vector<double> grid = nas::effort_grid(axis, std::min(limit, end), curve_points);
    std::vector<nas::curve> all;
    for (std::size_t i = 0; i < courses.size(); ++i)
        all.push_back(nas::average(searchers[board.standings[i].contestant].name, courses[i], axis, grid));
    return all;
}

void write(const std::filesystem::path& path, const std::string& content) {
    nas::detail::with_error<usage_error>([&] { nas::detail::replace_file(path, content); });
}

std::string curves_csv(const study_report& report) {
    nas::csv_writer table;
    table.add("searcher").add("against").add("x").add("mean").add("lower_quartile").add("upper_quartile").end_row();
    const auto add = [&](const std::vector<nas::curve>& all, std::string_view axis) {
        for (const nas::curve& line : all)
            for (std::size_t i = 0; i < line.x.size(); ++i)
                table.add(line.name)
                    .add(axis)
                    .add(line.x[i])
                    .add(line.mean[i])
                    .add(line.lower_quartile[i])
                    .add(line.upper_quartile[i])
                    .end_row();
    };
    add(report.against_trials, "trials");
    add(report.against_cost, "cost");
    return table.text();
}

std::string timing_csv(const study_report& report) {
    nas::csv_writer table;
    table.add("searcher").add("searches").add("trials_mean").add("step_ns_median").end_row();
    for (const nas::standing& place : report.board.standings) {
        const step_timing& timing = report.timings[place.contestant];
        table.add(timing.searcher).add(timing.searches).add(timing.trials_mean).add(timing.step_ns_median).end_row();
    }
    return table.text();
}

}  // namespace

study_report make_report(const problem_facts& facts, const bench_options& options,
                         const std::vector<nas::contestant>& searchers, std::vector<step_timing> timings) {
    study_report report{.facts = facts,
                        .options = options,
                        .searchers = searchers,
                        .board = {},
                        .timings = std::move(timings),
                        .against_trials = {},
                        .against_cost = {}};
    report.board =
        nas::rank_searchers(searchers, {.higher_is_better = facts.higher_is_better, .optimum = facts.optimum});
    report.against_trials = curves(searchers, report.board, nas::effort::trials, nas::no_limit);
    if (facts.has_cost) report.against_cost = curves(searchers, report.board, nas::effort::cost, options.budget);
    return report;
}

nas::detail::file_lock prepare_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw usage_error("--out: cannot make the folder '" + folder.string() + "': " + error.message());
    return nas::detail::with_error<usage_error>([&] { return nas::detail::file_lock::of_folder(folder); });
}

void write_files(const study_report& report) {
    const std::filesystem::path& folder = report.options.out;
    write(folder / "summary.csv", nas::summary_csv(report.board, report.searchers, report.facts.report_names));
    write(folder / "pairs.csv", nas::pairs_csv(report.board, report.searchers));
    write(folder / "optimum.csv", nas::optimum_csv(report.board, report.searchers));
    write(folder / "curves.csv", curves_csv(report));
    write(folder / "timing.csv", timing_csv(report));
}

std::string draw_plots(const study_report& report) {
    const std::filesystem::path& folder = report.options.out;
    const problem_facts& facts = report.facts;
    const std::string seeds =
        std::to_string(report.options.seeds) + (report.options.seeds == 1 ? " search" : " searches") + " each";
    const std::string title = facts.title + ", " + seeds;
    const std::string score = facts.score_name + " of the best so far";
    const auto along = [&](const std::vector<nas::curve>& curves, const char* x_label, const char* stem) {
        return curves.empty() || nas::draw(nas::curve_plot{.title = title,
                                                           .x_label = x_label,
                                                           .y_label = score,
                                                           .higher_is_better = facts.higher_is_better,
                                                           .reference = facts.optimum,
                                                           .curves = curves},
                                           folder / stem);
    };
    nas::box_plot boxes{.title = title,
                        .value_label = facts.score_name + " at the end",
                        .higher_is_better = facts.higher_is_better,
                        .reference = facts.optimum,
                        .boxes = {}};
    for (const nas::standing& place : report.board.standings)
        boxes.boxes.push_back({report.searchers[place.contestant].name, place.score});
    try {
        const bool drawn = along(report.against_trials, "trials", "curves_trials") &&
                           along(report.against_cost, "cost in seconds", "curves_cost") &&
                           nas::draw(boxes, folder / "final");
        return drawn ? "" : "There are no plots: gnuplot is not installed (Debian: gnuplot-nox).";
    } catch (const nas::detail::file_error&) {
        throw;  // a full disk is no matter of plots
    } catch (const std::runtime_error& error) {
        return std::string("There are no plots: ") + error.what();
    }
}

}  // namespace mock_bench
