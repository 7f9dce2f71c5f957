// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <nas/core/options.hpp>
#include <nas/io/json_place.hpp>
#include <nas/spaces/mlp_space.hpp>

/// The options of an `mlp_space` as JSON:
///
///     {"units": [8, 16, 32], "activations": ["relu", "elu"], "dropout": true, "max_length": 3,
///      "dropout_before_output": true, "output": {"units": 3, "activation": "softmax"}}
///
/// What a document leaves out has its default.
namespace nas {

namespace detail {

inline nlohmann::ordered_json mlp_layer_json(const mlp_layer& layer) {
    return {{"units", layer.units}, {"activation", option_text(layer.function)}};
}

/// Reads the options of a space.
class mlp_space_reader {
    using json = nlohmann::ordered_json;

  public:
    static mlp_space_options read(const json& all, mlp_space_options options) {
        const json_place at("nas::mlp_space_from_json");
        at.check_object(all, "a space",
                        {"units", "activations", "dropout", "max_length", "dropout_before_output", "output"});
        read_list(all, at, "units", options.units, read_count);
        read_list(all, at, "activations", options.activations, read_activation);
        read_flag(all, at, "dropout", options.dropout);
        read_flag(all, at, "dropout_before_output", options.dropout_before_output);
        if (all.contains("max_length")) options.max_length = read_count(all["max_length"], at / "max_length");
        if (all.contains("output")) options.output = read_layer(all["output"], at / "output");
        return options;
    }

  private:
    static std::size_t read_count(const json& value, const json_place& at) {
        if (!value.is_number_unsigned()) at.fail("it must be a whole number from 0 on");
        return value.get<std::size_t>();
    }

    static activation read_activation(const json& value, const json_place& at) {
        activation read{};
        if (!value.is_string() || !parse_option(value.get<std::string>(), read))
            at.fail("it must be " + allowed_text<activation>({}));
        return read;
    }

    static void read_flag(const json& all, const json_place& at, const std::string& key, bool& flag) {
        if (!all.contains(key)) return;
        if (!all[key].is_boolean()) (at / key).fail("it must be true or false");
        flag = all[key].get<bool>();
    }

    template <class List, class Read>
    static void read_list(const json& all, const json_place& at, const std::string& key, List& list, Read read) {
        if (!all.contains(key)) return;
        if (!all[key].is_array()) (at / key).fail("it must be an array");
        list.clear();
        for (const json& value : all[key]) list.push_back(read(value, at / key / list.size()));
    }

    static mlp_layer read_layer(const json& value, const json_place& at) {
        at.check_object(value, "a layer", {"units", "activation"});
        const json& units = at.need(value, "units");
        const json& function = at.need(value, "activation");
        return {read_count(units, at / "units"), read_activation(function, at / "activation")};
    }
};

}  // namespace detail

/// All options of the space.
inline nlohmann::ordered_json mlp_space_to_json(const mlp_space& space) {
    const mlp_space_options& options = space.options();
    nlohmann::ordered_json activations = nlohmann::ordered_json::array();
    for (const activation function : options.activations) activations.push_back(detail::option_text(function));
    return {{"units", options.units},
            {"activations", std::move(activations)},
            {"dropout", options.dropout},
            {"max_length", options.max_length},
            {"dropout_before_output", options.dropout_before_output},
            {"output", detail::mlp_layer_json(options.output)}};
}

/// Inverse of `mlp_space_to_json`; `defaults` stand for what the document leaves out. Throws std::invalid_argument; the
/// sentence has the JSON pointer of what is wrong (`/activations/2`), or is that of `mlp_space` where options are
/// impossible.
inline mlp_space mlp_space_from_json(const nlohmann::ordered_json& all, mlp_space_options defaults = {}) {
    return mlp_space(detail::mlp_space_reader::read(all, std::move(defaults)));
}

}  // namespace nas
