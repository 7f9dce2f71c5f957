// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/data/dataset.hpp>
#include <nas/data/split.hpp>

/// What trainers are tested on.
namespace support {

/// Rows of four numbers, the first two of which tell what is to be learned.
inline nas::dataset rows_of(nas::learning_task task, std::size_t classes, std::size_t rows = 120) {
    nas::dataset data;
    data.name = "made.csv";
    data.task = task;
    data.feature_names = {"a", "b", "c", "d"};
    for (std::size_t k = 0; k < classes; ++k) data.output_names.push_back("y" + std::to_string(k));
    nas::rng random(9);
    for (std::size_t i = 0; i < rows; ++i) {
        std::array<float, 4> row{};
        for (float& x : row) x = static_cast<float>(2 * nas::unit(random) - 1);
        data.inputs.insert(data.inputs.end(), row.begin(), row.end());
        const float sum = row[0] + row[1];
        const float difference = row[0] - row[1];
        if (task == nas::learning_task::classification) {
            data.labels.push_back(classes == 2 ? (sum > 0 ? 1U : 0U) : (sum > 0.4F ? 0U : (difference > 0 ? 1U : 2U)));
        } else if (task == nas::learning_task::multilabel) {
            data.targets.insert(data.targets.end(), {sum > 0 ? 1.0F : 0.0F, difference > 0 ? 1.0F : 0.0F});
        } else {
            data.targets.push_back(sum * difference);
        }
    }
    return data;
}

inline nas::data_split split_of(const nas::dataset& data) {
    return nas::random_split(data.rows(), {.train = 0.6, .validation = 0.2, .test = 0.2}, 1);
}

}  // namespace support
