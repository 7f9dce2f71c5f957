// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include <Eigen/Core>
#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/models/small_product.hpp>

namespace nas {

/// Stacked long short-term memory without biases (Hochreiter and Schmidhuber 1997), as ENAS and AMBER have it:
///
///     z = W [x; h before],  i, f, o = sigmoid of its first three quarters, g = tanh of the last
///     c = i g + f c before,  h = o tanh(c)
///
/// A layer reads what the one below puts out in the same step; c and h are 0 before the first step. Inputs have as many
/// numbers as there are units.
///
/// Only the shape is kept here: weights and memory are the caller's. The weights of a layer are a matrix of 4 units rows and
/// 2 units columns, stored column by column; layers follow each other. Steps are a batch wide: a matrix of states is units x
/// batch, that of the next step follows it. There may be fewer slots for steps than steps, which then are used in turn.
template <std::floating_point Scalar>
class lstm {
  public:
    lstm(std::size_t units, std::size_t layers) noexcept : units_(units), layers_(layers) {}

    std::size_t units() const noexcept { return units_; }
    std::size_t layers() const noexcept { return layers_; }
    /// Number of weights.
    std::size_t size() const noexcept { return layers_ * 8 * units_ * units_; }

    /// What a pass leaves behind, of `slots` steps of `batch` sequences. For `learning`, slots is the number of steps.
    struct memory {
        Scalar* data = nullptr;
        std::size_t slots = 0;
        std::size_t batch = 0;
        bool learning = false;
        bool dropout = false;
    };
    /// Numbers that `memory.data` must have room for.
    std::size_t room(const memory& of) const noexcept {
        return layers_ * layer_room(of) + (of.learning ? states(of) : 0);
    }

    /// What the top layer put out in `step`: units x batch.
    Scalar* top(const memory& of, std::size_t step) const noexcept {
        return output(of, layers_ - 1) + slot(of, step) * units_ * of.batch;
    }
    /// The gradient with respect to the same, to be set before `backward`.
    Scalar* top_gradient(const memory& of, std::size_t step) const noexcept {
        return output_gradient(of, layers_) + step * units_ * of.batch;
    }
    /// The gradient with respect to what the lowest layer read in `step`, after `backward`.
    Scalar* input_gradient(const memory& of, std::size_t step) const noexcept {
        return output_gradient(of, 0) + step * units_ * of.batch;
    }

    /// Draws what is dropped: outputs of layers, not what they remember, with probability `rate`; what stays is scaled up
    /// (Zaremba et al. 2014). A probability is a multiple of 2^-16.
    void draw_dropout(const memory& of, double rate, rng& random) const {
        const auto kept = static_cast<std::uint64_t>(std::lround((1 - rate) * 65536));
        const auto scale = static_cast<Scalar>(1 / (1 - rate));
        for (std::size_t layer = 0; layer < layers_; ++layer) {
            Scalar* const mask = part(of, layer, 9);
            for (std::size_t at = 0; at < states(of); at += 4) {
                std::uint64_t bits = random();
                for (std::size_t k = at; k < std::min(at + 4, states(of)); ++k, bits >>= 16)
                    mask[k] = (bits & 65535U) < kept ? scale : Scalar{0};
            }
        }
    }

    /// Steps `first` to `last` - 1, after those before, from `inputs`, one matrix for each slot. Where there is more than one
    /// step there must be a slot for each.
    void forward(const Scalar* weights, const memory& of, const Scalar* inputs, std::size_t first,
                 std::size_t last) const {
        const std::size_t one = units_ * of.batch;
        for (std::size_t layer = 0; layer < layers_; ++layer, weights += 8 * units_ * units_) {
            const Scalar* const read = (layer == 0 ? inputs : output(of, layer - 1)) + slot(of, first) * one;
            set_product(4 * units_, (last - first) * of.batch, units_, weights, read,
                        part(of, layer, 0) + slot(of, first) * 4 * one);
            for (std::size_t step = first; step < last; ++step) {
                const std::size_t now = slot(of, step) * one;
                const std::size_t before = step == 0 ? 0 : slot(of, step - 1) * one;
                Scalar* const gates = part(of, layer, 0) + 4 * now;
                if (step > 0)
                    add_product(4 * units_, of.batch, units_, weights + 4 * units_ * units_,
                                part(of, layer, 6) + before, gates);
                Scalar* const cells = part(of, layer, 4);
                move_on(gates, step == 0 ? nullptr : cells + before, cells + now, part(of, layer, 5) + now,
                        part(of, layer, 6) + now, of.batch);
                if (of.dropout)
                    array(part(of, layer, 8) + now, one) =
                        array(part(of, layer, 6) + now, one) * array(part(of, layer, 9) + now, one);
            }
        }
    }

    /// Before the first `backward` of a pass.
    void begin_backward(const memory& of) const {
        for (std::size_t layer = 0; layer < layers_; ++layer)
            array(carried(of, layer), 2 * units_ * of.batch).setZero();
    }

    /// Steps `last` - 1 down to `first`, after those behind. Takes top_gradient, which is that of the sum of all that is
    /// computed from these steps' outputs, sets input_gradient. `transposed` has the matrices of all layers transposed.
    void backward(const Scalar* transposed, const memory& of, std::size_t first, std::size_t last) const {
        const std::size_t one = units_ * of.batch;
        for (std::size_t layer = layers_; layer-- > 0;) {
            const Scalar* const of_layer = transposed + layer * 8 * units_ * units_;
            Scalar* const carried_output = carried(of, layer);
            Scalar* const carried_cell = carried_output + one;
            for (std::size_t step = last; step-- > first;) {
                Scalar* const gradient = output_gradient(of, layer + 1) + step * one;
                if (of.dropout) array(gradient, one) *= array(part(of, layer, 9) + step * one, one);
                array(gradient, one) += array(carried_output, one);
                Scalar* const gates = part(of, layer, 0) + 4 * step * one;
                const Scalar* const cells = part(of, layer, 4);
                move_back(gates, step == 0 ? nullptr : cells + (step - 1) * one, part(of, layer, 5) + step * one,
                          gradient, carried_cell, of.batch);
                if (step > 0) back_through(of_layer + 4 * units_ * units_, of.batch, gates, carried_output);
            }
            back_through(of_layer, (last - first) * of.batch, part(of, layer, 0) + 4 * first * one,
                         output_gradient(of, layer) + first * one);
        }
    }

    /// Adds the gradient of the weights, after `backward` over all `steps`. `inputs` are those of forward.
    void add_gradient(const memory& of, const Scalar* inputs, std::size_t steps, Scalar* gradient) const {
        const std::size_t one = units_ * of.batch;
        for (std::size_t layer = 0; layer < layers_; ++layer, gradient += 8 * units_ * units_) {
            const Scalar* const gates = part(of, layer, 0);
            add_product_transposed(4 * units_, units_, steps * of.batch, gates,
                                   layer == 0 ? inputs : output(of, layer - 1), gradient);
            add_product_transposed(4 * units_, units_, (steps - 1) * of.batch, gates + 4 * one, part(of, layer, 6),
                                   gradient + 4 * units_ * units_);
        }
    }

    /// The matrices of all layers transposed, that of inputs and that of outputs apart, as `backward` needs them.
    void transpose_weights(const Scalar* weights, Scalar* transposed) const {
        for (std::size_t half = 0; half < 2 * layers_; ++half)
            transpose(4 * units_, units_, weights + half * 4 * units_ * units_,
                      transposed + half * 4 * units_ * units_);
    }

  private:
    using array_map = Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>>;
    static array_map array(Scalar* data, std::size_t size) { return {data, static_cast<Eigen::Index>(size)}; }
    static auto array(const Scalar* data, std::size_t size) {
        return Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, 1>>(data, static_cast<Eigen::Index>(size));
    }

    // Parts of a layer's memory, in units of a matrix of states for each slot: 0 to 3 gates, which backward turns into the
    // gradients of what they are functions of, 4 cells, 5 their tanh, 6 hidden states, 7 gradient of outputs; with dropout
    // 8 outputs, 9 masks. At the end what is carried from step to step backwards.
    std::size_t states(const memory& of) const noexcept { return units_ * of.batch * of.slots; }
    std::size_t layer_room(const memory& of) const noexcept {
        return states(of) * (of.dropout ? 10 : of.learning ? 8 : 7) + (of.learning ? 2 * units_ * of.batch : 0);
    }
    Scalar* part(const memory& of, std::size_t layer, std::size_t number) const noexcept {
        return of.data + layer * layer_room(of) + number * states(of);
    }
    Scalar* carried(const memory& of, std::size_t layer) const noexcept {
        return of.data + (layer + 1) * layer_room(of) - 2 * units_ * of.batch;
    }
    Scalar* output(const memory& of, std::size_t layer) const noexcept { return part(of, layer, of.dropout ? 8 : 6); }
    // Of the outputs of the layer below `above`; 0: of the inputs.
    Scalar* output_gradient(const memory& of, std::size_t above) const noexcept {
        return above == 0 ? of.data + layers_ * layer_room(of) : part(of, above - 1, 7);
    }
    static std::size_t slot(const memory& of, std::size_t step) noexcept {
        return step < of.slots ? step : step % of.slots;
    }

    // From the gradient of z to that of what a half of the weights was multiplied with.
    void back_through(const Scalar* transposed, std::size_t columns, const Scalar* gates, Scalar* out) const {
        set_product(units_, columns, 4 * units_, transposed, gates, out);
    }

    void move_on(Scalar* gates, const Scalar* before, Scalar* cells, Scalar* squashed, Scalar* hidden,
                 std::size_t batch) const {
        // sigmoid(x) = (1 + tanh(x / 2)) / 2: one pass of tanh for all gates.
        const std::size_t n = units_;
        for (std::size_t b = 0; b < batch; ++b) array(gates + 4 * n * b, 3 * n) *= Scalar(0.5);
        array(gates, 4 * n * batch) = array(gates, 4 * n * batch).tanh();
        for (std::size_t b = 0; b < batch; ++b) {
            Scalar* const i = gates + 4 * n * b;
            array(i, 3 * n) = Scalar(0.5) * array(i, 3 * n) + Scalar(0.5);
            array(cells + n * b, n) = array(i, n) * array(i + 3 * n, n);
            if (before != nullptr) array(cells + n * b, n) += array(i + n, n) * array(before + n * b, n);
        }
        array(squashed, n * batch) = array(cells, n * batch).tanh();
        for (std::size_t b = 0; b < batch; ++b)
            array(hidden + n * b, n) = array(gates + 4 * n * b + 2 * n, n) * array(squashed + n * b, n);
    }

    // Turns gates into the gradient with respect to z.
    void move_back(Scalar* gates, const Scalar* before, const Scalar* squashed, const Scalar* gradient, Scalar* carried,
                   std::size_t batch) const {
        const std::size_t n = units_;
        for (std::size_t b = 0; b < batch; ++b) {
            Scalar* const i = gates + 4 * n * b;
            gates_back(n, i, i + n, i + 2 * n, i + 3 * n, squashed + n * b, gradient + n * b, carried + n * b);
            if (before == nullptr) {
                array(i + n, n).setZero();
            } else {
                array(i + n, n) *= array(before + n * b, n);
            }
        }
    }

    // All but the factor of f that is the cell before. A function of its own because g++ heeds __restrict of parameters only,
    // and else does one number at a time.
    static void gates_back(std::size_t n, Scalar* __restrict i, Scalar* __restrict f, Scalar* __restrict o,
                           Scalar* __restrict g, const Scalar* __restrict t, const Scalar* __restrict dh,
                           Scalar* __restrict dc) {
        for (std::size_t k = 0; k < n; ++k) {
            const Scalar d = dc[k] + dh[k] * o[k] * (1 - t[k] * t[k]);
            const Scalar to_input = d * g[k] * i[k] * (1 - i[k]);
            o[k] = dh[k] * t[k] * o[k] * (1 - o[k]);
            g[k] = d * i[k] * (1 - g[k] * g[k]);
            i[k] = to_input;
            dc[k] = d * f[k];
            f[k] = d * f[k] * (1 - f[k]);
        }
    }

    std::size_t units_;
    std::size_t layers_;
};

}  // namespace nas
