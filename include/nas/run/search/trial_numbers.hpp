// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <nas/core/trial.hpp>

namespace nas::detail {

/// Numbers the trials of one search in the order of asking, imported ones among them. What a trial is follows from these
/// numbers alone: of those that are not imported, the first are the enqueued architectures, the others the searcher's own
/// proposals. So a history need not say what it does not hold: a number that was asked and never told is given out again,
/// before new ones.
class trial_numbers {
  public:
    struct number {
        trial_id id = 0;
        std::size_t place = 0;  ///< how many trials come before it, without imported ones
    };

    /// Of the next trial; `take` makes it the trial's, and those of the next `count` where there is no gap.
    number next() const noexcept {
        const gap& from = gaps_.empty() ? end_ : gaps_.front();
        return {from.first, from.first - from.imported};
    }
    void take(trial_id count = 1) noexcept {
        gap& from = gaps_.empty() ? end_ : gaps_.front();
        from.first += count;
        if (!gaps_.empty() && from.first == from.last) gaps_.erase(gaps_.begin());
    }
    trial_id take_for_import() {
        imported_.push_back(end_.first);
        ++end_.imported;
        return end_.first++;
    }
    /// Takes back the `count` numbers from `first` on: those that were taken last.
    void give_back(trial_id first, std::size_t count) {
        const trial_id last = first + static_cast<trial_id>(count);
        if (gaps_.empty() && last == end_.first) {
            end_.first = first;
        } else if (!gaps_.empty() && last == gaps_.front().first) {
            gaps_.front().first = first;
        } else {
            gaps_.insert(gaps_.begin(), {first, last, imported_before(first)});
        }
    }

    /// The smallest number that was never taken, and all after it.
    trial_id end() const noexcept { return end_.first; }
    std::size_t imported() const noexcept { return imported_.size(); }
    std::size_t place_of(trial_id id) const noexcept { return id - imported_before(id); }

    /// Makes exactly these numbers taken: of trials that are told or open, true for an imported one, in any order, though
    /// quickly only where they nearly ascend.
    void restore(const std::vector<std::pair<trial_id, bool>>& taken) {
        std::vector<std::pair<trial_id, bool>> sorted;
        sorted.reserve(taken.size());
        for (const auto& one : taken) {  // <algorithm> costs a user's compile 0.03 s
            auto at = sorted.end();
            while (at != sorted.begin() && one < *(at - 1)) --at;
            sorted.insert(at, one);
        }
        gaps_.clear();
        imported_.clear();
        end_ = {};
        for (const auto& [id, imported] : sorted) {
            if (id > end_.first) gaps_.push_back({end_.first, id, end_.imported});
            end_.first = id + 1;
            if (imported) {
                imported_.push_back(id);
                ++end_.imported;
            }
        }
    }

  private:
    struct gap {
        trial_id first = 0;
        trial_id last = no_trial;  // not in it
        trial_id imported = 0;     // how many imported trials come before
    };

    trial_id imported_before(trial_id id) const noexcept {
        std::size_t low = 0;
        for (std::size_t high = imported_.size(); low < high;) {
            const std::size_t middle = low + (high - low) / 2;
            if (imported_[middle] < id) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return static_cast<trial_id>(low);
    }

    std::vector<gap> gaps_;           // ascending
    std::vector<trial_id> imported_;  // ascending
    gap end_;
};

}  // namespace nas::detail
