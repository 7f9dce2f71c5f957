// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <nas/cuda/mlp_kernel/layout.hpp>
#include <nas/cuda/mlp_kernel/types.hpp>
#include <nas/cuda/train_mlps.hpp>
#include <nas/evaluators/mlp_trainer/mlp_recipe.hpp>
#include <nas/evaluators/mlp_trainer/mlp_training.hpp>
#include <nas/evaluators/mlp_trainer_options.hpp>
#include <nas/spaces/mlp_layer.hpp>

namespace nas::detail {

/// Which results of a training come back besides its curves.
enum class mlp_results : std::uint8_t {
    curves,  ///< none
    kept,    ///< weights and scores of the kept epoch
    all,     ///< those of every epoch
};

/// Networks to train together, as the kernel wants them told, and what became of them.
class mlp_job {
  public:
    /// On what was checked by a trainer; `on` must outlive the job.
    mlp_job(const mlp_training& on, const mlp_trainer_options& how, mlp_results wanted) : on_(on), wanted_(wanted) {
        const mlp_judge& judge = on.judge;
        regression_ = judge.task() == learning_task::regression;
        for (std::size_t k = 0; regression_ && k < judge.outputs(); ++k) scales_.push_back(judge.target_scale(k));
        all_.inputs = on.rows.inputs.data();
        all_.targets = on.rows.targets.data();
        all_.rows = on.rows.count;
        all_.validation_inputs = on.validation.inputs.data();
        all_.validation_targets = on.validation.targets.data();
        all_.validation_rows = on.validation.count;
        all_.features = static_cast<std::uint32_t>(judge.inputs());
        all_.outputs = static_cast<std::uint32_t>(judge.outputs());
        all_.batch = static_cast<std::uint32_t>(how.batch);
        all_.chunk = std::max(all_.batch, std::uint32_t{32});  // small batches are judged faster together
        all_.patience = how.patience;
        all_.learning_rate = how.learning_rate;
        all_.momentum = how.optimizer == optimizer_kind::sgd ? how.momentum : 0;
        all_.weight_decay = how.weight_decay;
        all_.how = static_cast<mlp_kernel::optimizer>(how.optimizer);
        all_.keep_best = how.keep == kept_weights::best;
        all_.monitor_accuracy = how.monitor == training_monitor::accuracy;
        all_.every_epoch = wanted == mlp_results::all;
        all_.what = regression_       ? mlp_kernel::loss::squared_error
                    : judge.softmax() ? mlp_kernel::loss::softmax_cross_entropy
                                      : mlp_kernel::loss::sigmoid_cross_entropy;
        keep_ = 1 - how.dropout;
    }

    /// `layers` end with the output layer.
    void add(const std::vector<mlp_layer>& layers, std::uint64_t seed, std::size_t epochs) {
        mlp_kernel::model one;
        one.seed = seed;
        one.first_layer = static_cast<std::uint32_t>(dense_.size());
        one.epochs = static_cast<std::uint32_t>(epochs);
        std::size_t width = all_.features;
        for (std::size_t i = 0; i < layers.size(); ++i) {
            std::size_t dropouts = 0;
            while (i + 1 + dropouts < layers.size() && layers[i + 1 + dropouts].is_dropout()) ++dropouts;
            dense_.push_back(dense_layer(width, layers[i], dropouts));
            width = layers[i].units;
            i += dropouts;
        }
        one.layers = static_cast<std::uint32_t>(dense_.size()) - one.first_layer;
        mlp_kernel::place(one, dense_.data(), all_);
        one.curve = epochs_;
        one.weights_at = weights_;
        one.scores_at = scores_;
        epochs_ += epochs;
        weights_ += mlp_kernel::weight_slots(all_, one) * one.parameters;
        scores_ += mlp_kernel::score_slots(all_, one) * scores_of_one();
        models_.push_back(one);
        layers_.push_back(layers);
    }

    std::size_t size() const noexcept { return models_.size(); }
    /// Of the results that come back, on this machine.
    std::size_t result_bytes() const noexcept {
        return epochs_ * 2 * sizeof(double) +
               (wanted_ == mlp_results::curves ? 0 : (weights_ + scores_) * sizeof(float));
    }
    /// What the last network that was added takes on a device at most: its memory, and its results.
    std::size_t last_bytes() const {
        const mlp_kernel::model& one = models_.back();
        return mlp_kernel::slow_bytes_at(all_, one, mlp_kernel::placement::any, 0) +
               (mlp_kernel::weight_slots(all_, one) * one.parameters +
                mlp_kernel::score_slots(all_, one) * scores_of_one()) *
                   sizeof(float);
    }
    /// What all that were added take there while they wait for the next rung.
    std::size_t waiting_bytes() const {
        std::size_t bytes = 0;
        for (const mlp_kernel::model& one : models_) bytes += mlp_kernel::saved_bytes(all_, one);
        return bytes;
    }
    /// Forgets it.
    void drop_last() {
        const mlp_kernel::model& one = models_.back();
        dense_.resize(one.first_layer);
        epochs_ = one.curve;
        weights_ = one.weights_at;
        scores_ = one.scores_at;
        models_.pop_back();
        layers_.pop_back();
    }

    /// Trains all by `runner(job)`; where there are rungs, by successive halving.
    template <class Runner>
    void run(const Runner& runner, std::span<const mlp_kernel::rung> rungs = {}) {
        losses_.resize(epochs_);
        outcomes_.resize(models_.size());
        all_.losses = losses_.data();
        all_.outcomes = outcomes_.data();
        all_.target_scales = scales_.data();
        if (!regression_) {
            accuracies_.resize(epochs_);
            all_.accuracies = accuracies_.data();
        }
        if (wanted_ != mlp_results::curves) {
            kept_weights_.resize(weights_);
            kept_scores_.resize(scores_);
            all_.weights = kept_weights_.data();
            all_.scores = kept_scores_.data();
        }
        runner(mlp_kernel::job{all_, dense_.data(), dense_.size(), models_.data(), models_.size(),
                               rungs.empty() ? nullptr : rungs.data(), rungs.size()});
        on_.judge.to_their_unit(kept_scores_);
    }

    /// How network `i` was trained, with its scores where they were wanted.
    mlp_course course(std::size_t i) const {
        const mlp_kernel::outcome& end = outcomes_[i];
        mlp_course result{{.kept_epoch = end.kept_epoch, .seconds = end.seconds, .diverged = end.diverged != 0},
                          layers_[i]};
        const auto curve = [&](const std::vector<double>& from) {
            const auto first = from.begin() + static_cast<std::ptrdiff_t>(models_[i].curve);
            return std::vector<double>(first, first + end.epochs);
        };
        result.losses = curve(losses_);
        if (!regression_) result.accuracies = curve(accuracies_);
        const std::span<const float> kept = scores(i, end.kept_epoch);
        result.scores.assign(kept.begin(), kept.end());
        return result;
    }
    /// Rungs that network `i` took part in.
    std::size_t rungs(std::size_t i) const { return outcomes_[i].rungs; }
    /// Of network `i` after an epoch: any where all were wanted, else the kept one; none where those were not.
    std::span<const float> weights(std::size_t i, std::size_t epoch) const {
        const mlp_kernel::model& one = models_[i];
        if (wanted_ == mlp_results::curves) return {};
        return std::span(kept_weights_).subspan(one.weights_at + slot(epoch) * one.parameters, one.parameters);
    }
    std::span<const float> scores(std::size_t i, std::size_t epoch) const {
        if (wanted_ == mlp_results::curves) return {};
        return std::span(kept_scores_).subspan(models_[i].scores_at + slot(epoch) * scores_of_one(), scores_of_one());
    }

  private:
    mlp_kernel::dense dense_layer(std::size_t inputs, const mlp_layer& layer, std::size_t dropouts) const {
        mlp_kernel::dense one;
        one.inputs = static_cast<std::uint32_t>(inputs);
        one.units = static_cast<std::uint32_t>(layer.units);
        one.act = static_cast<mlp_kernel::function>(layer.function);
        one.limit = std::sqrt(6.0 / static_cast<double>(inputs + layer.units));
        if (dropouts > 0 && keep_ < 1) {  // as nas::mlp drops
            const double keep = std::pow(keep_, static_cast<int>(dropouts));
            one.kept = static_cast<std::uint32_t>(std::max(std::lround(keep * 65536), 1L));
            one.scale = static_cast<float>(65536 / static_cast<double>(one.kept));
        }
        return one;
    }

    std::size_t slot(std::size_t epoch) const { return wanted_ == mlp_results::all ? epoch : 0; }
    std::size_t scores_of_one() const { return all_.validation_rows * all_.outputs; }

    const mlp_training& on_;
    mlp_results wanted_;
    mlp_kernel::setting all_;
    bool regression_ = false;
    double keep_ = 1;
    std::vector<double> scales_;
    std::vector<mlp_kernel::dense> dense_;
    std::vector<mlp_kernel::model> models_;
    std::vector<std::vector<mlp_layer>> layers_;
    std::size_t epochs_ = 0;  // numbers in all results
    std::size_t weights_ = 0;
    std::size_t scores_ = 0;
    std::vector<double> losses_;
    std::vector<double> accuracies_;
    std::vector<float> kept_weights_;
    std::vector<float> kept_scores_;
    std::vector<mlp_kernel::outcome> outcomes_;
};

}  // namespace nas::detail
