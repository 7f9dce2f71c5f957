// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include <nas/core/rng.hpp>
#include <nas/core/trial.hpp>

namespace nas {

/// What an evaluator throws to end the search, where a failed trial would hide a mistake in the set-up (a table that does not
/// have the architecture). Every other exception is a failed trial.
class fatal_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Whether a search wants to end, as a plain function of `state`; may be called from several threads.
struct stop_query {
    bool (*wanted)(const void* state) = nullptr;
    const void* state = nullptr;
};

/// What an evaluator may know about the trial it evaluates, and whom it tells about progress. One context serves one
/// evaluation, on one thread.
class context {
  public:
    /// `curve`, where given, receives what is reported; `gave_up` becomes true where the evaluator was told to stop.
    /// `objectives` is how many values a report has, where that is known.
    context(trial_id id, std::uint64_t seed, double fidelity, learning_curve* curve = nullptr, stop_query stop = {},
            bool* gave_up = nullptr, std::size_t objectives = 0) noexcept
        : id_(id),
          seed_(seed),
          fidelity_(fidelity),
          curve_(curve),
          stop_(stop),
          gave_up_(gave_up),
          objectives_(objectives) {}

    trial_id id() const noexcept { return id_; }

    /// Seed of this trial's evaluation: a function of the search's seed and the trial's id alone.
    std::uint64_t seed() const noexcept { return seed_; }

    /// A fresh generator with that seed.
    nas::rng random() const noexcept { return nas::rng{seed_}; }

    /// How thoroughly to evaluate, in the evaluator's unit (epochs); `full_fidelity` (infinity): as much as it can.
    double fidelity() const noexcept { return fidelity_; }

    /// How many values a report has; 0 where nobody said.
    std::size_t objectives() const noexcept { return objectives_; }

    /// Adds a point to the trial's learning curve: the values of all objectives after `step` (epochs). Throws fatal_error where
    /// they are more or fewer than the evaluator has objectives.
    void report(double step, std::span<const double> values) const {
        if (objectives_ != 0 && values.size() != objectives_)
            throw fatal_error("nas::context: the evaluator reported " + std::to_string(values.size()) +
                              (values.size() == 1 ? " value" : " values") + " after a step of trial " +
                              std::to_string(id_) + "; it has " + std::to_string(objectives_) +
                              (objectives_ == 1 ? " objective" : " objectives"));
        if (curve_ == nullptr) return;
        curve_->steps.push_back(step);
        curve_->values.insert(curve_->values.end(), values.begin(), values.end());
    }
    void report(double step, double value) const { report(step, std::span<const double>(&value, 1)); }

    /// Whether to give up now, because the search was interrupted. What an evaluator that was told so returns is not
    /// recorded: its trial stays open and is evaluated again when the search goes on.
    bool stop_requested() const {
        const bool wanted = stop_.wanted != nullptr && stop_.wanted(stop_.state);
        if (wanted && gave_up_ != nullptr) *gave_up_ = true;
        return wanted;
    }

  private:
    trial_id id_;
    std::uint64_t seed_;
    double fidelity_;
    learning_curve* curve_;
    stop_query stop_;
    bool* gave_up_;
    std::size_t objectives_;
};

}  // namespace nas
