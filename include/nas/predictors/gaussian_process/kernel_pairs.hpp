// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <nas/predictors/gaussian_process/process_data.hpp>
#include <nas/predictors/kernels.hpp>

namespace nas::detail {

/// Any kernel, and 1 for the mean that all share, over pairs of networks.
template <class Kernel>
class kernel_pairs {
  public:
    kernel_pairs(Kernel kernel, const process_data& data)
        : kernel_(std::move(kernel)), rows_(data.vectors), size_(data.size()), by_parameter_(kernel_.parameters()) {
        covariances_.resize(size_ * (size_ + 1) / 2);
    }

    std::size_t parameters() const { return kernel_.parameters(); }
    kernel_prior prior(std::size_t i) const { return kernel_.prior(i); }

    void set(std::span<const double> parameters) {
        kernel_.set(parameters);
        for_each([this](std::size_t pair, const double* x, const double* y) {
            covariances_[pair] = 1 + kernel_.covariance(x, y);
        });
    }
    double covariance(std::size_t pair) const { return covariances_[pair]; }

    /// The derivatives, by the parameters, of the sum over pairs of these coefficients times their covariances.
    void slopes(const std::vector<double>& coefficients, std::span<double> out) {
        for (double& slope : out) slope = 0;
        for_each([&](std::size_t pair, const double* x, const double* y) {
            kernel_.gradient(x, y, by_parameter_);
            for (std::size_t i = 0; i < out.size(); ++i) out[i] += coefficients[pair] * by_parameter_[i];
        });
    }

  private:
    template <class Visit>
    void for_each(Visit&& visit) const {
        const std::size_t width = kernel_.features();
        std::size_t pair = 0;
        for (std::size_t i = 0; i < size_; ++i)
            for (std::size_t j = 0; j <= i; ++j) visit(pair++, rows_.data() + i * width, rows_.data() + j * width);
    }

    Kernel kernel_;
    std::vector<double> rows_;  // [network][feature]
    std::size_t size_;
    std::vector<double> by_parameter_;
    std::vector<double> covariances_;
};

}  // namespace nas::detail
