// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <nas/cuda/mlp_kernel/functions.hpp>
#include <nas/cuda/mlp_kernel/products.hpp>
#include <nas/cuda/mlp_kernel/random.hpp>
#include <nas/cuda/mlp_kernel/types.hpp>

namespace nas::mlp_kernel {

/// A network in the memory of its team: its weights, what it puts out, and how good that is.
template <class Team>
class network {
  public:
    NAS_MLP_KERNEL network(const Team& team, const setting& all, const model& one, const dense* layers,
                           const memory& room)
        : team_(team), all_(all), one_(one), layers_(layers + one.first_layer), room_(room) {}

  protected:
    NAS_MLP_KERNEL float* activations(std::size_t at) const { return room_.activations + at; }
    NAS_MLP_KERNEL float* weights(const dense& layer) const { return room_.weights + layer.weights; }

    // Weight `at` of a layer, in the flat order. In slow memory, where threads should read neighbours, weights are kept by rows
    // and by columns: one product reads them so, the other one so.
    NAS_MLP_KERNEL void set(const dense& layer, std::size_t at, float value) const {
        const std::size_t i = at / layer.units;
        const std::size_t k = at % layer.units;
        weights(layer)[i * stride_of(layer.units) + k] = value;
        if (room_.transposed != nullptr && i < layer.inputs) transposed(layer, i, k) = value;
    }
    NAS_MLP_KERNEL float& transposed(const dense& layer, std::size_t i, std::size_t k) const {
        return room_.transposed[layer.weights + k * stride_of(layer.inputs) + i];
    }

    // Weights by columns from those by rows.
    NAS_MLP_KERNEL void transpose_weights() const {
        for (std::uint32_t l = 0; l < one_.layers && room_.transposed != nullptr; ++l) {
            const dense layer = layers_[l];
            for (std::size_t i = team_.rank(); i < std::size_t{layer.inputs} * layer.units; i += team_.size())
                transposed(layer, i / layer.units, i % layer.units) =
                    weights(layer)[i / layer.units * stride_of(layer.units) + i % layer.units];
        }
    }

    // Glorot's weights by the next draws, and no biases.
    NAS_MLP_KERNEL void draw_weights() {
        for (std::uint32_t l = 0; l < one_.layers; ++l) {
            const dense layer = layers_[l];
            const std::size_t count = std::size_t{layer.inputs} * layer.units;
            for (std::size_t i = team_.rank(); i < count; i += team_.size())
                set(layer, i, static_cast<float>(layer.limit * (2 * unit_of(draw(one_.seed, drawn_ + i)) - 1)));
            for (std::size_t k = team_.rank(); k < layer.units; k += team_.size()) set(layer, count + k, 0);
            drawn_ += count;
        }
    }

    // To nas::mlp's order.
    NAS_MLP_KERNEL void save(float* flat) const {
        for (std::uint32_t l = 0; l < one_.layers; ++l) {
            const dense layer = layers_[l];
            const std::size_t stride = stride_of(layer.units);
            const float* const w = weights(layer);
            for (std::size_t i = team_.rank(); i < (std::size_t{layer.inputs} + 1) * layer.units; i += team_.size())
                flat[layer.first + i] = w[i / layer.units * stride + i % layer.units];
        }
    }
    // Copies `count` rows' numbers, `width` a row, to the team's memory; row i is number row(i).
    template <class Row>
    NAS_MLP_KERNEL void gather(const float* from, std::size_t width, std::size_t count, float* to,
                               const Row& row) const {
        const std::size_t stride = stride_of(width);
        for (std::size_t i = team_.rank(); i < count * width; i += team_.size())
            to[i / width * stride + i % width] = from[row(i / width) * width + i % width];
    }

    NAS_MLP_KERNEL static bool kept(const dense& layer, std::uint64_t seed, std::uint64_t first, std::size_t at) {
        return ((draw(seed, first + at / 4) >> (16 * (at % 4))) & 65535U) < layer.kept;  // four decisions a draw
    }

    // From the rows in the team's memory to all outputs. While training, dropout drops by the next draws.
    template <bool Training>
    NAS_MLP_KERNEL void forward(std::size_t count) {
        const float* read = activations(one_.rows);
        std::size_t read_stride = stride_of(all_.features);
        for (std::uint32_t l = 0; l < one_.layers; ++l) {
            const dense layer = layers_[l];
            const std::size_t stride = stride_of(layer.units);
            const float* const w = weights(layer);
            const float* const biases = w + layer.inputs * stride;
            float* const out = activations(layer.outputs);
            float* const dropped = activations(layer.read);
            const bool drops = Training && layer.kept > 0;
            product(
                team_, count, layer.units, layer.inputs, by_rows{read, read_stride}, by_steps{w, 1, stride},
                [biases](std::size_t k) { return biases[k]; },
                [&](std::size_t i, std::size_t k, float sum) {
                    const float y = out[i * stride + k] = activated(layer.act, sum);
                    if (drops)
                        dropped[i * stride + k] =
                            y * (kept(layer, one_.seed, drawn_, i * layer.units + k) ? layer.scale : 0.0F);
                });
            if (drops) drawn_ += (layer.units * count + 3) / 4;
            read = drops ? dropped : out;
            read_stride = stride;
            team_.sync();
        }
        const dense last = layers_[one_.layers - 1];
        if (last.act != function::softmax) return;
        for (std::size_t i = team_.rank(); i < count; i += team_.size())
            softmax_row(activations(last.outputs) + i * stride_of(last.units), last.units);
        team_.sync();
    }

    // Mean loss and accuracy on the validation rows, the same for all of the team; outputs to `scores` unless null.
    NAS_MLP_KERNEL row_score judge(float* scores) {
        auto* const rows = reinterpret_cast<row_score*>(room_.activations);
        row_score total{0, 0};
        const auto shares = static_cast<double>(all_.what == loss::softmax_cross_entropy ? 1 : all_.outputs);
        for (std::size_t first = 0; first < all_.validation_rows; first += all_.chunk) {
            const std::size_t left = all_.validation_rows - first;
            const std::size_t count = left < all_.chunk ? left : all_.chunk;
            gather(all_.validation_inputs, all_.features, count, activations(one_.rows),
                   [first](std::size_t i) { return first + i; });
            team_.sync();
            forward<false>(count);
            const float* const out = activations(layers_[one_.layers - 1].outputs);
            const std::size_t stride = stride_of(all_.outputs);
            for (std::size_t i = team_.rank(); i < count; i += team_.size()) {
                const float* const targets = all_.validation_targets + (first + i) * all_.outputs;
                rows[i] = score_row(all_, out + i * stride, targets);
                for (std::size_t k = 0; scores != nullptr && k < all_.outputs; ++k)
                    scores[(first + i) * all_.outputs + k] = out[i * stride + k];
            }
            team_.sync();
            // Added by each thread, in the rows' order, as nas::detail::mlp_judge adds them.
            for (std::size_t i = 0; i < count; ++i) {
                total.loss += rows[i].loss;
                for (double n = 0; n < rows[i].right; ++n) total.right += 1 / shares;
            }
            team_.sync();
        }
        total.loss /= static_cast<double>(all_.validation_rows);
        total.right /= static_cast<double>(all_.validation_rows);
        return total;
    }

    const Team& team_;
    const setting& all_;
    const model& one_;
    const dense* layers_;
    memory room_;
    std::uint64_t drawn_ = 0;  // of the generator, so far
};

}  // namespace nas::mlp_kernel
