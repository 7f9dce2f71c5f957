// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/mlpnas.hpp>

#include <nas/searchers/deduplicated.hpp>

#include "noisy_networks.hpp"
#include "searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::mlpnas<cells>>);
static_assert(!nas::Searcher<nas::mlpnas<cells>, 2>);

TEST_CASE("mlpnas: with one candidate it is reinforce") {
    const nas::mlpnas_options options{.candidates = 1,
                                      .batch = 4,
                                      .learning_rate = 0.07,
                                      .decay = 0.02,
                                      .baseline = nas::baseline_kind::constant,
                                      .constant = 0.3,
                                      .scale = nas::advantage_scale::running,
                                      .entropy = 0.05};
    const nas::reinforce_options same{.batch = 4,
                                      .learning_rate = 0.07,
                                      .decay = 0.02,
                                      .baseline = nas::baseline_kind::constant,
                                      .constant = 0.3,
                                      .scale = nas::advantage_scale::running,
                                      .entropy = 0.05,
                                      .entropy_decay = 0};
    nas::search one{nas::mlpnas{cells{5}, options}, unreliable, {.seed = 2}};
    nas::search other{nas::reinforce{cells{5}, same}, unreliable, {.seed = 2}};
    one.run({.trials = 200});
    other.run({.trials = 200});
    for (std::size_t row = 0; row < 200; ++row) CHECK(one.history().arch(row) == other.history().arch(row));
    CHECK(one.searcher().predictor().model().observations() > 190);
}

TEST_CASE("mlpnas: the predictor chooses among the policy's samples, and only they are proposed") {
    // It has learned that the first decision is worth its choice, nothing else: at a learning rate of 0 the policy is uniform.
    nas::mlpnas_options options;
    options.learning_rate = 0;
    nas::mlpnas searcher{cells{5}, options};
    nas::rng random(1);
    for (int i = 0; i < 400; ++i) {
        nas::trial<cell> told;
        told.arch = searcher.sample_policy(random);
        told.result = nas::evaluation<>(told.arch[0]);
        searcher.tell(told, random);
    }
    for (int i = 0; i < 100; ++i) {
        const auto next = searcher.ask({}, random);
        CHECK(next->arch[0] == 4);  // all 32 candidates miss it once in 1263 times
        CHECK(searcher.predictor().predict(searcher.space(), next->arch) == doctest::Approx(4).epsilon(0.02));
    }
    double mean = 0;
    for (int i = 0; i < 1000; ++i) mean += searcher.sample_policy(random)[0] / 1000.0;
    CHECK(mean == doctest::Approx(2).epsilon(0.1));
}

TEST_CASE("mlpnas: what is not completed counts as the worst so far for the predictor too") {
    nas::mlpnas searcher{cells{5}};
    nas::rng random(1);
    const auto tell = [&](const cell& arch, nas::evaluation<> result) {
        nas::trial<cell> told;
        told.arch = arch;
        told.result = std::move(result);
        searcher.tell(told, random);
    };
    tell({}, nas::evaluation<>::failure("broken"));
    CHECK(searcher.predictor().model().observations() == 0);
    tell({1, 0, 0, 0, 0, 0}, 0.9);
    tell({2, 0, 0, 0, 0, 0}, 0.1);
    for (int i = 0; i < 50; ++i) tell({3, 0, 0, 0, 0, 0}, nas::evaluation<>::infeasible("too large"));
    CHECK(searcher.predictor().predict(searcher.space(), {3, 0, 0, 0, 0, 0}) == doctest::Approx(0.1).epsilon(0.1));
}

TEST_CASE("mlpnas without duplicates proposes every network once and ends") {
    nas::search search{nas::deduplicated{nas::mlpnas{conditional_space()}},
                       [](const auto& arch) { return double(arch[0]); },
                       {.seed = 1}};
    search.run({.trials = 100});
    CHECK(search.reason() == nas::stop_reason::exhausted);
    CHECK(visited(search).size() == search.history().size());
}

TEST_CASE("mlpnas beats random search on a separable landscape") {
    check_beats_random(nas::mlpnas{cells{5}}, 100);
    check_beats_random(nas::mlpnas{cells{5}}, 100, 8);
}

TEST_CASE("mlpnas finds better networks than random search where noise hides them") {
    check_finds_networks(nas::mlpnas{nas::mlp_space{}}, 60);
}

TEST_CASE("mlpnas refuses options out of range") {
    CHECK_THROWS_WITH_AS((nas::mlpnas{cells{5}, {.candidates = 0}}),
                         "nas::mlpnas: candidates (0) must be in [1, 1e+06]", std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        (nas::mlpnas{cells{5}, {.batch = 1}}),
        "nas::mlpnas: batch (1) must be at least 2 where baseline is batch_mean or leave_one_out, or scale is batch",
        std::invalid_argument);
}
