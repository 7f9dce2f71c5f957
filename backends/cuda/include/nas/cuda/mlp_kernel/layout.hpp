// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <nas/cuda/mlp_kernel/types.hpp>

namespace nas::mlp_kernel {

/// Gives the numbers of a network, whose layers and epochs are known, their places in the team's memory.
inline void place(model& one, dense* layers, const setting& all) {
    layers += one.first_layer;
    const std::size_t chunk = all.chunk;
    std::size_t at = chunk * (sizeof(double) * 2 / sizeof(float));  // scores of rows come first
    const auto take = [&at](std::size_t rows, std::size_t width) {
        const std::size_t first = at;
        at += rows * stride_of(width);
        return first;
    };
    one.rows = take(chunk, all.features);
    one.targets = take(all.batch, all.outputs);
    std::size_t widest = 0;
    one.weights = one.parameters = 0;
    for (std::uint32_t l = 0; l < one.layers; ++l) {
        dense& layer = layers[l];
        layer.outputs = layer.read = take(chunk, layer.units);
        if (layer.kept > 0) layer.read = take(all.batch, layer.units);
        if (l + 1 < one.layers && layer.units > widest) widest = layer.units;
        layer.first = one.parameters;
        layer.weights = one.weights;
        one.parameters += (std::size_t{layer.inputs} + 1) * layer.units;
        one.weights += (std::size_t{layer.inputs} + 1) * stride_of(layer.units);
    }
    one.delta = widest > 0 ? take(all.batch, widest) : at;
    one.activations = at;
}

/// Products and sums of numbers in the training of a network: forward, and twice as many back (but not to the rows), then its
/// judgement.
inline double operations(const model& one, const dense* layers, const setting& all) {
    double learned = 0;
    double judged = 0;
    for (std::uint32_t l = 0; l < one.layers; ++l) {
        const dense& layer = layers[one.first_layer + l];
        const double products = 2.0 * layer.inputs * layer.units;
        learned += products * (l == 0 ? 2 : 3);
        judged += products;
    }
    return one.epochs * (learned * static_cast<double>(all.rows) + judged * static_cast<double>(all.validation_rows));
}

/// Where a team's numbers are: what is read most has the first claim to its fast memory, the rest is in the slow one, with the
/// same results. `slow_bytes`, where given, is told how much of that there must be. AllFast: it is known that all fits, and
/// compilers then know which memory pointers point to.
template <bool AllFast = false>
NAS_MLP_KERNEL memory arrange(const setting& all, const model& one, char* fast, std::size_t fast_bytes, char* slow,
                              std::size_t* slow_bytes = nullptr) {
    std::size_t fast_used = 0;
    std::size_t slow_used = 0;
    const auto take = [&](std::size_t bytes) {
        bytes = (bytes + 15) / 16 * 16;
        if constexpr (AllFast) {
            char* const at = fast + fast_used;
            fast_used += bytes;
            return at;
        } else {
            const bool fits = fast_used + bytes <= fast_bytes;
            std::size_t& used = fits ? fast_used : slow_used;
            const std::size_t at = used;
            used += bytes;
            char* const from = fits ? fast : slow;
            return from != nullptr ? from + at : nullptr;  // where only sizes are wanted
        }
    };
    memory room;
    room.activations = reinterpret_cast<float*>(take(one.activations * sizeof(float)));
    room.order = take(all.rows * index_bytes(all.rows));
    room.weights = reinterpret_cast<float*>(take(one.weights * sizeof(float)));
    if constexpr (!AllFast)
        if (slow_used > 0) room.transposed = reinterpret_cast<float*>(take(one.weights * sizeof(float)));
    room.state = reinterpret_cast<float*>(take(one.weights * sizeof(float) * state_copies(all.how, all.momentum)));
    if (slow_bytes != nullptr) *slow_bytes = slow_used;
    return room;
}

/// Bytes of what a network's training is while it waits for its next rung.
NAS_MLP_KERNEL inline std::size_t saved_bytes(const setting& all, const model& one) {
    const std::size_t numbers = one.weights * (1 + state_copies(all.how, all.momentum));
    return (sizeof(progress) + numbers * sizeof(float) + all.rows * index_bytes(all.rows) + 15) / 16 * 16;
}

/// Bytes of slow memory that a network needs beside so many of fast memory.
inline std::size_t slow_bytes_of(const setting& all, const model& one, std::size_t fast_bytes) {
    std::size_t bytes = 0;
    arrange(all, one, nullptr, fast_bytes, nullptr, &bytes);
    return bytes;
}

}  // namespace nas::mlp_kernel
