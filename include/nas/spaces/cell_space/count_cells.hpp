// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <nas/operators/enumerate.hpp>

namespace nas::detail {

/// How many different cells there are: numberings of blocks that acyclic reading allows, up to renumbering. By Burnside's lemma
/// that is the mean, over the permutations of the blocks, of the number of cells that the permutation leaves as they are.
///
/// Permutations with the same cycles leave as many. In such a cell the blocks of a cycle of length l look alike: the first one
/// determines the others, and must itself be left alone by the l-th power. So its halves, each of an operation and an input,
/// read previous cells or cycles whose length divides l, or are each other's images there, where the length divides 2 l.
class cell_counter {
    __extension__ using int128 = __int128;

  public:
    /// Previous cells, operations, and how many blocks may be read.
    cell_counter(std::size_t externals, std::size_t operations, std::size_t readable)
        : externals_(externals), operations_(operations), readable_(readable) {}

    /// Of `blocks` blocks; `uncountable` where there are 2^64 - 1 or more.
    std::uint64_t count(std::size_t blocks) {
        std::uint64_t permutations = 1;
        for (std::size_t i = 2; i <= blocks; ++i) permutations *= i;
        overflow_ = false;
        total_ = 0;
        cycles_.clear();
        add_permutations(blocks, blocks, permutations);
        const int128 mean = total_ / static_cast<int128>(permutations);
        return overflow_ || mean >= static_cast<int128>(uncountable) ? uncountable : static_cast<std::uint64_t>(mean);
    }

  private:
    int128 product(int128 a, int128 b) {
        int128 result = 0;
        overflow_ = __builtin_mul_overflow(a, b, &result) || overflow_;
        return result;
    }
    int128 sum(int128 a, int128 b) {
        int128 result = 0;
        overflow_ = __builtin_add_overflow(a, b, &result) || overflow_;
        return result;
    }

    // Goes through the lengths of cycles, falling; `ways` permutations have them. A further cycle of length l, the k-th of
    // that length, makes that 1 / (l k) times as many.
    void add_permutations(std::size_t left, std::size_t longest, std::uint64_t ways) {
        if (left == 0) total_ = sum(total_, product(static_cast<int128>(ways), unchanged()));
        for (std::size_t length = longest < left ? longest : left; length > 0; --length) {
            cycles_.push_back(length);
            std::size_t same = 0;
            for (const std::size_t other : cycles_) same += other == length ? 1U : 0U;
            add_permutations(left - length, length, ways / (length * same));
            cycles_.pop_back();
        }
    }

    // Blocks that cycle i can have where it reads previous cells and the cycles of the set `read`.
    int128 choices(std::size_t i, std::uint32_t read) {
        std::uint64_t inputs = externals_;
        std::uint64_t images = 0;
        for (; read != 0; read &= read - 1) {
            const std::size_t length = cycles_[static_cast<std::size_t>(std::countr_zero(read))];
            if (cycles_[i] % length == 0) {
                inputs += length;
            } else if (2 * cycles_[i] % length == 0) {
                images += length / 2;
            }
        }
        const auto halves = static_cast<int128>(inputs * operations_);
        return halves * (halves + 1) / 2 + static_cast<int128>(images * operations_);
    }

    // The product of that over the cycles of the set `all`.
    int128 choices_of(std::uint32_t all, std::uint32_t read) {
        int128 result = 1;
        for (; all != 0; all &= all - 1)
            result = product(result, choices(static_cast<std::size_t>(std::countr_zero(all)), read));
        return result;
    }

    // Cells that a permutation of these cycles leaves as they are. Of a set of cycles that read each other acyclically, some
    // are read by none: by inclusion and exclusion over those,
    //
    //     acyclic(all) = sum over non-empty sets last of (-1)^(|last| + 1) acyclic(all - last) choices(last, all - last)
    //
    // and cells whose read blocks are just those of a set follow from those whose read blocks are some of it.
    int128 unchanged() {
        const std::uint32_t everything = (std::uint32_t{1} << cycles_.size()) - 1;
        std::vector<int128> acyclic(everything + std::size_t{1}, 1);
        for (std::uint32_t all = 1; all <= everything; ++all) {
            acyclic[all] = 0;
            for (std::uint32_t last = all; last != 0; last = (last - 1) & all) {
                const int128 cells = product(acyclic[all ^ last], choices_of(last, all ^ last));
                acyclic[all] = sum(acyclic[all], product(std::popcount(last) % 2 == 1 ? 1 : -1, cells));
            }
        }
        if (readable_ + 1 >= blocks()) return acyclic[everything];
        int128 total = 0;
        for (std::uint32_t read = 0; read <= everything; ++read) {
            std::size_t length = 0;
            for (std::uint32_t left = read; left != 0; left &= left - 1)
                length += cycles_[static_cast<std::size_t>(std::countr_zero(left))];
            if (length > readable_) continue;
            std::uint32_t some = read;
            while (true) {
                const int128 cells = product(acyclic[some], choices_of(everything ^ some, some));
                total = sum(total, product(std::popcount(read ^ some) % 2 == 0 ? 1 : -1, cells));
                if (some == 0) break;
                some = (some - 1) & read;
            }
        }
        return total;
    }

    std::size_t blocks() const noexcept {
        std::size_t all = 0;
        for (const std::size_t length : cycles_) all += length;
        return all;
    }

    std::size_t externals_;
    std::size_t operations_;
    std::size_t readable_;
    std::vector<std::size_t> cycles_;  // the lengths of a permutation's cycles
    int128 total_ = 0;
    bool overflow_ = false;
};

}  // namespace nas::detail
