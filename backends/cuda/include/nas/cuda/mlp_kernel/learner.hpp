// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <nas/cuda/mlp_kernel/functions.hpp>
#include <nas/cuda/mlp_kernel/network.hpp>
#include <nas/cuda/mlp_kernel/products.hpp>
#include <nas/cuda/mlp_kernel/random.hpp>
#include <nas/cuda/mlp_kernel/types.hpp>

namespace nas::mlp_kernel {

/// A network that learns a batch at a time.
///
/// There is no gradient: the derivatives of a layer's outputs are summed over the batch to that of a weight, and the weight
/// takes its step on the spot, after the layer below got its derivatives from the old weights.
template <class Team>
class learner : protected network<Team> {
    using base = network<Team>;

  public:
    NAS_MLP_KERNEL learner(const Team& team, const setting& all, const model& one, const dense* layers,
                           const memory& room)
        : base(team, all, one, layers, room), order_(room.order, all.rows) {}

  protected:
    using base::activations;
    using base::all_;
    using base::drawn_;
    using base::gather;
    using base::kept;
    using base::layers_;
    using base::one_;
    using base::room_;
    using base::team_;
    using base::transposed;
    using base::weights;

    // One step on the rows of order_ from `first` on.
    NAS_MLP_KERNEL void learn(std::size_t first, const step_rule& step) {
        const std::size_t count = all_.rows - first < all_.batch ? all_.rows - first : all_.batch;
        const auto row = [this, first](std::size_t i) { return std::size_t{order_[first + i]}; };
        gather(all_.inputs, all_.features, count, activations(one_.rows), row);
        gather(all_.targets, all_.outputs, count, activations(one_.targets), row);
        team_.sync();
        this->template forward<true>(count);
        set_output_delta(count);
        std::uint64_t drawn = drawn_;
        for (std::uint32_t l = one_.layers; l-- > 0;) {
            const dense layer = layers_[l];
            const float* const delta = activations(layer.outputs);
            if (l > 0) {
                const dense below = layers_[l - 1];
                if (below.kept > 0) drawn -= (below.units * count + 3) / 4;
                pass_back(layer, below, count, drawn);
                team_.sync();
            }
            const bool drops = l > 0 && layers_[l - 1].kept > 0;
            const float* const read = activations(l == 0  ? one_.rows
                                                  : drops ? layers_[l - 1].read
                                                          : layers_[l - 1].outputs);
            update(layer, count, read, delta, step);
            team_.sync();
            if (l == 0) continue;
            // What the layer below put out is not needed any more: its derivatives take the place.
            const dense below = layers_[l - 1];
            const std::size_t stride = stride_of(below.units);
            for (std::size_t i = team_.rank(); i < count * stride; i += team_.size())
                activations(below.outputs)[i] = activations(one_.delta)[i];
            team_.sync();
        }
    }

    // Of the mean loss with respect to the sums of the output layer; takes the place of the outputs.
    NAS_MLP_KERNEL void set_output_delta(std::size_t count) const {
        const dense last = layers_[one_.layers - 1];
        const std::size_t stride = stride_of(last.units);
        float* const out = activations(last.outputs);
        const float* const targets = activations(one_.targets);
        // Softmax's cross-entropy is one number a row, every other loss one for each output.
        const std::size_t terms = all_.what == loss::softmax_cross_entropy ? count : count * last.units;
        const float factor = (all_.what == loss::squared_error ? 2.0F : 1.0F) / static_cast<float>(terms);
        for (std::size_t at = team_.rank(); at < count * last.units; at += team_.size()) {
            const std::size_t i = at / last.units * stride + at % last.units;
            const float y = out[i];
            const float delta = (y - targets[i]) * factor;
            out[i] = all_.what == loss::squared_error ? derived(last.act, y, delta) : delta;
        }
        team_.sync();
    }

    // The derivatives of what is below, from those of `layer`.
    NAS_MLP_KERNEL void pass_back(const dense& layer, const dense& below, std::size_t count,
                                  std::uint64_t drawn) const {
        const std::size_t stride = stride_of(layer.units);
        const std::size_t stride_below = stride_of(below.units);
        const float* const out = activations(below.outputs);
        float* const delta = activations(one_.delta);
        const auto by = [&](const auto& right) {
            product(
                team_, count, below.units, layer.units, by_rows{activations(layer.outputs), stride}, right,
                [](std::size_t) { return 0.0F; },
                [&](std::size_t i, std::size_t k, float sum) {
                    if (below.kept > 0) sum *= kept(below, one_.seed, drawn, i * below.units + k) ? below.scale : 0.0F;
                    delta[i * stride_below + k] = derived(below.act, out[i * stride_below + k], sum);
                });
        };
        if (room_.transposed != nullptr)
            by(by_steps{room_.transposed + layer.weights, 1, stride_of(layer.inputs)});
        else
            by(by_rows{weights(layer), stride});
    }

    // A step of each weight and bias of `layer`, which read `read` and has the derivatives `delta`.
    NAS_MLP_KERNEL void update(const dense& layer, std::size_t count, const float* read, const float* delta,
                               const step_rule& step) const {
        const std::size_t stride = stride_of(layer.units);
        float* const w = weights(layer);
        float* const state = room_.state + layer.weights;
        product(
            team_, layer.inputs, layer.units, count, by_steps{read, 1, stride_of(layer.inputs)},
            by_steps{delta, 1, stride}, [](std::size_t) { return 0.0F; },
            [&](std::size_t i, std::size_t k, float sum) {
                float& weight = w[i * stride + k];
                step(sum, weight, state + i * stride + k, one_.weights, true);
                if (room_.transposed != nullptr) transposed(layer, i, k) = weight;
            });
        for (std::size_t k = team_.rank(); k < layer.units; k += team_.size()) {
            float sum = 0;
            for (std::size_t i = 0; i < count; ++i) sum += delta[i * stride + k];
            const std::size_t at = layer.inputs * stride + k;
            step(sum, w[at], state + at, one_.weights, false);
        }
    }

    row_order order_;
};

}  // namespace nas::mlp_kernel
