// SPDX-License-Identifier: Apache-2.0
// How many trials gp_search needs: on tables and landscapes that a test without optimisation would be long about.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include <nas/evaluators/landscapes.hpp>
#include <nas/evaluators/read_table.hpp>
#include <nas/report/statistics.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/gp_search.hpp>
#include <nas/searchers/local_search.hpp>
#include <nas/spaces/choice_space.hpp>

#include "data_dir.hpp"

namespace {

/// Trials until the optimum is found.
template <class Searcher, class Evaluator>
double trials_to(double optimum, Searcher searcher, const Evaluator& evaluator, std::uint64_t seed, std::size_t most) {
    nas::search search{std::move(searcher), std::cref(evaluator), {.seed = seed}};
    search.run({.trials = most, .target = optimum});
    return static_cast<double>(search.history().size());
}

}  // namespace

TEST_CASE("gp_search needs fewer trials than local search where pairs of decisions matter") {
    const nas::choice_space<> space(7, 4);
    const nas::nk_landscape<nas::choice_space<>> worth(space, {1, 5});
    std::vector<double> ours;
    std::vector<double> theirs;
    for (std::uint64_t seed = 0; seed < 16; ++seed) {
        ours.push_back(trials_to(worth.optimum(), nas::gp_search{space}, worth, seed, 300));
        theirs.push_back(trials_to(worth.optimum(), nas::local_search{space}, worth, seed, 300));
    }
    CHECK(nas::detail::mean(ours) < nas::detail::mean(theirs));
    CHECK(nas::mann_whitney(ours, theirs).p_value < 0.01);
}

TEST_CASE("gp_search is asked for more than what many trials have, and few of them do not matter") {
    const nas::choice_space<> space(4, 3);
    const auto to_improve_on = [&](std::size_t equals, const nas::acquisition_step& step) {
        nas::process_surrogate<nas::choice_space<>> surrogate(space, {.initial = 100});
        nas::rng random{1};
        for (std::size_t i = 0; i < 60; ++i) {
            nas::trial<nas::choice_space<>::arch_type> told;
            told.arch = space.at(i);
            told.result.values[0] = i < equals ? 7.0 : static_cast<double>(i) / 100;
            surrogate.learn(space, told, random);
        }
        nas::process_surrogate<nas::choice_space<>>::beliefs beliefs;
        surrogate.believe(step, space, {}, beliefs);
        return beliefs.best();
    };
    for (const bool tail : {false, true}) {
        CAPTURE(tail);
        // Of 60 values with normal scores the best has 2.4, and 39 or 40 equals in the upper part 0.4.
        CHECK(to_improve_on(1, {.tail_scores = tail}) > 2);
        CHECK(to_improve_on(39, {.tail_scores = tail}) < 1);
        CHECK(to_improve_on(40, {.tail_scores = tail}) > 2);
        CHECK(to_improve_on(40, {.tail_scores = tail, .expected_best = true}) > 2);
        CHECK(to_improve_on(60, {.tail_scores = tail}) == 0);
    }
}

TEST_CASE("gp_search leaves what is equally good everywhere, where the way to the optimum leads down") {
    // Two blocks of three decisions: 0.667 is had by 729 of 4096 architectures, more by 55 of them.
    const nas::choice_space<> space(6, 4);
    const nas::trap_landscape<nas::choice_space<>> worth(space, {.seed = 3});
    std::size_t better = 0;
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        nas::search search{nas::gp_search{space}, std::cref(worth), {.seed = seed}};
        search.run({.trials = 200, .target = 0.8});
        better += search.history().best().value() > 0.8 ? 1U : 0U;
    }
    CAPTURE(better);
    CHECK(better >= 5);
}

TEST_CASE("gp_search on NAS-Bench-201 takes no more trials than its recipe, 43, 33 and 73 to the best cell") {
    const auto table = nas::tests::data_file("nb201.csv");
    if (!table) return;
    const auto mean_trials = [&](const char* column) {
        const auto cells = nas::read_table(table->string(), {.reward = column});
        std::vector<double> trials;
        for (std::uint64_t seed = 7000; seed < 7012; ++seed)
            trials.push_back(trials_to(cells.optimum(), nas::gp_search{cells.space()}, cells, seed, 300));
        return nas::detail::mean(trials);
    };
    CHECK(mean_trials("c10_val200_pct") < 65);
    CHECK(mean_trials("c100_val200_pct") < 45);
    CHECK(mean_trials("in16_val200_pct") < 95);
}
