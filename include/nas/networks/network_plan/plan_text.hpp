// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/networks/network_plan/plan_node.hpp>

namespace nas::detail {

inline std::string plan_text(const plan_extent& extent) {
    return std::to_string(extent[0]) + "x" + std::to_string(extent[1]);
}

/// `3 convolution(2) 16x28x28 kernel=3x3 before=1x1 after=1x1 bias`: what differs from the default.
inline std::string plan_text(const plan_node& node, std::size_t number) {
    const plan_node usual;
    std::string text = std::to_string(number) + " " + option_text(node.operation) + "(";
    for (std::size_t i = 0; i < node.inputs.size(); ++i) text += (i == 0 ? "" : ",") + std::to_string(node.inputs[i]);
    text += ") " + describe(node.shape);
    const auto say = [&]<class T>(const char* name, const T& value, const T& otherwise) {
        if (value == otherwise) return;
        text += std::string(" ") + name + "=";
        if constexpr (std::is_same_v<T, plan_extent>) {
            text += plan_text(value);
        } else {
            text += option_text(value);
        }
    };
    say("kernel", node.kernel, usual.kernel);
    say("stride", node.stride, usual.stride);
    say("dilation", node.dilation, usual.dilation);
    say("before", node.before, usual.before);
    say("after", node.after, usual.after);
    say("groups", node.groups, usual.groups);
    say("function", node.function, usual.function);
    say("rate", node.rate, usual.rate);
    say("l1", node.penalty.l1, usual.penalty.l1);
    say("smoothness", node.penalty.smoothness, usual.penalty.smoothness);
    if (!node.penalty.squared) text += " absolute";
    if (node.penalty.second_difference) text += " second_difference";
    if (node.symmetric) text += " symmetric";
    if (node.bias) text += " bias";
    return text;
}

inline std::string plan_text(const std::vector<plan_node>& nodes, const std::vector<std::size_t>& outputs) {
    std::string text;
    for (std::size_t i = 0; i < nodes.size(); ++i) text += plan_text(nodes[i], i) + "\n";
    for (const std::size_t one : outputs) text += "output " + std::to_string(one) + "\n";
    return text;
}

}  // namespace nas::detail
