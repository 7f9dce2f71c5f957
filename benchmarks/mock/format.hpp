// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>

namespace mock_bench {

inline std::string fixed(double value, int decimals) {
    char text[400];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

/// A whole number with commas: 15,625; from 10^15 on in powers of ten.
inline std::string grouped(double value) {
    char text[32];
    std::snprintf(text, sizeof text, value < 1e15 ? "%.0f" : "%.3g", value);
    std::string all = text;
    if (value < 1e15)
        for (std::size_t i = all.size(); i > 3;) all.insert(i -= 3, 1, ',');
    return all;
}

}  // namespace mock_bench
