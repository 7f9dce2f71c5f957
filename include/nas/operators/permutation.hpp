// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include <nas/core/rng.hpp>

namespace nas {

/// A pseudo-random permutation of [0, size) that needs no memory: a Feistel network over the next even power of two, walked
/// until it lands inside (Black and Rogaway 2002). One look-up takes four rounds (ten up to size 64), on average at
/// most four times.
class permutation {
  public:
    permutation() = default;
    permutation(std::uint64_t size, std::uint64_t key) noexcept : size_(size), key_(key) {
        half_ = size < 2 ? 1 : static_cast<unsigned>(std::bit_width(size - 1) + 1) / 2;
        if (half_ < 4) rounds_ = 10;
    }

    std::uint64_t size() const noexcept { return size_; }

    /// Where `index` in [0, size()) goes.
    std::uint64_t operator[](std::uint64_t index) const noexcept {
        do index = encrypt(index);
        while (index >= size_);
        return index;
    }

  private:
    std::uint64_t encrypt(std::uint64_t word) const noexcept {
        const std::uint64_t mask = (std::uint64_t{1} << half_) - 1;
        std::uint64_t left = word >> half_;
        std::uint64_t right = word & mask;
        for (std::uint64_t round = 0; round < rounds_; ++round) {
            const std::uint64_t next = left ^ (detail::mix64(right + key_ + (round << 60)) & mask);
            left = right;
            right = next;
        }
        return (left << half_) | right;
    }

    std::uint64_t size_ = 0;
    std::uint64_t key_ = 0;
    unsigned half_ = 1;
    unsigned rounds_ = 4;  // up to size 64, four leave some places likelier than others (chi-square); ten do not
};

}  // namespace nas
