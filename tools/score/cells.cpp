// SPDX-License-Identifier: Apache-2.0
#include "cells.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <nas/io/cell_space_json.hpp>
#include <nas/io/read_json.hpp>

#include "arguments.hpp"

namespace score {

namespace {

/// A signed input; files of scores and of surrogates hold no others.
std::int64_t input_of(std::string_view text) {
    std::int64_t input = 0;  // the negative of any int
    std::from_chars(text.data(), text.data() + text.size(), input);
    return input;
}

nas::cell_space made(const program_options& given, nas::cell_space_options options) {
    if (!given.space.empty())
        options = nas::cell_space_from_json(nas::read_json(given.space), std::move(options)).options();
    if (given.blocks) {
        options.blocks = *given.blocks;
        options.min_blocks = std::min(options.min_blocks, options.blocks);
    }
    if (!given.operations.empty()) options.operations = given.operations;
    if (given.lookback) {
        options.lookback = *given.lookback;
        if (options.lookback == 0) options.lookforward = 0;
    }
    if (given.lookforward) options.lookforward = given.lookforward;
    return nas::cell_space(std::move(options));
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace

trained_rows read_trained(const std::vector<std::filesystem::path>& files) {
    trained_rows all;
    for (const std::filesystem::path& file : files)
        for (nas::score_row& row : nas::read_score_rows(file)) {
            all.places.push_back(file.string() + ':' + std::to_string(row.line));
            if (row.fields.size() == 1)
                throw tools::usage_error(all.places.back() + ": a score and a text are no cell");
            all.rows.push_back(std::move(row));
        }
    return all;
}

nas::cell_space space_of(const program_options& options, const trained_rows& trained) {
    nas::cell_space_options cells{.operations = {}, .lookback = 0};
    for (const nas::score_row& row : trained.rows) {
        cells.blocks = std::max(cells.blocks, row.fields.size() / 4);
        for (std::size_t i = 0; i < row.fields.size(); i += 2) {
            if (const std::int64_t input = input_of(row.fields[i]); input < 0)
                cells.lookback = std::max(cells.lookback, static_cast<std::size_t>(-input));
            if (std::find(cells.operations.begin(), cells.operations.end(), row.fields[i + 1]) ==
                cells.operations.end())
                cells.operations.push_back(row.fields[i + 1]);
        }
    }
    if (cells.lookback == 0) cells.lookforward = 0;
    return made(options, std::move(cells));
}

nas::cell_space space_of(const program_options& options, const nas::predictor_facts& surrogate) {
    const std::string file = options.surrogate.string();
    const std::vector<nas::block_vocabulary::kind>& kinds = surrogate.vocabulary.kinds();
    if (kinds.size() != 2 || kinds[0].labels.empty() || kinds[1].labels.empty())
        throw tools::usage_error(file + ": it is no surrogate of cells, whose inputs and operations have names");
    const std::vector<std::string>& inputs = kinds[0].labels;
    const std::vector<std::string>& operations = kinds[1].labels;
    nas::cell_space_options cells{.operations = operations, .lookback = 0};
    for (const std::string& input : inputs) cells.lookback += input.starts_with('-') ? 1 : 0;
    if (cells.lookback == 0 || cells.lookback == inputs.size()) cells.lookforward = 0;
    const nas::cell_space space = made(options, std::move(cells));

    for (const std::string& name : space.options().operations)
        if (std::find(operations.begin(), operations.end(), name) == operations.end())
            throw tools::usage_error(file + ": the surrogate does not know the operation '" + name + "'; it knows " +
                                     listed(operations));
    for (std::size_t i = 0; i < space.kind_size(0); ++i) {
        const std::string name = space.token_label(0, i);
        if (std::find(inputs.begin(), inputs.end(), name) != inputs.end()) continue;
        const std::string blocks = std::to_string(space.options().blocks);
        throw tools::usage_error(
            file + ": the surrogate does not know the input " + name + "; it knows " + listed(inputs) +
            (name.starts_with('-') ? "; lower --lookback"
                                   : ", which are too few for " + blocks + " blocks; train it with --blocks " + blocks +
                                         ", or score with fewer"));
    }
    return space;
}

std::string text_of(const nas::cell_space& space) {
    const nas::cell_space_options& options = space.options();
    std::string text = "cells of up to " + std::to_string(options.blocks) +
                       (options.blocks == 1 ? " block" : " blocks") + " of " +
                       std::to_string(options.operations.size()) + " operations (" + listed(options.operations) + "), ";
    if (options.lookback == 0) return text + "one input";
    text += "lookback " + std::to_string(options.lookback);
    if (options.lookforward) text += ", lookforward " + std::to_string(*options.lookforward);
    return text;
}

}  // namespace score
