// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/core/options.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/trial.hpp>
#include <nas/core/version.hpp>
#include <nas/data/checked_file.hpp>
#include <nas/data/parse_json.hpp>
#include <nas/networks/shared_weights.hpp>

/// What a file of shared weights holds: a line of JSON, the weights as 32-bit floats, layer by layer, and a CRC-32 of
/// all before it; binary numbers little-endian.
///
/// The line: `nas_shared_weights` (the version of this format: 1), `nas` (the version of the library that wrote it),
/// `trials`, `last` and `digest` (see weights_origin), `layers` (in the order of their weights: `before`, the
/// activation of the dense layer before or "input"; `inputs`; `function`; `units`).
namespace nas {

/// A file of shared weights that cannot be read or written. The sentence starts with its name.
class shared_weights_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Which trials shared weights come from, in the order in which they were learnt.
struct weights_origin {
    std::uint64_t trials = 0;  ///< how many
    trial_id last = no_trial;  ///< id of the last of them
    std::uint64_t digest = 0;  ///< of all their ids and rewards

    void add(trial_id id, double reward) noexcept {
        ++trials;
        last = id;
        digest = detail::mix64(detail::mix64(digest + id) ^ std::bit_cast<std::uint64_t>(reward));
    }

    friend bool operator==(const weights_origin&, const weights_origin&) = default;
};

/// A table of shared weights, and where it comes from.
struct stored_weights {
    shared_weights table = {};
    weights_origin origin = {};
};

namespace detail {

inline constexpr checked_format weights_format{"nas_shared_weights", "file of shared weights"};

inline std::string weights_file_text(const stored_weights& stored) {
    using json = nlohmann::ordered_json;
    json layers = json::array();
    std::size_t weights = 0;
    for (const auto& [key, parameters] : stored.table.entries()) {
        layers.push_back({{"before", key.before ? option_text(*key.before) : "input"},
                          {"inputs", key.inputs},
                          {"function", option_text(key.function)},
                          {"units", key.units}});
        weights += parameters.size();
    }
    const json header = {{"nas_shared_weights", 1},        {"nas", version},
                         {"trials", stored.origin.trials}, {"last", stored.origin.last},
                         {"digest", stored.origin.digest}, {"layers", std::move(layers)}};
    std::string text = header.dump();
    text.reserve(text.size() + 4 * weights + 5);
    text += '\n';
    for (const auto& [key, parameters] : stored.table.entries())
        for (const float weight : parameters) append_little_endian(text, std::bit_cast<std::uint32_t>(weight));
    seal(text);
    return text;
}

inline activation activation_named(const std::string& name) {
    activation function{};
    if (!parse_option(name, function)) throw std::invalid_argument("there is no activation '" + name + "'");
    return function;
}

/// The layers that `header` lists, with their weights out of `bytes`.
inline shared_weights weights_in(const nlohmann::json& header, std::string_view bytes) {
    const auto refuse = [](const std::string& what) { throw std::invalid_argument(what); };
    shared_weights table;
    std::vector<float> parameters;
    for (const nlohmann::json& layer : header.at("layers")) {
        const auto before = layer.at("before").get<std::string>();
        const layer_bigram key{layer.at("inputs").get<std::size_t>(),
                               before == "input" ? std::nullopt : std::optional(activation_named(before)),
                               layer.at("units").get<std::size_t>(),
                               activation_named(layer.at("function").get<std::string>())};
        const std::size_t left = bytes.size() / 4;
        if (key.inputs < 1 || key.units < 1 || key.units > left || key.inputs >= left / key.units)
            refuse(describe(key) + " does not fit what the file has left");
        if (table.entries().contains(key)) refuse(describe(key) + " is there twice");
        parameters.resize(key.size());
        for (float& weight : parameters) {
            weight = std::bit_cast<float>(little_endian<std::uint32_t>(bytes));
            bytes.remove_prefix(4);
            if (!std::isfinite(weight)) refuse("a weight of " + describe(key) + " is not finite");
        }
        table.put(key, parameters);
    }
    if (!bytes.empty()) refuse("there is more than the layers' weights");
    return table;
}

/// `name` is the file's, for messages.
inline stored_weights parse_weights_file(std::string_view text, const std::string& name) {
    const auto fail = [&](const std::string& what) { throw shared_weights_error(name + ": " + what); };
    const checked_content content = open_checked<shared_weights_error>(text, weights_format, name);
    stored_weights stored;
    try {
        const auto header = parse_json(content.header);
        stored.origin = {header.at("trials").get<std::uint64_t>(), header.at("last").get<trial_id>(),
                         header.at("digest").get<std::uint64_t>()};
        stored.table = weights_in(header, content.numbers);
    } catch (const json_error& error) {
        fail(std::string("the first line is wrong: ") + error.what());
    } catch (const nlohmann::json::exception& error) {
        fail(std::string("the first line is wrong: ") + error.what());
    } catch (const std::invalid_argument& error) {
        fail(error.what());
    }
    return stored;
}

}  // namespace detail

/// Writes a file of shared weights in place of an earlier one, which is whole until the new one is. Throws
/// shared_weights_error where that is not possible.
inline void write_shared_weights(const std::filesystem::path& path, const stored_weights& stored) {
    detail::write_checked<shared_weights_error>(path, detail::weights_file_text(stored));
}

/// Reads what write_shared_weights wrote, bit by bit. Throws shared_weights_error where the file cannot be read, is
/// damaged, or is something else.
inline stored_weights read_shared_weights(const std::filesystem::path& path) {
    return detail::parse_weights_file(detail::read_checked<shared_weights_error>(path), path.string());
}

}  // namespace nas
