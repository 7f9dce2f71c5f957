// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>

#include <Eigen/Core>

namespace nas::detail {

/// packs[i] = function(packs[i]), a function of Eigen's arrays, as `x.tanh()`. The array is of a fixed size and lies where it
/// belongs: what becomes of a number depends on the packs' width and count alone.
template <class Scalar, class Pack, std::size_t Count, class Function>
void apply(Pack (&packs)[Count], Function&& function) {
    constexpr std::size_t lanes = sizeof(Pack) / sizeof(Scalar);
    Eigen::Array<Scalar, int{Count * lanes}, 1> numbers;
    std::memcpy(numbers.data(), &packs, sizeof(packs));
    numbers = function(numbers);
    std::memcpy(&packs, numbers.data(), sizeof(packs));
}

/// The same of one pack.
template <class Scalar, class Pack, class Function>
Pack applied(const Pack& pack, Function&& function) {
    Pack packs[] = {pack};
    apply<Scalar>(packs, function);
    return packs[0];
}

}  // namespace nas::detail
