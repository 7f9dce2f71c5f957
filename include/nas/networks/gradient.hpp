// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>

#include <nas/networks/packs.hpp>

/// What is done to the gradient of a loss before a step is made along it.
namespace nas {

/// Adds the gradient of `weight` times the sum of the squares of the parameters.
template <std::floating_point Scalar>
void add_l2_gradient(std::span<const Scalar> parameters, double weight, std::span<Scalar> gradient) noexcept {
    assert(parameters.size() == gradient.size());
    const auto factor = static_cast<Scalar>(2 * weight);
    detail::add_times(gradient.size(), factor, parameters.data(), gradient.data());
}

/// Makes a gradient that is longer than `limit` that long, in its direction (Pascanu et al. 2013).
template <std::floating_point Scalar>
void clip_to_norm(std::span<Scalar> gradient, double limit) noexcept {
    const double norm = std::sqrt(detail::sum_of_squares(gradient.size(), gradient.data()));
    if (!(norm > limit)) return;
    const auto factor = static_cast<Scalar>(limit / norm);
    detail::for_each_number<Scalar>(
        gradient.size(), [factor](auto& values) { values *= factor; }, gradient.data());
}

}  // namespace nas
