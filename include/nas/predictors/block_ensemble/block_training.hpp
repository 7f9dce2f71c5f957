// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/networks/optimizers.hpp>
#include <nas/predictors/block_ensemble/block_vocabulary.hpp>

namespace nas {

/// What the last unit of a model of blocks puts out.
enum class block_output : std::uint8_t {
    linear,   ///< any value: values are shifted and scaled to a mean of 0 and a variance of 1
    sigmoid,  ///< a value in [0, 1], as accuracies are
};
constexpr std::array<std::string_view, 2> enum_names(block_output) noexcept { return {"linear", "sigmoid"}; }

/// What training makes small: the mean of errors' sizes, or of their squares.
enum class block_loss : std::uint8_t { absolute, squared };
constexpr std::array<std::string_view, 2> enum_names(block_loss) noexcept { return {"absolute", "squared"}; }

namespace detail {

inline float logistic(float x) noexcept { return 1 / (1 + std::exp(-x)); }

/// Trains a network of blocks on the rows that `mine` names, by Adam: `epochs` passes over batches in new orders, and more where
/// these are fewer than `steps` batches.
template <class Network, class Options>
void train_on_blocks(Network& net, const Options& options, double rate, const block_rows& rows,
                     std::span<const float> targets, std::span<std::uint32_t> mine, rng& random) {
    std::vector<adam<float>> optimizers;
    for (const auto& part : net.parameters()) optimizers.emplace_back(part.size());
    std::vector<float> slopes(std::min(options.batch, mine.size()));
    const bool sigmoid = options.output == block_output::sigmoid;
    const std::size_t batches = std::max<std::size_t>((mine.size() + options.batch - 1) / options.batch, 1);
    const std::size_t epochs = std::max(options.epochs, (options.steps + batches - 1) / batches);
    for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
        shuffle(mine, random);
        for (std::size_t first = 0; first < mine.size(); first += options.batch) {
            const std::span<const std::uint32_t> batch =
                mine.subspan(first, std::min(options.batch, mine.size() - first));
            const std::span<const float> outputs = net.forward(rows, batch);
            for (std::size_t i = 0; i < batch.size(); ++i) {
                const float output = sigmoid ? logistic(outputs[i]) : outputs[i];
                const float error = output - targets[batch[i]];
                const float sign = error > 0 ? 1.0F : error < 0 ? -1.0F : 0.0F;
                slopes[i] = (options.loss == block_loss::squared ? 2 * error : sign) *
                            (sigmoid ? output * (1 - output) : 1.0F) / static_cast<float>(batch.size());
            }
            net.backward(rows, batch, std::span<const float>(slopes).first(batch.size()));
            if (options.decay > 0) net.scale_weights(1 - rate * options.decay);
            const auto parameters = net.parameters();
            const auto gradient = net.gradient();
            for (std::size_t i = 0; i < optimizers.size(); ++i) optimizers[i].step(parameters[i], gradient[i], rate);
        }
    }
}

}  // namespace detail

}  // namespace nas
