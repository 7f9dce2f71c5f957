// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/operators/identity.hpp>

namespace nas::detail {

/// The completed trials of a history at the highest fidelity that has any, by network: trials that saw less of the data or
/// fewer epochs are not comparable with them.
struct network_results {
    std::vector<std::size_t> rows;      ///< of the trials, in the order of telling
    std::vector<std::size_t> networks;  ///< of the trials: the number of its network, from 0 in the order of telling
    std::vector<double> values;         ///< of the trials
    // Of the networks:
    std::vector<std::size_t> best;    ///< row of its best trial, the earliest of equals
    std::vector<std::size_t> trials;  ///< how many it has, at least 1
    std::vector<double> means;
    /// Trials in all of networks that have several, less one a network: what can be known of the noise.
    std::size_t repeats = 0;
    bool repeats_differ = false;  ///< whether any of them had another value than the first trial of its network

    std::size_t size() const noexcept { return best.size(); }

    /// From `values`.
    void find_means() {
        means.assign(size(), 0);
        std::vector<double> counts(size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            // A step of a running mean: equal values have exactly that mean, and no difference overflows.
            double& mean = means[networks[i]];
            const double count = ++counts[networks[i]];
            mean += values[i] / count - mean / count;
        }
    }
};

template <class Space, std::size_t Objectives>
network_results results_by_network(const history<Space, Objectives>& past) {
    double highest = -std::numeric_limits<double>::infinity();
    for (std::size_t row = 0; row < past.size(); ++row)
        if (past.completed(row)) highest = std::max(highest, past.fidelity(row));

    network_results all;
    identity_set<network_t<Space>> seen;
    std::vector<double> first;
    for (std::size_t row = 0; row < past.size(); ++row) {
        if (!past.completed(row) || past.fidelity(row) != highest) continue;
        const double value = past.value(row);
        auto network = network_of(past.space(), past.arch(row));
        std::size_t number = seen.find(network);
        if (number == seen.npos) {
            number = seen.size();
            seen.insert(std::move(network));
            all.best.push_back(row);
            all.trials.push_back(0);
            first.push_back(value);
        } else {
            ++all.repeats;
            all.repeats_differ = all.repeats_differ || value != first[number];
            if (value > past.value(all.best[number])) all.best[number] = row;
        }
        all.rows.push_back(row);
        all.networks.push_back(number);
        all.values.push_back(value);
        ++all.trials[number];
    }
    all.find_means();
    return all;
}

/// Whether a network of which so much is expected is to be preferred: of equals the one with the better mean, as where all that
/// differs is taken for noise, then the one with more trials.
inline bool better(const network_results& results, double expected, std::size_t network, double other_expected,
                   std::size_t other) {
    if (expected != other_expected) return expected > other_expected;
    if (results.means[network] != results.means[other]) return results.means[network] > results.means[other];
    return results.trials[network] > results.trials[other];
}

/// The network to be preferred by what is expected of each, the first of equals.
inline std::size_t best_of(const network_results& results, const std::vector<double>& expected) {
    std::size_t best = 0;
    for (std::size_t k = 1; k < expected.size(); ++k)
        if (better(results, expected[k], k, expected[best], best)) best = k;
    return best;
}

}  // namespace nas::detail
