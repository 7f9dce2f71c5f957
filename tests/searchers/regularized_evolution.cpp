// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/regularized_evolution.hpp>

#include <algorithm>

#include "searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::regularized_evolution<cells>>);

namespace {

// The ids that are alive before trial `row`: the last `population` completed ones.
template <class History>
std::vector<nas::trial_id> alive(const History& history, std::size_t row, std::size_t population) {
    std::vector<nas::trial_id> ids;
    while (row-- > 0 && ids.size() < population)
        if (history[row].completed()) ids.push_back(history[row].id);
    return ids;
}

}  // namespace

TEST_CASE("archai O49: parents are among the last P completed trials, children differ from them in one edge") {
    for (const bool replacement : {true, false}) {
        nas::search search{
            nas::regularized_evolution{
                cells{5}, {.population = 10, .tournament = 3, .repeats = true, .replacement = replacement}},
            unreliable,
            {.seed = 5}};
        search.run({.trials = 400});
        const auto& history = search.history();
        CHECK(history.size() == 400);
        std::size_t completed = 0;
        std::vector<std::size_t> ages(10);
        for (std::size_t row = 0; row < 400; ++row) {
            const auto one = history[row];
            CHECK((one.parent == nas::no_trial) == (completed < 10));
            if (one.parent != nas::no_trial) {
                const auto ids = alive(history, row, 10);
                const auto at = std::find(ids.begin(), ids.end(), one.parent);
                REQUIRE(at != ids.end());
                ++ages[static_cast<std::size_t>(at - ids.begin())];
                CHECK(distance(one.arch, history[one.parent].arch) == 1);
            }
            completed += one.completed() ? 1U : 0U;
        }
        // The population has exactly P members: the oldest is still drawn, and all others are.
        for (const std::size_t count : ages) CHECK(count > 0);
    }
}

TEST_CASE("archai O49: with S = P, drawn without replacement, the parent is the best of the population") {
    nas::search search{
        nas::regularized_evolution{
            cells{5}, {.population = 12, .tournament = 12, .initial = 12, .repeats = true, .replacement = false}},
        rugged,
        {.seed = 8}};
    search.run({.trials = 300});
    const auto& history = search.history();
    for (std::size_t row = 12; row < 300; ++row) {
        nas::trial_id best = nas::no_trial;
        for (const nas::trial_id id : alive(history, row, 12))
            if (best == nas::no_trial || history[id].value() > history[best].value()) best = id;
        CHECK(history[row].parent == best);
    }
}

TEST_CASE("regularized evolution: the rank of the parent has the distribution of a tournament's winner") {
    // P = 4, S = 2. With replacement the best wins with 7/16, 5/16, 3/16, 1/16; without with 3/6, 2/6, 1/6, 0.
    for (const bool replacement : {true, false}) {
        nas::regularized_evolution searcher{
            cells{5}, {.population = 4, .tournament = 2, .repeats = true, .replacement = replacement}};
        nas::rng unused(0);
        for (std::uint32_t id = 0; id < 4; ++id) {
            nas::trial<cell> told{};
            told.id = id;
            told.result = double(id == 0 ? 4 : id);  // ranks 0, 3, 2, 1
            searcher.tell(told, unused);
        }
        std::array<double, 4> share{};
        constexpr int draws = 40000;
        for (int i = 0; i < draws; ++i) {
            nas::rng random(static_cast<std::uint64_t>(i));
            const auto next = searcher.ask({.id = 4, .told = 4, .asked = 4}, random);
            const std::array<std::size_t, 4> rank{0, 3, 2, 1};
            share[rank[next->parent]] += 1.0 / draws;
        }
        const std::array<double, 4> expected =
            replacement ? std::array{7 / 16., 5 / 16., 3 / 16., 1 / 16.} : std::array{3 / 6., 2 / 6., 1 / 6., 0.};
        for (std::size_t i = 0; i < 4; ++i) CHECK(std::abs(share[i] - expected[i]) <= 0.011);  // 4.4 standard errors
    }
}

TEST_CASE("regularized evolution draws without replacement from populations of any size") {
    for (const std::size_t population : {1U, 63U, 64U, 65U, 1023U, 1024U, 1025U, 2000U}) {
        nas::search search{nas::regularized_evolution{cells{5},
                                                      {.population = population,
                                                       .tournament = population,
                                                       .initial = population,
                                                       .repeats = true,
                                                       .replacement = false}},
                           rugged,
                           {.seed = 3}};
        search.run({.trials = population + 1});
        CHECK(search.history()[population].parent == [&] {
            std::size_t best = 0;
            for (std::size_t row = 1; row < population; ++row)
                if (search.history()[row].value() > search.history()[best].value()) best = row;
            return best;
        }());
    }
}

TEST_CASE("regularized evolution fills its population with what was enqueued and told, and once full samples no more") {
    nas::search search{nas::regularized_evolution{cells{5}, {.population = 3, .tournament = 2}},
                       separable,
                       {.enqueue = {cell{1, 1, 1, 1, 1, 1}, cell{2, 2, 2, 2, 2, 2}}}};
    search.run({.trials = 5});
    CHECK(search.history()[2].parent == nas::no_trial);
    CHECK(search.history()[3].parent != nas::no_trial);
    CHECK(search.history()[4].parent != nas::no_trial);
}

TEST_CASE("regularized evolution samples while nothing has completed, and breeds from what has when a batch is large") {
    nas::search search{nas::regularized_evolution{cells{5}, {.population = 6, .tournament = 2}}, separable, {}};
    search.run({.trials = 20, .batch = 10});
    for (std::size_t row = 0; row < 20; ++row) CHECK((search.history()[row].parent == nas::no_trial) == (row < 10));
}

TEST_CASE("regularized evolution works in a space that only has its own mutation") {
    nas::search search{nas::regularized_evolution{line_space{}, {.population = 10, .tournament = 5}},
                       [](int at) { return -std::abs(at - 60); },
                       {.seed = 1}};
    search.run({.trials = 400});
    CHECK(search.history().best().arch == 60);
}

TEST_CASE("regularized evolution beats random search on a separable landscape") {
    check_beats_random(nas::regularized_evolution{cells{5}, {.population = 10, .tournament = 3}}, 150);
    check_beats_random(nas::regularized_evolution{cells{5}, {.population = 10, .tournament = 3}}, 150, 8);
}

TEST_CASE("regularized evolution samples `initial` architectures, then breeds while its population grows") {
    nas::search search{
        nas::regularized_evolution{cells{5}, {.population = 8, .tournament = 4, .initial = 3}}, rugged, {.seed = 2}};
    search.run({.trials = 60});
    for (std::size_t row = 0; row < 60; ++row) {
        CHECK((search.history()[row].parent == nas::no_trial) == (row < 3));
        if (row >= 3) CHECK(row - search.history()[row].parent <= 8);
    }
    CHECK(search.searcher().initial_trials() == 3);
    CHECK(nas::regularized_evolution{cells{5}, {.population = 4, .tournament = 4, .initial = 9}}.initial_trials() == 4);
}

TEST_CASE("regularized evolution proposes no network twice, until there is none left, and the papers' presets do") {
    check_proposes_all_once([](const auto& space) {
        return nas::regularized_evolution{space, {.population = 4, .tournament = 4, .initial = 2}};
    });
    check_repeats(nas::regularized_evolution{cells{5}, nas::regularized_evolution_options::nats_bench()});
    const auto real = nas::regularized_evolution_options::real_2019();
    CHECK(nas::to_text(real) == "population=100,tournament=25,initial=100,repeats=true,replacement=true");
    CHECK(nas::initial_trials(nas::regularized_evolution{cells{5}, real}) == 100);
}

TEST_CASE("regularized evolution refuses options out of range") {
    CHECK_THROWS_WITH_AS((nas::regularized_evolution{cells{5}, {.population = 64, .tournament = 65}}),
                         "nas::regularized_evolution: tournament (65) must be in [1, population (64)]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::regularized_evolution{cells{5}, {.population = 0, .tournament = 1}}),
                         "nas::regularized_evolution: population (0) must be in [1, 1e+09]", std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::regularized_evolution{cells{5}, {.initial = 0}}),
                         "nas::regularized_evolution: initial (0) must be in [1, 1e+09]", std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::regularized_evolution{cells{5}, {.tournament = 0}}),
                         "nas::regularized_evolution: tournament (0) must be in [1, 1e+09]", std::invalid_argument);
}
