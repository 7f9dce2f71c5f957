// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nas/spaces/mlp_layer.hpp>

namespace nas {

/// What is known of one row of a network's values: features without order, or channels of images. A sequence is an image of height
/// 1.
struct plan_shape {
    std::size_t channels = 1;
    std::size_t height = 1;
    std::size_t width = 1;
    bool flat = false;  ///< features: `channels` of them, height and width 1

    std::size_t numbers() const noexcept { return channels * height * width; }
    friend bool operator==(const plan_shape&, const plan_shape&) = default;
};

/// `16x28x28`, or `64` of features.
inline std::string describe(const plan_shape& shape) {
    const std::string channels = std::to_string(shape.channels);
    return shape.flat ? channels : channels + "x" + std::to_string(shape.height) + "x" + std::to_string(shape.width);
}

/// What a node of a network computes.
enum class plan_operation : std::uint8_t {
    input,                ///< one of what the network reads
    dense,                ///< features to features
    separable_dense,      ///< channels of images to features: weights are a product of one a position and one a channel
    convolution,          ///< with zeros around the image
    batch_norm,           ///< by channel, or by feature
    activate,             ///< a function of each number
    max_pool,             ///< what is around the image does not count
    average_pool,         ///< the same
    global_max_pool,      ///< images to features
    global_average_pool,  ///< images to features
    flatten,              ///< images to features: by channel, then row, then column
    dropout,              ///< while training
    add,                  ///< of equal shapes
    concatenate,          ///< by channel or feature
    zero,                 ///< zeros of the shape of its input, every `stride`-th of them
};
constexpr std::array<std::string_view, 15> enum_names(plan_operation) {
    return {"input",
            "dense",
            "separable_dense",
            "convolution",
            "batch_norm",
            "activate",
            "max_pool",
            "average_pool",
            "global_max_pool",
            "global_average_pool",
            "flatten",
            "dropout",
            "add",
            "concatenate",
            "zero"};
}

/// Height and width.
using plan_extent = std::array<std::size_t, 2>;

/// What a loss adds for the weights of a node, so that they become small or smooth.
struct weight_penalty {
    double l1 = 0;          ///< times the mean absolute weight
    double smoothness = 0;  ///< separable_dense: times the mean of the differences of neighbours' position weights
    bool squared = true;    ///< differences are squared, otherwise absolute
    bool second_difference = false;  ///< of differences of neighbours instead

    bool none() const noexcept { return l1 == 0 && smoothness == 0; }
    friend bool operator==(const weight_penalty&, const weight_penalty&) = default;
};

/// One step of a network. What an operation does not use has its default.
struct plan_node {
    plan_operation operation = plan_operation::input;
    std::vector<std::size_t> inputs = {};      ///< nodes before this one
    plan_shape shape = {};                     ///< of what it makes
    bool bias = false;                         ///< dense, separable_dense, convolution
    bool symmetric = false;                    ///< separable_dense: position weights are the same from both ends
    plan_extent kernel = {1, 1};               ///< convolution and pools
    plan_extent stride = {1, 1};               ///< the same, and zero
    plan_extent dilation = {1, 1};             ///< convolution
    plan_extent before = {0, 0};               ///< convolution and pools: rows above and columns left of the image
    plan_extent after = {0, 0};                ///< and below and right of it
    std::size_t groups = 1;                    ///< convolution
    activation function = activation::linear;  ///< activate
    double rate = 0;                           ///< dropout: the share that is dropped
    weight_penalty penalty = {};               ///< dense, separable_dense, convolution

    friend bool operator==(const plan_node&, const plan_node&) = default;
};

}  // namespace nas
