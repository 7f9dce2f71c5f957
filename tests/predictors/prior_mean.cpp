// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/prior_mean.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/predictors/gaussian_process.hpp>
#include <nas/report/statistics.hpp>
#include <nas/spaces/choice_space.hpp>

#include <Eigen/Dense>

#include "predictors/plain_kernel.hpp"
#include "predictors/predictor_laws.hpp"

using namespace nas::tests;

namespace {

using mean = nas::prior_mean<cells>;
using arch_type = cells::arch_type;

/// A cheap score that says nearly all of what an architecture is worth, and what else there is.
double score(const arch_type& arch) {
    double product = 1;
    for (std::size_t i = 0; i < arch.size(); ++i) product *= 1 + 0.3 * static_cast<double>((arch[i] * (i + 3)) % 5);
    return product;
}
double worth(const arch_type& arch) { return 2 * score(arch) + (arch[0] == 1 ? 0.7 : 0) - 0.4 * arch[1]; }

struct trials {
    std::vector<arch_type> archs;
    std::vector<double> values;
};
trials draw(const cells& space, std::size_t count, std::uint64_t seed) {
    nas::rng random(seed);
    trials drawn;
    for (std::size_t i = 0; i < count; ++i) {
        drawn.archs.push_back(space.sample(random));
        drawn.values.push_back(worth(drawn.archs.back()) + 0.1 * (nas::unit(random) - 0.5));
    }
    return drawn;
}

/// Of architectures that it was not given.
double correlation(const nas::gaussian_process<cells>& process, const cells& space) {
    const trials unseen = draw(space, 200, 99);
    std::vector<double> predicted;
    for (const auto& arch : unseen.archs) predicted.push_back(process.predict(space, arch));
    return nas::spearman(predicted, unseen.values);
}

}  // namespace

TEST_CASE("prior mean: what it reads") {
    const cells space(3, 4);
    const arch_type arch{1, 2, 3};
    double out[2] = {7, 8};
    mean().read(space, arch, {});
    CHECK(mean().features() == 0);
    const mean one([](const arch_type& a) { return a[0] + 10.0 * a[2]; });
    REQUIRE(one.features() == 1);
    one.read(space, arch, std::span(out).first(1));
    CHECK(out[0] == 31);
    const mean by_space([](const cells& s, const arch_type& a) { return static_cast<double>(s.decisions() + a[1]); });
    by_space.read(space, arch, std::span(out).first(1));
    CHECK(out[0] == 5);
    const mean two(2, [](const cells&, const arch_type& a, std::span<double> f) {
        f[0] = a[1];
        f[1] = a[2] == 3 ? std::numeric_limits<double>::infinity() : 0;
    });
    CHECK(two.features() == 2);
    CHECK_THROWS_WITH_AS(two.read(space, arch, out), "nas::prior_mean: score 1 of 123 is not finite",
                         std::invalid_argument);
    two.read(space, {1, 2, 0}, out);
    CHECK(out[0] == 2);
    const mean large([](const arch_type& a) { return a[0] == 1 ? -1e308 : 1e150; });
    large.read(space, {0, 2, 3}, std::span(out).first(1));
    CHECK_THROWS_WITH_AS(large.read(space, arch, std::span(out).first(1)),
                         "nas::prior_mean: score 0 (-1e+308) of 123 must be in [-1e+150, 1e+150], as its square is "
                         "needed; only how scores rank architectures, and how far apart, counts: divide them",
                         std::invalid_argument);
}

TEST_CASE("prior mean: the process is the dense formulas, its factors generalised least squares") {
    const cells space = mixed_cells();
    const example some(space, 50, 3);
    const auto read = [](const cells&, const arch_type& a, std::span<double> f) {
        f[0] = 100.0 * a[0] + a[2];
        f[1] = a[0] == a[1] ? 1e-3 : 0;
    };
    nas::gaussian_process<cells> process(space, {.iterations = 4}, mean(2, read));
    process.fit(space, some.archs, some.values);
    auto groups = nas::detail::group_by_network<cells>(space, some.archs, some.values);
    const nas::detail::standardization units(groups.data);
    const auto n = static_cast<Eigen::Index>(groups.data.size());
    REQUIRE(groups.data.size() == process.size());
    std::vector<arch_type> archs;
    for (const std::size_t first : groups.first) archs.push_back(some.archs[first]);
    const Eigen::Map<const Eigen::VectorXd> y(groups.data.means.data(), n);
    // Scores, of mean 0 and variance 1/2, and a 1 for the intercept.
    Eigen::MatrixXd scores(n, 3);
    for (Eigen::Index i = 0; i < n; ++i) {
        double out[2];
        read(space, archs[static_cast<std::size_t>(i)], out);
        scores.row(i) << 1, out[0], out[1];
    }
    Eigen::VectorXd shift = Eigen::VectorXd::Zero(3);
    Eigen::VectorXd factor = Eigen::VectorXd::Ones(3);
    const auto scale = [&](Eigen::VectorXd row) -> Eigen::VectorXd { return (row - shift).cwiseProduct(factor); };
    for (Eigen::Index c = 1; c < 3; ++c) {
        shift(c) = scores.col(c).mean();
        factor(c) = 1 / std::sqrt(2 * (scores.col(c).array() - shift(c)).square().mean());
    }
    Eigen::MatrixXd h(n, 3);
    for (Eigen::Index i = 0; i < n; ++i) h.row(i) = scale(scores.row(i).transpose()).transpose();

    const auto& fitted = process.parameters();
    const double noise = fitted.noise_variance();
    const double own = fitted.nugget_variance() - noise;
    Eigen::MatrixXd k = plain_matrix(space, fitted, archs);
    for (Eigen::Index i = 0; i < n; ++i) k(i, i) += own + noise / groups.data.trials[static_cast<std::size_t>(i)];
    const Eigen::MatrixXd wide = k + 1e4 * h * h.transpose();
    const Eigen::LLT<Eigen::MatrixXd> llt(wide);
    const Eigen::VectorXd solved = llt.solve(y);
    const double signal = (y.dot(solved) + groups.data.total_squares() / noise + 1) / (groups.data.total_trials() + 1);
    nas::rng random(5);
    for (int i = 0; i < 30; ++i) {
        const auto arch = space.sample(random);
        double out[2];
        read(space, arch, out);
        const Eigen::VectorXd own_scores = scale((Eigen::VectorXd(3) << 1, out[0], out[1]).finished());
        Eigen::VectorXd with = 1e4 * h * own_scores;
        for (Eigen::Index j = 0; j < n; ++j) {
            const auto& other = archs[static_cast<std::size_t>(j)];
            with(j) += plain_kernel(space, fitted, arch, other).value + (other == arch ? own : 0);
        }
        const double prior = plain_kernel(space, fitted, arch, arch).value + own + 1e4 * own_scores.squaredNorm();
        const double variance = prior - with.dot(llt.solve(with));
        CHECK(process.predict(space, arch) ==
              doctest::Approx(units.origin + units.scale * with.dot(solved)).epsilon(1e-8));
        CHECK(process.deviation(space, arch) ==
              doctest::Approx(units.scale * std::sqrt(signal * variance)).epsilon(1e-6));
    }
    const Eigen::VectorXd factors = (1e4 * h.transpose() * solved).cwiseProduct(factor) * units.scale;
    // Generalised least squares, (H' K^-1 H)^-1 H' K^-1 y.
    const Eigen::LLT<Eigen::MatrixXd> plain(k);
    const Eigen::VectorXd least = (h.transpose() * plain.solve(h)).llt().solve(h.transpose() * plain.solve(y));
    const std::vector<double> found = process.mean_factors();
    REQUIRE(found.size() == 2);
    for (Eigen::Index i = 1; i < 3; ++i) {
        CHECK(found[static_cast<std::size_t>(i - 1)] == doctest::Approx(factors(i)).epsilon(1e-8));
        CHECK(found[static_cast<std::size_t>(i - 1)] ==
              doctest::Approx(least(i) * factor(i) * units.scale).epsilon(3e-3));
    }

    // The marginal likelihood's gradient is still that of the central difference.
    nas::detail::process_data data = data_of(space, nas::detail::kernel_of(space), some);
    for (Eigen::Index i = 0; i < n; ++i) data.scores.insert(data.scores.end(), {h(i, 1), h(i, 2)});
    const auto kernel = nas::detail::kernel_of(space);
    nas::detail::marginal_likelihood likelihood(nas::detail::anova_pairs(kernel.anova, data), data, 0);
    const auto at = likelihood.start();
    std::vector<double> gradient(at.size());
    std::vector<double> unused(at.size());
    likelihood(at, gradient);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        auto above = at;
        auto below = at;
        above[i] += 1e-4;
        below[i] -= 1e-4;
        CHECK(gradient[i] ==
              doctest::Approx((likelihood(above, unused) - likelihood(below, unused)) / 2e-4).epsilon(1e-4));
    }
}

TEST_CASE("prior mean: where a score explains most, few trials are enough") {
    const cells space(6, 5);
    const trials few = draw(space, 12, 4);
    nas::gaussian_process<cells> without(space);
    nas::gaussian_process<cells> with(space, {}, score);
    without.fit(space, few.archs, few.values);
    with.fit(space, few.archs, few.values);
    CHECK(correlation(without, space) < 0.75);
    CHECK(correlation(with, space) > 0.97);
    CHECK(with.mean_factors().at(0) == doctest::Approx(2).epsilon(0.1));
    CHECK(without.mean_factors().empty());
    CHECK(nas::gaussian_process<cells>(space, {}, score).mean_factors() == std::vector<double>{0});

    // Whatever its unit and sign.
    nas::gaussian_process<cells> other(space, {}, [](const arch_type& a) { return 5e9 - 1e7 * score(a); });
    other.fit(space, few.archs, few.values);
    CHECK(other.predict(space, {4, 4, 4, 4, 4, 4}) ==
          doctest::Approx(with.predict(space, {4, 4, 4, 4, 4, 4})).epsilon(1e-5));
    CHECK(other.mean_factors().at(0) == doctest::Approx(-1e-7 * with.mean_factors().at(0)).epsilon(1e-5));

    // With more trials it learns the rest, too: more than the score itself says.
    const trials many = draw(space, 120, 5);
    with.fit(space, many.archs, many.values);
    const trials unseen = draw(space, 200, 99);
    std::vector<double> scores;
    for (const auto& arch : unseen.archs) scores.push_back(score(arch));
    CHECK(correlation(with, space) > 0.999);
    CHECK(nas::spearman(scores, unseen.values) < 0.998);
}

TEST_CASE("prior mean: a score that says nothing does little harm") {
    const cells space(6, 5);
    const trials some = draw(space, 60, 6);
    nas::gaussian_process<cells> without(space);
    without.fit(space, some.archs, some.values);
    const double before = correlation(without, space);
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        const auto random_score = [seed](const cells& s, const arch_type& a) {
            nas::rng random(seed * 100'000 + s.index(a));
            return nas::unit(random);
        };
        nas::gaussian_process<cells> with(space, {}, random_score);
        with.fit(space, some.archs, some.values);
        CHECK(correlation(with, space) > before - 0.05);
    }
}

TEST_CASE("prior mean: equal scores, copies of a score, and more scores than networks") {
    const cells space(6, 5);
    const trials some = draw(space, 20, 7);
    nas::gaussian_process<cells> without(space);
    without.fit(space, some.archs, some.values);
    nas::gaussian_process<cells> equal(space, {}, [](const arch_type&) { return 0.1; });
    equal.fit(space, some.archs, some.values);
    CHECK(equal.mean_factors() == std::vector<double>{0});
    CHECK(correlation(equal, space) == doctest::Approx(correlation(without, space)).epsilon(0.1));

    nas::gaussian_process<cells> one(space, {}, score);
    nas::gaussian_process<cells> copies(space, {}, mean(30, [](const cells&, const arch_type& a, std::span<double> f) {
                                            for (double& each : f) each = score(a);
                                        }));
    one.fit(space, some.archs, some.values);
    copies.fit(space, some.archs, some.values);
    for (const auto& arch : draw(space, 20, 8).archs)
        CHECK(copies.predict(space, arch) == doctest::Approx(one.predict(space, arch)).epsilon(1e-4));
    double sum = 0;
    for (const double factor : copies.mean_factors()) sum += factor;
    CHECK(sum == doctest::Approx(one.mean_factors()[0]).epsilon(1e-4));
    one.fit(space, std::span(some.archs).first(1), std::vector<double>{3});
    CHECK(one.predict(space, some.archs[1]) == 3);

    // What it left out is predicted with the factors of the others.
    one.fit(space, some.archs, some.values);
    double errors = 0;
    for (std::size_t i = 0; i < some.archs.size(); ++i)
        errors += std::pow(one.leave_one_out(space, some.archs[i]).mean - some.values[i], 2);
    CHECK(std::sqrt(errors / 20) < 0.5);
}

/// A predictor that a searcher makes by itself: the score is in its type.
struct scored : nas::gaussian_process<nas::choice_space<6>> {
    explicit scored(const nas::choice_space<6>& space)
        : gaussian_process(space, {}, [](const nas::choice_space<6>::arch_type& a) { return a[0] + 2.0 * a[1]; }) {}
};

TEST_CASE("prior mean: a process with a score is a predictor") {
    const nas::choice_space<6> space{5};
    static_assert(nas::LeaveOneOutPredictor<scored, nas::choice_space<6>>);
    check_predictor_laws(scored(space), space, "nas::gaussian_process", 0.9);
}
