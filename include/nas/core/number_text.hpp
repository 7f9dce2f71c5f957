// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdio>
#include <string>

namespace nas::detail {

/// A number for people.
inline std::string number_text(double value, int digits = 6) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    return text;
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
