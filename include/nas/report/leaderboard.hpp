// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/report/best_so_far.hpp>
#include <nas/report/csv_writer.hpp>
#include <nas/report/statistics.hpp>

namespace nas {

/// What one search came to. Its score is what its incumbent is worth at the end.
struct search_outcome {
    best_so_far course;
    double reward = 0;                 ///< of the incumbent, as the search sees it
    std::vector<double> reports = {};  ///< of the incumbent: further columns, the same for all searches
    std::optional<double> policy_reward = std::nullopt;  ///< mean reward of what its final policy samples

    double score() const noexcept { return course.steps.back().value; }
};

/// The searches of one searcher. The n-th search of every searcher has the same seed.
struct contestant {
    std::string name;          ///< its own, unlike all others'
    std::string options = {};  ///< all of them, in full
    std::vector<search_outcome> searches = {};
};

struct leaderboard_options {
    bool higher_is_better = true;                  ///< of scores
    std::optional<double> optimum = std::nullopt;  ///< the best score there is, where it is known
};

/// A searcher's place on the board.
struct standing {
    std::size_t contestant = 0;  ///< its number among those given
    sample_summary score;
    sample_summary reward;
    std::vector<sample_summary> reports;
    double trials_mean = 0;
    double cost_mean = 0;                      ///< seconds
    std::optional<double> policy_reward_mean;  ///< where all its searches have one
    double rank_median = 0;                    ///< over the seeds, of its rank among the searchers: 1 is best
    // Where the optimum is known:
    std::optional<double> regret_mean;      ///< distance of the score to the optimum, at least 0
    std::optional<double> optimum_share;    ///< of the searches that end at the optimum
    std::vector<double> trials_to_optimum;  ///< of those searches, the trials until their last incumbent
    /// All trials until the optimum, those of the other searches included, by the number of searches that end there: the
    /// expected running time (Hansen et al. 2009). Nothing where none does.
    std::optional<double> trials_per_optimum;
    std::optional<double> p_against_best;  ///< Holm-corrected; nothing for the best itself
};

/// Whether the searches of one searcher tend to be better than those of another.
struct tendency {
    double superiority;      ///< the chance that a search of the first beats one of the second, ties counted by half
    double p_value;          ///< Mann-Whitney, two-sided
    double p_corrected = 1;  ///< Holm, over all pairs on the board that have one
};

/// Two searchers.
struct comparison {
    std::size_t first;  ///< the one that stands higher, by its number among those given
    std::size_t second;
    tendency scores;
    std::optional<tendency> policies;  ///< of policy_reward, where all searches of both have one
};

/// Searchers compared by the scores of their searches.
struct leaderboard {
    std::vector<standing> standings;      ///< best mean score first; equal ones by median rank, then as given
    std::vector<comparison> comparisons;  ///< all pairs, in the order of the standings
};

namespace detail {

inline bool at_optimum(double score, double optimum) {
    return std::abs(score - optimum) <= 1e-12 * std::max(1.0, std::abs(optimum));
}

template <class Value>
std::vector<double> each_search(const contestant& one, Value value) {
    std::vector<double> all;
    all.reserve(one.searches.size());
    for (const search_outcome& search : one.searches) all.push_back(static_cast<double>(value(search)));
    return all;
}

inline std::vector<double> scores(const contestant& one) {
    return each_search(one, [](const search_outcome& search) { return search.score(); });
}

/// The policy rewards of all searches; none where one has none.
inline std::vector<double> policy_rewards(const contestant& one) {
    std::vector<double> all;
    for (const search_outcome& search : one.searches) {
        if (!search.policy_reward) return {};
        all.push_back(*search.policy_reward);
    }
    return all;
}

inline tendency tend(std::span<const double> first, std::span<const double> second, bool higher_is_better) {
    const rank_test test = higher_is_better ? mann_whitney(first, second) : mann_whitney(second, first);
    return {test.superiority, test.p_value};
}

/// Corrects what `part(comparison)` points to, for those that have it.
template <class Part>
void correct(std::vector<comparison>& comparisons, Part part) {
    std::vector<double> p_values;
    for (comparison& pair : comparisons)
        if (const tendency* found = part(pair)) p_values.push_back(found->p_value);
    const std::vector<double> corrected = holm(p_values);
    auto next = corrected.begin();
    for (comparison& pair : comparisons)
        if (tendency* found = part(pair)) found->p_corrected = *next++;
}

inline void check_contestants(std::span<const contestant> contestants) {
    const auto fail = [](const std::string& what) { throw std::invalid_argument("nas::rank_searchers: " + what); };
    if (contestants.empty()) fail("there must be at least one searcher");
    const contestant& front = contestants.front();
    for (const contestant& one : contestants) {
        if (one.searches.empty() || one.searches.size() != front.searches.size())
            fail("'" + one.name + "' has " + std::to_string(one.searches.size()) +
                 " searches; it must have as many as '" + front.name + "' (" + std::to_string(front.searches.size()) +
                 "), and at least one");
        for (const search_outcome& search : one.searches) {
            if (search.course.steps.empty()) fail("a search of '" + one.name + "' must have a completed trial");
            if (search.reports.size() != front.searches.front().reports.size())
                fail("all searches must have as many reports");
        }
    }
}

inline void compare_with_optimum(const contestant& one, double optimum, standing& place) {
    double regret = 0;
    double trials = 0;
    for (const search_outcome& search : one.searches) {
        regret += std::abs(optimum - search.score());
        const bool reached = at_optimum(search.score(), optimum);
        trials += static_cast<double>(reached ? search.course.steps.back().trials : search.course.trials);
        if (reached) place.trials_to_optimum.push_back(static_cast<double>(search.course.steps.back().trials));
    }
    const auto count = static_cast<double>(one.searches.size());
    const auto reached = static_cast<double>(place.trials_to_optimum.size());
    place.regret_mean = regret / count;
    place.optimum_share = reached / count;
    if (reached > 0) place.trials_per_optimum = trials / reached;
}

inline standing make_standing(const contestant& one, const leaderboard_options& options) {
    standing place;
    const auto mean_of = [&](auto value) { return detail::mean(each_search(one, value)); };
    place.score = summarize(scores(one));
    place.reward = summarize(each_search(one, [](const auto& search) { return search.reward; }));
    for (std::size_t i = 0; i < one.searches.front().reports.size(); ++i)
        place.reports.push_back(summarize(each_search(one, [i](const auto& search) { return search.reports[i]; })));
    place.trials_mean = mean_of([](const auto& search) { return search.course.trials; });
    place.cost_mean = mean_of([](const auto& search) { return search.course.cost; });
    if (const std::vector<double> policies = policy_rewards(one); !policies.empty())
        place.policy_reward_mean = detail::mean(policies);
    if (options.optimum) compare_with_optimum(one, *options.optimum, place);
    return place;
}

}  // namespace detail

/// Ranks searchers. Throws std::invalid_argument where there is none, they have not equally many searches, a search has no
/// completed trial, or searches differ in their number of reports.
///
/// Where searches of one seed begin with the same draws, as those of this library do, the scores of two searchers tend to
/// rise and fall together, which makes the tests more careful than their level says.
inline leaderboard rank_searchers(std::span<const contestant> contestants, const leaderboard_options& options = {}) {
    detail::check_contestants(contestants);
    const double sign = options.higher_is_better ? 1 : -1;
    leaderboard board;
    std::vector<std::vector<double>> scores;
    for (std::size_t i = 0; i < contestants.size(); ++i) {
        board.standings.push_back(detail::make_standing(contestants[i], options));
        board.standings.back().contestant = i;
        scores.push_back(detail::scores(contestants[i]));
        for (double& score : scores.back()) score *= sign;
    }
    const std::vector<double> ranks = median_ranks(scores);
    for (std::size_t i = 0; i < ranks.size(); ++i) board.standings[i].rank_median = ranks[i];
    std::stable_sort(board.standings.begin(), board.standings.end(), [&](const standing& a, const standing& b) {
        if (a.score.mean != b.score.mean) return sign * a.score.mean > sign * b.score.mean;
        return a.rank_median < b.rank_median;
    });

    for (std::size_t i = 0; i < board.standings.size(); ++i) {
        for (std::size_t j = i + 1; j < board.standings.size(); ++j) {
            const std::size_t first = board.standings[i].contestant;
            const std::size_t second = board.standings[j].contestant;
            board.comparisons.push_back({first, second, detail::tend(scores[first], scores[second], true), {}});
            const std::vector<double> policies = detail::policy_rewards(contestants[first]);
            const std::vector<double> others = detail::policy_rewards(contestants[second]);
            if (!policies.empty() && !others.empty())
                board.comparisons.back().policies = detail::tend(policies, others, options.higher_is_better);
        }
    }
    detail::correct(board.comparisons, [](comparison& pair) { return &pair.scores; });
    detail::correct(board.comparisons, [](comparison& pair) { return pair.policies ? &*pair.policies : nullptr; });
    // The pairs of the best come first.
    for (std::size_t i = 1; i < board.standings.size(); ++i)
        board.standings[i].p_against_best = board.comparisons[i - 1].scores.p_corrected;
    return board;
}

/// The board as a table, one row a searcher, best first: searcher, options, seeds, trials_mean, cost_mean, reward_mean,
/// reward_std, policy_reward_mean, NAME_mean and NAME_std for each of `report_names`, regret_mean, rank_median,
/// optimum_share. What is not known is empty.
inline std::string summary_csv(const leaderboard& board, std::span<const contestant> contestants,
                               std::span<const std::string> report_names) {
    csv_writer table;
    for (const char* name : {"searcher", "options", "seeds", "trials_mean", "cost_mean", "reward_mean", "reward_std",
                             "policy_reward_mean"})
        table.add(name);
    for (const std::string& name : report_names) table.add(name + "_mean").add(name + "_std");
    table.add("regret_mean").add("rank_median").add("optimum_share").end_row();
    for (const standing& place : board.standings) {
        const contestant& one = contestants[place.contestant];
        table.add(one.name).add(one.options).add(one.searches.size()).add(place.trials_mean).add(place.cost_mean);
        table.add(place.reward.mean).add(place.reward.deviation).add(place.policy_reward_mean);
        for (const sample_summary& report : place.reports) table.add(report.mean).add(report.deviation);
        table.add(place.regret_mean).add(place.rank_median).add(place.optimum_share).end_row();
    }
    return table.text();
}

/// All pairs as a table: better, worse (by mean score), superiority, p_value, p_holm, and of their final policies
/// policy_superiority, policy_p_value, policy_p_holm, empty where one has none.
inline std::string pairs_csv(const leaderboard& board, std::span<const contestant> contestants) {
    csv_writer table;
    for (const char* name : {"better", "worse", "superiority", "p_value", "p_holm", "policy_superiority",
                             "policy_p_value", "policy_p_holm"})
        table.add(name);
    table.end_row();
    for (const comparison& pair : board.comparisons) {
        table.add(contestants[pair.first].name).add(contestants[pair.second].name);
        table.add(pair.scores.superiority).add(pair.scores.p_value).add(pair.scores.p_corrected);
        const auto add_policies = [&](double tendency::*member) {
            table.add(pair.policies ? std::optional((*pair.policies).*member) : std::nullopt);
        };
        add_policies(&tendency::superiority);
        add_policies(&tendency::p_value);
        add_policies(&tendency::p_corrected);
        table.end_row();
    }
    return table.text();
}

/// How long searches took to the optimum, as a table, in the order of the board: searcher, seeds, reached (how many searches
/// end there), trials_mean and trials_median (of those, until then), trials_per_optimum.
inline std::string optimum_csv(const leaderboard& board, std::span<const contestant> contestants) {
    csv_writer table;
    table.add("searcher")
        .add("seeds")
        .add("reached")
        .add("trials_mean")
        .add("trials_median")
        .add("trials_per_optimum")
        .end_row();
    for (const standing& place : board.standings) {
        const contestant& one = contestants[place.contestant];
        std::optional<sample_summary> trials;
        if (!place.trials_to_optimum.empty()) trials = summarize(place.trials_to_optimum);
        table.add(one.name).add(one.searches.size()).add(place.trials_to_optimum.size());
        table.add(trials ? std::optional(trials->mean) : std::nullopt)
            .add(trials ? std::optional(trials->median) : std::nullopt);
        table.add(place.trials_per_optimum).end_row();
    }
    return table.text();
}

}  // namespace nas
