// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include <nas/evaluators/mlp_trainer_options.hpp>
#include <nas/networks/mlp.hpp>
#include <nas/spaces/mlp_layer.hpp>

namespace nas {

/// A network and how it is trained: by `batch`, `optimizer`, `learning_rate`, `momentum`, `weight_decay` and `dropout` of
/// `options`. In all else a trainer goes by its own.
struct mlp_recipe {
    std::vector<mlp_layer> layers = {};  ///< the output layer last
    mlp_trainer_options options = {};
};

/// What training made of it.
struct trained_mlp {
    std::vector<mlp_layer> layers;        ///< the output layer last
    mlp<float> model;                     ///< with the kept weights
    std::vector<double> accuracies = {};  ///< on the validation rows, after each epoch; empty for regression
    std::vector<double> losses = {};      ///< the same
    std::size_t kept_epoch = 0;           ///< from 0
    std::vector<float> scores = {};       ///< row-major [validation row][output] of the kept weights
    double seconds = 0;                   ///< of the processor, validation included
    bool diverged = false;                ///< the last of `losses` is not finite, and training ended there
};

}  // namespace nas
