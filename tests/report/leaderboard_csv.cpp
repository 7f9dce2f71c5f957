// SPDX-License-Identifier: Apache-2.0
#include <nas/report/leaderboard_csv.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace {

using numbers = std::vector<double>;

/// Searches of ten trials that end with these scores, the last incumbent being trial number 4.
nas::contestant contestant_of(std::string name, const numbers& scores) {
    nas::contestant one{std::move(name), "a=1,b=2", {}};
    for (const double score : scores)
        one.searches.push_back(
            {.seed = 5 + one.searches.size(),
             .course = {{{1, 1, score - 1}, {4, 8, score}}, 10, 20},
             .incumbent = {.code = "1,2", .seen = score + 0.5, .score = score, .reward = 100 * score},
             .distinct = 9,
             .failed = 2,
             .unknown = 1});
    return one;
}

/// One board of them.
struct one_board {
    explicit one_board(std::vector<nas::contestant> those, std::optional<std::size_t> trials = 10,
                       const nas::leaderboard_options& options = {})
        : all(std::move(those)), boards{{trials, all, nas::rank_searchers(all, options)}} {}
    std::vector<nas::contestant> all;
    std::vector<nas::board_at> boards;
};

}  // namespace

TEST_CASE("leaderboard_csv: the summary, of incumbents and of recommendations") {
    std::vector<nas::contestant> all{contestant_of("one", {1, 3}), contestant_of("two", {5, 5})};
    for (nas::contestant& one : all)
        for (nas::search_outcome& search : one.searches) search.incumbent.reports = {search.score(), 7};
    for (nas::search_outcome& search : all[0].searches) search.policy_reward = 0.25;
    const std::vector<std::string> names{"val", "a,b"};
    const std::string head =
        "searcher,options,trials,seeds,place,deterministic,trials_mean,cost_mean,distinct_mean,failed_mean,unknown_mean,"
        "rank_among_searchers_median,policy_reward_mean,"
        "reward_mean,reward_std,val_mean,val_std,\"a,b_mean\",\"a,b_std\",regret_mean,rank_among_architectures_mean,"
        "optimum_share,recommended_reward_mean,recommended_reward_std,recommended_val_mean,recommended_val_std,"
        "\"recommended_a,b_mean\",\"recommended_a,b_std\",recommended_regret_mean,"
        "recommended_rank_among_architectures_mean,recommended_optimum_share,recommended_superiority,recommended_p_value\n";
    CHECK(nas::summary_csv(one_board(all, 10, {.optimum = 5}).boards, names) ==
          head +
              "two,\"a=1,b=2\",10,2,1,0,10,20,9,2,1,1,,500,0,5,0,7,0,0,,1,,,,,,,,,,,\n"
              "one,\"a=1,b=2\",10,2,2,0,10,20,9,2,1,2,0.25,200,141.4213562,2,1.414213562,7,0,3,,0,,,,,,,,,,,\n");
    for (nas::contestant& one : all) {
        for (nas::search_outcome& search : one.searches) {
            search.digest = 3;
            search.incumbent.rank = 4;
            search.recommended = nas::finding{.score = 5, .reward = 6, .reports = {8, 9}, .rank = 2};
        }
    }
    CHECK(
        nas::summary_csv(one_board(all, std::nullopt, {.optimum = 5}).boards, names) ==
        head +
            "one,\"a=1,b=2\",,2,1,1,10,20,9,2,1,1.5,0.25,200,141.4213562,2,1.414213562,7,0,3,4,0,6,0,8,0,9,0,0,2,1,1,\n"
            "two,\"a=1,b=2\",,2,1,1,10,20,9,2,1,1.5,,500,0,5,0,7,0,0,4,1,6,0,8,0,9,0,0,2,1,0.5,\n");
}

TEST_CASE("leaderboard_csv: one row a search") {
    std::vector<nas::contestant> all{contestant_of("low", {1}), contestant_of("high", {2})};
    all[1].searches[0].policy_reward = 0.25;
    all[0].searches[0].first_hit = 7;
    all[0].searches[0].predicted = 4;
    all[1].searches[0].incumbent.rank = 3;
    const std::string head =
        "searcher,trials,seed,incumbent,incumbent_seen,incumbent_score,incumbent_rank_among_architectures,recommended,"
        "recommended_seen,recommended_score,recommended_rank_among_architectures,distinct,trials_run,failed,unknown,predicted,cost,"
        "policy_reward,first_hit\n";
    CHECK(nas::searches_csv(one_board(all).boards) == head +
                                                          "high,10,5,\"1,2\",2.5,2,3,,,,,9,10,2,1,0,20,0.25,\n"
                                                          "low,10,5,\"1,2\",1.5,1,,,,,,9,10,2,1,4,20,,7\n");
    for (nas::contestant& one : all)
        one.searches[0].recommended = nas::finding{.code = "x", .seen = 8, .score = 9, .rank = 1};
    CHECK(nas::searches_csv(one_board(all).boards) == head +
                                                          "low,10,5,\"1,2\",1.5,1,,x,8,9,1,9,10,2,1,4,20,,7\n"
                                                          "high,10,5,\"1,2\",2.5,2,3,x,8,9,1,9,10,2,1,0,20,0.25,\n");
}

TEST_CASE("leaderboard_csv: pairs, with the test that they were compared by") {
    const numbers high{11, 12, 13, 14, 15, 16};
    std::vector<nas::contestant> all{contestant_of("low", {1, 2, 3, 4, 5, 6}), contestant_of("high", high)};
    CHECK(nas::pairs_csv(one_board(all).boards) ==
          "better,worse,trials,test,superiority,p_value,p_holm,policy_superiority,policy_p_value,policy_p_holm\n"
          "high,low,10,mann_whitney,1,0.002164502165,0.002164502165,,,\n");
    for (std::size_t i = 0; i < 6; ++i) {
        all[0].searches[i].policy_reward = static_cast<double>(i);
        all[1].searches[i].policy_reward = static_cast<double>(i) - 10;
    }
    CHECK(nas::pairs_csv(one_board(all).boards)
              .ends_with("high,low,10,mann_whitney,1,0.002164502165,0.002164502165,0,0.002164502165,0.002164502165\n"));
    for (nas::search_outcome& search : all[0].searches) search.digest = 1;
    CHECK(nas::pairs_csv(one_board(all).boards).ends_with("high,low,10,sign,1,0.03125,0.03125,,,\n"));
    for (nas::search_outcome& search : all[1].searches) search.digest = 2;
    CHECK(nas::pairs_csv(one_board(all).boards).ends_with("high,low,10,,1,,,,,\n"));
}

TEST_CASE("leaderboard_csv: how long it takes to the optimum, board after board") {
    std::vector<nas::contestant> all{contestant_of("one", {5, 4, 5}), contestant_of("never", {1, 1, 1})};
    all[0].searches[2].course.steps.back().trials = 6;
    all[0].searches[1].course.trials = 30;
    all[0].searches[0].first_hit = 2;
    all[0].searches[2].first_hit = 5;
    one_board made(all, 10, {.optimum = 5, .trials = 10});
    made.boards.push_back(made.boards[0]);
    made.boards[1].trials = 20;
    CHECK(nas::optimum_csv(made.boards) ==
          "searcher,trials,seeds,hits,hit_share,first_hit_mean,first_hit_median,reached,trials_mean,trials_median,"
          "trials_per_optimum,regret_area\n"
          "one,10,3,2,0.6666666667,3.5,3.5,2,5,5,20,0.7\n"
          "never,10,3,0,0,,,0,,,,4.3\n"
          "one,20,3,2,0.6666666667,3.5,3.5,2,5,5,20,0.7\n"
          "never,20,3,0,0,,,0,,,,4.3\n");
}

TEST_CASE("leaderboard_csv: one search has no deviation") {
    CHECK(nas::summary_csv(one_board({contestant_of("two", {5})}).boards, {})
              .find("two,\"a=1,b=2\",10,1,1,0,10,20,9,2,1,1,,500,,,,,,,,,,,\n") != std::string::npos);
}
