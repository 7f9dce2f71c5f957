// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <nas/core/number_text.hpp>

namespace nas::detail {

struct axis_tick {
    double value;
    std::string text;
};

/// 1, 2 or 5 times a power of ten, so that there are at most `count` of them in `range`.
inline double tick_step(double range, double count) {
    const double power = std::pow(10.0, std::floor(std::log10(range / count)));
    for (const double times : {1.0, 2.0, 5.0})
        if (range / (times * power) <= count) return times * power;
    return 10 * power;
}

/// Round values between two scores; these themselves where there are none, or where they cannot be told apart in few digits.
inline std::vector<axis_tick> score_ticks(double low, double high) {
    std::vector<axis_tick> ticks;
    const double range = high - low;
    const double size = std::max(std::abs(low), std::abs(high));
    if (range > std::max(1e-9 * size, 1e-300) && std::isfinite(range)) {
        const double step = tick_step(range, 7);
        const int digits = std::max(6, 2 + static_cast<int>(std::ceil(std::log10(size / step))));
        for (double k = std::ceil(low / step); k * step <= high; ++k)
            ticks.push_back({k * step, number_text(k * step, digits)});
    }
    if (ticks.empty()) ticks.push_back({low, number_text(low)});
    if (ticks.size() == 1 && high > low) ticks = {{low, number_text(low, 10)}, {high, number_text(high, 10)}};
    return ticks;
}

/// Round places from 1 to `count`.
inline std::vector<axis_tick> place_ticks(std::size_t count) {
    std::vector<axis_tick> ticks{{1, "1"}};
    const auto step = count < 10 ? std::size_t{1} : static_cast<std::size_t>(tick_step(static_cast<double>(count), 10));
    for (std::size_t at = std::max<std::size_t>(step, 2); at <= count; at += step)
        ticks.push_back({static_cast<double>(at), std::to_string(at)});
    return ticks;
}

}  // namespace nas::detail
