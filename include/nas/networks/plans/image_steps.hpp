// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

#include <nas/networks/network_plan.hpp>

/// What plans of image networks have in common.
namespace nas::detail {

/// Throws std::invalid_argument in the name of `owner` unless the network reads images and makes an output.
inline void check_image_plans(const std::string& owner, const plan_shape& input, std::size_t outputs) {
    if (input.flat || input.numbers() == 0)
        throw std::invalid_argument(owner + ": input (" + nas::describe(input) + ") must be an image");
    if (outputs < 1) throw std::invalid_argument(owner + ": outputs (0) must be at least 1");
}

/// Relu, a convolution without bias, batch norm.
inline std::size_t relu_convolution(network_plan& plan, std::size_t from, std::size_t channels,
                                    const plan_window& window) {
    const std::size_t at = plan.activate(from, activation::relu);
    return plan.batch_norm(plan.convolution(at, channels, window, {.bias = false}));
}

}  // namespace nas::detail
