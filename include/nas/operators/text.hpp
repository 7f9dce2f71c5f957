// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nas/core/levels.hpp>
#include <nas/core/space.hpp>
#include <nas/core/utf8.hpp>
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

/// A path or label in the text of an architecture: on one line, and without the ", " that separates decisions.
inline std::string escaped(std::string_view text) {
    std::string safe;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' || text[i] == '\r') {
            safe += text[i] == '\n' ? "\\n" : "\\r";
            continue;
        }
        if (text[i] == '\\' || text.substr(i, 2) == ", ") safe += '\\';
        safe += text[i];
    }
    return safe;
}

/// Where the escaped label that `text` starts with ends.
constexpr std::size_t end_of_label(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size() && text.substr(at, 2) != ", ") at += text[at] == '\\' ? 2 : 1;
    return at < text.size() ? at : text.size();
}

/// Throws std::invalid_argument where a path, a label or another text of a space is not UTF-8, so that files could not hold
/// it: `what` of `owner` (`nas::choice_space: a label of op`).
inline void check_utf8(std::string_view text, const std::string& what) {
    if (!is_utf8(text)) throw std::invalid_argument(what + " ('" + valid_utf8(std::string(text)) + "') is not UTF-8");
}

/// The label of a choice, as it is in the text of an architecture; of a choice that there is not, its number.
template <DecisionSpace Space>
std::string choice_text(const Space& space, std::size_t i, std::size_t choice) {
    return choice < space.cardinality(i) ? escaped(std::string(space.label(i, choice))) : std::to_string(choice);
}

}  // namespace detail

/// The active decisions as `path=label, path=label`. In paths and labels a backslash stands before another, and before a
/// comma that a blank follows; line ends are `\n` and `\r`.
template <DecisionSpace Space>
std::string describe_decisions(const Space& space, const typename Space::genotype_type& genotype) {
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    std::string text;
    for (std::size_t i = 0; i < space.decisions(); ++i) {
        if (!is_active(space, all, i)) continue;
        if (!text.empty()) text += ", ";
        text += detail::escaped(std::string(space.path(i))) + "=" + detail::choice_text(space, i, genotype[i]);
    }
    return text;
}

namespace detail {

/// The choice of decision `i` with this label, or, where it is numeric and none has it, with the value that the label says.
/// The decision's cardinality where there is none.
template <DecisionSpace Space>
std::size_t choice_of(const Space& space, std::size_t i, std::string_view label) {
    const std::size_t count = space.cardinality(i);
    std::size_t chosen = 0;
    while (chosen < count && escaped(std::string(space.label(i, chosen))) != label) ++chosen;
    if constexpr (NumericSpace<Space>)
        if (chosen == count && is_numeric(space, i)) return level_of(space.values(i), label);
    return chosen;
}

}  // namespace detail

/// Inverse of `describe_decisions`; the value of a numeric decision may be spelt in another way. Throws std::invalid_argument, with the column (from 1) and what was expected there.
template <DecisionSpace Space>
auto parse_decisions(const Space& space, std::string_view text) {
    auto genotype = blank_genotype<typename Space::genotype_type>(space.decisions());
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    std::size_t at = 0;
    const auto fail = [&](const std::string& expected) -> void {
        throw std::invalid_argument("nas: column " + std::to_string(at + 1) + " of '" + std::string(text) +
                                    "': expected " + expected);
    };
    for (std::size_t i = 0; i < space.decisions(); ++i) {
        if (!is_active(space, all, i)) continue;
        const std::string start = (at == 0 ? "" : ", ") + detail::escaped(std::string(space.path(i))) + "=";
        if (!text.substr(at).starts_with(start)) fail("'" + start + "'");
        at += start.size();
        const std::string_view label = text.substr(at, detail::end_of_label(text.substr(at)));
        const std::size_t chosen = detail::choice_of(space, i, label);
        if (chosen == space.cardinality(i))
            fail("one of the " + std::to_string(space.cardinality(i)) + " choices of " + std::string(space.path(i)));
        if (!choices_of(space, all, i).contains(chosen)) fail("a choice that is allowed after the earlier ones");
        genotype[i] = static_cast<std::uint8_t>(chosen);
        at += label.size();
    }
    if (at != text.size()) fail("the end of the text");
    return genotype;
}

namespace detail {

/// An architecture that is not in the space, as `reader`, a space, describes it; and why it is none, where that does not show: equal
/// networks compare equal since what does not count has one value only.
template <class Space>
std::string outside_text(const Space& space, const arch_t<Space>& arch, const Space& reader) {
    std::string text(reader.describe(arch));
    if constexpr (DecisionSpace<Space>) {
        std::string cure;
        if constexpr (requires { space.canonical(arch); }) cure = "; canonical(arch) of the space makes it so";
        const auto& genotype = space.genotype(arch);
        const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
        if (all.size() != space.decisions()) return text;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (!is_active(space, all, i) && all[i] != 0)
                return text + ": '" + std::string(space.path(i)) +
                       "' does not count there, and must then be its first choice, '" + choice_text(space, i, 0) +
                       "', not '" + choice_text(space, i, all[i]) + '\'' + cure;
        if (is_valid(space, genotype) && !cure.empty())
            text += ": what the space does not list must be what a default-constructed one has" + cure;
    }
    return text;
}

}  // namespace detail

}  // namespace nas
