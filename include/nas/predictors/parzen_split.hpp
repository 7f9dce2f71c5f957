// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nas {

/// How many of n trials are good: a share of n, or of its square root.
enum class parzen_split : std::uint8_t {
    linear,       ///< gamma n: Optuna
    square_root,  ///< gamma sqrt(n): hyperopt
};
constexpr std::array<std::string_view, 2> enum_names(parzen_split) noexcept { return {"linear", "square_root"}; }

/// The size of the good part of `trials`: rounded up, at most `most`, and never more than there are.
inline std::size_t good_trials(parzen_split split, double gamma, std::size_t most, std::size_t trials) {
    const auto n = static_cast<double>(trials);
    const double share = std::ceil(gamma * (split == parzen_split::linear ? n : std::sqrt(n)));
    // Compared as reals: a product of any gamma may be more than an integer holds.
    if (share >= static_cast<double>(std::min(most, trials))) return std::min(most, trials);
    return static_cast<std::size_t>(share);
}

}  // namespace nas
