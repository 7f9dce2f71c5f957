// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nas {

/// What is applied to the sums of a dense layer. `softmax` is one of output layers only.
enum class activation : std::uint8_t { sigmoid, tanh, relu, elu, linear, softmax };
constexpr std::array<std::string_view, 6> enum_names(activation) {
    return {"sigmoid", "tanh", "relu", "elu", "linear", "softmax"};
}

/// One layer of a multilayer perceptron: dense, or dropout, which has no units of its own.
struct mlp_layer {
    std::size_t units = 0;                     ///< of a dense layer, at least 1; 0: dropout
    activation function = activation::linear;  ///< of a dense layer

    constexpr bool is_dropout() const noexcept { return units == 0; }
    friend bool operator==(const mlp_layer&, const mlp_layer&) = default;
};

/// The layer that drops some of the units before it while training.
inline constexpr mlp_layer dropout_layer{};

/// `relu(128)`, `dropout`.
inline std::string describe(const mlp_layer& layer) {
    if (layer.is_dropout()) return "dropout";
    std::string text(enum_names(layer.function)[static_cast<std::size_t>(layer.function)]);
    text += '(';
    text += std::to_string(layer.units);
    text += ')';
    return text;
}

}  // namespace nas
