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
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/networks/dropout_mask.hpp>
#include <nas/networks/pack_functions.hpp>
#include <nas/networks/packs.hpp>
#include <nas/networks/small_product.hpp>
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
        std::size_t inputs;
        std::size_t units;
        activation function;
        int dropouts = 0;       ///< dropout layers that follow it
        std::size_t first = 0;  ///< its first parameter; biases begin `inputs * units` later

        std::size_t size() const noexcept { return (inputs + 1) * units; }
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
        std::size_t width = inputs;
        std::size_t size = 0;
        for (const mlp_layer& layer : layers) {
            if (layer.is_dropout()) {
                ++dense_.back().dropouts;
                continue;
            }
            if (layer.function == activation::softmax && &layer != &layers.back())
                fail("softmax is an activation of the output layer only");
            if (layer.units > most_units)
                fail("a layer has " + std::to_string(layer.units) + " units; it may have 2^20");
            dense_.push_back({width, layer.units, layer.function, 0, size});
            width = dense_.back().units;
            size += dense_.back().size();
        }
        parameters_.resize(size);
        gradient_.resize(size);
        outputs_of_.resize(dense_.size());
        dropped_.resize(dense_.size());
        masks_.resize(dense_.size());
        deltas_.resize(dense_.size());
    }

    std::size_t inputs() const noexcept { return dense_.front().inputs; }
    std::size_t outputs() const noexcept { return dense_.back().units; }
    std::span<const dense_layer> layers() const noexcept { return dense_; }

    std::span<Scalar> parameters() noexcept { return parameters_; }
    std::span<const Scalar> parameters() const noexcept { return parameters_; }
    /// Of the mean loss over the rows of the last `backward`.
    std::span<const Scalar> gradient() const noexcept { return gradient_; }
    /// Weights and biases of dense layer `i`.
    std::span<Scalar> parameters(std::size_t i) noexcept {
        return std::span(parameters_).subspan(dense_[i].first, dense_[i].size());
    }

    /// Weights uniform in +-sqrt(6 / (inputs + units)) (Glorot and Bengio 2010), biases 0: as Keras begins.
    void initialize(rng& random) {
        for (const dense_layer& layer : dense_) {
            const double limit = std::sqrt(6.0 / static_cast<double>(layer.inputs + layer.units));
            const std::size_t weights = layer.inputs * layer.units;
            Scalar* const first = parameters_.data() + layer.first;
            for (std::size_t i = 0; i < weights; ++i) first[i] = static_cast<Scalar>(limit * (2 * unit(random) - 1));
            std::fill_n(first + weights, layer.units, Scalar{0});
        }
    }

    /// Weights, not biases, times `factor`: a step of decoupled weight decay (Loshchilov and Hutter 2019).
    void scale_weights(double factor) {
        for (const dense_layer& layer : dense_)
            detail::for_each_number<Scalar>(
                layer.units * layer.inputs, [by = static_cast<Scalar>(factor)](auto& weight) { weight *= by; },
                parameters_.data() + layer.first);
    }

    /// Outputs, row-major [row][output], for `rows`, row-major [row][input]; valid until the next call.
    std::span<const Scalar> forward(std::span<const Scalar> rows) { return propagate(rows, nullptr); }

    /// The same while training: dropout layers drop, by draws from `random`.
    std::span<const Scalar> forward(std::span<const Scalar> rows, rng& random) { return propagate(rows, &random); }

    /// The gradient of the mean loss over the rows that the last `forward` saw. `targets` is row-major [row][output], one-hot
    /// for softmax. Cross-entropy of a sigmoid layer and squared errors are means over the outputs. Throws
    /// std::invalid_argument where the loss does not fit the output layer, see nas::fits.
    void backward(std::span<const Scalar> rows, std::span<const Scalar> targets, loss_function loss) {
        assert(targets.size() == outputs() * (rows.size() / inputs()));
        if (!fits(loss, dense_.back().function)) fail("the loss does not fit the output layer");
        set_output_delta(targets, loss);
        propagate_back(rows);
    }

    /// The gradient of any loss over the rows that the last `forward` saw: `slopes` are its derivatives by the outputs, row-major
    /// [row][output]. Throws std::invalid_argument where the output layer is softmax.
    void backward(std::span<const Scalar> rows, std::span<const Scalar> slopes) {
        assert(slopes.size() == outputs() * (rows.size() / inputs()));
        if (dense_.back().function == activation::softmax) fail("slopes do not go through a softmax layer");
        std::copy(slopes.begin(), slopes.end(), grown(deltas_.back(), outputs(), slopes.size() / outputs()));
        multiply_by_derivative(dense_.size() - 1, slopes.size() / outputs());
        propagate_back(rows);
    }

    /// The derivatives of that loss by the rows, row-major [row][input], after a `backward`; valid until the next call.
    std::span<const Scalar> input_gradient() {
        Scalar* const out = grown(input_gradient_, inputs(), count_);
        read_gradient(dense_.front(), count_, deltas_.front().data(), out);
        return {out, inputs() * count_};
    }

  private:
    static constexpr std::size_t most_units = std::size_t{1} << 20;  // of a layer: products of sizes stay in 64 bits

    [[noreturn]] static void fail(const std::string& what) { throw std::invalid_argument("nas::mlp: " + what); }

    // Matrices are stored column by column, a column a row of data. Buffers hold the largest batch so far; a smaller one uses
    // the beginning.
    static Scalar* grown(std::vector<Scalar>& buffer, std::size_t rows, std::size_t columns) {
        if (buffer.size() < rows * columns) buffer.resize(rows * columns);
        return buffer.data();
    }

    const Scalar* weights(const dense_layer& layer) const { return parameters_.data() + layer.first; }

    static void sum_columns(std::size_t rows, std::size_t columns, const Scalar* matrix, Scalar* sums) {
        detail::for_each_pack<Scalar>(rows, [&](auto lanes, std::size_t k) {
            typename detail::pack_of<Scalar, decltype(lanes)::value>::type sum = {};
            for (std::size_t j = 0; j < columns; ++j) sum += detail::load_pack<decltype(sum)>(matrix + j * rows + k);
            detail::store_pack(sum, sums + k);
        });
    }

    // Weights' times delta. What is smaller is transposed: the weights, or delta and the product.
    void read_gradient(const dense_layer& layer, std::size_t count, const Scalar* delta, Scalar* out) {
        const std::size_t around = (layer.units + layer.inputs) * count;
        Scalar* const room = grown(transposed_, 1, std::min(layer.units * layer.inputs, around));
        if (layer.units * layer.inputs <= around) {
            transpose(layer.units, layer.inputs, weights(layer), room);
            return set_product(layer.inputs, count, layer.units, room, delta, out);
        }
        Scalar* const product = room + layer.units * count;
        transpose(layer.units, count, delta, room);
        set_product(count, layer.inputs, layer.units, room, weights(layer), product);
        transpose(count, layer.inputs, product, out);
    }

    // From the output layer's delta to all gradients.
    void propagate_back(std::span<const Scalar> rows) {
        const std::size_t count = count_ = rows.size() / inputs();
        for (std::size_t i = dense_.size(); i-- > 0;) {
            const dense_layer& layer = dense_[i];
            if (i + 1 < dense_.size()) multiply_by_derivative(i, count);
            const Scalar* const delta = deltas_[i].data();
            Scalar* const gradient = gradient_.data() + layer.first;
            set_product_transposed(layer.units, layer.inputs, count, delta, i == 0 ? rows.data() : output_of(i - 1),
                                   gradient);
            sum_columns(layer.units, count, delta, gradient + layer.inputs * layer.units);
            if (i > 0) read_gradient(layer, count, delta, grown(deltas_[i - 1], layer.inputs, count));
        }
    }

    bool drops(std::size_t i) const noexcept { return training_ && dense_[i].dropouts > 0; }

    // What the next layer reads.
    const Scalar* output_of(std::size_t i) const { return (drops(i) ? dropped_[i] : outputs_of_[i]).data(); }

    std::span<const Scalar> propagate(std::span<const Scalar> rows, rng* random) {
        assert(rows.size() % inputs() == 0);
        const std::size_t count = rows.size() / inputs();
        training_ = random != nullptr && keep_ < 1;
        for (std::size_t i = 0; i < dense_.size(); ++i) {
            const dense_layer& layer = dense_[i];
            Scalar* const out = grown(outputs_of_[i], layer.units, count);
            const Scalar* const biases = weights(layer) + layer.inputs * layer.units;
            for (std::size_t j = 0; j < count; ++j) std::copy_n(biases, layer.units, out + j * layer.units);
            add_product(layer.units, count, layer.inputs, weights(layer), i == 0 ? rows.data() : output_of(i - 1), out);
            activate(layer, count, out);
            if (drops(i)) drop(i, count, *random);
        }
        return {outputs_of_.back().data(), outputs() * count};
    }

    static void activate(const dense_layer& layer, std::size_t count, Scalar* values) {
        const auto apply = [&](auto function) { detail::apply_to_each(layer.units * count, values, function); };
        switch (layer.function) {
            case activation::linear:
                break;
            case activation::relu:  // what is no number stays
                detail::for_each_number<Scalar>(
                    layer.units * count, []<class Pack>(Pack& x) { x = x < 0 ? Pack{} : x; }, values);
                break;
            case activation::sigmoid:
                apply([](const auto& x) { return x.logistic(); });
                break;
            case activation::tanh:
                apply([](const auto& x) { return x.tanh(); });
                break;
            case activation::elu:
                apply([](const auto& x) { return x - x.min(Scalar{0}) + (x.min(Scalar{0}).exp() - Scalar{1}); });
                break;
            case activation::softmax:
                for (std::size_t j = 0; j < count; ++j) {
                    Scalar* const column = values + j * layer.units;
                    const Scalar largest = *std::max_element(column, column + layer.units);
                    for (std::size_t k = 0; k < layer.units; ++k) column[k] -= largest;
                }
                apply([](const auto& x) { return x.exp(); });
                for (std::size_t j = 0; j < count; ++j) {
                    Scalar* const column = values + j * layer.units;
                    Scalar sum = 0;
                    for (std::size_t k = 0; k < layer.units; ++k) sum += column[k];
                    for (std::size_t k = 0; k < layer.units; ++k) column[k] /= sum;
                }
                break;
        }
    }

    void drop(std::size_t i, std::size_t count, rng& random) {
        const std::size_t size = dense_[i].units * count;
        Scalar* const mask = grown(masks_[i], dense_[i].units, count);
        detail::draw_dropout_mask<Scalar>(random, std::pow(keep_, dense_[i].dropouts), {mask, size});
        const Scalar* const out = outputs_of_[i].data();
        detail::for_each_number<Scalar>(
            size, [](const auto& value, const auto& by, auto& left) { left = value * by; }, out, std::as_const(mask),
            grown(dropped_[i], dense_[i].units, count));
    }

    // Of the loss with respect to the sums of the output layer.
    void set_output_delta(std::span<const Scalar> targets, loss_function loss) {
        const dense_layer& layer = dense_.back();
        const std::size_t count = targets.size() / layer.units;
        // Softmax's cross-entropy is one number a row, every other loss one for each output.
        const auto terms = static_cast<Scalar>(layer.function == activation::softmax ? count : targets.size());
        const Scalar factor = (loss == loss_function::cross_entropy ? 1 : 2) / terms;
        const Scalar* const out = outputs_of_.back().data();
        detail::for_each_number<Scalar>(
            targets.size(),
            [factor](const auto& is, const auto& wanted, auto& delta) { delta = (is - wanted) * factor; }, out,
            targets.data(), grown(deltas_.back(), layer.units, count));
        if (loss == loss_function::mean_squared_error) multiply_by_derivative(dense_.size() - 1, count);
    }

    // Derivatives are functions of what the layer put out.
    void multiply_by_derivative(std::size_t i, std::size_t count) {
        const std::size_t size = dense_[i].units * count;
        const Scalar* const out = outputs_of_[i].data();
        Scalar* const deltas = deltas_[i].data();
        const auto all = [&](auto function) { detail::for_each_number<Scalar>(size, function, out, deltas); };
        if (drops(i))
            detail::for_each_number<Scalar>(
                size, [](const auto& by, auto& delta) { delta *= by; }, std::as_const(masks_[i]).data(), deltas);
        switch (dense_[i].function) {
            case activation::linear:
            case activation::softmax:
                break;
            case activation::relu:
                all([]<class Pack>(const Pack& y, Pack& delta) { delta = y > 0 ? delta : Pack{}; });
                break;
            case activation::sigmoid:
                all([](const auto& y, auto& delta) { delta *= y * (1 - y); });
                break;
            case activation::tanh:
                all([](const auto& y, auto& delta) { delta *= 1 - y * y; });
                break;
            case activation::elu:
                all([]<class Pack>(const Pack& y, Pack& delta) { delta *= (y < 0 ? y : Pack{}) + 1; });
                break;
        }
    }

    double keep_;
    bool training_ = false;
    std::size_t count_ = 0;  // rows of the last backward
    std::vector<dense_layer> dense_;
    std::vector<Scalar> parameters_;
    std::vector<Scalar> gradient_;
    std::vector<Scalar> transposed_;
    std::vector<Scalar> input_gradient_;
    // By layer, units x batch.
    std::vector<std::vector<Scalar>> outputs_of_;
    std::vector<std::vector<Scalar>> dropped_;
    std::vector<std::vector<Scalar>> masks_;
    std::vector<std::vector<Scalar>> deltas_;
};

}  // namespace nas
