// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>
#include <nas/core/context.hpp>
#include <nas/core/trial.hpp>
#include <nas/evaluators/mlp_trainer/mlp_judge.hpp>
#include <nas/evaluators/mlp_trainer/training_course.hpp>
#include <nas/rewards/finished_model.hpp>
#include <nas/torch/torch_builder.hpp>
#include <nas/torch/torch_trainer/resident_rows.hpp>
#include <nas/torch/torch_trainer/torch_failures.hpp>
#include <nas/torch/torch_trainer/torch_places.hpp>
#include <nas/torch/torch_trainer/torch_training.hpp>
#include <nas/torch/torch_trainer/torch_trial.hpp>
#include <nas/torch/torch_trainer_options.hpp>

namespace nas {

/// What training made of an architecture.
struct trained_torch : training_course {
    torch_model model;                ///< with the kept weights, on the device
    std::vector<float> weights = {};  ///< the same, flat: see finished_model
};

namespace detail {

/// Trains networks that are built on data that are there, and says what they are worth.
template <class Reward>
class torch_evaluations {
  public:
    /// Of what was checked. `operations`: networks are plans, whose operations are a metric.
    torch_evaluations(const torch_trainer_options& options, Reward reward, resident_rows rows, bool operations)
        : options_(options), reward_(std::move(reward)), rows_(std::move(rows)), operations_(operations) {}

    const torch_trainer_options& options() const noexcept { return options_; }
    const resident_rows& rows() const noexcept { return rows_; }

    std::vector<std::string> metric_names() const {
        std::vector<std::string> names{"parameters", "validation_loss"};
        if (options_.test_metric) names.push_back(is_regression() ? "test_loss" : "test_accuracy");
        if (operations_) names.push_back("flops");
        return names;
    }

    std::size_t epochs_of(const context& about) const {
        return detail::epochs_of("nas::torch_trainer", about.fidelity(), options_.epochs);
    }

    /// Answers for networks that are trained side by side, `make(copies)`, in halves where that fails.
    template <class Make>
    std::vector<evaluation<>> operator()(const Make& make, std::span<const context* const> abouts) const {
        std::vector<evaluation<>> answers;
        const auto failed = catch_torch_failure([&] {
            const torch_threads threads(options_.threads);
            const device_lease lease(rows_.leases);
            torch_model model = make(abouts.size());
            std::vector<torch_trial> trials;
            for (const context* const about : abouts) trials.push_back({.about = about});
            const torch_training training = on(lease);
            training.run(model, trials, epochs_of(*abouts[0]), worth(model));
            if (options_.test_metric) {
                const std::vector<mlp_scores> scores = training.test(model, trials.size());
                for (std::size_t i = 0; i < trials.size(); ++i) trials[i].test = scores[i];
            }
            for (const torch_trial& trial : trials) answers.push_back(evaluate(model, trial));
            for (const torch_trial& trial : trials)
                for (const auto& [step, value] : trial.reports) trial.about->report(step, value);
        });
        if (!failed) return answers;
        if (abouts.size() == 1) return {evaluation<>::failure(failed->text)};
        const std::size_t half = abouts.size() / 2;
        answers = (*this)(make, abouts.first(half));
        for (evaluation<>& one : (*this)(make, abouts.subspan(half))) answers.push_back(std::move(one));
        return answers;
    }

    trained_torch train(torch_model model, const context& about) const {
        std::vector<torch_trial> trials{{.about = &about}};
        const torch_threads threads(options_.threads);
        const device_lease lease(rows_.leases);
        on(lease).run(model, trials, epochs_of(about), worth(model));
        if (!trials[0].failure.empty()) throw std::runtime_error(trials[0].failure);
        return {{std::move(trials[0].course)}, std::move(model), std::move(trials[0].weights)};
    }

    mlp_scores test(torch_model& model) const {
        if (rows_.places.front().test.count == 0)
            throw std::logic_error("nas::torch_trainer: the split has no test rows");
        const torch_threads threads(options_.threads);
        const device_lease lease(rows_.leases);
        model.module->to(rows_.places[lease.place()].device);
        return on(lease).test(model, 1).front();
    }

  private:
    bool is_regression() const noexcept { return rows_.heads.task() == learning_task::regression; }
    torch_training on(const device_lease& lease) const {
        return {options_, rows_.setup, rows_.heads, rows_.places[lease.place()], !reads_curves_only<Reward>()};
    }

    // What a trial is worth whose training ended so.
    evaluation<> evaluate(const torch_model& model, const torch_trial& trial) const {
        const double cost = options_.measure_time ? trial.course.seconds : 0;
        std::string why = trial.failure;
        if (why.empty()) why = failure_of(trial.course);
        if (!why.empty()) return evaluation<>::failure(why, cost);
        evaluation<> result(0, cost);
        const auto failed = catch_torch_failure([&] { result.values[0] = worth(model)(trial); });
        if (failed) return evaluation<>::failure(failed->text, cost);
        result.metrics = {static_cast<double>(trial.weights.size()), trial.course.losses[trial.course.kept_epoch]};
        if (options_.test_metric) result.metrics.push_back(is_regression() ? trial.test.loss : trial.test.accuracy);
        if (operations_) result.metrics.push_back(static_cast<double>(model.plan->plan().flops()));
        return result;
    }

    // What a report says of a trial.
    auto worth(const torch_model& model) const {
        return [this, &model](const torch_trial& trial) {
            return with_finished(model, trial, rows_.validation_rows, rows_.validation_inputs,
                                 [&](const finished_model& one) { return static_cast<double>(reward_(one)); });
        };
    }

    torch_trainer_options options_;
    Reward reward_;
    resident_rows rows_;
    bool operations_;
};

}  // namespace detail

}  // namespace nas
