// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include <nas/rewards/finished_model.hpp>

namespace nas::tests {

/// A finished model that owns what a trainer would.
struct model_example {
    std::vector<double> accuracies = {};
    std::vector<double> losses = {};
    std::size_t kept_epoch = 0;
    std::size_t outputs = 1;
    std::vector<float> scores = {};
    std::vector<float> targets = {};
    std::vector<float> weights = {};

    finished_model view() const {
        return {.accuracies = accuracies,
                .losses = losses,
                .kept_epoch = kept_epoch,
                .rows = scores.size() / outputs,
                .outputs = outputs,
                .scores = scores,
                .targets = targets,
                .weights = weights};
    }
};

}  // namespace nas::tests
