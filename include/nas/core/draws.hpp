// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <nas/core/rng.hpp>

namespace nas {

/// Uniform integer in [0, `bound`), `bound` >= 1, from one draw: the high word of a 64x64 -> 128 bit product (Lemire 2019
/// without its rejection step: the bias is at most bound / 2^64).
constexpr std::uint64_t below(rng& random, std::uint64_t bound) noexcept {
    __extension__ using uint128 = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<uint128>(random()) * bound) >> 64);
}

/// Uniform real in [0, 1): the top 53 bits of one draw, so that every value is a multiple of 2^-53 on every platform.
constexpr double unit(rng& random) noexcept { return static_cast<double>(random() >> 11) * 0x1.0p-53; }

/// True with probability `p`, from one draw; never for p <= 0, always for p >= 1.
constexpr bool chance(rng& random, double p) noexcept { return unit(random) < p; }

/// Permutes `items` uniformly (Fisher-Yates from the back; size - 1 draws).
template <class T>
constexpr void shuffle(std::span<T> items, rng& random) {
    using std::swap;
    for (std::size_t left = items.size(); left > 1; --left) swap(items[left - 1], items[below(random, left)]);
}

/// Moves a uniform sample of `count` <= size items to the front of `items`, in random order (`count` draws).
template <class T>
constexpr void sample_to_front(std::span<T> items, std::size_t count, rng& random) {
    using std::swap;
    for (std::size_t i = 0; i < count; ++i) swap(items[i], items[i + below(random, items.size() - i)]);
}

}  // namespace nas
