// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace nas::detail {

inline constexpr std::size_t most_cell_blocks = 12;

/// A half of a block: the index of its input in the vocabulary, then its operation, a byte each. Previous cells are inputs 0 to
/// `externals` - 1, block j is input `externals` + j.
constexpr std::uint32_t cell_half(std::size_t input, std::size_t operation) noexcept {
    return static_cast<std::uint32_t>(input << 8U | operation);
}

/// A block: its two halves, the smaller one first.
constexpr std::uint32_t cell_block_of(std::uint32_t one, std::uint32_t other) noexcept {
    return one <= other ? one << 16U | other : other << 16U | one;
}

/// The blocks of a cell, of which each reads earlier ones only. Forms are compared block by block.
struct cell_form {
    std::size_t size = 0;
    std::array<std::uint32_t, most_cell_blocks> blocks{};

    void push_back(std::uint32_t block) noexcept { blocks[size++] = block; }
    friend bool operator==(const cell_form&, const cell_form&) = default;
};

/// The blocks that a half, or a block, reads: bit j for block j.
constexpr std::uint32_t half_reads(std::uint32_t half, std::size_t externals) noexcept {
    const std::size_t input = half >> 8U;
    return input < externals ? 0 : std::uint32_t{1} << (input - externals);
}
constexpr std::uint32_t block_reads(std::uint32_t block, std::size_t externals) noexcept {
    return half_reads(block >> 16U, externals) | half_reads(block & 0xffffU, externals);
}
inline std::uint32_t cell_reads(const cell_form& cell, std::size_t externals) noexcept {
    std::uint32_t reads = 0;
    for (std::size_t i = 0; i < cell.size; ++i) reads |= block_reads(cell.blocks[i], externals);
    return reads;
}

/// The canonical form of a cell: of all orders in which each block comes after those it reads, and those that are read are
/// among the first `readable`, the one that gives the smallest form.
///
///     repeat: of the blocks that can come next, take the one that would be smallest
///             where several are: try each, but of those that nobody reads one, and none where one that is read is as small
///
/// That is the smallest form because forms are compared from their first block on; a block that is read should come before
/// its twin that is not, because its readers then are smaller.
class canonical_cell {
  public:
    canonical_cell(const cell_form& cell, std::size_t externals, std::size_t readable)
        : size_(cell.size), externals_(externals), readable_(readable), blocks_(cell.blocks) {
        std::uint32_t ready = 0;
        for (std::size_t i = 0; i < size_; ++i) {
            const std::uint32_t bit = std::uint32_t{1} << i;
            reads_[i] = block_reads(blocks_[i], externals);
            read_ |= reads_[i];
            if (reads_[i] == 0) ready |= bit;
            for (std::uint32_t left = reads_[i]; left != 0; left &= left - 1) readers_[lowest(left)] |= bit;
        }
        now_ = blocks_;
        form_.size = size_;
        place(0, 0, ready);
    }

    const cell_form& form() const noexcept { return form_; }
    /// Whether anywhere two blocks could have come next, equally small.
    bool tied() const noexcept { return tied_; }

  private:
    static std::size_t lowest(std::uint32_t set) noexcept { return static_cast<std::size_t>(std::countr_zero(set)); }

    // Places blocks from position `at` on; those of the set `ready` can come next.
    void place(std::size_t at, std::uint32_t placed, std::uint32_t ready) noexcept {
        for (; at < size_; ++at) {
            // Where those that are to be read just fill what is left of the first `readable`, it is one of them.
            const std::uint32_t to_be_read = read_ & ~placed;
            const bool urgent =
                to_be_read != 0 && static_cast<std::size_t>(std::popcount(to_be_read)) + at >= readable_;
            std::uint32_t least = std::numeric_limits<std::uint32_t>::max();
            std::uint32_t ties = 0;
            for (std::uint32_t left = urgent ? ready & read_ : ready; left != 0; left &= left - 1) {
                const std::uint32_t block = now_[lowest(left)];
                if (block > least) continue;
                ties = (block == least ? ties : 0) | (left & (~left + 1));
                least = block;
            }
            // Here form_ begins like the order that is made.
            if (at < known_ && least > form_.blocks[at]) return;
            if (at < known_ && least < form_.blocks[at]) known_ = at;
            if (at == known_) form_.blocks[known_++] = least;

            if (!std::has_single_bit(ties)) {
                tied_ = true;
                ties = (ties & read_) != 0 ? ties & read_ : ties & (~ties + 1);
            }
            for (; !std::has_single_bit(ties); ties &= ties - 1) {
                const std::uint32_t first = ties & (~ties + 1);
                place(at + 1, placed | first, ready_after(first, at, placed | first, ready));
            }
            placed |= ties;
            ready = ready_after(ties, at, placed, ready);
        }
    }

    // What is ready when `block`, the last of `placed`, has the number `at`. Its readers are then as they will be.
    std::uint32_t ready_after(std::uint32_t block, std::size_t at, std::uint32_t placed, std::uint32_t ready) noexcept {
        number_[lowest(block)] = static_cast<std::uint32_t>(externals_ + at);
        ready &= ~block;
        for (std::uint32_t left = readers_[lowest(block)]; left != 0; left &= left - 1) {
            const std::size_t i = lowest(left);
            if ((reads_[i] & ~placed) != 0) continue;
            now_[i] = cell_block_of(renumbered(blocks_[i] >> 16U), renumbered(blocks_[i] & 0xffffU));
            ready |= std::uint32_t{1} << i;
        }
        return ready;
    }
    std::uint32_t renumbered(std::uint32_t half) const noexcept {
        const std::size_t input = half >> 8U;
        return input < externals_ ? half : cell_half(number_[input - externals_], half & 0xffU);
    }

    using of_blocks = std::array<std::uint32_t, most_cell_blocks>;

    std::size_t size_;
    std::size_t externals_;
    std::size_t readable_;
    of_blocks blocks_;
    of_blocks now_;        // of a block that is ready: as it will be
    of_blocks reads_{};    // of each block
    of_blocks readers_{};  // of each block
    std::uint32_t read_ = 0;
    of_blocks number_{};  // the input that a block is in the order that is made
    cell_form form_;      // the smallest so far, its first known_ blocks
    std::size_t known_ = 0;
    bool tied_ = false;
};

/// Where in the canonical form of `cell` and `added`, a block that reads it, `added` comes: after all that it reads, before the
/// first larger one. For a canonical cell without ties, in which every block that is read may be anywhere: then its blocks
/// keep their order, because numbers that make room for `added` rise as before.
inline std::size_t place_in_cell(const cell_form& cell, std::uint32_t added, std::size_t externals) noexcept {
    auto at = static_cast<std::size_t>(std::bit_width(block_reads(added, externals)));
    while (at < cell.size && cell.blocks[at] <= added) ++at;
    return at;
}

/// That form.
inline cell_form insert_in_cell(const cell_form& cell, std::uint32_t added, std::size_t at,
                                std::size_t externals) noexcept {
    const auto moved = [first = externals + at](std::uint32_t half) {
        return (half >> 8U) >= first ? half + 0x100U : half;
    };
    cell_form larger = cell;
    larger.size = cell.size + 1;
    larger.blocks[at] = added;
    for (std::size_t i = at; i < cell.size; ++i)
        larger.blocks[i + 1] = moved(cell.blocks[i] >> 16U) << 16U | moved(cell.blocks[i] & 0xffffU);
    return larger;
}

}  // namespace nas::detail
