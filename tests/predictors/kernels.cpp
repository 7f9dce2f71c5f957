// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/kernels.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <nas/predictors/gaussian_process/anova.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>

#include "predictors/kernel_checks.hpp"
#include "predictors/plain_kernel.hpp"

using namespace nas::tests;
using nas::length_scales;

namespace {

/// A numeric decision, in steps of a quarter, and one without order.
cells numeric_cells() {
    nas::decision size{"size", 5};
    size.values = {0, 1, 2, 3, 4};
    return cells(std::vector<nas::decision>{size, {"op", 3, {"conv", "pool", "skip"}}});
}

static_assert(nas::Kernel<nas::matern<nas::mlp_space>, nas::mlp_space>);
static_assert(nas::AdaptiveKernel<nas::matern<cells>>);
static_assert(!nas::AdaptiveKernel<nas::hamming<cells>>);
static_assert(!nas::Kernel<int, cells>);

}  // namespace

TEST_CASE("kernels: each is symmetric, positive definite, and has the gradient that it says") {
    const cells mixed = mixed_cells();
    check_kernel_laws(nas::hamming<cells>(mixed), mixed);
    check_kernel_laws(nas::anova<cells, 1>(mixed), mixed);
    check_kernel_laws(nas::anova<cells>(mixed), mixed);
    check_kernel_laws(nas::anova<cells, 3>(mixed), mixed);
    check_kernel_laws(nas::squared_exponential<cells>(mixed), mixed);
    check_kernel_laws(nas::squared_exponential<cells, length_scales::each>(mixed), mixed);
    check_kernel_laws(nas::matern<cells>(mixed), mixed);
    check_kernel_laws(nas::matern<cells, length_scales::each>(mixed), mixed);
    const cells numeric = numeric_cells();
    check_kernel_laws(nas::hamming<cells>(numeric), numeric);
    check_kernel_laws(nas::matern<cells, length_scales::each>(numeric), numeric);
    const nas::mlp_space networks;
    check_kernel_laws(nas::anova<nas::mlp_space>(networks), networks);
    check_kernel_laws(nas::anova<nas::mlp_space, 3>(networks), networks);
    check_kernel_laws(nas::matern<nas::mlp_space>(networks), networks);
    check_kernel_laws(nas::squared_exponential<nas::mlp_space, length_scales::each>(networks), networks);
}

TEST_CASE("kernels: hamming is a product over the decisions that differ, and what is inactive is a value of its own") {
    const cells space = mixed_cells();
    nas::hamming<cells> kernel(space);
    kernel.set(std::vector<double>{std::log(0.1), std::log(0.2), std::log(0.4), std::log(0.8)});
    const auto between = [&](const cells::arch_type& x, const cells::arch_type& y) {
        return kernel.covariance(features_of(kernel, space, x).data(), features_of(kernel, space, y).data());
    };
    CHECK(between({2, 0, 1, 2}, {2, 0, 1, 2}) == 1);
    CHECK(between({2, 0, 1, 2}, {3, 0, 1, 2}) == doctest::Approx(std::exp(-0.1)));
    CHECK(between({2, 0, 1, 2}, {3, 0, 2, 1}) == doctest::Approx(std::exp(-0.1) * std::exp(-0.4) * std::exp(-0.8)));
    CHECK(between({2, 1, 1, 2}, {2, 1, 1, 0}) == 1);  // the last counts only where the second is 0
    CHECK(between({2, 0, 1, 2}, {2, 1, 1, 2}) == doctest::Approx(std::exp(-0.2 - 0.8)));
}

TEST_CASE("kernels: an analysis of variance is the sum over sets of factors of their products") {
    // Six decisions without order, each a factor of one component, and what they have in common another one.
    const cells space(
        std::vector<nas::decision>{{"a", 2}, {"b", 3}, {"c", 3, {"x", "y", "z"}}, {"d", 4}, {"e", 2}, {"f", 5}});
    const nas::anova<cells, 1> first(space);
    nas::anova<cells, 2> second(space);
    nas::anova<cells, 3> third(space);
    CHECK(nas::detail::kernel_name<nas::anova<cells>>() == "anova");
    CHECK(nas::detail::kernel_name<nas::anova<cells, 3>>() == "anova(3)");
    const std::size_t components = first.parameters();
    REQUIRE(components == 6);
    REQUIRE(second.parameters() == components + 1);
    REQUIRE(third.parameters() == components + 2);
    std::vector<double> logs{-0.5, 0.1, -1, 0.3, 0.7, -0.2, std::log(0.6), std::log(0.25)};
    second.set(std::span(logs).first(components + 1));
    third.set(logs);
    nas::rng random(6);
    for (int pair = 0; pair < 50; ++pair) {
        const auto x = space.sample(random);
        const auto y = space.sample(random);
        std::vector<double> f;
        for (std::size_t i = 0; i < 6; ++i) {
            // Centred [a = b], over its mean on the diagonal.
            const auto k = static_cast<double>(space.cardinality(i));
            f.push_back(std::exp(logs[i]) * ((x[i] == y[i] ? 1 : 0) - 1 / k) / (1 - 1 / k));
        }
        double e1 = 0;
        double e2 = 0;
        double e3 = 0;
        for (std::size_t i = 0; i < 6; ++i) {
            e1 += f[i];
            for (std::size_t j = 0; j < i; ++j) {
                e2 += f[i] * f[j];
                for (std::size_t k = 0; k < j; ++k) e3 += f[i] * f[j] * f[k];
            }
        }
        const auto of = [&](const auto& kernel) {
            return kernel.covariance(features_of(kernel, space, x).data(), features_of(kernel, space, y).data());
        };
        CHECK(of(second) == doctest::Approx(e1 + 0.6 * e2).epsilon(1e-12));
        CHECK(of(third) == doctest::Approx(e1 + 0.6 * e2 + 0.25 * e3).epsilon(1e-12));
    }
}

TEST_CASE("kernels: of a distance, the formulas") {
    const cells space = numeric_cells();  // features: how far along, its parabola, three of the operations
    nas::squared_exponential<cells> smooth(space);
    nas::matern<cells, length_scales::each> rough(space);
    REQUIRE(smooth.features() == 5);
    REQUIRE(smooth.parameters() == 1);
    REQUIRE(rough.parameters() == 5);
    const std::vector<double> lengths{0.5, 2, 1, 3, 4};
    std::vector<double> logs;
    for (const double length : lengths) logs.push_back(std::log(length));
    smooth.set(std::vector<double>{std::log(1.5)});
    rough.set(logs);
    const cells::arch_type x{0, 1};
    const cells::arch_type y{2, 2};
    // 0 and 1/2; 1 and 0; the second and third operation.
    const double both = (0.25 + 1 + 1 + 1) / (1.5 * 1.5);
    CHECK(smooth.covariance(features_of(smooth, space, x).data(), features_of(smooth, space, y).data()) ==
          doctest::Approx(std::exp(-both / 2)).epsilon(1e-12));
    const double r = std::sqrt(0.25 / 0.25 + 1.0 / 4 + 1.0 / 9 + 1.0 / 16);
    const double s = std::sqrt(5.0) * r;
    CHECK(rough.covariance(features_of(rough, space, x).data(), features_of(rough, space, y).data()) ==
          doctest::Approx((1 + s + s * s / 3) * std::exp(-s)).epsilon(1e-12));
}

TEST_CASE("kernels: features of more than a range of 1 are divided by it") {
    const cells space = numeric_cells();
    nas::squared_exponential<cells> kernel(space);
    kernel.set(std::vector<double>{0});
    const std::vector<double> x{0, 0, 0, 0, 0};
    const std::vector<double> y{2, 0.5, 0, 0, 0};
    CHECK(kernel.covariance(x.data(), y.data()) == doctest::Approx(std::exp(-(4 + 0.25) / 2)));
    std::vector<double> rows = x;
    rows.insert(rows.end(), {8, 0.5, 0, 0, 0});
    kernel.adapt(rows);
    CHECK(kernel.covariance(x.data(), y.data()) == doctest::Approx(std::exp(-(1.0 / 16 + 0.25) / 2)));
    kernel.set(std::vector<double>{std::log(2.0)});
    CHECK(kernel.covariance(x.data(), y.data()) == doctest::Approx(std::exp(-(1.0 / 64 + 0.0625) / 2)));
    kernel.adapt({});
    CHECK(kernel.covariance(x.data(), y.data()) == doctest::Approx(std::exp(-(1 + 0.0625) / 2)));
}
