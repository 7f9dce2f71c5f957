// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>

namespace nas {

namespace detail {

/// Digit of base 36 for `value` < 36.
constexpr char base36_digit(std::size_t value) noexcept {
    return static_cast<char>(value < 10 ? '0' + value : 'a' + (value - 10));
}
/// Value of a base-36 digit (either case); 36 for any other character.
constexpr std::size_t base36_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return static_cast<std::size_t>(digit - '0');
    if (digit >= 'a' && digit <= 'z') return static_cast<std::size_t>(digit - 'a') + 10;
    if (digit >= 'A' && digit <= 'Z') return static_cast<std::size_t>(digit - 'A') + 10;
    return 36;
}

}  // namespace detail

/// The active decisions as `path=label, path=label`.
template <DecisionSpace Space>
std::string describe_decisions(const Space& space, const typename Space::genotype_type& genotype) {
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    std::string text;
    for (std::size_t i = 0; i < space.decisions(); ++i) {
        if (!is_active(space, all, i)) continue;
        if (!text.empty()) text += ", ";
        text += std::string(space.path(i)) + "=" + std::string(space.label(i, genotype[i]));
    }
    return text;
}

/// Inverse of `describe_decisions`. Labels may hold any text, ", " and "=" included: among those that fit, the longest after
/// which the text goes on as it should wins.
/// Throws std::invalid_argument, with the column (from 1) and what was expected there.
template <DecisionSpace Space>
auto parse_decisions(const Space& space, std::string_view text) {
    auto genotype = blank_genotype<typename Space::genotype_type>(space.decisions());
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    const auto active_from = [&](std::size_t i) {
        while (i < space.decisions() && !is_active(space, all, i)) ++i;
        return i;
    };
    std::size_t at = 0;
    const auto fail = [&](const std::string& expected) -> void {
        throw std::invalid_argument("nas: column " + std::to_string(at + 1) + " of '" + std::string(text) +
                                    "': expected " + expected);
    };
    for (std::size_t i = active_from(0); i < space.decisions(); i = active_from(i + 1)) {
        const std::string start = (at == 0 ? "" : ", ") + std::string(space.path(i)) + "=";
        if (!text.substr(at).starts_with(start)) fail("'" + start + "'");
        at += start.size();
        const std::string_view rest = text.substr(at);
        std::size_t chosen = max_cardinality;
        std::size_t length = 0;
        bool goes_on = false;
        for (std::size_t choice = 0; choice < space.cardinality(i); ++choice) {
            const std::string label(space.label(i, choice));
            if (!rest.starts_with(label)) continue;
            const std::string_view left = rest.substr(label.size());
            if (!left.empty() && !left.starts_with(", ")) continue;
            genotype[i] = static_cast<std::uint8_t>(choice);  // decides what is active next
            const std::size_t next = active_from(i + 1);
            const bool fits =
                next == space.decisions() ? left.empty() : left.starts_with(", " + std::string(space.path(next)) + "=");
            if (chosen != max_cardinality && (fits == goes_on ? label.size() <= length : goes_on)) continue;
            chosen = choice;
            length = label.size();
            goes_on = fits;
        }
        if (chosen == max_cardinality)
            fail("one of the " + std::to_string(space.cardinality(i)) + " choices of " + std::string(space.path(i)));
        if (!choices_of(space, all, i).contains(chosen)) fail("a choice that is allowed after the earlier ones");
        genotype[i] = static_cast<std::uint8_t>(chosen);
        at += length;
    }
    if (at != text.size()) fail("the end of the text");
    return genotype;
}

}  // namespace nas
