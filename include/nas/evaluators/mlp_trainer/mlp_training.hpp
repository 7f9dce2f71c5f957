// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/draws.hpp>
#include <nas/data/dataset.hpp>
#include <nas/evaluators/mlp_trainer/mlp_judge.hpp>
#include <nas/evaluators/mlp_trainer/mlp_recipe.hpp>
#include <nas/evaluators/mlp_trainer/mlp_rows.hpp>
#include <nas/evaluators/mlp_trainer/training_course.hpp>
#include <nas/evaluators/mlp_trainer_options.hpp>
#include <nas/networks/mlp.hpp>
#include <nas/networks/optimizers.hpp>

namespace nas::detail {

inline double processor_seconds() noexcept {
    std::timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// What recipes are trained on and judged by:
///
///     new weights, which `prepare` may change; then, for each epoch:
///         shuffle the rows, learn them in batches
///         judge the model on the validation rows; keep its weights, or those of the best epoch
///         report what it is worth now
///         end where the loss is not finite, or no epoch was better for `patience` of them
struct mlp_training {
    mlp_rows rows = {};
    mlp_rows validation = {};
    mlp_judge judge = {};

    /// `keep`, `monitor` and `patience` are those of `own`, a trainer's options. `prepare(model)` may change the weights that training
    /// begins with; `worth(result, weights)` is what a report says of the kept weights.
    template <class Prepare, class Worth>
    trained_mlp run(const mlp_recipe& recipe, const mlp_trainer_options& own, std::size_t epochs, const context& about,
                    Prepare&& prepare, Worth&& worth) const {
        const double start = processor_seconds();
        rng random = about.random();
        trained_mlp result{{{}, recipe.layers}, mlp<float>(judge.inputs(), recipe.layers, recipe.options.dropout)};
        result.model.initialize(random);
        prepare(result.model);
        train(result, recipe.options, own, epochs, random, about, worth);
        result.seconds = processor_seconds() - start;
        return result;
    }

  private:
    template <class Worth>
    void train(trained_mlp& result, const mlp_trainer_options& how, const mlp_trainer_options& own, std::size_t epochs,
               rng& random, const context& about, const Worth& worth) const {
        any_optimizer<float> optimizer(how.optimizer, result.model.parameters().size(), how.momentum);
        std::vector<std::uint32_t> order(rows.count);
        std::iota(order.begin(), order.end(), std::uint32_t{0});
        mlp_rows batch;
        std::vector<float> scores(validation.targets.size());
        std::vector<float> best_weights;
        for (std::size_t epoch = 0; epoch < epochs && !about.stop_requested(); ++epoch) {
            shuffle(std::span<std::uint32_t>(order), random);
            learn(result.model, how, optimizer, order, batch, random);
            const mlp_scores now = judge(result.model, validation, scores.data());
            const epoch_outcome outcome = add_epoch(result, now, scores, judge.task(), own);
            if (result.diverged) return;
            if (outcome.best && own.keep == kept_weights::best)
                best_weights.assign(result.model.parameters().begin(), result.model.parameters().end());
            const std::span<const float> weights =
                own.keep == kept_weights::best ? std::span<const float>(best_weights) : result.model.parameters();
            about.report(static_cast<double>(epoch + 1), worth(result, weights));
            if (outcome.end) break;
        }
        std::copy(best_weights.begin(), best_weights.end(), result.model.parameters().begin());
    }

    // One epoch: the rows in the order of `order`, the last batch smaller where it must be.
    template <class Model>
    void learn(Model& model, const mlp_trainer_options& how, any_optimizer<float>& optimizer,
               const std::vector<std::uint32_t>& order, mlp_rows& batch, rng& random) const {
        for (std::size_t first = 0; first < order.size(); first += how.batch) {
            batch.count = std::min(how.batch, order.size() - first);
            gather(rows.inputs, judge.inputs(), {order.data() + first, batch.count}, batch.inputs);
            gather(rows.targets, judge.outputs(), {order.data() + first, batch.count}, batch.targets);
            model.forward(batch.inputs, random);
            model.backward(batch.inputs, batch.targets, judge.loss());
            if (how.weight_decay > 0) model.scale_weights(1 - how.learning_rate * how.weight_decay);
            optimizer.step(model.parameters(), model.gradient(), how.learning_rate);
        }
    }
};

}  // namespace nas::detail
