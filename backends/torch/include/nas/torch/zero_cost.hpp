// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <torch/torch.h>
#include <nas/core/options.hpp>
#include <nas/core/rng.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/torch/plan_module.hpp>

/// What networks are worth without training, for predictors and to choose which of many to train: each a number of a network with
/// its first weights, more is better. All are computed in double, from copies: networks stay as they are. Batch normalisation goes by
/// the batch, as while training, and nothing is dropped, so that the same network and batch have the same score.
namespace nas {

namespace detail {

/// Of a network to look into.
inline std::shared_ptr<plan_module> double_copy(const plan_module& net, const char* what) {
    if (net.copies() != 1)
        throw std::invalid_argument(std::string("nas::") + what + ": there are " + std::to_string(net.copies()) +
                                    " networks; give one of them to a plan_module of its own");
    auto copy = std::make_shared<plan_module>(net.plan());
    copy->set_weights(0, net.weights());
    copy->without_dropout();
    const std::vector<::torch::Tensor> own = net.parameters();
    copy->to(own.empty() ? ::torch::Device(::torch::kCPU) : own[0].device(), ::torch::kDouble);
    return copy;
}

inline std::vector<::torch::Tensor> to_doubles(const std::vector<::torch::Tensor>& tensors) {
    std::vector<::torch::Tensor> doubles;
    for (const ::torch::Tensor& one : tensors) doubles.push_back(one.detach().to(::torch::kDouble));
    return doubles;
}

/// Matrices and kernels: not biases and what belongs to a channel.
inline std::vector<::torch::Tensor> matrices_of(const ::torch::nn::Module& net) {
    std::vector<::torch::Tensor> matrices;
    for (const ::torch::Tensor& one : net.parameters())
        if (one.dim() >= 2) matrices.push_back(one);
    return matrices;
}

/// Of a value by these tensors; zeros where it does not depend on one.
inline std::vector<::torch::Tensor> gradients(const ::torch::Tensor& value, const std::vector<::torch::Tensor>& by) {
    std::vector<::torch::Tensor> all(by.size());
    if (value.requires_grad() && !by.empty()) all = ::torch::autograd::grad({value}, by, {}, {}, false, true);
    for (std::size_t i = 0; i < by.size(); ++i)
        if (!all[i].defined()) all[i] = ::torch::zeros_like(by[i]);
    return all;
}

/// See grad_norm.
inline ::torch::Tensor usual_loss(const ::torch::Tensor& output, const ::torch::Tensor& wanted) {
    const ::torch::Tensor numbers = wanted.to(::torch::kDouble);
    if (wanted.is_floating_point()) return (output - numbers).square().mean();
    if (output.size(1) == 1) return ::torch::binary_cross_entropy_with_logits(output.squeeze(1), numbers);
    return ::torch::nll_loss(::torch::log_softmax(output, 1), wanted);
}

inline ::torch::Tensor sum_of_all(const std::vector<::torch::Tensor>& tensors) {
    ::torch::Tensor sum = tensors.at(0).sum();
    for (std::size_t i = 1; i < tensors.size(); ++i) sum = sum + tensors[i].sum();
    return sum;
}

}  // namespace detail

/// Synaptic flow (Tanaka and others 2020; as a score Abdelfattah and others 2021): with absolute weights, biases and an input of
/// ones, the sum over all matrices and kernels of |weight * derivative of the sum of outputs|. Needs no data. Batch normalisation
/// lets all through. Of a chain of n linear layers without biases it is n times the sum of outputs.
inline double synflow(const plan_module& net) {
    const auto copy = detail::double_copy(net, "synflow");
    copy->eval();
    {
        const ::torch::NoGradGuard none;
        for (::torch::Tensor& one : copy->parameters()) one.abs_();
        for (std::size_t i = 0; i < net.plan().nodes().size(); ++i) {
            const detail::plan_tensors& own = copy->tensors(i);
            if (!own.mean.defined()) continue;
            own.parameters[0].fill_(1);
            own.parameters[1].zero_();
            own.variance.fill_(1 - detail::batch_norm_epsilon);
        }
    }
    const std::vector<::torch::Tensor> weights = detail::matrices_of(*copy);
    std::vector<::torch::Tensor> ones;
    for (const std::size_t i : net.plan().inputs()) {
        const auto numbers = detail::as_int(net.plan().shape(i).numbers());
        ones.push_back(::torch::ones({1, numbers},
                                     weights.empty() ? ::torch::kDouble : weights[0].options().requires_grad(false)));
    }
    const std::vector<::torch::Tensor> slopes = detail::gradients(detail::sum_of_all(copy->forward(ones)), weights);
    double score = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) score += (weights[k] * slopes[k]).abs().sum().item<double>();
    return score;
}

/// How different the linear regions of a batch's rows are (Mellor and others 2021): the logarithm of the determinant of the matrix
/// that counts, for each two rows, the units of relu and elu that both have on or both have off. -infinity, or by rounding very
/// low, where it is singular, as with two equal rows. Throws std::invalid_argument where there is no such unit.
inline double naswot(const plan_module& net, const std::vector<::torch::Tensor>& inputs) {
    const auto copy = detail::double_copy(net, "naswot");
    const ::torch::NoGradGuard none;
    ::torch::Tensor alike;
    copy->forward(detail::to_doubles(inputs), [&](std::size_t i, const ::torch::Tensor& value) {
        const plan_node& node = net.plan().nodes()[i];
        if (node.operation != plan_operation::activate ||
            (node.function != activation::relu && node.function != activation::elu))
            return;
        const ::torch::Tensor rows = node.shape.flat ? value.squeeze(0) : value.flatten(1);
        const ::torch::Tensor on = (rows > 0).to(::torch::kDouble);
        const ::torch::Tensor off = 1 - on;
        const ::torch::Tensor here = ::torch::mm(on, on.t()) + ::torch::mm(off, off.t());
        alike = alike.defined() ? alike + here : here;
    });
    if (!alike.defined()) throw std::invalid_argument("nas::naswot: the network has neither relu nor elu");
    const auto [sign, logarithm] = ::torch::linalg_slogdet(alike);
    return sign.item<double>() > 0 ? logarithm.item<double>() : -std::numeric_limits<double>::infinity();
}

/// How little the derivatives of a batch's rows resemble each other (Mellor and others 2020; as in Abdelfattah and others 2021): of
/// the eigenvalues v of the correlations between the rows' derivatives of the sum of outputs by the inputs, -sum(log(v + 1e-5) + 1 /
/// (v + 1e-5)). A row whose derivatives are all the same resembles none. Not a number where a derivative is not finite.
inline double jacov(const plan_module& net, const std::vector<::torch::Tensor>& inputs) {
    const auto copy = detail::double_copy(net, "jacov");
    std::vector<::torch::Tensor> rows = detail::to_doubles(inputs);
    for (::torch::Tensor& one : rows) one.requires_grad_();
    std::vector<::torch::Tensor> slopes = detail::gradients(detail::sum_of_all(copy->forward(rows)), rows);
    for (::torch::Tensor& one : slopes) one = one.flatten(1);
    ::torch::Tensor jacobian = ::torch::cat(slopes, 1);
    jacobian = jacobian - jacobian.mean(1, true);
    if (!::torch::isfinite(jacobian).all().item<bool>()) return std::numeric_limits<double>::quiet_NaN();
    const ::torch::Tensor norms = jacobian.norm(2, {1}, true);
    jacobian = ::torch::where(norms > 0, jacobian / norms, ::torch::zeros_like(jacobian));
    ::torch::Tensor correlations = ::torch::mm(jacobian, jacobian.t());
    correlations.fill_diagonal_(1);
    constexpr double least = 1e-5;
    const ::torch::Tensor v = ::torch::linalg_eigvalsh(correlations, "L").clamp_min(0) + least;
    return -(v.log() + 1 / v).sum().item<double>();
}

/// How much a step of training would change (Abdelfattah and others 2021): the sum of the Euclidean norms of the derivatives of a
/// loss by each matrix or kernel. `loss` is callable with the outputs, a tensor each, in double, and answers one number as a tensor.
template <std::invocable<const std::vector<::torch::Tensor>&> Loss>
double grad_norm(const plan_module& net, const std::vector<::torch::Tensor>& inputs, const Loss& loss) {
    const auto copy = detail::double_copy(net, "grad_norm");
    const ::torch::Tensor lost = loss(copy->forward(detail::to_doubles(inputs)));
    double sum = 0;
    for (const ::torch::Tensor& one : detail::gradients(lost, detail::matrices_of(*copy)))
        sum += one.norm().template item<double>();
    return sum;
}

/// The same with the sum of the usual losses of targets, one for each output: cross-entropy of labels [rows] (integers; of an
/// output of one unit 0 and 1), or the mean squared error of numbers [rows, units]. Throws std::invalid_argument where there are
/// not so many.
inline double grad_norm(const plan_module& net, const std::vector<::torch::Tensor>& inputs,
                        const std::vector<::torch::Tensor>& targets) {
    if (targets.size() != net.plan().outputs().size())
        throw std::invalid_argument("nas::grad_norm: there are " + std::to_string(targets.size()) + " targets for " +
                                    std::to_string(net.plan().outputs().size()) + " outputs");
    return grad_norm(net, inputs, [&targets](const std::vector<::torch::Tensor>& outputs) {
        ::torch::Tensor sum;
        for (std::size_t k = 0; k < outputs.size(); ++k) {
            const ::torch::Tensor lost = detail::usual_loss(outputs[k], targets[k]);
            sum = sum.defined() ? sum + lost : lost;
        }
        return sum;
    });
}

/// One of these scores.
enum class zero_cost_score : std::uint8_t { synflow, naswot, jacov, grad_norm };
constexpr std::array<std::string_view, 4> enum_names(zero_cost_score) {
    return {"synflow", "naswot", "jacov", "grad_norm"};
}

/// The score of a plan's network with first weights out of `random`. What a score does not read may be empty.
inline double zero_cost(zero_cost_score score, const network_plan& plan, rng& random,
                        const std::vector<::torch::Tensor>& inputs = {},
                        const std::vector<::torch::Tensor>& targets = {}) {
    plan_module net(plan);
    net.initialize(random);
    switch (score) {
        case zero_cost_score::synflow:
            return synflow(net);
        case zero_cost_score::naswot:
            return naswot(net, inputs);
        case zero_cost_score::jacov:
            return jacov(net, inputs);
        case zero_cost_score::grad_norm:
            break;
    }
    return grad_norm(net, inputs, targets);
}

}  // namespace nas
