// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include <nas/networks/network_plan/plan_node.hpp>
#include <nas/spaces/mlp_layer.hpp>

/// What nodes cost; those that they read are in `nodes`.
namespace nas::detail {

inline std::size_t count_weights(const std::vector<plan_node>& nodes, const plan_node& node) {
    if (node.inputs.empty()) return 0;
    const plan_shape& read = nodes[node.inputs[0]].shape;
    switch (node.operation) {
        case plan_operation::dense:
            return read.channels * node.shape.channels;
        case plan_operation::separable_dense: {
            const std::size_t positions = read.height * read.width;
            return node.shape.channels * ((node.symmetric ? (positions + 1) / 2 : positions) + read.channels);
        }
        case plan_operation::convolution:
            return read.channels / node.groups * node.shape.channels * node.kernel[0] * node.kernel[1];
        case plan_operation::batch_norm:
            return node.shape.channels;
        default:
            return 0;
    }
}

inline std::size_t count_biases(const plan_node& node) {
    return node.bias || node.operation == plan_operation::batch_norm ? node.shape.channels : 0;
}

/// Multiplications of one row forward, or the numbers made where they are more; as a real number, which does not wrap around.
inline double estimate_products(const std::vector<plan_node>& nodes, const plan_node& node) {
    const auto product = [](std::initializer_list<std::size_t> factors) {
        double all = 1;
        for (const std::size_t one : factors) all *= static_cast<double>(one);
        return all;
    };
    const double made = product({node.shape.channels, node.shape.height, node.shape.width});
    if (node.inputs.empty()) return made;
    const plan_shape& read = nodes[node.inputs[0]].shape;
    switch (node.operation) {
        case plan_operation::dense:
        case plan_operation::separable_dense:
            return made * product({read.channels, read.height, read.width});
        case plan_operation::convolution:
            return made * product({read.channels / node.groups, node.kernel[0], node.kernel[1]});
        default:
            return made;
    }
}

/// Of one row forward.
inline std::uint64_t count_flops(const std::vector<plan_node>& nodes, const plan_node& node) {
    if (node.inputs.empty()) return 0;
    const plan_shape& read = nodes[node.inputs[0]].shape;
    const std::uint64_t made = node.shape.numbers();
    switch (node.operation) {
        case plan_operation::dense:
            return 2 * count_weights(nodes, node) + count_biases(node);
        case plan_operation::separable_dense:  // over the positions of each channel, then over the channels
            return 2 * (read.numbers() + read.channels) * node.shape.channels + count_biases(node);
        case plan_operation::convolution:
            return (2 * count_weights(nodes, node) + count_biases(node)) * node.shape.height * node.shape.width;
        case plan_operation::batch_norm:
            return 2 * made;
        case plan_operation::activate:
            return node.function == activation::linear ? 0 : made;
        case plan_operation::max_pool:
        case plan_operation::average_pool:
        case plan_operation::global_max_pool:
        case plan_operation::global_average_pool:
            return read.numbers();
        case plan_operation::add:
            return made * (node.inputs.size() - 1);
        default:
            return 0;
    }
}

}  // namespace nas::detail
