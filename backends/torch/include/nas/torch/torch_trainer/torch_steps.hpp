// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numbers>
#include <stdexcept>
#include <utility>
#include <vector>

#include <torch/torch.h>
#include <nas/torch/torch_trainer_options.hpp>

namespace nas {

/// What the text of an option cannot say. The functions, where given, are used as const, maybe from several threads at once, instead
/// of the options of the optimizer (weight_decay among them) and of the schedule.
struct torch_setup {
    /// Each serves one evaluation at a time, but a CPU as many as ask.
    std::vector<::torch::Device> devices = {::torch::Device(::torch::kCPU)};
    /// Makes what turns gradients of these parameters into steps.
    std::function<std::unique_ptr<::torch::optim::Optimizer>(const std::vector<::torch::Tensor>& parameters)>
        optimizer = {};
    /// The learning rate of an epoch, from 0.
    std::function<double(std::size_t epoch)> rate = {};
};

namespace detail {

/// The learning rate of an epoch, from 0: of a trial of few epochs the same as of one of many.
inline double learning_rate_of(const torch_trainer_options& options, std::size_t epoch) {
    const auto done = static_cast<double>(epoch);
    switch (options.schedule) {
        case torch_schedule::cosine: {
            const double share = std::min(done / static_cast<double>(options.epochs), 1.0);
            return options.learning_rate * (1 + std::cos(std::numbers::pi * share)) / 2;
        }
        case torch_schedule::step:
            return options.learning_rate *
                   std::pow(options.schedule_factor, std::floor(done / static_cast<double>(options.schedule_epochs)));
        case torch_schedule::exponential:
            return options.learning_rate * std::pow(options.schedule_factor, done);
        default:
            return options.learning_rate;
    }
}

/// Turns gradients of some networks side by side, `copies` in each parameter, into steps.
class torch_steps {
  public:
    /// `weights`: those of the parameters that are no biases, which weight decay makes smaller.
    torch_steps(const torch_trainer_options& options, const torch_setup& setup, std::vector<::torch::Tensor> parameters,
                std::vector<::torch::Tensor> weights, std::int64_t copies)
        : options_(options),
          setup_(setup),
          parameters_(std::move(parameters)),
          weights_(options.optimizer == torch_optimizer::adamw ? parameters_ : std::move(weights)),
          copies_(copies),
          optimizer_(make()) {}

    void begin_epoch(std::size_t epoch) {
        rate_ = setup_.rate ? setup_.rate(epoch) : learning_rate_of(options_, epoch);
        // An optimizer of the user's keeps its own rate unless there is a function for it or the schedule changes it.
        if (setup_.optimizer && !setup_.rate && options_.schedule == torch_schedule::constant) return;
        for (::torch::optim::OptimizerParamGroup& group : optimizer_->param_groups()) group.options().set_lr(rate_);
    }

    /// One step down from `loss`.
    void step(const ::torch::Tensor& loss) {
        optimizer_->zero_grad();
        loss.backward();
        if (options_.clip_gradient > 0) clip();
        if (options_.weight_decay > 0 && !setup_.optimizer) {
            const ::torch::NoGradGuard none;
            for (::torch::Tensor& one : weights_) one.mul_(1 - rate_ * options_.weight_decay);
        }
        optimizer_->step();
    }

  private:
    std::unique_ptr<::torch::optim::Optimizer> make() const {
        namespace optim = ::torch::optim;
        if (setup_.optimizer) {
            auto made = setup_.optimizer(parameters_);
            if (!made) throw std::invalid_argument("nas::torch_trainer: torch_setup::optimizer made none");
            return made;
        }
        const double rate = options_.learning_rate;
        switch (options_.optimizer) {
            case torch_optimizer::sgd:
                return std::make_unique<optim::SGD>(
                    parameters_, optim::SGDOptions(rate).momentum(options_.momentum).nesterov(options_.nesterov));
            case torch_optimizer::rmsprop:
                return std::make_unique<optim::RMSprop>(parameters_, optim::RMSpropOptions(rate).alpha(0.9).eps(1e-7));
            default:
                return std::make_unique<optim::Adam>(parameters_, optim::AdamOptions(rate).eps(1e-8));
        }
    }

    // Each network's gradient by itself.
    void clip() {
        const ::torch::NoGradGuard none;
        ::torch::Tensor squares;
        for (const ::torch::Tensor& one : parameters_) {
            if (!one.grad().defined()) continue;
            const ::torch::Tensor sum = one.grad().reshape({copies_, -1}).square().sum(1);
            squares = squares.defined() ? squares + sum : sum;
        }
        if (!squares.defined()) return;
        const ::torch::Tensor factors = (options_.clip_gradient / (squares.sqrt() + 1e-6)).clamp_max(1);
        for (const ::torch::Tensor& one : parameters_) {
            if (!one.grad().defined()) continue;
            if (copies_ == 1) {
                one.grad().mul_(factors[0]);
                continue;
            }
            std::vector<std::int64_t> sizes(static_cast<std::size_t>(one.dim()), 1);  // the copies are first
            sizes[0] = one.size(0);
            one.grad().mul_(factors.repeat_interleave(one.size(0) / copies_).view(sizes));
        }
    }

    const torch_trainer_options& options_;
    const torch_setup& setup_;
    std::vector<::torch::Tensor> parameters_;
    std::vector<::torch::Tensor> weights_;
    std::int64_t copies_;
    std::unique_ptr<::torch::optim::Optimizer> optimizer_;
    double rate_ = 0;
};

}  // namespace detail

}  // namespace nas
