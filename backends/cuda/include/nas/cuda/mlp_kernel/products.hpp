// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <nas/cuda/mlp_kernel/types.hpp>

namespace nas::mlp_kernel {

/// A matrix that is read: element (i, k) is at[i * across + k * down].
struct by_steps {
    const float* at;
    std::size_t across;
    std::size_t down;
};
/// The same where down is 1, which a compiler makes use of.
struct by_rows {
    const float* at;
    std::size_t across;
    static constexpr std::size_t down = 1;
};

/// Element (i, j) of a product is `begin(i, j)` plus left(i, k) * right(j, k) for k = 0, 1, ... in that order, and goes to
/// `end(i, j, sum)`. One thread computes it, whatever the tile: the result does not depend on how many threads there are.
template <int Rows, int Columns, class Team, class Left, class Right, class Begin, class End>
NAS_MLP_KERNEL void product_by_tiles(const Team& team, std::size_t rows, std::size_t columns, std::size_t depth,
                                     const Left left, const Right right, const Begin& begin, const End& end) {
    // A tile's elements lie apart, so that neighbours in a team read and write neighbours in memory.
    const std::size_t down = (rows + Rows - 1) / Rows;
    const std::size_t across = (columns + Columns - 1) / Columns;
    for (std::size_t tile = team.rank(); tile < down * across; tile += team.size()) {
        const std::size_t i = tile / across;
        const std::size_t j = tile % across;
        const float* a[Rows];
        const float* b[Columns];
        float sum[Rows][Columns];
        // What would be beyond the matrix is computed as its last row or column, and not kept.
        NAS_MLP_KERNEL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            const std::size_t row = i + static_cast<std::size_t>(r) * down;
            a[r] = left.at + (row < rows ? row : rows - 1) * left.across;
        }
        NAS_MLP_KERNEL_UNROLL
        for (int c = 0; c < Columns; ++c) {
            const std::size_t column = j + static_cast<std::size_t>(c) * across;
            b[c] = right.at + (column < columns ? column : columns - 1) * right.across;
            NAS_MLP_KERNEL_UNROLL
            for (int r = 0; r < Rows; ++r) sum[r][c] = begin(column < columns ? column : columns - 1);
        }
        for (std::size_t k = 0; k < depth; ++k) {
            float factor[Columns];
            NAS_MLP_KERNEL_UNROLL
            for (int c = 0; c < Columns; ++c) factor[c] = b[c][k * right.down];
            NAS_MLP_KERNEL_UNROLL
            for (int r = 0; r < Rows; ++r) {
                const float value = a[r][k * left.down];
                NAS_MLP_KERNEL_UNROLL
                for (int c = 0; c < Columns; ++c) sum[r][c] += value * factor[c];
            }
        }
        NAS_MLP_KERNEL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            NAS_MLP_KERNEL_UNROLL
            for (int c = 0; c < Columns; ++c) {
                const std::size_t row = i + static_cast<std::size_t>(r) * down;
                const std::size_t column = j + static_cast<std::size_t>(c) * across;
                if (row < rows && column < columns) end(row, column, sum[r][c]);
            }
        }
    }
}

/// The same in the largest tiles that leave no thread of the team idle: a tile of r x c reads r + c numbers for r * c products.
template <class Team, class Left, class Right, class Begin, class End>
NAS_MLP_KERNEL void product(const Team& team, std::size_t rows, std::size_t columns, std::size_t depth, const Left left,
                            const Right right, const Begin& begin, const End& end) {
    const std::size_t each = rows * columns / team.size();
    if (each >= 32 && rows >= 8)
        product_by_tiles<8, 4>(team, rows, columns, depth, left, right, begin, end);
    else if (each >= 16)
        product_by_tiles<4, 4>(team, rows, columns, depth, left, right, begin, end);
    else if (each >= 4)
        product_by_tiles<2, 2>(team, rows, columns, depth, left, right, begin, end);
    else
        product_by_tiles<1, 1>(team, rows, columns, depth, left, right, begin, end);
}

}  // namespace nas::mlp_kernel
