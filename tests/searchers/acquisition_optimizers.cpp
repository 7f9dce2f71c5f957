// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/acquisition_optimizers.hpp>

#include "acquisition_looks.hpp"

using namespace nas::tests;

TEST_CASE("acquisition optimisers: a pool is as many random architectures as it says") {
    looks problem{cells{5}};
    nas::random_pool{30}.maximize(problem);
    CHECK(problem.seen.size() == 30);
    CHECK(std::set<cell>(problem.seen.begin(), problem.seen.end()).size() > 25);
}

TEST_CASE("acquisition optimisers: mutants are of the best trials, in turn, and no further off than they may be") {
    looks problem{cells{5}};
    problem.best = {cell{0, 0, 0, 0, 0, 0}, cell{4, 4, 4, 4, 4, 4}, cell{2, 2, 2, 2, 2, 2}};
    nas::mutated_best{.count = 200, .parents = 2, .steps = 3}.maximize(problem);
    REQUIRE(problem.seen.size() == 200);
    std::set<std::size_t> distances;
    for (std::size_t k = 0; k < 200; ++k) distances.insert(distance(problem.seen[k], problem.best[k % 2]));
    CHECK(*distances.rbegin() == 3);
    CHECK(distances.contains(1));
    looks nothing{cells{5}};
    nas::mutated_best{}.maximize(nothing);
    CHECK(nothing.seen.empty());
}

TEST_CASE("acquisition optimisers: the whole space, and a part of one that is larger") {
    looks small{cells{2}};
    nas::whole_space{64}.maximize(small);
    CHECK(std::set<cell>(small.seen.begin(), small.seen.end()).size() == 64);
    looks large{cells{2}};
    nas::whole_space{63}.maximize(large);
    CHECK(large.seen.size() == 63);
    looks at_hand{cells{2}};
    at_hand.all_at_hand = true;
    nas::whole_space{1}.maximize(at_hand);
    CHECK(at_hand.seen.size() == 64);
}

TEST_CASE("acquisition optimisers: candidates climb to a top, along neighbours") {
    looks problem{cells{5}};
    nas::climbing_candidates{.candidates = 30, .around = 0, .climbs = 20}.maximize(problem);
    CHECK(problem.most() == separable_optimum);
    CHECK(problem.seen.size() % 24 == 30 % 24);  // six decisions of four other values each

    looks without{cells{5}};
    nas::climbing_candidates{.candidates = 30, .around = 0, .climbs = 0}.maximize(without);
    CHECK(without.seen.size() == 30);

    looks around{cells{5}};
    around.best = {cell{0, 0, 0, 0, 0, 0}, cell{4, 4, 4, 4, 4, 4}};
    nas::climbing_candidates{.candidates = 7, .around = 2, .climbs = 0}.maximize(around);
    REQUIRE(around.seen.size() == 21);  // no more than `candidates` of each
    for (std::size_t k = 0; k < 14; ++k) CHECK(distance(around.seen[k], around.best[k / 7]) == 1);
}

TEST_CASE("acquisition optimisers: gp_search's own looks where the step asks it to") {
    looks problem{cells{2}};
    problem.best = {cell{0, 0, 0, 0, 0, 0}, cell{1, 1, 1, 1, 1, 1}};
    problem.only_around_best = true;
    nas::everything_or_candidates{}.maximize(problem);
    CHECK(problem.seen.size() == 12);

    looks all{cells{2}};
    all.all_at_hand = true;
    nas::everything_or_candidates{}.maximize(all);
    CHECK(all.seen.size() == 64);

    looks some{cells{2}};
    nas::everything_or_candidates{{.candidates = 20, .climbs = 0}}.maximize(some);
    CHECK(some.seen.size() == 20);
}
