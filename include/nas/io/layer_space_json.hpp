// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/core/options.hpp>
#include <nas/io/json_place.hpp>
#include <nas/io/model_space_json.hpp>
#include <nas/spaces/layer_space.hpp>

/// A `layer_space` as JSON: its layers, as those of a model_space, and the options of its wiring. An option that is
/// left out has its default.
///
///     {"layers": [[{"Layer_type": "conv1d", "filters": 64, "kernel_size": 8, "activation": "relu"}],
///                 [{"Layer_type": "dense", "units": 10, "activation": "relu"}, {"Layer_type": "identity"}]],
///      "skips": true, "unique_skips": false, "input_blocks": 2, "unique_inputs": true,
///      "output_blocks": 1, "unique_outputs": true}
///
/// The options are, in this order, what AMBER's controllers call with_skip_connection,
/// skip_connection_unique_connection, num_input_blocks, input_block_unique_connection, num_output_blocks and
/// output_block_unique_connection.
namespace nas {

namespace detail {

inline void read_layer_option(const nlohmann::ordered_json& value, const json_place& at, const field&, bool& option) {
    if (!value.is_boolean()) at.fail("it must be true or false");
    option = value.get<bool>();
}
inline void read_layer_option(const nlohmann::ordered_json& value, const json_place& at, const field& about,
                              std::size_t& option) {
    if (!value.is_number_integer() || !in_range(value.get<double>(), about))
        at.fail("it must be a whole number " + allowed_text<std::size_t>(about));
    option = value.get<std::size_t>();
}

}  // namespace detail

/// The layers and all options. Throws std::invalid_argument where an attribute is called Layer_type.
inline nlohmann::ordered_json layer_space_to_json(const layer_space& space) {
    nlohmann::ordered_json all = {{"layers", detail::layers_json(space.model(), "nas::layer_space_to_json")}};
    layer_space_options::fields(
        [&](auto member, const field& about) { all[std::string(about.name)] = space.options().*member; });
    return all;
}

/// Inverse of `layer_space_to_json`; `options` stand for those that the document leaves out. Throws
/// std::invalid_argument; the sentence has the JSON pointer of what is wrong (`/layers/0/1/filters`).
inline layer_space layer_space_from_json(const nlohmann::ordered_json& all, layer_space_options options = {}) {
    const detail::json_place at("nas::layer_space_from_json");
    std::vector<std::string> keys{"layers"};
    layer_space_options::fields([&](auto, const field& about) { keys.emplace_back(about.name); });
    at.check_object(all, "a layer space", keys);
    model_space model = detail::model_space_reader::read(at.need(all, "layers"), at / "layers");
    layer_space_options::fields([&](auto member, const field& about) {
        const std::string key(about.name);
        if (all.contains(key)) detail::read_layer_option(all[key], at / key, about, options.*member);
    });
    try {
        return layer_space(std::move(model), options);
    } catch (const std::invalid_argument& error) {
        at.fail(error.what());
    }
}

}  // namespace nas
