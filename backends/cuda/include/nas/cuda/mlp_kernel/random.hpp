// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <nas/cuda/mlp_kernel/types.hpp>

namespace nas::mlp_kernel {

/// nas::rng as a function: number `n`, from 0 on, of what a generator with that seed draws. A thread computes the draws that
/// it needs.
NAS_MLP_KERNEL inline std::uint64_t draw(std::uint64_t seed, std::uint64_t n) {
    std::uint64_t word = seed + (n + 1) * 0x9e3779b97f4a7c15U;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9U;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebU;
    return word ^ (word >> 31);
}

/// nas::unit of a draw.
NAS_MLP_KERNEL inline double unit_of(std::uint64_t drawn) { return static_cast<double>(drawn >> 11) * 0x1.0p-53; }

/// nas::below of a draw: the high word of its product with `bound`.
NAS_MLP_KERNEL inline std::uint64_t below_of(std::uint64_t drawn, std::uint64_t bound) {
#if defined(__CUDA_ARCH__)
    return __umul64hi(drawn, bound);
#else
    __extension__ using uint128 = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<uint128>(drawn) * bound) >> 64);
#endif
}

/// Numbers of rows, in 16 bits where that is enough.
class row_order {
  public:
    NAS_MLP_KERNEL row_order(void* numbers, std::size_t rows) : numbers_(numbers), narrow_(index_bytes(rows) == 2) {}

    NAS_MLP_KERNEL std::uint32_t operator[](std::size_t i) const {
        return narrow_ ? static_cast<const std::uint16_t*>(numbers_)[i]
                       : static_cast<const std::uint32_t*>(numbers_)[i];
    }
    NAS_MLP_KERNEL void set(std::size_t i, std::uint32_t row) const {
        if (narrow_)
            static_cast<std::uint16_t*>(numbers_)[i] = static_cast<std::uint16_t>(row);
        else
            static_cast<std::uint32_t*>(numbers_)[i] = row;
    }

  private:
    void* numbers_;
    bool narrow_;
};

/// nas::shuffle by draws `first`, `first + 1`, ... Which places are swapped is computed by all of the team, as many at a time as
/// `room` has place for; the swaps, each of which depends on those before, are one thread's.
template <class Team>
NAS_MLP_KERNEL void shuffle(const Team& team, const row_order& order, std::size_t rows, std::uint64_t seed,
                            std::uint64_t first, std::uint32_t* room, std::size_t size) {
    for (std::size_t left = rows; left > 1;) {
        const std::size_t count = size < left - 1 ? size : left - 1;
        for (std::size_t i = team.rank(); i < count; i += team.size())
            room[i] = static_cast<std::uint32_t>(below_of(draw(seed, first + i), left - i));
        team.sync();
        if (team.rank() == 0)
            for (std::size_t i = 0; i < count; ++i) {
                const std::uint32_t last = order[left - i - 1];
                order.set(left - i - 1, order[room[i]]);
                order.set(room[i], last);
            }
        team.sync();
        left -= count;
        first += count;
    }
}

}  // namespace nas::mlp_kernel
