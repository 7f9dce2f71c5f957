// SPDX-License-Identifier: Apache-2.0
#include <nas/report/best_so_far.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using numbers = std::vector<double>;
using space = nas::choice_space<1>;

/// A search whose trials are worth these values, at so many seconds each; NaN is a failed trial.
auto search_of(const numbers& values, const numbers& seconds) {
    nas::search search{
        nas::grid_search{space{values.size()}},
        [=](const space::arch_type& arch) { return nas::evaluation<>(values[arch[0]], seconds[arch[0]]); },
        {.seed = 1}};
    search.run();
    return search;
}

nas::best_so_far line_of(std::vector<nas::best_so_far::step> steps, std::size_t trials, double cost = 0) {
    return {std::move(steps), trials, cost};
}

}  // namespace

TEST_CASE("best_so_far: the incumbents of a search, judged by another number") {
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const auto search = search_of({nan, 3, 1, 3, 5, 4}, {10, 20, 30, 40, 50, 60});
    const auto line = nas::trace_best(search.history(), [](const auto& arch) { return -10.0 * arch[0]; });
    CHECK(line.trials == 6);
    CHECK(line.cost == 210);
    REQUIRE(line.steps.size() == 2);  // the first of equals stays
    CHECK(line.steps[0].trials == 2);
    CHECK(line.steps[0].cost == 30);
    CHECK(line.steps[0].value == -10);
    CHECK(line.steps[1].trials == 5);
    CHECK(line.steps[1].cost == 150);
    CHECK(line.steps[1].value == -40);
    CHECK(line.steps.back().trials == search.history().best_row() + 1);
}

TEST_CASE("best_so_far: without a completed trial there is no incumbent") {
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const auto search = search_of({nan, nan}, {1, 1});
    const auto line = nas::trace_best(search.history(), [](const auto&) { return 0.0; });
    CHECK(line.steps.empty());
    CHECK(line.trials == 2);
    CHECK(line.cost == 2);
}

TEST_CASE("effort_grid: even steps up to the end") {
    CHECK(nas::effort_grid(nas::effort::cost, 10, 4) == numbers{2.5, 5, 7.5, 10});
    CHECK(nas::effort_grid(nas::effort::trials, 10, 4) == numbers{3, 5, 8, 10});
    CHECK(nas::effort_grid(nas::effort::trials, 3, 200) == numbers{1, 2, 3});
    CHECK(nas::effort_grid(nas::effort::trials, 1000, 200).size() == 200);
    CHECK(nas::effort_grid(nas::effort::trials, 1, 1) == numbers{1});
    CHECK_THROWS_WITH_AS(nas::effort_grid(nas::effort::cost, 0, 5),
                         "nas::effort_grid: end (0.000000) must be finite and above 0, with at least one point (5)",
                         std::invalid_argument);
    CHECK_THROWS_AS(nas::effort_grid(nas::effort::cost, nas::no_limit, 5), std::invalid_argument);
    CHECK_THROWS_AS(nas::effort_grid(nas::effort::cost, 1, 0), std::invalid_argument);
}

TEST_CASE("average: mean and quartiles from where all have an incumbent to where the longest ends") {
    const std::vector<nas::best_so_far> searches{
        line_of({{1, 5, 10}, {4, 20, 20}}, 6, 30), line_of({{2, 10, 0}, {3, 15, 30}}, 5, 25),
        line_of({{1, 5, 20}}, 1, 5),  // ends early and keeps its value
    };
    const auto by_trials = nas::average("a", searches, nas::effort::trials, numbers{1, 3, 4, 6, 8});
    CHECK(by_trials.name == "a");
    CHECK(by_trials.x == numbers{2, 3, 4, 6});
    CHECK(by_trials.mean == numbers{10, 20, 70.0 / 3, 70.0 / 3});
    CHECK(by_trials.lower_quartile == numbers{5, 15, 20, 20});
    CHECK(by_trials.upper_quartile == numbers{15, 25, 25, 25});

    const auto by_cost = nas::average("a", searches, nas::effort::cost, numbers{12.5, 25});
    CHECK(by_cost.x == numbers{10, 12.5, 25, 30});
    CHECK(by_cost.mean == numbers{10, 10, 70.0 / 3, 70.0 / 3});
}

TEST_CASE("average: one search of one trial is one point") {
    const std::vector<nas::best_so_far> searches{line_of({{1, 5, 10}}, 1, 5)};
    const auto line = nas::average("a", searches, nas::effort::trials, numbers{1});
    CHECK(line.x == numbers{1});
    CHECK(line.mean == numbers{10});
}

TEST_CASE("average: bad input") {
    const std::vector<nas::best_so_far> empty{line_of({}, 3)};
    CHECK_THROWS_WITH_AS(nas::average("a", empty, nas::effort::trials, numbers{1}),
                         "nas::average: a search of 'a' has no incumbent", std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::average("a", {}, nas::effort::trials, numbers{1}),
                         "nas::average: there is no search of 'a'", std::invalid_argument);
}

TEST_CASE("best_so_far: the area under a curve of regret") {
    const nas::best_so_far search{{{2, 1, 3}, {4, 2, 7}, {6, 3, 10}}, 8, 3};
    // Regrets of 7, 7, 7, 3, 3, 0, 0, 0.
    CHECK(nas::regret_area(search, 10, 8) == 27 / 8.0);
    CHECK(nas::regret_area(search, 10, 20) == 27 / 20.0);
    CHECK(nas::regret_area(search, 10, 4) == 24 / 4.0);
    CHECK(nas::regret_area(search, 10, 1) == 7);
    CHECK(nas::regret_area(search, 2, 5) == (3 * 1 + 2 * 5) / 5.0);  // where less is better
    CHECK_THROWS_WITH_AS((void)nas::regret_area({}, 1, 8),
                         "nas::regret_area: there must be an incumbent and at least one trial", std::invalid_argument);
    CHECK_THROWS_AS((void)nas::regret_area(search, 1, 0), std::invalid_argument);
}
