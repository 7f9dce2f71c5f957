// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <nas/networks/packs.hpp>
#include <nas/predictors/gaussian_process/anova_kernel.hpp>
#include <nas/predictors/gaussian_process/process_data.hpp>
#include <nas/predictors/kernels.hpp>

namespace nas::detail {

/// The parameters of an analysis of variance are the logarithms of the weights of its components, then that of what products of two
/// factors weigh.
inline kernel_prior anova_prior(const anova_kernel& kernel, std::size_t i) {
    if (i == kernel.components()) return {0, 1, -7, 5};
    return {std::log(1.5 / static_cast<double>(std::max<std::size_t>(kernel.decisions(), 1))), 1.5, -8, 3};
}

inline anova_kernel::weighted weighted(const anova_kernel& kernel, std::span<const double> parameters) {
    std::vector<double> weights;
    for (const double log : parameters) weights.push_back(std::exp(log));
    return {kernel, std::span(weights).first(kernel.components()), weights.back()};
}

/// An analysis of variance over pairs of networks, all of whose similarities are at hand.
class anova_pairs {
  public:
    anova_pairs(const anova_kernel& kernel, const process_data& data) : kernel_(&kernel) {
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
        work_.resize(pairs_);
    }

    std::size_t parameters() const noexcept { return kernel_->components() + 1; }
    kernel_prior prior(std::size_t i) const { return anova_prior(*kernel_, i); }

    void set(std::span<const double> parameters) {
        weights_.clear();
        for (const double log : parameters) weights_.push_back(std::exp(log));
        std::fill(factors_.begin(), factors_.end(), 0.0);
        for (std::size_t c = 0; c < kernel_->components(); ++c)
            add_times(pairs_, weights_[c], similarities_.data() + c * pairs_,
                      factors_.data() + kernel_->factor_of(c) * pairs_);
        std::fill(single_.begin(), single_.end(), 0.0);
        std::fill(products_.begin(), products_.end(), 0.0);
        for (std::size_t f = 0; f < kernel_->factors(); ++f)
            for_each_number<double>(
                pairs_,
                [](const auto& factor, auto& single, auto& products) {
                    products += factor * single;
                    single += factor;
                },
                std::as_const(factors_).data() + f * pairs_, single_.data(), products_.data());
    }
    double covariance(std::size_t pair) const { return 1 + single_[pair] + weights_.back() * products_[pair]; }

    /// The derivatives, by the parameters, of the sum over pairs of these coefficients times their covariances.
    void slopes(const std::vector<double>& coefficients, std::span<double> out) {
        const double interactions = weights_.back();
        for (std::size_t c = 0; c < kernel_->components(); ++c) {
            if (c == 0 || kernel_->factor_of(c) != kernel_->factor_of(c - 1))
                for_each_number<double>(
                    pairs_,
                    [interactions](const auto& slope, const auto& single, const auto& factor, auto& product) {
                        product = slope * (1 + interactions * (single - factor));
                    },
                    coefficients.data(), std::as_const(single_).data(),
                    std::as_const(factors_).data() + kernel_->factor_of(c) * pairs_, work_.data());
            out[c] = weights_[c] * dot(pairs_, work_.data(), similarities_.data() + c * pairs_);
        }
        out[kernel_->components()] = interactions * dot(pairs_, coefficients.data(), products_.data());
    }

  private:
    const anova_kernel* kernel_;
    std::size_t pairs_ = 0;
    std::vector<double> weights_;
    // Of pairs of networks, the lower triangle row by row.
    std::vector<double> similarities_;  // [component][pair]
    std::vector<double> factors_;       // [factor][pair]
    std::vector<double> single_;
    std::vector<double> products_;
    std::vector<double> work_;
};

}  // namespace nas::detail
