// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <nas/core/options.hpp>

namespace nas {

struct ridge_regression_options {
    double ridge = 1;

    /// Below, rounding shows: where features depend on each other, as those of choices do, 1 / ridge stays in the inverse for
    /// ever, beside what observations leave of it. With 1e-9, predictions were off by 1e-4 after 5,000; with this by 1e-10.
    static constexpr double least_ridge = 1e-4;

    static constexpr void fields(auto&& visit) {
        visit(&ridge_regression_options::ridge, field{"ridge", least_ridge, 1e9, "measured: 0.1 to 3 differ little",
                                                      "what a squared weight costs, beside the squared errors"});
    }
};

/// Linear least squares with a penalty on the squares of the weights, learned one observation at a time: after each it is
/// what a fit to all of them would be (recursive least squares; Plackett 1950), in O(features^2). An intercept is fitted too,
/// all but free of penalty. It is also Bayesian linear regression, whose prior of the weights is normal: that gives a
/// prediction its deviation.
class ridge_regression {
  public:
    explicit ridge_regression(std::size_t features, ridge_regression_options options = {}) : options_(options) {
        check_options("nas::ridge_regression", options_);
        weights_.assign(features + 1, 0);
        row_.resize(features + 1);
        gain_.resize(features + 1);
        inverse_.assign((features + 1) * (features + 2) / 2, 0);
        for (std::size_t i = 0; i < features; ++i) inverse_[diagonal(i)] = 1 / options_.ridge;
        inverse_[diagonal(features)] = 1 / (options_.ridge * intercept_ridge);
    }

    const ridge_regression_options& options() const noexcept { return options_; }
    std::size_t features() const noexcept { return weights_.size() - 1; }
    std::size_t observations() const noexcept { return observations_; }

    /// NaN before the first observation.
    double predict(std::span<const double> features) const noexcept {
        assert(features.size() == this->features());
        if (observations_ == 0) return std::numeric_limits<double>::quiet_NaN();
        return std::inner_product(features.begin(), features.end(), weights_.begin(), origin_ + weights_.back());
    }

    /// The standard deviation of that prediction: how far it may be from the mean of values with these features, whose own
    /// noise is not in it. The noise is estimated from the errors so far, each that of a value before it was learned.
    double deviation(std::span<const double> features) const {
        assert(features.size() == this->features());
        if (observations_ == 0) return std::numeric_limits<double>::quiet_NaN();
        // Twice the lower triangle and its diagonal, of the features that are not 0: few, in an encoding.
        boost::container::small_vector<std::size_t, 64> used;
        const double* const intercept = inverse_.data() + diagonal(features.size()) - features.size();
        double sum = intercept[features.size()];
        for (std::size_t i = 0; i < features.size(); ++i) {
            if (features[i] == 0) continue;
            const double* const row = inverse_.data() + diagonal(i) - i;
            double part = row[i] * features[i] / 2 + intercept[i];
            for (const std::size_t j : used) part += row[j] * features[j];
            sum += 2 * features[i] * part;
            used.push_back(i);
        }
        return std::sqrt(squared_errors_ / static_cast<double>(observations_) * std::max(sum, 0.0));
    }

    /// `value` must be finite.
    void learn(std::span<const double> features, double value) noexcept {
        const double error = observations_ == 0 ? 0 : value - predict(features);
        if (observations_++ == 0) origin_ = value;
        for (std::size_t i = 0; i < features.size(); ++i) row_[i] = features[i];
        row_.back() = 1;

        // Sherman and Morrison's formula: A^-1 - g g' / (1 + x' g), with A = sum x x' + ridge and g = A^-1 x. Only the lower
        // triangle is kept, so that it stays symmetric.
        // Rows one after the other; plain pointers, because this is all the time that learning takes.
        const std::size_t size = row_.size();
        const double* const x = row_.data();
        double* const gain = gain_.data();
        const double* read = inverse_.data();
        for (std::size_t i = 0; i < size; ++i) {
            double sum = 0;
            for (std::size_t j = 0; j < i; ++j, ++read) {
                sum += *read * x[j];
                gain[j] += *read * x[i];
            }
            gain[i] = sum + *read++ * x[i];
        }
        double scale = 1;
        for (std::size_t i = 0; i < size; ++i) scale += x[i] * gain[i];
        squared_errors_ += error * error / scale;
        double* write = inverse_.data();
        for (std::size_t i = 0; i < size; ++i) {
            const double factor = gain[i] / scale;
            weights_[i] += factor * error;
            for (std::size_t j = 0; j <= i; ++j) *write++ -= factor * gain[j];
        }
    }

    /// The fit to the same observations with other values, in O(features^2): `moments` are the sums over the observations of
    /// each feature times the value, that of the values last, `squares` is the sum of the squared values. Values should be
    /// centred, as all of the intercept is then penalised.
    void refit(std::span<const double> moments, double squares) noexcept {
        assert(moments.size() == weights_.size());
        origin_ = 0;
        squared_errors_ =
            squares;  // those of each value before it was learned, over their variances, sum up to y'y - w'X'y
        const double* read = inverse_.data();
        for (std::size_t i = 0; i < weights_.size(); ++i) {
            double sum = 0;
            for (std::size_t j = 0; j < i; ++j, ++read) {
                sum += *read * moments[j];
                weights_[j] += *read * moments[i];
            }
            weights_[i] = sum + *read++ * moments[i];
        }
        for (std::size_t i = 0; i < weights_.size(); ++i) squared_errors_ -= weights_[i] * moments[i];
        squared_errors_ = std::max(squared_errors_, 0.0);
    }

  private:
    // The first value is subtracted from all, so that what is left to the intercept is small, and its penalty too.
    static constexpr double intercept_ridge = 1e-4;

    static constexpr std::size_t diagonal(std::size_t i) noexcept { return i * (i + 3) / 2; }

    ridge_regression_options options_;
    std::vector<double> weights_;  // the intercept last
    std::vector<double> inverse_;  // rows of the lower triangle, one after the other
    std::vector<double> row_;
    std::vector<double> gain_;
    double origin_ = 0;
    double squared_errors_ = 0;  // each over its variance in units of the noise's
    std::size_t observations_ = 0;
};

}  // namespace nas
