// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace tabulate {

/// What the user got wrong, in one sentence: exit code 2.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The command line.
struct program_options {
    // One of these three says what is evaluated.
    std::filesystem::path mlp = {};
    std::string command = {};
    std::string landscape = {};

    std::string space = {};  ///< a JSON file, or `12x4`; empty: MLPNAS's networks

    std::string label = {};
    std::vector<std::string> drop = {};
    char separator = ',';
    std::string split = {};  ///< nas::split_fractions
    std::uint64_t split_seed = 0;
    std::string trainer = {};  ///< nas::mlp_trainer_options
    bool cuda = false;         ///< on a GPU

    std::vector<std::string> metrics = {};
    double timeout = std::numeric_limits<double>::infinity();

    std::vector<double> fidelities = {};
    std::size_t repeats = 1;
    std::uint64_t seed = 0;
    std::size_t threads = 1;

    std::filesystem::path out = {};
    std::string objective = {};
    int digits = 0;
    std::string about = {};
    std::string date = {};
    bool quiet = false;
};

/// Reads the command line. Nothing where the user asked for help, which was printed. Throws usage_error.
std::optional<program_options> parse_command_line(int argc, const char* const* argv);

}  // namespace tabulate
