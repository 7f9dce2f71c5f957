// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>

namespace nas::detail {

/// A number for people.
inline std::string number_text(double value, int digits = 6) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    return text;
}

/// A number at its shortest, from which the same double can be read; whole ones below 10^15 in digits: `1e-05`, `0.3`, `100000`.
inline std::string shortest_text(double value) {
    char text[64];
    const bool whole = std::fabs(value) < 1e15 && value == std::floor(value);
    const auto end = whole ? std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(value))
                           : std::to_chars(text, text + sizeof text, value);
    return std::string(text, end.ptr);
}

/// A length of time for people, of two to three digits: `45 us`, `1.25 s`, `3 min 20 s`, `26 h 3 min`.
inline std::string seconds_text(double seconds) {
    char text[64];
    if (seconds < 0.9995e-3) {
        std::snprintf(text, sizeof text, seconds == 0 ? "%.0f s" : "%.3g us", 1e6 * seconds);
    } else if (seconds < 0.9995) {
        std::snprintf(text, sizeof text, "%.3g ms", 1e3 * seconds);
    } else if (seconds < 59.95) {
        std::snprintf(text, sizeof text, "%.3g s", seconds);
    } else if (seconds < 3599.5) {
        const double whole = std::round(seconds);
        std::snprintf(text, sizeof text, "%.0f min %.0f s", std::floor(whole / 60), std::fmod(whole, 60));
    } else {
        const double whole = std::round(seconds / 60);
        std::snprintf(text, sizeof text, "%.0f h %.0f min", std::floor(whole / 60), std::fmod(whole, 60));
    }
    return text;
}

}  // namespace nas::detail
