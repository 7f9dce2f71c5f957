// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/predictors/gaussian_process/anova_kernel.hpp>
#include <nas/predictors/gaussian_process/anova_pairs.hpp>
#include <nas/predictors/gaussian_process/space_kernel.hpp>
#include <nas/predictors/kernels.hpp>

namespace nas {

/// The analysis of variance of second order over the space's decisions, and the space's own features: see detail::anova_kernel;
/// without its 1, which every process adds. Alone a process works on it faster than through these members, which are for sums
/// and products with others.
template <class Space>
class anova {
  public:
    explicit anova(const Space& space)
        : kernel_(detail::kernel_of(space)), parameters_(kernel_.anova.components() + 1) {
        scales_.means.assign(kernel_.features, 0);
        scales_.factors.assign(kernel_.features, 1);
        set(std::vector<double>(parameters()));
    }

    const detail::space_kernel& kernel() const noexcept { return kernel_; }

    std::size_t features() const noexcept { return kernel_.anova.decisions() + kernel_.anova.vector_size(); }
    void read(const Space& space, const arch_t<Space>& arch, std::span<double> out) const {
        std::vector<std::uint16_t> levels(kernel_.anova.decisions());
        detail::describe_to_kernel(space, arch, kernel_, levels.data(), out.data() + levels.size());
        for (std::size_t i = 0; i < levels.size(); ++i) out[i] = levels[i];
    }
    void adapt(std::span<const double> rows) {
        std::vector<double> copy(rows.begin(), rows.end());
        scales_ = detail::feature_scales(copy, features(), kernel_.features);
    }
    std::size_t parameters() const noexcept { return parameters_.size(); }
    kernel_prior prior(std::size_t i) const { return detail::anova_prior(kernel_.anova, i); }
    void set(std::span<const double> logs) {
        weighted_ = detail::weighted(kernel_.anova, logs);
        for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i] = std::exp(logs[i]);
    }
    double covariance(const double* x, const double* y) const {
        const point one = of(x);
        const point other = of(y);
        return weighted_(one.levels.data(), one.vector.data(), other.levels.data(), other.vector.data()) - 1;
    }
    double gradient(const double* x, const double* y, std::span<double> out) const {
        const point one = of(x);
        const point other = of(y);
        std::vector<double> factors(kernel_.anova.factors());
        for (std::size_t c = 0; c < kernel_.anova.components(); ++c) {
            out[c] = parameters_[c] * kernel_.anova.similarity(c, one.levels.data(), one.vector.data(),
                                                               other.levels.data(), other.vector.data());
            factors[kernel_.anova.factor_of(c)] += out[c];
        }
        double single = 0;
        double pairs = 0;
        for (const double factor : factors) {
            pairs += factor * single;
            single += factor;
        }
        const double interactions = parameters_.back();
        for (std::size_t c = 0; c < kernel_.anova.components(); ++c)
            out[c] *= 1 + interactions * (single - factors[kernel_.anova.factor_of(c)]);
        out[kernel_.anova.components()] = interactions * pairs;
        return single + interactions * pairs;
    }

  private:
    struct point {
        std::vector<std::uint16_t> levels;
        std::vector<double> vector;
    };
    point of(const double* features) const {
        const std::size_t d = kernel_.anova.decisions();
        point one{{}, std::vector<double>(features + d, features + this->features())};
        for (std::size_t i = 0; i < d; ++i) one.levels.push_back(static_cast<std::uint16_t>(features[i]));
        scales_.apply(one.vector);
        return one;
    }

    detail::space_kernel kernel_;
    detail::feature_scales scales_;
    std::vector<double> parameters_;  // their exponentials
    detail::anova_kernel::weighted weighted_;
};

}  // namespace nas
