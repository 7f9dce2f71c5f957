// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>
#include <nas/core/context.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/evaluators/mlp_trainer/mlp_training.hpp>
#include <nas/evaluators/mlp_trainer/training_course.hpp>
#include <nas/torch/torch_builder.hpp>
#include <nas/torch/torch_random.hpp>
#include <nas/torch/torch_trainer/torch_failures.hpp>
#include <nas/torch/torch_trainer/torch_heads.hpp>
#include <nas/torch/torch_trainer/torch_rows.hpp>
#include <nas/torch/torch_trainer/torch_state.hpp>
#include <nas/torch/torch_trainer/torch_steps.hpp>
#include <nas/torch/torch_trainer/torch_trial.hpp>
#include <nas/torch/torch_trainer/torch_versions.hpp>
#include <nas/torch/torch_trainer_options.hpp>

namespace nas::detail {

/// How networks are trained and judged. Those side by side draw, shuffle and stop each by itself: one that has ended is computed on,
/// but nobody looks any more.
class torch_training {
  public:
    /// `weights_read`: reports need the weights after each epoch, not only the last ones.
    torch_training(const torch_trainer_options& options, const torch_setup& setup, const torch_heads& heads,
                   const torch_place& place, bool weights_read)
        : options_(options), setup_(setup), heads_(heads), place_(place), weights_read_(weights_read) {}

    /// Trains the networks of `model`, one for each trial. `worth(trial)` is what a report says of the kept weights; those of
    /// several side by side are kept in the trials, since all may have to be done again.
    template <class Worth>
    void run(torch_model& model, std::span<torch_trial> trials, std::size_t epochs, const Worth& worth) const {
        const double start = processor_seconds();
        const auto copies = static_cast<std::int64_t>(trials.size());
        begin(model, trials);
        std::vector<rng>& randoms = *model.randoms;
        torch_steps steps(options_, setup_, model.module->parameters(), decaying_weights(model), copies);
        std::vector<std::vector<std::uint32_t>> orders(trials.size());
        for (std::vector<std::uint32_t>& order : orders) {
            order.resize(static_cast<std::size_t>(place_.train.count));
            std::iota(order.begin(), order.end(), std::uint32_t{0});
        }
        for (std::size_t epoch = 0; epoch < epochs && go_on(trials); ++epoch) {
            for (std::size_t i = 0; i < trials.size(); ++i) shuffle(std::span(orders[i]), randoms[i]);
            steps.begin_epoch(epoch);
            learn(model, steps, orders);
            judge_epoch(model, trials, worth);
        }
        end(model, trials);
        const double seconds = (processor_seconds() - start) / static_cast<double>(copies);
        for (torch_trial& trial : trials) trial.course.seconds = seconds;
    }

    /// How good each of the networks is on the test rows.
    std::vector<mlp_scores> test(torch_model& model, std::size_t copies) const {
        torch_outputs outputs;
        std::vector<mlp_scores> all;
        for (auto& one : answers(model, place_.test, static_cast<std::int64_t>(copies), outputs))
            all.push_back(judge(outputs, one, true));
        return all;
    }

  private:
    // First weights, and what the networks draw from, on the device.
    void begin(torch_model& model, std::span<const torch_trial> trials) const {
        model.randoms = std::make_shared<std::vector<rng>>();
        for (const torch_trial& trial : trials) model.randoms->push_back(trial.about->random());
        if (model.plan) {
            model.plan->initialize(std::span(*model.randoms));
            model.plan->draw_from(std::span(*model.randoms));
        } else {
            nas::initialize(*model.module, model.randoms->front());
            nas::draw_from(*model.module, model.randoms->front());
        }
        model.module->to(place_.device);
    }

    // Whether one has still to learn.
    static bool go_on(std::span<torch_trial> trials) {
        bool any = false;
        for (torch_trial& trial : trials) {
            trial.active = trial.active && !trial.about->stop_requested();
            any = any || trial.active;
        }
        return any;
    }

    // One epoch, the last batch smaller where it must be.
    void learn(torch_model& model, torch_steps& steps, const std::vector<std::vector<std::uint32_t>>& orders) const {
        model.module->train();
        const auto copies = static_cast<std::int64_t>(orders.size());
        std::vector<std::int64_t> numbers;
        for (const std::vector<std::uint32_t>& order : orders)
            numbers.insert(numbers.end(), order.begin(), order.end());
        const ::torch::Tensor order = ::torch::tensor(::torch::ArrayRef<std::int64_t>(numbers), ::torch::kLong)
                                          .view({copies, -1})
                                          .to(place_.device);
        const auto batch = static_cast<std::int64_t>(options_.batch);
        for (std::int64_t first = 0; first < order.size(1); first += batch) {
            const std::int64_t count = std::min(batch, order.size(1) - first);
            const ::torch::Tensor rows = order.narrow(1, first, count).flatten();
            std::vector<::torch::Tensor> inputs;
            for (const ::torch::Tensor& one : place_.train.inputs) {
                inputs.push_back(one.index_select(0, rows));
                if (copies > 1) inputs.back() = inputs.back().unflatten(0, {copies, count});
            }
            std::vector<::torch::Tensor> targets;
            for (const ::torch::Tensor& one : place_.train.targets)
                targets.push_back(one.index_select(0, rows).unflatten(0, {copies, count}));
            steps.step(loss(model, std::move(inputs), targets, copies, count));
        }
    }

    // The sum of the networks' losses, none of which reads another one's weights.
    ::torch::Tensor loss(torch_model& model, std::vector<::torch::Tensor> inputs,
                         const std::vector<::torch::Tensor>& targets, std::int64_t copies, std::int64_t count) const {
        const std::vector<::torch::Tensor> sums = forward(model, std::move(inputs), copies, count);
        const torch_outputs outputs = heads_.outputs(sums);
        ::torch::Tensor total;
        for (std::size_t k = 0; k < sums.size(); ++k) {
            const ::torch::Tensor one = outputs[k]->losses(sums[k], targets[k], options_.label_smoothing);
            total = total.defined() ? total + one : one;
        }
        if (model.penalized) total = total + model.plan->penalty();
        return total.sum();
    }

    std::vector<::torch::Tensor> forward(torch_model& model, std::vector<::torch::Tensor> inputs, std::int64_t copies,
                                         std::int64_t count) const {
        const autocast faster(place_.device, options_.mixed_precision);
        inputs = shaped(std::move(inputs), model.input_shapes, copies > 1 ? 2 : 1);
        if (model.plan)
            for (::torch::Tensor& one : inputs) one = one.to(::torch::kFloat);
        return heads_.sums(model.forward(inputs), copies, count);
    }

    // What each network answers, by output, row-major [row][unit]; `outputs` are set.
    std::vector<std::vector<std::vector<float>>> answers(torch_model& model, const torch_rows& rows,
                                                         std::int64_t copies, torch_outputs& outputs) const {
        const ::torch::NoGradGuard none;
        model.module->eval();
        std::vector<std::vector<::torch::Tensor>> parts;  // by output
        const auto most = static_cast<std::int64_t>(options_.judged_rows);
        for (std::int64_t first = 0; first < rows.count; first += most) {
            const std::int64_t count = std::min(most, rows.count - first);
            std::vector<::torch::Tensor> inputs;
            for (const ::torch::Tensor& one : rows.inputs) {
                inputs.push_back(one.narrow(0, first, count));
                if (copies == 1) continue;
                std::vector<std::int64_t> sizes(inputs.back().sizes().begin(), inputs.back().sizes().end());
                sizes.insert(sizes.begin(), copies);
                inputs.back() = inputs.back().unsqueeze(0).expand(sizes);
            }
            const std::vector<::torch::Tensor> sums = forward(model, std::move(inputs), copies, count);
            outputs = heads_.outputs(sums);
            parts.resize(sums.size());
            for (std::size_t k = 0; k < sums.size(); ++k) parts[k].push_back(outputs[k]->answers(sums[k]));
        }
        std::vector<std::vector<std::vector<float>>> all(static_cast<std::size_t>(copies));
        for (const std::vector<::torch::Tensor>& one : parts) {
            const ::torch::Tensor whole = ::torch::cat(one, 1).to(::torch::kCPU);
            for (std::int64_t copy = 0; copy < copies; ++copy)
                all[static_cast<std::size_t>(copy)].push_back(to_floats(whole[copy]));
        }
        return all;
    }

    template <class Worth>
    void judge_epoch(torch_model& model, std::span<torch_trial> trials, const Worth& worth) const {
        torch_outputs outputs;
        auto answered = answers(model, place_.validation, static_cast<std::int64_t>(trials.size()), outputs);
        for (std::size_t i = 0; i < trials.size(); ++i) {
            torch_trial& trial = trials[i];
            if (!trial.active) continue;
            trial.outputs = outputs;
            const mlp_scores now = judge(outputs, answered[i], false);
            const std::vector<float> scores = join(outputs, std::move(answered[i]));
            const epoch_outcome outcome = add_epoch(trial.course, now, scores, heads_.task(), options_);
            trial.active = !outcome.end;
            if (trial.course.diverged) continue;
            if (outcome.kept) {
                if (weights_read_) trial.weights = flat_weights(model, i);
                const bool goes_on = options_.keep == kept_weights::best || (outcome.end && trials.size() > 1);
                if (goes_on) trial.state = state_of(*model.module, trials.size(), i);
            }
            const auto failed = catch_torch_failure([&] {
                const double value = worth(std::as_const(trial));
                const auto step = static_cast<double>(trial.course.losses.size());
                if (trials.size() == 1) return trial.about->report(step, value);
                trial.reports.emplace_back(step, value);
            });
            if (!failed) continue;
            trial.failure = failed->text;
            trial.active = false;
        }
    }

    // The kept weights.
    static void end(torch_model& model, std::span<torch_trial> trials) {
        for (std::size_t i = 0; i < trials.size(); ++i) {
            if (!trials[i].state.empty()) set_state(*model.module, trials.size(), i, trials[i].state);
            trials[i].state.clear();
            trials[i].weights = flat_weights(model, i);
        }
    }

    const torch_trainer_options& options_;
    const torch_setup& setup_;
    const torch_heads& heads_;
    const torch_place& place_;
    bool weights_read_;
};

}  // namespace nas::detail
