// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/class_name.hpp>
#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/operators/encode.hpp>

/// How alike architectures are, as policies of a Gaussian process. A kernel is made for a space. It reads an architecture as some
/// numbers, its features; its parameters are any real numbers, so that what must be positive is a logarithm.
///
/// Rank correlation of predicted and real values of 200 others, given 30 and 100 random architectures (means of 10; NAS-Bench-201
/// after 12 epochs, NASBench-Macro, HPOBench's australian, FCNet's parkinsons, NK 6x5 with K = 1 and 20x2 with K = 4; the last
/// column is the mean over 16 tables and landscapes). Length scales for each feature need more trials than searches have:
///
///                               in16         macro        australian   parkinsons   6x5          20x2         all
///     anova                     0.59 0.68    0.95 0.98    0.51 0.75    0.71 0.82    0.34 0.59    0.16 0.28    0.50 0.63
///     hamming                   0.49 0.66    0.94 0.98    0.55 0.77    0.73 0.83    0.34 0.57    0.16 0.35    0.45 0.63
///     matern                    0.52 0.68    0.94 0.98    0.44 0.73    0.61 0.81    0.36 0.60    0.21 0.44    0.47 0.64
///     matern, a scale each      0.41 0.55    0.94 0.98    0.42 0.73    0.65 0.82    0.25 0.44    0.13 0.31    0.39 0.58
///     squared_exponential       0.51 0.67    0.95 0.98    0.44 0.73    0.61 0.81    0.35 0.54    0.22 0.40    0.47 0.62
namespace nas {

/// What a parameter of a kernel may be: a normal prior, and the box that it stays in.
struct kernel_prior {
    double mean, deviation, low, high;
};

// clang-format off

/// `covariance` of two architectures, given the parameters that were `set`, is symmetric and positive definite; about 1 of one
/// with itself, as the process has a variance besides. `gradient` gives the same, and its derivatives by the parameters.
template <class K, class Space>
concept Kernel =
    std::constructible_from<K, const Space&> && std::copyable<K> &&
    requires(K& kernel, const K& made, const Space& space, const arch_t<Space>& arch, std::span<double> out,
             std::span<const double> numbers, const double* x, const double* y, std::size_t i) {
        { made.features() } -> std::convertible_to<std::size_t>;
        { made.read(space, arch, out) } -> std::same_as<void>;
        { made.parameters() } -> std::convertible_to<std::size_t>;
        { made.prior(i) } -> std::convertible_to<kernel_prior>;
        { kernel.set(numbers) } -> std::same_as<void>;
        { made.covariance(x, y) } -> std::convertible_to<double>;
        { made.gradient(x, y, out) } -> std::convertible_to<double>;
    };
/// It adapts to the features of what was learned, row after row, before a fit: scales of them, as a rule.
template <class K>
concept AdaptiveKernel = requires(K& kernel, std::span<const double> rows) {
    { kernel.adapt(rows) } -> std::same_as<void>;
};

// clang-format on

namespace detail {

/// `name()` where a kernel has one, else that of its class.
template <class K>
std::string kernel_name() {
    if constexpr (requires {
                      { K::name() } -> std::convertible_to<std::string>;
                  }) {
        return K::name();
    } else {
        return class_name<K>();
    }
}

/// `predictor`, and in parentheses the kernel that it has, where that is not the usual one.
template <class K, class Usual>
std::string name_with_kernel(const std::string& predictor) {
    return std::same_as<K, Usual> ? predictor : predictor + '(' + kernel_name<K>() + ')';
}

}  // namespace detail

/// The concept again, as a sentence: what a class template that takes a kernel opens with.
template <class K, class Space>
consteval bool check_kernel() {
    static_assert(std::constructible_from<K, const Space&> && std::copyable<K>,
                  "nas: a kernel is made for a space, `K(const Space&)`, and can be copied");
    static_assert(
        Kernel<K, Space>,
        "nas: the kernel needs `std::size_t features() const`, `void read(const Space&, const arch_type&, "
        "std::span<double>) const`, `std::size_t parameters() const`, `nas::kernel_prior prior(std::size_t) "
        "const`, `void set(std::span<const double>)`, `double covariance(const double*, const double*) const` and "
        "`double gradient(const double*, const double*, std::span<double>) const`");
    return true;
}

/// exp(- sum of the weights of the decisions that differ): a product over decisions, each with a weight of its own, which says
/// what it matters (automatic relevance determination). An inactive decision has a value of its own. Ru et al. 2020 have the
/// exponential of the weighted overlap.
template <class Space>
class hamming {
    static_assert(check_decision_space<Space>());

  public:
    explicit hamming(const Space& space) : weights_(space.decisions(), 1) {}

    std::size_t features() const noexcept { return weights_.size(); }
    void read(const Space& space, const arch_t<Space>& arch, std::span<double> out) const {
        const auto& genotype = space.genotype(arch);
        const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
        for (std::size_t i = 0; i < all.size(); ++i)
            out[i] = static_cast<double>(is_active(space, all, i) ? all[i] : space.cardinality(i));
    }
    std::size_t parameters() const noexcept { return weights_.size(); }
    kernel_prior prior(std::size_t) const { return {std::log(1 / static_cast<double>(weights_.size())), 1.5, -9, 3}; }
    void set(std::span<const double> logs) {
        for (std::size_t i = 0; i < weights_.size(); ++i) weights_[i] = std::exp(logs[i]);
    }
    double covariance(const double* x, const double* y) const {
        double sum = 0;
        for (std::size_t i = 0; i < weights_.size(); ++i) sum += x[i] != y[i] ? weights_[i] : 0;
        return std::exp(-sum);
    }
    double gradient(const double* x, const double* y, std::span<double> out) const {
        const double value = covariance(x, y);
        for (std::size_t i = 0; i < weights_.size(); ++i) out[i] = x[i] != y[i] ? -weights_[i] * value : 0;
        return value;
    }

  private:
    std::vector<double> weights_;
};

/// Whether all features have one length scale, or each its own (automatic relevance determination).
enum class length_scales { one, each };

namespace detail {

/// A function of the distance of features, each over a length scale. Before that, a feature that was seen on more than a range of
/// 1, as numbers of a space's own may be, is divided by its range. `Shape::at(r2)` is what it is worth at a squared distance, and
/// minus twice its derivative by that.
template <class Space, class Shape, length_scales Scales, class Encoding>
class stationary_kernel {
    static_assert(EncodableSpace<Space>,
                  "nas: a kernel of features needs them: the space needs `std::size_t encoding_size() const` and "
                  "`void encode(const arch_type&, std::span<double>) const`, or decisions");

  public:
    static std::string name() { return std::string(Shape::name) + (Scales == length_scales::one ? "" : "(each)"); }

    explicit stationary_kernel(const Space& space)
        : ranges_(Encoding::size(space), 1), lengths_(Scales == length_scales::one ? 1 : ranges_.size(), 0) {
        set_factors();
    }

    std::size_t features() const noexcept { return ranges_.size(); }
    void read(const Space& space, const arch_t<Space>& arch, std::span<double> out) const {
        Encoding::encode(space, arch, out);
    }
    void adapt(std::span<const double> rows) {
        const std::size_t width = ranges_.size();
        for (std::size_t i = 0; i < width; ++i) {
            double low = std::numeric_limits<double>::infinity();
            double high = -low;
            for (std::size_t at = i; at < rows.size(); at += width) {
                low = std::min(low, rows[at]);
                high = std::max(high, rows[at]);
            }
            ranges_[i] = std::max(1.0, high - low);
        }
        set_factors();
    }
    std::size_t parameters() const noexcept { return lengths_.size(); }
    /// Hvarfner, Hellsten and Nardi 2024: length scales grow as distances do, with the root of the number of features.
    kernel_prior prior(std::size_t) const {
        const double middle = std::log(static_cast<double>(std::max<std::size_t>(features(), 1))) / 2;
        return {middle, std::sqrt(3.0), middle - 5, middle + 5};
    }
    void set(std::span<const double> logs) {
        lengths_.assign(logs.begin(), logs.end());
        set_factors();
    }
    double covariance(const double* x, const double* y) const { return Shape::at(squared_distance(x, y)).first; }
    double gradient(const double* x, const double* y, std::span<double> out) const {
        const double squares = squared_distance(x, y);
        const auto [value, slope] = Shape::at(squares);
        if constexpr (Scales == length_scales::one) out[0] = slope * squares;
        if constexpr (Scales == length_scales::each)
            for (std::size_t i = 0; i < ranges_.size(); ++i) {
                const double difference = (x[i] - y[i]) * factors_[i];
                out[i] = slope * difference * difference;
            }
        return value;
    }

  private:
    void set_factors() {
        factors_.resize(ranges_.size());
        for (std::size_t i = 0; i < factors_.size(); ++i)
            factors_[i] = std::exp(-lengths_[Scales == length_scales::one ? 0 : i]) / ranges_[i];
    }
    double squared_distance(const double* x, const double* y) const {
        double sum = 0;
        for (std::size_t i = 0; i < factors_.size(); ++i) {
            const double difference = (x[i] - y[i]) * factors_[i];
            sum += difference * difference;
        }
        return sum;
    }

    std::vector<double> ranges_;
    std::vector<double> lengths_;  // logarithms
    std::vector<double> factors_;  // 1 / (length x range) of each feature
};

struct gaussian_shape {
    static constexpr std::string_view name = "squared_exponential";
    static std::pair<double, double> at(double squares) {
        const double value = std::exp(-squares / 2);
        return {value, value};
    }
};
struct matern_shape {
    static constexpr std::string_view name = "matern";
    static std::pair<double, double> at(double squares) {
        const double far = std::sqrt(5 * squares);
        const double fall = std::exp(-far);
        return {(1 + far + 5 * squares / 3) * fall, 5 * (1 + far) * fall / 3};
    }
};

}  // namespace detail

/// exp(-r^2 / 2): what is smooth without end.
template <class Space, length_scales Scales = length_scales::one, class Encoding = usual_encoding>
using squared_exponential = detail::stationary_kernel<Space, detail::gaussian_shape, Scales, Encoding>;

/// Matern's with nu = 5/2, (1 + s + s^2 / 3) exp(-s), s = sqrt(5) r: what has two derivatives.
template <class Space, length_scales Scales = length_scales::one, class Encoding = usual_encoding>
using matern = detail::stationary_kernel<Space, detail::matern_shape, Scales, Encoding>;

}  // namespace nas
