// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <nas/networks/packs.hpp>
#include <nas/predictors/gaussian_process/lane_block.hpp>

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
        solve(numbers_.data() + n * (n + 1) / 2);
        return finish_row(least);
    }
    /// Appends `count` rows, at most lane_block::lanes, as one after the other would be, up to rounding: what is there is read
    /// once. `covariances`, which are used up: of each earlier row, and of each of these, with these, a lane each.
    void append_block(std::size_t count, std::span<lane_block> covariances, double least) {
        const std::size_t n = size_;
        const std::size_t before = numbers_.size();
        numbers_.resize(before + count * (2 * n + count + 1) / 2);
        solve_lower(
            n, [this](std::size_t i) { return row(i); }, covariances.first(n));
        for (std::size_t lane = 0; lane < count; ++lane) {
            double* const added = numbers_.data() + before + lane * (2 * n + lane + 1) / 2;
            for (std::size_t i = 0; i <= n + lane; ++i) added[i] = covariances[i][lane];
            solve(added, n);
            finish_row(least);
        }
    }
    /// The rows, in ascending order, whose variance was taken to be larger than it is.
    const std::vector<std::size_t>& raised() const noexcept { return raised_; }
    /// Takes the rows from `size` on back.
    void shrink(std::size_t size) {
        size_ = size;
        numbers_.resize(size * (size + 1) / 2);
        while (!raised_.empty() && raised_.back() >= size) raised_.pop_back();
    }

    /// b = L^-1 b, of the first `size()` numbers; `first`: so many are that already.
    void solve(double* b, std::size_t first = 0) const {
        for (std::size_t i = first; i < size_; ++i) b[i] = (b[i] - dot(i, row(i), b)) / row(i)[i];
    }
    /// b = L'^-1 b of the leading rows, `count` of them.
    void solve_transposed(std::size_t count, double* b) const {
        for (std::size_t i = count; i-- > 0;) {
            b[i] /= row(i)[i];
            add_times(i, -b[i], row(i), b);
        }
    }
    void solve_transposed(std::size_t count, lane_block* b) const {
        std::size_t i = count;
        for (; i >= 2; i -= 2) {
            const double* const lower = row(i - 1);
            const double* const upper = row(i - 2);
            lane_block second = b[i - 1];
            second.divide(lower[i - 1]);
            lane_block first = b[i - 2];
            first.subtract_times(lower[i - 2], second);
            first.divide(upper[i - 2]);
            b[i - 1] = second;
            b[i - 2] = first;
            for (std::size_t j = 0; j + 2 < i; ++j) {
                lane_block other = b[j];
                other.subtract_times(lower[j], second);
                other.subtract_times(upper[j], first);
                b[j] = other;
            }
        }
        if (i == 1) b[0].divide(row(0)[0]);
    }

  private:
    /// Of the last row, whose covariances are solved for: its variance.
    bool finish_row(double least) {
        const std::size_t n = size_++;
        double* const added = numbers_.data() + n * (n + 1) / 2;
        const double rounding = static_cast<double>(n + 1) * std::numeric_limits<double>::epsilon() * added[n];
        least = std::max(least, rounding);
        const double left = added[n] - dot(n, added, added);
        const bool definite = left > least;
        if (!definite) raised_.push_back(n);
        added[n] = std::sqrt(definite ? left : least);
        return definite;
    }

    std::vector<double> numbers_;
    std::vector<std::size_t> raised_;
    std::size_t size_ = 0;
};

}  // namespace nas::detail
