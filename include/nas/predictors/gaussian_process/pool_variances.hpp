// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <nas/networks/packs.hpp>
#include <nas/predictors/gaussian_process/anova_kernel.hpp>
#include <nas/predictors/gaussian_process/anova_sum.hpp>
#include <nas/predictors/gaussian_process/enumerated_pool.hpp>
#include <nas/predictors/gaussian_process/lane_block.hpp>
#include <nas/predictors/gaussian_process/packed_cholesky.hpp>

namespace nas::detail {

/// Those before anything is seen.
inline void set_variances(const anova_kernel& kernel, const anova_kernel::weighted& covariance,
                          const enumerated_pool& pool, std::vector<float>& variances) {
    std::vector<double> vector(kernel.vector_size());
    variances.resize(pool.size());
    pool.for_each_levels([&](std::size_t i, const std::uint16_t* levels) {
        kernel.set_vector({levels, kernel.decisions()}, vector.data());
        variances[i] = static_cast<float>(covariance(levels, vector.data(), levels, vector.data()));
    });
}

/// What rows `first` and following of the factor tell of all architectures of a pool, subtracted from their variances. Of row j
/// that is the square of row j of L^-1 times the covariances with the architecture. `rows`: those of the sums.
///
/// Rows are worked on by blocks: eight cost about twice as much as one, 1 ms at 1,000 rows.
[[gnu::noinline]] inline void subtract_rows(const packed_cholesky& factor, const anova_sum& sums, const double* rows,
                                            const enumerated_pool& pool, std::size_t first,
                                            std::vector<float>& variances) {
    constexpr std::size_t walked = enumerated_pool::lanes;
    std::vector<enumerated_pool::pack> packs(sums.table_size());
    std::vector<lane_block> inverse;
    std::vector<lane_block> tables;
    const auto walk = [&] {
        pool.for_each(sums, packs.data(), [&](std::size_t i, const enumerated_pool::pack& values) {
            variances[i] -= sum_of_lanes<float>(values * values);
        });
    };
    if (first + 1 == factor.size()) {
        std::vector<double> one(factor.size());  // row of L^-1
        std::vector<double> table;
        one.back() = 1;
        factor.solve_transposed(one.size(), one.data());
        sums.sum(one.size(), rows, one.data(), table);
        for (std::size_t k = 0; k < table.size(); ++k) packs[k] = enumerated_pool::pack{static_cast<float>(table[k])};
        walk();
        return;
    }
    for (; first < factor.size(); first += lane_block::lanes) {
        const std::size_t end = std::min(first + lane_block::lanes, factor.size());
        inverse.assign(end, {});
        for (std::size_t j = first; j < end; ++j) inverse[j].set(j - first, 1);
        factor.solve_transposed(end, inverse.data());
        sums.sum(end, rows, inverse.data(), tables);
        for (std::size_t lane = 0; first + lane < end; lane += walked) {
            for (std::size_t k = 0; k < packs.size(); ++k)
                for (std::size_t l = 0; l < walked; ++l) packs[k][l] = static_cast<float>(tables[k][lane + l]);
            walk();
        }
    }
}

}  // namespace nas::detail
