// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <nas/networks/packs.hpp>
#include <nas/predictors/gaussian_process/cholesky.hpp>
#include <nas/predictors/gaussian_process/process_data.hpp>
#include <nas/predictors/kernels.hpp>
#include <nas/predictors/prior_mean.hpp>

namespace nas::detail {

/// Those of the kernel, then the two below.
struct process_parameters {
    std::vector<double> kernel;
    double nugget = 0;  ///< log of the variance of what the kernel cannot explain: noise, and what is the network's own
    double noise_share = 0;  ///< its logit: how much of that another trial would not show

    std::size_t size() const noexcept { return kernel.size() + 2; }
    double& operator[](std::size_t i) {
        return i < kernel.size() ? kernel[i] : i == kernel.size() ? nugget : noise_share;
    }
    double nugget_variance() const { return std::exp(nugget); }
    double noise_variance() const { return std::exp(nugget) / (1 + std::exp(-noise_share)); }
};

/// Minus the logarithm of the posterior of the parameters, the variance of the signal integrated out, and its gradient. Of n
/// networks with N trials, K the kernel plus the nugget:
///
///     s2 = (y' K^-1 y + squares / noise + 1) / (N + 1)
///     (N + 1) / 2 log s2 + log det K / 2 + (N - n) / 2 log noise + squares of the distances from the priors
/// `Pairs` says what the kernel says of pairs of networks, the lower triangle row by row: anova_pairs, or kernel_pairs.
template <class Pairs>
class marginal_likelihood {
  public:
    /// `noise_share`: the logit of what is expected of it, infinite where it is known to be 0 or 1.
    marginal_likelihood(Pairs pairs, const process_data& data, double noise_share)
        : pairs_(std::move(pairs)),
          data_(data),
          noise_share_(noise_share),
          trials_(data.total_trials()),
          squares_(data.total_squares()) {
        const std::size_t n = data.size();
        inverse_.resize(n * (n + 1) / 2);
        matrix_.resize(n * n);
        upper_.resize(n * n);
        solved_.resize(n);
    }

    process_parameters start() const {
        process_parameters parameters;
        parameters.kernel.resize(pairs_.parameters());
        for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] = prior(i).mean;
        parameters.nugget = std::log(0.05);
        return parameters;
    }
    kernel_prior prior(std::size_t i) const {
        const std::size_t of_kernel = pairs_.parameters();
        if (i < of_kernel) return pairs_.prior(i);
        if (i == of_kernel) return {std::log(0.02), 1.5, std::log(1e-5), std::log(2)};
        return {noise_share_, 1.5, -8, 8};
    }

    /// Infinity where the matrix is not positive definite: then there is no gradient.
    double operator()(process_parameters parameters, std::span<double> gradient) {
        const std::size_t n = data_.size();
        pairs_.set(parameters.kernel);
        const double nugget = parameters.nugget_variance();
        const double noise = parameters.noise_variance();
        const double share = noise / nugget;
        const std::size_t scores = n > 0 ? data_.scores.size() / n : 0;
        const double own = nugget - noise;
        std::size_t pair = 0;
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j <= i; ++j, ++pair)
                matrix_[i * n + j] = pairs_.covariance(pair) + mean_covariance(scores, data_.scores.data() + i * scores,
                                                                               data_.scores.data() + j * scores);
            matrix_[i * n + i] += own + noise / data_.trials[i];
        }
        if (!cholesky(n, matrix_.data())) return std::numeric_limits<double>::infinity();
        double half_log_determinant = 0;
        for (std::size_t i = 0; i < n; ++i) half_log_determinant += std::log(matrix_[i * n + i]);
        solved_ = data_.means;
        solve_lower(n, matrix_.data(), solved_.data());
        const double fit = dot(n, solved_.data(), solved_.data());
        solve_lower_transposed(n, matrix_.data(), solved_.data());
        const double repeats = noise > 0 ? trials_ - static_cast<double>(n) : 0;
        const double squares = noise > 0 ? squares_ / noise : 0;
        const double s2 = (fit + squares + 1) / (trials_ + 1);
        double value = (trials_ + 1) / 2 * std::log(s2) + half_log_determinant;
        if (repeats > 0) value += repeats / 2 * std::log(noise);

        // d value / dK, both triangles at once: K^-1 - a a' / s2, and half of that on the diagonal.
        inverse_of_factor(n, matrix_.data(), upper_.data(), inverse_.data());
        double to_nugget = 0;
        double to_share = 0;
        pair = 0;
        for (std::size_t i = 0; i < n; ++i) {
            add_times(i + 1, -solved_[i] / s2, solved_.data(), inverse_.data() + pair);
            pair += i + 1;
            inverse_[pair - 1] /= 2;
            to_nugget += inverse_[pair - 1] * (own + noise / data_.trials[i]);
            to_share += inverse_[pair - 1] * noise * (1 - share) * (1 / data_.trials[i] - 1);
        }
        const double to_noise = repeats / 2 - squares / (2 * s2);

        const std::size_t of_kernel = pairs_.parameters();
        pairs_.slopes(inverse_, gradient.first(of_kernel));
        gradient[of_kernel] = to_nugget + to_noise;
        gradient[of_kernel + 1] = to_share + to_noise * (1 - share);
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const kernel_prior about = prior(i);
            if (!(about.mean - about.mean == 0)) {
                gradient[i] = 0;  // an evaluator that is known to be exact, or to have all the nugget as noise
                continue;
            }
            const double distance = (parameters[i] - about.mean) / about.deviation;
            value += distance * distance / 2;
            gradient[i] += distance / about.deviation;
        }
        return value;
    }

    /// The best parameters seen in these steps of iRprop- (Igel and Huesken 2003): each has a step size of its own, that grows
    /// while the gradient keeps its sign.
    process_parameters maximize(process_parameters parameters, std::size_t iterations) {
        process_parameters best = parameters;
        double least = std::numeric_limits<double>::infinity();
        std::vector<double> steps(parameters.size(), 0.3);
        std::vector<double> gradient(parameters.size());
        std::vector<double> before(parameters.size());
        for (std::size_t iteration = 0; iteration < iterations; ++iteration) {
            const double value = (*this)(parameters, gradient);
            if (!(value - value == 0)) break;
            if (value < least) {
                least = value;
                best = parameters;
            }
            for (std::size_t i = 0; i < parameters.size(); ++i) {
                const double sign = gradient[i] * before[i];
                if (sign > 0) steps[i] = std::min(1.3 * steps[i], 1.0);
                if (sign < 0) {
                    steps[i] *= 0.5;
                    gradient[i] = 0;
                }
                before[i] = gradient[i];
                const kernel_prior about = prior(i);
                if (gradient[i] == 0) continue;
                const double step = gradient[i] > 0 ? -steps[i] : steps[i];
                parameters[i] = std::clamp(parameters[i] + step, about.low, about.high);
            }
        }
        return best;
    }

  private:
    Pairs pairs_;
    const process_data& data_;
    double noise_share_;
    double trials_;
    double squares_;
    std::vector<double> inverse_;  // of pairs
    std::vector<double> matrix_;   // networks x networks
    std::vector<double> upper_;
    std::vector<double> solved_;
};

}  // namespace nas::detail
