// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/decision.hpp>
#include <nas/core/levels.hpp>

namespace nas {

namespace detail {

template <auto Value>
struct constant {};

template <class Pointer>
struct member_pointer {
    static constexpr bool to_data = false;
    using struct_type = int;  // stands in until the check has spoken
    using value_type = int;
};
template <class Struct, class Value>
    requires(!std::is_function_v<Value>)
struct member_pointer<Value Struct::*> {
    static constexpr bool to_data = true;
    using struct_type = Struct;
    using value_type = std::remove_cv_t<Value>;
};
template <auto Member>
using struct_of = typename member_pointer<std::remove_const_t<decltype(Member)>>::struct_type;
template <auto Member>
using value_of = typename member_pointer<std::remove_const_t<decltype(Member)>>::value_type;

/// `kernel` for `&cnn::kernel`: what stands behind the last "::" of the compiler's spelling.
template <auto Member>
constexpr auto member_name() {
    std::string_view text = __PRETTY_FUNCTION__;
    text.remove_prefix(text.rfind("::") + 2);
    return text.substr(0, text.find_first_of("];)"));
}

/// A value as text: numbers at their shortest, enumerators as their number.
template <class T>
std::string plain_text(const T& value) {
    if constexpr (std::same_as<T, std::string>) {
        return value;
    } else if constexpr (std::same_as<T, bool>) {
        return value ? "true" : "false";
    } else if constexpr (std::is_enum_v<T>) {
        return plain_text(static_cast<std::underlying_type_t<T>>(value));
    } else {
        char text[64];
        return std::string(text, std::to_chars(text, text + sizeof text, +value).ptr);
    }
}

template <auto Member>
consteval bool check_member() {
    using value = value_of<Member>;
    static_assert(
        member_pointer<std::remove_const_t<decltype(Member)>>::to_data,
        "nas::member: it needs a pointer to a data member, as in `nas::member<&your_struct::kernel>({1, 3, 5})`");
    static_assert(std::is_arithmetic_v<value> || std::is_enum_v<value> || std::same_as<value, std::string>,
                  "nas::member: the member's type must be a number, bool, an enumeration or std::string");
    return true;
}

template <auto Member>
consteval bool check_quantity() {
    using value = value_of<Member>;
    static_assert(
        std::is_arithmetic_v<value> && !std::same_as<value, bool>,
        "nas::member: its choices can be levels of a quantity only where the member is a number, and not bool");
    return true;
}

}  // namespace detail

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

/// One member of a struct with its choices: made by nas::member, refined by the functions below, each of which returns a
/// changed copy. `On` is the member its condition is on, nullptr where it has none.
template <auto Member, auto On = nullptr>
class aggregate_member {
    static_assert(detail::check_member<Member>());

  public:
    using value_type = detail::value_of<Member>;

    explicit aggregate_member(std::vector<value_type> choices)
        : path_(detail::member_name<Member>()), choices_(std::move(choices)) {}

    /// Its path among the decisions and its key in JSON; the member's name if not given.
    aggregate_member named(std::string path) const {
        aggregate_member changed = *this;
        changed.path_ = std::move(path);
        return changed;
    }

    /// Its name in `describe`; the path if not given.
    aggregate_member short_name(std::string name) const {
        aggregate_member changed = *this;
        changed.brief_ = std::move(name);
        return changed;
    }

    /// Text of each choice; if not given the value itself, an enumerator's number.
    aggregate_member labels(std::vector<std::string> texts) const {
        aggregate_member changed = *this;
        changed.labels_ = std::move(texts);
        return changed;
    }

    /// What it decides, for controllers and encodings that treat kinds differently.
    aggregate_member tag(decision_tag kind) const {
        aggregate_member changed = *this;
        changed.tag_ = kind;
        return changed;
    }

    /// Its choices are levels of a quantity, in order: operators step along them. Of a learning rate or a width, say that the
    /// scale is logarithmic. Choices from `nas::between(first, last, count)` and `nas::log_between` are so already.
    aggregate_member numeric(value_scale scale = value_scale::linear) const {
        static_assert(detail::check_quantity<Member>());
        aggregate_member changed = *this;
        changed.numeric_ = true;
        changed.scale_ = scale;
        return changed;
    }

    /// It counts only where member `Earlier`, listed before it, counts and has one of `values`.
    template <auto Earlier, class... Values>
    auto when(const Values&... values) const {
        using earlier = detail::value_of<Earlier>;
        static_assert(detail::check_member<Earlier>());
        static_assert(std::same_as<detail::constant<On>, detail::constant<nullptr>>,
                      "nas::member: a member has one condition at most");
        static_assert(sizeof...(Values) >= 1,
                      "nas::member: `.when<&your_struct::op>(values...)` needs at least one value");
        static_assert((std::convertible_to<Values, earlier> && ...),
                      "nas::member: the values in `.when<&your_struct::op>(values...)` must be values of that member");
        aggregate_member<Member, Earlier> changed(choices_);
        changed.path_ = path_;
        changed.brief_ = brief_;
        changed.labels_ = labels_;
        changed.tag_ = tag_;
        changed.numeric_ = numeric_;
        changed.scale_ = scale_;
        if constexpr ((std::convertible_to<Values, earlier> && ...))
            (changed.when_.push_back(exactly<earlier>(values)), ...);
        return changed;
    }

  private:
    template <auto, auto>
    friend class aggregate_member;
    template <class...>
    friend class aggregate_space;

    template <class To, class From>
    static To exactly(const From& value) {
        To converted = static_cast<To>(value);
        if constexpr (std::is_arithmetic_v<To> && std::is_arithmetic_v<From>)
            if (static_cast<From>(converted) != value)
                throw std::invalid_argument("nas::member: the value " + detail::plain_text(value) +
                                            " in a condition of " + std::string(detail::member_name<Member>()) +
                                            " does not fit the type of the member it names");
        return converted;
    }

    std::string path_;
    std::string brief_;
    std::vector<value_type> choices_;
    std::vector<std::string> labels_;
    decision_tag tag_ = decision_tag::generic;
    bool numeric_ = false;
    value_scale scale_ = value_scale::linear;
    std::vector<detail::value_of<On>> when_;  // values of member On
};

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
