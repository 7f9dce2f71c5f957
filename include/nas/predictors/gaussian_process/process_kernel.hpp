// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/predictors/gaussian_process/anova.hpp>
#include <nas/predictors/gaussian_process/anova_pairs.hpp>
#include <nas/predictors/gaussian_process/kernel_pairs.hpp>
#include <nas/predictors/gaussian_process/process_data.hpp>
#include <nas/predictors/gaussian_process/space_kernel.hpp>
#include <nas/predictors/kernels.hpp>

namespace nas::detail {

/// A kernel as a process works with it: an architecture is so many levels and a vector, and 1 is added for the mean that all share.
template <class Space, class Kernel>
class process_kernel {
  public:
    explicit process_kernel(const Space& space) : kernel_(space) {}

    std::size_t levels() const noexcept { return 0; }
    std::size_t vector_size() const { return kernel_.features(); }
    void describe(const Space& space, const arch_t<Space>& arch, std::uint16_t*, double* vector) const {
        kernel_.read(space, arch, {vector, vector_size()});
    }
    /// To what was learned, row after row of vectors; they may be changed, and then are `scale`d later.
    void adapt(std::vector<double>& rows) {
        if constexpr (AdaptiveKernel<Kernel>) kernel_.adapt(rows);
    }
    void scale(std::vector<double>&) const {}

    kernel_pairs<Kernel> pairs(const process_data& data) const { return {kernel_, data}; }
    void set(std::span<const double> parameters) { kernel_.set(parameters); }
    double operator()(const std::uint16_t*, const double* x, const std::uint16_t*, const double* y) const {
        return 1 + kernel_.covariance(x, y);
    }

  private:
    Kernel kernel_;
};

template <class Space>
class process_kernel<Space, anova<Space>> {
  public:
    explicit process_kernel(const Space& space) : kernel_(kernel_of(space)) {}

    std::size_t levels() const noexcept { return kernel_.anova.decisions(); }
    std::size_t vector_size() const noexcept { return kernel_.anova.vector_size(); }
    void describe(const Space& space, const arch_t<Space>& arch, std::uint16_t* levels, double* vector) const {
        describe_to_kernel(space, arch, kernel_, levels, vector);
    }
    void adapt(std::vector<double>& rows) { features_ = feature_scales(rows, vector_size(), kernel_.features); }
    void scale(std::vector<double>& vector) const { features_.apply(vector); }

    anova_pairs pairs(const process_data& data) const { return {kernel_.anova, data}; }
    void set(std::span<const double> parameters) { covariance_ = weighted(kernel_.anova, parameters); }
    double operator()(const std::uint16_t* x, const double* x_vector, const std::uint16_t* y,
                      const double* y_vector) const {
        return covariance_(x, x_vector, y, y_vector);
    }

  private:
    space_kernel kernel_;
    feature_scales features_;
    anova_kernel::weighted covariance_;
};

}  // namespace nas::detail
