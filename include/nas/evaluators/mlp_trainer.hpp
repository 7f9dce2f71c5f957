// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/evaluator.hpp>
#include <nas/core/options.hpp>
#include <nas/core/trial.hpp>
#include <nas/data/dataset.hpp>
#include <nas/data/leakage.hpp>
#include <nas/data/split.hpp>
#include <nas/evaluators/mlp_trainer/mlp_judge.hpp>
#include <nas/evaluators/mlp_trainer/mlp_recipe.hpp>
#include <nas/evaluators/mlp_trainer/mlp_rows.hpp>
#include <nas/evaluators/mlp_trainer/mlp_training.hpp>
#include <nas/evaluators/mlp_trainer/training_checks.hpp>
#include <nas/evaluators/mlp_trainer/training_course.hpp>
#include <nas/evaluators/mlp_trainer_options.hpp>
#include <nas/networks/mlp.hpp>
#include <nas/rewards/accuracy_reward.hpp>
#include <nas/rewards/finished_model.hpp>
#include <nas/spaces/mlp_space.hpp>

namespace nas {

/// An evaluator that trains the architectures of an `mlp_space` on rows of numbers, on this machine's CPU, in float.
///
///     const auto data = nas::read_dataset("wine.csv", {.labels = {"quality_label"}, .dropped = {"quality"}});
///     const auto split = nas::stratified_split(data, {.train = 0.6, .validation = 0.2, .test = 0.2}, 1);
///     nas::mlp_trainer trainer{nas::mlp_space{}, nas::standardize(data, split), split, {.epochs = 10}};
///     nas::search search{nas::random_search{trainer.space()}, std::cref(trainer)};
///     nas::threads pool;
///     search.run({.trials = 100, .batch = 10}, pool);  // ten networks side by side
///
/// Weights, the order of rows and dropout are functions of the trial's seed. The loss follows the task: cross-entropy, and
/// mean squared error for regression, which needs a reward of its own, as accuracies there are none:
/// `nas::mlp_trainer trainer{space, data, split, {.epochs = 10}, nas::loss_reward{}};`. Fidelity is the number of epochs; a
/// trial of few epochs is the beginning of one of many. The learning curve has the reward after every epoch. A trial whose
/// loss is not finite any more has failed. Metrics are the number of parameters, the validation loss and, with
/// `test_metric`, the test rows' accuracy (regression: loss). Data are taken as they are: standardise them. Targets that
/// were scaled are learned so, and reported, with losses and scores, in the unit that they had before.
template <class Reward = accuracy_reward>
class mlp_trainer {
    static_assert(
        nas::Reward<Reward>,
        "nas::mlp_trainer: the reward must be callable with const nas::finished_model&, as const, and answer a number");

  public:
    using space_type = mlp_space;
    using arch_type = mlp_space::arch_type;
    using options_type = mlp_trainer_options;

    /// Throws std::invalid_argument where an option is out of range, `batch` is larger than the training part, the split or the
    /// space's output layer or the reward does not fit the data, or a feature leaks the label.
    mlp_trainer(mlp_space space, const dataset& data, const data_split& split, mlp_trainer_options options = {},
                Reward reward = {})
        : space_(std::move(space)),
          options_(options),
          reward_(std::move(reward)),
          task_(data.task),
          inputs_(data.features()) {
        check_options("nas::mlp_trainer", options_);
        check_dataset(data);
        check_split(data, split);
        checks().check_output(space_.options().output, data);
        checks().check<Reward>(options_, task_, split);
        if (options_.leakage_guard) check_leakage(data, split);
        training_.rows = detail::take_rows(data, split.train, outputs());
        training_.validation = detail::take_rows(data, split.validation, outputs());
        training_.judge = detail::mlp_judge(data, space_.options().output);
        test_ = detail::take_rows(data, split.test, outputs());
        reported_targets_ = training_.validation.targets;
        training_.judge.to_their_unit(reported_targets_);
    }

    const mlp_space& space() const noexcept { return space_; }
    const mlp_trainer_options& options() const noexcept { return options_; }
    /// Features of a row.
    std::size_t inputs() const noexcept { return inputs_; }
    /// Units of the output layer.
    std::size_t outputs() const noexcept { return space_.options().output.units; }

    std::vector<std::string> metric_names() const {
        std::vector<std::string> names{"parameters", "validation_loss"};
        if (options_.test_metric) names.push_back(task_ == learning_task::regression ? "test_loss" : "test_accuracy");
        return names;
    }

    /// Each trial begins with weights of its own.
    static constexpr evaluation_noise noise() noexcept { return evaluation_noise::some; }

    // Not inlined: nas::search flattens its loop, and all of this would be compiled again in it, for minutes.
    [[gnu::noinline]] evaluation<> operator()(const arch_type& arch, const context& about) const {
        return evaluate(train(arch, about));
    }

    /// What a trial is worth whose training ended so.
    evaluation<> evaluate(trained_mlp trained) const {
        const std::span<const float> weights = trained.model.parameters();
        return evaluate(trained, weights, weights.size(), [&] { return test(trained.model); });
    }
    /// The same of a network that was trained elsewhere. `weights` are all its parameters, kept, as nas::mlp orders them; they
    /// may be none, and so may the course's scores, where nobody reads them: see needs_network.
    evaluation<> evaluate(const mlp_course& course, std::span<const float> weights) const {
        std::size_t parameters = 0;
        std::size_t width = inputs_;
        for (const mlp_layer& layer : course.layers) {
            if (layer.is_dropout()) continue;
            parameters += (width + 1) * layer.units;
            width = layer.units;
        }
        return evaluate(course, weights, parameters, [&] {
            mlp<float> model(inputs_, course.layers);
            std::copy(weights.begin(), weights.end(), model.parameters().begin());
            return test(model);
        });
    }
    /// Whether the kept weights and scores of a network are read, by the reward or for the test metric.
    bool needs_network() const noexcept { return !reads_curves_only<Reward>() || options_.test_metric; }

    /// Reports what a network that was trained elsewhere was worth after each epoch, as training here does. `at(epoch)` are its
    /// weights and its scores (std::pair of std::span<const float>) after that epoch.
    template <class At>
    void report(const mlp_course& course, const context& about, At&& at) const {
        std::size_t best = 0;
        for (std::size_t epoch = 0; epoch < course.losses.size() - (course.diverged ? 1 : 0); ++epoch) {
            if (epoch > 0 && course.is_better(options_.monitor, epoch, best)) best = epoch;
            const std::size_t kept = options_.keep == kept_weights::best ? best : epoch;
            const auto [weights, scores] = at(kept);
            finished_model now = finished(course, weights);
            now.losses = now.losses.first(epoch + 1);
            if (!now.accuracies.empty()) now.accuracies = now.accuracies.first(epoch + 1);
            now.kept_epoch = kept;
            now.scores = scores;
            about.report(static_cast<double>(epoch + 1), reward_(now));
        }
    }

    /// What networks are trained on and judged by.
    const detail::mlp_training& training() const noexcept { return training_; }

    /// Trains without judging. `prepare(model)` may change the weights that training begins with.
    template <class Prepare>
    trained_mlp train(const arch_type& arch, const context& about, Prepare&& prepare) const {
        return follow({space_.layers(arch), options_}, about, prepare);
    }
    trained_mlp train(const arch_type& arch, const context& about) const {
        return train(arch, about, [](mlp<float>&) {});
    }

    /// A network of any layers, trained in its own way. Throws std::invalid_argument where it does not end with the space's output
    /// layer, an option is out of range, or `batch` is larger than the training part.
    [[gnu::noinline]] trained_mlp train(const mlp_recipe& recipe, const context& about) const {
        check(recipe);
        return follow(recipe, about, [](mlp<float>&) {});
    }

    void check(const mlp_recipe& recipe) const {
        check_options("nas::mlp_trainer", recipe.options);
        checks().check_batch(recipe.options, training_.rows.count);
        if (recipe.layers.empty() || recipe.layers.back() != space_.options().output)
            checks().fail("the last layer of a recipe must be " + nas::describe(space_.options().output));
    }

    /// Epochs of a trial of that fidelity; fatal_error where it is none.
    std::size_t epochs_of(double fidelity) const {
        return detail::epochs_of("nas::mlp_trainer", fidelity, options_.epochs);
    }

    /// On the test rows; std::logic_error where the split has none.
    mlp_scores test(mlp<float>& model) const {
        if (test_.count == 0) throw std::logic_error("nas::mlp_trainer: the split has no test rows");
        return training_.judge(model, test_, nullptr);
    }

  private:
    static detail::training_checks checks() { return detail::training_checks("nas::mlp_trainer"); }

    template <class Test>
    evaluation<> evaluate(const mlp_course& course, std::span<const float> weights, std::size_t parameters,
                          Test&& test) const {
        const double cost = options_.measure_time ? course.seconds : 0;
        if (const std::string why = detail::failure_of(course); !why.empty()) return evaluation<>::failure(why, cost);
        evaluation<> result(reward_(finished(course, weights)), cost);
        result.metrics = {static_cast<double>(parameters), course.losses[course.kept_epoch]};
        if (options_.test_metric) {
            const mlp_scores scores = test();
            result.metrics.push_back(task_ == learning_task::regression ? scores.loss : scores.accuracy);
        }
        return result;
    }

    template <class Prepare>
    trained_mlp follow(const mlp_recipe& recipe, const context& about, Prepare&& prepare) const {
        return training_.run(recipe, options_, epochs_of(about.fidelity()), about, prepare,
                             [this](const trained_mlp& result, std::span<const float> weights) {
                                 return reward_(finished(result, weights));
                             });
    }

    finished_model finished(const mlp_course& trained, std::span<const float> weights) const {
        return {.accuracies = trained.accuracies,
                .losses = trained.losses,
                .kept_epoch = trained.kept_epoch,
                .rows = training_.validation.count,
                .outputs = outputs(),
                .scores = trained.scores,
                .targets = reported_targets_,
                .features = inputs_,
                .inputs = training_.validation.inputs,
                .layers = trained.layers,
                .weights = weights};
    }

    mlp_space space_;
    mlp_trainer_options options_;
    Reward reward_;
    learning_task task_;
    std::size_t inputs_;
    detail::mlp_training training_;
    detail::mlp_rows test_;
    std::vector<float> reported_targets_;  // of the validation rows, in their unit
};

}  // namespace nas
