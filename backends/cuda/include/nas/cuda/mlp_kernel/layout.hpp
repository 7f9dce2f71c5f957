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

/// Epochs whose weights are among the results, and whose scores: where the best epoch is kept, the latest one's are there too.
inline std::size_t weight_slots(const setting& all, const model& one) { return all.every_epoch ? one.epochs : 1; }
inline std::size_t score_slots(const setting& all, const model& one) {
    return all.every_epoch ? one.epochs : all.keep_best ? 2 : 1;
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

/// Two memories of a team, given out from their beginnings on.
struct shelves {
    char* fast;
    std::size_t fast_bytes;
    char* slow;
    std::size_t fast_used = 0;
    std::size_t slow_used = 0;

    NAS_MLP_KERNEL static char* take(char* from, std::size_t& used, std::size_t bytes) {
        char* const at = from != nullptr ? from + used : nullptr;  // where only sizes are wanted
        used += bytes;
        return at;
    }
    template <bool Fast>
    NAS_MLP_KERNEL char* from(std::size_t bytes) {
        bytes = (bytes + 15) / 16 * 16;
        if constexpr (Fast) {
            char* const at = fast + fast_used;
            fast_used += bytes;
            return at;
        } else {
            return take(slow, slow_used, bytes);
        }
    }
    NAS_MLP_KERNEL char* from_any(std::size_t bytes) {
        bytes = (bytes + 15) / 16 * 16;
        return fast_used + bytes <= fast_bytes ? take(fast, fast_used, bytes) : take(slow, slow_used, bytes);
    }
};

/// Where a team's numbers are; results are the same wherever. `slow_bytes`, where given, is told how much slow memory that takes.
template <placement Where>
NAS_MLP_KERNEL memory arrange(const setting& all, const model& one, char* fast, std::size_t fast_bytes, char* slow,
                              std::size_t* slow_bytes = nullptr) {
    shelves room{fast, fast_bytes, slow};
    const std::size_t activations = one.activations * sizeof(float);
    const std::size_t order = all.rows * index_bytes(all.rows);
    const std::size_t weights = one.weights * sizeof(float);
    const std::size_t state = weights * state_copies(all.how, all.momentum);
    memory numbers;
    if constexpr (Where == placement::any) {
        numbers.activations = reinterpret_cast<float*>(room.from_any(activations));
        numbers.order = room.from_any(order);
        numbers.weights = reinterpret_cast<float*>(room.from_any(weights));
        if (room.slow_used > 0) numbers.transposed = reinterpret_cast<float*>(room.from_any(weights));
        numbers.state = reinterpret_cast<float*>(room.from_any(state));
    } else {
        numbers.activations = reinterpret_cast<float*>(room.from<true>(activations));
        numbers.order = room.from<true>(order);
        numbers.weights = reinterpret_cast<float*>(room.from<Where != placement::weights_slow>(weights));
        if constexpr (Where == placement::weights_slow)
            numbers.transposed = reinterpret_cast<float*>(room.from<false>(weights));
        numbers.state = reinterpret_cast<float*>(room.from<Where == placement::all_fast>(state));
    }
    if (slow_bytes != nullptr) *slow_bytes = room.slow_used;
    return numbers;
}

/// Bytes of what a network's training is while it waits for its next rung.
NAS_MLP_KERNEL inline std::size_t saved_bytes(const setting& all, const model& one) {
    const std::size_t numbers = one.weights * (1 + state_copies(all.how, all.momentum));
    return (sizeof(progress) + numbers * sizeof(float) + all.rows * index_bytes(all.rows) + 15) / 16 * 16;
}

/// Where the numbers of a network go that has so many bytes of fast memory.
inline placement placement_of(const setting& all, const model& one, std::size_t fast_bytes) {
    const auto rounded = [](std::size_t bytes) { return (bytes + 15) / 16 * 16; };
    const std::size_t weights = one.weights * sizeof(float);
    std::size_t bytes = rounded(one.activations * sizeof(float)) + rounded(all.rows * index_bytes(all.rows));
    if (bytes > fast_bytes) return placement::any;
    bytes += rounded(weights);
    if (bytes > fast_bytes) return placement::weights_slow;
    bytes += rounded(weights * state_copies(all.how, all.momentum));
    return bytes > fast_bytes ? placement::state_slow : placement::all_fast;
}

/// Bytes of slow memory that a network needs where its numbers go there.
inline std::size_t slow_bytes_at(const setting& all, const model& one, placement where, std::size_t fast_bytes) {
    std::size_t bytes = 0;
    if (where == placement::any) arrange<placement::any>(all, one, nullptr, fast_bytes, nullptr, &bytes);
    const std::size_t weights = (one.weights * sizeof(float) + 15) / 16 * 16;
    const std::size_t state = (one.weights * sizeof(float) * state_copies(all.how, all.momentum) + 15) / 16 * 16;
    if (where == placement::weights_slow) bytes = 2 * weights + state;
    if (where == placement::state_slow) bytes = state;
    return bytes;
}

}  // namespace nas::mlp_kernel
