// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/local_search.hpp>

#include <algorithm>
#include <cmath>
#include <set>

#include <nas/data/csv.hpp>
#include "data_dir.hpp"
#include "searching.hpp"

using namespace nas::tests;
using nas::improvement_rule;

static_assert(nas::Searcher<nas::local_search<cells>>);

namespace {

std::vector<cell> neighbors_of(const cell& arch) {
    std::vector<cell> all;
    nas::rng random{1};  // of which nothing is drawn
    nas::neighbors(cells{5}, arch, random, all);
    return all;
}

// Follows a serial search on values without ties by the rules, written down plainly: descents that start at the best of
// `initial` samples, in which every trial is an unseen neighbour of the incumbent; from a local optimum on to the next best.
// Returns how often it went on from an optimum.
template <class History>
std::size_t check_descents(const History& history, const nas::local_search_options& options) {
    std::set<cell> seen;
    std::size_t row = 0;
    std::size_t descents = 0;
    std::size_t continuations = 0;
    const auto next = [&](nas::trial_id parent) {
        const auto one = history[row++];
        REQUIRE(one.parent == parent);
        REQUIRE(seen.insert(one.arch).second);
        return one;
    };
    using trial = decltype(next(nas::no_trial));
    while (row < history.size()) {
        ++descents;
        std::vector<trial> candidates;  // best first
        const auto remember = [&](const trial& one) {
            candidates.push_back(one);
            std::sort(candidates.begin(), candidates.end(),
                      [](const trial& x, const trial& y) { return x.value() > y.value(); });
            if (candidates.size() > std::max<std::size_t>(1, options.continuations)) candidates.pop_back();
        };
        const auto take = [&] {
            const trial best = candidates.front();
            candidates.erase(candidates.begin());
            return best;
        };
        for (std::size_t i = 0; i < options.initial && row < history.size(); ++i) remember(next(nas::no_trial));
        auto incumbent = take();
        double summit = -1;
        std::size_t continued = 0;
        while (row < history.size()) {
            std::vector<cell> open;
            for (const cell& neighbor : neighbors_of(incumbent.arch))
                if (!seen.contains(neighbor)) open.push_back(neighbor);
            const nas::trial_id from = incumbent.id;
            for (std::size_t left = open.size(); left > 0 && incumbent.id == from && row < history.size(); --left) {
                const auto one = next(from);
                REQUIRE(std::count(open.begin(), open.end(), one.arch) == 1);
                if (options.improvement == improvement_rule::first && one.value() > incumbent.value()) {
                    incumbent = one;
                } else {
                    remember(one);
                }
            }
            if (incumbent.id != from) continue;
            if (!candidates.empty() && candidates.front().value() > incumbent.value()) {
                incumbent = take();
                continue;
            }
            if (incumbent.value() > summit) {
                summit = incumbent.value();
                continued = 0;
            }
            if (candidates.empty() || continued++ == options.continuations) break;
            ++continuations;
            incumbent = take();
        }
    }
    CHECK(descents > 3);
    return continuations;
}

}  // namespace

TEST_CASE("local search follows the paper's descents, steepest and first improvement, and never repeats itself") {
    for (const improvement_rule rule : {improvement_rule::steepest, improvement_rule::first}) {
        for (const std::size_t initial : {1U, 10U}) {
            for (const std::size_t continuations : {0U, 1U, 3U}) {
                const nas::local_search_options options{
                    .improvement = rule, .initial = initial, .continuations = continuations};
                nas::search search{nas::local_search{cells{5}, options}, rugged, {.seed = 6}};
                search.run({.trials = 1500});
                CHECK((check_descents(search.history(), options) > 0) == (continuations > 0));
            }
        }
    }
}

TEST_CASE("local search moves to equals where it may, and so crosses a plateau") {
    const landscape flat = [](const cell&) { return 1.0; };
    for (const bool accept_equal : {true, false}) {
        nas::search search{
            nas::local_search{cells{5}, {.initial = 1, .continuations = 0, .accept_equal = accept_equal}}, flat, {}};
        search.run({.trials = 25});
        for (std::size_t row = 1; row < 25; ++row)
            CHECK(search.history()[row].parent == (accept_equal ? row - 1 : std::size_t{0}));
    }
    nas::search steepest{
        nas::local_search{cells{5}, {.improvement = improvement_rule::steepest, .initial = 1}}, flat, {}};
    steepest.run({.trials = 26});
    CHECK(steepest.history()[24].parent == 0);
    CHECK(steepest.history()[25].parent == 1);
}

TEST_CASE("local search proposes no network twice, until there is none left") {
    for (const improvement_rule rule : {improvement_rule::steepest, improvement_rule::first})
        check_proposes_all_once([&](const auto& space) {
            return nas::local_search{space, {.improvement = rule, .initial = 2}};
        });
    CHECK(nas::local_search{cells{5}, {.initial = 7}}.initial_trials() == 7);
}

TEST_CASE("local search visits the neighbours of an incumbent in random order") {
    std::set<cell> first;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        nas::search search{nas::local_search{cells{5}, {.initial = 1}}, rugged, {.seed = seed, .enqueue = {cell{}}}};
        search.run({.trials = 2});
        first.insert(search.history()[1].arch);
    }
    CHECK(first.size() > 15);  // of 24
}

TEST_CASE("local search without restarts ends at a local optimum") {
    for (const improvement_rule rule : {improvement_rule::steepest, improvement_rule::first}) {
        for (const std::size_t batch : {1U, 5U}) {
            nas::search search{
                nas::local_search{cells{5}, {.improvement = rule, .restarts = false}}, rugged, {.seed = 9}};
            CHECK(search.run({.batch = batch}) == nas::stop_reason::exhausted);
            CHECK(search.history().size() < 500);
            const auto best = search.history().best();
            for (const cell& neighbor : neighbors_of(best.arch)) CHECK(rugged(neighbor) < best.value());
            CHECK_FALSE(search.ask());
        }
    }
}

TEST_CASE("local search exhausts a space and visits every architecture once, in batches too") {
    const cells small{std::array{2, 3, 4, 1, 3, 4}};
    for (const improvement_rule rule : {improvement_rule::steepest, improvement_rule::first}) {
        for (const std::size_t batch : {1U, 3U, 40U, 1000U}) {
            nas::search search{nas::local_search{small, {.improvement = rule, .retries = 1}}, separable, {.seed = 2}};
            CHECK(search.run({.batch = batch}) == nas::stop_reason::exhausted);
            CHECK(search.history().size() == 288);
            CHECK(visited(search).size() == 288);
        }
    }
    nas::search single{nas::local_search{cells{1}}, separable, {}};
    CHECK(single.run() == nas::stop_reason::exhausted);
    CHECK(single.history().size() == 1);
}

TEST_CASE("local search exhausts a conditional space") {
    nas::search search{nas::local_search{conditional_space()}, [](const auto& arch) { return double(arch[1]); }, {}};
    CHECK(search.run() == nas::stop_reason::exhausted);
    CHECK(search.history().size() == 11);
    CHECK(visited(search).size() == 11);
}

TEST_CASE("local search: a decision that switches on twelve others costs neither memory nor its way") {
    std::vector<nas::decision> table{{"on", 2}};
    for (std::size_t i = 0; i < 12; ++i)
        table.push_back(
            {"d" + std::to_string(i), 8, {}, nas::decision_tag::generic, nas::condition{0, nas::choice_mask{1}}});
    const nas::choice_space<> space{table};
    const auto sum = [](const auto& arch) {
        double total = 0;
        for (const std::uint8_t value : arch) total += value;
        return total;
    };
    nas::search search{nas::local_search{space, {.initial = 1}}, sum, {.seed = 1, .enqueue = {space.parse("on=0")}}};
    search.run({.trials = 2});
    CHECK(search.history().parent(1) == 0);
    CHECK(search.history().arch(1)[0] == 1);
    search.run({.trials = 1500});
    CHECK(search.history().best().value() == 1 + 12 * 7);
}

TEST_CASE("local search leaves the neighbourhood of its first network: four stages, each with layers of its own") {
    // As a network of stages reads: how many layers a stage has, and of each layer its operation and what that one has.
    std::vector<nas::decision> table;
    for (std::size_t stage = 0; stage < 4; ++stage) {
        const std::string at = "stages/" + std::to_string(stage) + "/";
        const std::size_t depth = table.size();
        table.push_back({at + "depth", 3, {"1", "2", "3"}});
        for (std::size_t layer = 0; layer < 3; ++layer) {
            const std::size_t op = table.size();
            nas::decision row{at + std::to_string(layer) + "/op", 3, {"conv", "pool", "skip"}};
            nas::choice_mask deep;
            for (std::size_t least = layer; least < 3; ++least) deep.insert(least);
            if (layer > 0) row.when = nas::condition{depth, deep};
            table.push_back(row);
            table.push_back(
                {at + std::to_string(layer) + "/kernel", 4, {}, nas::decision_tag::size, nas::condition{op, {0}}});
            table.push_back(
                {at + std::to_string(layer) + "/filters", 4, {}, nas::decision_tag::size, nas::condition{op, {0}}});
        }
    }
    const nas::choice_space<> space{table};
    const auto worth = [](const auto& arch) {
        double total = 0;
        for (std::size_t i = 0; i < arch.size(); ++i) total += arch[i] * (1.0 + static_cast<double>(i % 5));
        return total;
    };
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        nas::search search{nas::local_search{space}, worth, {.seed = seed}};
        search.run({.trials = 300});
        std::set<nas::trial_id> incumbents;
        for (std::size_t row = 0; row < 300; ++row) incumbents.insert(search.history().parent(row));
        CHECK(incumbents.size() > 3);  // moved at least twice
    }
}

TEST_CASE("local search works in a space that only has its own neighbours") {
    nas::search search{
        nas::local_search{line_space{}, {.retries = 5000}}, [](int at) { return -std::abs(at - 60); }, {.seed = 1}};
    search.run({.target = 0});
    CHECK(search.history().best().arch == 60);
    CHECK(search.run() == nas::stop_reason::exhausted);
    CHECK(search.history().size() == 100);
}

TEST_CASE("local search starts from what was enqueued, and moves to what is told and better") {
    const cell start{0, 1, 2, 3, 4, 0};
    nas::search search{
        nas::local_search{cells{5}, nas::local_search_options::white_2020()}, separable, {.enqueue = {start}}};
    auto foreign = search.ask();
    search.tell(*foreign, separable(start));
    auto first = search.ask();
    auto second = search.ask();
    auto third = search.ask();
    CHECK(first->parent == 0);
    CHECK(distance(first->arch, start) == 1);
    CHECK(second->arch != first->arch);
    CHECK(third->arch != second->arch);
    // Told out of order, one abandoned: neither comes again.
    search.tell(*second, -1);
    search.abandon(*first);
    std::set<cell> seen{start, first->arch, second->arch, third->arch};
    for (std::size_t i = 0; i < 21; ++i) {
        auto next = search.ask();
        REQUIRE(next->parent == 0);
        CHECK(seen.insert(next->arch).second);
        search.tell(*next, -2);
    }
    // All neighbours but the pending one are told: an architecture from elsewhere keeps the workers busy.
    auto filler = search.ask();
    CHECK(filler->parent == nas::no_trial);
    CHECK(seen.insert(filler->arch).second);
    search.tell(*filler, 1000);
    search.tell(*third, -3);
    CHECK(search.ask()->parent == filler->id);
}

TEST_CASE("local search with first improvement moves at once to a better trial that is told late") {
    nas::search search{nas::local_search{cells{5}, {.initial = 1}}, separable, {.seed = 3}};
    auto start = search.ask();
    search.tell(*start, 1);
    auto a = search.ask();
    auto b = search.ask();
    search.tell(*b, 2);
    CHECK(search.ask()->parent == b->id);
    search.tell(*a, 3);
    CHECK(search.ask()->parent == a->id);
}

TEST_CASE("local search beats random search on a separable landscape") {
    for (const improvement_rule rule : {improvement_rule::steepest, improvement_rule::first})
        for (const std::size_t batch : {1U, 8U})
            check_beats_random(nas::local_search{cells{5}, {.improvement = rule}}, 150, batch);
}

TEST_CASE("local search refuses options out of range and reads them from text") {
    CHECK_THROWS_WITH_AS((nas::local_search{cells{5}, {.initial = 0}}),
                         "nas::local_search: initial (0) must be in [1, 1e+09]", std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::local_search{cells{5}, {.retries = 0}}),
                         "nas::local_search: retries (0) must be in [1, 1e+06]", std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::parse_options<nas::local_search_options>("nas::local_search", "improvement=best"),
                         "nas::local_search: improvement ('best') must be one of steepest, first",
                         std::invalid_argument);
    const auto options =
        nas::parse_options<nas::local_search_options>("nas::local_search", "improvement=first,restarts=false");
    CHECK(options.improvement == improvement_rule::first);
    CHECK_FALSE(options.restarts);
}

TEST_CASE("local search on NAS-Bench-201 takes as many evaluations as published") {
    const auto file = data_file("nb201.csv");
    if (!file) return;
    const auto table = nas::csv_table::read(*file);
    const cells space{5};
    const auto column = [&](const char* name) {
        const std::size_t code = table.column("code");
        const std::size_t from = table.column(name);
        std::vector<double> values(space.size());
        for (std::size_t row = 0; row < table.rows(); ++row)
            values[space.index(space.parse(table.field(row, code)))] = table.number(row, from);
        return values;
    };
    constexpr std::size_t seeds = 500;
    auto first_improvement = nas::local_search_options::white_2020();
    first_improvement.improvement = improvement_rule::first;
    std::vector<double> values;
    const landscape evaluator = [&](const cell& arch) { return values[space.index(arch)]; };

    SUBCASE("evaluations until the optimum of c100_val200_pct: 127 published, 123 and 61 re-run") {
        values = column("c100_val200_pct");
        const double optimum = *std::max_element(values.begin(), values.end());
        CHECK(optimum == 73.4933);
        const auto mean_evaluations = [&](nas::local_search_options options) {
            double total = 0;
            for (std::uint64_t seed = 0; seed < seeds; ++seed) {
                nas::search search{nas::local_search{space, options}, evaluator, {.seed = seed}};
                CHECK(search.run({.target = optimum}) == nas::stop_reason::target);
                total += static_cast<double>(search.history().size());
            }
            return total / seeds;
        };
        const double steepest = mean_evaluations(nas::local_search_options::white_2020());
        const double first = mean_evaluations(first_improvement);
        MESSAGE("steepest " << steepest << ", first improvement " << first);
        CHECK(steepest > 110);
        CHECK(steepest < 140);
        CHECK(first > 55);
        CHECK(first < 70);
    }

    SUBCASE("best of 100 evaluations with first improvement, 300 re-runs") {
        struct published {
            std::string column;
            double mean;
            double deviation;
            double share;
        };
        for (const published& row :
             {published{"c10_val200_pct", 91.546, 0.14, 0.78}, published{"c100_val200_pct", 73.333, 0.53, 0.87},
              published{"in16_val200_pct", 46.364, 0.35, 0.08}}) {
            CAPTURE(row.column);
            values = column(row.column.c_str());
            const double optimum = *std::max_element(values.begin(), values.end());
            const auto best = best_values(nas::local_search{space, first_improvement}, evaluator, seeds, 100);
            const double share = static_cast<double>(std::count(best.begin(), best.end(), optimum)) / seeds;
            const double mean = nas::summarize(best).mean;
            MESSAGE(row.column << ": " << mean << ", " << share << " at the optimum");
            CHECK(std::abs(mean - row.mean) < 4 * row.deviation * std::sqrt(1. / 300 + 1. / seeds));
            CHECK(std::abs(share - row.share) < 4 * std::sqrt(row.share * (1 - row.share) * (1. / 300 + 1. / seeds)));
        }
    }
}

namespace {

/// Tells `search` what `arch` is worth.
template <class Searcher>
void tell(Searcher& searcher, const cell& arch, double value, nas::rng& random, nas::trial_id id) {
    nas::trial<cell> told{{arch}, {}};
    told.id = id;
    told.result = value;
    searcher.tell(told, random);
}

}  // namespace

TEST_CASE("local search takes a repeat of the incumbent for what that is worth, not for a step") {
    nas::rng random(1);
    nas::local_search searcher{cells{5}, {.initial = 1}};
    const auto next = [&] { return *searcher.ask(nas::ask_view<cell>{}, random); };
    const cell start{};
    tell(searcher, start, 9, random, 0);
    const cell worse = next().arch;
    tell(searcher, worse, 5, random, 1);
    CHECK(next().parent == 0);
    tell(searcher, start, 4, random, 2);  // 9 was luck
    CHECK(next().parent == 0);
    const cell better = next().arch;
    tell(searcher, better, 4.5, random, 3);
    CHECK(next().parent == 3);
    tell(searcher, better, 4.4, random, 4);
    // At this local optimum it goes on at the next best, and not at the repeat.
    nas::trial_id id = 5;
    for (; next().parent == 3; ++id) tell(searcher, next().arch, 1, random, id);
    CHECK(id > 20);
    CHECK(next().parent == 1);
}

TEST_CASE("local search is not led away from a descent by repeats of what it has moved to before") {
    nas::rng random(1);
    nas::local_search searcher{cells{5}, {.initial = 2, .continuations = 0}};
    const auto next = [&] { return *searcher.ask(nas::ask_view<cell>{}, random); };
    const cell leader{4, 4, 4, 4, 4, 4};
    nas::trial_id id = 0;
    tell(searcher, leader, 9, random, id++);
    tell(searcher, next().arch, 1, random, id++);
    while (next().parent == 0) tell(searcher, next().arch, 1, random, id++);
    CHECK(next().parent == nas::no_trial);  // a local optimum, and a restart
    tell(searcher, leader, 8.5, random, id++);
    tell(searcher, leader, 8.6, random, id++);
    CHECK(next().parent == nas::no_trial);  // of two samples it was told none
    tell(searcher, next().arch, 2, random, id++);
    const nas::trial_id start = id;
    tell(searcher, next().arch, 3, random, id++);
    CHECK(next().parent == start);
    tell(searcher, leader, 8.7, random, id++);
    CHECK(next().parent == start);
}
