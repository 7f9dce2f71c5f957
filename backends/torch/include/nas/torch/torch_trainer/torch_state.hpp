// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <torch/torch.h>
#include <nas/networks/network_plan.hpp>
#include <nas/spaces/mlp_layer.hpp>
#include <nas/torch/torch_builder.hpp>
#include <nas/torch/torch_trainer/torch_heads.hpp>

namespace nas::detail {

/// What training changes of network `copy` of those side by side, parameters and what batch normalisation remembers: parts of the
/// module's tensors.
inline std::vector<::torch::Tensor> live_state(const ::torch::nn::Module& module, std::size_t copies,
                                               std::size_t copy) {
    std::vector<::torch::Tensor> all = module.parameters();
    for (const ::torch::Tensor& buffer : module.buffers()) all.push_back(buffer);
    for (::torch::Tensor& one : all) {
        one = one.detach();
        if (copies > 1) one = one.select(0, static_cast<std::int64_t>(copy));
    }
    return all;
}

/// What it is now.
inline std::vector<::torch::Tensor> state_of(const ::torch::nn::Module& module, std::size_t copies, std::size_t copy) {
    std::vector<::torch::Tensor> state = live_state(module, copies, copy);
    for (::torch::Tensor& one : state) one = one.clone();
    return state;
}

/// Makes it what it was then.
inline void set_state(const ::torch::nn::Module& module, std::size_t copies, std::size_t copy,
                      const std::vector<::torch::Tensor>& state) {
    const std::vector<::torch::Tensor> now = live_state(module, copies, copy);
    for (std::size_t i = 0; i < now.size(); ++i) now[i].copy_(state[i]);
}

/// All parameters of a network, of a multilayer perceptron as nas::mlp orders them, otherwise as the module does.
inline std::vector<float> flat_weights(const torch_model& model, std::size_t copy) {
    if (model.plan) return model.plan->weights(copy);
    std::vector<::torch::Tensor> flat;
    for (const ::torch::Tensor& one : model.module->parameters())
        flat.push_back(one.detach().flatten().to(::torch::kFloat));
    return flat.empty() ? std::vector<float>{} : to_floats(::torch::cat(flat));
}

/// The parameters that weight decay makes smaller: matrices and kernels, not biases and what belongs to a channel.
inline std::vector<::torch::Tensor> decaying_weights(const torch_model& model) {
    const std::int64_t copies = model.plan && model.plan->copies() > 1 ? 1 : 0;
    std::vector<::torch::Tensor> weights;
    for (const ::torch::Tensor& one : model.module->parameters())
        if (one.dim() >= 2 + copies) weights.push_back(one);
    return weights;
}

/// The layers of a plan that is a multilayer perceptron, the last of them as `output`; none where it is another network.
inline std::vector<mlp_layer> mlp_layers_of(const network_plan& plan, activation output) {
    std::vector<mlp_layer> layers;
    const std::vector<plan_node>& nodes = plan.nodes();
    if (nodes.empty() || plan.inputs().size() != 1 || plan.outputs().size() != 1 || !nodes[0].shape.flat ||
        plan.outputs()[0] + 1 != nodes.size() || nodes.back().operation != plan_operation::dense)
        return {};
    for (std::size_t i = 1; i < nodes.size(); ++i) {
        const plan_node& node = nodes[i];
        if (node.inputs.size() != 1 || node.inputs[0] + 1 != i) return {};
        if (node.operation == plan_operation::dense && node.bias) {
            layers.push_back({node.shape.channels, activation::linear});
        } else if (node.operation == plan_operation::activate && nodes[i - 1].operation == plan_operation::dense) {
            layers.back().function = node.function;
        } else if (node.operation == plan_operation::dropout && !layers.empty()) {
            layers.push_back(dropout_layer);
        } else {
            return {};
        }
    }
    layers.back().function = output;
    return layers;
}

}  // namespace nas::detail
