// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include <nas/predictors/gaussian_process/lane_block.hpp>

namespace nas::detail {

/// Means and variances of several blocks of architectures at once, given their covariances with n rows. A factor is read once for all
/// of them, which takes a fifth of the time of one after the other. What is said of one does not depend on the others.
struct lane_predictions {
    static constexpr std::size_t blocks = 8;  ///< at most: their covariances with 1,000 rows stay in the second cache
    static constexpr std::size_t most = blocks * lane_block::lanes;

    std::array<double, most> means{};  ///< sums of covariances times coefficients
    std::array<double, most> known{};  ///< what the rows say: by so much is the variance less than before

    /// `row(i)`: that of the factor L. `work`: blocks of n covariances one after the other, which are used up. Without `variances`,
    /// means only.
    template <class Row>
    lane_predictions(std::size_t n, Row&& row, std::span<const double> coefficients, std::span<lane_block> work,
                     bool variances) {
        const auto set = [&](std::array<double, most>& out, auto&& add) {
            for (std::size_t begin = 0, first = 0; begin < work.size(); begin += n, first += lane_block::lanes) {
                lane_block sum;
                add(sum, work.subspan(begin, n));
                for (std::size_t lane = 0; lane < lane_block::lanes; ++lane) out[first + lane] = sum[lane];
            }
        };
        set(means, [&](lane_block& sum, std::span<const lane_block> of) {
            for (std::size_t i = 0; i < coefficients.size(); ++i) sum.add_times(coefficients[i], of[i]);
        });
        if (!variances) return;
        solve_lower(n, row, work);
        set(known, [](lane_block& sum, std::span<const lane_block> of) {
            for (const lane_block& one : of) sum.add_squares(one);
        });
    }
};

}  // namespace nas::detail
