// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>

#include <Eigen/Core>
#include <nas/networks/packs.hpp>

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

/// The same of each of n numbers, whatever its place: four packs at a time, which wait less for each other, then one.
template <std::floating_point Scalar, class Function>
void apply_to_each(std::size_t n, Scalar* numbers, Function&& function) {
    constexpr std::size_t lanes = widest_pack / sizeof(Scalar);
    using pack = typename pack_of<Scalar, lanes>::type;
    std::size_t k = 0;
    for (; k + 4 * lanes <= n; k += 4 * lanes) {
        pack four[4];
        std::memcpy(&four, numbers + k, sizeof(four));
        apply<Scalar>(four, function);
        std::memcpy(numbers + k, &four, sizeof(four));
    }
    for_each_number<Scalar>(
        n - k,
        [&function](auto& numbers_left) {
            pack one[] = {numbers_left};
            apply<Scalar>(one, function);
            numbers_left = one[0];
        },
        numbers + k);
}

}  // namespace nas::detail
