// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <nas/core/trial.hpp>
#include <nas/predictors/parzen_split.hpp>

namespace nas {

/// The best completed trials, of which the first are good. It remembers one more than can be good, so that a trial stops being
/// good before it is forgotten; hence a step costs the same however many there were.
class parzen_ranks {
  public:
    struct member {
        double value;
        std::size_t number;  // in the order of telling
        trial_id id;
        bool full = true;      // of full fidelity
        std::size_t slot = 0;  // its own while it is remembered, below `most` + 1
        bool good = false;
        std::vector<std::int32_t> codes = {};
    };

    parzen_ranks(parzen_split split, double gamma, std::size_t most) : split_(split), gamma_(gamma), most_(most) {}

    /// How many are good.
    std::size_t good() const noexcept { return good_; }
    /// The best first, of equals the earliest.
    const member& operator[](std::size_t k) const noexcept { return best_[k]; }

    /// Remembers a trial where it is among the best, and returns its slot then. `split` must follow.
    std::optional<std::size_t> insert(const member& told, std::span<const std::int32_t> codes) {
        ++completed_;
        const auto at = std::upper_bound(best_.begin(), best_.end(), told.value,
                                         [](double value, const member& other) { return value > other.value; });
        const auto place = at - best_.begin();
        if (best_.size() <= most_) {
            best_.push_back(told);
            best_.back().slot = best_.size() - 1;
        } else if (at == best_.end()) {
            return std::nullopt;
        }
        member& last = best_.back();  // new, or one more than can be good
        last.value = told.value;
        last.number = told.number;
        last.id = told.id;
        last.full = told.full;
        last.codes.assign(codes.begin(), codes.end());
        const std::size_t slot = last.slot;
        std::rotate(best_.begin() + place, best_.end() - 1, best_.end());
        return slot;
    }

    /// Calls `turn(member)` for each that has become good, or bad.
    template <class Turn>
    void split(Turn turn) {
        good_ = good_trials(split_, gamma_, most_, completed_);
        for (std::size_t k = 0; k < best_.size(); ++k) {
            if (best_[k].good == (k < good_)) continue;
            best_[k].good = k < good_;
            turn(best_[k]);
        }
    }

  private:
    parzen_split split_;
    double gamma_;
    std::size_t most_;
    std::size_t completed_ = 0;
    std::size_t good_ = 0;
    std::vector<member> best_;
};

}  // namespace nas
