// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// How its training went.
struct mlp_course : training_course {
    std::vector<mlp_layer> layers = {};  ///< the output layer last
};

/// What training made of it.
struct trained_mlp : mlp_course {
    mlp<float> model;  ///< with the kept weights
};

}  // namespace nas
