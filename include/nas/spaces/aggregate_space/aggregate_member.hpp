// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/decision.hpp>

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

/// A JSON string literal of UTF-8 text.
inline std::string json_string(std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20) {
            quoted += {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
        } else {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
    }
    return quoted + '"';
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

}  // namespace nas
