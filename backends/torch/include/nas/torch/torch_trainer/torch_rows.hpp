// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>
#include <nas/core/context.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/torch/torch_data.hpp>

namespace nas::detail {

/// Some of the rows, on a device.
struct torch_rows {
    std::vector<::torch::Tensor> inputs = {};
    std::vector<::torch::Tensor> targets = {};
    std::int64_t count = 0;
};

/// All rows, on a device.
struct torch_place {
    ::torch::Device device;
    torch_rows train;
    torch_rows validation;
    torch_rows test;
};

/// These rows of `data`, on `device`.
inline torch_rows take_rows(const torch_data& data, const std::vector<std::uint32_t>& rows,
                            const ::torch::Device& device) {
    const std::vector<std::int64_t> numbers(rows.begin(), rows.end());
    const ::torch::Tensor chosen = ::torch::tensor(::torch::ArrayRef<std::int64_t>(numbers), ::torch::kLong);
    torch_rows taken{.count = static_cast<std::int64_t>(rows.size())};
    // Not of the graph that made them.
    for (const ::torch::Tensor& one : data.inputs)
        taken.inputs.push_back(one.detach().index_select(0, chosen).to(device));
    for (const ::torch::Tensor& one : data.targets) {
        const auto kind = data.task == learning_task::classification ? ::torch::kLong : ::torch::kFloat;
        taken.targets.push_back(one.detach().index_select(0, chosen).to(device, kind));
    }
    return taken;
}

/// Gives rows, [rows, ...] or [copies, rows, ...] of each input, the shapes that networks read; none: they read them as they are.
/// Several shapes for one input are parts of it, one after the other. Throws fatal_error where numbers do not fit.
inline std::vector<::torch::Tensor> shaped(std::vector<::torch::Tensor> inputs, const std::vector<plan_shape>& shapes,
                                           std::int64_t leading) {
    if (shapes.empty()) return inputs;
    const auto fail = [](const std::string& what) {
        throw fatal_error("nas::torch_trainer: " + what + ", so the builder or the data are wrong");
    };
    if (inputs.size() == 1 && shapes.size() > 1) {
        std::vector<std::int64_t> parts;
        for (const plan_shape& shape : shapes) parts.push_back(static_cast<std::int64_t>(shape.numbers()));
        const ::torch::Tensor flat = inputs.front().unsqueeze(-1).flatten(leading);
        std::int64_t sum = 0;
        for (const std::int64_t part : parts) sum += part;
        if (flat.size(-1) != sum)
            fail("the inputs of a network have " + std::to_string(sum) + " numbers, a row of the data " +
                 std::to_string(flat.size(-1)));
        inputs = flat.split_with_sizes(parts, -1);
    }
    if (inputs.size() != shapes.size())
        fail("a network has " + std::to_string(shapes.size()) + " inputs, the data " + std::to_string(inputs.size()));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const plan_shape& shape = shapes[i];
        std::vector<std::int64_t> sizes(inputs[i].sizes().begin(), inputs[i].sizes().begin() + leading);
        sizes.push_back(static_cast<std::int64_t>(shape.channels));
        if (!shape.flat) {
            sizes.push_back(static_cast<std::int64_t>(shape.height));
            sizes.push_back(static_cast<std::int64_t>(shape.width));
        }
        std::int64_t numbers = 1;
        for (const std::int64_t size : inputs[i].sizes().slice(static_cast<std::size_t>(leading))) numbers *= size;
        if (numbers != static_cast<std::int64_t>(shape.numbers()))
            fail("input " + std::to_string(i) + " of a network is " + describe(shape) + ", but a row of the data has " +
                 std::to_string(numbers) + " numbers there");
        inputs[i] = inputs[i].reshape(sizes);
    }
    return inputs;
}

}  // namespace nas::detail
