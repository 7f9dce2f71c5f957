// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/report/search_outcome.hpp>
#include <nas/report/sign_test.hpp>
#include <nas/report/statistics.hpp>

namespace nas {

struct leaderboard_options {
    bool higher_is_better = true;                      ///< of scores
    std::optional<double> optimum = std::nullopt;      ///< the best score there is, where it is known
    std::optional<std::size_t> trials = std::nullopt;  ///< that searches may make; nothing: as many as each makes
};

/// What a searcher's searches take home by one rule.
struct finding_summary {
    sample_summary score;
    sample_summary reward;
    std::vector<sample_summary> reports;
    std::optional<double> rank_mean;  ///< among the architectures, where all searches have one
    // Where the optimum is known:
    std::optional<double> regret_mean;    ///< distance of the score to the optimum, at least 0
    std::optional<double> optimum_share;  ///< of the searches that take the optimum home
};

/// What tells whether a difference between searches is luck.
enum class tendency_test : std::uint8_t {
    mann_whitney,  ///< of two samples
    sign,          ///< of a sample and the one search that a deterministic searcher makes
    none,          ///< of two deterministic searchers: what differs, differs always
};

/// Whether the searches of one searcher tend to be better than those of another.
struct tendency {
    double superiority = 0.5;  ///< the chance that a search of the first beats one of the second, ties counted by half
    tendency_test test = tendency_test::none;
    std::optional<double> p_value = std::nullopt;      ///< two-sided
    std::optional<double> p_corrected = std::nullopt;  ///< Holm, over all pairs on the board that have one
};

/// A searcher's place on the board.
struct standing {
    std::size_t contestant = 0;  ///< its number among those given
    std::size_t place = 0;       ///< 1 is best; equal mean scores share the best of their places
    bool shared = false;         ///< whether another has the same place
    finding_summary incumbent;
    std::optional<finding_summary> recommended;  ///< where all its searches have one
    /// Of what they recommend over the incumbents, as if those were of other searches; not corrected.
    std::optional<tendency> recommended_gain;
    double trials_mean = 0;
    double cost_mean = 0;  ///< seconds
    double distinct_mean = 0;
    double failed_mean = 0;
    double unknown_mean = 0;
    std::optional<double> policy_reward_mean;  ///< where all its searches have one
    double rank_median = 0;                    ///< over the seeds, of its rank among the searchers: 1 is best
    bool deterministic = false;                ///< see seeds_are_alike
    std::optional<std::size_t> same_as;  ///< the first of those given that made the same searches, where it is another
    // Where the optimum is known:
    std::vector<double> trials_to_optimum;  ///< of the searches whose incumbent it is, the trials until then
    /// All trials until the optimum, those of the other searches included, by the number of searches that end there: the
    /// expected running time (Hansen et al. 2009). Nothing where none does.
    std::optional<double> trials_per_optimum;
    std::vector<double> first_hits;        ///< of the searches that tried an optimum, the first trial that did
    std::optional<double> regret_area;     ///< mean over the searches of nas::regret_area
    std::optional<double> p_against_best;  ///< Holm-corrected; nothing for the best itself, and without a test

    /// What searchers are compared by.
    const finding_summary& taken_home() const noexcept { return recommended ? *recommended : incumbent; }
};

/// Two searchers.
struct comparison {
    std::size_t first;  ///< the one that stands higher, by its number among those given
    std::size_t second;
    tendency scores;
    std::optional<tendency>
        policies;  ///< of policy_reward, where all searches of both have one and neither is deterministic
};

/// Searchers compared by the scores of their searches.
struct leaderboard {
    std::vector<standing> standings;      ///< best mean score first; equal ones by median rank, then as given
    std::vector<comparison> comparisons;  ///< all pairs, in the order of the standings
};

namespace detail {

inline bool same_score(double one, double other) {
    return std::abs(one - other) <= 1e-12 * std::max(1.0, std::abs(other));
}

template <class Value>
std::vector<double> each_search(const contestant& one, Value value) {
    std::vector<double> all;
    all.reserve(one.searches.size());
    for (const search_outcome& search : one.searches) all.push_back(static_cast<double>(value(search)));
    return all;
}

/// The values of all searches; none where one has none.
template <class Value>
std::vector<double> each_value(const contestant& one, Value value) {
    std::vector<double> all;
    for (const search_outcome& search : one.searches) {
        const std::optional<double> found = value(search);
        if (!found) return {};
        all.push_back(*found);
    }
    return all;
}

inline std::vector<double> policy_rewards(const contestant& one) {
    return each_value(one, [](const search_outcome& search) { return search.policy_reward; });
}

/// Of samples in which higher is better. What a deterministic searcher does is one search, however often it is made.
inline tendency tend(std::span<const double> first, bool first_alike, std::span<const double> second,
                     bool second_alike) {
    if (first_alike && second_alike) {
        if (same_score(first[0], second[0])) return {};
        return {.superiority = first[0] > second[0] ? 1.0 : 0.0};
    }
    if (second_alike) {
        const rank_test test = sign_test(first, second[0]);
        return {test.superiority, tendency_test::sign, test.p_value};
    }
    if (first_alike) {
        const rank_test test = sign_test(second, first[0]);
        return {1 - test.superiority, tendency_test::sign, test.p_value};
    }
    const rank_test test = mann_whitney(first, second);
    return {test.superiority, tendency_test::mann_whitney, test.p_value};
}

/// Corrects what `part(comparison)` points to, for those that have it and were tested.
template <class Part>
void correct(std::vector<comparison>& comparisons, Part part) {
    std::vector<double> p_values;
    for (comparison& pair : comparisons)
        if (const tendency* found = part(pair); found && found->p_value) p_values.push_back(*found->p_value);
    const std::vector<double> corrected = holm(p_values);
    auto next = corrected.begin();
    for (comparison& pair : comparisons)
        if (tendency* found = part(pair); found && found->p_value) found->p_corrected = *next++;
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
            if (search.recommended.has_value() != front.searches.front().recommended.has_value())
                fail("all searches must have a recommendation, or none");
            for (const finding* found : {&search.incumbent, search.recommended ? &*search.recommended : nullptr})
                if (found && found->reports.size() != front.searches.front().incumbent.reports.size())
                    fail("all searches must have as many reports");
        }
    }
}

/// Of what `choose(search)` takes home.
template <class Choose>
finding_summary summarize_findings(const contestant& one, const leaderboard_options& options, Choose choose) {
    finding_summary all;
    const auto summary_of = [&](auto value) {
        return summarize(each_search(one, [&](const search_outcome& search) { return value(choose(search)); }));
    };
    all.score = summary_of([](const finding& found) { return found.score; });
    all.reward = summary_of([](const finding& found) { return found.reward; });
    for (std::size_t i = 0; i < one.searches.front().incumbent.reports.size(); ++i)
        all.reports.push_back(summary_of([i](const finding& found) { return found.reports[i]; }));
    const auto ranks = each_value(one, [&](const search_outcome& search) { return choose(search).rank; });
    if (!ranks.empty()) all.rank_mean = mean(ranks);
    if (!options.optimum) return all;
    double regret = 0;
    double reached = 0;
    for (const search_outcome& search : one.searches) {
        regret += std::abs(*options.optimum - choose(search).score);
        reached += same_score(choose(search).score, *options.optimum) ? 1 : 0;
    }
    all.regret_mean = regret / static_cast<double>(one.searches.size());
    all.optimum_share = reached / static_cast<double>(one.searches.size());
    return all;
}

/// How long it took until the optimum was tried, and was the incumbent, and how far from it searches were on the way.
inline void compare_with_optimum(const contestant& one, double optimum, std::optional<std::size_t> limit,
                                 standing& place) {
    double trials = 0;
    double area = 0;
    for (const search_outcome& search : one.searches) {
        if (search.first_hit) place.first_hits.push_back(static_cast<double>(*search.first_hit));
        area += regret_area(search.course, optimum, limit.value_or(search.course.trials));
        const bool reached = same_score(search.incumbent.score, optimum);
        trials += static_cast<double>(reached ? search.course.steps.back().trials : search.course.trials);
        if (reached) place.trials_to_optimum.push_back(static_cast<double>(search.course.steps.back().trials));
    }
    const auto reached = static_cast<double>(place.trials_to_optimum.size());
    if (reached > 0) place.trials_per_optimum = trials / reached;
    place.regret_area = area / static_cast<double>(one.searches.size());
}

inline standing make_standing(const contestant& one, const leaderboard_options& options) {
    standing place;
    const auto mean_of = [&](auto value) { return detail::mean(each_search(one, value)); };
    place.incumbent =
        summarize_findings(one, options, [](const auto& search) -> const finding& { return search.incumbent; });
    place.deterministic = seeds_are_alike(one);
    if (one.searches.front().recommended) {
        place.recommended =
            summarize_findings(one, options, [](const auto& search) -> const finding& { return *search.recommended; });
        const double sign = options.higher_is_better ? 1 : -1;
        place.recommended_gain = tend(
            each_search(one, [&](const auto& search) { return sign * search.recommended->score; }), place.deterministic,
            each_search(one, [&](const auto& search) { return sign * search.incumbent.score; }), place.deterministic);
    }
    place.trials_mean = mean_of([](const auto& search) { return search.course.trials; });
    place.cost_mean = mean_of([](const auto& search) { return search.course.cost; });
    place.distinct_mean = mean_of([](const auto& search) { return search.distinct; });
    place.failed_mean = mean_of([](const auto& search) { return search.failed; });
    place.unknown_mean = mean_of([](const auto& search) { return search.unknown; });
    if (const std::vector<double> policies = policy_rewards(one); !policies.empty())
        place.policy_reward_mean = detail::mean(policies);
    if (options.optimum) compare_with_optimum(one, *options.optimum, options.trials, place);
    return place;
}

/// Sorts the standings, best first, and gives them their places.
inline void find_places(std::vector<standing>& standings, bool higher_is_better) {
    const double sign = higher_is_better ? 1 : -1;
    const auto score = [](const standing& place) { return place.taken_home().score.mean; };
    std::stable_sort(standings.begin(), standings.end(), [&](const standing& a, const standing& b) {
        if (score(a) != score(b)) return sign * score(a) > sign * score(b);
        return a.rank_median < b.rank_median;
    });
    std::size_t first = 0;  // of those that share a place
    for (std::size_t i = 0; i < standings.size(); ++i) {
        if (!same_score(score(standings[i]), score(standings[first]))) first = i;
        standings[i].place = first + 1;
        standings[i].shared = i > first;
        standings[first].shared = i > first || standings[first].shared;
    }
}

}  // namespace detail

/// Ranks searchers by what their searches take home: by what they recommend where they do, or their incumbents. Throws
/// std::invalid_argument where there is none, they have not equally many searches, a search has no completed trial, searches
/// differ in their number of reports, or some of them have a recommendation and others have none.
///
/// Where searches of one seed begin with the same draws, as those of this library do, the scores of two searchers tend to
/// rise and fall together, which makes the tests more careful than their level says. A searcher whose searches are all the
/// same (seeds_are_alike) has made one: others are compared with that by a sign test, and two such by none.
inline leaderboard rank_searchers(std::span<const contestant> contestants, const leaderboard_options& options = {}) {
    detail::check_contestants(contestants);
    const double sign = options.higher_is_better ? 1 : -1;
    leaderboard board;
    std::vector<std::vector<double>> scores;  // higher is better
    std::vector<std::vector<double>> policies;
    const auto rising = [&](std::vector<double> values) {
        for (double& value : values) value *= sign;
        return values;
    };
    for (std::size_t i = 0; i < contestants.size(); ++i) {
        board.standings.push_back(detail::make_standing(contestants[i], options));
        standing& place = board.standings.back();
        place.contestant = i;
        for (std::size_t other = 0; other < i && !place.same_as; ++other)
            if (same_searches(contestants[other], contestants[i])) place.same_as = other;
        scores.push_back(
            rising(detail::each_search(contestants[i], [](const search_outcome& search) { return search.score(); })));
        policies.push_back(place.deterministic ? std::vector<double>()
                                               : rising(detail::policy_rewards(contestants[i])));
    }
    const std::vector<double> ranks = median_ranks(scores);
    for (std::size_t i = 0; i < ranks.size(); ++i) board.standings[i].rank_median = ranks[i];
    detail::find_places(board.standings, options.higher_is_better);

    for (std::size_t i = 0; i < board.standings.size(); ++i) {
        for (std::size_t j = i + 1; j < board.standings.size(); ++j) {
            const standing& higher = board.standings[i];
            const standing& lower = board.standings[j];
            const std::size_t first = higher.contestant;
            const std::size_t second = lower.contestant;
            board.comparisons.push_back(
                {first,
                 second,
                 detail::tend(scores[first], higher.deterministic, scores[second], lower.deterministic),
                 {}});
            if (!policies[first].empty() && !policies[second].empty())
                board.comparisons.back().policies = detail::tend(policies[first], false, policies[second], false);
        }
    }
    detail::correct(board.comparisons, [](comparison& pair) { return &pair.scores; });
    detail::correct(board.comparisons, [](comparison& pair) { return pair.policies ? &*pair.policies : nullptr; });
    // The pairs of the best come first.
    for (std::size_t i = 1; i < board.standings.size(); ++i)
        board.standings[i].p_against_best = board.comparisons[i - 1].scores.p_corrected;
    return board;
}

}  // namespace nas
