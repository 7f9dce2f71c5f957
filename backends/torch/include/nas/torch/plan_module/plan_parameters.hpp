// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <nas/networks/network_plan.hpp>

namespace nas::detail {

inline std::int64_t as_int(std::size_t number) noexcept { return static_cast<std::int64_t>(number); }

/// A tensor of a node that is trained, for one network.
struct plan_parameter {
    const char* name;
    std::vector<std::int64_t> sizes;
    double limit = 0;  ///< first values are uniform in +-limit (Glorot and Bengio 2010);
    float value = 0;   ///< where the limit is 0, this
};

/// In the order of network_plan::weights, then biases. Those of a dense layer are as nas::mlp has them.
inline std::vector<plan_parameter> plan_parameters(const network_plan& plan, const plan_node& node) {
    std::vector<plan_parameter> all;
    if (node.inputs.empty()) return all;
    const plan_shape& read = plan.shape(node.inputs[0]);
    const std::size_t made = node.shape.channels;
    const auto weights = [&all](const char* name, const std::vector<std::size_t>& sizes, std::size_t in,
                                std::size_t out) {
        all.push_back({.name = name,
                       .sizes = {sizes.begin(), sizes.end()},
                       .limit = std::sqrt(6.0 / static_cast<double>(in + out))});
    };
    if (node.operation == plan_operation::dense) {
        weights("weight", {read.channels, made}, read.channels, made);
    } else if (node.operation == plan_operation::separable_dense) {
        const std::size_t image = read.height * read.width;
        const std::size_t positions = node.symmetric ? (image + 1) / 2 : image;
        weights("position", {positions, made}, positions, made);
        weights("channel", {read.channels, made}, read.channels, made);
    } else if (node.operation == plan_operation::convolution) {
        const std::size_t window = node.kernel[0] * node.kernel[1];
        const std::size_t channels = read.channels / node.groups;
        weights("weight", {made, channels, node.kernel[0], node.kernel[1]}, channels * window, made * window);
    } else if (node.operation == plan_operation::batch_norm) {
        all.push_back({.name = "weight", .sizes = {as_int(made)}, .value = 1});
    }
    if (node.bias || node.operation == plan_operation::batch_norm)
        all.push_back({.name = "bias", .sizes = {as_int(made)}});
    return all;
}

}  // namespace nas::detail
