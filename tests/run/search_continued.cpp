// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/histories.hpp>

// A search that is resumed, interrupted or hits a fatal error goes on as if nothing had been.
namespace {

using cells = nas::choice_space<6>;
using arch = cells::arch_type;

/// A noisy value, a cost and a learning curve, all of them functions of architecture and context.
nas::evaluation<> measure(const arch& what, const nas::context& about) {
    nas::rng random = about.random();
    if (about.id() % 5 == 4) throw std::runtime_error("trial " + std::to_string(about.id()));
    about.report(1, nas::unit(random));
    return {what[0] + 2.0 * what[1] + nas::unit(random), 1.0 + what[2]};
}

auto evolution() { return nas::regularized_evolution{cells{5}, {.population = 8, .tournament = 3}}; }

constexpr std::size_t trials = 30;

auto uninterrupted(std::size_t batch) {
    nas::search search{evolution(), measure, {.seed = 11}};
    search.run({.trials = trials, .batch = batch});
    return search.history();
}

}  // namespace

TEST_CASE("resume: after every row, in batches of every size, the rest is what would have followed") {
    for (const std::size_t batch : {1U, 2U, 3U, 4U, 7U, 30U}) {
        const auto whole = uninterrupted(batch);
        for (std::size_t rows = 0; rows <= whole.size(); ++rows) {
            CAPTURE(batch);
            CAPTURE(rows);
            nas::search search{evolution(), measure, {.seed = 11}};
            search.resume(nas::testing::first_rows(whole, rows));
            CHECK(search.history().size() == rows);
            search.run({.trials = trials, .batch = batch});
            CHECK(nas::testing::difference(search.history(), whole) == "");
            CHECK(search.history().total_cost() == whole.total_cost());
            CHECK(search.history().best_row() == whole.best_row());
        }
    }
}

TEST_CASE("resume: a run's end is a batch's end, and what follows may have another batch size") {
    struct leg {
        std::size_t until, batch;
    };
    // Ten serially, then in parallel; a batch cut short by its run; one by one again.
    const std::vector<leg> legs{{10, 1}, {14, 4}, {16, 3}, {17, 4}, {25, 8}, {30, 1}};
    const auto play = [&](auto& search) {
        for (const leg& one : legs) search.run({.trials = one.until, .batch = one.batch});
    };
    nas::search whole{evolution(), measure, {.seed = 11}};
    play(whole);
    for (std::size_t rows = 0; rows <= trials; ++rows) {
        CAPTURE(rows);
        nas::search search{evolution(), measure, {.seed = 11}};
        search.resume(nas::testing::first_rows(whole.history(), rows));
        play(search);
        CHECK(nas::testing::difference(search.history(), whole.history()) == "");
    }
}

TEST_CASE("resume: a batch of which a part was told is open again, whatever comes next") {
    const auto whole = uninterrupted(4);
    nas::search search{evolution(), measure, {.seed = 11}};
    search.resume(nas::testing::first_rows(whole, 9));
    REQUIRE(search.pending().size() == 3);
    CHECK(search.pending()[0].id == 9);
    CHECK(search.pending()[0].arch == whole.arch(9));
    search.run({.trials = 12});
    CHECK(nas::testing::difference(search.history(), nas::testing::first_rows(whole, 12)) == "");

    nas::search by_hand{evolution(), measure, {.seed = 11}};
    by_hand.resume(nas::testing::first_rows(whole, 9));
    for (std::size_t row = 9; row < 12; ++row) {
        const auto next = by_hand.ask();
        REQUIRE(next);
        CHECK(next->arch == whole.arch(row));
    }
    CHECK(by_hand.ask()->id == 12);
}

TEST_CASE("resume: in the middle of a batch that was interrupted, while its search goes on with another batch size") {
    for (std::size_t after = 0; after < 40; ++after) {
        CAPTURE(after);
        nas::search search{evolution(), measure, {.seed = 11}};
        std::size_t checks = 0;
        bool stop = true;
        search.stop_when([&] { return stop && ++checks > after; });
        search.run({.trials = trials, .batch = 6});
        stop = false;
        nas::search resumed{evolution(), measure, {.seed = 11}};
        resumed.resume(search.history());
        search.run({.trials = trials, .batch = 4});
        resumed.run({.trials = trials, .batch = 4});
        CHECK(nas::testing::difference(resumed.history(), search.history()) == "");
    }
}

TEST_CASE("resume: a history that is damaged does not ask for ever") {
    nas::history<cells> past(cells{5});
    nas::learning_curve none;
    past.append({{arch{}, nas::no_trial, nas::full_fidelity}, 1.0}, 0, none, 4'000'000'000);
    nas::search search{evolution(), measure, {.seed = 11}};
    CHECK_THROWS_WITH_AS(
        search.resume(past),
        "nas::search: trial 4294967295 of the history to resume says that 4000000000 more were asked in its "
        "batch; a batch has 1000000 at most",
        std::invalid_argument);
}

TEST_CASE("resume: then by hand, and with enqueued architectures") {
    const nas::search_options<arch> options{.seed = 11, .enqueue = {arch{1, 1, 1, 1, 1, 1}, arch{2, 2, 2, 2, 2, 2}}};
    nas::search whole{evolution(), measure, options};
    whole.run({.trials = trials});
    for (std::size_t rows = 0; rows <= trials; ++rows) {
        nas::search search{evolution(), measure, options};
        search.resume(nas::testing::first_rows(whole.history(), rows));
        for (std::size_t row = rows; row < trials; ++row) {
            const auto next = search.ask();
            REQUIRE(next);
            CHECK(next->arch == whole.history().arch(row));
            CHECK(next->parent == whole.history().parent(row));
            CHECK(next->origin == whole.history().origin(row));
            search.tell(*next, whole.history()[row].result);
        }
    }
}

TEST_CASE("resume, warm_start, run: one spelling for every start") {
    const auto past = nas::testing::first_rows(uninterrupted(1), 6);
    for (const std::size_t batch : {1U, 4U}) {
        const auto start = [&](auto& search) {
            search.warm_start(past);
            search.run({.trials = 20, .batch = batch});
        };
        nas::search whole{evolution(), measure, {.seed = 12}};
        start(whole);
        REQUIRE(whole.history().size() == 26);
        for (std::size_t rows = 0; rows <= 26; ++rows) {  // also cut within the import
            CAPTURE(rows);
            nas::search search{evolution(), measure, {.seed = 12}};
            search.resume(nas::testing::first_rows(whole.history(), rows));
            start(search);
            CHECK(nas::testing::difference(search.history(), whole.history()) == "");
        }
    }
}

TEST_CASE("resume, run, warm_start: an import between runs, also of two histories") {
    const auto past = nas::testing::first_rows(uninterrupted(1), 6);
    const auto more = nas::testing::first_rows(uninterrupted(3), 5);
    const auto start = [&](auto& search) {
        search.run({.trials = 7, .batch = 3});
        search.warm_start(past);
        search.warm_start(more);
        search.run({.trials = 12, .batch = 2});
        search.warm_start(past);
        search.run({.trials = 20});
    };
    nas::search whole{evolution(), measure, {.seed = 12}};
    start(whole);
    REQUIRE(whole.history().size() == 37);
    for (std::size_t rows = 0; rows <= 37; ++rows) {
        CAPTURE(rows);
        nas::search search{evolution(), measure, {.seed = 12}};
        search.resume(nas::testing::first_rows(whole.history(), rows));
        start(search);
        CHECK(nas::testing::difference(search.history(), whole.history()) == "");
    }
}

TEST_CASE("warm_start refuses before it tells: other imports, its own history, what is not in the space") {
    const auto past = nas::testing::first_rows(uninterrupted(1), 6);
    nas::search whole{evolution(), measure, {.seed = 12}};
    whole.warm_start(past);
    CHECK_THROWS_WITH_AS(whole.warm_start(whole.history()), "nas::search: a search cannot import its own history",
                         std::invalid_argument);
    nas::search search{evolution(), measure, {.seed = 12}};
    search.resume(whole.history());
    nas::search other{evolution(), measure, {.seed = 13}};
    other.run({.trials = 9});
    CHECK_THROWS_WITH_AS(
        search.warm_start(other.history()),
        "nas::search: trial 0 of the resumed history was imported from another history than the one to "
        "import now, whose trial 0 differs; import the same, in the same order",
        std::invalid_argument);
    search.warm_start(past);
    CHECK(search.history().size() == 6);

    nas::history<cells> wider(cells{6});
    wider.append({{arch{1, 1, 1, 1, 1, 1}, nas::no_trial, nas::full_fidelity}, 1.0}, 0);
    nas::trial<arch> outside{{arch{5, 0, 0, 0, 0, 0}}, 1};
    outside.id = 1;
    wider.append(outside, 1);
    CHECK_THROWS_AS(search.warm_start(wider), std::invalid_argument);
    CHECK(search.history().size() == 6);  // not the first of them either
}

TEST_CASE("warm_start refuses the search's own history, as from its file") {
    nas::search search{evolution(), measure, {.seed = 12}};
    search.run({.trials = 9, .batch = 2});
    for (const std::size_t rows : {3U, 9U}) {
        nas::search again{evolution(), measure, {.seed = 12}};
        again.resume(search.history());
        CHECK_THROWS_WITH_AS(again.warm_start(nas::testing::first_rows(search.history(), rows)),
                             "nas::search: a search cannot import its own history", std::invalid_argument);
        CHECK(again.history().size() == 9);
    }
}

TEST_CASE("warm_start: metrics go by their names") {
    struct named {
        std::vector<std::string> names;
        std::vector<std::string> metric_names() const { return names; }
        nas::evaluation<> operator()(const arch& what) const {
            nas::evaluation<> result = what[0];
            for (const std::string& name : names) result.metrics.push_back(name == "loss" ? 0.5 : 0.25);
            return result;
        }
    };
    nas::search first{evolution(), named{{"seconds", "loss"}}, {.seed = 1}};
    first.run({.trials = 3});
    nas::search second{evolution(), named{{"loss", "size"}}, {.seed = 2}};
    second.warm_start(first.history());
    REQUIRE(second.history().metrics(2).size() == 2);
    CHECK(second.history().metrics(2)[0] == 0.5);
    CHECK(std::isnan(second.history().metrics(2)[1]));
}

TEST_CASE("resume: what was enqueued and asked by hand is evaluated once each, whatever was told when") {
    const nas::choice_space<3> space{3};
    using small = nas::choice_space<3>::arch_type;
    const nas::search_options<small> options{.enqueue = {small{2, 2, 2}, small{1, 1, 1}, small{0, 2, 0}}};
    const auto make = [&] {
        return nas::search{nas::grid_search{space}, [](const small& what) { return double(what[0]); }, options};
    };
    auto search = make();
    std::vector<nas::proposal<small>> open;
    for (int i = 0; i < 6; ++i) open.push_back(*search.ask());
    for (const std::size_t place : {4U, 1U, 3U}) search.tell(open[place], 1);  // then the process ends
    auto resumed = make();
    resumed.resume(search.history());
    std::vector<small> asked;
    for (std::size_t row = 0; row < 3; ++row) asked.push_back(search.history().arch(row));
    while (const auto next = resumed.ask()) {
        asked.push_back(next->arch);
        resumed.tell(*next, 1);
    }
    CHECK(asked.size() == 3 + 27);  // 27 of the grid, 3 enqueued
    CHECK(asked[3] == small{2, 2, 2});
    CHECK(asked[4] == small{0, 2, 0});
    CHECK(asked[5] == open[5].arch);
    CHECK(asked[6] == small{0, 1, 0});
    nas::search other{nas::grid_search{space}, [](const small& what) { return double(what[0]); }};
    CHECK_THROWS_WITH_AS(
        other.resume(search.history()),
        "nas::search: trial 1 of the history to resume is of a search with other enqueued architectures",
        std::invalid_argument);
}

TEST_CASE("resume: stop rules see what was told") {
    const auto whole = uninterrupted(1);
    nas::search search{evolution(), measure, {.seed = 11, .stop = {.trials = 10}}};
    search.resume(nas::testing::first_rows(whole, 10));
    CHECK(search.run() == nas::stop_reason::trials);
    CHECK(search.run({.batch = 4}) == nas::stop_reason::trials);
    CHECK(!search.ask());
    CHECK(search.history().size() == 10);
    nas::search cost{evolution(), measure, {.seed = 11}};
    cost.resume(nas::testing::first_rows(whole, 10));
    CHECK(cost.run({.cost = cost.history().total_cost()}) == nas::stop_reason::cost);
    CHECK(cost.history().size() == 10);
}

TEST_CASE("resume: only what has not begun") {
    nas::search search{evolution(), measure, {.seed = 11}};
    search.run({.trials = 1});
    CHECK_THROWS_WITH_AS(
        search.resume(uninterrupted(1)),
        "nas::search: only a search that has not begun can resume: call resume before warm_start, ask and run",
        std::logic_error);
}

TEST_CASE("stop_when: a search goes on where it was interrupted") {
    for (const std::size_t batch : {1U, 4U}) {
        const auto whole = uninterrupted(batch);
        for (std::size_t after = 0; after < trials; ++after) {
            nas::search search{evolution(), measure, {.seed = 11}};
            std::size_t checks = 0;
            bool stop = true;
            // Asked before each trial or so: the search is cut somewhere, inside batches too.
            search.stop_when([&] { return stop && ++checks > after; });
            CHECK(search.run({.trials = trials, .batch = batch}) == nas::stop_reason::interrupted);
            CHECK(search.reason() == nas::stop_reason::interrupted);
            CHECK(search.history().size() < trials);
            CHECK(search.run({.trials = trials, .batch = batch}) == nas::stop_reason::interrupted);
            stop = false;
            CHECK(search.run({.trials = trials, .batch = batch}) == nas::stop_reason::trials);
            CHECK(nas::testing::difference(search.history(), whole) == "");
        }
    }
}

TEST_CASE("stop_when: an evaluation that gives up leaves its trial open") {
    for (const std::size_t batch : {1U, 3U}) {
        bool stop = false;
        bool once = true;
        const auto patient = [&](const arch& what, const nas::context& about) -> nas::evaluation<> {
            if (about.id() == 5 && std::exchange(once, false)) {
                stop = true;  // Ctrl-C while it trains
                about.report(1, 0.125);
                if (about.stop_requested())
                    return nas::evaluation<>::failure("what an evaluation that gave up says is dropped");
            }
            return measure(what, about);
        };
        nas::search search{evolution(), patient, {.seed = 11}};
        search.stop_when([&] { return stop; });
        CHECK(search.run({.trials = trials, .batch = batch}) == nas::stop_reason::interrupted);
        CHECK(search.history().size() == 5);
        REQUIRE(search.pending().size() == 1);
        CHECK(search.pending().front().id == 5);
        stop = false;
        CHECK(search.run({.trials = trials, .batch = batch}) == nas::stop_reason::trials);
        CHECK(nas::testing::difference(search.history(), uninterrupted(batch)) == "");
    }
}

TEST_CASE("fatal errors come out of run, leave their trial open, and the search goes on") {
    for (const std::size_t batch : {1U, 4U})
        for (nas::trial_id culprit = 0; culprit < trials; ++culprit) {
            bool broken = true;
            const auto fragile = [&](const arch& what, const nas::context& about) {
                if (broken && about.id() == culprit) throw nas::fatal_error("no such table");
                return measure(what, about);
            };
            nas::search search{evolution(), fragile, {.seed = 11}};
            CHECK_THROWS_WITH_AS(search.run({.trials = trials, .batch = batch}), "no such table", nas::fatal_error);
            CHECK(search.history().size() == culprit);
            CHECK(!search.pending().empty());
            CHECK(search.pending().front().id == culprit);
            CHECK_THROWS_AS(search.run({.trials = trials, .batch = batch}), nas::fatal_error);
            broken = false;
            CHECK(search.run({.trials = trials, .batch = batch}) == nas::stop_reason::trials);
            CHECK(nas::testing::difference(search.history(), uninterrupted(batch)) == "");
        }
}
