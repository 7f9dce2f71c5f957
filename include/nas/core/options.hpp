// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nas {

/// How an option presents itself. `low` and `high` (inclusive) bound a number; they are ignored for bool and enumerations.
struct field {
    std::string_view name;
    double low;
    double high;
    std::string_view source;  ///< where the default comes from
    std::string_view text;    ///< what it does, one line
};

/// A named setting of all options, as a paper or another system has it.
struct preset {
    std::string_view name;
    std::string_view source;  ///< where it comes from
};

/// An aggregate of options that describes itself:
///
///     struct options {
///         std::size_t population = 100;
///         static constexpr void fields(auto&& visit) {
///             visit(&options::population, field{"population", 1, 1e9, "Real et al. 2019", "individuals alive"});
///         }
///     };
///
/// Members are integers, double, bool, or enumerations for which `enum_names(value)` (found by argument-dependent look-up)
/// returns an array of std::string_view, one for each enumerator counted from 0; or options that describe themselves, whose
/// names then follow that of the member and a dot (`network.units`); or of a type with, found likewise,
/// `write_option(value)`, a text without commas, `read_option(text, value)`, false where the text is none of these, and
/// `allowed_option(value)`, what a text may be, in words.
///
/// It may have presets, each a function that programs reach by its name:
///
///     static constexpr options real_2019() { return {.population = 100}; }
///     static constexpr void presets(auto&& visit) {
///         visit(preset{"real_2019", "Real et al. 2019"}, real_2019());
///     }
template <class O>
concept DescribedOptions = std::is_aggregate_v<O> && requires {
    O::fields([](auto, const field&) {});
};

template <class O>
concept HasPresets = DescribedOptions<O> && requires {
    O::presets([](const preset&, const O&) {});
};

/// Options of an algorithm that has none.
struct no_options {
    static constexpr void fields(auto&&) {}
};

namespace detail {

template <class T>
concept WrittenOption = requires(const T& value) {
    write_option(value);
};

template <class T>
std::string option_text(const T& value) {
    if constexpr (std::same_as<T, bool>) {
        return value ? "true" : "false";
    } else if constexpr (WrittenOption<T>) {
        return write_option(value);
    } else if constexpr (std::is_enum_v<T>) {
        return std::string(enum_names(value)[static_cast<std::size_t>(value)]);
    } else {
        char text[32];
        const auto end = std::to_chars(text, text + sizeof text, value).ptr;
        return std::string(text, end);
    }
}

template <class T>
std::string allowed_text(const field& about) {
    if constexpr (std::same_as<T, bool>) {
        return "true or false";
    } else if constexpr (WrittenOption<T>) {
        return allowed_option(T{});
    } else if constexpr (std::is_enum_v<T>) {
        std::string text;
        for (const std::string_view name : enum_names(T{})) text += (text.empty() ? "" : ", ") + std::string(name);
        return "one of " + text;
    } else {
        return "in [" + option_text(about.low) + ", " + option_text(about.high) + "]";
    }
}

template <class T>
bool parse_option(std::string_view text, T& value) {
    if constexpr (std::same_as<T, bool>) {
        value = text == "true" || text == "1";
        return value || text == "false" || text == "0";
    } else if constexpr (WrittenOption<T>) {
        return read_option(text, value);
    } else if constexpr (std::is_enum_v<T>) {
        const auto names = enum_names(T{});
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (names[i] != text) continue;
            value = static_cast<T>(i);
            return true;
        }
        return false;
    } else {
        const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
        return result.ec == std::errc{} && result.ptr == text.data() + text.size();
    }
}

template <class T>
bool in_range(const T& value, const field& about) {
    if constexpr (std::same_as<T, bool> || std::is_enum_v<T> || WrittenOption<T>) {
        return true;
    } else {
        return static_cast<double>(value) >= about.low && static_cast<double>(value) <= about.high;  // NaN: false
    }
}

/// Calls `visit(prefix, about, value)` for each option, those of options within options too; its name is the prefix and
/// `about.name`.
template <class O, class Visit>
void for_each_option(O& options, Visit&& visit, const std::string& prefix = {}) {
    std::remove_const_t<O>::fields([&](auto member, const field& about) {
        auto& value = options.*member;
        if constexpr (DescribedOptions<std::remove_cvref_t<decltype(value)>>) {
            for_each_option(value, visit, prefix + std::string(about.name) + ".");
        } else {
            visit(prefix, about, value);
        }
    });
}

}  // namespace detail

/// One option in words, for `--list`, history headers and documentation tables.
struct option_description {
    std::string name;
    std::string value;
    std::string allowed;
    std::string source;
    std::string text;
};

template <DescribedOptions O>
std::vector<option_description> describe_options(const O& options) {
    std::vector<option_description> all;
    detail::for_each_option(options, [&]<class T>(const std::string& prefix, const field& about, const T& value) {
        all.push_back({prefix + std::string(about.name), detail::option_text(value), detail::allowed_text<T>(about),
                       std::string(about.source), std::string(about.text)});
    });
    return all;
}

/// `options` as `name=value,name=value`, the form that `parse_options` reads.
template <DescribedOptions O>
std::string to_text(const O& options) {
    std::string text;
    for (const option_description& option : describe_options(options))
        text += (text.empty() ? "" : ",") + option.name + "=" + option.value;
    return text;
}

/// A preset in words, for `--list`.
struct preset_description {
    std::string name;
    std::string options;  ///< those that are not the defaults, as `name=value,name=value`
    std::string source;
};

/// Those of options that have presets; none of others.
template <DescribedOptions O>
std::vector<preset_description> describe_presets() {
    std::vector<preset_description> all;
    if constexpr (HasPresets<O>) {
        const std::vector<option_description> usual = describe_options(O{});
        O::presets([&](const preset& about, const O& options) {
            std::string text;
            const std::vector<option_description> set = describe_options(options);
            for (std::size_t i = 0; i < set.size(); ++i)
                if (set[i].value != usual[i].value)
                    text += (text.empty() ? "" : ",") + set[i].name + "=" + set[i].value;
            all.push_back({std::string(about.name), std::move(text), std::string(about.source)});
        });
    }
    return all;
}

/// Throws std::invalid_argument where an option is out of its range; `owner` (`nas::random_search`) starts the sentence.
template <DescribedOptions O>
void check_options(std::string_view owner, const O& options) {
    detail::for_each_option(options, [&]<class T>(const std::string& prefix, const field& about, const T& value) {
        if (detail::in_range(value, about)) return;
        throw std::invalid_argument(std::string(owner) + ": " + prefix + std::string(about.name) + " (" +
                                    detail::option_text(value) + ") must be " + detail::allowed_text<T>(about));
    });
}

namespace detail {

/// Reads the name of a preset over all of `options`; `start` begins the sentence where there is none of that name.
template <HasPresets O>
void parse_preset(const std::string& start, std::string_view name, O& options) {
    bool known = false;
    std::string names;
    O::presets([&](const preset& about, const O& set) {
        names += (names.empty() ? "" : ", ") + std::string(about.name);
        if (about.name != name) return;
        known = true;
        options = set;
    });
    if (!known) throw std::invalid_argument(start + "preset ('" + std::string(name) + "') must be one of " + names);
}

}  // namespace detail

/// Reads `name=value,name=value` over the defaults (empty text: the defaults), or, where the text begins with `preset=name`, over
/// the preset of that name. Throws std::invalid_argument where a name is unknown (the sentence lists what exists), a value does
/// not parse, or is out of its range.
template <DescribedOptions O>
O parse_options(std::string_view owner, std::string_view text) {
    const std::string start = std::string(owner) + ": ";
    O options{};
    for (bool first = true; !text.empty(); first = false) {
        const std::string_view item = text.substr(0, text.find(','));
        text.remove_prefix(item.size() == text.size() ? item.size() : item.size() + 1);
        const std::size_t equals = item.find('=');
        if (equals == std::string_view::npos)
            throw std::invalid_argument(start + "'" + std::string(item) + "' is not of the form option=value");
        const std::string_view name = item.substr(0, equals);
        const std::string_view given = item.substr(equals + 1);
        bool known = false;
        std::string names;
        if constexpr (HasPresets<O>) {
            names = "preset";
            if (name == names) {
                if (!first) throw std::invalid_argument(start + "preset must come first: it sets all options");
                detail::parse_preset(start, given, options);
                continue;
            }
        }
        detail::for_each_option(options, [&]<class T>(const std::string& prefix, const field& about, T& value) {
            const std::string here = prefix + std::string(about.name);
            names += (names.empty() ? "" : ", ") + here;
            if (here != name) return;
            known = true;
            if (!detail::parse_option(given, value))
                throw std::invalid_argument(start + here + " ('" + std::string(given) + "') must be " +
                                            detail::allowed_text<T>(about));
        });
        if (!known)
            throw std::invalid_argument(start + "no option '" + std::string(name) + "'; there is " +
                                        (names.empty() ? "none" : names));
    }
    check_options(owner, options);
    return options;
}

}  // namespace nas
