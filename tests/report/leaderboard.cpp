// SPDX-License-Identifier: Apache-2.0
#include <nas/report/leaderboard.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/report/statistics.hpp>

namespace {

using numbers = std::vector<double>;

/// Searches of ten trials that end with these scores, the last incumbent being trial number 4.
nas::contestant contestant_of(std::string name, const numbers& scores) {
    nas::contestant one{std::move(name), "a=1,b=2", {}};
    for (const double score : scores)
        one.searches.push_back({.course = {{{1, 1, score - 1}, {4, 8, score}}, 10, 20},
                                .incumbent = {.score = score, .reward = 100 * score}});
    return one;
}

}  // namespace

TEST_CASE("leaderboard: best mean score first, with ranks over the seeds") {
    const std::vector<nas::contestant> all{contestant_of("low", {1, 2, 3}), contestant_of("high", {3, 4, 2.5}),
                                           contestant_of("middle", {2, 3, 4})};
    const nas::leaderboard board = nas::rank_searchers(all);
    REQUIRE(board.standings.size() == 3);
    CHECK(board.standings[0].contestant == 1);
    CHECK(board.standings[1].contestant == 2);
    CHECK(board.standings[2].contestant == 0);
    CHECK(board.standings[0].incumbent.score.mean == doctest::Approx(9.5 / 3));
    CHECK(board.standings[0].incumbent.reward.mean == doctest::Approx(950.0 / 3));
    CHECK(board.standings[0].rank_median == 1);
    CHECK(board.standings[1].rank_median == 2);
    CHECK(board.standings[2].rank_median == 3);
    CHECK(board.standings[0].trials_mean == 10);
    CHECK(board.standings[0].cost_mean == 20);
    CHECK_FALSE(board.standings[0].incumbent.regret_mean);
    CHECK_FALSE(board.standings[0].incumbent.optimum_share);
    CHECK_FALSE(board.standings[0].policy_reward_mean);
}

TEST_CASE("leaderboard: equal means go by median rank, then as given") {
    const std::vector<nas::contestant> all{contestant_of("a", {0, 0, 9}), contestant_of("b", {3, 3, 3}),
                                           contestant_of("c", {3, 3, 3})};
    const nas::leaderboard board = nas::rank_searchers(all);
    CHECK(board.standings[0].contestant == 1);
    CHECK(board.standings[1].contestant == 2);
    CHECK(board.standings[2].contestant == 0);
}

TEST_CASE("leaderboard: equal mean scores share a place, and the next one is behind them all") {
    const auto places = [](const std::vector<numbers>& scores, bool higher) {
        std::vector<nas::contestant> all;
        for (const numbers& of : scores)
            all.push_back(contestant_of(std::string(1, static_cast<char>('a' + all.size())), of));
        std::string text;
        for (const nas::standing& place : nas::rank_searchers(all, {.higher_is_better = higher}).standings)
            text += all[place.contestant].name + std::to_string(place.place) + (place.shared ? "= " : " ");
        return text;
    };
    CHECK(places({{1, 1}, {5, 3}, {3, 5}, {4, 4}, {2, 2}}, true) == "b1= c1= d1= e4 a5 ");
    CHECK(places({{1, 1}, {5, 3}, {3, 5}, {4, 4}, {2, 2}}, false) == "a1 e2 b3= c3= d3= ");
    CHECK(places({{0.1, 0.2}, {0.2, 0.1 + 1e-17}, {0.1, 0.1}}, true) == "b1= a1= c3 ");
    CHECK(places({{3}}, true) == "a1 ");
}

TEST_CASE("leaderboard: a searcher whose seeds make no difference has made one search") {
    const auto with_digests = [](nas::contestant one, const std::vector<std::uint64_t>& digests) {
        for (std::size_t i = 0; i < one.searches.size(); ++i) one.searches[i].digest = digests[i];
        return one;
    };
    const numbers spread{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const std::vector<std::uint64_t> own{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const std::vector<nas::contestant> all{
        with_digests(contestant_of("random", spread), own),
        with_digests(contestant_of("grid", numbers(10, 2.5)), std::vector<std::uint64_t>(10, 7)),
        with_digests(contestant_of("other grid", numbers(10, 1.5)), std::vector<std::uint64_t>(10, 8)),
        with_digests(contestant_of("lucky", numbers(10, 2)), own)};  // equal scores of different searches are ten
    const nas::leaderboard board = nas::rank_searchers(all);
    CHECK_FALSE(board.standings[0].deterministic);
    CHECK(board.standings[1].deterministic);
    CHECK_FALSE(board.standings[2].deterministic);
    CHECK(board.standings[3].deterministic);
    const auto pair_of = [&](std::size_t first, std::size_t second) {
        for (const nas::comparison& pair : board.comparisons)
            if (pair.first == first && pair.second == second) return pair.scores;
        FAIL("there is no such pair");
        return nas::tendency{};
    };
    // 8 of 10 are above 2.5. Ten copies of it would have p = 0.03.
    CHECK(nas::mann_whitney(spread, numbers(10, 2.5)).p_value < 0.04);
    CHECK(pair_of(0, 1).test == nas::tendency_test::sign);
    CHECK(pair_of(0, 1).superiority == doctest::Approx(0.8));
    CHECK(*pair_of(0, 1).p_value == doctest::Approx(2 * 56.0 / 1024));
    CHECK(*pair_of(0, 1).p_corrected == *board.standings[1].p_against_best);
    CHECK(pair_of(1, 2).test == nas::tendency_test::none);
    CHECK(pair_of(1, 2).superiority == 1);
    CHECK_FALSE(pair_of(1, 2).p_value);
    CHECK_FALSE(pair_of(1, 2).p_corrected);
    CHECK(pair_of(0, 3).test == nas::tendency_test::mann_whitney);
    CHECK(pair_of(3, 2).superiority == 1);  // by the second one's side
    CHECK(*pair_of(3, 2).p_value == doctest::Approx(2.0 / 1024));
    // Nobody knows of searches without digests.
    CHECK_FALSE(nas::rank_searchers(std::vector{contestant_of("grid", numbers(10, 2.5))}).standings[0].deterministic);
}

TEST_CASE("leaderboard: searchers that made the same searches") {
    std::vector<nas::contestant> all{contestant_of("a", {1, 2}), contestant_of("b", {1, 2}),
                                     contestant_of("c", {1, 2})};
    for (nas::contestant& one : all)
        for (nas::search_outcome& search : one.searches) search.digest = static_cast<std::uint64_t>(search.score());
    all[1].searches[1].digest = 3;
    const nas::leaderboard board = nas::rank_searchers(all);
    CHECK_FALSE(board.standings[0].same_as);
    CHECK_FALSE(board.standings[1].same_as);
    CHECK(board.standings[2].same_as == std::size_t{0});
}

TEST_CASE("leaderboard: recommendations are what is compared where there are any") {
    std::vector<nas::contestant> all{contestant_of("low", {1, 2, 3, 4}), contestant_of("high", {5, 6, 7, 8})};
    for (std::size_t i = 0; i < 4; ++i) {
        const auto number = static_cast<double>(i);
        all[0].searches[i].recommended = nas::finding{.score = 10 - number, .reward = 3, .rank = 1 + number};
        all[1].searches[i].recommended = nas::finding{.score = 2, .reward = 4, .rank = 5};
        for (nas::contestant& one : all) one.searches[i].incumbent.rank = 9;
    }
    const nas::leaderboard board = nas::rank_searchers(all, {.optimum = 10});
    CHECK(board.standings[0].contestant == 0);
    CHECK(board.standings[0].incumbent.score.mean == 2.5);
    CHECK(*board.standings[0].incumbent.rank_mean == 9);
    CHECK(*board.standings[0].incumbent.regret_mean == 7.5);
    CHECK(board.standings[0].recommended->score.mean == 8.5);
    CHECK(*board.standings[0].recommended->rank_mean == 2.5);
    CHECK(*board.standings[0].recommended->regret_mean == 1.5);
    CHECK(*board.standings[0].recommended->optimum_share == 0.25);
    // Of low's 16 pairs of a recommendation and an incumbent the first is better in all, of high's in none.
    CHECK(board.standings[0].recommended_gain->superiority == 1);
    CHECK(board.standings[0].recommended_gain->test == nas::tendency_test::mann_whitney);
    CHECK(board.standings[1].recommended_gain->superiority == 0);
    CHECK(board.standings[0].rank_median == 1);
    CHECK(board.comparisons[0].scores.superiority == 1);
    CHECK_FALSE(board.standings[0].trials_per_optimum);  // no incumbent is the optimum
    all[0].searches[2].incumbent.rank.reset();
    CHECK_FALSE(nas::rank_searchers(all).standings[0].incumbent.rank_mean);
}

TEST_CASE("leaderboard: lower is better") {
    const std::vector<nas::contestant> all{contestant_of("high", {3, 4}), contestant_of("low", {1, 2})};
    const nas::leaderboard board = nas::rank_searchers(all, {.higher_is_better = false, .optimum = 1});
    CHECK(board.standings[0].contestant == 1);
    CHECK(board.standings[0].rank_median == 1);
    CHECK(*board.standings[0].incumbent.regret_mean == 0.5);
    CHECK(*board.standings[0].incumbent.optimum_share == 0.5);
    CHECK(*board.standings[1].incumbent.regret_mean == 2.5);
    CHECK(board.comparisons[0].scores.superiority == 1);  // of the better one
}

TEST_CASE("leaderboard: how long it takes to the optimum") {
    nas::contestant one = contestant_of("one", {5, 4, 5});
    one.searches[2].course.steps.back().trials = 6;
    one.searches[1].course.trials = 30;
    const nas::leaderboard board =
        nas::rank_searchers(std::vector{one, contestant_of("never", {1, 1, 1})}, {.optimum = 5});
    const nas::standing& place = board.standings[0];
    CHECK(*place.incumbent.optimum_share == doctest::Approx(2.0 / 3));
    CHECK(place.trials_to_optimum == numbers{4, 6});
    CHECK(*place.trials_per_optimum == (4 + 30 + 6) / 2.0);
    CHECK(*board.standings[1].incumbent.optimum_share == 0);
    CHECK_FALSE(board.standings[1].trials_per_optimum);
}

TEST_CASE("leaderboard: when the optimum was tried, and how far from it searches were on the way") {
    nas::contestant one = contestant_of("one", {5, 4});
    one.searches[0].course = {{{1, 1, 2}, {4, 4, 5}}, 10, 10};
    one.searches[1].course = {{{2, 1, 1}, {3, 4, 4}}, 5, 10};
    one.searches[0].first_hit = 3;
    const auto area = [&](std::optional<std::size_t> trials) {
        return *nas::rank_searchers(std::vector{one}, {.optimum = 5, .trials = trials}).standings[0].regret_area;
    };
    CHECK(area(10) == ((3 * 3) / 10.0 + (2 * 4 + 8 * 1) / 10.0) / 2);
    CHECK(area({}) == ((3 * 3) / 10.0 + (2 * 4 + 3 * 1) / 5.0) / 2);
    CHECK(nas::rank_searchers(std::vector{one}, {.optimum = 5}).standings[0].first_hits == numbers{3});
    CHECK_FALSE(nas::rank_searchers(std::vector{one}).standings[0].regret_area);
}

TEST_CASE("leaderboard: all pairs are tested, and corrected together") {
    const numbers low{1, 2, 3, 4, 5, 6};
    const numbers middle{1.5, 2.5, 3.5, 4.5, 5.5, 6.5};
    const numbers high{11, 12, 13, 14, 15, 16};
    const std::vector<nas::contestant> all{contestant_of("low", low), contestant_of("high", high),
                                           contestant_of("middle", middle)};
    const nas::leaderboard board = nas::rank_searchers(all);
    REQUIRE(board.comparisons.size() == 3);
    CHECK(board.comparisons[0].first == 1);
    CHECK(board.comparisons[0].second == 2);
    CHECK(board.comparisons[1].second == 0);
    CHECK(board.comparisons[2].first == 2);
    const double p = nas::mann_whitney(middle, low).p_value;
    CHECK(board.comparisons[2].scores.p_value == p);
    CHECK(board.comparisons[2].scores.p_corrected == p);
    // Two samples of six without overlap: 2 of the 924 orders are as extreme. Holm takes the smallest three times.
    CHECK(board.comparisons[0].scores.p_value == doctest::Approx(2.0 / 924));
    CHECK(board.comparisons[0].scores.p_corrected == doctest::Approx(6.0 / 924));
    CHECK_FALSE(board.standings[0].p_against_best);
    CHECK(*board.standings[1].p_against_best == board.comparisons[0].scores.p_corrected);
    CHECK(*board.standings[2].p_against_best == board.comparisons[1].scores.p_corrected);
}

TEST_CASE("leaderboard: final policies are compared where both have one") {
    std::vector<nas::contestant> all{contestant_of("low", {1, 2, 3, 4}), contestant_of("high", {5, 6, 7, 8}),
                                     contestant_of("middle", {3, 4, 5, 6}), contestant_of("none", {0, 0, 0, 0})};
    // In the other order than the scores.
    for (std::size_t i = 0; i < 3; ++i)
        for (nas::search_outcome& search : all[i].searches) search.policy_reward = -search.score();
    const auto policies_of = [&](const nas::leaderboard& board, std::size_t first, std::size_t second) {
        for (const nas::comparison& pair : board.comparisons)
            if (pair.first == first && pair.second == second) return pair.policies;
        FAIL("there is no such pair");
        return std::optional<nas::tendency>{};
    };
    const nas::leaderboard board = nas::rank_searchers(all);
    const auto worst = policies_of(board, 1, 0);
    REQUIRE(worst);
    CHECK(worst->superiority == 0);
    CHECK(worst->p_value == doctest::Approx(2.0 / 70));
    CHECK(worst->p_corrected == doctest::Approx(6.0 / 70));  // of three pairs
    CHECK(!policies_of(board, 1, 3));
    const nas::leaderboard lower = nas::rank_searchers(all, {.higher_is_better = false});
    CHECK(policies_of(lower, 0, 1)->superiority == 0);
    all[0].searches[1].policy_reward.reset();
    CHECK(!policies_of(nas::rank_searchers(all), 1, 0));
}

TEST_CASE("leaderboard: one search each has no deviation and proves nothing") {
    const std::vector<nas::contestant> all{contestant_of("one", {1}), contestant_of("two", {5})};
    const nas::leaderboard board = nas::rank_searchers(all);
    CHECK(*board.standings[1].p_against_best == 1);
}

TEST_CASE("leaderboard: bad input") {
    CHECK_THROWS_WITH_AS(nas::rank_searchers({}), "nas::rank_searchers: there must be at least one searcher",
                         std::invalid_argument);
    std::vector<nas::contestant> all{contestant_of("one", {1, 2}), contestant_of("two", {5})};
    CHECK_THROWS_WITH_AS(
        nas::rank_searchers(all),
        "nas::rank_searchers: 'two' has 1 searches; it must have as many as 'one' (2), and at least one",
        std::invalid_argument);
    all[1] = contestant_of("two", {5, 6});
    all[1].searches[1].incumbent.reports = {1};
    CHECK_THROWS_WITH_AS(nas::rank_searchers(all), "nas::rank_searchers: all searches must have as many reports",
                         std::invalid_argument);
    all[1].searches[1].incumbent.reports = {};
    all[1].searches[1].recommended = nas::finding{};
    CHECK_THROWS_WITH_AS(nas::rank_searchers(all),
                         "nas::rank_searchers: all searches must have a recommendation, or none",
                         std::invalid_argument);
    all[1].searches[1].course.steps.clear();
    CHECK_THROWS_WITH_AS(nas::rank_searchers(all), "nas::rank_searchers: a search of 'two' must have a completed trial",
                         std::invalid_argument);
}
