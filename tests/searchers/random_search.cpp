// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/random_search.hpp>

#include "searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::random_search<cells>>);
static_assert(nas::Searcher<nas::random_search<cells>, 2>);

namespace {

// Size, sample, at and index, but too large to be counted.
const nas::choice_space huge{40, 250};

}  // namespace

TEST_CASE("random search draws every choice equally often") {
    nas::search search{nas::random_search{cells{5}}, rugged, {.seed = 11}};
    search.run({.trials = 20000});
    for (std::size_t i = 0; i < 6; ++i) {
        std::array<double, 5> counts{};
        for (std::size_t row = 0; row < 20000; ++row) counts[search.history()[row].arch[i]] += 1;
        double chi_squared = 0;
        for (const double count : counts) chi_squared += (count - 4000) * (count - 4000) / 4000;
        CHECK(chi_squared < 23.5);  // 4 degrees of freedom: exceeded with probability 1e-4
    }
}

TEST_CASE("random search with replacement repeats itself as often as birthdays do") {
    nas::search search{nas::random_search{cells{5}}, rugged, {.seed = 4}};
    search.run({.trials = 1000});
    const std::size_t repeats = 1000 - visited(search).size();
    CHECK(repeats >= 11);  // Poisson around 1000 * 999 / 2 / 15625 = 32
    CHECK(repeats <= 58);
}

TEST_CASE("random search without replacement visits a countable space once, in an order that the seed decides") {
    for (const std::size_t batch : {1U, 64U}) {
        nas::search search{nas::random_search{cells{5}, {.replacement = false}}, rugged, {.seed = 1}};
        CHECK(search.run({.batch = batch}) == nas::stop_reason::exhausted);
        CHECK(search.history().size() == 15625);
        CHECK(visited(search).size() == 15625);
    }
    double rank = 0;  // of one architecture, over seeds: uniform in [0, 125)
    const nas::choice_space<3> small{5};
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        nas::search search{
            nas::random_search{small, {.replacement = false}}, [](const auto&) { return 0.0; }, {.seed = seed}};
        search.run();
        std::size_t row = 0;
        while (search.history()[row].arch != std::array<std::uint8_t, 3>{1, 2, 3}) ++row;
        rank += double(row) / 400;
    }
    CHECK(rank == doctest::Approx(62).epsilon(0.13));  // 4.5 standard errors of 36.1 / 20
}

TEST_CASE("random search without replacement in a space without an index ends when nothing new comes") {
    nas::search search{nas::random_search{line_space{}, {.replacement = false, .retries = 2000}},
                       [](int at) { return double(at); },
                       {}};
    CHECK(search.run({.batch = 3}) == nas::stop_reason::exhausted);
    CHECK(search.history().size() == 100);
    CHECK(visited(search).size() == 100);
}

TEST_CASE("random search without replacement in a space without an index proposes nothing enqueued again") {
    std::vector<int> all_but_one;
    for (int at = 0; at < 99; ++at) all_but_one.push_back(at);
    nas::search search{nas::random_search{line_space{}, {.replacement = false, .retries = 5000}},
                       [](int at) { return double(at); },
                       {.enqueue = all_but_one}};
    CHECK(search.run() == nas::stop_reason::exhausted);
    REQUIRE(search.history().size() == 100);
    CHECK(search.history()[99].arch == 99);
}

TEST_CASE("random search without replacement works where the space cannot be counted") {
    nas::search search{
        nas::random_search{huge, {.replacement = false}}, [](const auto& arch) { return double(arch[0]); }, {}};
    CHECK(search.run({.trials = 300, .batch = 10}) == nas::stop_reason::trials);
    CHECK(visited(search).size() == 300);
}

TEST_CASE("random search without replacement proposes no network twice, by the keys of a space too") {
    check_proposes_all_once([](const auto& space) { return nas::random_search{space, {.replacement = false}}; });
}

TEST_CASE("random search refuses options out of range") {
    CHECK_THROWS_WITH_AS((nas::random_search{cells{5}, {.retries = 0}}),
                         "nas::random_search: retries (0) must be in [1, 1e+06]", std::invalid_argument);
}
