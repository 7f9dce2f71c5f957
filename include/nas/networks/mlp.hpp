// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <Eigen/Core>
#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/spaces/mlp_layer.hpp>

namespace nas {

/// What training makes small.
enum class loss_function : std::uint8_t {
    cross_entropy,       ///< of a softmax layer, or of each unit of a sigmoid layer (binary)
    mean_squared_error,  ///< over all outputs
};
constexpr std::array<std::string_view, 2> enum_names(loss_function) { return {"cross_entropy", "mean_squared_error"}; }

/// Whether `loss` can be that of an output layer with this activation: cross-entropy takes softmax or sigmoid, squared errors
/// all but softmax.
constexpr bool fits(loss_function loss, activation output) noexcept {
    const bool probabilities = output == activation::softmax || output == activation::sigmoid;
    return loss == loss_function::cross_entropy ? probabilities : output != activation::softmax;
}

/// A multilayer perceptron with its gradient, written by hand.
///
///     nas::mlp<float> net(11, layers);
///     net.initialize(random);
///     net.forward(rows);                                               // row-major [row][11]
///     net.backward(rows, targets, nas::loss_function::cross_entropy);  // row-major [row][output]
///     optimizer.step(net.parameters(), net.gradient(), rate);
///
/// Parameters are one flat array: of each dense layer its weights (units x inputs, column by column), then its biases.
/// Memory is taken when a larger batch than before comes, and kept.
template <std::floating_point Scalar = float>
class mlp {
  public:
    /// Where the numbers of one dense layer are.
    struct dense_layer {
        Eigen::Index inputs;
        Eigen::Index units;
        activation function;
        int dropouts = 0;        ///< dropout layers that follow it
        Eigen::Index first = 0;  ///< its first parameter; biases begin `inputs * units` later

        Eigen::Index size() const noexcept { return (inputs + 1) * units; }
    };

    /// `layers` end with the output layer. `dropout` is the share of units that a dropout layer drops, in [0, 1).
    /// Throws std::invalid_argument where there are no inputs or layers, more than 2^20 inputs or units, the first or last one
    /// is dropout, softmax comes before the last, or `dropout` is out of range.
    mlp(std::size_t inputs, std::span<const mlp_layer> layers, double dropout = 0.2) : keep_(1 - dropout) {
        if (inputs < 1) fail("there must be at least one input feature");
        if (layers.empty() || layers.front().is_dropout() || layers.back().is_dropout())
            fail("the first and the last layer must be dense");
        if (!(dropout >= 0 && dropout < 1)) fail("dropout (" + std::to_string(dropout) + ") must be in [0, 1)");
        if (inputs > most_units) fail("there are " + std::to_string(inputs) + " input features; there may be 2^20");
        auto width = static_cast<Eigen::Index>(inputs);
        Eigen::Index size = 0;
        for (const mlp_layer& layer : layers) {
            if (layer.is_dropout()) {
                ++dense_.back().dropouts;
                continue;
            }
            if (layer.function == activation::softmax && &layer != &layers.back())
                fail("softmax is an activation of the output layer only");
            if (layer.units > most_units)
                fail("a layer has " + std::to_string(layer.units) + " units; it may have 2^20");
            dense_.push_back({width, static_cast<Eigen::Index>(layer.units), layer.function, 0, size});
            width = dense_.back().units;
            size += dense_.back().size();
        }
        parameters_.resize(static_cast<std::size_t>(size));
        gradient_.resize(static_cast<std::size_t>(size));
        outputs_of_.resize(dense_.size());
        dropped_.resize(dense_.size());
        masks_.resize(dense_.size());
        deltas_.resize(dense_.size());
    }

    std::size_t inputs() const noexcept { return static_cast<std::size_t>(dense_.front().inputs); }
    std::size_t outputs() const noexcept { return static_cast<std::size_t>(dense_.back().units); }
    std::span<const dense_layer> layers() const noexcept { return dense_; }

    std::span<Scalar> parameters() noexcept { return parameters_; }
    std::span<const Scalar> parameters() const noexcept { return parameters_; }
    /// Of the mean loss over the rows of the last `backward`.
    std::span<const Scalar> gradient() const noexcept { return gradient_; }
    /// Weights and biases of dense layer `i`.
    std::span<Scalar> parameters(std::size_t i) noexcept {
        return std::span(parameters_)
            .subspan(static_cast<std::size_t>(dense_[i].first), static_cast<std::size_t>(dense_[i].size()));
    }

    /// Weights uniform in +-sqrt(6 / (inputs + units)) (Glorot and Bengio 2010), biases 0: as Keras begins.
    void initialize(rng& random) {
        for (const dense_layer& layer : dense_) {
            const double limit = std::sqrt(6.0 / static_cast<double>(layer.inputs + layer.units));
            const auto weights = static_cast<std::size_t>(layer.inputs * layer.units);
            Scalar* const first = parameters_.data() + layer.first;
            for (std::size_t i = 0; i < weights; ++i) first[i] = static_cast<Scalar>(limit * (2 * unit(random) - 1));
            std::fill_n(first + weights, layer.units, Scalar{0});
        }
    }

    /// Weights, not biases, times `factor`: a step of decoupled weight decay (Loshchilov and Hutter 2019).
    void scale_weights(double factor) {
        for (const dense_layer& layer : dense_)
            array_map(parameters_.data() + layer.first, layer.units * layer.inputs) *= static_cast<Scalar>(factor);
    }

    /// Outputs, row-major [row][output], for `rows`, row-major [row][input]; valid until the next call.
    std::span<const Scalar> forward(std::span<const Scalar> rows) { return propagate(rows, nullptr); }

    /// The same while training: dropout layers drop, by draws from `random`.
    std::span<const Scalar> forward(std::span<const Scalar> rows, rng& random) { return propagate(rows, &random); }

    /// The gradient of the mean loss over the rows that the last `forward` saw. `targets` is row-major [row][output], one-hot
    /// for softmax. Cross-entropy of a sigmoid layer and squared errors are means over the outputs. Throws
    /// std::invalid_argument where the loss does not fit the output layer, see nas::fits.
    void backward(std::span<const Scalar> rows, std::span<const Scalar> targets, loss_function loss) {
        const Eigen::Index count = static_cast<Eigen::Index>(rows.size()) / dense_.front().inputs;
        assert(targets.size() == outputs() * static_cast<std::size_t>(count));
        if (!fits(loss, dense_.back().function)) fail("the loss does not fit the output layer");
        set_output_delta(targets, loss);
        for (std::size_t i = dense_.size(); i-- > 0;) {
            const dense_layer& layer = dense_[i];
            if (i + 1 < dense_.size()) multiply_by_derivative(i, count);
            const const_map delta(deltas_[i].data(), layer.units, count);
            const const_map read(i == 0 ? rows.data() : output_of(i - 1), layer.inputs, count);
            map(gradient_.data() + layer.first, layer.units, layer.inputs).noalias() = delta * read.transpose();
            vector_map(gradient_.data() + layer.first + layer.inputs * layer.units, layer.units) =
                delta.rowwise().sum();
            if (i > 0)
                map(grown(deltas_[i - 1], layer.inputs, count), layer.inputs, count).noalias() =
                    weights(layer).transpose() * delta;
        }
    }

  private:
    static constexpr std::size_t most_units = std::size_t{1} << 20;  // of a layer: products of sizes stay in 64 bits

    [[noreturn]] static void fail(const std::string& what) { throw std::invalid_argument("nas::mlp: " + what); }

    // A column a row of data. Everything is a map of the same few types: each pair of types that is multiplied costs seconds
    // to compile.
    using matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
    using map = Eigen::Map<matrix>;
    using const_map = Eigen::Map<const matrix>;
    using array_map = Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>>;
    using vector_map = Eigen::Map<Eigen::Matrix<Scalar, Eigen::Dynamic, 1>>;
    using const_vector_map = Eigen::Map<const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>>;

    // Buffers hold the largest batch so far; a smaller one uses the beginning.
    static Scalar* grown(std::vector<Scalar>& buffer, Eigen::Index rows, Eigen::Index columns) {
        if (buffer.size() < static_cast<std::size_t>(rows * columns))
            buffer.resize(static_cast<std::size_t>(rows * columns));
        return buffer.data();
    }

    const_map weights(const dense_layer& layer) const {
        return const_map(parameters_.data() + layer.first, layer.units, layer.inputs);
    }

    bool drops(std::size_t i) const noexcept { return training_ && dense_[i].dropouts > 0; }

    // What the next layer reads.
    const Scalar* output_of(std::size_t i) const { return (drops(i) ? dropped_[i] : outputs_of_[i]).data(); }

    std::span<const Scalar> propagate(std::span<const Scalar> rows, rng* random) {
        assert(rows.size() % inputs() == 0);
        const Eigen::Index count = static_cast<Eigen::Index>(rows.size()) / dense_.front().inputs;
        training_ = random != nullptr && keep_ < 1;
        for (std::size_t i = 0; i < dense_.size(); ++i) {
            const dense_layer& layer = dense_[i];
            const const_map read(i == 0 ? rows.data() : output_of(i - 1), layer.inputs, count);
            map out(grown(outputs_of_[i], layer.units, count), layer.units, count);
            out.noalias() = weights(layer) * read;
            activate(layer, out);
            if (drops(i)) drop(i, count, *random);
        }
        return {outputs_of_.back().data(), outputs() * static_cast<std::size_t>(count)};
    }

    void activate(const dense_layer& layer, map& out) const {
        const const_vector_map bias(parameters_.data() + layer.first + layer.inputs * layer.units, layer.units);
        auto values = out.array();
        switch (layer.function) {
            case activation::linear:
                out.colwise() += bias;
                break;
            case activation::relu:
                values = (values.colwise() + bias.array()).max(Scalar{0});
                break;
            case activation::sigmoid:
                values = (values.colwise() + bias.array()).logistic();
                break;
            case activation::tanh:
                values = (values.colwise() + bias.array()).tanh();
                break;
            case activation::elu:
                out.colwise() += bias;
                values = values.max(Scalar{0}) + (values.min(Scalar{0}).exp() - Scalar{1});
                break;
            case activation::softmax:
                for (Eigen::Index column = 0; column < out.cols(); ++column)
                    out.col(column).array() += bias.array() - (out.col(column) + bias).maxCoeff();
                values = values.exp();
                for (Eigen::Index column = 0; column < out.cols(); ++column) out.col(column) /= out.col(column).sum();
                break;
        }
    }

    // Four decisions a draw: a probability is a multiple of 2^-16.
    void drop(std::size_t i, Eigen::Index count, rng& random) {
        const double keep = std::pow(keep_, dense_[i].dropouts);
        const auto kept = static_cast<std::uint64_t>(std::max(std::lround(keep * 65536), 1L));
        const auto scale = static_cast<Scalar>(65536 / static_cast<double>(kept));  // so that the mean is kept
        const Eigen::Index size = dense_[i].units * count;
        Scalar* const mask = grown(masks_[i], dense_[i].units, count);
        for (Eigen::Index at = 0; at < size; at += 4) {
            std::uint64_t bits = random();
            for (Eigen::Index k = at; k < std::min(at + 4, size); ++k, bits >>= 16)
                mask[k] = (bits & 65535U) < kept ? scale : Scalar{0};
        }
        array_map(grown(dropped_[i], dense_[i].units, count), size) =
            array_map(outputs_of_[i].data(), size) * array_map(mask, size);
    }

    // Of the loss with respect to the sums of the output layer.
    void set_output_delta(std::span<const Scalar> targets, loss_function loss) {
        const dense_layer& layer = dense_.back();
        const auto size = static_cast<Eigen::Index>(targets.size());
        const Eigen::Index count = size / layer.units;
        array_map delta(grown(deltas_.back(), layer.units, count), size);
        const array_map out(outputs_of_.back().data(), size);
        const Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, 1>> wanted(targets.data(), size);
        // Softmax's cross-entropy is one number a row, every other loss one for each output.
        const auto terms = static_cast<Scalar>(layer.function == activation::softmax ? count : size);
        if (loss == loss_function::cross_entropy) {
            delta = (out - wanted) / terms;
            return;
        }
        delta = (out - wanted) * (2 / terms);
        multiply_by_derivative(dense_.size() - 1, count);
    }

    // Derivatives are functions of what the layer put out.
    void multiply_by_derivative(std::size_t i, Eigen::Index count) {
        const Eigen::Index size = dense_[i].units * count;
        array_map delta(deltas_[i].data(), size);
        const array_map out(outputs_of_[i].data(), size);
        if (drops(i)) delta *= array_map(masks_[i].data(), size);
        switch (dense_[i].function) {
            case activation::linear:
            case activation::softmax:
                break;
            case activation::relu:
                // Not select, which Eigen 3.4 does not vectorise.
                for (Eigen::Index k = 0; k < size; ++k) delta[k] = out[k] > 0 ? delta[k] : Scalar{0};
                break;
            case activation::sigmoid:
                delta *= out * (1 - out);
                break;
            case activation::tanh:
                delta *= 1 - out.square();
                break;
            case activation::elu:
                delta *= out.min(Scalar{0}) + 1;
                break;
        }
    }

    double keep_;
    bool training_ = false;
    std::vector<dense_layer> dense_;
    std::vector<Scalar> parameters_;
    std::vector<Scalar> gradient_;
    // By layer, units x batch.
    std::vector<std::vector<Scalar>> outputs_of_;
    std::vector<std::vector<Scalar>> dropped_;
    std::vector<std::vector<Scalar>> masks_;
    std::vector<std::vector<Scalar>> deltas_;
};

}  // namespace nas
