// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <ctime>
#include <limits>
#include <stdexcept>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/histories.hpp>

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
    CHECK(search.history().size() == 6);  // a batch is cut after the trial that crosses it
    CHECK(search.pending().size() == 1);
    CHECK(search.run({.cost = 60, .batch = 3}) == nas::stop_reason::cost);
    CHECK(search.history().size() == 6);
    CHECK(search.run({.cost = 65, .batch = 3}) == nas::stop_reason::cost);
    CHECK(search.history().size() == 7);  // what was left of that batch
    CHECK(search.pending().empty());
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

TEST_CASE(
    "search: cost, target and patience cut a batch in the order of asking, and the rest is not evaluated in vain") {
    std::size_t evaluated = 0;
    const auto priced = [&](const arch& what, const nas::context& about) {
        ++evaluated;
        return nas::evaluation<>(about.id() == 9 ? 10 : sum(what), 1);
    };
    const auto fresh = [&] {
        evaluated = 0;
        return nas::search{grid(), priced};
    };
    auto cost = fresh();
    CHECK(cost.run({.cost = 10, .batch = 25}) == nas::stop_reason::cost);
    CHECK(cost.history().size() == 10);
    CHECK(evaluated == 10);
    auto target = fresh();
    CHECK(target.run({.target = 10, .batch = 25}) == nas::stop_reason::target);
    CHECK(target.history().size() == 10);
    CHECK(evaluated == 10);
    auto patience = fresh();
    CHECK(patience.run({.patience = 4, .batch = 25}) == nas::stop_reason::patience);
    CHECK(patience.history().size() == 14);
    CHECK(evaluated == 14);
    // What stays open is the beginning of what follows, here and after a resume.
    nas::search resumed{grid(), priced};
    resumed.resume(patience.history());
    CHECK(resumed.pending().size() == 11);
    for (auto* one : {&patience, &resumed}) {
        CHECK(one->run({.trials = 27, .batch = 2}) == nas::stop_reason::trials);
        CHECK(one->history().told_when_asked(24) == 0);
        CHECK(one->history().told_when_asked(25) == 25);
    }
    CHECK(nas::testing::difference(patience.history(), resumed.history()) == "");
}

TEST_CASE("search: a program of several runs is the same when it is started again, at every row") {
    const auto priced = [](const arch& what, const nas::context& about) {
        nas::rng random = about.random();
        return nas::evaluation<>(sum(what) + static_cast<double>(random() % 3), 1);
    };
    const auto program = [](auto& search) {
        search.run({.trials = 4});
        search.run({.trials = 100, .cost = 9, .batch = 8});
        search.run({.trials = 14, .patience = 4, .batch = 3});
        search.run({.trials = 22, .batch = 5});
    };
    nas::search whole{grid(), priced};
    program(whole);
    for (std::size_t rows = 0; rows <= whole.history().size(); ++rows) {
        CAPTURE(rows);
        nas::search search{grid(), priced};
        search.resume(nas::testing::first_rows(whole.history(), rows));
        program(search);
        CHECK(nas::testing::difference(search.history(), whole.history()) == "");
    }
    program(whole);
    CHECK(whole.history().size() == 22);
}

TEST_CASE("search: imported trials count for no rule") {
    nas::search past{grid(), sum};
    past.run();
    const auto fresh = [&] {
        nas::search search{grid(), [](const arch& what) { return sum(what) / 2; }};
        search.warm_start(past.history());
        return search;
    };
    auto patience = fresh();
    CHECK(patience.run({.patience = 5}) == nas::stop_reason::patience);
    CHECK(patience.history().size() == 27 + 14);  // 022 at 8 is beaten by 122 at 17, not within 5 trials
    auto target = fresh();
    CHECK(target.run({.target = 2}) == nas::stop_reason::target);
    CHECK(target.history().size() == 27 + 9);
}

TEST_CASE(
    "search: a cost that is no number of seconds is a failed trial that costs nothing, and the cost rule goes on") {
    constexpr double inf = std::numeric_limits<double>::infinity();
    const auto odd = [](const arch&, const nas::context& about) -> nas::evaluation<> {
        const std::vector<double> costs{1, std::nan(""), -5, inf, -inf, 1};
        return {0.5, costs[about.id() % 6]};
    };
    nas::search search{grid(), odd};
    CHECK(search.run({.cost = 4}) == nas::stop_reason::cost);
    CHECK(search.history().size() == 12);
    CHECK(search.history().total_cost() == 4);
    CHECK(search.history().status(2) == nas::trial_status::failed);
    CHECK(search.history().reason(1) == "the evaluator's cost is not a finite number of seconds >= 0");
    CHECK(search.history().cost(1) == 0);
    nas::search by_hand{grid(), sum};
    by_hand.tell(*by_hand.ask(), nas::evaluation<>(1, -1));
    CHECK(by_hand.history().status(0) == nas::trial_status::failed);
    nas::history<cells> history(cells{3});
    nas::trial<arch> priceless{{arch{}}, nas::evaluation<>(1, std::nan(""))};
    priceless.id = 3;
    CHECK_THROWS_WITH_AS(history.append(priceless, 0),
                         "nas::history: the cost of trial 3 is nan; it must be a finite number of seconds >= 0",
                         std::invalid_argument);
}

TEST_CASE("search: NaN is no limit") {
    const double nan = std::nan("");
    nas::search search{grid(), sum};
    CHECK_THROWS_WITH_AS(search.run({.cost = nan}),
                         "nas::search: the limit 'cost' is NaN; leave it out where there is none",
                         std::invalid_argument);
    CHECK_THROWS_AS(search.run({.wall_time = nan}), std::invalid_argument);
    CHECK_THROWS_AS(search.run({.target = nan}), std::invalid_argument);
    CHECK(search.history().empty());
    CHECK_THROWS_AS((nas::search{grid(), sum, {.stop = {.target = nan}}}), std::invalid_argument);
}

TEST_CASE("search: a cost alone ends also where nothing costs anything") {
    const auto broken = [](const arch&) -> double { throw std::runtime_error("no GPU"); };
    for (const std::size_t batch : {1U, 7U}) {
        nas::search search{nas::random_search{cells{3}}, broken};
        CHECK(search.run({.cost = 100, .batch = batch}) == nas::stop_reason::free_of_cost);
        CHECK(search.history().size() == nas::most_free_trials);
    }
    nas::search search{nas::random_search{cells{3}}, broken};
    CHECK(search.run({.trials = 1500, .cost = 100}) == nas::stop_reason::trials);
}

TEST_CASE("search: the wall-time rule") {
    nas::search search{nas::random_search{cells{3}}, sum};
    CHECK(search.run({.wall_time = 0}) == nas::stop_reason::wall_time);
    CHECK(search.history().empty());
    CHECK(search.run({.wall_time = 0.02}) == nas::stop_reason::wall_time);
    CHECK(search.history().size() > 0);
    CHECK(search.run({.wall_time = 0.02}) == nas::stop_reason::wall_time);  // since the search was made

    // Looked at between the evaluations of a batch: what is over by then is not begun.
    std::size_t evaluated = 0;
    const auto slow = [&](const arch& what) {
        ++evaluated;
        for (const std::clock_t end = std::clock() + CLOCKS_PER_SEC / 50; std::clock() < end;) {
        }
        return sum(what);
    };
    nas::search batches{grid(), slow};
    CHECK(batches.run({.wall_time = 0.05, .batch = 27}) == nas::stop_reason::wall_time);
    CHECK(evaluated < 27);
    CHECK(batches.history().size() == evaluated);
    CHECK(batches.pending().size() == 27 - evaluated);
    CHECK(batches.run({.trials = 27}) == nas::stop_reason::trials);
    CHECK(batches.history().told_when_asked(26) == 0);
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
