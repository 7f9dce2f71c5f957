// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/gaussian_process.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/predictors/gaussian_process/growing_process.hpp>

#include <Eigen/Dense>

#include "predictors/plain_kernel.hpp"

/// What Gaussian processes say is what the formulas say, with dense matrices (Rasmussen and Williams 2006).
using namespace nas::tests;

namespace {

using growing_process = nas::detail::growing_process<cells>;
constexpr double infinity = std::numeric_limits<double>::infinity();

Eigen::Map<const Eigen::VectorXd> vector_of(const std::vector<double>& numbers) {
    return {numbers.data(), static_cast<Eigen::Index>(numbers.size())};
}
doctest::Approx close_to(double value) { return doctest::Approx(value).epsilon(1e-9); }

/// A process that has learned these and was fitted to all of them.
growing_process grown(const cells& space, const example& of) {
    growing_process process(space, 1000, true);
    for (const auto& arch : of.archs) process.append(space, arch);
    std::vector<std::size_t> all(of.archs.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    process.fit(all, of.values, 6);
    return process;
}

/// What it says of one architecture.
growing_process::prediction said_of(const growing_process& process, const cells& space, const cells::arch_type& arch,
                                    const growing_process::solution& solution, const growing_process::rows& given) {
    growing_process::prediction said;
    std::vector<nas::detail::lane_block> work;
    process.predict_all(space, std::span(&arch, 1), solution, given, std::span(&said, 1), work);
    return said;
}

}  // namespace

TEST_CASE("growing_process: posterior means and variances are the dense formulas") {
    const cells space = mixed_cells();
    const example some(space, 40, 3);
    const growing_process process = grown(space, some);
    const auto solution = process.solve(some.values, [](std::size_t) { return true; });
    const auto& parameters = process.parameters();
    const auto n = static_cast<Eigen::Index>(some.archs.size());
    const Eigen::MatrixXd k =
        plain_matrix(space, parameters, some.archs) + parameters.nugget_variance() * Eigen::MatrixXd::Identity(n, n);
    const Eigen::LLT<Eigen::MatrixXd> llt(k);
    const Eigen::VectorXd weights = llt.solve(vector_of(some.values));
    CHECK(solution.signal ==
          close_to((vector_of(some.values).dot(weights) + 1) / static_cast<double>(some.archs.size() + 1)));
    std::vector<float> means;
    process.means(solution, means);
    for (std::size_t i = 0; i < space.size(); ++i) {
        const auto arch = space.at(i);
        const Eigen::VectorXd with = Eigen::VectorXd::NullaryExpr(n, [&](Eigen::Index j) {
            return plain_kernel(space, parameters, arch, some.archs[static_cast<std::size_t>(j)]).value;
        });
        const double prior = plain_kernel(space, parameters, arch, arch).value;
        const double variance = prior - with.dot(llt.solve(with));
        const auto found = said_of(process, space, arch, solution, process.known());
        CHECK(found.mean == close_to(with.dot(weights)));
        CHECK(std::abs(found.variance - variance) < 1e-9 * prior);
        // And of all at once, in single precision.
        CHECK(std::abs(means[i] - with.dot(weights)) < 1e-4);
        CHECK(std::abs(process.known().variances[i] - variance) < 1e-4 * prior);
    }
}

TEST_CASE("growing_process: tables of pairs say in double precision what the rows say") {
    const cells space = mixed_cells();
    const example some(space, 40, 5);
    const growing_process process = grown(space, some);
    const auto solution = process.solve(some.values, [](std::size_t) { return true; });
    const auto kernel = nas::detail::kernel_of(space);
    const auto weighted = nas::detail::weighted(kernel.anova, process.parameters().kernel);
    const nas::detail::anova_sum sums(kernel.anova, weighted);
    const auto& known = process.known();
    // The mean's table, and that of each row of L^-1.
    std::vector<std::vector<double>> tables(1 + process.size());
    sums.sum(process.size(), known.sums.data(), solution.coefficients.data(), tables[0]);
    for (std::size_t j = 0; j < process.size(); ++j) {
        std::vector<double> row(j + 1);
        row[j] = 1;
        known.factor.solve_transposed(j + 1, row.data());
        sums.sum(j + 1, known.sums.data(), row.data(), tables[1 + j]);
    }
    const auto value_at = [&](const std::vector<double>& table, const std::vector<std::uint16_t>& levels) {
        double total = table[0];
        for (std::size_t e = 0; e < levels.size(); ++e) {
            total += table[sums.single_at(e) + levels[e]];
            for (std::size_t f = e + 1; f < levels.size(); ++f)
                total += table[sums.pair_at(e, levels[e], f) + levels[f]];
        }
        return total;
    };
    for (std::size_t i = 0; i < space.size(); ++i) {
        const auto arch = space.at(i);
        std::vector<std::uint16_t> levels(space.decisions());
        nas::detail::set_levels(space, arch, kernel, levels.data());
        const auto direct = said_of(process, space, arch, solution, known);
        CHECK(value_at(tables[0], levels) == doctest::Approx(direct.mean).epsilon(1e-8));
        const double prior = plain_kernel(space, process.parameters(), arch, arch).value;
        double variance = prior;
        for (std::size_t j = 0; j < process.size(); ++j) variance -= std::pow(value_at(tables[1 + j], levels), 2);
        CHECK(std::abs(variance - direct.variance) < 1e-8 * prior);
    }
}

TEST_CASE("growing_process: its marginal likelihood and the gradient are the dense formulas") {
    const cells space = mixed_cells();
    const auto kernel = nas::detail::kernel_of(space);
    const example some(space, 40, 7);
    // As it does it: a row for each trial, all the nugget as noise.
    nas::detail::process_data data;
    data.means = some.values;
    data.trials.assign(40, 1);
    data.squares.assign(40, 0);
    data.levels.resize(40 * kernel.anova.decisions());
    data.vectors.resize(40 * kernel.anova.vector_size());
    for (std::size_t i = 0; i < 40; ++i)
        nas::detail::describe_to_kernel(space, some.archs[i], kernel, data.levels.data() + i * kernel.anova.decisions(),
                                        data.vectors.data() + i * kernel.anova.vector_size());
    nas::detail::marginal_likelihood likelihood(nas::detail::anova_pairs(kernel.anova, data), data, infinity);
    auto parameters = likelihood.start();
    nas::rng random(5);
    for (std::size_t i = 0; i + 1 < parameters.size(); ++i) parameters[i] += nas::unit(random) - 0.5;
    std::vector<double> gradient(parameters.size());
    const double value = likelihood(parameters, gradient);

    const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(40, 40);
    const Eigen::MatrixXd k = plain_matrix(space, parameters, some.archs) + parameters.nugget_variance() * identity;
    const Eigen::LLT<Eigen::MatrixXd> llt(k);
    const Eigen::VectorXd a = llt.solve(vector_of(some.values));
    const double s2 = (vector_of(some.values).dot(a) + 1) / 41;
    double expected = 41.0 / 2 * std::log(s2);
    for (Eigen::Index i = 0; i < 40; ++i) expected += std::log(llt.matrixLLT()(i, i));
    // By each parameter: half of trace((K^-1 - a a' / s2) dK), and the prior's.
    const Eigen::MatrixXd slope = (llt.solve(identity) - a * a.transpose() / s2) / 2;
    for (std::size_t i = 0; i + 1 < parameters.size(); ++i) {
        const Eigen::MatrixXd by = i + 2 < parameters.size()
                                       ? plain_matrix(space, parameters, some.archs, static_cast<int>(i))
                                       : Eigen::MatrixXd(parameters.nugget_variance() * identity);
        const auto prior = likelihood.prior(i);
        const double distance = (parameters[i] - prior.mean) / prior.deviation;
        expected += distance * distance / 2;
        CHECK(gradient[i] == close_to(slope.cwiseProduct(by).sum() + distance / prior.deviation));
    }
    CHECK(gradient[parameters.size() - 1] == 0);
    CHECK(value == close_to(expected));
}

TEST_CASE("gaussian process: leave-one-out in closed form is what is expected without the row") {
    const cells space = mixed_cells();
    const example some(space, 60, 11);
    nas::gaussian_process<cells> process(space, {.iterations = 4});
    process.fit(space, some.archs, some.values);
    const auto kernel = nas::detail::kernel_of(space);
    auto groups = nas::detail::group_by_network<cells>(space, some.archs, some.values);
    const nas::detail::standardization units(groups.data);
    const nas::detail::process_data& data = groups.data;
    REQUIRE(data.size() == process.size());
    REQUIRE(data.size() < 60);
    REQUIRE(data.total_squares() > 0);
    const auto& parameters = process.parameters();
    const double noise = parameters.noise_variance();
    const double own = parameters.nugget_variance() - noise;
    for (std::size_t left = 0; left < data.size(); ++left) {
        std::vector<cells::arch_type> others;
        std::vector<double> means;
        std::vector<double> trials;
        double squares = 0;
        for (std::size_t k = 0; k < data.size(); ++k) {
            if (k == left) continue;
            others.push_back(some.archs[groups.first[k]]);
            means.push_back(data.means[k]);
            trials.push_back(data.trials[k]);
            squares += data.squares[k];
        }
        Eigen::MatrixXd k = plain_matrix(space, parameters, others);
        for (Eigen::Index i = 0; i < k.rows(); ++i) k(i, i) += own + noise / trials[static_cast<std::size_t>(i)];
        const Eigen::LLT<Eigen::MatrixXd> llt(k);
        const Eigen::VectorXd weights = llt.solve(vector_of(means));
        const double total = std::accumulate(trials.begin(), trials.end(), 0.0);
        const double signal = (vector_of(means).dot(weights) + squares / noise + 1) / (total + 1);
        const auto arch = some.archs[groups.first[left]];
        const Eigen::VectorXd with = Eigen::VectorXd::NullaryExpr(k.rows(), [&](Eigen::Index j) {
            return plain_kernel(space, parameters, arch, others[static_cast<std::size_t>(j)]).value;
        });
        const double variance = plain_kernel(space, parameters, arch, arch).value + own - with.dot(llt.solve(with));
        const nas::prediction found = process.leave_one_out(space, arch);
        CHECK(found.mean == close_to(units.origin + units.scale * with.dot(weights)));
        CHECK(found.deviation == close_to(units.scale * std::sqrt(signal * variance)));
    }
    // Of what it does not know it says what it says.
    nas::rng random(1);
    cells::arch_type unknown = space.sample(random);
    while (process.remembers(space, unknown)) unknown = space.sample(random);
    CHECK(process.leave_one_out(space, unknown) ==
          nas::prediction{process.predict(space, unknown), process.deviation(space, unknown)});
    CHECK(std::isnan(nas::gaussian_process<cells>(space).leave_one_out(space, unknown).mean));
}
