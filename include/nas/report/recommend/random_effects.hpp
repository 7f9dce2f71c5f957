// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <nas/predictors/normal_scores.hpp>
#include <nas/report/recommend/network_results.hpp>

namespace nas::detail {

/// What each network is expected to be worth by its own trials: their mean, shrunk towards the mean of all. One-way random
/// effects, trial = mu + network + noise, whose variances are estimated by the analysis of variance (Henderson 1953, method 1;
/// n trials of k networks, m of each):
///
///     noise = squares within networks / (n - k)
///     between = max(0, (squares between networks / (k - 1) - noise) / ((n - sum m^2 / n) / (k - 1)))
///     mu = mean of the networks' means, each weighing 1 / (between + noise / m)
///     expected = mu + between / (between + noise / m) * (mean - mu)
///
/// the best linear unbiased prediction (Robinson 1991). Without a repeat the noise is unknown: every mean is then one trial,
/// all would shrink by one factor, and the order is that of the trials. They are left as they are.
inline std::vector<double> shrunk_means(const network_results& results) {
    const std::size_t networks = results.size();
    std::vector<double> expected = results.means;
    if (results.repeats == 0 || !results.repeats_differ || networks < 2) return expected;

    const double unit = binary_unit(results.values);
    for (double& mean : expected) mean /= unit;
    const double first = results.values[0] / unit;
    double within = 0;
    double all = 0;
    for (std::size_t i = 0; i < results.values.size(); ++i) {
        const double value = results.values[i] / unit;
        const double error = value - expected[results.networks[i]];
        within += error * error;
        all += value - first;
    }
    const auto trials = static_cast<double>(results.values.size());
    const auto degrees = static_cast<double>(networks - 1);
    all = first + all / trials;
    double between = 0;
    double squared_counts = 0;
    for (std::size_t k = 0; k < networks; ++k) {
        const auto count = static_cast<double>(results.trials[k]);
        between += count * (expected[k] - all) * (expected[k] - all);
        squared_counts += count * count;
    }
    const double noise = within / static_cast<double>(results.repeats);
    const double spread = std::max(0.0, (between / degrees - noise) * degrees / (trials - squared_counts / trials));

    const auto variance = [&](std::size_t k) { return spread + noise / static_cast<double>(results.trials[k]); };
    double weights = 0;
    double mu = 0;
    for (std::size_t k = 0; k < networks; ++k) {
        weights += 1 / variance(k);
        mu += (expected[k] - all) / variance(k);
    }
    mu = all + mu / weights;
    for (std::size_t k = 0; k < networks; ++k) expected[k] = unit * (mu + spread / variance(k) * (expected[k] - mu));
    return expected;
}

}  // namespace nas::detail
