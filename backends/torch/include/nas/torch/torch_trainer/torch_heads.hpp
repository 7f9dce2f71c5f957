// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>
#include <nas/core/context.hpp>
#include <nas/data/dataset.hpp>
#include <nas/evaluators/mlp_trainer/mlp_judge.hpp>
#include <nas/spaces/mlp_layer.hpp>
#include <nas/torch/torch_data.hpp>

namespace nas::detail {

/// What a tensor of any kind holds, on the CPU and in order.
inline std::vector<float> to_floats(const ::torch::Tensor& tensor) {
    const ::torch::Tensor plain = tensor.detach().to(::torch::kCPU, ::torch::kFloat).contiguous();
    return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

/// What is learned of one output of the networks, and what it looks like there: sums, [copies, rows, units].
class torch_head {
  public:
    /// `about` has the task, and offsets and scales of a regression; its rows do not count. Targets: of the rows that are judged.
    torch_head(const dataset& about, mlp_layer output, const ::torch::Tensor& validation, const ::torch::Tensor& test)
        : output_(output), judge_(about, output), validation_(judged_targets(validation)), test_(judged_targets(test)) {
        reported_ = validation_;
        judge_.to_their_unit(reported_);
    }

    std::size_t units() const noexcept { return output_.units; }
    const mlp_layer& output() const noexcept { return output_; }
    /// Of the validation rows, in their unit, row-major [row][unit].
    const std::vector<float>& reported() const noexcept { return reported_; }
    /// Of what a network answers on the validation rows, or on the test rows; then it is in the unit of the targets.
    mlp_scores judge(std::span<float> answers, bool test) const { return judge_(answers, test ? test_ : validation_); }

    /// Losses of the copies, [copies]. `targets`: labels, [copies, rows], or numbers, [copies, rows, units].
    ::torch::Tensor losses(const ::torch::Tensor& sums, const ::torch::Tensor& targets, double smoothing) const {
        namespace functional = ::torch::nn::functional;
        if (judge_.task() == learning_task::regression) return (sums - targets).square().mean({1, 2});
        if (output_.function == activation::softmax)
            return functional::cross_entropy(
                       sums.flatten(0, 1), targets.flatten(),
                       functional::CrossEntropyFuncOptions().reduction(::torch::kNone).label_smoothing(smoothing))
                .view({sums.size(0), -1})
                .mean(1);
        ::torch::Tensor wanted = numbers_of(targets);
        if (smoothing > 0) wanted = wanted * (1 - smoothing) + smoothing / 2;
        return functional::binary_cross_entropy_with_logits(
                   sums, wanted, functional::BinaryCrossEntropyWithLogitsFuncOptions().reduction(::torch::kNone))
            .mean({1, 2});
    }

    /// What the network answers: probabilities, or the numbers of a regression.
    ::torch::Tensor answers(const ::torch::Tensor& sums) const {
        if (judge_.task() == learning_task::regression) return sums;
        return output_.function == activation::softmax ? sums.softmax(-1) : sums.sigmoid();
    }

  private:
    // A single unit has labels, 0 and 1, for targets.
    static ::torch::Tensor numbers_of(const ::torch::Tensor& targets) {
        return targets.is_floating_point() ? targets : targets.to(::torch::kFloat).unsqueeze(-1);
    }
    std::vector<float> judged_targets(const ::torch::Tensor& targets) const {
        if (output_.function != activation::softmax) return to_floats(targets);
        return to_floats(::torch::one_hot(targets, static_cast<std::int64_t>(units())));
    }

    mlp_layer output_;
    mlp_judge judge_;
    std::vector<float> validation_;  // row-major [row][unit], as are the others
    std::vector<float> test_;
    std::vector<float> reported_;
};

/// The outputs of a network, each in the form that it has there.
using torch_outputs = std::vector<const torch_head*>;

/// Puts what belongs to the outputs, row-major [row][unit], side by side: row-major [row][all units].
inline std::vector<float> join(const torch_outputs& outputs, std::vector<std::vector<float>> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    const std::size_t rows = parts.front().size() / outputs.front()->units();
    std::vector<float> all;
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t k = 0; k < parts.size(); ++k) {
            const auto first = parts[k].begin() + static_cast<std::ptrdiff_t>(row * outputs[k]->units());
            all.insert(all.end(), first, first + static_cast<std::ptrdiff_t>(outputs[k]->units()));
        }
    return all;
}

/// Loss and accuracy of what a network answers, row-major [row][unit] of each output: losses add up, accuracies are averaged.
inline mlp_scores judge(const torch_outputs& outputs, std::vector<std::vector<float>>& answers, bool test) {
    mlp_scores all;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        const mlp_scores one = outputs[k]->judge(answers[k], test);
        all.loss += one.loss;
        all.accuracy += one.accuracy / static_cast<double>(outputs.size());
    }
    return all;
}

/// What is learned of all outputs that networks have.
class torch_heads {
  public:
    torch_heads() = default;
    /// `about` has offsets and scales of a regression. The targets of the rows that are judged: by output.
    torch_heads(const torch_data& data, const dataset& about, const std::vector<::torch::Tensor>& validation,
                const std::vector<::torch::Tensor>& test)
        : name_(data.name), task_(data.task) {
        for (std::size_t k = 0; k < data.targets.size(); ++k) {
            const bool classes = task_ == learning_task::classification;
            const std::size_t units = classes ? data.classes[k] : static_cast<std::size_t>(data.targets[k].size(1));
            const activation usual = classes                              ? activation::softmax
                                     : task_ == learning_task::multilabel ? activation::sigmoid
                                                                          : activation::linear;
            // Without rows; a regression's offsets and scales are those of a data set of that one target.
            dataset learned{.task = task_, .feature_names = {"row"}, .output_names = numbered_names("", units)};
            if (about.outputs() == units) {
                learned.target_offsets = about.target_offsets;
                learned.target_scales = about.target_scales;
            }
            std::vector<torch_head> forms;
            forms.emplace_back(learned, mlp_layer{units, usual}, validation[k], test[k]);
            if (classes && units == 2)
                forms.emplace_back(learned, mlp_layer{1, activation::sigmoid}, validation[k], test[k]);
            heads_.push_back(std::move(forms));
        }
    }

    learning_task task() const noexcept { return task_; }

    /// One tensor for each output, [copies, rows, units]. Several outputs where one thing is learned are parts of it. Throws
    /// fatal_error where a network answers something else.
    std::vector<::torch::Tensor> sums(std::vector<::torch::Tensor> answered, std::int64_t copies,
                                      std::int64_t rows) const {
        for (::torch::Tensor& one : answered)
            if (copies == 1 && one.dim() == 2) one = one.unsqueeze(0);
        if (heads_.size() == 1 && answered.size() > 1) answered = {::torch::cat(answered, -1)};
        if (answered.size() != heads_.size())
            fail("has " + std::to_string(answered.size()) + " outputs, but there are " + std::to_string(heads_.size()) +
                 " targets");
        for (std::size_t k = 0; k < heads_.size(); ++k) {
            ::torch::Tensor& one = answered[k];
            if (one.dim() != 3 || one.size(0) != copies || one.size(1) != rows)
                fail("answers a tensor of another shape than [rows, units] for output " + std::to_string(k));
            one = one.to(::torch::kFloat);
        }
        return answered;
    }

    /// Which outputs those are. Throws fatal_error where a number of units is not what is learned.
    torch_outputs outputs(const std::vector<::torch::Tensor>& sums) const {
        torch_outputs all;
        for (std::size_t k = 0; k < sums.size(); ++k) {
            const auto units = static_cast<std::size_t>(sums[k].size(2));
            for (const torch_head& one : heads_[k])
                if (one.units() == units) all.push_back(&one);
            if (all.size() == k)
                fail("answers " + std::to_string(units) + " numbers a row for output " + std::to_string(k) +
                     ", which must be " + std::to_string(heads_[k].front().units()) +
                     (heads_[k].size() > 1 ? " or 1" : ""));
        }
        return all;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw fatal_error("nas::torch_trainer: a network for " + name_ + " " + what +
                          ", so the builder or the data are wrong");
    }

    std::string name_;
    learning_task task_{};
    std::vector<std::vector<torch_head>> heads_;  // by output, the forms that it may have
};

}  // namespace nas::detail
