// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <nas/networks/network_plan.hpp>

namespace nas {

/// How several things that a layer reads become one.
enum class layer_join : std::uint8_t {
    concatenate,  ///< of images by channel, of features after one another
    add,          ///< brought to as many channels or features as the first has where they differ
};
constexpr std::array<std::string_view, 2> enum_names(layer_join) { return {"concatenate", "add"}; }

namespace detail {

/// An image of that height and width by the mean over equal windows that cover all of it.
inline std::size_t pooled_to(network_plan& plan, std::size_t from, std::size_t height, std::size_t width) {
    const plan_shape shape = plan.shape(from);
    if (shape.height == height && shape.width == width) return from;
    const plan_extent stride{shape.height / height, shape.width / width};
    const plan_extent kernel{shape.height - (height - 1) * stride[0], shape.width - (width - 1) * stride[1]};
    return plan.average_pool(from, {.kernel = kernel, .stride = stride, .same = false});
}

/// Images are pooled to the smallest height and width among them; where there are features too, flattened.
inline std::size_t join_nodes(network_plan& plan, std::vector<std::size_t> nodes, layer_join join) {
    if (nodes.size() == 1) return nodes.front();
    bool flat = false;
    std::size_t height = plan.shape(nodes.front()).height;
    std::size_t width = plan.shape(nodes.front()).width;
    for (const std::size_t node : nodes) {
        flat = flat || plan.shape(node).flat;
        height = std::min(height, plan.shape(node).height);
        width = std::min(width, plan.shape(node).width);
    }
    for (std::size_t& node : nodes) node = flat ? plan.flatten(node) : pooled_to(plan, node, height, width);
    if (join == layer_join::concatenate) return plan.concatenate(nodes);
    const std::size_t channels = plan.shape(nodes.front()).channels;
    for (std::size_t& node : nodes) {
        if (plan.shape(node).channels == channels) continue;
        node = flat ? plan.dense(node, channels, {.bias = false})
                    : plan.convolution(node, channels, {.kernel = {1, 1}}, {.bias = false});
    }
    return plan.add(nodes);
}

}  // namespace detail

}  // namespace nas
