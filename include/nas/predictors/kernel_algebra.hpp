// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/predictors/kernels.hpp>

/// Kernels made of two others: sums and products of kernels are kernels (Rasmussen and Williams 2006, 4.2.4). The features, and the
/// parameters, of the first come first.
namespace nas {

namespace detail {

template <class Space, class First, class Second>
class kernel_pair {
    static_assert(check_kernel<First, Space>() && check_kernel<Second, Space>());

  public:
    explicit kernel_pair(const Space& space) : first_(space), second_(space) {}

    static std::string name() { return kernel_name<First>() + ',' + kernel_name<Second>(); }

    std::size_t features() const { return first_.features() + second_.features(); }
    void read(const Space& space, const arch_t<Space>& arch, std::span<double> out) const {
        first_.read(space, arch, out.first(first_.features()));
        second_.read(space, arch, out.subspan(first_.features()));
    }
    void adapt(std::span<const double> rows) {
        adapt_one(first_, rows, 0);
        adapt_one(second_, rows, first_.features());
    }

  protected:
    std::size_t both_parameters() const { return first_.parameters() + second_.parameters(); }
    kernel_prior prior_of(std::size_t i) const {
        return i < first_.parameters() ? first_.prior(i) : second_.prior(i - first_.parameters());
    }
    void set_both(std::span<const double> numbers) {
        first_.set(numbers.first(first_.parameters()));
        second_.set(numbers.subspan(first_.parameters(), second_.parameters()));
    }

    First first_;
    Second second_;

  private:
    template <class Kernel>
    void adapt_one(Kernel& kernel, std::span<const double> rows, std::size_t begin) {
        if constexpr (AdaptiveKernel<Kernel>) {
            std::vector<double> own;
            for (std::size_t at = begin; at < rows.size(); at += features())
                own.insert(own.end(), rows.begin() + static_cast<std::ptrdiff_t>(at),
                           rows.begin() + static_cast<std::ptrdiff_t>(at + kernel.features()));
            kernel.adapt(own);
        }
    }
};

}  // namespace detail

/// The first and, with a weight whose logarithm is the last parameter, the second: what either of them sees as alike.
template <class Space, class First, class Second>
class kernel_sum : public detail::kernel_pair<Space, First, Second> {
    using pair = detail::kernel_pair<Space, First, Second>;
    using pair::first_, pair::second_;

  public:
    explicit kernel_sum(const Space& space) : pair(space) {}

    static std::string name() { return "kernel_sum(" + pair::name() + ")"; }

    std::size_t parameters() const { return this->both_parameters() + 1; }
    kernel_prior prior(std::size_t i) const {
        return i + 1 < parameters() ? this->prior_of(i) : kernel_prior{0, 1.5, -8, 4};
    }
    void set(std::span<const double> numbers) {
        this->set_both(numbers);
        weight_ = std::exp(numbers.back());
    }
    double covariance(const double* x, const double* y) const {
        return first_.covariance(x, y) + weight_ * second_.covariance(x + first_.features(), y + first_.features());
    }
    double gradient(const double* x, const double* y, std::span<double> out) const {
        const double one = first_.gradient(x, y, out.first(first_.parameters()));
        const std::span<double> others = out.subspan(first_.parameters(), second_.parameters());
        const double other = second_.gradient(x + first_.features(), y + first_.features(), others);
        for (double& slope : others) slope *= weight_;
        out.back() = weight_ * other;
        return one + weight_ * other;
    }

  private:
    double weight_ = 1;
};

/// What both of them see as alike.
template <class Space, class First, class Second>
class kernel_product : public detail::kernel_pair<Space, First, Second> {
    using pair = detail::kernel_pair<Space, First, Second>;
    using pair::first_, pair::second_;

  public:
    explicit kernel_product(const Space& space) : pair(space) {}

    static std::string name() { return "kernel_product(" + pair::name() + ")"; }

    std::size_t parameters() const { return this->both_parameters(); }
    kernel_prior prior(std::size_t i) const { return this->prior_of(i); }
    void set(std::span<const double> numbers) { this->set_both(numbers); }
    double covariance(const double* x, const double* y) const {
        return first_.covariance(x, y) * second_.covariance(x + first_.features(), y + first_.features());
    }
    double gradient(const double* x, const double* y, std::span<double> out) const {
        const std::span<double> of_first = out.first(first_.parameters());
        const std::span<double> of_second = out.subspan(first_.parameters());
        const double one = first_.gradient(x, y, of_first);
        const double other = second_.gradient(x + first_.features(), y + first_.features(), of_second);
        for (double& slope : of_first) slope *= other;
        for (double& slope : of_second) slope *= one;
        return one * other;
    }
};

}  // namespace nas
