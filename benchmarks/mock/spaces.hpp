// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nas/spaces/choice_space.hpp>

namespace mock_bench {

/// What --space says: decisions between commas, `5` of 5 choices, `1..4` of these numbers in order, `6x5` or `6x1..4` six of
/// them; or the name of a JSON file, which has a space, or how nas_tabulate made a table. Throws usage_error,
/// std::invalid_argument where the file has no space of choices.
nas::choice_space<> read_space(const std::string& text);

/// The file that says how a table was made.
std::filesystem::path beside(const std::filesystem::path& table);

/// The space of choices that it was made over, where that file is there and says so. Throws usage_error where it cannot be read,
/// std::invalid_argument where what it says is no space.
std::optional<nas::choice_space<>> space_beside(const std::filesystem::path& table);

}  // namespace mock_bench
