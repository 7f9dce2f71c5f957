// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/data/dataset.hpp>
#include <nas/data/leakage.hpp>
#include <nas/data/split.hpp>
#include <nas/evaluators/mlp_trainer_options.hpp>
#include <nas/rewards/finished_model.hpp>
#include <nas/spaces/mlp_layer.hpp>
#include <nas/spaces/mlp_space.hpp>

namespace nas {

/// The output layer of networks that learn `data`: softmax with a unit a class, one sigmoid unit for two classes, a sigmoid
/// unit for each label, or a linear unit for each number.
inline mlp_layer output_layer_for(const dataset& data) {
    if (data.task == learning_task::classification) return classifier_output(data.outputs());
    return {data.outputs(), data.task == learning_task::multilabel ? activation::sigmoid : activation::linear};
}

namespace detail {

/// What a trainer, `owner`, asks of its options, the task and the parts of its data. Each function throws std::invalid_argument with
/// one sentence.
class training_checks {
  public:
    explicit training_checks(std::string owner) : owner_(std::move(owner)) {}

    [[noreturn]] void fail(const std::string& what) const { throw std::invalid_argument(owner_ + ": " + what); }

    template <class Reward, class Options>
    void check(const Options& options, learning_task task, const data_split& split) const {
        if (split.validation.empty()) fail("the split must have validation rows");
        if (options.test_metric && split.test.empty()) fail("test_metric needs a split with test rows");
        if (nas::needs_accuracy<Reward>() && task == learning_task::regression)
            fail(
                "the reward needs accuracies, which a regression has not; pass nas::loss_reward{} "
                "(nas/rewards/loss_reward.hpp) as the last argument");
        if (options.monitor == training_monitor::accuracy && task == learning_task::regression)
            fail("monitor must be loss where the task is regression");
        check_batch(options, split.train.size());
    }

    template <class Options>
    void check_batch(const Options& options, std::size_t rows) const {
        if (options.batch > rows)
            fail("batch (" + std::to_string(options.batch) + ") must be at most the " + std::to_string(rows) +
                 " training rows");
    }

    /// Whether networks that end with this layer can learn `data`.
    void check_output(const mlp_layer& output, const dataset& data) const {
        const mlp_layer wanted = output_layer_for(data);
        if (output == wanted) return;
        if (data.task == learning_task::regression && output.units == wanted.units &&
            output.function != activation::softmax) {
            if (!data.target_scales.empty())
                fail("the space's networks end with " + nas::describe(output) + ", but the targets of " + data.name +
                     " are standardised; standardise without targets, or end with " + nas::describe(wanted));
            return;
        }
        if (data.task == learning_task::classification && output == mlp_layer{data.outputs(), activation::softmax})
            return;
        fail("the space's networks end with " + nas::describe(output) + ", but for " + data.name +
             " they must end with " + nas::describe(wanted) +
             "; set mlp_space_options::output to nas::output_layer_for(data)");
    }

  private:
    std::string owner_;
};

}  // namespace detail

}  // namespace nas
