// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/gp_search.hpp>

#include "data_dir.hpp"
#include "searching.hpp"

#include <algorithm>
#include <nas/evaluators/landscapes.hpp>
#include <nas/evaluators/read_table.hpp>
#include <nas/report/statistics.hpp>
#include <nas/searchers/local_search.hpp>
#include <nas/spaces/nasbench201_space.hpp>

using namespace nas::tests;

static_assert(nas::Searcher<nas::gp_search<cells>>);

namespace {

template <class Search>
std::set<cell> networks(const Search& search) {
    std::set<cell> all;
    for (std::size_t row = 0; row < search.history().size(); ++row) all.insert(search.history().arch(row));
    return all;
}

/// Trials until the optimum is found.
template <class Searcher, class Evaluator>
double trials_to(double optimum, Searcher searcher, const Evaluator& evaluator, std::uint64_t seed, std::size_t most) {
    nas::search search{std::move(searcher), std::cref(evaluator), {.seed = seed}};
    search.run({.trials = most, .target = optimum});
    return static_cast<double>(search.history().size());
}

}  // namespace

TEST_CASE("gp_search: promise is never larger than what rules it out") {
    nas::rng random{1};
    nas::rng unused{2};
    for (std::size_t n = 0; n < 20'000; ++n) {
        const double best = 4 * nas::unit(random) - 2;
        const double mean = 20 * nas::unit(random) - 10;
        const double most_variance = nas::unit(random);
        const double variance = most_variance * nas::unit(random);
        const nas::detail::promise promise(false, best, 0.1 + nas::unit(random), most_variance, 1);
        const double value = promise(mean, variance, 0, unused);
        CHECK_FALSE(promise.is_below(value - 1e-9, mean, variance));
        if (mean > best) CHECK_FALSE(promise.is_below(1e9, mean, variance));
    }
    const nas::detail::promise exact(false, 0.5, 4, 1, 1);
    CHECK(exact(1.5, 0.25, 0, unused) == doctest::Approx(std::log(nas::expected_improvement{}.value(1.5, 1, 0.5))));
    const nas::detail::promise failing(false, 0.5, 4, 1, 0.5);
    CHECK(failing(1.5, 0.25, -0.3, unused) == doctest::Approx(exact(1.5, 0.25, 0, unused) + std::log(0.2)));
    CHECK(failing(1.5, 0.25, -0.9, unused) == doctest::Approx(exact(1.5, 0.25, 0, unused) + std::log(0.05)));
}

TEST_CASE("gp_search finds the optimum of a separable landscape soon") {
    for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U})
        CHECK(trials_to(separable_optimum, nas::gp_search{cells{5}}, separable, seed, 200) <= 60);
}

TEST_CASE("gp_search needs fewer trials than local search where pairs of decisions matter") {
    const nas::choice_space<> space(7, 4);
    const nas::nk_landscape<nas::choice_space<>> worth(space, {1, 5});
    std::vector<double> ours;
    std::vector<double> theirs;
    for (std::uint64_t seed = 0; seed < 16; ++seed) {
        ours.push_back(trials_to(worth.optimum(), nas::gp_search{space}, worth, seed, 300));
        theirs.push_back(trials_to(worth.optimum(), nas::local_search{space}, worth, seed, 300));
    }
    CHECK(nas::detail::mean(ours) < nas::detail::mean(theirs));
    CHECK(nas::mann_whitney(ours, theirs).p_value < 0.01);
}

TEST_CASE("gp_search proposes no network twice, in batches too, and ends when all are told") {
    for (const std::size_t enumerated : {0U, 1000U})
        for (const std::size_t batch : {1U, 7U}) {
            CAPTURE(enumerated);
            CAPTURE(batch);
            nas::search search{nas::gp_search{cells{2}, {.initial = 4, .enumerated = enumerated, .candidates = 20}},
                               rugged,
                               {.seed = 3}};
            CHECK(search.run({.trials = 200, .batch = batch}) == nas::stop_reason::exhausted);
            CHECK(search.history().size() == 64);
            CHECK(networks(search).size() == 64);
        }
}

TEST_CASE("gp_search: a space whose architectures may be one network") {
    const nas::nasbench201_space space;
    nas::search search{nas::gp_search{space, {.fitted = 16}},
                       [&](const auto& arch) { return static_cast<double>(space.key(arch) % 7); },
                       {.seed = 1}};
    search.run({.trials = 40});
    std::set<decltype(space.key(search.history().arch(0)))> keys;
    for (std::size_t row = 0; row < 40; ++row) keys.insert(space.key(search.history().arch(row)));
    CHECK(keys.size() == 40);
}

TEST_CASE("gp_search learns which networks fail") {
    const landscape broken = [](const cell& arch) {
        if (arch[1] == arch[4] || arch[2] == 0) throw std::runtime_error("broken");
        return rugged(arch);
    };
    nas::search search{nas::gp_search{cells{5}}, broken, {.seed = 4}};
    search.run({.trials = 90});
    const auto failed = [&](std::size_t first, std::size_t last) {
        std::size_t count = 0;
        for (std::size_t row = first; row < last; ++row) count += search.history().completed(row) ? 0U : 1U;
        return count;
    };
    CHECK(failed(0, 10) >= 2);
    CHECK(failed(60, 90) <= 1);  // 11 at random
}

TEST_CASE("gp_search: what gives a model nothing to learn from") {
    const auto run = [](auto space, auto evaluator, nas::gp_search_options options, std::size_t trials) {
        nas::search search{nas::gp_search{std::move(space), options}, std::move(evaluator), {.seed = 1}};
        search.run({.trials = trials});
        return search.history().size();
    };
    const auto equal = [](const auto&) { return 1.0; };
    const auto failing = [](const auto&) -> double { throw std::runtime_error("broken"); };
    CHECK(run(cells{3}, landscape(equal), {}, 60) == 60);
    CHECK(run(cells{3}, landscape(failing), {}, 40) == 40);
    CHECK(run(cells{3}, landscape([](const cell& arch) { return arch[0] == 0 ? 1e300 : -1e-300; }), {}, 40) == 40);
    CHECK(run(nas::choice_space<>(0, 1), equal, {.initial = 2}, 5) == 1);
    CHECK(run(nas::choice_space<>(1, 1), equal, {.initial = 2}, 5) == 1);
    CHECK(run(nas::choice_space<>(1, 5), equal, {.initial = 2}, 9) == 5);
    CHECK(run(nas::choice_space<>(1000, 3), equal, {.initial = 2, .candidates = 5, .climbs = 1, .fitted = 4}, 6) == 6);
}

TEST_CASE("gp_search goes on when it has to forget") {
    nas::search search{
        nas::gp_search{cells{5}, {.initial = 5, .fitted = 16, .observations = 20}}, unreliable, {.seed = 6}};
    search.run({.trials = 120});
    CHECK(networks(search).size() == 120);
    CHECK(search.history().best().value() == separable_optimum);
}

TEST_CASE("gp_search says which option is wrong") {
    CHECK_THROWS_WITH_AS(nas::gp_search(cells{5}, {.initial = 1}), "nas::gp_search: initial (1) must be in [2, 1e+06]",
                         std::invalid_argument);
}

TEST_CASE("gp_search on NAS-Bench-201 takes no more trials than its recipe, 43, 33 and 73 to the best cell") {
    const auto table = data_file("nb201.csv");
    if (!table) return;
    const auto mean_trials = [&](const char* column) {
        const auto cells = nas::read_table(table->string(), {.reward = column});
        std::vector<double> trials;
        for (std::uint64_t seed = 7000; seed < 7012; ++seed)
            trials.push_back(trials_to(cells.optimum(), nas::gp_search{cells.space()}, cells, seed, 300));
        return nas::detail::mean(trials);
    };
    CHECK(mean_trials("c10_val200_pct") < 65);
    CHECK(mean_trials("c100_val200_pct") < 45);
    CHECK(mean_trials("in16_val200_pct") < 95);
}
