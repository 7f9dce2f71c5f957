// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/trial.hpp>
#include <nas/data/dataset.hpp>
#include <nas/evaluators/mlp_trainer/mlp_judge.hpp>
#include <nas/evaluators/mlp_trainer_options.hpp>

namespace nas {

/// How the training of a network went, epoch by epoch.
struct training_course {
    std::vector<double> accuracies = {};  ///< on the validation rows, after each epoch; empty for regression
    std::vector<double> losses = {};      ///< the same
    std::size_t kept_epoch = 0;           ///< from 0
    std::size_t best_epoch = 0;           ///< from 0
    std::vector<float> scores = {};       ///< row-major [validation row][output] of the kept weights
    double seconds = 0;                   ///< of the processor, validation included
    bool diverged = false;                ///< the last of `losses` is not finite, and training ended there

    /// Whether `monitor` was better after one epoch than after another.
    bool is_better(training_monitor monitor, std::size_t epoch, std::size_t than) const {
        return monitor == training_monitor::loss ? losses[epoch] < losses[than] : accuracies[epoch] > accuracies[than];
    }
};

namespace detail {

/// What follows from an epoch.
struct epoch_outcome {
    bool best = false;  ///< it is the best so far
    bool kept = false;  ///< its weights are the model, as far as training went
    bool end = false;   ///< no epoch was better for `patience` of them, or the loss is not finite
};

/// Adds an epoch that was judged so; `options` has keep, monitor and patience.
template <class Options>
epoch_outcome add_epoch(training_course& course, const mlp_scores& now, std::span<const float> scores,
                        learning_task task, const Options& options) {
    const std::size_t epoch = course.losses.size();
    course.losses.push_back(now.loss);
    if (task != learning_task::regression) course.accuracies.push_back(now.accuracy);
    course.diverged = !std::isfinite(now.loss);
    if (course.diverged) return {.end = true};
    epoch_outcome outcome{.best = epoch == 0 || course.is_better(options.monitor, epoch, course.best_epoch)};
    if (outcome.best) course.best_epoch = epoch;
    outcome.kept = outcome.best || options.keep == kept_weights::last;
    if (outcome.kept) {
        course.kept_epoch = epoch;
        course.scores.assign(scores.begin(), scores.end());
    }
    outcome.end = options.patience > 0 && epoch - course.best_epoch >= options.patience;
    return outcome;
}

/// Why a trial whose training went so has no value; empty where it has one.
inline std::string failure_of(const training_course& course) {
    if (course.diverged)
        return "the validation loss of epoch " + std::to_string(course.losses.size()) +
               " is not finite: the learning rate may be too high";
    return course.losses.empty() ? "stopped before the first epoch" : "";
}

/// How many epochs a fidelity is, `full` where it is full_fidelity. Throws fatal_error where it is no number of epochs.
inline std::size_t epochs_of(const std::string& owner, double fidelity, std::size_t full) {
    if (fidelity == full_fidelity) return full;
    if (!(fidelity >= 1 && fidelity <= 1e6 && fidelity == std::floor(fidelity)))
        throw fatal_error(owner + ": the fidelity (" + std::to_string(fidelity) +
                          ") must be a number of epochs from 1 to 1000000");
    return static_cast<std::size_t>(fidelity);
}

}  // namespace detail

}  // namespace nas
