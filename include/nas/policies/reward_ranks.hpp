// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <nas/networks/normal_quantile.hpp>

namespace nas {

/// What rewards become before a learner compares them.
enum class reward_transform : std::uint8_t {
    none,
    /// The normal score of their rank among the last rewards: all that counts is which of two is larger.
    rank,
};
constexpr std::array<std::string_view, 2> enum_names(reward_transform) { return {"none", "rank"}; }

/// What a reward is worth among the last `window` ones: with its rank r among n (the mean of their ranks where several are
/// equal) the normal score Phi^-1((r - 1/2) / n). What learns from these learns the same from rewards and from any increasing
/// function of them, as their logarithm: neither their unit nor that they go over decades matters.
/// A reward moves half of the window at most.
class reward_ranks {
  public:
    static constexpr std::size_t window = 1000;

    void add(double reward) {
        if (last_.size() < window) {
            last_.push_back(reward);
        } else {
            double& oldest = last_[added_ % window];
            sorted_.erase(std::lower_bound(sorted_.begin(), sorted_.end(), oldest));
            oldest = reward;
        }
        ++added_;
        sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), reward), reward);
    }

    /// After the first `add`. A reward that is not among the last ones has the place that it would take; one beyond them all
    /// the score of the nearest.
    double score(double reward) const noexcept {
        const auto [first, last] = std::equal_range(sorted_.begin(), sorted_.end(), reward);
        const auto twice = static_cast<double>((first - sorted_.begin()) + (last - sorted_.begin()));
        const auto whole = static_cast<double>(2 * sorted_.size());
        return normal_quantile(std::clamp(twice, 1.0, whole - 1) / whole);
    }

  private:
    std::vector<double> sorted_;
    std::vector<double> last_;  // a ring
    std::size_t added_ = 0;
};

}  // namespace nas
