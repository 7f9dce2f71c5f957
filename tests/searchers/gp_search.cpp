// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/gp_search.hpp>

#include "searching.hpp"

#include <algorithm>
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
    nas::search search{nas::gp_search{cells{5}}, separable, {.seed = 1}};
    CHECK(search.run({.trials = 60, .target = separable_optimum}) == nas::stop_reason::target);
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
