// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include <nas/core/draws.hpp>
#include <nas/data/dataset.hpp>
#include <nas/data/split.hpp>

namespace nas::tests {

/// Rows of five numbers, the first two of which tell what is to be learned: `outputs` classes, labels or numbers.
inline dataset made_rows(learning_task task, std::size_t outputs, std::size_t rows = 90) {
    dataset data;
    data.name = "made.csv";
    data.task = task;
    data.feature_names = {"a", "b", "c", "d", "e"};
    for (std::size_t k = 0; k < outputs; ++k) data.output_names.push_back("y" + std::to_string(k));
    rng random(9);
    for (std::size_t i = 0; i < rows; ++i) {
        std::array<float, 5> row{};
        for (float& x : row) x = static_cast<float>(2 * unit(random) - 1);
        data.inputs.insert(data.inputs.end(), row.begin(), row.end());
        const float sum = row[0] + row[1];
        const float difference = row[0] - row[1];
        if (task == learning_task::classification)
            data.labels.push_back(outputs == 2 ? (sum > 0 ? 1U : 0U) : (sum > 0.4F ? 0U : (difference > 0 ? 1U : 2U)));
        for (std::size_t k = 0; k < outputs && task != learning_task::classification; ++k) {
            const float number = k % 2 == 0 ? sum : difference;
            data.targets.push_back(task == learning_task::multilabel ? (number > 0 ? 1.0F : 0.0F) : number * row[2]);
        }
    }
    return data;
}

inline data_split made_split(const dataset& data) {
    return random_split(data.rows(), {.train = 0.6, .validation = 0.2, .test = 0.2}, 1);
}

}  // namespace nas::tests
