// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nas/predictors/gaussian_process/packed_cholesky.hpp>

namespace nas::detail {

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
};

}  // namespace nas::detail
