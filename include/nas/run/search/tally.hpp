// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <nas/core/history.hpp>
#include <nas/run/stop_rules.hpp>

namespace nas::detail {

/// Whether one of these rules depends on what trials were worth or cost.
inline bool looks_at_trials(const stop_rules& rules) noexcept {
    return rules.cost != no_limit || rules.target != no_limit || rules.patience != unlimited;
}

/// What stop rules look at: a search's own trials, in the order of telling.
class tally {
  public:
    void add(bool completed, double value, double cost) noexcept {
        cost_ += cost;
        free_ = cost > 0 ? 0 : free_ + 1;
        ++since_best_;
        if (completed && (!has_best_ || value > best_)) {
            has_best_ = true;
            best_ = value;
            since_best_ = 0;
        }
        if (since_best_ > longest_) longest_ = since_best_;
    }
    /// Adds the rows that were not there at the last call; imported ones are passed over.
    template <class History>
    void catch_up(const History& history) noexcept {
        for (; rows_ < history.size(); ++rows_)
            if (history.origin(rows_) != trial_origin::imported)
                add(history.completed(rows_), history.value(rows_), history.cost(rows_));
    }

    /// The first of these rules that holds: cost, target, patience.
    stop_reason reached(const stop_rules& rules) const noexcept {
        if (cost_ >= rules.cost) return stop_reason::cost;
        if (has_best_ && best_ >= rules.target) return stop_reason::target;
        if (longest_ >= rules.patience) return stop_reason::patience;
        const bool cost_alone = rules.cost != no_limit && rules.trials >= no_trial && rules.patience == unlimited &&
                                rules.wall_time == no_limit;
        return cost_alone && free_ >= most_free_trials ? stop_reason::free_of_cost : stop_reason::none;
    }

  private:
    std::size_t rows_ = 0;
    double cost_ = 0;
    std::size_t free_ = 0;  // trials in a row that cost nothing
    bool has_best_ = false;
    double best_ = 0;
    std::size_t since_best_ = 0;
    std::size_t longest_ = 0;  // that it ever was: what ended a run ends it again when its program is started anew
};

}  // namespace nas::detail
