// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <nas/evaluators/table.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/registry.hpp>
#include <nas/spaces/choice_space.hpp>

#include "allocation_count.hpp"

namespace {

using cells = nas::choice_space<6>;
using cell = cells::arch_type;

constexpr std::size_t warm_up = 1'000;
constexpr std::size_t measured = 1'000;
constexpr std::size_t trials = warm_up + measured;

/// Searchers that cannot do without, by name, with the reason. What they remember grows by doubling, as it does in others
/// unless they may repeat themselves: so these may here.
const std::map<std::string_view, std::string_view> exceptions{
    {"local_search", "it remembers every network that it was told"},
    {"mlpnas", "it remembers what it predicts from"},
};

/// These fit models, for milliseconds: what that allocates is nothing beside it.
const std::set<std::string_view> model_based{"gp_search", "smac", "bananas", "npenas", "predictor_search"};

bool may_allocate(std::string_view searcher) { return exceptions.contains(searcher) || model_based.contains(searcher); }

template <class Options>
Options with_repeats() {
    Options options;
    if constexpr (requires { options.repeats = true; }) options.repeats = true;
    return options;
}

double reward_of(const cell& arch) {
    double sum = 0;
    for (std::size_t i = 0; i < arch.size(); ++i) sum += static_cast<double>((i + 1) * ((arch[i] * 3U + i) % 5));
    return sum;
}

nas::table_evaluator<cells> mock_reward(const cells& space) {
    nas::table_data<cell> rows;
    for (std::size_t i = 0; i < space.size(); ++i) {
        rows.archs.push_back(space.at(i));
        rows.rewards.push_back(reward_of(rows.archs.back()));
        rows.costs.push_back(1);
    }
    return nas::table_evaluator<cells>(space, rows);
}

/// Notes how many allocations there were before trial number `warm_up` and before the last.
struct counts {
    std::size_t calls = 0;
    std::size_t before = 0;
    std::size_t after = 0;

    void call() {
        ++calls;
        if (calls == warm_up) before = allocations;
        if (calls == trials) after = allocations;
    }
    std::size_t between() const { return after - before; }
};

/// How many allocations `measured` trials took, in rows that were reserved.
template <class Searcher>
std::size_t allocations_of(const Searcher& searcher, const nas::run_options& options) {
    counts seen;
    nas::search search{searcher,
                       [&seen](const cell& arch) {
                           seen.call();
                           return reward_of(arch);
                       },
                       {.seed = 1}};
    search.run(options);
    REQUIRE(seen.calls == trials);
    return seen.between();
}

template <class Visit>
void for_each_without_exceptions(Visit visit) {
    nas::for_each_searcher<cells>([&](auto entry) {
        if (may_allocate(entry.name)) return;
        CAPTURE(entry.name);
        using entry_type = decltype(entry);
        visit(typename entry_type::template type<cells>(cells{5}, with_repeats<typename entry_type::options_type>()));
    });
}

}  // namespace

TEST_CASE("allocation: the counter counts") {
    const std::size_t before = allocations;
    ::operator delete(::operator new(1));
    ::operator delete (::operator new (64, std::align_val_t{64}), std::align_val_t{64});
    CHECK(allocations == before + 2);
}

TEST_CASE("allocation: after reserve a trial allocates nothing") {
    for_each_without_exceptions([](const auto& searcher) { CHECK(allocations_of(searcher, {.trials = trials}) == 0); });
}

TEST_CASE("allocation: nor where rules are checked after every trial") {
    const nas::run_options options{.trials = trials, .target = 1e9, .patience = 1'000'000};
    for_each_without_exceptions([&](const auto& searcher) { CHECK(allocations_of(searcher, options) == 0); });
}

TEST_CASE("allocation: nor in batches") {
    const nas::run_options options{.trials = trials, .batch = 8};
    for_each_without_exceptions([&](const auto& searcher) { CHECK(allocations_of(searcher, options) == 0); });
}

TEST_CASE("allocation: nor with a table, its costs, observers and a searcher by name") {
    const cells space{5};
    const nas::table_evaluator<cells> table = mock_reward(space);
    for (const auto& info : nas::searchers<cells>()) {
        if (may_allocate(info.name) || !info.obstacle.empty()) continue;
        CAPTURE(info.name);
        counts seen;
        const bool repeats = std::any_of(info.options.begin(), info.options.end(),
                                         [](const auto& option) { return option.name == "repeats"; });
        nas::search search{info.make(space, repeats ? "repeats=true" : ""), std::cref(table), {.seed = 1}};
        search.observe([&seen](const auto&) { seen.call(); });
        search.run({.trials = trials, .cost = 1e9});
        REQUIRE(seen.calls == trials);
        CHECK(seen.between() == 0);
    }
}

TEST_CASE("allocation: many short runs allocate as rarely as one that is long") {
    nas::search search{nas::random_search{cells{5}}, reward_of, {.seed = 1}};
    const std::size_t before = allocations;
    for (std::size_t n = 1; n <= trials; ++n) search.run({.trials = n});
    CHECK(search.history().size() == trials);
    CHECK(allocations - before < 100);  // columns that double
}

TEST_CASE("allocation: the exceptions do allocate, but ever more rarely") {
    std::size_t found = 0;
    nas::for_each_searcher<cells>([&](auto entry) {
        if (!exceptions.contains(entry.name)) return;
        CAPTURE(entry.name);
        ++found;
        const std::size_t count =
            allocations_of(typename decltype(entry)::template type<cells>(cells{5}), {.trials = trials});
        CHECK(count >= 1);
        CHECK(count <= 8);  // two arrays, which double twice or three times from 1,000 to 5,000 entries
    });
    CHECK(found == exceptions.size());
}

TEST_CASE("memory: at most 24 bytes a trial of six decisions, parents included") {
    const auto bytes_of = [](const auto& space) {
        nas::search search{nas::regularized_evolution{space, nas::regularized_evolution_options::real_2019()},
                           [](const auto& arch) { return double(arch[0]); },
                           {.seed = 1}};
        search.run({.trials = 100'000});
        CHECK(search.history().parent(99'999) != nas::no_trial);
        return search.history().bytes();
    };
    CHECK(bytes_of(cells{5}) <= 24 * 100'000);
    CHECK(bytes_of(nas::choice_space{6, 5}) <= 24 * 100'000);
    CHECK(bytes_of(cells{5}) == 18 * 100'000);  // genotype, value, parent

    nas::search random{nas::random_search{cells{5}}, reward_of, {.seed = 1}};
    random.run({.trials = 100'000});
    CHECK(random.history().bytes() == 14 * 100'000);
}
