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

std::vector<nas::curve> curves(const nas::board_at& at, nas::effort axis, double limit) {
    std::vector<std::vector<nas::best_so_far>> courses;
    double end = 0;
    for (const nas::standing& place : at.board.standings) {
        auto& of_searcher = courses.emplace_back();
        for (const nas::search_outcome& search : at.contestants[place.contestant].searches) {
            of_searcher.push_back(search.course);
            end = std::max(
                end, axis == nas::effort::trials ? static_cast<double>(search.course.trials) : search.course.cost);
        }
    }
    if (!(end > 0)) return {};
    const std::vector<double> grid = nas::effort_grid(axis, std::min(limit, end), curve_points);
    std::vector<nas::curve> all;
    for (std::size_t i = 0; i < courses.size(); ++i)
        all.push_back(nas::average(at.contestants[at.board.standings[i].contestant].name, courses[i], axis, grid));
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
    for (const nas::standing& place : report.last().board.standings) {
        const step_timing& timing = report.timings[place.contestant];
        table.add(timing.searcher).add(timing.searches).add(timing.trials_mean).add(timing.step_ns_median).end_row();
    }
    return table.text();
}

/// As many lines as can be told apart: the best ones, and random search, which all have to beat.
struct drawn_lines {
    std::vector<std::size_t> lines;  ///< by place on the board
    std::string note;                ///< what is left out
};

drawn_lines choose_lines(const study_report& report) {
    constexpr std::size_t most = 8;
    const auto& standings = report.last().board.standings;
    drawn_lines drawn;
    for (std::size_t i = 0; i < std::min(most, standings.size()); ++i) drawn.lines.push_back(i);
    for (std::size_t i = most; i < standings.size(); ++i)
        if (report.last().contestants[standings[i].contestant].name == "random_search") drawn.lines.back() = i;
    if (drawn.lines.size() < standings.size())
        drawn.note = std::to_string(standings.size() - drawn.lines.size()) + " more searchers are in curves.csv";
    return drawn;
}

/// What was searched and how, a key and its value a row; a value that does not apply is empty.
std::string problem_csv(const study_report& report) {
    const problem_facts& facts = report.facts;
    const bench_options& options = report.options;
    nas::csv_writer table;
    const auto add = [&](const char* key, const auto& value) { table.add(key).add(value).end_row(); };
    const auto where = [](bool holds, double value) { return holds ? std::optional(value) : std::nullopt; };
    add("key", "value");
    add("title", facts.title);
    add("space", facts.space);
    add("decisions", facts.decisions);
    add("space_size", facts.space_size);
    add("architectures", facts.architectures);
    add("rows", where(facts.rows > 0, static_cast<double>(facts.rows)));
    add("seen", facts.reward_name);
    add("score", facts.score_name);
    add("better", facts.higher_is_better ? "higher" : "lower");
    add("drawn", facts.draws ? 1 : 0);
    add("predictor", facts.predictor);
    add("predictor_kendall", facts.predictor_kendall);
    add("optimum", facts.optimum);
    add("optimum_proven", facts.proven ? 1 : 0);
    add("optimum_architecture", facts.optimum_code);
    add("mean", facts.average);
    std::string trials;
    for (const std::size_t one : options.trials)
        if (one != nas::unlimited) trials += (trials.empty() ? "" : " ") + std::to_string(one);
    add("recommendation", facts.recommendation);
    add("trials", trials);
    add("budget", where(options.budget != nas::no_limit, options.budget));
    add("first_seed", options.seed);
    add("seeds", options.seeds);
    return table.text();
}

}  // namespace

study_report make_report(const problem_facts& facts, const bench_options& options,
                         const std::vector<searches_at>& looks, std::vector<step_timing> timings) {
    study_report report{.facts = facts,
                        .options = options,
                        .boards = {},
                        .timings = std::move(timings),
                        .against_trials = {},
                        .against_cost = {}};
    for (const searches_at& look : looks) {
        const auto trials = look.trials == nas::unlimited ? std::nullopt : std::optional(look.trials);
        report.boards.push_back({trials, look.searchers,
                                 nas::rank_searchers(look.searchers, {.higher_is_better = facts.higher_is_better,
                                                                      .optimum = facts.optimum,
                                                                      .trials = trials})});
    }
    report.against_trials = curves(report.last(), nas::effort::trials, nas::no_limit);
    if (facts.has_cost) report.against_cost = curves(report.last(), nas::effort::cost, options.budget);
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
    write(folder / "summary.csv", nas::summary_csv(report.boards, report.facts.report_names));
    write(folder / "searches.csv", nas::searches_csv(report.boards));
    write(folder / "pairs.csv", nas::pairs_csv(report.boards));
    write(folder / "optimum.csv", nas::optimum_csv(report.boards));
    write(folder / "curves.csv", curves_csv(report));
    write(folder / "problem.csv", problem_csv(report));
    write(folder / "timing.csv", timing_csv(report));
}

std::string draw_plots(const study_report& report) {
    const std::filesystem::path& folder = report.options.out;
    const problem_facts& facts = report.facts;
    const auto& standings = report.last().board.standings;
    const std::size_t searches = report.last().contestants.front().searches.size();
    const std::string title =
        facts.title + ", " + std::to_string(searches) + (searches == 1 ? " search" : " searches") + " each";
    const std::string at_end =
        report.boards.size() > 1 ? ", after " + std::to_string(*report.last().trials) + " trials" : std::string();
    const std::string counts_by =
        facts.recommendation.empty() ? "the network of its best trial" : "what " + facts.recommendation + " recommends";
    const drawn_lines drawn = choose_lines(report);
    const std::string may_fall =
        facts.draws
            ? "\nlines may fall: a search sees one drawn value a trial, and a line shows the architecture's mean"
        : facts.score_name != facts.reward_name ? "\nlines may fall: searches do not see " + facts.score_name
                                                : "";
    const auto along = [&](const std::vector<nas::curve>& curves, const std::string& subtitle,
                           const std::string& x_label, double right, const char* stem) {
        if (curves.empty()) return true;
        nas::curve_plot plot{.title = title,
                             .subtitle = subtitle + may_fall,
                             .x_label = x_label,
                             .y_label = facts.score_name + " of the best trial so far",
                             .higher_is_better = facts.higher_is_better,
                             .note = drawn.note,
                             .right = right,
                             .warm_up = 0.15,
                             .reference = facts.optimum};
        for (const std::size_t i : drawn.lines) plot.curves.push_back(curves[i]);
        return nas::draw(plot, folder / stem);
    };
    // One search that went on for much longer than others would leave the most of the plot empty.
    double cost = 0;
    for (const nas::standing& place : standings) cost = std::max(cost, 1.2 * place.cost_mean);
    nas::box_plot boxes{.title = title,
                        .subtitle = "a search counts by " + counts_by + at_end,
                        .value_label = facts.score_name,
                        .higher_is_better = facts.higher_is_better,
                        .reference = facts.optimum,
                        .boxes = {}};
    for (std::size_t i = 0; i < standings.size(); ++i) {
        const auto line = std::find(drawn.lines.begin(), drawn.lines.end(), i);
        boxes.boxes.push_back(
            {report.last().contestants[standings[i].contestant].name, standings[i].taken_home().score,
             line == drawn.lines.end() ? nas::grey_box : static_cast<std::size_t>(line - drawn.lines.begin())});
    }
    try {
        // Without gnuplot all of them leave their numbers and scripts.
        bool done =
            along(report.against_trials, "a point: what the best trial until then is worth, mean over the searches",
                  "trials of a search", nas::no_limit, "curves_trials");
        done &= along(report.against_cost,
                      "a point: what the best trial is worth once a search has spent so much,\nmean over the searches, "
                      "where those that have ended keep theirs",
                      "simulated seconds of a search: its trials' column " + report.options.cost + ", added up", cost,
                      "curves_cost");
        done &= nas::draw(boxes, folder / "final");
        return done ? "" : "There are no plots: gnuplot is not installed (Debian: gnuplot-nox).";
    } catch (const nas::detail::file_error&) {
        throw;  // a full disk is no matter of plots
    } catch (const std::runtime_error& error) {
        return std::string("There are no plots: ") + error.what();
    }
}

}  // namespace mock_bench
