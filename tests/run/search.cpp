// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <stdexcept>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/aggregate_space.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using cells = nas::choice_space<3>;
using arch = cells::arch_type;

double sum(const arch& what) { return what[0] + what[1] + what[2]; }

struct layer {
    bool conv = false;
    int size = 1;
    int note = 0;
    friend bool operator==(const layer&, const layer&) = default;
};

/// 27 architectures in the order 000, 001, ...: what a test can predict.
nas::grid_search<cells> grid() { return nas::grid_search{cells{3}}; }

}  // namespace

TEST_CASE("search: a run of so many trials") {
    nas::search search{grid(), sum};
    CHECK(search.reason() == nas::stop_reason::none);
    CHECK(search.run({.trials = 10}) == nas::stop_reason::trials);
    CHECK(search.reason() == nas::stop_reason::trials);
    REQUIRE(search.history().size() == 10);
    for (std::size_t row = 0; row < 10; ++row) {
        CHECK(search.history().arch(row) == search.space().at(row));
        CHECK(search.history().value(row) == sum(search.space().at(row)));
        CHECK(search.history().id(row) == row);
        CHECK(search.history().told_when_asked(row) == row);
    }
    CHECK(search.run({.trials = 10}) == nas::stop_reason::trials);
    CHECK(search.history().size() == 10);
    CHECK(search.run({.trials = 15}) == nas::stop_reason::trials);
    CHECK(search.history().size() == 15);
}

TEST_CASE("search: runs out of architectures") {
    for (const std::size_t batch : {1U, 4U, 27U, 100U}) {
        nas::search search{grid(), sum};
        CHECK(search.run({.batch = batch}) == nas::stop_reason::exhausted);
        CHECK(search.history().size() == 27);
        CHECK(search.history().best().value() == 6);
        CHECK(!search.ask());
        CHECK(search.reason() == nas::stop_reason::exhausted);
    }
}

TEST_CASE("search: batches ask before they tell") {
    nas::search search{grid(), sum};
    search.run({.trials = 10, .batch = 4});
    const std::vector<std::size_t> expected{0, 0, 0, 0, 4, 4, 4, 4, 8, 8};
    for (std::size_t row = 0; row < 10; ++row) CHECK(search.history().told_when_asked(row) == expected[row]);
    CHECK(search.pending().empty());
    CHECK_THROWS_WITH_AS(search.run({.batch = 0}), "nas::search: batch (0) must be in [1, 1000000]",
                         std::invalid_argument);
}

TEST_CASE("search: ask and tell by hand") {
    nas::search search{grid(), sum, {.stop = {.trials = 4}}};
    const auto first = search.ask();
    const auto second = search.ask();
    const auto third = search.ask();
    REQUIRE((first && second && third));
    CHECK(first->id == 0);
    CHECK(third->id == 2);
    CHECK(search.pending().size() == 3);
    CHECK(search.pending()[1] == *second);
    search.tell(*third, 0.5);
    search.abandon(*first);
    search.tell(*second, nas::evaluation<>(0.25, 10));
    CHECK(search.pending().empty());
    REQUIRE(search.history().size() == 3);
    CHECK(search.history().id(0) == 2);
    CHECK(search.history().id(1) == 0);
    CHECK(search.history().id(2) == 1);
    CHECK(search.history().arch(1) == first->arch);
    CHECK(search.history().status(1) == nas::trial_status::failed);
    CHECK(search.history().reason(1) == "abandoned");
    CHECK(search.history().cost(2) == 10);
    CHECK(search.history().told_when_asked(2) == 0);
    CHECK(search.history().best().id == 2);

    const auto fourth = search.ask();
    REQUIRE(fourth);
    CHECK(!search.ask());  // the fourth is under way
    CHECK(search.reason() == nas::stop_reason::trials);
    search.abandon(*fourth, "the machine is gone");
    CHECK(search.history().reason(3) == "the machine is gone");
    CHECK(search.history().told_when_asked(3) == 3);
    CHECK(!search.ask());
}

TEST_CASE("search: `while (ask)` ends") {
    nas::search search{grid(), sum};
    std::size_t told = 0;
    while (auto next = search.ask()) {
        search.tell(*next, sum(next->arch));
        ++told;
    }
    CHECK(told == 27);
}

TEST_CASE("search: a proposal is told once") {
    nas::search search{grid(), sum};
    const auto first = search.ask();
    search.tell(*first, 1);
    CHECK_THROWS_WITH_AS(search.tell(*first, 1),
                         "nas::search: proposal 0 is not pending: it was told already, or never asked here",
                         std::invalid_argument);
    CHECK_THROWS_AS(search.abandon(*first), std::invalid_argument);
    nas::proposal<arch> stranger{arch{}};
    stranger.id = 77;
    CHECK_THROWS_WITH_AS(search.tell(stranger, 1),
                         "nas::search: proposal 77 is not pending: it was told already, or never asked here",
                         std::invalid_argument);
    CHECK(search.history().size() == 1);
}

TEST_CASE("search: a proposal is told with the architecture it was asked with") {
    nas::search search{grid(), sum};
    auto asked = *search.ask();
    asked.arch[2] = 2;
    CHECK_THROWS_WITH_AS(search.tell(asked, 1), "nas::search: proposal 0 was asked with 000, and is told with 002",
                         std::invalid_argument);
    CHECK(search.pending().size() == 1);
}

TEST_CASE("search: a run leaves what the caller asked for to the caller") {
    for (const std::size_t batch : {1U, 2U}) {
        nas::search search{grid(), sum};
        const auto mine = search.ask();
        CHECK(search.run({.trials = 5, .batch = batch}) == nas::stop_reason::trials);  // the open one counts
        CHECK(search.history().size() == 4);
        CHECK(search.pending().size() == 1);
        search.tell(*mine, -1);
        CHECK(search.history().id(4) == 0);
        CHECK(search.history().size() == 5);
    }
}

TEST_CASE("search: enqueued architectures come first") {
    for (const std::size_t batch : {1U, 2U, 5U}) {
        nas::search search{grid(), sum, {.enqueue = {arch{2, 2, 2}, arch{1, 1, 1}, arch{2, 2, 2}}}};
        search.run({.trials = 5, .batch = batch});
        CHECK(search.history().arch(0) == arch{2, 2, 2});
        CHECK(search.history().arch(1) == arch{1, 1, 1});
        CHECK(search.history().arch(2) == arch{2, 2, 2});
        CHECK(search.history().arch(3) == arch{0, 0, 0});  // the grid begins at its beginning
        CHECK(search.history().arch(4) == arch{0, 0, 1});
        CHECK(search.history().origin(2) == nas::trial_origin::enqueued);
        CHECK(search.history().origin(3) == nas::trial_origin::asked);
    }
    CHECK_THROWS_WITH_AS((nas::search{grid(), sum, {.enqueue = {arch{1, 1, 1}, arch{1, 3, 1}}}}),
                         "nas::search: an enqueued architecture is not in the space: 131", std::invalid_argument);
}

TEST_CASE("search: an enqueued architecture with a value of what does not count is refused by its name") {
    const nas::choice_space<> space{std::vector<nas::decision>{
        {"op", 2, {"skip", "conv"}},
        {"size", 3, {"1", "3", "5"}, nas::decision_tag::size, nas::condition{0, nas::choice_mask({1})}}}};
    using flat = nas::choice_space<>::arch_type;
    const auto zero = [](const flat&) { return 0.0; };
    CHECK_THROWS_WITH_AS((nas::search{nas::random_search{space}, zero, {.enqueue = {flat{1, 2}, flat{0, 2}}}}),
                         "nas::search: an enqueued architecture is not in the space: op=skip: 'size' does not count "
                         "there, and must then be its first choice, '1', not '5'",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::search{nas::random_search{space}, zero, {.enqueue = {flat{1, 3}}}}),
                         "nas::search: an enqueued architecture is not in the space: op=conv, size=3",
                         std::invalid_argument);
    const nas::aggregate_space cells_of_struct{nas::member<&layer::conv>(),
                                               nas::member<&layer::size>({1, 3, 5}).when<&layer::conv>(true)};
    const auto refused = [&](layer first, const char* sentence) {
        CHECK_THROWS_WITH_AS(
            (nas::search{nas::random_search{cells_of_struct}, [](const layer&) { return 0.0; }, {.enqueue = {first}}}),
            sentence, std::invalid_argument);
        CHECK_NOTHROW(nas::search{nas::random_search{cells_of_struct},
                                  [](const layer&) { return 0.0; },
                                  {.enqueue = {cells_of_struct.canonical(first)}}});
    };
    refused(
        {.conv = false, .size = 5},
        "nas::search: an enqueued architecture is not in the space: conv=false: 'size' does not count there, and must "
        "then be its first choice, '1', not '5'; canonical(arch) of the space makes it so");
    refused(
        {.conv = true, .size = 5, .note = 3},
        "nas::search: an enqueued architecture is not in the space: conv=true, size=5: what the space does not list "
        "must be what a default-constructed one has; canonical(arch) of the space makes it so");

    nas::history<nas::choice_space<>> other(nas::choice_space<>{2, 3});
    nas::trial<flat> outside{{flat{0, 1}}, 1};
    outside.id = 0;
    other.append(outside, 0);
    nas::search search{nas::random_search{space}, zero};
    CHECK_THROWS_WITH_AS(search.warm_start(other),
                         "nas::search: trial 0 of the imported history is not in the space: 01: 'size' does not count "
                         "there, and must then be its first choice, '1', not '3'",
                         std::invalid_argument);
}

TEST_CASE("search: a warm start tells imported trials, free of charge") {
    nas::search first{grid(), [](const arch& what) { return nas::evaluation<>(sum(what), 5); }};
    first.run({.trials = 4});
    nas::search search{nas::regularized_evolution{cells{3}, {.population = 4, .tournament = 4}}, sum, {.seed = 3}};
    search.warm_start(first.history());
    CHECK(search.history().size() == 4);
    CHECK(search.history().origin(3) == nas::trial_origin::imported);
    CHECK(search.history().total_cost() == 0);
    CHECK(search.history().best().arch == arch{0, 0, 2});
    CHECK(search.run({.trials = 1}) == nas::stop_reason::trials);  // imported ones do not count
    CHECK(search.history().size() == 5);
    CHECK(search.history().id(4) == 4);
    CHECK(search.history().parent(4) != nas::no_trial);  // the population is full of imported ones

    nas::history<nas::choice_space<3>> other(nas::choice_space<3>{5});
    nas::trial<arch> outside{{arch{4, 0, 0}}, 1};
    outside.id = 9;
    other.append(outside, 0);
    CHECK_THROWS_WITH_AS(search.warm_start(other),
                         "nas::search: trial 9 of the imported history is not in the space: 400",
                         std::invalid_argument);
}

TEST_CASE("search: observers see every trial when it is told") {
    nas::search search{grid(), sum};
    std::vector<std::size_t> sizes;
    std::vector<double> last;
    search.observe([&](const auto& history) { sizes.push_back(history.size()); });
    search.observe([&](const auto& history) { last.push_back(history.value(history.size() - 1)); });
    search.run({.trials = 2});
    search.run({.trials = 4, .batch = 2});
    search.tell(*search.ask(), 9);
    CHECK(sizes == std::vector<std::size_t>{1, 2, 3, 4, 5});
    CHECK(last == std::vector<double>{0, 1, 2, 1, 9});
}

TEST_CASE("search: an observer may add observers, and may not change the search") {
    nas::search search{grid(), sum};
    std::size_t added = 0;
    std::size_t calls = 0;
    search.observe([&, padding = std::vector<int>(100)](const auto&) {
        for (int i = 0; i < 10; ++i) search.observe([&](const auto&) { ++calls; });
        added += padding.size() / 10;
    });
    search.run({.trials = 3});
    CHECK(added == 30);
    CHECK(calls == 0 + 10 + 20);

    nas::search closed{grid(), sum};
    closed.observe([&](const auto&) { closed.ask(); });
    CHECK_THROWS_WITH_AS(closed.run({.trials = 3}),
                         "nas::search: 'ask' cannot be called by an observer or an evaluator of the same search",
                         std::logic_error);
    CHECK(closed.history().size() == 1);
}
