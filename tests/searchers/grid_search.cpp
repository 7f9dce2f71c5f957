// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/grid_search.hpp>

#include "searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::grid_search<cells>>);
static_assert(nas::Searcher<nas::grid_search<cells>, 3>);

namespace {

const nas::choice_space<3> small{std::array{2, 3, 2}};
const auto one = [](const std::array<std::uint8_t, 3>&) { return 1.0; };

}  // namespace

TEST_CASE("grid search visits every architecture once in the order of the index") {
    for (const std::size_t batch : {1U, 5U, 100U}) {
        nas::search search{nas::grid_search{small}, one, {}};
        CHECK(search.run({.batch = batch}) == nas::stop_reason::exhausted);
        REQUIRE(search.history().size() == 12);
        for (std::size_t row = 0; row < 12; ++row) CHECK(small.index(search.history()[row].arch) == row);
        CHECK_FALSE(search.ask());
    }
}

TEST_CASE("grid search shuffled visits every architecture once in an order that the seed decides") {
    const auto order = [](std::uint64_t seed) {
        nas::search search{nas::grid_search{cells{5}, {.shuffled = true}}, rugged, {.seed = seed}};
        CHECK(search.run() == nas::stop_reason::exhausted);
        CHECK(search.history().size() == 15625);
        CHECK(visited(search).size() == 15625);
        std::vector<std::uint64_t> first;
        for (std::size_t row = 0; row < 50; ++row) first.push_back(search.space().index(search.history()[row].arch));
        return first;
    };
    const auto a = order(1);
    CHECK(a == order(1));
    CHECK(a != order(2));
    CHECK_FALSE(std::is_sorted(a.begin(), a.end()));
}

TEST_CASE("grid search counts its own proposals only, so that enqueued ones shift nothing") {
    nas::search search{nas::grid_search{small}, one, {.enqueue = {{1, 2, 1}, {0, 0, 0}}}};
    CHECK(search.run() == nas::stop_reason::exhausted);
    REQUIRE(search.history().size() == 14);
    for (std::size_t row = 2; row < 14; ++row) CHECK(small.index(search.history()[row].arch) == row - 2);
}

TEST_CASE("grid search visits a conditional space without repeats") {
    const auto space = conditional_space();
    nas::search search{nas::grid_search{space}, [](const auto& arch) { return double(arch[0]); }, {}};
    CHECK(search.run() == nas::stop_reason::exhausted);
    CHECK(search.history().size() == 11);
    CHECK(visited(search).size() == 11);
}

TEST_CASE("grid search of a space without decisions visits its single architecture") {
    nas::search search{nas::grid_search{nas::choice_space<3>{1}}, one, {}};
    CHECK(search.run() == nas::stop_reason::exhausted);
    CHECK(search.history().size() == 1);
}

TEST_CASE("grid search refuses a space that is too large to be counted") {
    CHECK_THROWS_WITH_AS(nas::grid_search(nas::choice_space(100, 256)),
                         "nas::grid_search: the space's size must be below 2^64 - 1, it is too large to be counted",
                         std::invalid_argument);
    CHECK_NOTHROW(nas::grid_search(nas::choice_space(63, 2)));
}
