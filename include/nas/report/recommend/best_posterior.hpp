// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/predictors/gaussian_process.hpp>
#include <nas/predictors/normal_scores.hpp>
#include <nas/report/recommend/network_results.hpp>
#include <nas/report/recommend/random_effects.hpp>

namespace nas::detail {

/// The value that has this score, given the scores of some values: linear between them.
inline double value_of_score(const std::vector<std::pair<double, double>>& known, double score) {
    const auto above = std::lower_bound(known.begin(), known.end(), std::pair(score, known.front().second),
                                        [](const auto& a, const auto& b) { return a.first < b.first; });
    if (above == known.begin()) return known.front().second;
    if (above == known.end()) return known.back().second;
    const auto& [low, from] = *(above - 1);
    const auto& [high, to] = *above;
    return std::lerp(from, to, (score - low) / (high - low));
}

struct expected_network {
    std::size_t network;
    double value;
};

/// The network with the best posterior mean of a nas::gaussian_process, of those that it remembers: it forgets none of the
/// best. It learns nas::tail_scores of the values, which keep the distances of the best as far as they are of one size.
///
///     leader = the best shrunk mean of scores: without repeats, the best trial
///     best = the best posterior mean
///     return best if its mean is more than `doubt` standard deviations of their difference above the leader's, else leader
///
/// Without repeats the share of noise is a guess, and where it is guessed too high the process smooths what is true: most
/// often by little, between networks that it takes for nearly the same. There the leader stays.
///
/// The process takes noise to be the same everywhere. Where there are many repeats, half as many as networks, as of a policy
/// that has settled, a network's own trials say more than that: then the lower of the posterior mean and the shrunk mean of its
/// scores counts, so that what was lucky once must be believed by both.
template <class Space, std::size_t Objectives>
expected_network best_posterior(const history<Space, Objectives>& past, const network_results& results) {
    // Measured on other tables and landscapes than those that are reported; 0.5 to 0.7 and 0.2 to 0.5 differ little.
    constexpr double noise_share = 0.6;
    constexpr double doubt = 0.3;

    network_results scored = results;
    scored.values = tail_scores(results.values);
    scored.find_means();
    std::vector<arch_t<Space>> archs;
    archs.reserve(results.rows.size());
    for (const std::size_t row : results.rows) archs.push_back(past.arch(row));
    gaussian_process<Space> process(past.space(), {.noise_share = noise_share});
    process.fit(past.space(), archs, scored.values);

    const bool often = 2 * results.repeats >= results.size();
    const std::vector<double> means = shrunk_means(scored);
    const auto arch_of = [&](std::size_t network) { return past.arch(results.best[network]); };
    const auto expected = [&](std::size_t network) {
        const double mean = process.predict(past.space(), arch_of(network));
        return expected_network{network, often ? std::min(mean, means[network]) : mean};
    };
    const expected_network leader = expected(best_of(scored, means));
    expected_network best = leader;
    for (std::size_t k = 0; k < results.size(); ++k) {
        if (!process.remembers(past.space(), arch_of(k))) continue;
        const expected_network other = expected(k);
        if (better(scored, other.value, k, best.value, best.network)) best = other;
    }
    const double deviation = std::hypot(process.deviation(past.space(), arch_of(leader.network)),
                                        process.deviation(past.space(), arch_of(best.network)));
    if (!(best.value - leader.value > doubt * deviation)) best = leader;

    std::vector<std::pair<double, double>> known;
    for (std::size_t i = 0; i < results.values.size(); ++i) known.emplace_back(scored.values[i], results.values[i]);
    std::sort(known.begin(), known.end());
    best.value = value_of_score(known, best.value);
    return best;
}

}  // namespace nas::detail
