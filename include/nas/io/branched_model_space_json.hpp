// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/io/json_place.hpp>
#include <nas/io/model_space_json.hpp>
#include <nas/spaces/branched_model_space.hpp>

/// A `branched_model_space` as JSON: of each branch and of the stem its layers, as those of a model_space, and what
/// joins the branches, which is "concatenate" where it is left out.
///
///     {"branches": [[[{"Layer_type": "conv1d", "filters": 64, "kernel_size": 8, "activation": "relu"}]],
///                   [[{"Layer_type": "dense", "units": 10, "activation": "relu"}, {"Layer_type": "identity"}]]],
///      "stem": [[{"Layer_type": "dense", "units": 5, "activation": "relu"}]],
///      "concat_op": "concatenate"}
namespace nas {

/// Throws std::invalid_argument where an attribute is called Layer_type.
inline nlohmann::ordered_json branched_model_space_to_json(const branched_model_space& space) {
    using json = nlohmann::ordered_json;
    const auto layers = [&](std::optional<std::size_t> branch) {
        std::vector<model_space::layer_type> part;
        for (const std::size_t l : space.branch_to_layer(branch))
            part.push_back(space.flat().layer(static_cast<std::ptrdiff_t>(l)));
        return detail::layers_json(model_space(std::move(part)), "nas::branched_model_space_to_json");
    };
    json branches = json::array();
    for (std::size_t b = 0; b < space.branches(); ++b) branches.push_back(layers(b));
    return {{"branches", std::move(branches)}, {"stem", layers(std::nullopt)}, {"concat_op", space.concat_op()}};
}

/// Inverse of `branched_model_space_to_json`. Throws std::invalid_argument; the sentence has the JSON pointer
/// of what is wrong (`/branches/1/0/0/filters`).
inline branched_model_space branched_model_space_from_json(const nlohmann::ordered_json& all) {
    using detail::model_space_reader;
    const detail::json_place at("nas::branched_model_space_from_json");
    at.check_object(all, "a branched model space", {"branches", "stem", "concat_op"});
    const nlohmann::ordered_json& parts = at.need(all, "branches");
    if (!parts.is_array() || parts.empty()) (at / "branches").fail("it must be a list of model spaces, not empty");
    std::vector<model_space> branches;
    for (const nlohmann::ordered_json& part : parts)
        branches.push_back(model_space_reader::read(part, at / "branches" / branches.size()));
    const model_space stem = model_space_reader::read(at.need(all, "stem"), at / "stem");
    if (!all.contains("concat_op")) return branched_model_space(std::move(branches), stem);
    const nlohmann::ordered_json& join = all["concat_op"];
    if (!join.is_string() || join.get_ref<const std::string&>().empty())
        (at / "concat_op").fail("it must be a text, not empty");
    return branched_model_space(std::move(branches), stem, join.get<std::string>());
}

}  // namespace nas
