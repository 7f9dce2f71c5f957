// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/hill_climbing.hpp>

#include "searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::hill_climbing<cells>>);

TEST_CASE("hill climbing mutates the best so far, the first told of equals") {
    nas::search search{nas::hill_climbing{cells{5}, nas::hill_climbing_options::pyglove()}, separable, {.seed = 7}};
    search.run({.trials = 300});
    nas::trial_id best = 0;
    CHECK(search.history()[0].parent == nas::no_trial);
    for (std::size_t row = 1; row < 300; ++row) {
        const auto one = search.history()[row];
        REQUIRE(one.parent == best);
        CHECK(distance(one.arch, search.history()[best].arch) == 1);
        if (one.value() > search.history()[best].value()) best = one.id;
    }
    CHECK(search.history().best().value() == separable_optimum);
}

TEST_CASE("hill climbing with accept_equal drifts over a plateau") {
    const landscape flat = [](const cell&) { return 1.0; };
    nas::search drifting{nas::hill_climbing{cells{5}, {.initial = 1}}, flat, {}};
    nas::search fixed{nas::hill_climbing{cells{5}, {.initial = 1, .accept_equal = false}}, flat, {}};
    drifting.run({.trials = 20});
    fixed.run({.trials = 20});
    for (std::size_t row = 1; row < 20; ++row) {
        CHECK(drifting.history()[row].parent == row - 1);
        CHECK(fixed.history()[row].parent == 0);
    }
}

TEST_CASE("hill climbing starts at the best of the initial samples") {
    nas::search search{nas::hill_climbing{cells{5}, {.initial = 12}}, rugged, {.seed = 2}};
    search.run({.trials = 13});
    nas::trial_id best = 0;
    for (std::size_t row = 0; row < 12; ++row) {
        CHECK(search.history()[row].parent == nas::no_trial);
        if (search.history()[row].value() > search.history()[best].value()) best = search.history()[row].id;
    }
    CHECK(search.history()[12].parent == best);
}

TEST_CASE("hill climbing climbs from an enqueued architecture") {
    const cell good{4, 3, 2, 1, 0, 4};
    nas::search search{nas::hill_climbing{cells{5}, {.initial = 1}}, separable, {.enqueue = {good}}};
    search.run({.trials = 2});
    CHECK(search.history()[1].parent == 0);
    CHECK(distance(search.history()[1].arch, good) == 1);
}

TEST_CASE("hill climbing works in a space that only has its own mutation") {
    nas::search search{nas::hill_climbing{line_space{}}, [](int at) { return -std::abs(at - 60); }, {.seed = 1}};
    search.run({.trials = 400});
    CHECK(search.history().best().arch == 60);
}

TEST_CASE("hill climbing beats random search on a separable landscape") {
    check_beats_random(nas::hill_climbing{cells{5}}, 100);
    check_beats_random(nas::hill_climbing{cells{5}, nas::hill_climbing_options::pyglove()}, 100);
    check_beats_random(nas::hill_climbing{cells{5}, {.initial = 10}}, 100, 8);
}

TEST_CASE("hill climbing starts again after `patience` trials without a better one") {
    for (const std::size_t initial : {1U, 4U}) {
        nas::search search{nas::hill_climbing{cells{5}, {.initial = initial, .patience = 6}}, rugged, {.seed = 3}};
        search.run({.trials = 500});
        const auto& history = search.history();
        std::size_t climbs = 0;
        for (std::size_t row = 0; row < 500;) {
            ++climbs;
            nas::trial_id best = history[row].id;
            std::size_t failures = 0;
            for (std::size_t place = 0; failures < 6 && row < 500; ++row, ++place) {
                const auto one = history[row];
                REQUIRE(one.parent == (place < initial ? nas::no_trial : best));
                const bool better = one.value() > history[best].value();
                if (place >= initial) failures = better ? 0 : failures + 1;
                if (better) best = one.id;
            }
        }
        CHECK(climbs > 10);
    }
}

TEST_CASE("hill climbing proposes no network twice, until there is none left, and PyGlove's preset does") {
    check_proposes_all_once([](const auto& space) { return nas::hill_climbing{space, {.initial = 2}}; });
    check_repeats(nas::hill_climbing{cells{5}, nas::hill_climbing_options::pyglove()});
}

TEST_CASE("hill climbing refuses options out of range") {
    CHECK_THROWS_WITH_AS((nas::hill_climbing{cells{5}, {.initial = 0}}),
                         "nas::hill_climbing: initial (0) must be in [1, 1e+09]", std::invalid_argument);
}
