// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using cells = nas::choice_space<3>;
using arch = cells::arch_type;

double sum(const arch& what) { return what[0] + what[1] + what[2]; }

/// 27 architectures in the order 000, 001, ...: what a test can predict.
nas::grid_search<cells> grid() { return nas::grid_search{cells{3}}; }

}  // namespace

TEST_CASE("search: the cost rule keeps the trial that crosses it") {
    nas::search search{grid(), [](const arch&) { return nas::evaluation<>(0, 10); }};
    CHECK(search.run({.cost = 25}) == nas::stop_reason::cost);
    CHECK(search.history().size() == 3);
    CHECK(search.history().total_cost() == 30);
    CHECK(search.run({.cost = 40}) == nas::stop_reason::cost);
    CHECK(search.history().size() == 4);  // reached exactly
    CHECK(search.run({.cost = 55, .batch = 3}) == nas::stop_reason::cost);
    CHECK(search.history().size() == 7);  // a batch is not cut
}

TEST_CASE("search: the target rule") {
    nas::search search{grid(), sum};
    CHECK(search.run({.target = 3}) == nas::stop_reason::target);
    CHECK(search.history().best().value() == 3);
    CHECK(search.history().size() == 6);  // 012 is the first whose sum is 3
    CHECK(search.run({.target = 3}) == nas::stop_reason::target);
    CHECK(search.history().size() == 6);
    CHECK(search.run({.target = 7}) == nas::stop_reason::exhausted);
}

TEST_CASE("search: the patience rule") {
    // Improves at rows 0, 2 and 5, then never.
    const std::vector<double> values{1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3};
    const auto scripted = [&](const arch&, const nas::context& about) { return values[about.id()]; };
    nas::search three{grid(), scripted};
    CHECK(three.run({.patience = 3}) == nas::stop_reason::patience);
    CHECK(three.history().size() == 9);
    nas::search two{grid(), scripted};
    CHECK(two.run({.patience = 2}) == nas::stop_reason::patience);
    CHECK(two.history().size() == 5);
    nas::search failing{grid(), [](const arch&) -> double { throw std::runtime_error("no"); }};
    CHECK(failing.run({.patience = 4}) == nas::stop_reason::patience);
    CHECK(failing.history().size() == 4);
}

TEST_CASE("search: the wall-time rule") {
    nas::search search{nas::random_search{cells{3}}, sum};
    CHECK(search.run({.wall_time = 0}) == nas::stop_reason::wall_time);
    CHECK(search.history().empty());
    CHECK(search.run({.wall_time = 0.02}) == nas::stop_reason::wall_time);
    CHECK(search.history().size() > 0);
    CHECK(search.run({.wall_time = 0.02}) == nas::stop_reason::wall_time);  // since the search was made
}

TEST_CASE("search: rules combine, the first that holds ends, and the search's own count too") {
    nas::search search{
        grid(), [](const arch& what) { return nas::evaluation<>(sum(what), 1); }, {.stop = {.trials = 20, .cost = 12}}};
    CHECK(search.run({.trials = 8, .target = 100}) == nas::stop_reason::trials);
    CHECK(search.history().size() == 8);
    CHECK(search.run({.trials = 15}) == nas::stop_reason::cost);
    CHECK(search.history().size() == 12);
    CHECK(!search.ask());
    CHECK(search.reason() == nas::stop_reason::cost);
    CHECK(nas::to_string(search.reason()) == "the cost is spent");
}
