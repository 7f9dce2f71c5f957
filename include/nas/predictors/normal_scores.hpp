// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include <nas/networks/normal_quantile.hpp>

namespace nas {

/// Values by their ranks alone, as if they came from a standard normal distribution: the quantile at (rank - 1/2) / n, where
/// equal values share the mean of their ranks. What learns from these does not depend on the scale of a reward.
inline std::vector<double> normal_scores(std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> scores(values.size());
    for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
        while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
        const double share = static_cast<double>(first + last) / static_cast<double>(2 * values.size());
        for (std::size_t i = first; i < last; ++i) scores[order[i]] = normal_quantile(share);
    }
    return scores;
}

/// Values of which the better half keep their distances, and the others only their ranks: (value - median) over the root of
/// the mean square of that above the median, and normal scores below. Noise is then as large everywhere as it is among the
/// good ones, and a reward that spans decades below does not matter.
inline std::vector<double> half_ranks(std::span<const double> values) {
    std::vector<double> scores = normal_scores(values);
    if (values.empty()) return scores;
    std::vector<double> sorted(values.begin(), values.end());
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    const double median = *middle;
    double squares = 0;
    std::size_t above = 0;
    for (const double value : values) {
        if (!(value > median)) continue;
        squares += (value - median) * (value - median);
        ++above;
    }
    const double scale = squares > 0 ? std::sqrt(squares / static_cast<double>(above)) : 1;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (values[i] >= median) scores[i] = (values[i] - median) / scale;
    return scores;
}

}  // namespace nas
