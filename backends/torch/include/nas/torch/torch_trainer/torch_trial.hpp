// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>
#include <nas/core/context.hpp>
#include <nas/evaluators/mlp_trainer/mlp_judge.hpp>
#include <nas/evaluators/mlp_trainer/training_course.hpp>
#include <nas/rewards/finished_model.hpp>
#include <nas/spaces/mlp_layer.hpp>
#include <nas/torch/torch_builder.hpp>
#include <nas/torch/torch_trainer/torch_heads.hpp>
#include <nas/torch/torch_trainer/torch_state.hpp>

namespace nas::detail {

/// One of the networks that are trained side by side, and what became of it.
struct torch_trial {
    const context* about = nullptr;
    training_course course = {};
    torch_outputs outputs = {};
    std::vector<float> weights = {};                      // kept, flat
    std::vector<::torch::Tensor> state = {};              // kept, where the network went on; otherwise none
    std::vector<std::pair<double, double>> reports = {};  // step and worth, of several side by side
    mlp_scores test = {};
    std::string failure = {};  // what its reward threw
    bool active = true;        // it learns on
};

/// Calls `use(finished_model)` for a trial of `model`. `inputs`: of the validation rows.
template <class Use>
double with_finished(const torch_model& model, const torch_trial& trial, std::size_t rows,
                     const std::vector<float>& inputs, const Use& use) {
    std::vector<mlp_layer> layers;
    if (model.plan && trial.outputs.size() == 1)
        layers = mlp_layers_of(model.plan->plan(), trial.outputs[0]->output().function);
    std::vector<std::vector<float>> parts;
    for (const torch_head* const one : trial.outputs) parts.push_back(one->reported());
    const std::vector<float> targets = join(trial.outputs, std::move(parts));
    const training_course& course = trial.course;
    return use({.accuracies = course.accuracies,
                .losses = course.losses,
                .kept_epoch = course.kept_epoch,
                .rows = rows,
                .outputs = targets.size() / rows,
                .scores = course.scores,
                .targets = targets,
                .features = inputs.size() / rows,
                .inputs = inputs,
                .layers = layers,
                .weights = trial.weights});
}

}  // namespace nas::detail
