// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/decision.hpp>
#include <nas/core/levels.hpp>

namespace nas {

namespace detail {

/// `value` to `digits` decimal digits.
inline double rounded(double value, int digits) {
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, digits - 1);
    double read = value;
    std::from_chars(text, end.ptr, read);
    return read;
}

/// Why there are no `count` levels from `first` to `last`; nothing where there are.
inline std::string levels_error(double first, double last, std::size_t count, value_scale scale) {
    const std::string range = " (first is " + shortest_text(first) + ", last is " + shortest_text(last) + ")";
    if (!std::isfinite(first) || !std::isfinite(last) || !std::isfinite(last - first) || !(first < last))
        return "first must be smaller than last, and both finite" + range;
    if (scale == value_scale::logarithmic && first <= 0) return "first must be above 0 on a logarithmic scale" + range;
    if (count < 2 || count > max_cardinality)
        return "the number of levels (" + std::to_string(count) + ") must be in [2, 256]";
    return "";
}

/// From `first` to `last` in `count` steps of one length. What is between is rounded, so that texts are short and platforms agree:
/// to 6 digits, or as many as move no level by more than a thousandth of the way to the next. `owner` starts the sentence of
/// std::invalid_argument.
inline levels make_levels(double first, double last, std::size_t count, value_scale scale, const std::string& owner) {
    const std::string error = levels_error(first, last, count, scale);
    if (!error.empty()) throw std::invalid_argument(owner + ": " + error);
    const bool logarithmic = scale == value_scale::logarithmic;
    levels made{std::vector<double>(count, first), scale};
    made.values.back() = last;
    for (std::size_t i = 1; i + 1 < count; ++i) {
        const double along = static_cast<double>(i) / static_cast<double>(count - 1);
        const auto at = [&](double part) {
            return logarithmic ? std::exp(std::log(first) + (std::log(last) - std::log(first)) * part)
                               : first + (last - first) * part;
        };
        const double exact = at(along);
        const double step = at(static_cast<double>(i + 1) / static_cast<double>(count - 1)) - exact;
        made.values[i] = exact;
        for (int digits = 6; digits <= 17; ++digits) {
            const double near = rounded(exact, digits);
            if (!(std::fabs(near - exact) <= step / 1000)) continue;
            made.values[i] = near;
            break;
        }
    }
    return made;
}

}  // namespace detail

/// `count` values from `first` to `last`, both included, each as far from the next. Throws std::invalid_argument unless
/// first < last, both are finite and count is in [2, 256].
inline levels between(double first, double last, std::size_t count) {
    return detail::make_levels(first, last, count, value_scale::linear, "nas::between");
}

/// `count` values from `first` to `last`, both included, each the same multiple of the one before: `log_between(1e-5, 1e-1, 5)`
/// are 1e-5, 1e-4, 1e-3, 1e-2 and 1e-1. Throws std::invalid_argument unless 0 < first < last, both are finite and count is
/// in [2, 256].
inline levels log_between(double first, double last, std::size_t count) {
    return detail::make_levels(first, last, count, value_scale::logarithmic, "nas::log_between");
}

}  // namespace nas
