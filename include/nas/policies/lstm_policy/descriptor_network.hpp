// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>

#include <boost/random/normal_distribution.hpp>
#include <nas/core/rng.hpp>
#include <nas/networks/small_product.hpp>
#include <nas/spaces/mlp_layer.hpp>

namespace nas {

/// From the numbers that describe a task to the first input of a controller, as AMBER's zero-shot controller has it:
/// W2 act(W1 d + b1) + b2, or W d + b without a hidden layer.
///
/// Only the shape is kept here. Weights: of each layer its matrix, outputs x inputs, column by column, then its biases.
template <std::floating_point Scalar>
class descriptor_network {
  public:
    /// `hidden` 0: no hidden layer. `function` is its activation.
    descriptor_network(std::size_t inputs, std::size_t hidden, activation function, std::size_t outputs) noexcept
        : inputs_(inputs), hidden_(hidden), outputs_(outputs), function_(function) {}

    std::size_t size() const noexcept {
        return hidden_ == 0 ? (inputs_ + 1) * outputs_ : (inputs_ + 1) * hidden_ + (hidden_ + 1) * outputs_;
    }
    /// Numbers of scratch memory, kept from `forward` to `backward`.
    std::size_t room(std::size_t batch) const noexcept { return (inputs_ + 2 * hidden_) * batch; }

    /// Weights normal with deviation sqrt(2 / inputs) (He et al. 2015), biases 0.
    void initialize(Scalar* weights, rng& random) const {
        for_each_layer([&](std::size_t first, std::size_t inputs, std::size_t outputs) {
            boost::random::normal_distribution<double> normal(0, std::sqrt(2.0 / static_cast<double>(inputs)));
            for (std::size_t i = 0; i < inputs * outputs; ++i) weights[first + i] = static_cast<Scalar>(normal(random));
            std::fill_n(weights + first + inputs * outputs, outputs, Scalar{0});
        });
    }

    /// `descriptors` is inputs x batch, `out` outputs x batch.
    void forward(const Scalar* weights, std::span<const double> descriptors, std::size_t batch, Scalar* memory,
                 Scalar* out) const {
        for (std::size_t i = 0; i < inputs_ * batch; ++i) memory[i] = static_cast<Scalar>(descriptors[i]);
        if (hidden_ == 0) return layer(weights, inputs_, outputs_, memory, batch, out);
        Scalar* const middle = memory + inputs_ * batch;
        layer(weights, inputs_, hidden_, memory, batch, middle);
        for (std::size_t i = 0; i < hidden_ * batch; ++i) middle[i] = value(middle[i]);
        layer(weights + (inputs_ + 1) * hidden_, hidden_, outputs_, middle, batch, out);
    }

    /// Adds the gradient of the weights from that of `out`.
    void backward(const Scalar* weights, const Scalar* of_out, std::size_t batch, Scalar* memory,
                  Scalar* gradient) const {
        if (hidden_ == 0) return add_gradient(inputs_, outputs_, memory, of_out, batch, gradient);
        const Scalar* const middle = memory + inputs_ * batch;
        Scalar* const of_middle = memory + (inputs_ + hidden_) * batch;
        const Scalar* const upper = weights + (inputs_ + 1) * hidden_;
        add_gradient(hidden_, outputs_, middle, of_out, batch, gradient + (inputs_ + 1) * hidden_);
        for (std::size_t b = 0; b < batch; ++b)
            for (std::size_t i = 0; i < hidden_; ++i) {
                Scalar sum = 0;
                for (std::size_t k = 0; k < outputs_; ++k) sum += upper[i * outputs_ + k] * of_out[b * outputs_ + k];
                of_middle[b * hidden_ + i] = sum * slope(middle[b * hidden_ + i]);
            }
        add_gradient(inputs_, hidden_, memory, of_middle, batch, gradient);
    }

    /// l1 times the sum of the weights' magnitudes plus l2 times that of their squares, biases excepted.
    double penalty(const Scalar* weights, double l1, double l2) const {
        double sum = 0;
        for_each_layer([&](std::size_t first, std::size_t inputs, std::size_t outputs) {
            for (std::size_t i = first; i < first + inputs * outputs; ++i) {
                const auto w = static_cast<double>(weights[i]);
                sum += l1 * std::abs(w) + l2 * w * w;
            }
        });
        return sum;
    }
    /// Adds its gradient.
    void add_penalty_gradient(const Scalar* weights, double l1, double l2, Scalar* gradient) const {
        for_each_layer([&](std::size_t first, std::size_t inputs, std::size_t outputs) {
            for (std::size_t i = first; i < first + inputs * outputs; ++i) {
                const auto w = static_cast<double>(weights[i]);
                const double sign = w > 0 ? 1 : w < 0 ? -1 : 0;
                gradient[i] += static_cast<Scalar>(l1 * sign + 2 * l2 * w);
            }
        });
    }

  private:
    template <class Visit>
    void for_each_layer(Visit&& visit) const {
        if (hidden_ == 0) return visit(std::size_t{0}, inputs_, outputs_);
        visit(std::size_t{0}, inputs_, hidden_);
        visit((inputs_ + 1) * hidden_, hidden_, outputs_);
    }

    static void layer(const Scalar* weights, std::size_t inputs, std::size_t outputs, const Scalar* read,
                      std::size_t batch, Scalar* out) {
        for (std::size_t b = 0; b < batch; ++b) std::copy_n(weights + inputs * outputs, outputs, out + b * outputs);
        add_product(outputs, batch, inputs, weights, read, out);
    }
    static void add_gradient(std::size_t inputs, std::size_t outputs, const Scalar* read, const Scalar* of_out,
                             std::size_t batch, Scalar* gradient) {
        add_product_transposed(outputs, inputs, batch, of_out, read, gradient);
        for (std::size_t b = 0; b < batch; ++b)
            for (std::size_t k = 0; k < outputs; ++k) gradient[inputs * outputs + k] += of_out[b * outputs + k];
    }

    Scalar value(Scalar x) const {
        switch (function_) {
            case activation::relu:
                return std::max(x, Scalar{0});
            case activation::sigmoid:
                return 1 / (1 + std::exp(-x));
            case activation::tanh:
                return std::tanh(x);
            case activation::elu:
                return x > 0 ? x : std::expm1(x);
            default:
                return x;
        }
    }
    /// Of the activation, where its value is y.
    Scalar slope(Scalar y) const {
        switch (function_) {
            case activation::relu:
                return y > 0 ? Scalar{1} : Scalar{0};
            case activation::sigmoid:
                return y * (1 - y);
            case activation::tanh:
                return 1 - y * y;
            case activation::elu:
                return y > 0 ? Scalar{1} : y + 1;
            default:
                return 1;
        }
    }

    std::size_t inputs_;
    std::size_t hidden_;
    std::size_t outputs_;
    activation function_;
};

}  // namespace nas
