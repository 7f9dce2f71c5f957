// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <string_view>

#include "format.hpp"
#include "report.hpp"

namespace mock_bench {

namespace {

constexpr double significance = 0.05;

/// Columns as wide as their widest cell, two blanks apart; the second is aligned left, all others right.
class text_table {
  public:
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

    std::string text() const {
        std::vector<std::size_t> widths(rows_.front().size(), 0);
        for (const auto& row : rows_)
            for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
        std::string all;
        for (const auto& row : rows_) {
            std::string line;
            for (std::size_t i = 0; i < row.size(); ++i) {
                const std::string blanks(widths[i] - width(row[i]), ' ');
                line.append(i == 0 ? "" : "  ").append(i == 1 ? row[i] + blanks : blanks + row[i]);
            }
            all += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
        }
        return all;
    }

  private:
    /// Characters of a UTF-8 text.
    static std::size_t width(std::string_view text) {
        return static_cast<std::size_t>(
            std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
    }

    std::vector<std::vector<std::string>> rows_;
};

/// So many decimals that the largest deviation of a column shows three digits.
int decimals_for(const std::vector<nas::sample_summary>& column) {
    double largest = 0;
    for (const nas::sample_summary& one : column) {
        const double spread =
            std::isnan(one.deviation) || one.deviation == 0 ? 1e-2 * std::abs(one.mean) : one.deviation;
        largest = std::max(largest, spread);
    }
    if (!(largest > 0)) return 2;
    return std::clamp(2 - static_cast<int>(std::floor(std::log10(largest))), 0, 6);
}

/// A deterministic searcher has no deviation: blanks keep its mean below the others'.
std::string with_deviation(const nas::sample_summary& one, int decimals, bool deterministic) {
    const std::string mean = fixed(one.mean, decimals);
    if (std::isnan(one.deviation)) return mean;
    const std::string deviation = fixed(one.deviation, decimals);
    return deterministic ? mean + std::string(3 + deviation.size(), ' ') : mean + " ± " + deviation;
}

std::string percent(double share) { return fixed(100 * share, share > 0 && share < 0.0995 ? 1 : 0) + " %"; }

std::string seeds_text(const bench_options& options) {
    return options.seeds == 1 ? std::string("seed ") + std::to_string(options.seed)
                              : std::string("seeds ") + std::to_string(options.seed) + " to " +
                                    std::to_string(options.seed + options.seeds - 1);
}

std::string head(const study_report& report) {
    const bench_options& options = report.options;
    const problem_facts& facts = report.facts;
    const bool same = facts.score_name == facts.reward_name;
    std::string text = facts.title + ": " + facts.detail + ".\n" + facts.predictor_remark;
    if (facts.draws) {
        text += "Searchers see " + facts.reward_name + " as drawn for each trial, and are compared by " +
                (same ? "its mean" : facts.score_name);
    } else {
        text += same ? "Searchers see and are compared by " + facts.reward_name
                     : "Searchers see " + facts.reward_name + " and are compared by " + facts.score_name;
    }
    if (!facts.recommendation.empty()) text += " for what " + facts.recommendation + " recommends";
    text += std::string(facts.higher_is_better ? ".\nHigher" : ".\nLower") + " is better; " +
            (facts.proven ? "optimum " : "best known ") + nas::csv_number(facts.optimum);
    if (facts.average) text += ", mean of all architectures " + nas::csv_number(*facts.average);
    text += ".\n";
    const std::size_t searches = report.last().contestants.front().searches.size();
    text += grouped(static_cast<double>(searches)) + (searches == 1 ? " search" : " searches") + " each, ";
    if (searches != options.seeds) text += "of the ";
    text += seeds_text(options);
    if (report.boards.size() > 1) text += ", looked at " + std::to_string(report.boards.size()) + " times";
    if (report.last().trials) text += ", up to " + grouped(static_cast<double>(*report.last().trials)) + " trials";
    if (options.budget != nas::no_limit)
        text +=
            ", up to " +
            (options.budget == std::floor(options.budget) ? grouped(options.budget) : nas::csv_number(options.budget)) +
            " simulated seconds";
    return text + ".\n";
}

/// What the notes below the tables have to explain.
struct signs {
    bool shared = false;
    bool level = false;
    bool deterministic = false;
};

bool level_with_best(const nas::standing& place) {
    return place.p_against_best && *place.p_against_best >= significance;
}

signs find_signs(const study_report& report) {
    signs found;
    for (const nas::board_at& at : report.boards) {
        for (const nas::standing& place : at.board.standings) {
            found.shared = found.shared || place.shared;
            found.level = found.level || level_with_best(place);
            found.deterministic = found.deterministic || place.deterministic;
        }
    }
    return found;
}

bool has_policies(const study_report& report) {
    const auto& standings = report.last().board.standings;
    return std::any_of(standings.begin(), standings.end(),
                       [](const nas::standing& place) { return place.policy_reward_mean.has_value(); });
}

/// A board's rows with a column after the other, whose name may have two lines.
class board_table {
  public:
    explicit board_table(const nas::board_at& at) : at_(at) {
        std::vector<std::string> places{""};
        std::vector<std::string> names{"searcher"};
        for (const nas::standing& place : standings()) {
            places.push_back(std::to_string(place.place) + (place.shared ? "=" : " ") +
                             (level_with_best(place) ? "~" : " "));
            names.push_back(at.contestants[place.contestant].name + (place.deterministic ? " *" : ""));
        }
        columns_ = {places, names};
    }

    const std::vector<nas::standing>& standings() const { return at_.board.standings; }

    /// `cell(standing)` is the text of a cell.
    template <class Cell>
    void add(const std::string& name, Cell cell) {
        columns_.push_back({name});
        for (const nas::standing& place : standings()) columns_.back().push_back(cell(place));
    }

    /// `sample(standing)` is summarized in a cell. Returns the decimals of the column.
    template <class Sample>
    int add_sample(const std::string& name, Sample sample) {
        std::vector<nas::sample_summary> column;
        for (const nas::standing& place : standings()) column.push_back(sample(place));
        const int decimals = decimals_for(column);
        add(name,
            [&](const nas::standing& place) { return with_deviation(sample(place), decimals, place.deterministic); });
        return decimals;
    }

    std::string text() const {
        text_table table;
        std::vector<std::string> upper;
        std::vector<std::string> lower;
        for (const auto& column : columns_) {
            const std::string& name = column.front();
            const std::size_t line_end = name.find('\n');
            upper.push_back(line_end == name.npos ? "" : name.substr(0, line_end));
            lower.push_back(line_end == name.npos ? name : name.substr(line_end + 1));
        }
        table.add(std::move(upper));
        table.add(std::move(lower));
        for (std::size_t row = 1; row <= standings().size(); ++row) {
            std::vector<std::string> cells;
            for (const auto& column : columns_) cells.push_back(column[row]);
            table.add(std::move(cells));
        }
        return table.text();
    }

  private:
    const nas::board_at& at_;
    std::vector<std::vector<std::string>> columns_;
};

/// Whether every search made all the trials that it may.
bool all_run(const nas::board_at& at) {
    return at.trials &&
           std::all_of(at.board.standings.begin(), at.board.standings.end(), [&](const nas::standing& place) {
               return place.trials_mean == static_cast<double>(*at.trials);
           });
}

std::string table_of(const study_report& report, const nas::board_at& at) {
    using nas::standing;
    const problem_facts& facts = report.facts;
    const bool apart = facts.score_name != facts.reward_name;
    board_table table(at);
    // The score with its regret, then the other reports, then the reward where it is not the score.
    const int score_decimals =
        table.add_sample(facts.score_name, [](const standing& place) { return place.taken_home().score; });
    table.add("regret", [&](const standing& place) { return fixed(*place.taken_home().regret_mean, score_decimals); });
    if (!facts.recommendation.empty()) {
        table.add("best\ntrial",
                  [&](const standing& place) { return fixed(place.incumbent.score.mean, score_decimals); });
        table.add("its\nregret",
                  [&](const standing& place) { return fixed(*place.incumbent.regret_mean, score_decimals); });
    }
    table.add("regret\narea", [&](const standing& place) { return fixed(*place.regret_area, score_decimals); });
    int reward_decimals = score_decimals;
    for (std::size_t i = 1; i < facts.report_names.size(); ++i)
        table.add_sample(facts.report_names[i], [i](const standing& place) { return place.taken_home().reports[i]; });
    if (apart)
        reward_decimals =
            table.add_sample(facts.reward_name, [](const standing& place) { return place.taken_home().reward; });
    if (has_policies(report))
        table.add("final\npolicy", [&](const standing& place) {
            return place.policy_reward_mean ? fixed(*place.policy_reward_mean, reward_decimals) : "-";
        });
    if (table.standings().front().incumbent.rank_mean)
        table.add("network\nrank", [](const standing& place) { return fixed(*place.taken_home().rank_mean, 1); });
    table.add("searcher\nrank", [](const standing& place) { return fixed(place.rank_median, 1); });
    table.add("at\noptimum", [](const standing& place) { return percent(*place.taken_home().optimum_share); });
    table.add("hits", [](const standing& place) {
        return percent(static_cast<double>(place.first_hits.size()) / static_cast<double>(place.incumbent.score.count));
    });
    table.add("first\nhit", [](const standing& place) {
        return place.first_hits.empty() ? "-" : fixed(nas::summarize(place.first_hits).mean, 1);
    });
    if (!all_run(at)) table.add("trials", [](const standing& place) { return grouped(place.trials_mean); });
    table.add("networks", [](const standing& place) { return grouped(place.distinct_mean); });
    if (facts.has_gaps) table.add("no\nrow", [](const standing& place) { return grouped(place.unknown_mean); });
    if (facts.has_cost) table.add("cost\nin s", [](const standing& place) { return grouped(place.cost_mean); });
    if (&at == &report.last())
        table.add("ns\na step",
                  [&](const standing& place) { return grouped(report.timings[place.contestant].step_ns_median); });
    return table.text();
}

/// What the columns and signs are, in few lines.
std::string notes(const study_report& report) {
    const problem_facts& facts = report.facts;
    const signs found = find_signs(report);
    const std::size_t searchers = report.last().contestants.size();
    const std::size_t searches = report.last().contestants.front().searches.size();
    const bool recommends = !facts.recommendation.empty();
    std::string text = "Mean ± standard deviation over the searches, of the network ";
    text += recommends ? "that " + facts.recommendation + " recommends" : "of the best trial";
    if (facts.recommendation == "final_policy") text += " (without a policy by the default rule)";
    text += recommends ? ";\nbest trial: mean of the best trial's network, and its regret.\n" : ".\n";
    if (found.shared) text += "= Equal means share a place.\n";
    if (found.level)
        text += std::string("~ It cannot be told from the best (5 %, Holm-corrected; Mann-Whitney's test") +
                (found.deterministic ? ", or a sign test against a *).\n" : ").\n");
    if (found.deterministic)
        text += "* Its searches are the same with every seed: they count as one search, not as " +
                grouped(static_cast<double>(searches)) + ".\n";
    text += "regret: distance to the optimum; its area: mean over the trials of that of the best trial so far;\n";
    text += "at optimum: searches that end there; hits: those that try it, first hit: in which trial, their mean.\n";
    if (report.last().board.standings.front().incumbent.rank_mean)
        text += "network rank: among all " + grouped(facts.architectures) + " architectures; ";
    text += "searcher rank: median over the seeds, among " + grouped(static_cast<double>(searchers)) + ".\n";
    text += "networks: how many different ones were tried";
    if (facts.has_gaps) text += "; no row: trials of those that the table lacks";
    if (has_policies(report)) text += "; final policy: mean " + facts.reward_name + " of what it samples";
    return text + ".\nns a step: the processor's time a trial, without the evaluator.\n";
}

/// Of searchers that did the same as others.
std::string same_searches(const study_report& report) {
    std::string text;
    for (const nas::board_at& at : report.boards) {
        for (const nas::standing& place : at.board.standings) {
            if (!place.same_as) continue;
            text += at.contestants[place.contestant].name + " makes the very searches of " +
                    at.contestants[*place.same_as].name;
            if (at.trials) text += " up to " + grouped(static_cast<double>(*at.trials)) + " trials";
            text += ".\n";
        }
    }
    return text;
}

}  // namespace

std::string ranked_tables(const study_report& report) {
    std::string text = head(report);
    for (const nas::board_at& at : report.boards) {
        text += '\n';
        if (report.boards.size() > 1) text += "After " + grouped(static_cast<double>(*at.trials)) + " trials:\n";
        text += table_of(report, at);
    }
    return text + '\n' + notes(report) + same_searches(report);
}

std::string unknown_trials(const study_report& report) {
    if (!report.facts.has_gaps) return "";
    double trials = 0;
    double unknown = 0;
    for (const nas::contestant& one : report.last().contestants) {
        for (const nas::search_outcome& search : one.searches) {
            trials += static_cast<double>(search.course.trials);
            unknown += static_cast<double>(search.unknown);
        }
    }
    return grouped(unknown) + " of " + grouped(trials) + " trials (" + percent(unknown / trials) +
           ") had no row in the table.\n";
}

std::string where_to_look(const study_report& report, const std::string& no_plots) {
    std::string text = no_plots.empty() ? "" : no_plots + '\n';
    text += "The report is in " + report.options.out.string() + ". Open ";
    text +=
        no_plots.empty() && report.options.plots
            ? "final.png first: what each searcher finds, over all seeds;\ncurves_trials.png shows how soon, summary.csv has all columns, searches.csv a row for each search.\n"
            : "summary.csv first: this table with all columns; searches.csv has a row for each search.\n";
    return text;
}

}  // namespace mock_bench
