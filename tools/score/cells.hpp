// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nas/io/predictor_file.hpp>
#include <nas/io/score_rows.hpp>
#include <nas/predictors/block_lstm_ensemble.hpp>
#include <nas/predictors/block_mlp_ensemble.hpp>
#include <nas/spaces/cell_space.hpp>

#include "arguments.hpp"
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

/// Calls `work(ensemble)` with a surrogate of that class; false where there is no such class. `options` as parse_options reads
/// them.
template <class Work>
bool with_surrogate(const std::string& name, const std::string& options, const nas::cell_space& space, Work&& work) {
    using mlp = nas::block_mlp_ensemble<nas::cell_space>;
    using lstm = nas::block_lstm_ensemble<nas::cell_space>;
    if (name == "block_mlp_ensemble") {
        work(mlp(space, nas::parse_options<mlp::options_type>("nas::" + name, options)));
    } else if (name == "block_lstm_ensemble") {
        work(lstm(space, nas::parse_options<lstm::options_type>("nas::" + name, options)));
    } else {
        return false;
    }
    return true;
}

/// The two things to do.
void train(const program_options& options);
void score(const program_options& options);

}  // namespace score
