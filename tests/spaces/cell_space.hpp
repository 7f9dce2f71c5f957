// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include <nas/spaces/cell_space.hpp>

namespace cells {

/// The cell of PNASNet-5 as released (Liu et al. 2018; TensorFlow's slim/nets/nasnet/pnasnet.py), which concatenates all blocks.
inline constexpr const char* pnasnet5 =
    "(-2, 5x5 dconv, -2, 3x3 maxpool) (-1, 7x7 dconv, -1, 3x3 maxpool) (-1, 5x5 dconv, -1, 3x3 dconv) "
    "(2, 3x3 dconv, -1, 3x3 maxpool) (-2, 3x3 dconv, -1, identity)";

/// The smallest list of indices of the cell, by trying all orders of its blocks: what `canonical` has to find.
inline std::vector<std::size_t> smallest_order(const nas::cell_space& space, const nas::cell_space::arch_type& arch) {
    const std::vector<std::size_t> all = space.indices(arch);
    const std::size_t blocks = all.size() / 4;
    const std::size_t externals = std::max<std::size_t>(space.options().lookback, 1);
    std::vector<std::size_t> smallest;
    std::vector<std::size_t> place(blocks);  // of each block in another order
    std::iota(place.begin(), place.end(), std::size_t{0});
    do {
        std::vector<std::size_t> order(all.size());
        bool legal = true;
        for (std::size_t b = 0; b < blocks; ++b) {
            std::size_t halves[2][2];
            for (std::size_t k = 0; k < 2; ++k) {
                std::size_t input = all[4 * b + 2 * k];
                if (input >= externals) input = externals + place[input - externals];
                legal = legal && input < space.inputs_of(place[b]);
                halves[k][0] = input;
                halves[k][1] = all[4 * b + 2 * k + 1];
            }
            const bool swapped = std::lexicographical_compare(halves[1], halves[1] + 2, halves[0], halves[0] + 2);
            for (std::size_t k = 0; k < 4; ++k) order[4 * place[b] + k] = halves[(k / 2) ^ (swapped ? 1U : 0U)][k % 2];
        }
        if (legal && (smallest.empty() || order < smallest)) smallest = order;
    } while (std::next_permutation(place.begin(), place.end()));
    return smallest;
}

}  // namespace cells
