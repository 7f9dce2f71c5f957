// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace nas {

/// What rewards become before a learner compares them.
enum class reward_transform : std::uint8_t {
    none,
    /// The normal score of their rank among the last rewards: all that counts is which of two is larger.
    rank,
};
constexpr std::array<std::string_view, 2> enum_names(reward_transform) { return {"none", "rank"}; }

/// The quantile of the standard normal distribution, for 0 < p < 1; off by less than 1.2e-9 of its value (Acklam 2003).
inline double normal_quantile(double p) noexcept {
    constexpr double low = 0.02425;
    if (p > 0.5) return -normal_quantile(1 - p);
    if (p < low) {
        const double q = std::sqrt(-2 * std::log(p));
        return (((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e+00) * q -
                  2.549732539343734e+00) *
                     q +
                 4.374664141464968e+00) *
                    q +
                2.938163982698783e+00) /
               ((((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e+00) * q +
                 3.754408661907416e+00) *
                    q +
                1);
    }
    const double q = p - 0.5;
    const double r = q * q;
    return (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r +
              1.383577518672690e+02) *
                 r -
             3.066479806614716e+01) *
                r +
            2.506628277459239e+00) *
           q /
           (((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598874e+02) * r +
              6.680131188771972e+01) *
                 r -
             1.328068155288572e+01) *
                r +
            1);
}

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
