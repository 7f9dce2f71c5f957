// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nas/report/csv_writer.hpp>
#include <nas/report/leaderboard.hpp>

namespace nas {

/// Searches as they stood after so many trials, and how their searchers rank by that.
struct board_at {
    std::optional<std::size_t> trials;  ///< nothing where something else ended the searches
    std::span<const contestant> contestants;
    leaderboard board;
};

namespace detail {

inline csv_writer& add_trials(csv_writer& table, const board_at& at) {
    return at.trials ? table.add(*at.trials) : table.add("");
}

inline void name_findings(csv_writer& table, const std::string& prefix, std::span<const std::string> report_names) {
    for (const std::string& name : report_names) table.add(prefix + name + "_mean").add(prefix + name + "_std");
    for (const char* name : {"regret_mean", "rank_among_architectures_mean", "optimum_share"}) table.add(prefix + name);
}

inline void add_findings(csv_writer& table, const finding_summary& found) {
    for (const sample_summary& report : found.reports) table.add(report.mean).add(report.deviation);
    table.add(found.regret_mean).add(found.rank_mean).add(found.optimum_share);
}

inline void add_blanks(csv_writer& table, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) table.add("");
}

inline const char* name_of(tendency_test test) {
    switch (test) {
        case tendency_test::mann_whitney:
            return "mann_whitney";
        case tendency_test::sign:
            return "sign";
        case tendency_test::none:
            break;
    }
    return "";
}

}  // namespace detail

/// The boards as a table, one row a searcher, best first: searcher, options, trials, seeds, place, deterministic (1 where all
/// its searches are the same), trials_mean, cost_mean, distinct_mean, failed_mean, unknown_mean, rank_among_searchers_median,
/// policy_reward_mean; then of incumbents reward_mean, reward_std, NAME_mean and NAME_std for each of `report_names`,
/// regret_mean, rank_among_architectures_mean, optimum_share; then the same of recommendations, each with `recommended_` before
/// its name, and recommended_superiority and recommended_p_value, of recommendations over incumbents. What is not known is empty.
inline std::string summary_csv(std::span<const board_at> boards, std::span<const std::string> report_names) {
    csv_writer table;
    for (const char* name :
         {"searcher", "options", "trials", "seeds", "place", "deterministic", "trials_mean", "cost_mean",
          "distinct_mean", "failed_mean", "unknown_mean", "rank_among_searchers_median", "policy_reward_mean"})
        table.add(name);
    for (const std::string prefix : {"", "recommended_"}) {
        table.add(prefix + "reward_mean").add(prefix + "reward_std");
        detail::name_findings(table, prefix, report_names);
    }
    table.add("recommended_superiority").add("recommended_p_value").end_row();
    for (const board_at& at : boards) {
        for (const standing& place : at.board.standings) {
            const contestant& one = at.contestants[place.contestant];
            table.add(one.name).add(one.options);
            detail::add_trials(table, at).add(one.searches.size()).add(place.place).add(place.deterministic ? 1 : 0);
            table.add(place.trials_mean).add(place.cost_mean).add(place.distinct_mean).add(place.failed_mean);
            table.add(place.unknown_mean).add(place.rank_median).add(place.policy_reward_mean);
            table.add(place.incumbent.reward.mean).add(place.incumbent.reward.deviation);
            detail::add_findings(table, place.incumbent);
            if (place.recommended) {
                table.add(place.recommended->reward.mean).add(place.recommended->reward.deviation);
                detail::add_findings(table, *place.recommended);
                table.add(place.recommended_gain->superiority).add(place.recommended_gain->p_value);
            } else {
                detail::add_blanks(table, 7 + 2 * report_names.size());
            }
            table.end_row();
        }
    }
    return table.text();
}

/// All searches as a table, in the order of the boards: searcher, trials, seed; of the incumbent its code, what it was seen to be
/// worth, what it is worth and its rank among the architectures; the same of the recommendation; distinct (networks), trials_run,
/// failed, unknown, predicted (trials), cost, policy_reward, first_hit. What is not known is empty.
inline std::string searches_csv(std::span<const board_at> boards) {
    csv_writer table;
    for (const char* name : {"searcher", "trials", "seed"}) table.add(name);
    for (const std::string of : {"incumbent", "recommended"})
        table.add(of).add(of + "_seen").add(of + "_score").add(of + "_rank_among_architectures");
    for (const char* name :
         {"distinct", "trials_run", "failed", "unknown", "predicted", "cost", "policy_reward", "first_hit"})
        table.add(name);
    table.end_row();
    const auto add = [&](const finding& found) {
        table.add(found.code).add(found.seen).add(found.score).add(found.rank);
    };
    for (const board_at& at : boards) {
        for (const standing& place : at.board.standings) {
            const contestant& one = at.contestants[place.contestant];
            for (const search_outcome& search : one.searches) {
                table.add(one.name);
                detail::add_trials(table, at).add(search.seed);
                add(search.incumbent);
                if (search.recommended) {
                    add(*search.recommended);
                } else {
                    detail::add_blanks(table, 4);
                }
                table.add(search.distinct).add(search.course.trials).add(search.failed).add(search.unknown);
                table.add(search.predicted)
                    .add(search.course.cost)
                    .add(search.policy_reward)
                    .add(search.first_hit)
                    .end_row();
            }
        }
    }
    return table.text();
}

/// All pairs as a table: better, worse (by mean score), trials, test (mann_whitney, sign, or nothing), superiority, p_value,
/// p_holm, and of their final policies policy_superiority, policy_p_value, policy_p_holm, empty where one has none.
inline std::string pairs_csv(std::span<const board_at> boards) {
    csv_writer table;
    for (const char* name : {"better", "worse", "trials", "test", "superiority", "p_value", "p_holm",
                             "policy_superiority", "policy_p_value", "policy_p_holm"})
        table.add(name);
    table.end_row();
    for (const board_at& at : boards) {
        for (const comparison& pair : at.board.comparisons) {
            table.add(at.contestants[pair.first].name).add(at.contestants[pair.second].name);
            detail::add_trials(table, at).add(detail::name_of(pair.scores.test));
            table.add(pair.scores.superiority).add(pair.scores.p_value).add(pair.scores.p_corrected);
            if (pair.policies) {
                table.add(pair.policies->superiority).add(pair.policies->p_value).add(pair.policies->p_corrected);
            } else {
                detail::add_blanks(table, 3);
            }
            table.end_row();
        }
    }
    return table.text();
}

/// How long searches took until the optimum, as a table, in the order of the boards: searcher, trials, seeds; hits (how many
/// searches tried an architecture that is worth it), hit_share, first_hit_mean, first_hit_median (of those, the first such trial);
/// reached (how many searches have it as their incumbent in the end), trials_mean and trials_median (of those, until then),
/// trials_per_optimum; regret_area (mean over the searches).
inline std::string optimum_csv(std::span<const board_at> boards) {
    csv_writer table;
    for (const char* name : {"searcher", "trials", "seeds", "hits", "hit_share", "first_hit_mean", "first_hit_median",
                             "reached", "trials_mean", "trials_median", "trials_per_optimum", "regret_area"})
        table.add(name);
    table.end_row();
    for (const board_at& at : boards) {
        for (const standing& place : at.board.standings) {
            const contestant& one = at.contestants[place.contestant];
            const auto add_sample = [&](const std::vector<double>& sample) {
                if (sample.empty()) return detail::add_blanks(table, 2);
                const sample_summary found = summarize(sample);
                table.add(found.mean).add(found.median);
            };
            table.add(one.name);
            detail::add_trials(table, at).add(one.searches.size()).add(place.first_hits.size());
            table.add(static_cast<double>(place.first_hits.size()) / static_cast<double>(one.searches.size()));
            add_sample(place.first_hits);
            table.add(place.trials_to_optimum.size());
            add_sample(place.trials_to_optimum);
            table.add(place.trials_per_optimum).add(place.regret_area).end_row();
        }
    }
    return table.text();
}

}  // namespace nas
