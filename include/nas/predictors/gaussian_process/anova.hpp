// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <boost/container/small_vector.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/predictors/gaussian_process/anova_kernel.hpp>
#include <nas/predictors/gaussian_process/anova_pairs.hpp>
#include <nas/predictors/gaussian_process/space_kernel.hpp>
#include <nas/predictors/kernels.hpp>

namespace nas {

/// The analysis of variance over the space's decisions, and the space's own features, see detail::anova_kernel; without its 1, which
/// every process adds. Of order 1 it is what each factor adds; of order 2 also what each two add together, and of order 3 each
/// three:
///
///     E1 + w2 E2 + w3 E3,    Eq = sum over sets of q factors of their products
///
/// which are q sums along the factors: Eq of the first i is that of the first i - 1, plus the i-th times E(q-1) of these.
/// Order 2 alone a process works on faster than through these members, which are for other orders, and for sums and products with
/// other kernels.
template <class Space, std::size_t Order = 2>
class anova {
    static_assert(Order >= 1 && Order <= 3, "nas: the order of nas::anova is 1, 2 or 3");

  public:
    static std::string name() { return Order == 2 ? "anova" : "anova(" + std::to_string(Order) + ')'; }

    explicit anova(const Space& space)
        : kernel_(detail::kernel_of(space)), parameters_(kernel_.anova.components() + Order - 1) {
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
    /// The logarithms of the weights of the components, then those of w2 and w3.
    std::size_t parameters() const noexcept { return parameters_.size(); }
    kernel_prior prior(std::size_t i) const {
        return detail::anova_prior(kernel_.anova, std::min(i, kernel_.anova.components()));
    }
    void set(std::span<const double> logs) {
        for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i] = std::exp(logs[i]);
    }
    double covariance(const double* x, const double* y) const {
        numbers components(kernel_.anova.components());
        return value_of(sums_of(factors_of(x, y, {components.data(), components.size()})));
    }
    double gradient(const double* x, const double* y, std::span<double> out) const {
        const std::size_t components = kernel_.anova.components();
        const numbers factors = factors_of(x, y, out);
        const auto sums = sums_of(factors);
        for (std::size_t c = 0; c < components; ++c) {
            // By its factor: the sums of the others, of one order less.
            const double factor = factors[kernel_.anova.factor_of(c)];
            double slope = 1;
            double others = 1;
            for (std::size_t q = 1; q < Order; ++q) {
                others = sums[q] - factor * others;
                slope += parameters_[components + q - 1] * others;
            }
            out[c] *= slope;
        }
        for (std::size_t q = 2; q <= Order; ++q) out[components + q - 2] = parameters_[components + q - 2] * sums[q];
        return value_of(sums);
    }

  private:
    using numbers = boost::container::small_vector<double, 64>;
    using sums_type = std::array<double, Order + 1>;
    struct point {
        boost::container::small_vector<std::uint16_t, 64> levels;
        std::vector<double> scaled;  // where features are
        const double* vector;
    };

    point of(const double* features) const {
        const std::size_t d = kernel_.anova.decisions();
        point one{{}, {}, features + d};
        for (std::size_t i = 0; i < d; ++i) one.levels.push_back(static_cast<std::uint16_t>(features[i]));
        if (kernel_.features == 0) return one;
        one.scaled.assign(features + d, features + this->features());
        scales_.apply(one.scaled);
        one.vector = one.scaled.data();
        return one;
    }
    /// Of a pair; and its components, each with its weight.
    numbers factors_of(const double* x, const double* y, std::span<double> components) const {
        const point one = of(x);
        const point other = of(y);
        numbers factors(kernel_.anova.factors());
        for (std::size_t c = 0; c < kernel_.anova.components(); ++c) {
            components[c] = parameters_[c] * kernel_.anova.similarity(c, one.levels.data(), one.vector,
                                                                      other.levels.data(), other.vector);
            factors[kernel_.anova.factor_of(c)] += components[c];
        }
        return factors;
    }
    /// E0 = 1, E1 and so on.
    static sums_type sums_of(const numbers& factors) {
        sums_type sums{1};
        for (const double factor : factors)
            for (std::size_t q = Order; q > 0; --q) sums[q] += factor * sums[q - 1];
        return sums;
    }
    double value_of(const sums_type& sums) const {
        double value = sums[1];
        for (std::size_t q = 2; q <= Order; ++q) value += parameters_[kernel_.anova.components() + q - 2] * sums[q];
        return value;
    }

    detail::space_kernel kernel_;
    detail::feature_scales scales_;
    std::vector<double> parameters_;  // their exponentials
};

}  // namespace nas
