// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rank {

/// The files that names and patterns (`scores_*.csv`) mean, each once: names in their order, what a pattern means in alphabetical
/// order, but a train_history.csv first. Throws tools::usage_error where there is no such file.
std::vector<std::filesystem::path> find_files(const std::vector<std::string>& names);

}  // namespace rank
