// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/simulated_annealing.hpp>

#include <cmath>

#include "searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::simulated_annealing<cells>>);

namespace {

constexpr auto by_value = nas::annealing_scale::values;

// Tells `values` one after the other, as if the searcher had proposed them.
template <class Searcher>
void tell_values(Searcher& searcher, std::initializer_list<double> values,
                 nas::trial_origin origin = nas::trial_origin::asked) {
    nas::trial_id id = 100;
    for (const double value : values) {
        nas::trial<cell> told{};
        told.id = id++;
        told.origin = origin;
        told.result = value;
        nas::rng random(id);
        searcher.tell(told, random);
    }
}

template <class Searcher>
nas::trial_id parent_of_next(const Searcher& searcher) {
    nas::rng random(1);
    return searcher.ask({.id = 1000, .told = 1000, .asked = 1000}, random)->parent;
}

}  // namespace

TEST_CASE("simulated annealing starts at the standard deviation of the initial values and cools geometrically") {
    nas::simulated_annealing searcher{cells{5}, {.initial = 4, .scale = by_value, .temperature = 0, .cooling = 0.5}};
    tell_values(searcher, {2, 4, 4});
    CHECK(searcher.temperature() == 0);
    tell_values(searcher, {10});
    CHECK(searcher.temperature() == doctest::Approx(std::sqrt(12.0)));  // deviations -3, -1, -1, 5: 36 / 3
    CHECK(parent_of_next(searcher) == 100);
    tell_values(searcher, {11});
    CHECK(searcher.temperature() == doctest::Approx(std::sqrt(12.0) / 2));
    tell_values(searcher, {-1e9});
    CHECK(searcher.temperature() == doctest::Approx(std::sqrt(12.0) / 4));
}

TEST_CASE("simulated annealing with a given temperature uses it") {
    nas::simulated_annealing searcher{cells{5}, {.initial = 1, .scale = by_value, .temperature = 3, .cooling = 0.9}};
    tell_values(searcher, {5});
    CHECK(searcher.temperature() == 3);
    tell_values(searcher, {5});
    CHECK(searcher.temperature() == doctest::Approx(2.7));
}

TEST_CASE("simulated annealing accepts what is worse by d with probability exp(-d / T), better and equal always") {
    for (const double worse : {0.0, 0.5, 1.0, 3.0}) {
        CAPTURE(worse);
        constexpr int draws = 4000;
        int accepted = 0;
        for (int i = 0; i < draws; ++i) {
            nas::simulated_annealing searcher{cells{5},
                                              {.initial = 1, .scale = by_value, .temperature = 2, .cooling = 1}};
            tell_values(searcher, {10});
            nas::trial<cell> told{};
            told.id = 7;
            told.result = 10 - worse;
            nas::rng random(static_cast<std::uint64_t>(i));
            searcher.tell(told, random);
            accepted += parent_of_next(searcher) == 7 ? 1 : 0;
        }
        const double expected = std::exp(-worse / 2);
        CHECK(std::abs(accepted - draws * expected) <= 4 * std::sqrt(draws * expected * (1 - expected)));
    }
}

TEST_CASE("simulated annealing in ranks accepts by the share of the values told that lie between") {
    // Told before: 1 to 10, of which the current one is 10. The trial is the eleventh: ranks 0, 1, 2, ... of 11 worse.
    for (const double value : {10.0, 9.5, 8.5, 4.5, 0.5}) {
        CAPTURE(value);
        constexpr int draws = 4000;
        int accepted = 0;
        nas::simulated_annealing before{cells{5}, {.initial = 10, .temperature = 0.2, .cooling = 1}};
        tell_values(before, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
        CHECK(before.temperature() == 0.2);
        for (int i = 0; i < draws; ++i) {
            auto searcher = before;
            nas::trial<cell> told{};
            told.id = 7;
            told.result = value;
            nas::rng random(static_cast<std::uint64_t>(i));
            searcher.tell(told, random);
            accepted += parent_of_next(searcher) == 7 ? 1 : 0;
        }
        const double expected = std::exp(-std::ceil(10 - value) / 11 / 0.2);
        CHECK(std::abs(accepted - draws * expected) <= 4 * std::sqrt(draws * expected * (1 - expected)));
    }
}

TEST_CASE("simulated annealing in ranks does the same whatever the values are, in the same order") {
    const landscape decades = [](const cell& arch) { return -std::pow(10.0, 10 * (0.5 - rugged(arch))); };
    nas::search plain{nas::simulated_annealing{cells{5}}, rugged, {.seed = 4}};
    nas::search spread{nas::simulated_annealing{cells{5}}, decades, {.seed = 4}};
    plain.run({.trials = 300});
    spread.run({.trials = 300});
    for (std::size_t row = 0; row < 300; ++row) REQUIRE(plain.history()[row].arch == spread.history()[row].arch);
}

TEST_CASE("simulated annealing keeps the best 1000 values, and steps to none below them") {
    nas::simulated_annealing searcher{cells{5}, {.initial = 1, .temperature = 1e300, .cooling = 1}};
    nas::rng random(1);
    nas::trial<cell> told{};
    for (nas::trial_id id = 0; id <= 1500; ++id) {
        told.id = id;
        told.result = static_cast<double>(id);
        searcher.tell(told, random);
    }
    told.id = 2000;
    told.result = 400.5;
    searcher.tell(told, random);
    CHECK(parent_of_next(searcher) == 1500);
    told.id = 2001;
    told.result = 600.5;
    searcher.tell(told, random);
    CHECK(parent_of_next(searcher) == 2001);
}

TEST_CASE("simulated annealing proposes no network twice, until there is none left, and the customary preset does") {
    check_proposes_all_once([](const auto& space) { return nas::simulated_annealing{space, {.initial = 2}}; });
    check_repeats(nas::simulated_annealing{cells{5}, nas::simulated_annealing_options::kirkpatrick_1983()});
}

TEST_CASE("simulated annealing without temperature left is a hill climber that accepts equals") {
    nas::simulated_annealing searcher{cells{5}, {.initial = 2, .scale = by_value, .temperature = 0, .cooling = 0}};
    tell_values(searcher, {1, 1});  // the deviation is 0
    CHECK(searcher.temperature() == 0);
    nas::trial<cell> told{};
    nas::rng random(1);
    told.id = 1;
    told.result = 0.999;
    searcher.tell(told, random);
    CHECK(parent_of_next(searcher) == 100);
    told.id = 2;
    told.result = 1.0;
    searcher.tell(told, random);
    CHECK(parent_of_next(searcher) == 2);
}

TEST_CASE("simulated annealing takes imported trials for initial ones, and later ones do not cool and must be better") {
    nas::simulated_annealing searcher{cells{5}, {.initial = 2, .scale = by_value, .temperature = 0, .cooling = 0.5}};
    tell_values(searcher, {1, 3}, nas::trial_origin::imported);
    const double begun = searcher.temperature();
    CHECK(begun == doctest::Approx(std::sqrt(2.0)));
    CHECK(parent_of_next(searcher) == 101);
    tell_values(searcher, {2.99, 2.99, 2.99, 2.99, 2.99}, nas::trial_origin::imported);
    CHECK(searcher.temperature() == begun);
    CHECK(parent_of_next(searcher) == 101);
    tell_values(searcher, {4}, nas::trial_origin::enqueued);
    CHECK(searcher.temperature() == begun);
    CHECK(parent_of_next(searcher) == 100);
}

TEST_CASE("simulated annealing changes one edge of the current architecture") {
    nas::search search{nas::simulated_annealing{cells{5}, {.repeats = true}}, rugged, {.seed = 4}};
    search.run({.trials = 200});
    for (std::size_t row = 0; row < 200; ++row) {
        const auto one = search.history()[row];
        CHECK((one.parent == nas::no_trial) == (row < 10));
        if (row >= 10) CHECK(distance(one.arch, search.history()[one.parent].arch) == 1);
    }
}

TEST_CASE("simulated annealing works in a space that only has its own mutation") {
    nas::search search{nas::simulated_annealing{line_space{}, {.repeats = true}},
                       [](int at) { return -std::abs(at - 60); },
                       {.seed = 1}};
    search.run({.trials = 400});
    CHECK(search.history().best().arch == 60);
}

TEST_CASE("simulated annealing beats random search on a separable landscape") {
    check_beats_random(nas::simulated_annealing{cells{5}}, 300);
    check_beats_random(nas::simulated_annealing{cells{5}}, 100, 8);
    check_beats_random(nas::simulated_annealing{cells{5}, {.scale = by_value, .temperature = 0, .cooling = 0.95}}, 150,
                       4);
}

TEST_CASE("simulated annealing refuses options out of range") {
    CHECK_THROWS_WITH_AS(
        (nas::simulated_annealing{cells{5}, {.initial = 1, .scale = by_value, .temperature = 0}}),
        "nas::simulated_annealing: initial (1) must be at least 2 where temperature (0) is to be estimated",
        std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::simulated_annealing{cells{5}, {.cooling = 1.5}}),
                         "nas::simulated_annealing: cooling (1.5) must be in [0, 1]", std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::simulated_annealing{cells{5}, {.temperature = -1}}),
                         "nas::simulated_annealing: temperature (-1) must be in [0, 1e+300]", std::invalid_argument);
}
