// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace score {

/// The command line.
struct program_options {
    // Making a surrogate.
    std::vector<std::filesystem::path> train = {};
    std::string model = "block_mlp_ensemble";  ///< with options: `block_mlp_ensemble:epochs=50`
    std::filesystem::path save = {};

    // Scoring.
    std::filesystem::path surrogate = {};
    std::size_t beam = 256;
    std::size_t most = 1'000'000;
    std::filesystem::path out = ".";

    // The cells; what is not given is what the files know.
    std::filesystem::path space = {};
    std::optional<std::size_t> blocks = std::nullopt;
    std::vector<std::string> operations = {};
    std::optional<std::size_t> lookback = std::nullopt;
    std::optional<std::size_t> lookforward = std::nullopt;
};

/// Nothing where the user asked for help, which was printed. Throws tools::usage_error.
std::optional<program_options> parse_command_line(const std::vector<std::string>& arguments);

}  // namespace score
