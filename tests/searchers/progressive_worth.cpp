// SPDX-License-Identifier: Apache-2.0

// What progressive search is worth: on cells whose worth is a formula, and on the table of perceptrons that grow by a layer.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/evaluators/landscapes/cells.hpp>
#include <nas/evaluators/read_table.hpp>
#include <nas/report/statistics.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/progressive.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/mlp_space.hpp>

namespace {

/// Smaller than the usual one, for the time of a test.
constexpr nas::block_mlp_options small{.members = 2, .units = 40, .steps = 300};

constexpr std::uint64_t first_seed = 6000;  // by which nothing was chosen
constexpr std::uint64_t seeds = 30;

void check_better(const std::vector<double>& ours, const std::vector<double>& theirs) {
    REQUIRE((ours.size() == seeds && theirs.size() == seeds));
    const auto test = nas::mann_whitney(ours, theirs);
    CAPTURE(test.superiority);
    CHECK(test.superiority > 0.5);
    CHECK(test.p_value < 0.01);
}

/// Each search on a landscape of its own, as far as `trials` trials go.
template <class Searcher>
std::vector<double> found_on_cells(const Searcher& searcher, std::size_t trials) {
    std::vector<double> found;
    for (std::uint64_t seed = first_seed; seed < first_seed + seeds; ++seed) {
        const nas::cell_landscape landscape(searcher.space(), {.seed = seed});
        nas::search search{searcher, std::cref(landscape), {.seed = seed}};
        search.run({.trials = trials});
        CHECK(search.history().size() == trials);
        found.push_back(landscape.mean(search.history().best().arch) - landscape.optimum());
    }
    return found;
}

}  // namespace

TEST_CASE("progressive on cells: ahead of evolution and random search after as many trainings") {
    std::vector<std::string> operations = nas::pnas_operations();
    operations.resize(5);
    const nas::cell_space space({.blocks = 4, .operations = operations});
    constexpr std::size_t beam = 32;
    const std::size_t trials = space.total_models(4, beam);
    REQUIRE(trials == 55 + 3 * beam);
    const auto ours = found_on_cells(nas::progressive{space, {.beam = beam, .ensemble = small}}, trials);
    check_better(ours, found_on_cells(nas::regularized_evolution{space}, trials));
    check_better(ours, found_on_cells(nas::random_search{space}, trials));
}

TEST_CASE("progressive on the table of perceptrons: ahead of random search that trains for as long") {
    const nas::mlp_space space;
    const auto networks = nas::read_table(space, NAS_SOURCE_DIR "/benchmarks/tables/mlp_wine.csv",
                                          {.reward = "accuracy_32", .cost = "seconds"});
    std::vector<double> ours;
    std::vector<double> theirs;
    for (std::uint64_t seed = first_seed; seed < first_seed + seeds; ++seed) {
        nas::search progressive{nas::progressive{space, {.ensemble = small}}, std::cref(networks), {.seed = seed}};
        progressive.run();
        double cost = 0;
        for (std::size_t row = 0; row < progressive.history().size(); ++row) cost += progressive.history().cost(row);
        nas::search random{nas::random_search{space}, std::cref(networks), {.seed = seed}};
        random.run({.cost = cost});
        ours.push_back(networks.mean(progressive.history().best().arch));
        theirs.push_back(networks.mean(random.history().best().arch));
    }
    check_better(ours, theirs);
}
