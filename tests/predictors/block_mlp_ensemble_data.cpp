// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/block_mlp_ensemble.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <nas/predictors/ridge_regression.hpp>
#include <nas/report/statistics.hpp>

#include "data_dir.hpp"
#include "predictors/block_spaces.hpp"

using namespace nas::tests;

namespace {

/// Cells of a history of up to `blocks` blocks, or of just so many.
seen_cells part(const seen_cells& history, std::size_t blocks, bool up_to) {
    seen_cells found;
    for (std::size_t i = 0; i < history.archs.size(); ++i) {
        const std::size_t own = history.archs[i].size() / 4;
        if (!(up_to ? own <= blocks : own == blocks)) continue;
        found.archs.push_back(history.archs[i]);
        found.values.push_back(history.values[i]);
    }
    return found;
}

/// The rank correlation on the next level by ridge regression on the shares of operations.
double by_ridge(const seen_cells& seen, const seen_cells& next) {
    const auto shares = [](const example_cells::arch_type& arch) {
        std::vector<double> of(6);
        for (std::size_t at = 1; at < arch.size(); at += 2) of[arch[at]] += 2.0 / static_cast<double>(arch.size());
        return of;
    };
    nas::ridge_regression ridge(6, {.ridge = 0.01});
    for (std::size_t i = 0; i < seen.archs.size(); ++i) ridge.learn(shares(seen.archs[i]), seen.values[i]);
    std::vector<double> predicted;
    for (const auto& arch : next.archs) predicted.push_back(ridge.predict(shares(arch)));
    return nas::spearman(predicted, next.values);
}

}  // namespace

TEST_CASE("block mlp ensemble: it ranks the next level of a recorded progressive search") {
    const auto file = data_file("pnas_train_history_292rows.csv");
    if (!file) return;
    const seen_cells history = read_flat_cells(file->string());
    REQUIRE(history.archs.size() == 292);
    const example_cells space{.blocks = 5, .operations = 6, .flat = true};

    constexpr std::array floors{0.70, 0.70, 0.64, 0.60};
    constexpr std::uint64_t seeds = 5;
    double mean = 0;
    double ridge = 0;
    for (std::size_t blocks = 1; blocks <= 4; ++blocks) {
        const seen_cells seen = part(history, blocks, true);
        const seen_cells next = part(history, blocks + 1, false);
        double correlation = 0;
        for (std::uint64_t seed = 0; seed < seeds; ++seed) {
            nas::block_mlp_ensemble<example_cells> surrogate(space);
            nas::rng random(seed);
            surrogate.fit(space, seen.archs, seen.values, random);
            std::vector<double> predicted;
            for (const auto& arch : next.archs) predicted.push_back(surrogate.predict(space, arch));
            correlation += nas::spearman(predicted, next.values) / static_cast<double>(seeds);
        }
        MESSAGE("from " << blocks << " blocks to " << blocks + 1 << ": " << correlation);
        CHECK(correlation >= floors[blocks - 1]);
        mean += correlation / 4;
        ridge += by_ridge(seen, next) / 4;
    }
    MESSAGE("mean " << mean << ", of ridge regression " << ridge);
    CHECK(ridge == doctest::Approx(0.691).epsilon(0.002));
    CHECK(mean >= ridge - 0.02);
}
