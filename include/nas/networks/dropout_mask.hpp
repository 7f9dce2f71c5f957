// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <nas/core/rng.hpp>

namespace nas::detail {

/// What a dropout layer multiplies numbers by while training: 0 for what it drops, otherwise a factor that keeps the mean. Each
/// is kept with probability `keep`, in (0, 1], rounded to a multiple of 2^-16: four decisions a draw.
template <std::floating_point Scalar>
void draw_dropout_mask(rng& random, double keep, std::span<Scalar> mask) {
    const auto kept = static_cast<std::uint64_t>(std::max(std::lround(keep * 65536), 1L));
    const auto scale = static_cast<Scalar>(65536 / static_cast<double>(kept));
    for (std::size_t at = 0; at < mask.size(); at += 4) {
        std::uint64_t bits = random();
        for (std::size_t k = at; k < std::min(at + 4, mask.size()); ++k, bits >>= 16)
            mask[k] = (bits & 65535U) < kept ? scale : Scalar{0};
    }
}

}  // namespace nas::detail
