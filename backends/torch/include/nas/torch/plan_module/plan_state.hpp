// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <torch/torch.h>
#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/torch/plan_module/plan_parameters.hpp>
#include <nas/torch/plan_module/plan_steps.hpp>

namespace nas::detail {

[[noreturn]] inline void fail_plan_module(const std::string& what) {
    throw std::invalid_argument("nas::plan_module: " + what);
}

/// The tensors of all nodes of a plan, of so many networks.
class plan_state {
  public:
    /// `add_parameter(name, tensor)` and `add_buffer` answer the tensor as the module holds it.
    template <class AddParameter, class AddBuffer>
    plan_state(const network_plan& plan, std::size_t copies, AddParameter&& add_parameter, AddBuffer&& add_buffer)
        : copies_(copies), nodes_(plan.nodes().size()) {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            const std::string name = "node" + std::to_string(i) + "_";
            nodes_[i].known = plan_parameters(plan, plan.nodes()[i]);
            for (const plan_parameter& one : nodes_[i].known)
                nodes_[i].parameters.push_back(
                    add_parameter(name + one.name, ::torch::full(stacked(one.sizes), one.value, ::torch::kFloat)));
            if (plan.nodes()[i].operation != plan_operation::batch_norm) continue;
            const std::vector<std::int64_t> sizes = stacked({as_int(plan.nodes()[i].shape.channels)});
            nodes_[i].mean = add_buffer(name + "mean", ::torch::zeros(sizes, ::torch::kFloat));
            nodes_[i].variance = add_buffer(name + "variance", ::torch::ones(sizes, ::torch::kFloat));
        }
    }

    const plan_tensors& node(std::size_t i) const { return nodes_.at(i); }

    /// A generator a copy.
    void initialize(std::span<rng> randoms) {
        const ::torch::NoGradGuard none;
        for (const node_state& node : nodes_) {
            for (std::size_t k = 0; k < node.known.size(); ++k) initialize(node.known[k], node.parameters[k], randoms);
            if (!node.mean.defined()) continue;
            node.mean.zero_();
            node.variance.fill_(1);
        }
    }

    /// Parts of the tensors, not copies of them.
    std::vector<::torch::Tensor> parameters(std::size_t copy) const {
        std::vector<::torch::Tensor> all;
        for (const node_state& node : nodes_)
            for (const ::torch::Tensor& one : node.parameters) all.push_back(of_copy(one, copy));
        return all;
    }
    std::vector<::torch::Tensor> statistics(std::size_t copy) const {
        std::vector<::torch::Tensor> all;
        for (const node_state& node : nodes_)
            if (node.mean.defined())
                for (const ::torch::Tensor& one : {node.mean, node.variance}) all.push_back(of_copy(one, copy));
        return all;
    }

    /// What the nodes add to the loss of each copy, [copies]; not defined where none does.
    ::torch::Tensor penalty(const network_plan& plan) const {
        ::torch::Tensor sum;
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            const weight_penalty& how = plan.nodes()[i].penalty;
            if (how.none()) continue;
            const std::vector<::torch::Tensor>& own = nodes_[i].parameters;
            const bool separable = plan.nodes()[i].operation == plan_operation::separable_dense;
            const auto add = [&sum](const ::torch::Tensor& more) { sum = sum.defined() ? sum + more : more; };
            if (how.l1 != 0) {
                ::torch::Tensor weights = own[0].view({as_int(copies_), -1});
                if (separable) weights = ::torch::cat({weights, own[1].view({as_int(copies_), -1})}, 1);
                add(how.l1 * weights.abs().mean(1));
            }
            const std::int64_t order = how.second_difference ? 2 : 1;
            if (!separable || how.smoothness == 0 || own[0].size(-2) <= order) continue;
            const ::torch::Tensor rough = ::torch::diff(own[0], order, -2).reshape({as_int(copies_), -1});
            add(how.smoothness * (how.squared ? rough.square() : rough.abs()).mean(1));
        }
        return sum;
    }

  private:
    struct node_state : plan_tensors {
        std::vector<plan_parameter> known;
    };

    std::vector<std::int64_t> stacked(std::vector<std::int64_t> sizes) const {
        if (copies_ > 1) sizes.insert(sizes.begin(), as_int(copies_));
        return sizes;
    }
    ::torch::Tensor of_copy(const ::torch::Tensor& all, std::size_t copy) const {
        if (copy >= copies_)
            fail_plan_module("there is no copy " + std::to_string(copy) + " of " + std::to_string(copies_));
        return copies_ > 1 ? all.select(0, as_int(copy)) : all;
    }

    void initialize(const plan_parameter& known, const ::torch::Tensor& parameter, std::span<rng> randoms) const {
        if (known.limit == 0) {
            parameter.fill_(known.value);
            return;
        }
        for (std::size_t copy = 0; copy < copies_; ++copy) {
            const ::torch::Tensor values = ::torch::empty(known.sizes, ::torch::kFloat);
            std::generate_n(values.data_ptr<float>(), values.numel(),
                            [&] { return static_cast<float>(known.limit * (2 * unit(randoms[copy]) - 1)); });
            of_copy(parameter, copy).copy_(values);
        }
    }

    std::size_t copies_;
    std::vector<node_state> nodes_;
};

/// All numbers of these tensors.
inline std::vector<float> read_floats(const std::vector<::torch::Tensor>& tensors) {
    std::vector<float> all;
    for (const ::torch::Tensor& one : tensors) {
        const ::torch::Tensor flat = one.detach().to(::torch::kCPU, ::torch::kFloat).contiguous();
        all.insert(all.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
    }
    return all;
}

/// The opposite. `what` names them in the sentence of the std::invalid_argument that there are not so many.
inline void write_floats(const std::vector<::torch::Tensor>& tensors, std::span<const float> values,
                         const std::string& what) {
    std::int64_t size = 0;
    for (const ::torch::Tensor& one : tensors) size += one.numel();
    if (size != as_int(values.size()))
        fail_plan_module("there are " + std::to_string(values.size()) + " " + what + "; the network has " +
                         std::to_string(size));
    const ::torch::NoGradGuard none;
    for (const ::torch::Tensor& one : tensors) {
        const ::torch::Tensor part = ::torch::empty(one.sizes(), ::torch::kFloat);
        std::copy_n(values.begin(), part.numel(), part.data_ptr<float>());
        one.copy_(part);
        values = values.subspan(static_cast<std::size_t>(part.numel()));
    }
}

}  // namespace nas::detail
