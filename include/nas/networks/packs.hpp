// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>
#if defined(__AVX__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Arithmetic on packs of numbers, as many as a register holds: for loops that compilers do not turn into such by themselves,
/// or not everywhere in the same way. No result depends on where in memory the numbers are.
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

/// The first `count` numbers of a pack, and zeros for the others; less than all of a widest pack.
template <class Pack, class Scalar>
Pack load_some(const Scalar* from, std::size_t count) {
    [[maybe_unused]] constexpr bool single = std::is_same_v<Scalar, float>;
#if defined(__AVX512F__)
    if constexpr (single) return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << count) - 1), from);
    if constexpr (!single) return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1U << count) - 1), from);
#else
    Pack pack = {};
    for (std::size_t lane = 0; lane < count; ++lane) pack[lane] = from[lane];
    return pack;
#endif
}
template <class Pack, class Scalar>
void store_some(const Pack& pack, Scalar* to, std::size_t count) {
    [[maybe_unused]] constexpr bool single = std::is_same_v<Scalar, float>;
#if defined(__AVX512F__)
    if constexpr (single) _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1U << count) - 1), pack);
    if constexpr (!single) _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1U << count) - 1), pack);
#else
    for (std::size_t lane = 0; lane < count; ++lane) to[lane] = pack[lane];
#endif
}

/// `function(packs...)` of numbers 0 to n - 1 of each array, a widest pack of each at a time; arrays that are not const get what
/// it leaves there. The last packs are filled up with zeros: whatever its place, a number goes through the same operations.
template <std::floating_point Scalar, class Function, class... Numbers>
void for_each_number(std::size_t n, Function&& function, Numbers*... arrays) {
    constexpr std::size_t lanes = widest_pack / sizeof(Scalar);
    using pack = typename pack_of<Scalar, lanes>::type;
    const auto keep = []<class Number>(const pack& from, Number* to, std::size_t count) {
        if constexpr (!std::is_const_v<Number>) {
            if (count == lanes) {
                store_pack(from, to);
            } else {
                store_some(from, to, count);
            }
        }
    };
    std::size_t k = 0;
    for (; k + lanes <= n; k += lanes)
        [&](auto... packs) {
            function(packs...);
            (keep(packs, arrays + k, lanes), ...);
        }(load_pack<pack>(arrays + k)...);
    if (k < n)
        [&](auto... packs) {
            function(packs...);
            (keep(packs, arrays + k, n - k), ...);
        }(load_some<pack, Scalar>(arrays + k, n - k)...);
}

/// Correctly rounded, as std::sqrt.
template <class Scalar, class Pack>
Pack square_root(Pack pack) {
    [[maybe_unused]] constexpr bool single = std::is_same_v<Scalar, float>;
#if defined(__AVX512F__)
    if constexpr (sizeof(Pack) == 64 && single) return _mm512_sqrt_ps(pack);
    if constexpr (sizeof(Pack) == 64 && !single) return _mm512_sqrt_pd(pack);
#endif
#if defined(__AVX__)
    if constexpr (sizeof(Pack) == 32 && single) return _mm256_sqrt_ps(pack);
    if constexpr (sizeof(Pack) == 32 && !single) return _mm256_sqrt_pd(pack);
#endif
#if defined(__SSE2__)
    if constexpr (sizeof(Pack) == 16 && single) return _mm_sqrt_ps(pack);
    if constexpr (sizeof(Pack) == 16 && !single) return _mm_sqrt_pd(pack);
#endif
    for (std::size_t lane = 0; lane < sizeof(Pack) / sizeof(Scalar); ++lane) pack[lane] = std::sqrt(pack[lane]);
    return pack;
}

/// to[i] += factor * from[i].
template <std::floating_point Scalar>
void add_times(std::size_t n, Scalar factor, const Scalar* from, Scalar* to) {
    for_each_number<Scalar>(
        n, [factor](const auto& more, auto& sum) { sum += factor * more; }, from, to);
}

/// The numbers of a pack, summed up: halves, halves of these, and so on.
template <class Scalar, class Pack>
Scalar sum_of_lanes(const Pack& pack) {
    constexpr std::size_t half = sizeof(Pack) / sizeof(Scalar) / 2;
    if constexpr (half == 0) {
        return pack[0];
    } else {
        return [&]<std::size_t... Lane>(std::index_sequence<Lane...>) {
            return sum_of_lanes<Scalar>(__builtin_shufflevector(pack, pack, Lane...) +
                                        __builtin_shufflevector(pack, pack, (Lane + half)...));
        }
        (std::make_index_sequence<half>());
    }
}

template <std::floating_point Scalar>
Scalar dot(std::size_t n, const Scalar* a, const Scalar* b) {
    typename pack_of<Scalar, widest_pack / sizeof(Scalar)>::type sum = {};
    for_each_number<Scalar>(
        n, [&sum](const auto& x, const auto& y) { sum += x * y; }, a, b);
    return sum_of_lanes<Scalar>(sum);
}

/// Of the numbers. By blocks, each in four sums that do not wait for each other: one after the other takes 15 us for 17,000.
template <std::floating_point Scalar>
double sum_of_squares(std::size_t n, const Scalar* numbers) {
    constexpr std::size_t quarter = 128;
    double total = 0;
    for (std::size_t first = 0; first < n; first += 4 * quarter) {
        const std::size_t count = std::min(4 * quarter, n - first) / 4;
        const Scalar* const at = numbers + first;
        typename pack_of<Scalar, widest_pack / sizeof(Scalar)>::type sums[4] = {};
        for_each_number<Scalar>(
            count,
            [&sums](const auto& a, const auto& b, const auto& c, const auto& d) {
                sums[0] += a * a;
                sums[1] += b * b;
                sums[2] += c * c;
                sums[3] += d * d;
            },
            at, at + count, at + 2 * count, at + 3 * count);
        total += static_cast<double>(sum_of_lanes<Scalar>((sums[0] + sums[1]) + (sums[2] + sums[3])));
        for (std::size_t rest = first + 4 * count; rest < std::min(first + 4 * quarter, n); ++rest)
            total += static_cast<double>(numbers[rest]) * static_cast<double>(numbers[rest]);
    }
    return total;
}

}  // namespace nas::detail
