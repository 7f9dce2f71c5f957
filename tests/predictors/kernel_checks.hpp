// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <vector>

#include <Eigen/Dense>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>
#include <nas/predictors/kernels.hpp>

namespace nas::tests {

template <class Kernel, class Space>
std::vector<double> features_of(const Kernel& kernel, const Space& space, const arch_t<Space>& arch) {
    std::vector<double> features(kernel.features());
    kernel.read(space, arch, features);
    return features;
}

/// What every kernel keeps: symmetric, positive definite, the gradient that of the central difference.
template <class Kernel, class Space>
void check_kernel_laws(Kernel kernel, const Space& space) {
    static_assert(nas::check_kernel<Kernel, Space>());
    nas::rng random(2);
    std::vector<std::vector<double>> points;
    std::vector<double> rows;
    for (int i = 0; i < 12; ++i) {
        points.push_back(features_of(kernel, space, space.sample(random)));
        rows.insert(rows.end(), points.back().begin(), points.back().end());
    }
    if constexpr (nas::AdaptiveKernel<Kernel>) kernel.adapt(rows);
    std::vector<double> parameters;
    for (std::size_t i = 0; i < kernel.parameters(); ++i) {
        const nas::kernel_prior prior = kernel.prior(i);
        CHECK(prior.low < prior.mean);
        CHECK(prior.mean < prior.high);
        CHECK(prior.deviation > 0);
        parameters.push_back(prior.mean + nas::unit(random) - 0.5);
    }
    const auto at = [&](std::size_t i, double step, const auto& x, const auto& y) {
        std::vector<double> moved = parameters;
        if (step != 0) moved[i] += step;
        Kernel other = kernel;
        other.set(moved);
        return other.covariance(x.data(), y.data());
    };
    kernel.set(parameters);
    Eigen::MatrixXd matrix(12, 12);
    std::vector<double> gradient(parameters.size());
    for (std::size_t a = 0; a < 12; ++a)
        for (std::size_t b = 0; b < 12; ++b) {
            const double value = kernel.gradient(points[a].data(), points[b].data(), gradient);
            CHECK(value == doctest::Approx(kernel.covariance(points[b].data(), points[a].data())).epsilon(1e-12));
            matrix(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b)) = value;
            if (b > 2) continue;
            constexpr double step = 1e-5;
            for (std::size_t i = 0; i < parameters.size(); ++i)
                CHECK(gradient[i] ==
                      doctest::Approx((at(i, step, points[a], points[b]) - at(i, -step, points[a], points[b])) /
                                      (2 * step))
                          .epsilon(1e-6));
        }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix, Eigen::EigenvaluesOnly);
    CHECK(solver.eigenvalues().minCoeff() > -1e-12);
    CHECK(solver.eigenvalues().maxCoeff() > 0.5);
}

}  // namespace nas::tests
