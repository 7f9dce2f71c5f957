// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/npenas.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <set>
#include <stdexcept>

#include <nas/predictors/random_forest.hpp>

#include "searchers/searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::npenas<cells>>);

TEST_CASE("npenas: parents are of the best trials, the better the more often") {
    const cells space{5};
    const auto parents = [&](std::size_t population, std::size_t tournament) {
        nas::search search{nas::npenas<cells, nas::random_forest<cells>>(space, {.initial = 50,
                                                                                 .batch = 100,
                                                                                 .random = 0,
                                                                                 .candidates = 100,
                                                                                 .population = population,
                                                                                 .tournament = tournament,
                                                                                 .mutations = 3}),
                           rugged,
                           {.seed = 1}};
        search.run({.trials = 150});
        std::multiset<std::size_t> ranks;
        const auto& history = search.history();
        for (std::size_t row = 50; row < 150; ++row) {
            std::size_t better = 0;
            for (std::size_t other = 0; other < 50; ++other)
                better += history.value(other) > history.value(history.parent(row)) ? 1U : 0U;
            ranks.insert(better);
        }
        return ranks;
    };
    const auto alike = parents(4, 1);
    const auto contested = parents(4, 3);
    for (const auto& ranks : {alike, contested})
        for (const std::size_t rank : ranks) CHECK(rank < 8);  // a few more may be where all mutants are old
    CHECK(alike.count(0) < 45);
    CHECK(contested.count(0) > 45);  // 1 - (3/4)^3 of them: 58
}

TEST_CASE("npenas: every network once, then it ends") {
    check_proposes_all_once([](const auto& space) {
        return nas::npenas{
            space, {.initial = 3, .batch = 20, .candidates = 20, .ensemble = {.members = 2, .units = 4, .epochs = 2}}};
    });
}

TEST_CASE("npenas: better than random search") {
    const nas::npenas_options small{.ensemble = {.members = 3, .units = 8, .epochs = 20}};
    check_beats_random(nas::npenas{cells{5}, small}, 60);
}

TEST_CASE("npenas: options out of range") {
    CHECK_THROWS_WITH_AS((nas::npenas{cells{5}, {.population = 0}}),
                         "nas::npenas: population (0) must be in [1, 1e+09]", std::invalid_argument);
}
