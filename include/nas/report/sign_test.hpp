// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include <nas/report/statistics.hpp>

namespace nas {

/// The sign test, two-sided: whether the values of a sample tend to be higher than a number that is known exactly. Values equal
/// to it say nothing either way. Exact for up to 1000 values that differ from it; else the normal approximation, corrected for
/// continuity. `u` and `superiority` are as mann_whitney has them, with the number for a sample of one. Throws
/// std::invalid_argument where the sample is empty or a value is not finite.
inline rank_test sign_test(std::span<const double> sample, double number) {
    detail::require_numbers(sample, 1, "sign_test");
    detail::require_numbers({&number, 1}, 1, "sign_test");
    const auto above =
        static_cast<double>(std::count_if(sample.begin(), sample.end(), [=](double v) { return v > number; }));
    const auto below =
        static_cast<double>(std::count_if(sample.begin(), sample.end(), [=](double v) { return v < number; }));
    const double differ = above + below;

    rank_test result;
    result.u = above + (static_cast<double>(sample.size()) - differ) / 2;
    result.superiority = result.u / static_cast<double>(sample.size());
    constexpr double most_exact = 1000;  // 0.5^1000 is still a number
    if (differ > most_exact) {
        result.p_value = std::erfc(std::max(0.0, std::abs(above - below) - 1) / std::sqrt(2 * differ));
        return result;
    }
    result.exact = true;
    double ways = std::pow(0.5, differ);  // the chance that k of them are on one side, for k = 0
    double tail = ways;
    for (double k = 1; k <= std::min(above, below); ++k) tail += ways *= (differ - k + 1) / k;
    result.p_value = std::min(1.0, 2 * tail);
    return result;
}

}  // namespace nas
