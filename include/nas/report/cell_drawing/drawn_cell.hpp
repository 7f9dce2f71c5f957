// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <nas/spaces/cell_space.hpp>

namespace nas::detail {

/// A cell as a picture shows it.
struct drawn_cell {
    struct block {
        std::array<int, 2> inputs;  // as in cell_block, but -1 for the one input of a flat cell
        std::array<std::string, 2> operations;
    };
    std::vector<block> blocks;
    std::vector<std::size_t> outputs;
    std::vector<int> previous;  // the previous cells that are read, the farthest first
    bool flat;
    std::string combination;

    drawn_cell(const cell_space& space, const cell_space::arch_type& arch)
        : outputs(space.outputs(arch)),
          flat(space.options().lookback == 0),
          combination(space.options().combination == block_combination::add ? "+" : "concat") {
        const std::vector<std::string>& names = space.options().operations;
        for (const cell_block& one : space.blocks(arch)) {
            blocks.push_back(
                {{flat ? -1 : one.input1, flat ? -1 : one.input2}, {names[one.operation1], names[one.operation2]}});
            for (const int input : blocks.back().inputs)
                if (input < 0) previous.push_back(input);
        }
        std::sort(previous.begin(), previous.end());
        previous.erase(std::unique(previous.begin(), previous.end()), previous.end());
    }

    /// H(c-2), the paper's name for the output of the cell before the last one.
    std::string previous_name(int input) const { return flat ? "input" : "H(c-" + std::to_string(-input) + ")"; }
};

}  // namespace nas::detail
