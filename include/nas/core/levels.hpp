// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/decision.hpp>
#include <nas/core/number_text.hpp>

/// Numeric decisions: their levels, what is wrong with them, and how far along a level is.
namespace nas {

/// The values of a numeric decision, in order.
struct levels {
    std::vector<double> values;
    value_scale scale = value_scale::linear;

    friend bool operator==(const levels&, const levels&) = default;
};

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

/// Throws std::invalid_argument where a decision's values are not those of a numeric one; `start` is who it is:
/// `nas::choice_space: decision 3 ('rate')`.
inline void check_values(std::span<const double> values, value_scale scale, std::size_t cardinality,
                         const std::string& start) {
    const auto fail = [&](const std::string& what) { throw std::invalid_argument(start + ' ' + what); };
    if (values.empty()) {
        if (scale != value_scale::linear) fail("has a logarithmic scale, but no values");
        return;
    }
    if (values.size() != cardinality)
        fail("has " + std::to_string(values.size()) + " values for " + std::to_string(cardinality) + " choices");
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string value = shortest_text(values[i]);
        if (!std::isfinite(values[i])) fail("has the value " + value + "; values must be finite");
        if (scale == value_scale::logarithmic && values[i] <= 0)
            fail("has the value " + value + "; on a logarithmic scale values must be above 0");
        if (i == 0) continue;
        const bool rises = values[0] < values[1];
        if (values[i] == values[i - 1] || (values[i - 1] < values[i]) != rises)
            fail("has the value " + value + " after " + shortest_text(values[i - 1]) +
                 "; values must only rise or only fall");
    }
    if (!std::isfinite(values.back() - values.front()))
        fail("has values from " + shortest_text(values.front()) + " to " + shortest_text(values.back()) +
             ", which are too far apart");
}

/// The text of a choice of a row of a table.
inline std::string label_of(const decision& row, std::size_t choice) {
    if (!row.labels.empty()) return row.labels[choice];
    return row.values.empty() ? std::to_string(choice) : shortest_text(row.values[choice]);
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

/// A row of a table for a numeric decision: `nas::numeric_decision("learning_rate", nas::log_between(1e-5, 1e-1, 9))`.
inline decision numeric_decision(std::string path, levels of) {
    decision row{.path = std::move(path), .cardinality = of.values.size()};
    row.values = std::move(of.values);
    row.scale = of.scale;
    return row;
}

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
