// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include <nas/data/open_file.hpp>
#include <nas/data/parse_json.hpp>

namespace nas {

/// The JSON document in a file, for those who make a space of it:
///
///     const nas::layer_space space = nas::layer_space_from_json(nas::read_json("space.json"));
///
/// Throws std::runtime_error where the file cannot be read, is not JSON (then the sentence starts with file:line:column), or
/// has more than 100 arrays and objects within each other, at which nlohmann's own functions may run out of stack.
inline nlohmann::ordered_json read_json(const std::filesystem::path& path) {
    const std::string text = detail::with_error<std::runtime_error>([&] { return detail::read_whole_file(path); });
    try {
        return detail::parse_json<nlohmann::ordered_json>(text);
    } catch (const detail::json_error& error) {
        throw std::runtime_error(error.in(path.string()));
    }
}

}  // namespace nas
