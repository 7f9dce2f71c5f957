// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <numbers>

#include <nas/core/rng.hpp>
#include <nas/predictors/acquisitions.hpp>

namespace nas::detail {

/// What a step promises itself of an architecture: the logarithm of its expected improvement and that of its chance to complete,
/// or a draw from its posterior.
class promise {
  public:
    /// `signal`: by which variances are multiplied; `most_variance`: none is larger. `share` of the trials completed; 1: all did.
    promise(bool thompson, double best, double signal, double most_variance, double share)
        : thompson_(thompson),
          best_(best),
          deviation_(std::sqrt(signal)),
          share_(share),
          bound_(std::log(deviation_ * std::sqrt(std::max(most_variance, least_variance))) -
                 std::log(2 * std::numbers::pi) / 2) {}

    /// `chance`: by how much more than `share` of those like it are expected to complete.
    double operator()(double mean, double variance, double chance, rng& random) const {
        const double deviation = deviation_of(variance);
        const double completes = share_ < 1 ? std::clamp(share_ + chance, 0.05, 1.0) : 1;
        if (thompson_) {
            boost::random::normal_distribution<double> normal;
            return mean + deviation * normal(random) + 2 * (completes - 1);
        }
        return log_improvement((mean - best_) / deviation) + std::log(deviation) +
               (share_ < 1 ? std::log(completes) : 0.0);
    }

    /// Whether it cannot be as much as `most`: log(z Phi(z) + phi(z)) < -z^2 / 2 - log(2 pi) / 2 where z < 0. A hundredth of the time.
    bool is_below(double most, double mean, double variance) const {
        if (thompson_ || mean >= best_) return false;
        const double z = (mean - best_) / deviation_of(variance);
        return bound_ - z * z / 2 < most;
    }

  private:
    static constexpr double least_variance = 1e-9;

    double deviation_of(double variance) const { return deviation_ * std::sqrt(std::max(variance, least_variance)); }

    bool thompson_;
    double best_;
    double deviation_;
    double share_;
    double bound_;
};

}  // namespace nas::detail
