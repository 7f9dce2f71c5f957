// SPDX-License-Identifier: Apache-2.0

// Scores levels of cells.

#include <cstddef>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <nas/core/number_text.hpp>
#include <nas/run/score_levels.hpp>

#include "arguments.hpp"
#include "cells.hpp"
#include "surrogates.hpp"

namespace score {

namespace {

void make_folder(const std::filesystem::path& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) throw tools::usage_error(folder.string() + ": the folder cannot be made: " + failed.message());
}

}  // namespace

void score(const program_options& options) {
    const nas::predictor_facts facts = nas::read_predictor_facts(options.surrogate);
    const nas::cell_space space = space_of(options, facts);
    const auto file_of = [&](std::size_t blocks) {
        return options.out / ("scores_" + std::to_string(blocks) + ".csv");
    };
    const bool known = with_surrogate(facts.name, "", space, [&](auto surrogate) {
        nas::load_predictor(options.surrogate, surrogate, space);
        std::cout << "Scoring " << text_of(space) << ".\n";
        std::optional<nas::score_file> file;
        std::size_t level = 0;
        const auto levels =
            nas::score_levels(space, surrogate, {.beam = options.beam, .most = options.most},
                              [&](std::size_t blocks, const nas::cell_space::arch_type& arch, double score) {
                                  if (blocks != level) {
                                      if (file) file->finish();
                                      make_folder(options.out);
                                      file.emplace(file_of(level = blocks));
                                  }
                                  file->add(score, space.fields(arch));
                              });
        if (file) file->finish();
        for (const nas::scored_level& each : levels)
            std::cout << file_of(each.blocks).string() << ": " << each.cells << " cells, the best "
                      << nas::detail::number_text(each.scores.front(), 4) << ' ' << space.describe(each.best.front())
                      << '\n';
    });
    if (!known)
        throw tools::usage_error(options.surrogate.string() + ": it is of a " + facts.name +
                                 ", not of a block_mlp_ensemble or block_lstm_ensemble");
}

}  // namespace score
