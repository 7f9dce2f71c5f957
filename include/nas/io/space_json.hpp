// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/core/levels.hpp>
#include <nas/core/space.hpp>
#include <nas/io/json_place.hpp>
#include <nas/spaces/choice_space.hpp>

/// Spaces as JSON, in two forms. Choices without names:
///
///     {"choices": [5, 5, 3]}
///
/// and a table of decisions, `labels`, `values` (of a numeric decision; `labels` too where they are other texts than the values)
/// or `choices` (their number), and where they apply `scale` (`linear` where it is left out), `tag` and `when`:
///
///     {"decisions": [{"path": "op", "tag": "operation", "labels": ["conv", "pool"]},
///                    {"path": "kernel", "labels": ["1", "3"], "when": {"decision": "op", "is": ["conv"]}},
///                    {"path": "rate", "values": [0.001, 0.01, 0.1], "scale": "logarithmic"}]}
namespace nas {

namespace detail {

using json = nlohmann::ordered_json;  // in detail, because users have a json of their own

inline constexpr std::array<std::string_view, 8> decision_tag_names = {"generic", "operation", "size",   "filters",
                                                                       "skip",    "input",     "output", "activation"};

inline constexpr std::array<std::string_view, 2> value_scale_names = {"linear", "logarithmic"};

/// Whether the labels are those of a decision that has none: its values, or numbers.
template <DecisionSpace Space>
bool has_plain_labels(const Space& space, std::size_t i, const decision& unlabelled) {
    for (std::size_t choice = 0; choice < space.cardinality(i); ++choice)
        if (space.label(i, choice) != label_of(unlabelled, choice)) return false;
    return true;
}

/// A text of a space's, which JSON takes as UTF-8 only.
inline std::string json_text(std::string text, const char* what, std::size_t i) {
    check_utf8(text, "nas::space_to_json: " + std::string(what) + " decision " + std::to_string(i));
    return text;
}

template <DecisionSpace Space>
json labels_json(const Space& space, std::size_t i, const choice_mask& choices) {
    json labels = json::array();
    for (std::size_t choice = 0; choice < space.cardinality(i); ++choice)
        if (choices.contains(choice)) labels.push_back(json_text(std::string(space.label(i, choice)), "a label of", i));
    return labels;
}

template <DecisionSpace Space>
json decision_json(const Space& space, std::size_t i) {
    json row = {{"path", json_text(std::string(space.path(i)), "the path of", i)}};
    if (space.tag(i) != decision_tag::generic) row["tag"] = decision_tag_names[static_cast<std::size_t>(space.tag(i))];
    decision plain{.path = {}, .cardinality = space.cardinality(i)};
    if constexpr (NumericSpace<Space>) {
        if (is_numeric(space, i)) {
            const std::span<const double> values = space.values(i);
            plain.values.assign(values.begin(), values.end());
        }
    }
    if (!has_plain_labels(space, i, plain)) {
        row["labels"] = labels_json(space, i, choice_mask::first(space.cardinality(i)));
    } else if (plain.values.empty()) {
        row["choices"] = space.cardinality(i);
    }
    if constexpr (NumericSpace<Space>) {
        if (!plain.values.empty()) {
            row["values"] = plain.values;
            if (space.scale(i) != value_scale::linear)
                row["scale"] = value_scale_names[static_cast<std::size_t>(space.scale(i))];
        }
    }
    if constexpr (ConditionalSpace<Space>) {
        if (const std::optional<condition> when = space.when(i))
            row["when"] = {{"decision", std::string(space.path(when->decision))},
                           {"is", labels_json(space, when->decision, when->values)}};
    }
    return row;
}

/// Whether the space's texts are codes: it was made without a table.
template <std::size_t Extent>
bool is_unnamed(const choice_space<Extent>& space, const std::vector<std::size_t>& choices) {
    if constexpr (Extent == std::dynamic_extent) {
        return space == choice_space<>(choices);
    } else {
        std::array<std::size_t, Extent> fixed{};
        std::copy(choices.begin(), choices.end(), fixed.begin());
        return space == choice_space<Extent>(fixed);
    }
}
template <class Space>
bool is_unnamed(const Space&, const std::vector<std::size_t>&) {
    return false;
}

/// Reads the table of a space.
class space_reader {
  public:
    static choice_space<> read(const json& all, const json_place& at) {
        if (all.contains("masked")) (at / "masked").fail("a nas::choice_space cannot restrict choices by a mask");
        const bool named = all.contains("decisions");
        const std::string key = named ? "decisions" : "choices";
        at.check_object(all, "a space", {"class", key});
        if (!all.contains(key)) at.fail("a space needs \"decisions\" or \"choices\"");
        const json_place list = at / key;
        if (!all[key].is_array()) list.fail("it must be an array");
        if (!named) return choice_space<>(read_choices(all[key], list));
        std::vector<decision> table;
        for (const json& row : all[key]) table.push_back(read_decision(row, list / table.size(), table));
        return choice_space<>(std::move(table));
    }

  private:
    static std::size_t read_count(const json& value, const json_place& at) {
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() < 1 ||
            value.get<std::uint64_t>() > max_cardinality)
            at.fail("the number of choices (" + (value.is_structured() ? value.type_name() : value.dump()) +
                    ") must be an integer in [1, 256]");  // dump is recursive, and a file may nest without end
        return value.get<std::size_t>();
    }

    static std::vector<std::size_t> read_choices(const json& values, const json_place& at) {
        std::vector<std::size_t> choices;
        for (const json& value : values) choices.push_back(read_count(value, at / choices.size()));
        return choices;
    }

    static std::string read_text(const json& object, const std::string& key, const json_place& at) {
        const json& text = at.need(object, key);
        if (!text.is_string()) (at / key).fail("it must be a text");
        return text.get<std::string>();
    }

    static std::vector<std::string> read_texts(const json& object, const std::string& key, const json_place& at) {
        const json& values = at.need(object, key);
        const json_place list = at / key;
        if (!values.is_array() || values.empty()) list.fail("it must be an array of texts, not empty");
        std::vector<std::string> texts;
        for (const json& value : values) {
            if (!value.is_string()) (list / texts.size()).fail("it must be a text");
            texts.push_back(value.get<std::string>());
        }
        return texts;
    }

    static std::vector<double> read_numbers(const json& values, const json_place& at) {
        if (!values.is_array() || values.empty()) at.fail("it must be an array of numbers, not empty");
        std::vector<double> numbers;
        for (const json& value : values) {
            if (!value.is_number()) (at / numbers.size()).fail("it must be a number");
            numbers.push_back(value.get<double>());
        }
        return numbers;
    }

    template <class Enum, std::size_t Count>
    static Enum read_name(const json& object, const std::string& key, const std::array<std::string_view, Count>& names,
                          const json_place& at) {
        const std::string name = read_text(object, key, at);
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) (at / key).fail("there is no " + key + " '" + name + "'");
        return static_cast<Enum>(found - names.begin());
    }

    static decision read_decision(const json& row, const json_place& at, const std::vector<decision>& earlier) {
        at.check_object(row, "a decision", {"path", "tag", "choices", "labels", "values", "scale", "when"});
        decision read;
        read.path = read_text(row, "path", at);
        const bool counted = row.contains("choices");
        if (row.contains("labels")) {
            if (counted) at.fail("\"labels\" and \"choices\" exclude each other");
            read.labels = read_texts(row, "labels", at);
            read.cardinality = read.labels.size();
        }
        if (row.contains("values")) {
            if (counted) at.fail("\"values\" and \"choices\" exclude each other");
            read.values = read_numbers(row["values"], at / "values");
            read.cardinality = read.values.size();
        } else if (!row.contains("labels")) {
            if (!counted) at.fail("\"labels\", \"values\" or \"choices\" is missing");
            read.cardinality = read_count(row["choices"], at / "choices");
        }
        if (row.contains("scale")) read.scale = read_name<value_scale>(row, "scale", value_scale_names, at);
        if (row.contains("tag")) read.tag = read_name<decision_tag>(row, "tag", decision_tag_names, at);
        if (row.contains("when")) read.when = read_condition(row["when"], at / "when", earlier);
        return read;
    }

    static condition read_condition(const json& when, const json_place& at, const std::vector<decision>& earlier) {
        at.check_object(when, "a condition", {"decision", "is"});
        const std::string path = read_text(when, "decision", at);
        condition read;
        while (read.decision < earlier.size() && earlier[read.decision].path != path) ++read.decision;
        if (read.decision == earlier.size()) (at / "decision").fail("there is no earlier decision '" + path + "'");
        const decision& on = earlier[read.decision];
        for (const std::string& label : read_texts(when, "is", at)) {
            std::size_t choice = 0;
            while (choice < on.cardinality && label != label_of(on, choice)) ++choice;
            if (choice == on.cardinality) (at / "is").fail("'" + path + "' has no choice '" + label + "'");
            read.values.insert(choice);
        }
        return read;
    }
};

}  // namespace detail

/// The space's decisions. A space with a mask (`allowed`) gets `"masked": true`, because the table alone is more than it.
/// Throws std::invalid_argument where a path or label is not UTF-8.
template <DecisionSpace Space>
nlohmann::ordered_json space_to_json(const Space& space) {
    using json = nlohmann::ordered_json;
    std::vector<std::size_t> choices;
    for (std::size_t i = 0; i < space.decisions(); ++i) choices.push_back(space.cardinality(i));
    if (detail::is_unnamed(space, choices)) return {{"choices", choices}};
    json all = {{"decisions", json::array()}};
    for (std::size_t i = 0; i < space.decisions(); ++i) all["decisions"].push_back(detail::decision_json(space, i));
    if constexpr (MaskedSpace<Space>) all["masked"] = true;
    return all;
}

/// Inverse of `space_to_json`, for what a table can say. Throws std::invalid_argument; the sentence has the JSON
/// pointer of what is wrong (`/decisions/2/when/is`).
inline choice_space<> choice_space_from_json(const nlohmann::ordered_json& all) {
    return detail::space_reader::read(all, detail::json_place("nas::choice_space_from_json"));
}

}  // namespace nas
