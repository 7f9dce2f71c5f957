// SPDX-License-Identifier: Apache-2.0

// Searchers that learn against random search on the table that ships: 840 networks, each trained three times. A search sees
// one training's accuracy; it is judged by the mean over the three.
#include <cstddef>
#include <functional>
#include <vector>

#include <doctest/doctest.h>
#include <nas/evaluators/read_table.hpp>
#include <nas/report/statistics.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/mlpnas.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/reinforce.hpp>
#include <nas/spaces/mlp_space.hpp>

namespace {

using table = nas::table_evaluator<nas::mlp_space>;

table read(const char* column) {
    return nas::read_table(nas::mlp_space{}, NAS_SOURCE_DIR "/benchmarks/tables/mlp_wine.csv", {.reward = column});
}

struct sample {
    std::vector<double> incumbent;  // mean accuracy of the network with the best trial
    std::vector<double> last;       // of the last 50 proposals
};

template <class Searcher>
sample run(const Searcher& searcher, const table& networks, std::size_t trials) {
    sample found;
    for (std::uint64_t seed = 5000; seed < 5200; ++seed) {  // no default was chosen by these
        nas::search search{searcher, std::cref(networks), {.seed = seed}};
        search.run({.trials = trials});
        const auto& past = search.history();
        found.incumbent.push_back(networks.mean(past.best().arch));
        double sum = 0;
        for (std::size_t row = trials - 50; row < trials; ++row) sum += networks.mean(past.arch(row));
        found.last.push_back(sum / 50);
    }
    return found;
}

void check_better(const std::vector<double>& ours, const std::vector<double>& random, double superiority) {
    const auto test = nas::mann_whitney(ours, random);
    CAPTURE(test.superiority);
    CHECK(test.p_value < 0.01);
    CHECK(test.superiority > superiority);
}

}  // namespace

TEST_CASE("the sequence policy beats random search on 840 networks: the incumbent and the last 50 proposals") {
    for (const std::size_t trials : {std::size_t{100}, std::size_t{300}}) {
        CAPTURE(trials);
        const table early = read("accuracy_8");
        const sample random = run(nas::random_search{early.space()}, early, trials);
        const sample policy = run(nas::reinforce{early.space(), {.repeats = true}}, early, trials);
        check_better(policy.last, random.last, 0.99);
        check_better(policy.incumbent, random.incumbent, 0.6);
    }
}

TEST_CASE("MLPNAS beats random search on 840 networks: the incumbent and the last 50 proposals") {
    for (const std::size_t trials : {std::size_t{100}, std::size_t{300}}) {
        CAPTURE(trials);
        const table late = read("accuracy_32");
        const sample random = run(nas::random_search{late.space()}, late, trials);
        const sample hybrid = run(nas::mlpnas{late.space(), {.repeats = true}}, late, trials);
        check_better(hybrid.last, random.last, 0.99);
        check_better(hybrid.incumbent, random.incumbent, 0.55);
    }
}
