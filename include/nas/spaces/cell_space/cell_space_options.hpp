// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nas {

/// The eight operations of a cell's block in the paper, in its order.
inline std::vector<std::string> pnas_operations() {
    return {"identity",     "3x3 dconv",        "5x5 dconv",   "7x7 dconv",
            "1x7-7x1 conv", "3x3 dilated conv", "3x3 maxpool", "3x3 avgpool"};
}
/// Those with a plain convolution in place of the dilated one, as in the code of titu1994.
inline std::vector<std::string> plain_pnas_operations() {
    std::vector<std::string> operations = pnas_operations();
    operations[5] = "3x3 conv";
    return operations;
}

/// Which blocks a cell's output is the concatenation of: those that no other block reads (NASNet, Zoph et al. 2018), or all, as
/// in the released PNASNet-5.
enum class cell_output : std::uint8_t { unused, all };
constexpr auto enum_names(cell_output) { return std::array<std::string_view, 2>{"unused", "all"}; }

/// How a block makes one output of its two operations'.
enum class block_combination : std::uint8_t { add, concat };
constexpr auto enum_names(block_combination) { return std::array<std::string_view, 2>{"add", "concat"}; }

/// The vocabulary and the rules of a `cell_space`. Defaults: Liu et al. 2018, "Progressive Neural Architecture Search".
struct cell_space_options {
    std::size_t blocks = 5;      ///< of a cell at most, in [1, 12]
    std::size_t min_blocks = 1;  ///< of a cell at least, in [1, blocks]
    std::vector<std::string> operations =
        pnas_operations();     ///< 1 to 256 names, without commas, brackets and line ends
    std::size_t lookback = 2;  ///< previous cells that blocks read, at most 100; 0: one input without a name, spelled 0
    /// So many blocks of a cell, its first, may be read by others; nothing: all. Must be 0 where lookback is.
    std::optional<std::size_t> lookforward = std::nullopt;
    cell_output output = cell_output::unused;                ///< what an evaluator makes the cell's output of
    block_combination combination = block_combination::add;  ///< and a block's

    friend bool operator==(const cell_space_options&, const cell_space_options&) = default;
};

/// A block of a cell: two operations, each with what it reads. Inputs are -k for the output of the cell k cells back and j >= 0
/// for that of block j of the same cell; 0 where the space has no lookback.
struct cell_block {
    int input1 = 0;
    std::size_t operation1 = 0;  ///< its number among the space's operations
    int input2 = 0;
    std::size_t operation2 = 0;

    friend bool operator==(const cell_block&, const cell_block&) = default;
};

}  // namespace nas
