// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <torch/torch.h>
#include <nas/networks/network_plan.hpp>
#include <nas/torch/plan_module/plan_parameters.hpp>

/// What the nodes of a plan compute. Features are [copies, rows, features], images [rows, copies * channels, height, width], so that
/// a grouped convolution is one of each copy alone.
namespace nas::detail {

/// The tensors of a node: its parameters in the order of plan_parameters, and what batch normalisation remembers. Of several
/// copies they have one dimension more, the first.
struct plan_tensors {
    std::vector<::torch::Tensor> parameters;
    ::torch::Tensor mean;
    ::torch::Tensor variance;
};

using extent_2d = std::array<std::int64_t, 2>;
inline extent_2d as_ints(const plan_extent& extent) noexcept { return {as_int(extent[0]), as_int(extent[1])}; }

/// From [rows, copies * channels] to [copies, rows, channels], and back.
inline ::torch::Tensor by_copy(const ::torch::Tensor& x, std::int64_t copies) {
    return x.reshape({x.size(0), copies, -1}).transpose(0, 1);
}
inline ::torch::Tensor by_row(const ::torch::Tensor& x) { return x.transpose(0, 1).flatten(1); }

/// The image with numbers of this value around it.
inline ::torch::Tensor pad_image(const ::torch::Tensor& x, const plan_node& node, double value) {
    const std::array<std::int64_t, 4> around{as_int(node.before[1]), as_int(node.after[1]), as_int(node.before[0]),
                                             as_int(node.after[0])};
    return ::torch::constant_pad_nd(x, around, value);
}

inline ::torch::Tensor dense_step(const ::torch::Tensor& x, const std::vector<::torch::Tensor>& parameters,
                                  std::int64_t copies) {
    const auto stacked = [copies](const ::torch::Tensor& one) { return one.view({copies, -1, one.size(-1)}); };
    if (parameters.size() == 1) return ::torch::bmm(x, stacked(parameters[0]));
    return ::torch::baddbmm(stacked(parameters[1]), x, stacked(parameters[0]));
}

/// Over the positions of each channel, then over the channels.
inline ::torch::Tensor separable_dense_step(const ::torch::Tensor& x, const plan_node& node,
                                            const std::vector<::torch::Tensor>& parameters, std::int64_t copies) {
    const std::int64_t rows = x.size(0);
    const std::int64_t units = as_int(node.shape.channels);
    const std::int64_t positions = x.size(2) * x.size(3);
    ::torch::Tensor by_position = parameters[0].view({copies, -1, units});
    if (node.symmetric) {
        const ::torch::Tensor mirrored = by_position.flip(1).narrow(1, positions % 2, positions / 2);
        by_position = ::torch::cat({by_position, mirrored}, 1);
    }
    const ::torch::Tensor channels =
        x.reshape({rows, copies, -1, positions}).transpose(0, 1).reshape({copies, -1, positions});
    const ::torch::Tensor sums = ::torch::bmm(channels, by_position).view({copies, rows, -1, units});
    ::torch::Tensor made = (sums * parameters[1].view({copies, 1, -1, units})).sum(2);
    if (node.bias) made = made + parameters[2].view({copies, 1, units});
    return made;
}

inline ::torch::Tensor convolution_step(const ::torch::Tensor& x, const plan_node& node,
                                        const std::vector<::torch::Tensor>& parameters, std::int64_t copies) {
    const ::torch::Tensor& weight = parameters[0];
    const ::torch::Tensor kernel = weight.dim() == 4 ? weight : weight.flatten(0, 1);
    const ::torch::Tensor bias = node.bias ? parameters[1].flatten() : ::torch::Tensor();
    const bool even = node.before == node.after;
    return ::torch::conv2d(even ? x : pad_image(x, node, 0), kernel, bias, as_ints(node.stride),
                           even ? as_ints(node.before) : extent_2d{0, 0}, as_ints(node.dilation),
                           copies * as_int(node.groups));
}

constexpr double batch_norm_momentum = 0.1;
constexpr double batch_norm_epsilon = 1e-5;

/// By the batch while training, otherwise by what was remembered. A batch of one number a channel has no variance: it makes the
/// offset, and is not remembered.
inline ::torch::Tensor batch_norm_step(const ::torch::Tensor& x, const plan_node& node, const plan_tensors& own,
                                       bool training, std::int64_t copies) {
    const ::torch::Tensor read = node.shape.flat ? by_row(x) : x;
    const bool remember = !training || read.numel() > read.size(1);
    const ::torch::Tensor made = ::torch::batch_norm(read, own.parameters[0].flatten(), own.parameters[1].flatten(),
                                                     remember ? own.mean.flatten() : ::torch::Tensor(),
                                                     remember ? own.variance.flatten() : ::torch::Tensor(), training,
                                                     batch_norm_momentum, batch_norm_epsilon, false);
    return node.shape.flat ? by_copy(made, copies) : made;
}

inline ::torch::Tensor activate_step(const ::torch::Tensor& x, activation function) {
    switch (function) {
        case activation::sigmoid:
            return ::torch::sigmoid(x);
        case activation::tanh:
            return ::torch::tanh(x);
        case activation::relu:
            return ::torch::relu(x);
        case activation::elu:
            return ::torch::elu(x);
        default:
            return x;
    }
}

inline ::torch::Tensor max_pool_step(const ::torch::Tensor& x, const plan_node& node) {
    const bool even = node.before == node.after;
    return ::torch::max_pool2d(even ? x : pad_image(x, node, -INFINITY), as_ints(node.kernel), as_ints(node.stride),
                               even ? as_ints(node.before) : extent_2d{0, 0});
}

inline ::torch::Tensor average_pool_step(const ::torch::Tensor& x, const plan_node& node) {
    const extent_2d kernel = as_ints(node.kernel);
    const extent_2d stride = as_ints(node.stride);
    if (node.before == node.after)
        return ::torch::avg_pool2d(x, kernel, stride, as_ints(node.before), false, /*count_include_pad=*/false);
    const ::torch::Tensor image = ::torch::ones({1, 1, x.size(2), x.size(3)}, x.options());
    const ::torch::Tensor share = ::torch::avg_pool2d(pad_image(image, node, 0), kernel, stride);
    return ::torch::avg_pool2d(pad_image(x, node, 0), kernel, stride) / share;
}

inline ::torch::Tensor concatenate_step(const std::vector<::torch::Tensor>& read, const plan_node& node,
                                        std::int64_t copies) {
    if (node.shape.flat) return ::torch::cat(read, 2);
    if (copies == 1) return ::torch::cat(read, 1);
    std::vector<::torch::Tensor> each;
    for (const ::torch::Tensor& x : read) each.push_back(x.reshape({x.size(0), copies, -1, x.size(2), x.size(3)}));
    return ::torch::cat(each, 2).flatten(1, 2);
}

inline ::torch::Tensor add_step(const std::vector<::torch::Tensor>& read) {
    ::torch::Tensor sum = read[0];
    for (std::size_t k = 1; k < read.size(); ++k) sum = sum + read[k];
    return sum;
}

inline ::torch::Tensor zero_step(const ::torch::Tensor& x, const plan_node& node, std::int64_t copies) {
    const extent_2d size = as_ints({node.shape.height, node.shape.width});
    return ::torch::zeros({x.size(0), copies * as_int(node.shape.channels), size[0], size[1]}, x.options());
}

/// What a node makes of what it reads; not inputs and dropout.
inline ::torch::Tensor plan_step(const plan_node& node, const std::vector<::torch::Tensor>& read,
                                 const plan_tensors& own, bool training, std::int64_t copies) {
    const ::torch::Tensor& x = read.front();
    switch (node.operation) {
        case plan_operation::dense:
            return dense_step(x, own.parameters, copies);
        case plan_operation::separable_dense:
            return separable_dense_step(x, node, own.parameters, copies);
        case plan_operation::convolution:
            return convolution_step(x, node, own.parameters, copies);
        case plan_operation::batch_norm:
            return batch_norm_step(x, node, own, training, copies);
        case plan_operation::activate:
            return activate_step(x, node.function);
        case plan_operation::max_pool:
            return max_pool_step(x, node);
        case plan_operation::average_pool:
            return average_pool_step(x, node);
        case plan_operation::global_max_pool:
            return by_copy(x.amax({2, 3}), copies);
        case plan_operation::global_average_pool:
            return by_copy(x.mean({2, 3}), copies);
        case plan_operation::flatten:
            return by_copy(x, copies);
        case plan_operation::add:
            return add_step(read);
        case plan_operation::concatenate:
            return concatenate_step(read, node, copies);
        case plan_operation::zero:
            return zero_step(x, node, copies);
        default:
            return x;
    }
}

}  // namespace nas::detail
