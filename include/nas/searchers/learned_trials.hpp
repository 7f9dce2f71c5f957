// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <nas/core/trial.hpp>
#include <nas/policies/reward_ranks.hpp>
#include <nas/predictors/normal_scores.hpp>

namespace nas {

/// The trials that a searcher's model learns from, at full fidelity. What is not completed counts as the worst completed one.
template <class Arch>
class learned_trials {
  public:
    void add(const trial<Arch>& told) {
        if (told.fidelity != full_fidelity) return;
        ++told_;
        archs_.push_back(told.arch);
        ids_.push_back(told.id);
        values_.push_back(told.completed() ? told.value() : -std::numeric_limits<double>::infinity());
        completed_ += told.completed() ? 1U : 0U;
        if (told.completed()) worst_ = std::min(worst_, told.value());
    }

    std::size_t size() const noexcept { return archs_.size(); }
    std::size_t completed() const noexcept { return completed_; }
    /// How many there were, with those that it forgot.
    std::size_t told() const noexcept { return told_; }
    std::span<const Arch> archs() const noexcept { return archs_; }
    std::span<const trial_id> ids() const noexcept { return ids_; }
    bool completed(std::size_t i) const { return values_[i] > -std::numeric_limits<double>::infinity(); }
    /// Of a trial that was completed.
    double value(std::size_t i) const { return values_[i]; }

    /// What a model shall learn: the values, or the normal scores of their ranks. At least one must be completed.
    std::vector<double> scores(reward_transform transform) const {
        std::vector<double> all = values_;
        for (double& value : all) value = std::max(value, worst_);
        return transform == reward_transform::rank ? normal_scores(all) : all;
    }

    /// The numbers of the best `count` of the completed trials, the best first, of equals the earlier.
    std::vector<std::size_t> best(std::size_t count) const {
        std::vector<std::size_t> order(size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        count = std::min(count, completed_);
        std::partial_sort(
            order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
            [&](std::size_t a, std::size_t b) { return values_[a] != values_[b] ? values_[a] > values_[b] : a < b; });
        order.resize(count);
        return order;
    }

    /// Forgets all but these, in ascending order.
    void keep(std::span<const std::size_t> chosen) {
        for (std::size_t k = 0; k < chosen.size(); ++k) {
            archs_[k] = archs_[chosen[k]];
            ids_[k] = ids_[chosen[k]];
            values_[k] = values_[chosen[k]];
        }
        archs_.resize(chosen.size(), archs_.front());
        ids_.resize(chosen.size());
        values_.resize(chosen.size());
        completed_ = 0;
        worst_ = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < size(); ++i) {
            if (!completed(i)) continue;
            ++completed_;
            worst_ = std::min(worst_, values_[i]);
        }
    }

  private:
    std::vector<Arch> archs_;
    std::vector<trial_id> ids_;
    std::vector<double> values_;
    std::size_t completed_ = 0;
    std::size_t told_ = 0;
    double worst_ = std::numeric_limits<double>::infinity();
};

}  // namespace nas
