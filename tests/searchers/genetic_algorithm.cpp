// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/genetic_algorithm.hpp>

#include <algorithm>
#include <cmath>

#include "searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::genetic_algorithm<cells>>);

namespace {

// Parents by the definition of (mu + lambda): the best mu of parents and children after every lambda completed ones.
template <class History>
void check_generations(const History& history, std::size_t mu, std::size_t lambda) {
    std::vector<nas::trial_id> parents;
    std::vector<nas::trial_id> children;
    for (std::size_t row = 0; row < history.size(); ++row) {
        const auto one = history[row];
        REQUIRE((one.parent == nas::no_trial) == (parents.size() < mu));
        if (one.parent != nas::no_trial) REQUIRE(std::count(parents.begin(), parents.end(), one.parent) == 1);
        if (!one.completed()) continue;
        if (parents.size() < mu) {
            parents.push_back(one.id);
            continue;
        }
        children.push_back(one.id);
        if (children.size() < lambda) continue;
        parents.insert(parents.end(), children.begin(), children.end());
        children.clear();
        std::sort(parents.begin(), parents.end(), [&](nas::trial_id a, nas::trial_id b) {
            const double first = history[a].value();
            const double second = history[b].value();
            return first != second ? first > second : a < b;
        });
        parents.resize(mu);
    }
}

}  // namespace

TEST_CASE("the genetic algorithm keeps the best mu of mu parents and lambda children, failures apart") {
    for (const auto& [mu, lambda] : {std::pair<std::size_t, std::size_t>{20, 20}, {10, 1}, {5, 17}, {1, 1}, {1, 8}}) {
        nas::search search{
            nas::genetic_algorithm{cells{5}, {.population = mu, .offspring = lambda, .initial = mu, .repeats = true}},
            unreliable,
            {.seed = 12}};
        search.run({.trials = 500});
        check_generations(search.history(), mu, lambda);
    }
}

TEST_CASE("the genetic algorithm copies without crossover and mutation, and mixes with crossover alone") {
    nas::search copies{
        nas::genetic_algorithm{
            cells{5},
            {.population = 10, .offspring = 10, .initial = 10, .crossover = 0, .mutations = 0, .repeats = true}},
        rugged,
        {}};
    copies.run({.trials = 100});
    for (std::size_t row = 10; row < 100; ++row)
        CHECK(copies.history()[row].arch == copies.history()[copies.history()[row].parent].arch);

    // Two parents that differ everywhere; every decision of a child comes from one of them.
    const cell a{0, 0, 0, 0, 0, 0};
    const cell b{1, 1, 1, 1, 1, 1};
    const auto share_of_b = [&](double swap) {
        nas::search mixtures{nas::genetic_algorithm{cells{5},
                                                    {.population = 2,
                                                     .offspring = 100000,
                                                     .tournament = 1,
                                                     .crossover = 1,
                                                     .swap = swap,
                                                     .mutations = 0,
                                                     .repeats = true}},
                             rugged,
                             {.enqueue = {a, b}}};
        mixtures.run({.trials = 4002});
        std::array<double, 2> swapped{};
        std::array<double, 2> children{};
        for (std::size_t row = 2; row < 4002; ++row) {
            const auto one = mixtures.history()[row];
            const std::size_t parent = one.parent;
            children[parent] += 6;
            for (const std::uint8_t choice : one.arch) {
                REQUIRE(choice <= 1);
                swapped[parent] += choice != parent ? 1 : 0;
            }
        }
        CHECK(children[0] / 24000 == doctest::Approx(0.5).epsilon(0.1));
        return (swapped[0] + swapped[1]) / 24000;
    };
    // The second parent is the same individual half the time.
    CHECK(share_of_b(0.5) == doctest::Approx(0.25).epsilon(0.05));
    CHECK(share_of_b(0) == 0);
    CHECK(share_of_b(1) == doctest::Approx(0.5).epsilon(0.05));
}

TEST_CASE("the genetic algorithm changes as many decisions as `mutations` says on average, each to another choice") {
    for (const double mutations : {0.5, 1.0, 3.0, 6.0, 100.0}) {
        nas::search search{
            nas::genetic_algorithm{
                cells{5},
                {.population = 1, .offspring = 100000, .crossover = 0, .mutations = mutations, .repeats = true}},
            rugged,
            {}};
        search.run({.trials = 4001});
        std::array<double, 6> changes{};
        const cell parent = search.history()[0].arch;
        for (std::size_t row = 1; row <= 4000; ++row)
            for (std::size_t i = 0; i < 6; ++i) changes[i] += search.history()[row].arch[i] != parent[i] ? 1 : 0;
        const double p = std::min(1.0, mutations / 6);
        for (const double count : changes) CHECK(std::abs(count - 4000 * p) <= 4.5 * std::sqrt(4000 * p * (1 - p)));
    }
}

TEST_CASE("the genetic algorithm uses a space's own operators") {
    nas::search search{
        nas::genetic_algorithm{line_space{}, {.population = 10, .offspring = 10, .mutations = 1, .repeats = true}},
        [](int at) { return -std::abs(at - 60); },
        {.seed = 1}};
    search.run({.trials = 300});
    CHECK(search.history().best().arch == 60);
    // Never mutated, never crossed: copies.
    nas::search copies{
        nas::genetic_algorithm{
            line_space{},
            {.population = 5, .offspring = 5, .initial = 5, .crossover = 0, .mutations = 0, .repeats = true}},
        [](int at) { return double(at); },
        {}};
    copies.run({.trials = 30});
    for (std::size_t row = 5; row < 30; ++row)
        CHECK(copies.history()[row].arch == copies.history()[copies.history()[row].parent].arch);
}

TEST_CASE("the genetic algorithm stays inside a conditional space") {
    nas::search search{nas::genetic_algorithm{conditional_space(), {.population = 4, .offspring = 4, .repeats = true}},
                       [](const auto& arch) { return double(arch[1] + arch[2]); },
                       {}};
    search.run({.trials = 100, .batch = 3});
    for (std::size_t row = 0; row < 100; ++row) CHECK(search.space().contains(search.history()[row].arch));
    CHECK(search.history().best().value() == 4);
}

TEST_CASE("the genetic algorithm beats random search on a separable landscape") {
    check_beats_random(nas::genetic_algorithm{cells{5}}, 100);
    check_beats_random(nas::genetic_algorithm{cells{5}, nas::genetic_algorithm_options::optuna()}, 300);
    check_beats_random(nas::genetic_algorithm{cells{5}, {.population = 20, .offspring = 20}}, 200, 8);
    check_beats_random(nas::genetic_algorithm{cells{5}, {.population = 20, .offspring = 1}}, 200);
}

TEST_CASE("the genetic algorithm samples `initial` architectures, then breeds while its population grows") {
    nas::search search{nas::genetic_algorithm{cells{5}, {.population = 8, .initial = 3}}, rugged, {.seed = 2}};
    search.run({.trials = 40});
    for (std::size_t row = 0; row < 40; ++row) CHECK((search.history()[row].parent == nas::no_trial) == (row < 3));
    CHECK(search.searcher().initial_trials() == 3);
    CHECK(nas::genetic_algorithm{cells{5}, {.population = 4, .initial = 9}}.initial_trials() == 4);
}

TEST_CASE("the genetic algorithm proposes no network twice, until there is none left, and Optuna's preset does") {
    check_proposes_all_once([](const auto& space) {
        return nas::genetic_algorithm{space, {.population = 4, .initial = 2}};
    });
    check_repeats(nas::genetic_algorithm{cells{5}, nas::genetic_algorithm_options::optuna()});
}

TEST_CASE("the genetic algorithm refuses options out of range") {
    CHECK_THROWS_WITH_AS((nas::genetic_algorithm{cells{5}, {.population = 0}}),
                         "nas::genetic_algorithm: population (0) must be in [1, 1e+09]", std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::genetic_algorithm{cells{5}, {.offspring = 0}}),
                         "nas::genetic_algorithm: offspring (0) must be in [1, 1e+09]", std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::genetic_algorithm{cells{5}, {.crossover = 1.01}}),
                         "nas::genetic_algorithm: crossover (1.01) must be in [0, 1]", std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::genetic_algorithm{cells{5}, {.mutations = -1}}),
                         "nas::genetic_algorithm: mutations (-1) must be in [0, 256]", std::invalid_argument);
}
