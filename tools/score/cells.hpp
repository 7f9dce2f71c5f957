// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nas/io/predictor_file.hpp>
#include <nas/io/score_rows.hpp>
#include <nas/spaces/cell_space.hpp>

#include "options.hpp"

/// Which cells there are.
namespace score {

/// Cells of files, with the place of each for messages.
struct trained_rows {
    std::vector<nas::score_row> rows;
    std::vector<std::string> places;  ///< `train_history.csv:12`
};
trained_rows read_trained(const std::vector<std::filesystem::path>& files);

/// Those that the options say, and else those of the rows: their operations in the order in which they come, at least five blocks.
nas::cell_space space_of(const program_options& options, const trained_rows& trained);
/// Those that the options say, and else those that the surrogate knows. Throws tools::usage_error where it does not know one of
/// their operations or inputs.
nas::cell_space space_of(const program_options& options, const nas::predictor_facts& surrogate);

/// One line that says which.
std::string text_of(const nas::cell_space& space);

/// The two things to do.
void train(const program_options& options);
void score(const program_options& options);

}  // namespace score
