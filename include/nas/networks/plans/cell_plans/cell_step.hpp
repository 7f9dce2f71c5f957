// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nas/networks/network_plan.hpp>
#include <nas/networks/plans/image_steps.hpp>

namespace nas::detail {

/// What an operation of a cell's block does to an image.
struct cell_step {
    enum class kind : std::uint8_t { identity, separable, convolution, dilated, max_pool, average_pool };

    kind what = kind::identity;
    std::vector<plan_extent> kernels = {};  ///< one after the other where they are several
};

/// Of a name: `identity`; `3x3` (or other numbers up to 999) and then `dconv`, `conv`, `dilated conv`, `maxpool` or `avgpool`;
/// `1x7-7x1 conv`. Nothing of others.
inline std::optional<cell_step> read_cell_step(std::string_view name) {
    using kind = cell_step::kind;
    if (name == "identity") return cell_step{};
    cell_step step;
    const auto number = [&name](std::size_t& value) {
        const auto read = std::from_chars(name.data(), name.data() + name.size(), value);
        if (read.ec != std::errc{} || value < 1 || value > 999) return false;
        name.remove_prefix(static_cast<std::size_t>(read.ptr - name.data()));
        return true;
    };
    const auto skip = [&name](char expected) {
        const bool found = name.starts_with(expected);
        if (found) name.remove_prefix(1);
        return found;
    };
    do {
        plan_extent kernel{};
        if (!number(kernel[0]) || !skip('x') || !number(kernel[1])) return std::nullopt;
        step.kernels.push_back(kernel);
    } while (skip('-'));
    constexpr std::array<std::pair<std::string_view, kind>, 5> words{{{" dconv", kind::separable},
                                                                      {" conv", kind::convolution},
                                                                      {" dilated conv", kind::dilated},
                                                                      {" maxpool", kind::max_pool},
                                                                      {" avgpool", kind::average_pool}}};
    for (const auto& [word, what] : words) {
        if (name != word || (step.kernels.size() > 1 && what != kind::convolution)) continue;
        step.what = what;
        return step;
    }
    return std::nullopt;
}

/// Relu, a convolution of each channel alone, a 1x1 convolution of all, batch norm: `layers` times, the first with the stride.
inline std::size_t separable_convolution(network_plan& plan, std::size_t at, const plan_extent& kernel,
                                         std::size_t stride, std::size_t layers) {
    const std::size_t channels = plan.shape(at).channels;
    for (std::size_t i = 0; i < layers; ++i) {
        at = plan.activate(at, activation::relu);
        at = plan.convolution(at, channels, {.kernel = kernel, .stride = {stride, stride}},
                              {.bias = false, .groups = channels});
        at = plan.batch_norm(plan.convolution(at, channels, {.kernel = {1, 1}}, {.bias = false}));
        stride = 1;
    }
    return at;
}

/// What the step makes of node `from`, with as many channels.
inline std::size_t add_cell_step(network_plan& plan, std::size_t from, const cell_step& step, std::size_t stride,
                                 std::size_t separable_layers) {
    using kind = cell_step::kind;
    const std::size_t channels = plan.shape(from).channels;
    plan_extent strides{stride, stride};
    switch (step.what) {
        case kind::separable:
            return separable_convolution(plan, from, step.kernels[0], stride, separable_layers);
        case kind::dilated:
            return relu_convolution(plan, from, channels,
                                    {.kernel = step.kernels[0], .stride = strides, .dilation = {2, 2}});
        case kind::max_pool:
            return plan.max_pool(from, {.kernel = step.kernels[0], .stride = strides});
        case kind::average_pool:
            return plan.average_pool(from, {.kernel = step.kernels[0], .stride = strides});
        case kind::convolution:
            for (const plan_extent& kernel : step.kernels) {
                from = relu_convolution(plan, from, channels, {.kernel = kernel, .stride = strides});
                strides = {1, 1};
            }
            return from;
        default:
            return stride == 1 ? from : relu_convolution(plan, from, channels, {.kernel = {1, 1}, .stride = strides});
    }
}

}  // namespace nas::detail
