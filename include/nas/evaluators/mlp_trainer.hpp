// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/evaluator.hpp>
#include <nas/core/options.hpp>
#include <nas/core/trial.hpp>
#include <nas/data/dataset.hpp>
#include <nas/data/leakage.hpp>
#include <nas/data/split.hpp>
#include <nas/evaluators/mlp_trainer_options.hpp>
#include <nas/networks/mlp.hpp>
#include <nas/networks/optimizers.hpp>
#include <nas/rewards/accuracy_reward.hpp>
#include <nas/rewards/finished_model.hpp>
#include <nas/spaces/mlp_space.hpp>

namespace nas {

/// The output layer of networks that learn `data`: softmax with a unit a class, one sigmoid unit for two classes, a sigmoid
/// unit for each label, or a linear unit for each number.
inline mlp_layer output_layer_for(const dataset& data) {
    if (data.task == learning_task::classification) return classifier_output(data.outputs());
    return {data.outputs(), data.task == learning_task::multilabel ? activation::sigmoid : activation::linear};
}

/// What training made of an architecture.
struct trained_mlp {
    std::vector<mlp_layer> layers;        ///< the output layer last
    mlp<float> model;                     ///< with the kept weights
    std::vector<double> accuracies = {};  ///< on the validation rows, after each epoch; empty for regression
    std::vector<double> losses = {};      ///< the same
    std::size_t kept_epoch = 0;           ///< from 0
    std::vector<float> scores = {};       ///< row-major [validation row][output] of the kept weights
    double seconds = 0;                   ///< of the processor, validation included
    bool diverged = false;                ///< the last of `losses` is not finite, and training ended there
};

/// How good a model is on some rows.
struct mlp_scores {
    double loss = 0;
    double accuracy = 0;  ///< 0 for regression
};

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
        if (split.validation.empty()) fail("the split must have validation rows");
        if (options_.test_metric && split.test.empty()) fail("test_metric needs a split with test rows");
        check_output(data);
        if (nas::needs_accuracy<Reward>() && task_ == learning_task::regression)
            fail(
                "the reward needs accuracies, which a regression has not; pass nas::loss_reward{} "
                "(nas/rewards/loss_reward.hpp) as the last argument");
        if (options_.monitor == training_monitor::accuracy && task_ == learning_task::regression)
            fail("monitor must be loss where the task is regression");
        if (options_.leakage_guard) check_leakage(data, split);
        train_ = take(data, split.train);
        check_batch(options_);
        validation_ = take(data, split.validation);
        test_ = take(data, split.test);
        if (task_ != learning_task::regression) return;
        for (std::size_t k = 0; k < data.outputs(); ++k)
            target_units_.push_back({data.target_offset(k), data.target_scale(k)});
        reported_targets_ = validation_.targets;
        to_their_unit(reported_targets_);
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
        const double cost = options_.measure_time ? trained.seconds : 0;
        if (trained.diverged)
            return evaluation<>::failure("the validation loss of epoch " + std::to_string(trained.losses.size()) +
                                             " is not finite: the learning rate may be too high",
                                         cost);
        if (trained.losses.empty()) return evaluation<>::failure("stopped before the first epoch", cost);
        evaluation<> result(reward_(finished(trained, trained.model.parameters())), cost);
        result.metrics = {static_cast<double>(trained.model.parameters().size()), trained.losses[trained.kept_epoch]};
        if (options_.test_metric) {
            const mlp_scores scores = test(trained.model);
            result.metrics.push_back(task_ == learning_task::regression ? scores.loss : scores.accuracy);
        }
        return result;
    }

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
        check_batch(recipe.options);
        if (recipe.layers.empty() || recipe.layers.back() != space_.options().output)
            fail("the last layer of a recipe must be " + nas::describe(space_.options().output));
    }

    /// On the test rows; std::logic_error where the split has none.
    mlp_scores test(mlp<float>& model) const {
        if (test_.count == 0) throw std::logic_error("nas::mlp_trainer: the split has no test rows");
        return judge(model, test_, nullptr);
    }

  private:
    // A target is the offset plus the scale times what is learned.
    struct target_unit {
        double offset = 0;
        double scale = 1;
    };

    // Rows of the data set.
    struct part {
        std::vector<float> rows = {};     // row-major [row][feature]
        std::vector<float> targets = {};  // row-major [row][output]
        std::size_t count = 0;
    };

    [[noreturn]] static void fail(const std::string& what) { throw std::invalid_argument("nas::mlp_trainer: " + what); }

    static double processor_seconds() noexcept {
        std::timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
    }

    void check_batch(const mlp_trainer_options& options) const {
        if (options.batch > train_.count)
            fail("batch (" + std::to_string(options.batch) + ") must be at most the " + std::to_string(train_.count) +
                 " training rows");
    }

    void check_output(const dataset& data) const {
        const mlp_layer& output = space_.options().output;
        const mlp_layer wanted = output_layer_for(data);
        if (output == wanted) return;
        if (task_ == learning_task::regression && output.units == wanted.units &&
            output.function != activation::softmax) {
            if (!data.target_scales.empty())
                fail("the space's networks end with " + nas::describe(output) + ", but the targets of " + data.name +
                     " are standardised; standardise without targets, or end with " + nas::describe(wanted));
            return;
        }
        if (task_ == learning_task::classification && output == mlp_layer{data.outputs(), activation::softmax}) return;
        fail("the space's networks end with " + nas::describe(output) + ", but for " + data.name +
             " they must end with " + nas::describe(wanted) +
             "; set mlp_space_options::output to nas::output_layer_for(data)");
    }

    part take(const dataset& data, const std::vector<std::uint32_t>& rows) const {
        const std::size_t outputs = space_.options().output.units;
        part chosen{.count = rows.size()};
        for (const std::uint32_t row : rows) {
            const std::span<const float> inputs = data.row(row);
            chosen.rows.insert(chosen.rows.end(), inputs.begin(), inputs.end());
            if (task_ != learning_task::classification) {
                const float* const first = data.targets.data() + row * outputs;
                chosen.targets.insert(chosen.targets.end(), first, first + outputs);
            } else if (outputs == 1) {
                chosen.targets.push_back(static_cast<float>(data.labels[row]));
            } else {
                for (std::size_t k = 0; k < outputs; ++k) chosen.targets.push_back(data.labels[row] == k ? 1.0F : 0.0F);
            }
        }
        return chosen;
    }

    std::size_t epochs_of(double fidelity) const {
        if (fidelity == full_fidelity) return options_.epochs;
        if (!(fidelity >= 1 && fidelity <= 1e6 && fidelity == std::floor(fidelity)))
            throw fatal_error("nas::mlp_trainer: the fidelity (" + std::to_string(fidelity) +
                              ") must be a number of epochs from 1 to 1000000");
        return static_cast<std::size_t>(fidelity);
    }

    loss_function loss() const noexcept {
        return task_ == learning_task::regression ? loss_function::mean_squared_error : loss_function::cross_entropy;
    }

    template <class Prepare>
    trained_mlp follow(const mlp_recipe& recipe, const context& about, Prepare&& prepare) const {
        const std::size_t epochs = epochs_of(about.fidelity());
        const double start = processor_seconds();
        rng random = about.random();
        mlp<float> model(inputs(), recipe.layers, recipe.options.dropout);
        trained_mlp result{.layers = recipe.layers, .model = std::move(model)};
        result.model.initialize(random);
        prepare(result.model);
        run(result, recipe.options, epochs, random, about);
        result.seconds = processor_seconds() - start;
        return result;
    }

    // One trial's training.
    void run(trained_mlp& result, const mlp_trainer_options& how, std::size_t epochs, rng& random,
             const context& about) const {
        any_optimizer<float> optimizer(how.optimizer, result.model.parameters().size(), how.momentum);
        std::vector<std::uint32_t> order(train_.count);
        std::iota(order.begin(), order.end(), std::uint32_t{0});
        part batch;
        std::vector<float> scores(validation_.targets.size());
        std::vector<float> best_weights;
        std::size_t best_epoch = 0;
        for (std::size_t epoch = 0; epoch < epochs && !about.stop_requested(); ++epoch) {
            shuffle(std::span<std::uint32_t>(order), random);
            learn(result.model, how, optimizer, order, batch, random);
            const mlp_scores now = judge(result.model, validation_, scores.data());
            result.losses.push_back(now.loss);
            if (task_ != learning_task::regression) result.accuracies.push_back(now.accuracy);
            result.diverged = !std::isfinite(now.loss);
            if (result.diverged) return;
            const bool best = epoch == 0 || is_better(result, epoch, best_epoch);
            if (best) best_epoch = epoch;
            if (best || options_.keep == kept_weights::last) {
                result.kept_epoch = epoch;
                result.scores = scores;
            }
            if (best && options_.keep == kept_weights::best)
                best_weights.assign(result.model.parameters().begin(), result.model.parameters().end());
            const std::span<const float> weights =
                options_.keep == kept_weights::best ? std::span<const float>(best_weights) : result.model.parameters();
            about.report(static_cast<double>(epoch + 1), reward_(finished(result, weights)));
            if (options_.patience > 0 && epoch - best_epoch >= options_.patience) break;
        }
        std::copy(best_weights.begin(), best_weights.end(), result.model.parameters().begin());
    }

    bool is_better(const trained_mlp& result, std::size_t epoch, std::size_t than) const {
        return options_.monitor == training_monitor::loss ? result.losses[epoch] < result.losses[than]
                                                          : result.accuracies[epoch] > result.accuracies[than];
    }

    // One epoch: the rows in the order of `order`, the last batch smaller where it must be.
    void learn(mlp<float>& model, const mlp_trainer_options& how, any_optimizer<float>& optimizer,
               const std::vector<std::uint32_t>& order, part& batch, rng& random) const {
        for (std::size_t first = 0; first < order.size(); first += how.batch) {
            batch.count = std::min(how.batch, order.size() - first);
            gather(train_.rows, inputs_, {order.data() + first, batch.count}, batch.rows);
            gather(train_.targets, outputs(), {order.data() + first, batch.count}, batch.targets);
            model.forward(batch.rows, random);
            model.backward(batch.rows, batch.targets, loss());
            if (how.weight_decay > 0) model.scale_weights(1 - how.learning_rate * how.weight_decay);
            optimizer.step(model.parameters(), model.gradient(), how.learning_rate);
        }
    }

    static void gather(const std::vector<float>& from, std::size_t width, std::span<const std::uint32_t> rows,
                       std::vector<float>& to) {
        to.resize(rows.size() * width);
        for (std::size_t i = 0; i < rows.size(); ++i)
            std::copy_n(from.data() + rows[i] * width, width, to.data() + i * width);
    }

    // Loss and accuracy of a model on `rows`; its outputs to `scores` where that is given.
    mlp_scores judge(mlp<float>& model, const part& rows, float* scores) const {
        constexpr std::size_t chunk = 256;
        mlp_scores total;
        for (std::size_t first = 0; first < rows.count; first += chunk) {
            const std::size_t count = std::min(chunk, rows.count - first);
            const std::span<const float> out = model.forward({rows.rows.data() + first * inputs_, count * inputs_});
            for (std::size_t i = 0; i < count; ++i)
                add_row(out.subspan(i * outputs(), outputs()),
                        {rows.targets.data() + (first + i) * outputs(), outputs()}, total);
            if (scores != nullptr) std::copy(out.begin(), out.end(), scores + first * outputs());
        }
        if (scores != nullptr) to_their_unit({scores, rows.count * outputs()});
        total.loss /= static_cast<double>(rows.count);
        total.accuracy /= static_cast<double>(rows.count);
        return total;
    }

    // Adds the loss of one row, and whether (of several labels: in what share) it was right.
    void add_row(std::span<const float> out, std::span<const float> targets, mlp_scores& total) const {
        constexpr double least = 1e-7;  // of a probability, as in Keras: a loss stays finite
        const auto shares = static_cast<double>(targets.size());
        if (task_ == learning_task::regression) {
            for (std::size_t k = 0; k < targets.size(); ++k) {
                const double error =
                    (static_cast<double>(out[k]) - static_cast<double>(targets[k])) * target_units_[k].scale;
                total.loss += error * error / shares;
            }
        } else if (space_.options().output.function == activation::softmax) {
            std::size_t guess = 0;
            std::size_t label = 0;
            for (std::size_t k = 1; k < targets.size(); ++k) {
                guess = out[k] > out[guess] ? k : guess;
                label = targets[k] > targets[label] ? k : label;
            }
            total.loss -= std::log(at_least(static_cast<double>(out[label]), least));
            total.accuracy += guess == label ? 1 : 0;
        } else {
            for (std::size_t k = 0; k < targets.size(); ++k) {
                const auto p = static_cast<double>(out[k]);
                const bool holds = targets[k] > 0.5F;
                total.loss -= std::log(at_least(holds ? p : 1 - p, least)) / shares;
                total.accuracy += (p >= 0.5) == holds ? 1 / shares : 0;
            }
        }
    }

    // Gives outputs or targets of a regression the unit of the data's file.
    void to_their_unit(std::span<float> numbers) const {
        for (std::size_t i = 0; !target_units_.empty() && i < numbers.size(); ++i) {
            const target_unit& unit = target_units_[i % target_units_.size()];
            numbers[i] = static_cast<float>(unit.offset + unit.scale * static_cast<double>(numbers[i]));
        }
    }

    // Not std::max, which would hide what is not a number.
    static double at_least(double p, double least) noexcept { return p < least ? least : p; }

    finished_model finished(const trained_mlp& trained, std::span<const float> weights) const {
        return {.accuracies = trained.accuracies,
                .losses = trained.losses,
                .kept_epoch = trained.kept_epoch,
                .rows = validation_.count,
                .outputs = outputs(),
                .scores = trained.scores,
                .targets = task_ == learning_task::regression ? reported_targets_ : validation_.targets,
                .features = inputs_,
                .inputs = validation_.rows,
                .layers = trained.layers,
                .weights = weights};
    }

    mlp_space space_;
    mlp_trainer_options options_;
    Reward reward_;
    learning_task task_;
    std::size_t inputs_;
    part train_;
    part validation_;
    part test_;
    std::vector<target_unit> target_units_;  // of a regression
    std::vector<float> reported_targets_;    // of its validation rows
};

}  // namespace nas
