// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <torch/torch.h>
#include <nas/core/context.hpp>
#include <nas/core/evaluator.hpp>
#include <nas/core/options.hpp>
#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>
#include <nas/data/dataset.hpp>
#include <nas/data/leakage.hpp>
#include <nas/data/split.hpp>
#include <nas/evaluators/mlp_trainer/training_checks.hpp>
#include <nas/evaluators/mlp_trainer/training_course.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/networks/plans/mlp_plans.hpp>
#include <nas/rewards/accuracy_reward.hpp>
#include <nas/rewards/finished_model.hpp>
#include <nas/spaces/mlp_space.hpp>
#include <nas/torch/torch_builder.hpp>
#include <nas/torch/torch_data.hpp>
#include <nas/torch/torch_trainer/plan_groups.hpp>
#include <nas/torch/torch_trainer/resident_rows.hpp>
#include <nas/torch/torch_trainer/torch_evaluations.hpp>
#include <nas/torch/torch_trainer/torch_failures.hpp>
#include <nas/torch/torch_trainer/torch_places.hpp>
#include <nas/torch/torch_trainer_options.hpp>

namespace nas {

/// An evaluator that trains networks of libtorch, on CPUs or GPUs: any network, from any space, by a builder (see TorchBuilder).
///
///     nas::torch_trainer trainer{space, builder, data, split, {.epochs = 10}};  // builder(arch): a network_plan or a module
///     nas::torch_trainer trainer{nas::mlp_space{}, data, split, {.epochs = 10}};  // instead of nas::mlp_trainer
///     nas::search search{nas::random_search{space}, std::cref(trainer)};
///     nas::threads pool;
///     search.run({.trials = 100, .batch = 10}, pool);  // ten networks at a time
///
/// All is as `mlp_trainer` says, whose results it gives within rounding for the same networks and seeds: weights, order of rows and
/// dropout as functions of the trial's seed, losses by task, fidelity in epochs, learning curve, failures, metrics (of plans also
/// `flops`, of one row forward), rewards. A network gets its first weights by nas::initialize. Of several outputs losses add up and
/// accuracies are averaged. Penalties of a plan are part of what is learned, not of the losses that are told.
///
/// Data are on the devices from the start. Of several devices, an evaluation takes one that is free; a batch without threads uses
/// all. Results are the same on one class of devices and version of libtorch, for any number of worker threads, as each
/// evaluation takes `threads` of libtorch. Want of memory is a failed trial.
///
/// With `side_by_side` above 1, architectures of a batch (`search.run({.batch = 16})` without threads) whose plans are the same
/// but for weights are trained as one network, with the results of single trainings within rounding. But adam, adamw and rmsprop
/// make whole steps of rounding errors where a derivative is 0, as that of a bias before batch normalisation (cnn_plans): there
/// losses were seen to differ by 0.00005 at a rate of 0.0003 and by 0.04 at 0.03; with sgd, or without such biases, by 1e-7. Where
/// torch_setup has an optimizer they are trained one by one: nobody knows whether it treats each number alone.
template <class Space, class Builder, class Reward = accuracy_reward>
class torch_trainer {
    static_assert(TorchBuilder<Builder, arch_t<Space>>,
                  "nas::torch_trainer: the builder must be callable with an architecture, as const, and answer a "
                  "nas::network_plan, or a torch module holder or std::shared_ptr of a torch module that has "
                  "`Tensor forward(Tensor)` or `std::vector<Tensor> forward(const std::vector<Tensor>&)`");
    static_assert(
        nas::Reward<Reward>,
        "nas::torch_trainer: the reward must be callable with const nas::finished_model&, as const, and answer a number");

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = torch_trainer_options;

    /// Throws std::invalid_argument where an option is out of range, `batch` is larger than the training part, the split, the data
    /// or the reward do not fit each other, a feature leaks the label, or a device is not there.
    torch_trainer(Space space, Builder build, const dataset& data, const data_split& split,
                  torch_trainer_options options = {}, Reward reward = {}, torch_setup setup = {})
        : torch_trainer(std::move(space), std::move(build), to_torch_data(data), data, split, options,
                        std::move(reward), std::move(setup)) {
        if (options.leakage_guard) check_leakage(data, split);
    }
    /// Of tensors; leakage_guard does not look at them.
    torch_trainer(Space space, Builder build, const torch_data& data, const data_split& split,
                  torch_trainer_options options = {}, Reward reward = {}, torch_setup setup = {})
        : torch_trainer(std::move(space), std::move(build), data, detail::as_dataset(data), split, options,
                        std::move(reward), std::move(setup)) {}
    /// The networks of an mlp_space.
    torch_trainer(
        mlp_space space, const dataset& data, const data_split& split, torch_trainer_options options = {},
        Reward reward = {},
        torch_setup setup = {}) requires(std::is_same_v<Space, mlp_space>&& std::is_same_v<Builder, mlp_plans>)
        : torch_trainer(space, (check_dataset(data), mlp_plans(space, data.features(), options.dropout)), data, split,
                        options, std::move(reward), std::move(setup)) {
        checks().check_output(space_.options().output, data);
        if (data.task == learning_task::regression && space_.options().output.function != activation::linear)
            checks().fail(
                "the networks of a regression must end with a linear layer; set mlp_space_options::output to "
                "nas::output_layer_for(data)");
    }

    const Space& space() const noexcept { return space_; }
    const Builder& builder() const noexcept { return builder_; }
    const torch_trainer_options& options() const noexcept { return evaluations_.options(); }
    std::vector<std::string> metric_names() const { return evaluations_.metric_names(); }

    /// Each trial begins with weights of its own.
    static constexpr evaluation_noise noise() noexcept { return evaluation_noise::some; }

    // Not inlined: nas::search flattens its loop.
    [[gnu::noinline]] evaluation<> operator()(const arch_type& arch, const context& about) const {
        std::vector<evaluation<>> answers;
        const auto failed = detail::catch_torch_failure([&] {
            const auto& network = builder_(arch);
            answers = evaluations_([&](std::size_t) { return model_of(network); }, std::vector{&about});
        });
        return failed ? evaluation<>::failure(failed->text) : std::move(answers.front());
    }

    /// With a thread for each device, see `side_by_side`.
    [[gnu::noinline]] std::vector<evaluation<>> evaluate_batch(std::span<const arch_type> archs,
                                                               std::span<const context> abouts) const {
        std::vector<evaluation<>> answers(archs.size());
        if constexpr (builds_plans<Builder, arch_type>) {
            if (options().side_by_side > 1 && !evaluations_.rows().setup.optimizer) {
                evaluate_groups(archs, abouts, answers);
                return answers;
            }
        }
        on_all_devices(archs.size(), [&](std::size_t i) { answers[i] = (*this)(archs[i], abouts[i]); });
        return answers;
    }

    /// Trains without an evaluation. What cannot be built or trained throws.
    trained_torch train(const arch_type& arch, const context& about) const {
        return evaluations_.train(model_of(builder_(arch)), about);
    }

    /// How good a network is on the test rows; std::logic_error where the split has none.
    mlp_scores test(torch_model& model) const { return evaluations_.test(model); }

  private:
    torch_trainer(Space space, Builder build, const torch_data& data, const dataset& about, const data_split& split,
                  torch_trainer_options options, Reward reward, torch_setup setup)
        : space_(std::move(space)),
          builder_(std::move(build)),
          evaluations_(options, std::move(reward), place(data, about, split, options, std::move(setup)),
                       builds_plans<Builder, arch_type>) {}

    static detail::training_checks checks() { return detail::training_checks("nas::torch_trainer"); }
    static detail::resident_rows place(const torch_data& data, const dataset& about, const data_split& split,
                                       const torch_trainer_options& options, torch_setup setup) {
        check_options("nas::torch_trainer", options);
        if (options.nesterov && options.momentum == 0) checks().fail("nesterov needs a momentum above 0");
        check_split(about, split);
        checks().check<Reward>(options, about.task, split);
        return {data, about, split, std::move(setup), options.deterministic};
    }

    template <class Network>
    torch_model model_of(const Network& network) const {
        torch_model model = make_torch_model(network);
        if constexpr (requires(const Builder& made_by) { made_by.input_shapes(); })
            if (!model.plan) model.input_shapes = builder_.input_shapes();
        return model;
    }

    void evaluate_groups(std::span<const arch_type> archs, std::span<const context> abouts,
                         std::vector<evaluation<>>& answers) const {
        detail::plan_groups groups(options().side_by_side);
        for (std::size_t i = 0; i < archs.size(); ++i) {
            const auto failed = detail::catch_torch_failure(
                [&] { groups.add(i, builder_(archs[i]), evaluations_.epochs_of(abouts[i])); });
            if (failed) answers[i] = evaluation<>::failure(failed->text);
        }
        on_all_devices(groups.all().size(), [&](std::size_t number) {
            const detail::plan_group& group = groups.all()[number];
            std::vector<const context*> members;
            for (const std::size_t i : group.members) members.push_back(&abouts[i]);
            auto results =
                evaluations_([&](std::size_t copies) { return make_torch_model(group.plan, copies); }, members);
            for (std::size_t i = 0; i < results.size(); ++i) answers[group.members[i]] = std::move(results[i]);
        });
    }

    template <class Work>
    void on_all_devices(std::size_t count, const Work& work) const {
        detail::work_on(evaluations_.rows().places.size(), count, work);
    }

    Space space_;
    Builder builder_;
    detail::torch_evaluations<Reward> evaluations_;
};

template <class Reward = accuracy_reward>
torch_trainer(mlp_space, const dataset&, const data_split&, torch_trainer_options = {}, Reward = {}, torch_setup = {})
    -> torch_trainer<mlp_space, mlp_plans, Reward>;

}  // namespace nas
