// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/io/json_place.hpp>
#include <nas/spaces/model_space.hpp>

/// A `model_space` as JSON, a list of layers, each a list of operations as AMBER writes them: `Layer_type`, and attributes in
/// their order.
///
///     [[{"Layer_type": "conv1d", "filters": 64, "kernel_size": 8, "activation": "relu"}, {"Layer_type": "identity"}],
///      [{"Layer_type": "dense", "units": 10, "activation": "relu"}]]
///
/// An object of layers whose keys are their ids, `{"0": [...], "1": [...]}`, is read too. 1 and 1.0 are different values; a
/// list of whole numbers is a tuple.
namespace nas {

namespace detail {

/// The layers as a list; see model_space_to_json. `owner` starts the sentences.
inline nlohmann::ordered_json layers_json(const model_space& space, const std::string& owner) {
    using json = nlohmann::ordered_json;
    space.check(owner);
    json all = json::array();
    for (std::size_t l = 0; l < space.layers(); ++l) {
        json& layer = all.emplace_back(json::array());
        for (const layer_operation& one : space.layer(static_cast<std::ptrdiff_t>(l))) {
            if (one.find("Layer_type") != nullptr)
                throw std::invalid_argument(owner + ": " + one.text() +
                                            " has an attribute with the name of the type, Layer_type; rename it");
            json& operation = layer.emplace_back(json{{"Layer_type", one.type()}});
            for (const layer_attribute& attribute : one.attributes())
                std::visit([&](const auto& value) { operation[attribute.name] = value; }, attribute.value);
        }
    }
    return all;
}

/// Inverse of layers_json, for a model space anywhere in a document.
class model_space_reader {
    using json = nlohmann::ordered_json;

  public:
    static model_space read(const json& all, const json_place& at) {
        if (!all.is_array() && !all.is_object())
            at.fail("a model space must be a list of layers, or an object of layers with the keys \"0\", \"1\", ...");
        if (all.empty()) at.fail("there must be at least one layer");
        std::vector<model_space::layer_type> layers;
        for (std::size_t l = 0; l < all.size(); ++l) {
            const std::string key = std::to_string(l);
            if (all.is_object() && !all.contains(key))
                at.fail("there must be a layer \"" + key + "\": the keys of " + key_count(all.size()));
            layers.push_back(read_layer(all.is_object() ? all[key] : all[l], at / l));
        }
        return model_space(std::move(layers));
    }

  private:
    static std::string key_count(std::size_t layers) {
        return layers == 1 ? "one layer are \"0\""
                           : std::to_string(layers) + " layers are \"0\" to \"" + std::to_string(layers - 1) + "\"";
    }

    static model_space::layer_type read_layer(const json& list, const json_place& at) {
        if (!list.is_array() || list.empty()) at.fail("a layer must be a list of operations, not empty");
        model_space::layer_type operations;
        for (const json& one : list) operations.push_back(read_operation(one, at / operations.size()));
        return operations;
    }

    static layer_operation read_operation(const json& object, const json_place& at) {
        if (!object.is_object()) at.fail("an operation must be an object with a \"Layer_type\"");
        const json& type = at.need(object, "Layer_type");
        if (!type.is_string()) (at / "Layer_type").fail("it must be a text, such as \"conv1d\"");
        std::vector<layer_attribute> attributes;
        for (const auto& [name, value] : object.items())
            if (name != "Layer_type") attributes.push_back({name, read_value(value, at / name)});
        try {
            return layer_operation(type.get<std::string>(), std::move(attributes));
        } catch (const std::invalid_argument& error) {
            at.fail(error.what());
        }
    }

    static attribute_value read_value(const json& value, const json_place& at) {
        if (value.is_boolean()) return value.get<bool>();
        if (value.is_string()) {
            if (const std::string text = value.get<std::string>(); !is_number(text)) return text;
            at.fail("the text " + value.dump() + " stands where a number belongs; write " + value.get<std::string>());
        }
        if (value.is_number_float()) return value.get<double>();
        if (value.is_number_integer()) return read_integer(value, at);
        if (!value.is_array()) at.fail("an attribute must be a number, a text, true, false or a list of whole numbers");
        std::vector<std::int64_t> numbers;
        for (const json& one : value) {
            const json_place place = at / numbers.size();
            if (!one.is_number_integer()) place.fail("a list may hold whole numbers only");
            numbers.push_back(read_integer(one, place));
        }
        return numbers;
    }

    static std::int64_t read_integer(const json& value, const json_place& at) {
        constexpr auto largest = std::numeric_limits<std::int64_t>::max();
        if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(largest))
            at.fail("the number " + value.dump() + " must be at most " + std::to_string(largest));
        return value.get<std::int64_t>();
    }
};

}  // namespace detail

/// The layers as a list. Throws std::invalid_argument where the space has gaps or empty layers, or an attribute is called
/// Layer_type.
inline nlohmann::ordered_json model_space_to_json(const model_space& space) {
    return detail::layers_json(space, "nas::model_space_to_json");
}

/// Inverse of `model_space_to_json`. Throws std::invalid_argument; the sentence has the JSON pointer of what is wrong
/// (`/0/1/filters`).
inline model_space model_space_from_json(const nlohmann::ordered_json& all) {
    return detail::model_space_reader::read(all, detail::json_place("nas::model_space_from_json"));
}

}  // namespace nas
