// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/core/between.hpp>
#include <nas/core/decision.hpp>
#include <nas/core/levels.hpp>
#include <nas/io/json_place.hpp>
#include <nas/spaces/choice_space.hpp>

namespace nas::detail {

using json = nlohmann::ordered_json;  // in detail, because users have a json of their own

inline constexpr std::array<std::string_view, 8> decision_tag_names = {"generic", "operation", "size",   "filters",
                                                                       "skip",    "input",     "output", "activation"};

inline constexpr std::array<std::string_view, 2> value_scale_names = {"linear", "logarithmic"};

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

    // From the first, the last and the number of values.
    static std::vector<double> read_range(const std::vector<double>& range, value_scale scale, const json_place& at) {
        const bool whole = range.size() == 3 && range[2] >= 0 && range[2] <= 1e6 && range[2] == std::floor(range[2]);
        if (!whole) at.fail("it must have three numbers: the first value, the last, and how many there are");
        const auto count = static_cast<std::size_t>(range[2]);
        const std::string error = levels_error(range[0], range[1], count, scale);
        if (!error.empty()) at.fail(error);
        return make_levels(range[0], range[1], count, scale, "").values;
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
        at.check_object(row, "a decision",
                        {"path", "tag", "choices", "labels", "values", "scale", "between", "log_between", "when"});
        decision read;
        read.path = read_text(row, "path", at);
        std::string given;  // what says how many choices there are
        for (const std::string key : {"choices", "values", "between", "log_between"}) {
            if (!row.contains(key)) continue;
            if (!given.empty()) at.fail('"' + given + "\" and \"" + key + "\" exclude each other");
            given = key;
        }
        if (row.contains("labels")) {
            if (given == "choices") at.fail("\"labels\" and \"choices\" exclude each other");
            read.labels = read_texts(row, "labels", at);
            read.cardinality = read.labels.size();
        } else if (given.empty()) {
            at.fail("\"labels\", \"values\" or \"choices\" is missing");
        }
        if (row.contains("scale")) {
            if (given != "values") (at / "scale").fail("it needs \"values\" beside it");
            read.scale = read_name<value_scale>(row, "scale", value_scale_names, at);
        }
        if (given == "choices") {
            read.cardinality = read_count(row[given], at / given);
        } else if (!given.empty()) {
            if (given == "log_between") read.scale = value_scale::logarithmic;
            read.values = read_numbers(row[given], at / given);
            if (given != "values") read.values = read_range(read.values, read.scale, at / given);
            read.cardinality = read.values.size();
        }
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
            if (choice == on.cardinality && !on.values.empty()) choice = level_of(on.values, label);
            if (choice == on.cardinality) (at / "is").fail("'" + path + "' has no choice '" + label + "'");
            read.values.insert(choice);
        }
        return read;
    }
};

}  // namespace nas::detail
