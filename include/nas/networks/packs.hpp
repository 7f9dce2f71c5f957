// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include <Eigen/Core>

/// Arithmetic on packs of numbers, as many as a register holds: for loops that compilers do not turn into such by themselves,
/// or not everywhere in the same way.
namespace nas::detail {

#if defined(__AVX512F__)
inline constexpr std::size_t widest_pack = 64;  // bytes
#elif defined(__AVX__)
inline constexpr std::size_t widest_pack = 32;
#else
inline constexpr std::size_t widest_pack = 16;
#endif
inline constexpr std::size_t narrowest_pack = 16;

/// A vector of the compiler; one number is a vector too.
template <class Scalar, std::size_t Lanes>
struct pack_of {
    typedef Scalar type __attribute__((vector_size(Lanes * sizeof(Scalar))));
};

template <class Pack, class Scalar>
Pack load_pack(const Scalar* from) {
    Pack loaded;
    std::memcpy(&loaded, from, sizeof(Pack));
    return loaded;
}
template <class Pack, class Scalar>
void store_pack(Pack pack, Scalar* to) {
    std::memcpy(to, &pack, sizeof(Pack));
}

/// Calls `visit(lanes, k)`, `lanes` a std::integral_constant, for packs of so many numbers from number k on, which together are
/// numbers 0 to n - 1: as many of the widest as there are, then of the narrowest, then one at a time. What becomes of a number
/// may depend on n and on which it is, and on nothing else.
template <std::floating_point Scalar, class Visit>
void for_each_pack(std::size_t n, Visit&& visit) {
    std::size_t k = 0;
    const auto visit_all = [&](auto lanes) {
        for (; k + lanes <= n; k += lanes) visit(lanes, k);
    };
    visit_all(std::integral_constant<std::size_t, widest_pack / sizeof(Scalar)>());
    if constexpr (widest_pack > narrowest_pack)
        visit_all(std::integral_constant<std::size_t, narrowest_pack / sizeof(Scalar)>());
    visit_all(std::integral_constant<std::size_t, 1>());
}

/// packs[i] = function(packs[i]), a function of Eigen's arrays.
template <class Scalar, class Pack, std::size_t Count, class Function>
void apply(Pack (&packs)[Count], Function&& function) {
    constexpr std::size_t lanes = sizeof(Pack) / sizeof(Scalar);
    Eigen::Array<Scalar, int{Count * lanes}, 1> numbers;
    std::memcpy(numbers.data(), &packs, sizeof(packs));
    numbers = function(numbers);
    std::memcpy(&packs, numbers.data(), sizeof(packs));
}

}  // namespace nas::detail
