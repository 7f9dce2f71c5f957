// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <nas/networks/packs.hpp>

/// Factors of symmetric matrices of a few hundred rows, stored row by row in whole squares. What comes out does not depend on
/// where in memory they are.
namespace nas::detail {

/// The products of a with four others of as many numbers.
inline std::array<double, 4> four_dots(std::size_t n, const double* a, const std::array<const double*, 4>& b) {
    using pack = pack_of<double, widest_pack / sizeof(double)>::type;
    pack sums[4] = {};
    for_each_number<double>(
        n,
        [&sums](const auto& x, const auto& b0, const auto& b1, const auto& b2, const auto& b3) {
            sums[0] += x * b0;
            sums[1] += x * b1;
            sums[2] += x * b2;
            sums[3] += x * b3;
        },
        a, b[0], b[1], b[2], b[3]);
    return {sum_of_lanes<double>(sums[0]), sum_of_lanes<double>(sums[1]), sum_of_lanes<double>(sums[2]),
            sum_of_lanes<double>(sums[3])};
}

/// Rows first to first + 3 of a square of n columns, from `column` on; the last that there is, where there are fewer.
inline std::array<const double*, 4> four_rows(std::size_t n, const double* square, std::size_t first, std::size_t last,
                                              std::size_t column) {
    std::array<const double*, 4> rows;
    for (std::size_t k = 0; k < 4; ++k) rows[k] = square + std::min(first + k, last) * n + column;
    return rows;
}

/// The lower triangle of the n x n matrix becomes that of L, where the matrix is L L'; the upper one is not read. False where
/// the matrix is not positive definite.
inline bool cholesky(std::size_t n, double* matrix) {
    for (std::size_t i = 0; i < n; ++i) {
        double* const row = matrix + i * n;
        for (std::size_t first = 0; first <= i; first += 4) {
            const auto sums = four_dots(first, row, four_rows(n, matrix, first, i, 0));
            for (std::size_t j = first; j < std::min(first + 4, i + 1); ++j) {
                const double* const other = matrix + j * n;
                double left = row[j] - sums[j - first];
                for (std::size_t k = first; k < j; ++k) left -= row[k] * other[k];
                if (j < i) {
                    row[j] = left / other[j];
                } else {
                    if (!(left > 0)) return false;
                    row[i] = std::sqrt(left);
                }
            }
        }
    }
    return true;
}

/// b = L^-1 b.
inline void solve_lower(std::size_t n, const double* lower, double* b) {
    for (std::size_t i = 0; i < n; ++i) b[i] = (b[i] - dot(i, lower + i * n, b)) / lower[i * n + i];
}

/// b = L'^-1 b.
inline void solve_lower_transposed(std::size_t n, const double* lower, double* b) {
    for (std::size_t i = n; i-- > 0;) {
        b[i] /= lower[i * n + i];
        add_times(i, -b[i], lower + i * n, b);
    }
}

/// The lower triangle of (L L')^-1, rows one after the other, i + 1 numbers each. `upper` has room for n x n.
inline void inverse_of_factor(std::size_t n, const double* lower, double* upper, double* inverse) {
    std::fill_n(upper, n * n, 0.0);  // becomes L'^-1
    for (std::size_t k = 0; k < n; ++k) {
        const double* const row = lower + k * n;
        upper[k * n + k] = 1 / row[k];
        for (std::size_t first = 0; first < k; first += 4) {
            const auto sums = four_dots(k - first, row + first, four_rows(n, upper, first, k - 1, first));
            for (std::size_t i = first; i < std::min(first + 4, k); ++i) upper[i * n + k] = -sums[i - first] / row[k];
        }
    }
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t first = 0; first <= i; first += 4) {
            const auto sums = four_dots(n - i, upper + i * n + i, four_rows(n, upper, first, i, i));
            for (std::size_t j = first; j < std::min(first + 4, i + 1); ++j) *inverse++ = sums[j - first];
        }
}

}  // namespace nas::detail
