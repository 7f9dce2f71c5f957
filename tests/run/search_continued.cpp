// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>

#include <nas/run/search.hpp>
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

TEST_CASE("resume: twice") {
    const auto whole = uninterrupted(4);
    nas::search first{evolution(), measure, {.seed = 11}};
    first.resume(nas::testing::first_rows(whole, 9));
    first.run({.trials = 17, .batch = 4});
    CHECK(first.history().size() == 17);
    nas::search second{evolution(), measure, {.seed = 11}};
    second.resume(first.history());
    second.run({.trials = trials, .batch = 4});
    CHECK(nas::testing::difference(second.history(), whole) == "");
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

TEST_CASE("resume: after a warm start") {
    const auto past = nas::testing::first_rows(uninterrupted(1), 6);
    for (const std::size_t batch : {1U, 4U}) {
        nas::search whole{evolution(), measure, {.seed = 12}};
        whole.warm_start(past);
        whole.run({.trials = 20, .batch = batch});
        REQUIRE(whole.history().size() == 26);
        for (std::size_t rows = past.size(); rows <= 26; ++rows) {
            nas::search search{evolution(), measure, {.seed = 12}};
            search.resume(nas::testing::first_rows(whole.history(), rows));
            search.run({.trials = 20, .batch = batch});
            CHECK(nas::testing::difference(search.history(), whole.history()) == "");
        }
    }
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
    CHECK_THROWS_WITH_AS(search.resume(uninterrupted(1)), "nas::search: only a search that has not begun can resume",
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
