// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <nas/networks/packs.hpp>

namespace nas::detail {

/// The factor L of a symmetric positive definite matrix L L' that grows row by row, packed: row i is i + 1 numbers, so that
/// nothing is copied when a row comes, and the last rows can be taken back.
class packed_cholesky {
  public:
    std::size_t size() const noexcept { return size_; }
    const double* row(std::size_t i) const noexcept { return numbers_.data() + i * (i + 1) / 2; }

    /// Appends a row of the matrix, whose `size()` covariances with the earlier ones, and then its variance, are in `matrix_row`.
    /// Where the matrix would not be positive definite the variance is taken to be larger, until what is left of it is `least`,
    /// or what rounding may leave of it; false then, and the row is one of `raised`. Takes n^2 / 2 multiplications.
    bool append(const double* matrix_row, double least) {
        const std::size_t n = size_;
        numbers_.insert(numbers_.end(), matrix_row, matrix_row + n + 1);
        double* const added = numbers_.data() + n * (n + 1) / 2;
        solve(added);
        const double rounding = static_cast<double>(n + 1) * std::numeric_limits<double>::epsilon() * added[n];
        least = std::max(least, rounding);
        const double left = added[n] - dot(n, added, added);
        const bool definite = left > least;
        if (!definite) raised_.push_back(n);
        added[n] = std::sqrt(definite ? left : least);
        ++size_;
        return definite;
    }
    /// The rows, in ascending order, whose variance was taken to be larger than it is.
    const std::vector<std::size_t>& raised() const noexcept { return raised_; }
    /// Takes the rows from `size` on back.
    void shrink(std::size_t size) {
        size_ = size;
        numbers_.resize(size * (size + 1) / 2);
        while (!raised_.empty() && raised_.back() >= size) raised_.pop_back();
    }

    /// b = L^-1 b, of the first `size()` numbers.
    void solve(double* b) const {
        for (std::size_t i = 0; i < size_; ++i) b[i] = (b[i] - dot(i, row(i), b)) / row(i)[i];
    }
    /// b = L'^-1 b of the leading rows, `count` of them.
    void solve_transposed(std::size_t count, double* b) const {
        for (std::size_t i = count; i-- > 0;) {
            b[i] /= row(i)[i];
            add_times(i, -b[i], row(i), b);
        }
    }

  private:
    std::vector<double> numbers_;
    std::vector<std::size_t> raised_;
    std::size_t size_ = 0;
};

}  // namespace nas::detail
