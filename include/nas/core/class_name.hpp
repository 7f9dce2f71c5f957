// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace nas::detail {

/// The name of a class without namespaces and template arguments, the same from all compilers.
template <class T>
std::string class_name() {
    const std::string_view function = __PRETTY_FUNCTION__;  // ... [with T = NAME; ...] or ... [T = NAME]
    const std::size_t start = function.find("T = ") + 4;
    std::string name;
    int depth = 0;
    for (std::size_t at = start; at < function.size(); ++at) {
        const char c = function[at];
        if (depth == 0 && (c == ';' || c == ']')) break;
        const bool opens = c == '<' || c == '(' || c == '{';
        const bool closes = c == '>' || c == ')' || c == '}';
        if (depth == 0 && c == ':') {
            name.clear();
        } else if (depth == 0 && !opens) {
            name += c;
        }
        depth += opens ? 1 : 0;
        depth -= closes ? 1 : 0;
    }
    return name;
}

/// The name of a searcher, or of a policy: `name()` where it has one, else that of its class; with that of the searcher that it
/// wraps in parentheses.
template <class T>
std::string searcher_name(const T& of) {
    if constexpr (requires {
                      { of.name() } -> std::convertible_to<std::string>;
                  }) {
        return std::string(of.name());
    } else if constexpr (requires { of.searcher(); }) {
        return class_name<T>() + '(' + searcher_name(of.searcher()) + ')';
    } else {
        return class_name<T>();
    }
}

/// The name of a searcher that is made of parts: of its class, and where they are not the usual ones, `Usual`, of these:
/// `smac<gaussian_process,upper_confidence_bound,whole_space>`. Their options are not in it.
template <class Usual, class Searcher, class... Parts>
std::string name_with_parts(const Parts&... parts) {
    std::string name = class_name<Searcher>();
    if (std::same_as<Usual, Searcher>) return name;
    char before = '<';
    ((name += before, name += searcher_name(parts), before = ','), ...);
    return name + '>';
}

}  // namespace nas::detail
