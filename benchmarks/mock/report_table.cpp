// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <string_view>

#include "format.hpp"
#include "report.hpp"

namespace mock_bench {

namespace {

constexpr double level = 0.05;

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

std::string with_deviation(const nas::sample_summary& one, int decimals) {
    const std::string mean = fixed(one.mean, decimals);
    return std::isnan(one.deviation) ? mean : mean + " ± " + fixed(one.deviation, decimals);
}

std::string percent(double share) { return fixed(100 * share, share > 0 && share < 0.0995 ? 1 : 0) + " %"; }

/// Cells of a column of samples, in the order of the board.
std::vector<std::string> cells(const std::vector<nas::sample_summary>& column) {
    const int decimals = decimals_for(column);
    std::vector<std::string> all;
    for (const nas::sample_summary& one : column) all.push_back(with_deviation(one, decimals));
    return all;
}

std::string head(const study_report& report) {
    const bench_options& options = report.options;
    const problem_facts& facts = report.facts;
    std::string text = facts.title + ": " + facts.detail + ".\n";
    text += facts.score_name == facts.reward_name
                ? "Searchers see and are compared by " + facts.reward_name
                : "Searchers see " + facts.reward_name + " and are compared by " + facts.score_name;
    text += std::string(facts.higher_is_better ? " (higher" : " (lower") + " is better; optimum " +
            nas::csv_number(facts.optimum);
    if (facts.average) text += ", mean of all architectures " + nas::csv_number(*facts.average);
    text += ").\n";
    const std::size_t searches = report.searchers.front().searches.size();
    text += grouped(static_cast<double>(searches)) + (searches == 1 ? " search" : " searches") + " each, ";
    if (searches != options.seeds) text += "of the ";
    text += options.seeds == 1 ? std::string("seed ") + std::to_string(options.seed)
                               : std::string("seeds ") + std::to_string(options.seed) + " to " +
                                     std::to_string(options.seed + options.seeds - 1);
    if (options.trials != nas::unlimited) text += ", up to " + grouped(static_cast<double>(options.trials)) + " trials";
    if (options.budget != nas::no_limit)
        text +=
            ", up to " +
            (options.budget == std::floor(options.budget) ? grouped(options.budget) : nas::csv_number(options.budget)) +
            " simulated seconds";
    return text + ".\n\n";
}

}  // namespace

std::string ranked_table(const study_report& report) {
    const problem_facts& facts = report.facts;
    const auto& standings = report.board.standings;
    // The score, then the other reports, then the reward where it is not the score.
    std::vector<std::string> names{facts.score_name};
    std::vector<std::vector<nas::sample_summary>> columns(1);
    for (std::size_t i = 1; i < facts.report_names.size(); ++i) names.push_back(facts.report_names[i]);
    if (facts.score_name != facts.reward_name) names.push_back(facts.reward_name);
    columns.resize(names.size());
    for (const nas::standing& place : standings) {
        columns[0].push_back(place.score);
        for (std::size_t i = 1; i < facts.report_names.size(); ++i) columns[i].push_back(place.reports[i]);
        if (facts.score_name != facts.reward_name) columns.back().push_back(place.reward);
    }
    std::vector<std::vector<std::string>> texts;
    for (const auto& column : columns) texts.push_back(cells(column));
    const int regret_decimals = decimals_for(columns[0]);
    const bool policies = std::any_of(standings.begin(), standings.end(),
                                      [](const nas::standing& place) { return place.policy_reward_mean.has_value(); });
    const int policy_decimals = decimals_for(facts.score_name == facts.reward_name ? columns[0] : columns.back());

    text_table table;
    std::vector<std::string> header{"", "searcher"};
    header.insert(header.end(), names.begin(), names.end());
    if (policies) header.push_back("final policy");
    header.insert(header.end(), {"regret", "rank", "at optimum", "trials to it", "trials"});
    if (facts.has_cost) header.push_back("cost in s");
    header.push_back("ns a step");
    table.add(header);
    bool marked = false;
    for (std::size_t i = 0; i < standings.size(); ++i) {
        const nas::standing& place = standings[i];
        const bool level_with_best = place.p_against_best && *place.p_against_best >= level;
        marked = marked || level_with_best;
        std::vector<std::string> row{std::to_string(i + 1) + (level_with_best ? "=" : " "),
                                     report.searchers[place.contestant].name};
        for (const auto& column : texts) row.push_back(column[i]);
        if (policies) row.push_back(place.policy_reward_mean ? fixed(*place.policy_reward_mean, policy_decimals) : "-");
        row.push_back(fixed(*place.regret_mean, regret_decimals));
        row.push_back(fixed(place.rank_median, 1));
        row.push_back(percent(*place.optimum_share));
        row.push_back(place.trials_per_optimum ? grouped(*place.trials_per_optimum) : "-");
        row.push_back(grouped(place.trials_mean));
        if (facts.has_cost) row.push_back(grouped(place.cost_mean));
        row.push_back(grouped(report.timings[place.contestant].step_ns_median));
        table.add(std::move(row));
    }
    std::string text = head(report) + table.text();
    text +=
        "\nmean ± standard deviation over the searches; rank: median over the seeds, among the searchers; trials to it: those\n"
        "of all searches until the optimum, divided by the searches that reach it; ns a step: without the evaluator.\n";
    if (policies) text += "final policy: mean " + facts.reward_name + " of what it samples.\n";
    if (marked) text += "= cannot be told from the best (Mann-Whitney, Holm-corrected, 5 %).\n";
    return text;
}

}  // namespace mock_bench
