// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <nas/spaces/cell_space/cell_form.hpp>

namespace nas::detail {

/// Calls `visit(form)` once for each different cell of `blocks` blocks, of which at most `readable` are read: orderly generation
/// (Read 1978).
///
///     extend(cell): for each block that reads cell's inputs and blocks:
///         if the canonical form of the cell with it ends with it: visit or extend that
///
/// A canonical form without its last block is canonical, so each is met, once. Forms here are canonical for any order: with a
/// limit to what is read, cells without their last block could be of another order than with it.
template <class Visit>
class cell_enumeration {
  public:
    cell_enumeration(std::size_t externals, std::size_t operations, std::size_t readable, std::size_t blocks,
                     Visit visit)
        : externals_(externals), operations_(operations), readable_(readable), blocks_(blocks), visit_(visit) {}

    void run() { extend({}, false); }

  private:
    void extend(const cell_form& cell, bool tied) {
        // largest[j]: that of blocks j, j + 1, ..., which a block that can come before them must not be below.
        std::array<std::uint32_t, most_cell_blocks + 1> largest{};
        for (std::size_t i = cell.size; i-- > 0;) largest[i] = std::max(largest[i + 1], cell.blocks[i]);
        const std::uint32_t read = cell_reads(cell, externals_);
        const std::size_t inputs = externals_ + (readable_ > 0 ? cell.size : 0);
        cell_form larger = cell;
        larger.push_back(0);
        for (std::size_t input1 = 0; input1 < inputs; ++input1)
            for (std::size_t operation1 = 0; operation1 < operations_; ++operation1) {
                const std::uint32_t one = cell_half(input1, operation1);
                for (std::size_t input2 = input1; input2 < inputs; ++input2) {
                    const std::uint32_t reads =
                        half_reads(one, externals_) | half_reads(cell_half(input2, 0), externals_);
                    if (static_cast<std::size_t>(std::popcount(read | reads)) > readable_) continue;
                    const std::uint32_t least = largest[static_cast<std::size_t>(std::bit_width(reads))];
                    for (std::size_t operation2 = input2 == input1 ? operation1 : 0; operation2 < operations_;
                         ++operation2) {
                        const std::uint32_t block = cell_block_of(one, cell_half(input2, operation2));
                        if (block < least) continue;
                        larger.blocks[cell.size] = block;
                        if (!tied) {
                            next(larger, block == least);
                        } else if (const canonical_cell found(larger, externals_, most_cell_blocks);
                                   found.form() == larger) {
                            next(larger, found.tied());
                        }
                    }
                }
            }
    }

    void next(const cell_form& cell, bool tied) {
        if (cell.size == blocks_) {
            visit_(cell);
        } else {
            extend(cell, tied);
        }
    }

    std::size_t externals_;
    std::size_t operations_;
    std::size_t readable_;
    std::size_t blocks_;
    Visit visit_;
};

}  // namespace nas::detail
