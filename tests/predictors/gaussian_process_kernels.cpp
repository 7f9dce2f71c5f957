// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/gaussian_process.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/predictors/kernel_algebra.hpp>
#include <nas/predictors/kernels.hpp>
#include <nas/report/statistics.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>

#include <Eigen/Dense>

#include "predictors/plain_kernel.hpp"
#include "predictors/predictor_laws.hpp"

/// A Gaussian process with any kernel is the dense formulas with that kernel.
using namespace nas::tests;
using nas::length_scales;

namespace {

using complex = std::complex<double>;

doctest::Approx close_to(double value) { return doctest::Approx(value).epsilon(1e-9); }

std::size_t level(const cells::arch_type& arch, std::size_t i) { return i == 3 && arch[1] != 0 ? 3 : arch[i]; }

/// The kernels once more, as functions of their parameters, which may be complex: the imaginary part of a small step is the
/// derivative, without rounding.
struct plain_hamming {
    template <class T>
    T operator()(const std::vector<T>& logs, const cells::arch_type& x, const cells::arch_type& y) const {
        T sum = 0;
        for (std::size_t i = 0; i < 4; ++i)
            if (level(x, i) != level(y, i)) sum += std::exp(logs[i]);
        return std::exp(-sum);
    }
};
/// Matern with a length scale for each of the 13 features, each an option of a decision.
struct plain_matern {
    template <class T>
    T operator()(const std::vector<T>& logs, const cells::arch_type& x, const cells::arch_type& y) const {
        T squares = 0;
        std::size_t at = 0;
        for (const std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{3}})
            for (std::size_t option = 0; option < (i == 0 ? 4U : 3U); ++option, ++at)
                if ((level(x, i) == option) != (level(y, i) == option)) squares += std::exp(-2.0 * logs[at]);
        const T s = std::sqrt(5.0 * squares);
        return (1.0 + s + s * s / 3.0) * std::exp(-s);
    }
};
struct plain_exponential {
    template <class T>
    T operator()(const std::vector<T>& logs, const cells::arch_type& x, const cells::arch_type& y) const {
        double squares = 0;
        for (std::size_t i = 0; i < 4; ++i)
            if (level(x, i) != level(y, i)) squares += i == 3 && (x[1] != 0 || y[1] != 0) ? 1 : 2;
        return std::exp(-squares * std::exp(-2.0 * logs[0]) / 2.0);
    }
};
struct plain_sum {
    template <class T>
    T operator()(const std::vector<T>& logs, const cells::arch_type& x, const cells::arch_type& y) const {
        return plain_hamming()(logs, x, y) +
               std::exp(logs[5]) * plain_exponential()(std::vector<T>(logs.begin() + 4, logs.begin() + 5), x, y);
    }
};

/// An analysis of variance of third order, all pairs and triples of its factors one by one; what a component says of a pair is
/// checked elsewhere.
struct plain_third_order {
    template <class T>
    T operator()(const std::vector<T>& logs, const cells::arch_type& x, const cells::arch_type& y) const {
        const auto kernel = nas::detail::kernel_of(mixed_cells());
        std::vector<std::uint16_t> levels[2] = {std::vector<std::uint16_t>(4), std::vector<std::uint16_t>(4)};
        std::vector<double> vectors[2] = {std::vector<double>(3), std::vector<double>(3)};
        nas::detail::describe_to_kernel(mixed_cells(), x, kernel, levels[0].data(), vectors[0].data());
        nas::detail::describe_to_kernel(mixed_cells(), y, kernel, levels[1].data(), vectors[1].data());
        std::vector<T> f(5);
        for (std::size_t c = 0; c < 7; ++c)
            f[kernel.anova.factor_of(c)] +=
                std::exp(logs[c]) *
                kernel.anova.similarity(c, levels[0].data(), vectors[0].data(), levels[1].data(), vectors[1].data());
        T sum = 0;
        for (std::size_t i = 0; i < 5; ++i) {
            sum += f[i];
            for (std::size_t j = 0; j < i; ++j) {
                sum += std::exp(logs[7]) * f[i] * f[j];
                for (std::size_t k = 0; k < j; ++k) sum += std::exp(logs[8]) * f[i] * f[j] * f[k];
            }
        }
        return sum;
    }
};

/// The covariances of these networks' means.
template <class Plain, class T>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> dense(const Plain& plain, const std::vector<T>& logs, double own,
                                                       double noise, const std::vector<cells::arch_type>& archs,
                                                       const std::vector<double>& trials) {
    const auto n = static_cast<Eigen::Index>(archs.size());
    return Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>::NullaryExpr(n, n, [&](Eigen::Index i, Eigen::Index j) {
        const auto a = static_cast<std::size_t>(i);
        const T value = 1.0 + plain(logs, archs[a], archs[static_cast<std::size_t>(j)]);
        return i == j ? value + own + noise / trials[a] : value;
    });
}

template <class Kernel, class Plain>
void check_dense(const Plain& plain) {
    const cells space = mixed_cells();
    const example some(space, 50, 3);
    nas::gaussian_process<cells, Kernel> process(space, {.iterations = 5});
    process.fit(space, some.archs, some.values);
    auto groups = nas::detail::group_by_network<cells>(space, some.archs, some.values);
    const nas::detail::standardization units(groups.data);
    const nas::detail::process_data& data = groups.data;
    REQUIRE(data.size() == process.size());
    REQUIRE(data.total_squares() > 0);
    const auto& fitted = process.parameters();
    const double noise = fitted.noise_variance();
    const double own = fitted.nugget_variance() - noise;
    CHECK(process.raised() == 0);

    /// What the formulas say of `arch`, without row `left`.
    const auto expected = [&](const cells::arch_type& arch, std::size_t left, bool known) {
        std::vector<cells::arch_type> archs;
        std::vector<double> means;
        std::vector<double> trials;
        double squares = 0;
        for (std::size_t k = 0; k < data.size(); ++k) {
            if (k == left) continue;
            archs.push_back(some.archs[groups.first[k]]);
            means.push_back(data.means[k]);
            trials.push_back(data.trials[k]);
            squares += data.squares[k];
        }
        const auto n = static_cast<Eigen::Index>(archs.size());
        const Eigen::LLT<Eigen::MatrixXd> llt(dense(plain, fitted.kernel, own, noise, archs, trials));
        const Eigen::Map<const Eigen::VectorXd> y(means.data(), n);
        const Eigen::VectorXd with = Eigen::VectorXd::NullaryExpr(n, [&](Eigen::Index j) {
            const auto& other = archs[static_cast<std::size_t>(j)];
            return 1 + plain(fitted.kernel, arch, other) +
                   (known && nas::network_of(space, other) == nas::network_of(space, arch) ? own : 0);
        });
        const double total = std::accumulate(trials.begin(), trials.end(), 1.0);
        const double signal = (y.dot(llt.solve(y)) + squares / noise + 1) / total;
        const double variance = 1 + plain(fitted.kernel, arch, arch) + own - with.dot(llt.solve(with));
        return nas::prediction{units.origin + units.scale * with.dot(llt.solve(y)),
                               units.scale * std::sqrt(signal * variance)};
    };
    nas::rng random(8);
    for (int i = 0; i < 20; ++i) {
        const auto arch = space.sample(random);
        const auto found = expected(arch, data.size(), true);
        CHECK(process.predict(space, arch) == close_to(found.mean));
        CHECK(process.deviation(space, arch) == close_to(found.deviation));
    }
    for (std::size_t k = 0; k < data.size(); k += 5) {
        const auto arch = some.archs[groups.first[k]];
        const auto found = expected(arch, k, false);
        CHECK(process.leave_one_out(space, arch).mean == close_to(found.mean));
        CHECK(process.leave_one_out(space, arch).deviation == close_to(found.deviation));
    }

    // The marginal likelihood.
    Kernel kernel(space);
    nas::detail::process_data rows = data;
    std::vector<cells::arch_type> archs;
    for (const std::size_t first : groups.first) {
        archs.push_back(some.archs[first]);
        rows.vectors.resize(rows.vectors.size() + kernel.features());
        kernel.read(space, archs.back(), std::span(rows.vectors).last(kernel.features()));
    }
    nas::detail::marginal_likelihood likelihood(nas::detail::kernel_pairs<Kernel>(kernel, rows), rows, -0.4);
    auto parameters = likelihood.start();
    REQUIRE(parameters.size() == kernel.parameters() + 2);
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] += nas::unit(random) - 0.5;
    std::vector<double> gradient(parameters.size());
    const double value = likelihood(parameters, gradient);
    const double at_noise = parameters.noise_variance();
    const double at_own = parameters.nugget_variance() - at_noise;
    const Eigen::MatrixXd k = dense(plain, parameters.kernel, at_own, at_noise, archs, data.trials);
    const Eigen::LLT<Eigen::MatrixXd> llt(k);
    const Eigen::Map<const Eigen::VectorXd> y(data.means.data(), k.rows());
    const Eigen::VectorXd a = llt.solve(y);
    const double total = data.total_trials();
    const double s2 = (y.dot(a) + data.total_squares() / at_noise + 1) / (total + 1);
    double sum = (total + 1) / 2 * std::log(s2) + (total - static_cast<double>(k.rows())) / 2 * std::log(at_noise);
    for (Eigen::Index i = 0; i < k.rows(); ++i) sum += std::log(llt.matrixLLT()(i, i));
    for (std::size_t i = 0; i < parameters.size(); ++i)
        sum += std::pow((parameters[i] - likelihood.prior(i).mean) / likelihood.prior(i).deviation, 2) / 2;
    CHECK(value == close_to(sum));
    const Eigen::MatrixXd slope =
        (llt.solve(Eigen::MatrixXd::Identity(k.rows(), k.rows())) - a * a.transpose() / s2) / 2;
    constexpr double step = 1e-30;
    for (std::size_t i = 0; i < kernel.parameters(); ++i) {
        std::vector<complex> moved(parameters.kernel.begin(), parameters.kernel.end());
        moved[i] += complex(0, step);
        const Eigen::MatrixXd by = dense(plain, moved, at_own, at_noise, archs, data.trials).imag() / step;
        const nas::kernel_prior prior = likelihood.prior(i);
        CHECK(gradient[i] == close_to(slope.cwiseProduct(by).sum() +
                                      (parameters[i] - prior.mean) / prior.deviation / prior.deviation));
    }
    std::vector<double> unused(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        auto above = parameters;
        auto below = parameters;
        above[i] += 1e-5;
        below[i] -= 1e-5;
        CHECK(gradient[i] ==
              doctest::Approx((likelihood(above, unused) - likelihood(below, unused)) / 2e-5).epsilon(1e-6));
    }
}

/// The analysis of variance as any other kernel: without what a process does faster for it.
template <class Space>
struct plain_anova : nas::anova<Space> {
    using nas::anova<Space>::anova;
};

/// Symmetric, but not positive definite; or not even finite.
struct wrong_kernel {
    explicit wrong_kernel(const cells&, double far_apart = 3) : far(far_apart) {}
    std::size_t features() const { return 1; }
    void read(const cells& space, const cells::arch_type& arch, std::span<double> out) const {
        out[0] = static_cast<double>(space.index(arch));
    }
    std::size_t parameters() const { return 0; }
    nas::kernel_prior prior(std::size_t) const { return {}; }
    void set(std::span<const double>) {}
    double covariance(const double* x, const double* y) const { return *x == *y ? 1 : far; }
    double gradient(const double* x, const double* y, std::span<double>) const { return covariance(x, y); }
    double far;
};
struct infinite_kernel : wrong_kernel {
    explicit infinite_kernel(const cells& space) : wrong_kernel(space, std::numeric_limits<double>::infinity()) {}
};

template <class Space, class Other>
void check_equal_processes(const Space& space, std::size_t count) {
    nas::rng random(4);
    std::vector<nas::arch_t<Space>> archs;
    std::vector<double> values;
    for (std::size_t i = 0; i < count; ++i) {
        archs.push_back(space.sample(random));
        values.push_back(nas::unit(random));
    }
    nas::gaussian_process<Space> fast(space);
    nas::gaussian_process<Space, Other> slow(space);
    fast.fit(space, archs, values);
    slow.fit(space, archs, values);
    for (int i = 0; i < 20; ++i) {
        const auto arch = space.sample(random);
        CHECK(slow.predict(space, arch) == doctest::Approx(fast.predict(space, arch)).epsilon(1e-7));
        CHECK(slow.deviation(space, arch) == doctest::Approx(fast.deviation(space, arch)).epsilon(1e-7));
    }
}

}  // namespace

TEST_CASE("gaussian process: with any kernel it is the dense formulas") {
    check_dense<nas::hamming<cells>>(plain_hamming());
    check_dense<nas::anova<cells, 3>>(plain_third_order());
    check_dense<nas::matern<cells, length_scales::each>>(plain_matern());
    check_dense<nas::squared_exponential<cells>>(plain_exponential());
    check_dense<nas::kernel_sum<cells, nas::hamming<cells>, nas::squared_exponential<cells>>>(plain_sum());
}

TEST_CASE("gaussian process: what it does faster for the analysis of variance changes nothing") {
    check_equal_processes<cells, plain_anova<cells>>(mixed_cells(), 40);
    check_equal_processes<nas::mlp_space, plain_anova<nas::mlp_space>>(nas::mlp_space(), 40);
}

TEST_CASE("gaussian process: with other kernels it keeps the laws of predictors") {
    using space_type = nas::choice_space<6>;
    const space_type space{5};
    const auto check = [&]<class Kernel>(double least, const Kernel&) {
        check_predictor_laws(nas::gaussian_process<space_type, Kernel>(space), space, "nas::gaussian_process", least);
    };
    check(0.8, nas::hamming<space_type>(space));
    check(0.8, nas::matern<space_type>(space));
    check(0.8, nas::kernel_sum<space_type, nas::anova<space_type>, nas::hamming<space_type>>(space));
}

TEST_CASE("gaussian process: a kernel that is not positive definite is raised until it is, and that is said") {
    const cells space = mixed_cells();
    const example some(space, 20, 3);
    nas::gaussian_process<cells, wrong_kernel> process(space);
    process.fit(space, some.archs, some.values);
    CHECK(process.raised() >= 1);
    CHECK(process.raised() < 5);
    CHECK(process.predict(space, some.archs[0]) - process.predict(space, some.archs[0]) == 0);
    nas::gaussian_process<cells, infinite_kernel> infinite(space);
    CHECK_THROWS_WITH_AS(infinite.fit(space, some.archs, some.values),
                         "nas::gaussian_process: the kernel must give finite covariances that are positive definite",
                         std::invalid_argument);
}

TEST_CASE("gaussian process: a length scale for each feature finds the one that counts") {
    const cells space(6, 4);
    nas::rng random(9);
    std::vector<cells::arch_type> archs;
    std::vector<double> values;
    for (int i = 0; i < 60; ++i) {
        archs.push_back(space.sample(random));
        values.push_back(std::sin(2.0 * archs.back()[2]));
    }
    nas::gaussian_process<cells, nas::hamming<cells>> process(space, {.noise_share = 0, .iterations = 40});
    process.fit(space, archs, values);
    const auto& weights = process.parameters().kernel;
    for (std::size_t i = 0; i < 6; ++i)
        if (i != 2) CHECK(weights[2] > weights[i] + 3);
    std::vector<double> predicted;
    std::vector<double> real;
    for (int i = 0; i < 50; ++i) {
        const auto arch = space.sample(random);
        predicted.push_back(process.predict(space, arch));
        real.push_back(std::sin(2.0 * arch[2]));
    }
    CHECK(nas::spearman(predicted, real) > 0.9);
}
