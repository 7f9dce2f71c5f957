// SPDX-License-Identifier: Apache-2.0
#include <nas/report/leaderboard.hpp>

#include <doctest/doctest.h>

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
        one.searches.push_back({.course = {{{1, 1, score - 1}, {4, 8, score}}, 10, 20}, .reward = 100 * score});
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
    CHECK(board.standings[0].score.mean == doctest::Approx(9.5 / 3));
    CHECK(board.standings[0].reward.mean == doctest::Approx(950.0 / 3));
    CHECK(board.standings[0].rank_median == 1);
    CHECK(board.standings[1].rank_median == 2);
    CHECK(board.standings[2].rank_median == 3);
    CHECK(board.standings[0].trials_mean == 10);
    CHECK(board.standings[0].cost_mean == 20);
    CHECK_FALSE(board.standings[0].regret_mean);
    CHECK_FALSE(board.standings[0].optimum_share);
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

TEST_CASE("leaderboard: lower is better") {
    const std::vector<nas::contestant> all{contestant_of("high", {3, 4}), contestant_of("low", {1, 2})};
    const nas::leaderboard board = nas::rank_searchers(all, {.higher_is_better = false, .optimum = 1});
    CHECK(board.standings[0].contestant == 1);
    CHECK(board.standings[0].rank_median == 1);
    CHECK(*board.standings[0].regret_mean == 0.5);
    CHECK(*board.standings[0].optimum_share == 0.5);
    CHECK(*board.standings[1].regret_mean == 2.5);
    CHECK(board.comparisons[0].scores.superiority == 1);  // of the better one
}

TEST_CASE("leaderboard: how long it takes to the optimum") {
    nas::contestant one = contestant_of("one", {5, 4, 5});
    one.searches[2].course.steps.back().trials = 6;
    one.searches[1].course.trials = 30;
    const nas::leaderboard board =
        nas::rank_searchers(std::vector{one, contestant_of("never", {1, 1, 1})}, {.optimum = 5});
    const nas::standing& place = board.standings[0];
    CHECK(*place.optimum_share == doctest::Approx(2.0 / 3));
    CHECK(place.trials_to_optimum == numbers{4, 6});
    CHECK(*place.trials_per_optimum == (4 + 30 + 6) / 2.0);
    CHECK(*board.standings[1].optimum_share == 0);
    CHECK_FALSE(board.standings[1].trials_per_optimum);
    CHECK(nas::optimum_csv(board, std::vector{one, contestant_of("never", {1, 1, 1})}) ==
          "searcher,seeds,reached,trials_mean,trials_median,trials_per_optimum\n"
          "one,3,2,5,5,20\n"
          "never,3,0,,,\n");
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
    CHECK(nas::pairs_csv(board, all)
              .starts_with("better,worse,superiority,p_value,p_holm,policy_superiority,policy_p_value,policy_p_holm\n"
                           "high,middle,1,0.002164502165,0.006493506494,,,\n"));
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

TEST_CASE("leaderboard: the summary as a table") {
    std::vector<nas::contestant> all{contestant_of("one", {1, 3}), contestant_of("two", {5, 5})};
    for (nas::contestant& one : all)
        for (nas::search_outcome& search : one.searches) search.reports = {search.score(), 7};
    for (nas::search_outcome& search : all[0].searches) search.policy_reward = 0.25;
    const std::vector<std::string> names{"val", "a,b"};
    CHECK(nas::summary_csv(nas::rank_searchers(all, {.optimum = 5}), all, names) ==
          "searcher,options,seeds,trials_mean,cost_mean,reward_mean,reward_std,policy_reward_mean,val_mean,val_std,"
          "\"a,b_mean\",\"a,b_std\",regret_mean,rank_median,optimum_share\n"
          "two,\"a=1,b=2\",2,10,20,500,0,,5,0,7,0,0,1,1\n"
          "one,\"a=1,b=2\",2,10,20,200,141.4213562,0.25,2,1.414213562,7,0,3,2,0\n");
}

TEST_CASE("leaderboard: one search each has no deviation and proves nothing") {
    const std::vector<nas::contestant> all{contestant_of("one", {1}), contestant_of("two", {5})};
    const nas::leaderboard board = nas::rank_searchers(all);
    CHECK(*board.standings[1].p_against_best == 1);
    CHECK(nas::summary_csv(board, all, {}).find("two,\"a=1,b=2\",1,10,20,500,,,,1,\n") != std::string::npos);
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
    all[1].searches[1].reports = {1};
    CHECK_THROWS_WITH_AS(nas::rank_searchers(all), "nas::rank_searchers: all searches must have as many reports",
                         std::invalid_argument);
    all[1].searches[1].course.steps.clear();
    CHECK_THROWS_WITH_AS(nas::rank_searchers(all), "nas::rank_searchers: a search of 'two' must have a completed trial",
                         std::invalid_argument);
}
