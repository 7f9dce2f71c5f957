// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include <nas/evaluators/mlp_trainer/training_course.hpp>
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
struct trained_mlp : training_course {
    std::vector<mlp_layer> layers;  ///< the output layer last
    mlp<float> model;               ///< with the kept weights

    trained_mlp(std::vector<mlp_layer> of, mlp<float> untrained) : layers(std::move(of)), model(std::move(untrained)) {}
};

}  // namespace nas
