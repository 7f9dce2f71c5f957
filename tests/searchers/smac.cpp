// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/smac.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include <nas/predictors/accuracy_predictor.hpp>
#include <nas/predictors/k_nearest_neighbors.hpp>

#include "searchers/searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::smac<cells>>);
static_assert(nas::SamplingSearcher<nas::smac<cells>>);

namespace {

const nas::smac_options small{.initial = 5, .challengers = 20, .starts = 2, .growth = 0.1, .forest = {.trees = 5}};

/// Knows that the choices of the first decision are worth their number, and says so when it has seen anything.
struct first_decision {
    explicit first_decision(const cells&) {}
    void fit(const cells&, std::span<const cell> archs, std::span<const double> values) {
        fits.push_back(archs.size());
        last.assign(values.begin(), values.end());
    }
    double predict(const cells&, const cell& arch) const { return 100 + arch[0]; }
    double deviation(const cells&, const cell&) const { return 0; }
    std::vector<std::size_t> fits;
    std::vector<double> last;
};

}  // namespace

TEST_CASE("smac: it proposes what its model promises most, by the acquisition that it is given") {
    using greedy = nas::smac<cells, first_decision, nas::upper_confidence_bound>;
    const cells space{5};
    nas::search search{
        greedy(space, {.initial = 5, .random = 0, .growth = 0}, first_decision(space)), rugged, {.seed = 1}};
    search.run({.trials = 60});
    for (std::size_t row = 5; row < 60; ++row) CHECK(search.history()[row].arch[0] == 4);
    CHECK(search.searcher().model().fits.front() == 5);
    CHECK(search.searcher().model().fits.size() == 56);  // after each
}

TEST_CASE("smac: a share of new trials goes by before the next fit") {
    using counted = nas::smac<cells, first_decision, nas::upper_confidence_bound>;
    const cells space{5};
    nas::search search{counted(space, {.initial = 10, .growth = 0.5}, first_decision(space)), rugged, {.seed = 1}};
    search.run({.trials = 60});
    CHECK(search.searcher().model().fits == std::vector<std::size_t>{10, 16, 25, 38, 58});
}

TEST_CASE("smac: what is not completed counts as the worst, and does not begin the search") {
    const cells space{5};
    nas::smac<cells, first_decision> searcher(space, {.initial = 2, .transform = nas::reward_transform::none},
                                              first_decision(space));
    nas::rng random(1);
    nas::trial<cell> told;
    const auto tell = [&](std::uint8_t first, nas::evaluation<> result) {
        told.arch = {first, 1, 2, 3, 4, 0};
        told.result = std::move(result);
        searcher.tell(told, random);
    };
    tell(0, nas::evaluation<>::failure("broken"));
    tell(1, 5);
    CHECK(searcher.model().fits.empty());
    tell(2, 3);
    CHECK(searcher.model().last == std::vector<double>{3, 5, 3});
}

TEST_CASE("smac: random proposals are interleaved") {
    using greedy = nas::smac<cells, first_decision, nas::upper_confidence_bound>;
    const cells space{5};
    nas::search search{greedy(space, {.initial = 5, .random = 0.5}, first_decision(space)), rugged, {.seed = 3}};
    search.run({.trials = 205});
    int greedily = 0;
    for (std::size_t row = 5; row < 205; ++row) greedily += search.history()[row].arch[0] == 4 ? 1 : 0;
    CHECK(greedily > 90);  // half of them, and a fifth of the other half: 120
    CHECK(greedily < 150);
}

TEST_CASE("smac: every network once, then it ends") {
    check_proposes_all_once([](const auto& space) { return nas::smac{space, small}; });
}

TEST_CASE("smac: better than random search") {
    check_beats_random(nas::smac{cells{5}, small}, 60);
    check_beats_random(nas::smac{cells{5}, small}, 64, 8);
}

TEST_CASE("smac: a batch is eight networks, each by a model that believes what it predicts of those pending") {
    struct recorder {
        explicit recorder(const cells&) {}
        void fit(const cells&, std::span<const cell>, std::span<const double> values) {
            log->push_back({values.begin(), values.end()});
        }
        double predict(const cells&, const cell& arch) const { return 100 + arch[0]; }
        double deviation(const cells&, const cell&) const { return 1; }
        std::shared_ptr<std::vector<std::vector<double>>> log = std::make_shared<std::vector<std::vector<double>>>();
    };
    const cells space{5};
    const recorder model(space);
    nas::search search{nas::smac<cells, recorder>(space, {.initial = 8, .random = 0}, model), rugged, {.seed = 1}};
    search.run({.trials = 16, .batch = 8});
    CHECK(visited(search).size() == 16);
    const auto& log = *model.log;
    REQUIRE(log.size() == 1 + 7 + 8);  // the first, one for each but the first of the batch, and one for each tell
    CHECK(log[0].size() == 8);
    for (std::size_t k = 1; k <= 7; ++k) {
        REQUIRE(log[k].size() == 8 + k);
        CHECK(std::vector<double>(log[k].begin(), log[k].begin() + 8) == log[0]);
        for (std::size_t row = 8; row < 8 + k; ++row) CHECK(log[k][row] == 100 + search.history()[row].arch[0]);
    }
}

TEST_CASE("smac: a model that learns one by one is told of those pending") {
    const cells space{5};
    nas::search search{nas::smac{space, {.initial = 5}, nas::k_nearest_neighbors{space}}, separable, {.seed = 1}};
    search.run({.trials = 85, .batch = 8});
    CHECK(visited(search).size() == 85);
    CHECK(search.history().best().value() > 66);
}

TEST_CASE("smac: other models and acquisitions") {
    const cells space{5};
    nas::search search{nas::smac<cells, nas::accuracy_predictor<cells>, nas::independent_thompson_sampling>(space),
                       separable,
                       {.seed = 2}};
    search.run({.trials = 60});
    CHECK(search.history().best().value() == separable_optimum);
}

TEST_CASE("smac: options out of range") {
    CHECK_THROWS_WITH_AS((nas::smac{cells{5}, {.random = 2}}), "nas::smac: random (2) must be in [0, 1]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::smac{cells{5}, {.forest = {.trees = 0}}}),
                         "nas::random_forest: trees (0) must be in [1, 1e+05]", std::invalid_argument);
}
