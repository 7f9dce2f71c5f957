// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>

#include <Eigen/Core>
#include <nas/networks/optimizers.hpp>

/// What is done to the gradient of a loss before a step is made along it.
namespace nas {

/// Adds the gradient of `weight` times the sum of the squares of the parameters.
template <std::floating_point Scalar>
void add_l2_gradient(std::span<const Scalar> parameters, double weight, std::span<Scalar> gradient) noexcept {
    assert(parameters.size() == gradient.size());
    const auto factor = static_cast<Scalar>(2 * weight);
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += factor * parameters[i];
}

/// Makes a gradient that is longer than `limit` that long, in its direction (Pascanu et al. 2013).
template <std::floating_point Scalar>
void clip_to_norm(std::span<Scalar> gradient, double limit) noexcept {
    // By blocks: one sum after the other waits for itself, 15 us for 17,000 weights.
    double squares = 0;
    detail::for_each_block(gradient.size(), [&](Eigen::Index at, Eigen::Index count) {
        squares += static_cast<double>(
            Eigen::Map<const detail::flat_array<Scalar>>(gradient.data() + at, count).square().sum());
    });
    const double norm = std::sqrt(squares);
    if (!(norm > limit)) return;
    const auto factor = static_cast<Scalar>(limit / norm);
    for (Scalar& value : gradient) value *= factor;
}

}  // namespace nas
