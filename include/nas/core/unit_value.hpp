// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include <nas/core/decision.hpp>

namespace nas {

/// How far `values[choice]` is from the smallest value, 0, to the largest, 1, on their scale. 0 where there is one value.
inline double unit_value(std::span<const double> values, value_scale scale, std::size_t choice) {
    const double low = std::min(values.front(), values.back());
    const double high = std::max(values.front(), values.back());
    if (!(low < high)) return 0;
    // The ends exactly, whatever rounding does.
    if (values[choice] == low || values[choice] == high) return values[choice] == high ? 1 : 0;
    if (scale == value_scale::linear) return (values[choice] - low) / (high - low);
    return (std::log(values[choice]) - std::log(low)) / (std::log(high) - std::log(low));
}

}  // namespace nas
