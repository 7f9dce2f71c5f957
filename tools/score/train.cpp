// SPDX-License-Identifier: Apache-2.0

// Makes a surrogate of cells with scores.

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/number_text.hpp>
#include <nas/report/statistics.hpp>

#include "arguments.hpp"
#include "cells.hpp"
#include "surrogates.hpp"

namespace score {

namespace {

struct seen_cells {
    std::vector<nas::cell_space::arch_type> archs;  // canonical, as those that are scored
    std::vector<double> scores;
};

seen_cells cells_of(const nas::cell_space& space, const trained_rows& trained) {
    seen_cells seen;
    for (std::size_t i = 0; i < trained.rows.size(); ++i) {
        try {
            seen.archs.push_back(space.canonical(space.from_fields(trained.rows[i].fields)));
        } catch (const std::invalid_argument& error) {
            throw tools::usage_error(trained.places[i] + ": " + error.what());
        }
        seen.scores.push_back(trained.rows[i].score);
    }
    return seen;
}

/// Those of `fewest` to `most` blocks.
seen_cells part(const nas::cell_space& space, const seen_cells& all, std::size_t fewest, std::size_t most) {
    seen_cells found;
    for (std::size_t i = 0; i < all.archs.size(); ++i) {
        const std::size_t blocks = space.block_count(all.archs[i]);
        if (blocks < fewest || blocks > most) continue;
        found.archs.push_back(all.archs[i]);
        found.scores.push_back(all.scores[i]);
    }
    return found;
}

/// How well a surrogate of fewer blocks orders each level.
template <class Ensemble>
void print_next_levels(const nas::cell_space& space, const Ensemble& fresh, const seen_cells& all) {
    std::cout << "trained on  rows  next level  rows  Spearman\n";
    const auto padded = [](std::string text, std::size_t width) {
        text.insert(0, width > text.size() ? width - text.size() : 0, ' ');
        return text;
    };
    for (std::size_t blocks = space.options().min_blocks; blocks < space.options().blocks; ++blocks) {
        const seen_cells seen = part(space, all, 0, blocks);
        const seen_cells next = part(space, all, blocks + 1, blocks + 1);
        if (seen.archs.empty() || next.archs.empty()) continue;
        Ensemble surrogate = fresh;
        surrogate.fit(space, seen.archs, seen.scores);
        std::vector<nas::prediction> predicted(next.archs.size());
        nas::predict_all(surrogate, space, std::span<const nas::cell_space::arch_type>(next.archs),
                         std::span(predicted));
        std::vector<double> means;
        for (const nas::prediction& each : predicted) means.push_back(each.mean);
        const double rho = means.size() < 2 ? std::nan("") : nas::spearman(means, next.scores);
        std::cout << padded(blocks == 1 ? "1 block" : "1 to " + std::to_string(blocks), 10)
                  << padded(std::to_string(seen.archs.size()), 6) << padded(std::to_string(blocks + 1), 12)
                  << padded(std::to_string(next.archs.size()), 6)
                  << padded(std::isnan(rho) ? "-" : nas::detail::number_text(rho, 3), 10) << '\n';
    }
}

}  // namespace

void train(const program_options& options) {
    for (const std::filesystem::path& file : options.train)
        if (tools::same_file(file, options.save))
            throw tools::usage_error("--save " + options.save.string() + " is one of the files to learn from");
    const trained_rows trained = read_trained(options.train);
    const nas::cell_space space = space_of(options, trained);
    const seen_cells all = cells_of(space, trained);
    std::cout << all.archs.size() << (all.archs.size() == 1 ? " row: " : " rows: ") << text_of(space) << ".\n";
    const std::size_t colon = options.model.find(':');
    const std::string name = options.model.substr(0, colon);
    const bool known = with_surrogate(name, colon == options.model.npos ? "" : options.model.substr(colon + 1), space,
                                      [&](auto surrogate) {
                                          print_next_levels(space, surrogate, all);
                                          surrogate.fit(space, all.archs, all.scores);
                                          nas::save_predictor(options.save, surrogate);
                                      });
    if (!known) throw tools::usage_error("--model '" + name + "' must be block_mlp_ensemble or block_lstm_ensemble");
    std::cout << "It learned all rows: " << options.save.string() << '\n';
}

}  // namespace score
