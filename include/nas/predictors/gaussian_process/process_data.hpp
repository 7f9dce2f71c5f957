// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <nas/operators/identity.hpp>

namespace nas::detail {

/// What a Gaussian process learns from: networks, each with the mean of its trials.
struct process_data {
    std::vector<std::uint16_t> levels;  ///< row-major [network][decision]
    std::vector<double> vectors;        ///< row-major [network][kernel.vector_size()]
    std::vector<double> means;          ///< of each network's trials
    std::vector<double> trials;         ///< how many
    std::vector<double> squares;        ///< of their distances from that mean
    std::vector<double> scores = {};    ///< row-major [network][score of the prior mean]

    std::size_t size() const noexcept { return means.size(); }
    double total_trials() const { return std::accumulate(trials.begin(), trials.end(), 0.0); }
    double total_squares() const { return std::accumulate(squares.begin(), squares.end(), 0.0); }
};

/// At most `most` of these networks, in their order: half of them the best, which matter most, the others spread evenly over the
/// ranks of the rest.
inline std::vector<std::size_t> representatives(std::span<const double> means, std::size_t most) {
    std::vector<std::size_t> order(means.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (order.size() <= most) return order;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return means[a] != means[b] ? means[a] > means[b] : a < b; });
    const std::size_t best = most / 2;
    const std::size_t others = most - best;
    for (std::size_t k = 0; k < others; ++k)
        order[best + k] = order[best + (2 * k + 1) * (order.size() - best) / (2 * others)];
    order.resize(most);
    std::sort(order.begin(), order.end());
    return order;
}

/// These networks of `all` alone.
inline process_data part_of(const process_data& all, std::span<const std::size_t> chosen) {
    process_data part;
    if (chosen.empty()) return part;
    const auto copy = [&](const auto& from, auto& to) {
        const std::size_t width = from.size() / all.size();
        for (const std::size_t k : chosen)
            for (std::size_t i = 0; i < width; ++i) to.push_back(from[k * width + i]);
    };
    copy(all.levels, part.levels);
    copy(all.vectors, part.vectors);
    copy(all.means, part.means);
    copy(all.trials, part.trials);
    copy(all.squares, part.squares);
    copy(all.scores, part.scores);
    return part;
}

/// Values by network: the numbers of the architectures that stand for the networks, and all but their levels and vectors.
struct grouped_values {
    std::vector<std::size_t> first;
    process_data data;
};

template <class Space>
grouped_values group_by_network(const Space& space, std::span<const arch_t<Space>> archs,
                                std::span<const double> values) {
    grouped_values groups;
    process_data& data = groups.data;
    identity_set<network_t<Space>> seen;
    std::vector<std::size_t> number(archs.size());
    for (std::size_t i = 0; i < archs.size(); ++i) {
        auto network = network_of(space, archs[i]);
        number[i] = seen.find(network);
        if (number[i] == seen.npos) {
            number[i] = seen.size();
            seen.insert(std::move(network));
            groups.first.push_back(i);
            data.means.push_back(0);
            data.trials.push_back(0);
        }
        // From the first value, so that equal values have exactly that mean.
        data.means[number[i]] += values[i] - values[groups.first[number[i]]];
        data.trials[number[i]] += 1;
    }
    for (std::size_t k = 0; k < data.size(); ++k)
        data.means[k] = values[groups.first[k]] + data.means[k] / data.trials[k];
    data.squares.resize(data.size());
    for (std::size_t i = 0; i < archs.size(); ++i) {
        const double error = values[i] - data.means[number[i]];
        data.squares[number[i]] += error * error;
    }
    return groups;
}

/// Shifts and scales the values of `data` so that those of all trials have mean 0 and variance 1; a single value, or equal
/// ones, are only shifted.
struct standardization {
    double origin = 0;
    double scale = 1;

    explicit standardization(process_data& data) {
        if (data.size() == 0) return;
        const double trials = data.total_trials();
        double sum = 0;
        for (std::size_t k = 0; k < data.size(); ++k) sum += data.trials[k] * (data.means[k] - data.means[0]);
        origin = data.means[0] + sum / trials;
        double squares = data.total_squares();
        for (std::size_t k = 0; k < data.size(); ++k)
            squares += data.trials[k] * (data.means[k] - origin) * (data.means[k] - origin);
        if (squares > 0) scale = std::sqrt(squares / trials);
        for (std::size_t k = 0; k < data.size(); ++k) {
            data.means[k] = (data.means[k] - origin) / scale;
            data.squares[k] /= scale * scale;
        }
    }
    standardization() = default;
};

}  // namespace nas::detail
