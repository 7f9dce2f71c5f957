// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include <nas/predictors/gaussian_process/lane_block.hpp>

namespace nas::detail {

/// Means and variances of as many architectures at once as a block has lanes, given their covariances with n rows, in `work`, which
/// are used up. A factor is read once for all of them, which takes a quarter to a half of the time of one after the other.
struct lane_predictions {
    std::array<double, lane_block::lanes> means{};  ///< sums of covariances times coefficients
    std::array<double, lane_block::lanes> known{};  ///< what the rows say: by so much is the variance less than before

    /// `row(i)`: that of the factor L. Without `variances`, means only.
    template <class Row>
    lane_predictions(Row&& row, std::span<const double> coefficients, std::vector<lane_block>& work, bool variances) {
        lane_block mean;
        for (std::size_t i = 0; i < coefficients.size(); ++i) mean.add_times(coefficients[i], work[i]);
        for (std::size_t lane = 0; lane < means.size(); ++lane) means[lane] = mean[lane];
        if (!variances) return;
        solve_lower(work.size(), row, work.data());
        lane_block squares;
        for (const lane_block& one : work) squares.add_squares(one);
        for (std::size_t lane = 0; lane < known.size(); ++lane) known[lane] = squares[lane];
    }
};

}  // namespace nas::detail
