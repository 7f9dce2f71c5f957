// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
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
/// The process takes noise to be the same everywhere. Where there are many repeats, half as many as networks, as of a policy
/// that has settled, a network's own trials say more than that: then the lower of the posterior mean and the shrunk mean of its
/// scores counts, so that what was lucky once must be believed by both.
template <class Space, std::size_t Objectives>
expected_network best_posterior(const history<Space, Objectives>& past, const network_results& results) {
    network_results scored = results;
    scored.values = tail_scores(results.values);
    scored.find_means();
    std::vector<arch_t<Space>> archs;
    archs.reserve(results.rows.size());
    for (const std::size_t row : results.rows) archs.push_back(past.arch(row));
    gaussian_process<Space> process(past.space());
    process.fit(past.space(), archs, scored.values);

    const bool often = 2 * results.repeats >= results.size();
    const std::vector<double> means = shrunk_means(scored);
    std::optional<expected_network> best;
    for (std::size_t k = 0; k < results.size(); ++k) {
        const auto arch = past.arch(results.best[k]);
        if (!process.remembers(past.space(), arch)) continue;
        double expected = process.predict(past.space(), arch);
        if (often) expected = std::min(expected, means[k]);
        if (!best || better(scored, expected, k, best->value, best->network)) best = expected_network{k, expected};
    }
    std::vector<std::pair<double, double>> known;
    for (std::size_t i = 0; i < results.values.size(); ++i) known.emplace_back(scored.values[i], results.values[i]);
    std::sort(known.begin(), known.end());
    best->value = value_of_score(known, best->value);
    return *best;
}

}  // namespace nas::detail
