// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nas/data/dataset.hpp>

namespace nas::detail {

/// Rows of a data set, as networks read them.
struct mlp_rows {
    std::vector<float> inputs = {};   // row-major [row][feature]
    std::vector<float> targets = {};  // row-major [row][output]
    std::size_t count = 0;
};

/// These rows of `data`, for networks with so many outputs.
inline mlp_rows take_rows(const dataset& data, std::span<const std::uint32_t> rows, std::size_t outputs) {
    mlp_rows chosen{.count = rows.size()};
    for (const std::uint32_t row : rows) {
        const std::span<const float> inputs = data.row(row);
        chosen.inputs.insert(chosen.inputs.end(), inputs.begin(), inputs.end());
        if (data.task != learning_task::classification) {
            const float* const first = data.targets.data() + row * outputs;
            chosen.targets.insert(chosen.targets.end(), first, first + outputs);
        } else if (outputs == 1) {
            chosen.targets.push_back(static_cast<float>(data.labels[row]));
        } else {
            for (std::size_t k = 0; k < outputs; ++k) chosen.targets.push_back(data.labels[row] == k ? 1.0F : 0.0F);
        }
    }
    return chosen;
}

/// Copies these rows of `from`, each of so many numbers, to `to`.
inline void gather(const std::vector<float>& from, std::size_t width, std::span<const std::uint32_t> rows,
                   std::vector<float>& to) {
    to.resize(rows.size() * width);
    for (std::size_t i = 0; i < rows.size(); ++i)
        std::copy_n(from.data() + rows[i] * width, width, to.data() + i * width);
}

}  // namespace nas::detail
