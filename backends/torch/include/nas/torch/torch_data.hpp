// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <torch/torch.h>
#include <nas/data/dataset.hpp>

namespace nas {

/// Rows as tensors on the CPU: what a `dataset` cannot say, as images, tokens, several inputs or several outputs. Networks read the
/// inputs as they are, unless they are plans, which have their own shapes of as many numbers, and read all kinds of them.
struct torch_data {
    std::string name = "data";  ///< for messages
    learning_task task = learning_task::classification;
    std::vector<::torch::Tensor> inputs = {};   ///< one an input of the networks, [rows, ...]
    std::vector<::torch::Tensor> targets = {};  ///< one an output: labels [rows]; otherwise numbers [rows, units]
    std::vector<std::size_t> classes = {};      ///< classification: how many each output tells apart

    std::size_t rows() const { return inputs.empty() ? 0 : static_cast<std::size_t>(inputs.front().size(0)); }
};

/// Throws std::invalid_argument, in one sentence, where nothing can be learned of `data`: no tensors or of different numbers of
/// rows, a number that is not finite, a label out of range.
inline void check_torch_data(const torch_data& data) {
    const auto fail = [&](const std::string& what) {
        throw std::invalid_argument("nas::check_torch_data: " + data.name + ": " + what);
    };
    if (data.inputs.empty() || data.targets.empty())
        fail("there must be one tensor of inputs and one of targets at least");
    const auto check_rows = [&](const ::torch::Tensor& tensor, const std::string& what) {
        if (!tensor.defined() || tensor.dim() < 1 || tensor.numel() == 0) fail(what + " must have numbers");
        if (tensor.layout() != ::torch::kStrided) fail(what + " must be dense; call to_dense() on it");
        if (!tensor.device().is_cpu()) fail(what + " must be on the CPU; a trainer moves it to its devices");
        if (static_cast<std::size_t>(tensor.size(0)) != data.rows())
            fail(what + " has " + std::to_string(tensor.size(0)) + " rows, the first input " +
                 std::to_string(data.rows()));
        if (!::torch::isfinite(tensor).all().item<bool>()) fail(what + " must be finite numbers");
    };
    for (std::size_t i = 0; i < data.inputs.size(); ++i) check_rows(data.inputs[i], "input " + std::to_string(i));
    for (std::size_t k = 0; k < data.targets.size(); ++k) {
        const ::torch::Tensor& target = data.targets[k];
        const std::string what = "target " + std::to_string(k);
        check_rows(target, what);
        if (data.task != learning_task::classification) {
            if (target.dim() != 2 || !target.is_floating_point()) fail(what + " must be real numbers [rows, units]");
            if (data.task == learning_task::multilabel && !((target == 0) | (target == 1)).all().item<bool>())
                fail(what + " must be 0 or 1");
            continue;
        }
        if (data.classes.size() != data.targets.size())
            fail("classes (" + std::to_string(data.classes.size()) + ") must say how many classes each of the " +
                 std::to_string(data.targets.size()) + " targets has");
        if (target.dim() != 1 || target.is_floating_point()) fail(what + " must be labels [rows], whole numbers");
        const auto least = target.min().item<std::int64_t>();
        const auto most = target.max().item<std::int64_t>();
        if (data.classes[k] < 2 || least < 0 || most >= static_cast<std::int64_t>(data.classes[k]))
            fail(what + " must be labels below its " + std::to_string(data.classes[k]) + " classes, two at least");
    }
}

/// A data set as tensors, [rows, features] and its labels or targets. Throws std::invalid_argument where check_dataset does.
inline torch_data to_torch_data(const dataset& data) {
    check_dataset(data);
    const auto rows = static_cast<std::int64_t>(data.rows());
    const auto tensor_of = [&](const std::vector<float>& numbers) {
        return ::torch::tensor(::torch::ArrayRef<float>(numbers), ::torch::kFloat).reshape({rows, -1});
    };
    torch_data tensors{.name = data.name, .task = data.task, .inputs = {tensor_of(data.inputs)}};
    if (data.task == learning_task::classification) {
        const std::vector<std::int64_t> labels(data.labels.begin(), data.labels.end());
        tensors.targets = {::torch::tensor(::torch::ArrayRef<std::int64_t>(labels), ::torch::kLong)};
        tensors.classes = {data.outputs()};
    } else {
        tensors.targets = {tensor_of(data.targets)};
    }
    return tensors;
}

}  // namespace nas
