// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/between.hpp>
#include <nas/core/decision.hpp>
#include <nas/core/levels.hpp>
#include <nas/spaces/aggregate_space/aggregate_member.hpp>

namespace nas {

/// The integers from `first` to `last`, both included.
struct integer_range {
    std::int64_t first;
    std::int64_t last;
};

/// Choices `first`, ..., `last` of an integer member, at most 256. Throws std::invalid_argument where that are none or more.
template <class First, class Last>
integer_range between(First first, Last last) {
    static_assert(
        std::integral<First> && std::integral<Last>,
        "nas::between: first and last must be integers; of reals say how many: `nas::between(0.1, 0.9, 9)`, or list them: "
        "`nas::member<&your_struct::rate>({0.1, 0.2})`");
    const integer_range range{static_cast<std::int64_t>(first), static_cast<std::int64_t>(last)};
    const std::uint64_t steps = static_cast<std::uint64_t>(range.last) - static_cast<std::uint64_t>(range.first);
    if (range.first > range.last || steps >= max_cardinality)
        throw std::invalid_argument("nas::between: last (" + std::to_string(range.last) +
                                    ") must be in [first, first + 255], first is " + std::to_string(range.first));
    return range;
}

/// A member of a struct and its choices, in this order; one choice makes it a constant.
template <auto Member>
auto member(std::initializer_list<detail::value_of<Member>> choices) {
    return aggregate_member<Member>(std::vector<detail::value_of<Member>>(choices));
}

/// The same from a vector. A template, so that braces do not reach it: two texts would pass as its first and last iterator.
template <auto Member, class Value>
auto member(std::vector<Value> choices) {
    using value = detail::value_of<Member>;
    constexpr bool fits = std::same_as<Value, value>;
    static_assert(fits, "nas::member: the choices must be values of the member, as in a std::vector of its type");
    if constexpr (fits) return aggregate_member<Member>(std::move(choices));
}

/// What is in braces, but no value of the member. A text converts to bool, but is none.
template <auto Member, class Value>
    requires(!std::convertible_to<Value, detail::value_of<Member>> ||
             (std::is_pointer_v<Value> && std::is_arithmetic_v<detail::value_of<Member>>))
auto member(std::initializer_list<Value>) {
    static_assert(
        std::same_as<Value, detail::value_of<Member>>,
        "nas::member: the choices must be values of the member, as in ({3, 5}); texts go into .labels({...})");
}

/// Texts in two pairs of braces: the inner ones would pass as the iterators of one text.
template <auto Member, class Value>
    requires std::same_as<detail::value_of<Member>, std::string>
auto member(std::initializer_list<std::initializer_list<Value>>) {
    static_assert(std::same_as<Value, void>,
                  "nas::member: the choices stand in one pair of braces, as in ({\"relu\", \"tanh\"})");
}

/// An integer member and its choices `nas::between(first, last)`. Throws std::invalid_argument where the member's type cannot
/// hold them.
template <auto Member, std::same_as<integer_range> Range>
auto member(Range range) {
    using value = detail::value_of<Member>;
    constexpr bool integer = std::integral<value> && !std::same_as<value, bool>;
    static_assert(integer,
                  "nas::member: nas::between gives integers, and this member is none; list its choices in braces");
    std::vector<value> choices;
    if constexpr (integer) {
        for (std::int64_t i = range.first; i <= range.last; ++i) {
            choices.push_back(static_cast<value>(i));
            // The sign matters too: -1 converts to the largest of an unsigned type, and back.
            if (static_cast<std::int64_t>(choices.back()) != i || (choices.back() < value{}) != (i < 0))
                throw std::invalid_argument("nas::member: " + std::string(detail::member_name<Member>()) +
                                            " cannot hold its choice " + std::to_string(i));
        }
    }
    return aggregate_member<Member>(std::move(choices));
}

/// A number and its levels, `nas::between(first, last, count)` or `nas::log_between(first, last, count)`: a numeric decision. For an
/// integer they are rounded. Throws std::invalid_argument where two are one integer, or the member's type cannot hold one.
template <auto Member, std::same_as<levels> Levels>
auto member(const Levels& of) {
    using value = detail::value_of<Member>;
    static_assert(detail::check_quantity<Member>());
    std::vector<value> choices;
    if constexpr (std::is_arithmetic_v<value>) {
        const auto fail = [](const std::string& what) {
            throw std::invalid_argument("nas::member: " + std::string(detail::member_name<Member>()) + ' ' + what);
        };
        for (const double level : of.values) {
            const double wanted = std::integral<value> ? std::round(level) : level;
            // Between these a conversion is defined.
            if (wanted < static_cast<double>(std::numeric_limits<value>::lowest()) ||
                wanted > static_cast<double>(std::numeric_limits<value>::max()) ||
                (std::integral<value> && std::fabs(wanted) > 0x1p53))
                fail("cannot hold its choice " + detail::shortest_text(level));
            choices.push_back(static_cast<value>(wanted));
            if (choices.size() > 1 && choices.back() == choices[choices.size() - 2])
                fail("has the choice " + detail::plain_text(choices.back()) + " for two of its " +
                     std::to_string(of.values.size()) + " levels; it can have fewer");
        }
    }
    return aggregate_member<Member>(std::move(choices)).numeric(of.scale);
}

/// A bool member: false or true.
template <auto Member>
auto member() {
    static_assert(
        std::same_as<detail::value_of<Member>, bool>,
        "nas::member: a member that is not bool needs its choices, as in `nas::member<&your_struct::kernel>({1, 3, 5})`");
    return aggregate_member<Member>(std::vector<detail::value_of<Member>>{0, 1});
}

}  // namespace nas
