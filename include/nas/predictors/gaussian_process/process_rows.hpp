// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nas/predictors/gaussian_process/packed_cholesky.hpp>

namespace nas::detail {

/// What values of the rows say.
struct process_solution {
    std::vector<double> coefficients;
    double signal = 1;  ///< variance by which those of rows are to be multiplied
};

struct process_prediction {
    double mean = 0;
    double variance = 0;  ///< in units of the signal's
};

/// What a growing_process knows of the architectures, apart from their values; a copy may learn more of them.
struct process_rows {
    packed_cholesky factor;
    std::vector<std::uint16_t> levels;  ///< row-major [row][decision]
    std::vector<double> vectors;        ///< row-major [row][kernel.vector_size()]
    std::vector<double> sums;           ///< row-major [row][sums.row_size()]
    std::vector<float> variances;       ///< of all architectures of the space, in units of the signal's

    /// The levels, `decisions` a row, and vectors, `width` numbers a row, of these rows alone, in ascending order.
    void keep(std::span<const std::size_t> chosen, std::size_t decisions, std::size_t width) {
        const auto move = [&](auto& numbers, std::size_t size) {
            for (std::size_t k = 0; k < chosen.size(); ++k)
                std::copy_n(numbers.data() + chosen[k] * size, size, numbers.data() + k * size);
            numbers.resize(chosen.size() * size);
        };
        move(levels, decisions);
        move(vectors, width);
    }

    /// Where `has_value`, the value is that of the row; the others have none.
    template <class HasValue>
    process_solution solve(std::span<const double> values, HasValue has_value) const {
        process_solution found{std::vector<double>(factor.size()), 1};
        std::vector<double>& z = found.coefficients;
        double squares = 1;
        double count = 1;
        for (std::size_t i = 0; i < factor.size(); ++i) {
            if (!has_value(i)) continue;  // z stays 0: no more than was expected
            const double* const row = factor.row(i);
            z[i] = (values[i] - dot(i, row, z.data())) / row[i];
            squares += z[i] * z[i];
            count += 1;
        }
        found.signal = squares / count;
        factor.solve_transposed(factor.size(), z.data());
        return found;
    }
};

}  // namespace nas::detail
