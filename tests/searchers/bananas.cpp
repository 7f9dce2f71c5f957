// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/bananas.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <set>
#include <span>
#include <stdexcept>
#include <vector>

#include <nas/predictors/accuracy_predictor.hpp>
#include <nas/spaces/nasbench201_space.hpp>

#include "searchers/searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::bananas<cells>>);
static_assert(nas::PathEncodedSpace<nas::nasbench201_space>);
static_assert(!nas::PathEncodedSpace<cells>);

namespace {

/// Says that an architecture is worth its first choice, and counts what it was asked.
struct first_decision {
    explicit first_decision(const cells&) {}
    void fit(const cells&, std::span<const cell> archs, std::span<const double>) { fits.push_back(archs.size()); }
    double predict(const cells&, const cell& arch) const { return arch[0]; }
    double deviation(const cells&, const cell&) const { return 0; }
    std::vector<std::size_t> fits;
};

using plain = nas::bananas<cells, nas::accuracy_predictor<cells>>;

}  // namespace

TEST_CASE("bananas: a batch is the mutants that the model ranks first, in that order") {
    const cells space{5};
    nas::search search{
        nas::bananas<cells, first_decision>(
            space, {.initial = 10, .batch = 4, .random = 0, .candidates = 30, .parents = 2}, first_decision(space)),
        separable,
        {.seed = 1}};
    search.run({.trials = 10});
    const auto& history = search.history();
    std::set<nas::trial_id> best;  // two are parents, and a third once mutants repeat
    for (std::size_t row = 0; row < 10; ++row) {
        int better = 0;
        for (std::size_t other = 0; other < 10; ++other)
            better +=
                history.value(other) > history.value(row) || (history.value(other) == history.value(row) && other < row)
                    ? 1
                    : 0;
        if (better < 3) best.insert(history[row].id);
    }
    search.run({.trials = 14});
    for (std::size_t row = 10; row < 14; ++row) {
        CHECK(best.contains(history.parent(row)));
        CHECK(distance(history[row].arch, history.arch(history.parent(row))) == 1);
        if (row > 10) CHECK(history[row].arch[0] <= history[row - 1].arch[0]);
    }
    CHECK(search.searcher().model().fits == std::vector<std::size_t>{10, 14});
}

TEST_CASE("bananas: random proposals are interleaved") {
    const cells space{5};
    const auto drawn = [&](double share) {
        nas::search search{plain(space, {.random = share}), rugged, {.seed = 1}};
        search.run({.trials = 210});
        int count = 0;
        for (std::size_t row = 10; row < 210; ++row) count += search.history().parent(row) == nas::no_trial ? 1 : 0;
        return count;
    };
    CHECK(drawn(0) == 0);
    CHECK(drawn(0.3) > 40);
    CHECK(drawn(0.3) < 80);
}

TEST_CASE("bananas: at most so many decisions change") {
    const cells space{5};
    nas::search search{
        plain(space, {.batch = 50, .random = 0, .candidates = 50, .mutations = 3}), separable, {.seed = 1}};
    search.run({.trials = 60});
    std::set<std::size_t> changed;
    for (std::size_t row = 10; row < 60; ++row) {
        REQUIRE(search.history().parent(row) != nas::no_trial);
        changed.insert(distance(search.history()[row].arch, search.history().arch(search.history().parent(row))));
    }
    CHECK(changed == std::set<std::size_t>{1, 2, 3});
}

TEST_CASE("bananas: every network once, then it ends") {
    check_proposes_all_once([](const auto& space) {
        return nas::bananas{
            space, {.initial = 3, .batch = 20, .candidates = 20, .ensemble = {.members = 2, .units = 4, .epochs = 2}}};
    });
}

TEST_CASE("bananas: better than random search") {
    const nas::bananas_options small{.ensemble = {.members = 3, .units = 8, .epochs = 20}};
    check_beats_random(nas::bananas{cells{5}, small}, 60);
    check_beats_random(nas::bananas{cells{5}, small}, 64, 8);
}

TEST_CASE("bananas: networks see paths where the space knows them") {
    const nas::nasbench201_space space;
    nas::rng random(1);
    const auto arch = space.sample(random);
    std::vector<double> paths(155);
    REQUIRE(nas::path_encoding::size(space) == 155);
    nas::path_encoding::encode(space, arch, std::span<double>(paths));
    for (const std::size_t index : space.path_indices(arch)) CHECK(paths[index] == 1);
    std::vector<double> one_hot(30);
    REQUIRE(nas::usual_encoding::size(space) == 30);
    REQUIRE(nas::path_encoding::size(cells{5}) == 30);
    nas::path_encoding::encode(cells{5}, cell{0, 1, 2, 3, 4, 0}, std::span<double>(one_hot));
    CHECK(one_hot[6] == 1);
    nas::search search{nas::bananas{space, {.initial = 5, .ensemble = {.members = 1, .epochs = 2}}},
                       [&](const auto& cell) { return static_cast<double>(space.parameters(cell)); },
                       {.seed = 1}};
    search.run({.trials = 30});
    CHECK(search.history().size() == 30);
}

TEST_CASE("bananas: options out of range") {
    CHECK_THROWS_WITH_AS((nas::bananas{cells{5}, {.batch = 0}}), "nas::bananas: batch (0) must be in [1, 1e+09]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::bananas{cells{5}, {.ensemble = {.members = 0}}}),
                         "nas::mlp_ensemble: members (0) must be in [1, 1000]", std::invalid_argument);
}
