// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
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
#include <nas/io/space_json/space_reader.hpp>
#include <nas/spaces/choice_space.hpp>

/// Spaces as JSON, in two forms. Choices without names:
///
///     {"choices": [5, 5, 3]}
///
/// and a table of decisions, `labels`, `values` (of a numeric decision; `labels` too where they are other texts than the values)
/// or `choices` (their number), and where they apply `scale` (`linear` where it is left out), `tag` and `when`. In place of values
/// a file may have `between` or `log_between`: the first, the last, and how many:
///
///     {"decisions": [{"path": "op", "tag": "operation", "labels": ["conv", "pool"]},
///                    {"path": "kernel", "labels": ["1", "3"], "when": {"decision": "op", "is": ["conv"]}},
///                    {"path": "rate", "values": [0.001, 0.01, 0.1], "scale": "logarithmic"},
///                    {"path": "decay", "log_between": [1e-6, 0.01, 9]}]}
namespace nas {

namespace detail {

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
