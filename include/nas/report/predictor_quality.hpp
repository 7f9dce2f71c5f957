// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/number_text.hpp>
#include <nas/networks/normal_quantile.hpp>
#include <nas/predictors/cross_validate.hpp>
#include <nas/predictors/predictor.hpp>
#include <nas/report/statistics.hpp>

namespace nas {

/// How good a predictor is, by predictions of what it has not seen.
struct predictor_quality {
    static constexpr std::array levels{0.5, 0.8, 0.9, 0.95};

    std::size_t count = 0;
    double kendall = 0;  ///< rank correlations of predictions and values; NaN where all of either are equal
    double spearman = 0;
    double error = 0;              ///< root of the mean squared error, in the unit of the values
    double error_of_the_mean = 0;  ///< that of whoever predicts the mean of all values
    /// Of each of `levels` the share of values in the interval that should have it, were they normal around the predicted mean with
    /// the predicted deviation. That has no noise of a trial in it: where evaluations are noisy, fewer values lie in there.
    std::array<double, levels.size()> coverage{};

    /// One line.
    std::string text() const {
        std::string all = "Kendall " + detail::number_text(kendall, 3) + ", Spearman " +
                          detail::number_text(spearman, 3) + ", error " + detail::number_text(error, 3) +
                          " (of the mean " + detail::number_text(error_of_the_mean, 3) + "), within";
        for (std::size_t i = 0; i < levels.size(); ++i)
            all += (i == 0 ? " " : ", ") + detail::number_text(100 * levels[i], 3) +
                   " %: " + detail::number_text(100 * coverage[i], 3) + " %";
        return all + ", of " + std::to_string(count);
    }
};

/// The share of values in the interval mean -+ z deviation that a normal variable is in with probability `level` in (0, 1).
inline double coverage(const held_out_predictions& held_out, double level) {
    if (!(level > 0 && level < 1))
        throw std::invalid_argument("nas::coverage: level (" + std::to_string(level) + ") must be in (0, 1)");
    const double z = normal_quantile((1 + level) / 2);
    std::size_t inside = 0;
    for (std::size_t i = 0; i < held_out.values.size(); ++i) {
        const prediction& one = held_out.predicted[i];
        inside += std::abs(held_out.values[i] - one.mean) <= z * one.deviation ? 1U : 0U;
    }
    return static_cast<double>(inside) / static_cast<double>(held_out.values.size());
}

/// Throws std::invalid_argument where there are fewer than two, not as many predictions as values, or one is not finite.
inline predictor_quality quality_of(const held_out_predictions& held_out) {
    std::vector<double> means;
    for (const prediction& one : held_out.predicted) means.push_back(one.mean);
    detail::require_pairs(means, held_out.values, "quality_of");
    predictor_quality quality;
    quality.count = means.size();
    quality.kendall = kendall_tau_b(means, held_out.values);
    quality.spearman = spearman(means, held_out.values);
    const double mean = detail::mean(held_out.values);
    double errors = 0;
    double squares = 0;
    for (std::size_t i = 0; i < means.size(); ++i) {
        errors += (held_out.values[i] - means[i]) * (held_out.values[i] - means[i]);
        squares += (held_out.values[i] - mean) * (held_out.values[i] - mean);
    }
    quality.error = std::sqrt(errors / static_cast<double>(means.size()));
    quality.error_of_the_mean = std::sqrt(squares / static_cast<double>(means.size()));
    for (std::size_t i = 0; i < quality.levels.size(); ++i) quality.coverage[i] = coverage(held_out, quality.levels[i]);
    return quality;
}

}  // namespace nas
