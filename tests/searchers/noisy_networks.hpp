// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/context.hpp>
#include <nas/report/statistics.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/mlp_space.hpp>

namespace nas::tests {

/// Accuracies of multilayer perceptrons as they might be: means in [0.6, 0.75], smooth in the units, and noise of standard
/// deviation 0.01 between trainings.
class noisy_networks {
  public:
    explicit noisy_networks(const mlp_space& space) {
        for (std::uint64_t i = 0; i < space.size(); ++i) {
            const auto arch = space.at(i);
            if (arch[0] >= means_.size()) means_.resize(arch[0] + 1U);
            auto& row = means_[arch[0]];
            if (arch[1] >= row.size()) row.resize(arch[1] + 1U);
            row[arch[1]] = accuracy(space.layers(arch));
        }
    }

    double mean(const mlp_space::arch_type& arch) const { return means_[arch[0]][arch[1]]; }
    double operator()(const mlp_space::arch_type& arch, const context& about) const {
        rng random = about.random();
        boost::random::normal_distribution<double> noise(0, 0.01);
        return mean(arch) + noise(random);
    }

  private:
    static double worth(activation function) {
        return function == activation::relu   ? 1
               : function == activation::elu  ? 0.8
               : function == activation::tanh ? 0.5
                                              : 0;
    }
    static double accuracy(const std::vector<mlp_layer>& layers) {
        const double first = std::log2(static_cast<double>(layers[0].units));
        double mean = 0.66 - 0.003 * (first - 7.5) * (first - 7.5) + 0.04 * worth(layers[0].function);
        if (layers.size() == 2) return mean;
        if (layers[1].is_dropout()) return mean + 0.01;
        const double second = std::log2(static_cast<double>(layers[1].units));
        mean += (0.02 - 0.0025 * (second - 5) * (second - 5)) * (1 + worth(layers[1].function));
        return second > first ? mean - 0.02 : mean;
    }

    std::vector<std::vector<double>> means_;  // by the two tokens
};

/// Of searches, by seed: the mean accuracy of the incumbent, and of the last 50 proposals.
struct networks_found {
    std::vector<double> incumbent;
    std::vector<double> last;
};

template <class Searcher>
networks_found find_networks(const Searcher& searcher, const noisy_networks& networks, std::size_t seeds,
                             std::size_t trials) {
    networks_found found;
    for (std::size_t seed = 0; seed < seeds; ++seed) {
        nas::search search{searcher, std::cref(networks), {.seed = seed}};
        search.run({.trials = trials});
        const auto& history = search.history();
        found.incumbent.push_back(networks.mean(history.best().arch));
        double sum = 0;
        for (std::size_t row = trials - 50; row < trials; ++row) sum += networks.mean(history.arch(row));
        found.last.push_back(sum / 50);
    }
    return found;
}

/// After 100 and after 300 trials, incumbents and last proposals are better than those of random search.
template <class Searcher>
void check_finds_networks(const Searcher& searcher, std::size_t seeds) {
    const noisy_networks networks(searcher.space());
    for (const std::size_t trials : {std::size_t{100}, std::size_t{300}}) {
        CAPTURE(trials);
        const networks_found its = find_networks(searcher, networks, seeds, trials);
        const networks_found drawn = find_networks(random_search{searcher.space()}, networks, seeds, trials);
        const rank_test incumbent = mann_whitney(its.incumbent, drawn.incumbent);
        CAPTURE(incumbent.superiority);
        CHECK(incumbent.superiority > 0.5);
        CHECK(incumbent.p_value < 0.01);
        const rank_test last = mann_whitney(its.last, drawn.last);
        CHECK(last.superiority > 0.95);
    }
}

}  // namespace nas::tests
