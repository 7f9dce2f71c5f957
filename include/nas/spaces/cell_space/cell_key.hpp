// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <nas/core/rng.hpp>

namespace nas {

/// A cell in canonical form in 128 bits: a 1, then the input and the operation of each half of each block. Keys are a space's:
/// those of two spaces say nothing of each other.
struct cell_key {
    std::uint64_t high = 0;
    std::uint64_t low = 1;

    /// Appends the `bits` in [1, 63] lowest of `value`.
    constexpr void append(std::uint64_t value, std::size_t bits) noexcept {
        high = (high << bits) | (low >> (64 - bits));
        low = (low << bits) | value;
    }

    friend constexpr bool operator==(const cell_key&, const cell_key&) = default;
};

}  // namespace nas

template <>
struct std::hash<nas::cell_key> {
    std::size_t operator()(const nas::cell_key& key) const noexcept {
        return static_cast<std::size_t>(nas::detail::mix64(key.low + nas::detail::mix64(key.high)));
    }
};
