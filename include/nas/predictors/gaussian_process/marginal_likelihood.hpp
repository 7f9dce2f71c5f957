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
#include <nas/predictors/gaussian_process/anova_kernel.hpp>
#include <nas/predictors/gaussian_process/cholesky.hpp>
#include <nas/predictors/gaussian_process/process_data.hpp>

namespace nas::detail {

/// The logarithms of the weights of the kernel's components, then the three below.
struct process_parameters {
    std::vector<double> weights;
    double interactions = 0;  ///< log of what products of two factors weigh
    double nugget = 0;        ///< log of the variance of what no factor explains: noise, and what is the network's own
    double noise_share = 0;   ///< its logit: how much of that another trial would not show

    std::size_t size() const noexcept { return weights.size() + 3; }
    double& operator[](std::size_t i) {
        return i < weights.size()        ? weights[i]
               : i == weights.size()     ? interactions
               : i == weights.size() + 1 ? nugget
                                         : noise_share;
    }
    double nugget_variance() const { return std::exp(nugget); }
    double noise_variance() const { return std::exp(nugget) / (1 + std::exp(-noise_share)); }
};

/// Normal priors of these logarithms, and the box that they stay in.
struct process_prior {
    double mean, deviation, low, high;
};

inline process_prior prior_of(const process_parameters& parameters, std::size_t i, std::size_t decisions,
                              double noise_share) {
    const std::size_t weights = parameters.weights.size();
    if (i < weights) return {std::log(1.5 / static_cast<double>(std::max<std::size_t>(decisions, 1))), 1.5, -8, 3};
    if (i == weights) return {0, 1, -7, 5};
    if (i == weights + 1) return {std::log(0.02), 1.5, std::log(1e-5), std::log(2)};
    return {noise_share, 1.5, -8, 8};
}

/// Minus the logarithm of the posterior of the parameters, the variance of the signal integrated out, and its gradient. Of n
/// networks with N trials, K the kernel plus the nugget:
///
///     s2 = (y' K^-1 y + squares / noise + 1) / (N + 1)
///     (N + 1) / 2 log s2 + log det K / 2 + (N - n) / 2 log noise + squares of the distances from the priors
class marginal_likelihood {
  public:
    /// `noise_share`: the logit of what is expected of it, infinite where it is known to be 0 or 1.
    marginal_likelihood(const anova_kernel& kernel, const process_data& data, double noise_share)
        : kernel_(kernel),
          data_(data),
          noise_share_(noise_share),
          trials_(data.total_trials()),
          squares_(data.total_squares()) {
        const std::size_t n = data.size();
        const std::size_t d = kernel.decisions();
        const std::size_t v = kernel.vector_size();
        pairs_ = n * (n + 1) / 2;
        similarities_.resize(kernel.components() * pairs_);
        double* out = similarities_.data();
        for (std::size_t c = 0; c < kernel.components(); ++c)
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = 0; j <= i; ++j)
                    *out++ = kernel.similarity(c, data.levels.data() + i * d, data.vectors.data() + i * v,
                                               data.levels.data() + j * d, data.vectors.data() + j * v);
        factors_.resize(kernel.factors() * pairs_);
        single_.resize(pairs_);
        products_.resize(pairs_);
        inverse_.resize(pairs_);
        work_.resize(pairs_);
        matrix_.resize(n * n);
        upper_.resize(n * n);
        solved_.resize(n);
    }

    process_parameters start() const {
        process_parameters parameters;
        parameters.weights.resize(kernel_.components());
        for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] = prior(parameters, i).mean;
        parameters.nugget = std::log(0.05);
        return parameters;
    }
    process_prior prior(const process_parameters& parameters, std::size_t i) const {
        return prior_of(parameters, i, kernel_.decisions(), noise_share_);
    }

    /// Infinity where the matrix is not positive definite: then there is no gradient.
    double operator()(process_parameters parameters, std::span<double> gradient) {
        const std::size_t n = data_.size();
        sum_components(parameters);
        const double interactions = std::exp(parameters.interactions);
        const double nugget = parameters.nugget_variance();
        const double noise = parameters.noise_variance();
        const double share = noise / nugget;
        const double own = nugget - noise;
        std::size_t pair = 0;
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j <= i; ++j, ++pair)
                matrix_[i * n + j] = 1 + single_[pair] + interactions * products_[pair];
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

        for (std::size_t c = 0; c < kernel_.components(); ++c) {
            if (c == 0 || kernel_.factor_of(c) != kernel_.factor_of(c - 1))
                for_each_number<double>(
                    pairs_,
                    [interactions](const auto& slope, const auto& single, const auto& factor, auto& out) {
                        out = slope * (1 + interactions * (single - factor));
                    },
                    std::as_const(inverse_).data(), std::as_const(single_).data(),
                    std::as_const(factors_).data() + kernel_.factor_of(c) * pairs_, work_.data());
            gradient[c] =
                std::exp(parameters.weights[c]) * dot(pairs_, work_.data(), similarities_.data() + c * pairs_);
        }
        const std::size_t weights = kernel_.components();
        gradient[weights] = interactions * dot(pairs_, inverse_.data(), products_.data());
        gradient[weights + 1] = to_nugget + to_noise;
        gradient[weights + 2] = to_share + to_noise * (1 - share);
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const process_prior about = prior(parameters, i);
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
                const process_prior about = prior(parameters, i);
                if (gradient[i] == 0) continue;
                const double step = gradient[i] > 0 ? -steps[i] : steps[i];
                parameters[i] = std::clamp(parameters[i] + step, about.low, about.high);
            }
        }
        return best;
    }

  private:
    void sum_components(const process_parameters& parameters) {
        std::fill(factors_.begin(), factors_.end(), 0.0);
        for (std::size_t c = 0; c < kernel_.components(); ++c)
            add_times(pairs_, std::exp(parameters.weights[c]), similarities_.data() + c * pairs_,
                      factors_.data() + kernel_.factor_of(c) * pairs_);
        std::fill(single_.begin(), single_.end(), 0.0);
        std::fill(products_.begin(), products_.end(), 0.0);
        for (std::size_t f = 0; f < kernel_.factors(); ++f)
            for_each_number<double>(
                pairs_,
                [](const auto& factor, auto& single, auto& products) {
                    products += factor * single;
                    single += factor;
                },
                std::as_const(factors_).data() + f * pairs_, single_.data(), products_.data());
    }

    const anova_kernel& kernel_;
    const process_data& data_;
    double noise_share_;
    double trials_;
    double squares_;
    std::size_t pairs_ = 0;
    // Of pairs of networks, the lower triangle row by row.
    std::vector<double> similarities_;  // [component][pair]
    std::vector<double> factors_;       // [factor][pair]
    std::vector<double> single_;
    std::vector<double> products_;
    std::vector<double> inverse_;
    std::vector<double> work_;
    std::vector<double> matrix_;  // networks x networks
    std::vector<double> upper_;
    std::vector<double> solved_;
};

}  // namespace nas::detail
