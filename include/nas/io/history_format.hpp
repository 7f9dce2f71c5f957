// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <nas/core/checks.hpp>
#include <nas/core/class_name.hpp>
#include <nas/core/options_text.hpp>
#include <nas/core/version.hpp>
#include <nas/data/parse_json.hpp>
#include <nas/io/space_json.hpp>
#include <nas/io/space_rules.hpp>

/// What a history file holds: JSON Lines, a header and then a line a trial, in the order of telling.
///
/// Header: `nas_history` (the version of this format: 1), `nas` (the version of the library that wrote it), `seed`,
/// `objectives` (their number), `metrics` (names), `searcher` (`name`, `options`), `space` (`class`, of a decision space its table,
/// and `rules`, a fingerprint of what the table does not say), `enqueue` (architectures as text).
///
/// Trial: `row` (from 0), `arch` (the space's text), `value` or, of several objectives, `values`; and where they are not the
/// default `id` (default: the row), `parent` (none), `fidelity` (full), `told` (how many trials had been told when it was asked;
/// the row), `rest` (how many numbers after its own were asked in the same batch; 0), `origin` ("asked"), `status`
/// ("completed"), `reason` (""), `cost` in seconds (0), `metrics` (none), `curve` (`steps` and `values`, row-major).
/// Numbers are written so that they are read back exactly; NaN is null, infinities are "inf" and "-inf".
namespace nas {

/// A history file that cannot be read, written or resumed. The sentence starts with file:line:column where there is one.
class history_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

namespace detail {

inline constexpr std::uint64_t history_schema = 1;
inline constexpr std::array<std::string_view, 4> status_names = {"completed", "pruned", "infeasible", "failed"};
inline constexpr std::array<std::string_view, 3> origin_names = {"asked", "enqueued", "imported"};

inline void append_number(std::string& text, double value) {
    if (std::isnan(value)) {
        text += "null";
    } else if (std::isinf(value)) {
        text += value > 0 ? "\"inf\"" : "\"-inf\"";
    } else if (value == 0 && std::signbit(value)) {
        text += "-0.0";  // "-0" is an integer, which has no sign
    } else {
        char digits[32];
        text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    }
}

/// The number that `append_number` wrote; nothing where `value` is something else.
inline std::optional<double> number_in(const json& value) {
    if (value.is_number()) {
        const double number = value.get<double>();
        if (std::isfinite(number)) return number;  // 1e999 is not
        return std::nullopt;
    }
    if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
    if (value == "inf") return std::numeric_limits<double>::infinity();
    if (value == "-inf") return -std::numeric_limits<double>::infinity();
    return std::nullopt;
}

/// A text as JSON: the number or truth value that it is, or itself.
inline json option_json(const std::string& text) {
    try {
        if (json value = parse_json<json>(text); value.is_number() || value.is_boolean()) return value;
    } catch (const json_error&) {
    }
    return text;
}

/// Name and options, see searcher_name and all_options_text.
template <class Searcher>
json searcher_json(const Searcher& searcher) {
    json about = {{"name", searcher_name(searcher)}, {"options", json::object()}};
    const std::string text = all_options_text(searcher);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::string item = text.substr(at, end - at);
        const std::size_t equals = std::min(item.find('='), item.size());
        about["options"][item.substr(0, equals)] = option_json(equals == item.size() ? "" : item.substr(equals + 1));
        at = end + 1;
    }
    return about;
}

/// Its class, and of a decision space its table.
template <class Space>
json space_table_json(const Space& space) {
    json about = {{"class", class_name<Space>()}};
    if constexpr (DecisionSpace<Space>) about.update(space_to_json(space));
    return about;
}

/// The same, and its rules where the table does not say it all.
template <class Space>
json history_space_json(const Space& space) {
    json about = space_table_json(space);
    if (std::optional<std::string> rules = space_rules(space)) about["rules"] = *std::move(rules);
    return about;
}

/// What to do where a fingerprint differs, of which a reader sees nothing but that it does.
inline std::string hint_for(std::string_view at) {
    if (at.ends_with("/rules"))
        return "; the space allows, samples or builds something else than that of the file: give it the same rules, or begin another "
               "file";
    if (at.ends_with("policy.weights"))
        return "; the policy has other weights than the one that the file's search was given: load those, or begin another "
               "file";
    return "";
}

template <class Search>
json history_header(const Search& search) {
    json enqueue = json::array();
    for (const auto& arch : search.options().enqueue) enqueue.push_back(std::string(search.space().describe(arch)));
    json header = {{"nas_history", history_schema},
                   {"nas", version},
                   {"seed", search.options().seed},
                   {"objectives", Search::history_type::objectives},
                   {"metrics", search.history().metric_names()},
                   {"searcher", searcher_json(search.searcher())},
                   {"space", history_space_json(search.space())},
                   {"enqueue", std::move(enqueue)}};
    try {
        static_cast<void>(header.dump());
    } catch (const json::exception&) {
        throw history_error(
            "nas: the name of a metric or a searcher, or the text of an enqueued architecture, is not UTF-8, and cannot be "
            "written");
    }
    return header;
}

/// Where and how `file` differs from `here`, as "searcher/options/population is 100 in the file, but 50 here"; nothing where
/// they are equal. The order of keys does not count.
inline std::optional<std::string> first_difference(const json& file, const json& here, const std::string& at) {
    if (file.is_object() && here.is_object()) {
        for (const auto& [key, value] : file.items()) {
            if (!here.contains(key))
                return at + "/" + key + " is " + value.dump() + " in the file, but not here" + hint_for(at + "/" + key);
            if (auto found = first_difference(value, here[key], at + "/" + key)) return found;
        }
        for (const auto& [key, value] : here.items())
            if (!file.contains(key))
                return at + "/" + key + " is not in the file, but " + value.dump() + " here" + hint_for(at + "/" + key);
        return std::nullopt;
    }
    if (file.is_array() && here.is_array() && file.size() == here.size()) {
        for (std::size_t i = 0; i < file.size(); ++i)
            if (auto found = first_difference(file[i], here[i], at + "/" + std::to_string(i))) return found;
        return std::nullopt;
    }
    if (file == here) return std::nullopt;
    return at + " is " + file.dump() + " in the file, but " + here.dump() + " here" + hint_for(at);
}

}  // namespace detail

}  // namespace nas
