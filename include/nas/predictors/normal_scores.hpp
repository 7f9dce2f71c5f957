// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <span>
#include <vector>

#include <nas/networks/normal_quantile.hpp>

namespace nas {

namespace detail {

/// The power of two by which these values become numbers whose squares neither overflow nor vanish: the largest, without its
/// sign, is then in [1, 2).
inline double binary_unit(std::span<const double> values) {
    double largest = 0;
    for (const double value : values) largest = std::max(largest, std::abs(value));
    return largest > 0 ? std::ldexp(1.0, std::ilogb(largest)) : 1;
}

}  // namespace detail

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

/// Values of which the best part keeps its distances, and the others only their ranks:
///
///     scores = normal_scores(values)
///     above a threshold: score of the threshold + (value - threshold) * factor,
///                        where the factor keeps the mean square of what scores exceed that of the threshold by
///
/// Noise is then as large everywhere as it is among the best, and a reward that spans decades below them does not matter. The part
/// is the better half, unless that spans decades itself: as long as its values crowd at its upper end, the better half of it.
/// They do where the squared mean of their distances from the threshold is more than 3/4 of the mean square, as it is of values
/// that are spread evenly; of half a normal distribution it is 0.64. Of fewer than eight values ranks are all there is.
inline std::vector<double> tail_scores(std::span<const double> values) {
    constexpr double crowded = 0.75;
    constexpr std::size_t fewest = 8;
    std::vector<double> scores = normal_scores(values);
    std::vector<double> best_first(values.begin(), values.end());
    std::sort(best_first.begin(), best_first.end(), std::greater<>());
    for (std::size_t part = values.size() / 2; part >= fewest; part /= 2) {
        const double threshold = best_first[part];
        const double unit = detail::binary_unit({best_first.data(), part + 1});
        const auto distance = [&](double value) { return value / unit - threshold / unit; };
        double count = 0;
        double sum = 0;
        double squares = 0;
        for (std::size_t k = 0; best_first[k] > threshold; ++k) {
            const double far = distance(best_first[k]);
            sum += far;
            squares += far * far;
            ++count;
        }
        if (sum * sum > crowded * count * squares) continue;

        double of_threshold = 0;
        for (std::size_t i = 0; i < values.size(); ++i)
            if (values[i] == threshold) of_threshold = scores[i];
        double expected = 0;
        for (std::size_t i = 0; i < values.size(); ++i)
            if (values[i] > threshold) expected += (scores[i] - of_threshold) * (scores[i] - of_threshold);
        const double factor = squares > 0 ? std::sqrt(expected / squares) : 0;
        for (std::size_t i = 0; i < values.size(); ++i)
            if (values[i] > threshold) scores[i] = of_threshold + factor * distance(values[i]);
        break;
    }
    return scores;
}

}  // namespace nas
