// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nas/core/decision.hpp>

/// Numeric decisions: their levels, their texts, and what is wrong with them. between.hpp makes levels.
namespace nas {

/// The values of a numeric decision, in order.
struct levels {
    std::vector<double> values;
    value_scale scale = value_scale::linear;

    friend bool operator==(const levels&, const levels&) = default;
};

namespace detail {

/// A number at its shortest, from which the same double can be read; whole ones below 10^15 in digits: `1e-05`, `0.3`, `100000`.
inline std::string shortest_text(double value) {
    char text[64];
    const bool small = value > -1e15 && value < 1e15;
    const std::int64_t whole = small ? static_cast<std::int64_t>(value) : 0;
    const auto end = small && static_cast<double>(whole) == value ? std::to_chars(text, text + sizeof text, whole)
                                                                  : std::to_chars(text, text + sizeof text, value);
    return std::string(text, end.ptr);
}

/// The number that the whole text says, in any spelling: `1e-04`, `1E-4`, `+0.00010`. Nothing where it says none.
inline std::optional<double> number_of(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(text.size() > 1 && text[1] != '-' ? 1 : 0);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Which of a numeric decision's values a text says, exactly; as many as there are where it says none of them.
inline std::size_t level_of(std::span<const double> values, std::string_view text) {
    if (values.empty()) return 0;
    const std::optional<double> value = number_of(text);
    std::size_t level = 0;
    while (level < values.size() && value != values[level]) ++level;
    return level;
}

/// As std::isfinite, without <cmath>, which costs every program with a space a tenth of a second to compile.
inline bool is_finite(double value) { return value - value == 0; }

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
        if (!is_finite(values[i])) fail("has the value " + value + "; values must be finite");
        if (scale == value_scale::logarithmic && values[i] <= 0)
            fail("has the value " + value + "; on a logarithmic scale values must be above 0");
        if (i == 0) continue;
        const bool rises = values[0] < values[1];
        if (values[i] == values[i - 1] || (values[i - 1] < values[i]) != rises)
            fail("has the value " + value + " after " + shortest_text(values[i - 1]) +
                 "; values must only rise or only fall");
    }
    if (!is_finite(values.back() - values.front()))
        fail("has values from " + shortest_text(values.front()) + " to " + shortest_text(values.back()) +
             ", which are too far apart");
}

/// The text of a choice of a row of a table.
inline std::string label_of(const decision& row, std::size_t choice) {
    if (!row.labels.empty()) return row.labels[choice];
    return row.values.empty() ? std::to_string(choice) : shortest_text(row.values[choice]);
}

}  // namespace detail

/// A row of a table for a numeric decision: `nas::numeric_decision("learning_rate", nas::log_between(1e-5, 1e-1, 9))`.
inline decision numeric_decision(std::string path, levels of) {
    decision row{.path = std::move(path), .cardinality = of.values.size()};
    row.values = std::move(of.values);
    row.scale = of.scale;
    return row;
}

}  // namespace nas
