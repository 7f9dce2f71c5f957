// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/gaussian_process.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/report/statistics.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>

#include <Eigen/Dense>

#include "predictors/plain_kernel.hpp"

namespace {

using nas::detail::anova_kernel;
using nas::detail::marginal_likelihood;
using nas::detail::process_data;
using namespace nas::tests;

}  // namespace

TEST_CASE("gaussian process: the kernel is the sum of its components") {
    const cells space = mixed_cells();
    const auto kernel = nas::detail::kernel_of(space);
    // Four nominal ones, two of ordered decisions, and one of the decisions that have the same list.
    REQUIRE(kernel.anova.components() == 7);
    REQUIRE(kernel.anova.factors() == 5);
    nas::detail::process_parameters parameters;
    nas::rng random(1);
    for (std::size_t c = 0; c < 7; ++c) parameters.kernel.push_back(nas::unit(random) - 1);

    parameters.kernel.push_back(0.3);
    const anova_kernel::weighted weighted = nas::detail::weighted(kernel.anova, parameters.kernel);
    for (int i = 0; i < 50; ++i) {
        const auto x = space.sample(random);
        const auto y = space.sample(random);
        std::uint16_t levels[2][4];
        double vectors[2][3];
        nas::detail::describe_to_kernel(space, x, kernel, levels[0], vectors[0]);
        nas::detail::describe_to_kernel(space, y, kernel, levels[1], vectors[1]);
        CHECK(weighted(levels[0], vectors[0], levels[1], vectors[1]) ==
              doctest::Approx(plain_kernel(space, parameters, x, y).value).epsilon(1e-12));
    }
}

TEST_CASE("gaussian process: what is a quantity") {
    using nas::detail::are_quantities;
    CHECK(are_quantities({"8", "16", "32"}));
    CHECK(are_quantities({"1", "0.1", "1e-2"}));
    CHECK(!are_quantities({"0", "1", "2"}));  // the numbers of choices without labels
    CHECK(!are_quantities({"8", "32", "16"}));
    CHECK(!are_quantities({"8", "conv"}));
    CHECK(!are_quantities({"3x3", "5x5"}));
}

TEST_CASE("gaussian process: a numeric decision is ordered, whatever its labels are") {
    const auto components = [](bool numeric) {
        nas::decision size{"size", 4, {"tiny", "small", "large", "huge"}};
        if (numeric) size.values = {1, 2, 4, 8};
        return nas::detail::kernel_of(nas::choice_space<>{std::vector<nas::decision>{size, {"op", 3}}})
            .anova.components();
    };
    CHECK(components(false) == 2);
    CHECK(components(true) == 3);
}

TEST_CASE("gaussian process: the marginal likelihood is the dense formula, its gradient the central difference") {
    const cells space = mixed_cells();
    const auto kernel = nas::detail::kernel_of(space);
    const example some(space, 40, 3);
    const process_data data = data_of(space, kernel, some);
    REQUIRE(data.size() < 40);
    REQUIRE(data.total_squares() > 0);
    marginal_likelihood likelihood(nas::detail::anova_pairs(kernel.anova, data), data, -0.4);
    auto parameters = likelihood.start();
    nas::rng random(5);
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] += nas::unit(random) - 0.5;
    std::vector<double> gradient(parameters.size());
    const double value = likelihood(parameters, gradient);

    // Over all trials, not networks: the same up to a constant, here found at other parameters.
    const auto dense = [&](const nas::detail::process_parameters& at) {
        const auto n = static_cast<Eigen::Index>(some.values.size());
        const double noise = at.noise_variance();
        const double own = at.nugget_variance() - noise;
        const Eigen::Map<const Eigen::VectorXd> given(some.values.data(), n);
        Eigen::VectorXd y = given.array() - given.mean();
        y /= std::sqrt(y.squaredNorm() / static_cast<double>(n));
        Eigen::MatrixXd k(n, n);
        for (Eigen::Index i = 0; i < n; ++i)
            for (Eigen::Index j = 0; j < n; ++j) {
                const auto& a = some.archs[static_cast<std::size_t>(i)];
                const auto& b = some.archs[static_cast<std::size_t>(j)];
                k(i, j) = plain_kernel(space, at, a, b).value + (a == b ? own : 0) + (i == j ? noise : 0);
            }
        const Eigen::LLT<Eigen::MatrixXd> llt(k);
        const double s2 = (y.dot(llt.solve(y)) + 1) / static_cast<double>(n + 1);
        double result = static_cast<double>(n + 1) / 2 * std::log(s2);
        for (Eigen::Index i = 0; i < n; ++i) result += std::log(llt.matrixLLT()(i, i));
        auto copy = at;
        for (std::size_t i = 0; i < copy.size(); ++i) {
            const auto prior = likelihood.prior(i);
            result += std::pow((copy[i] - prior.mean) / prior.deviation, 2) / 2;
        }
        return result;
    };
    std::vector<double> unused(parameters.size());
    const auto other = likelihood.start();
    CHECK(value - likelihood(other, unused) == doctest::Approx(dense(parameters) - dense(other)).epsilon(1e-9));

    constexpr double step = 1e-5;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        auto above = parameters;
        auto below = parameters;
        above[i] += step;
        below[i] -= step;
        const double slope = (likelihood(above, unused) - likelihood(below, unused)) / (2 * step);
        CHECK(gradient[i] == doctest::Approx(slope).epsilon(1e-6));
    }

    const auto best = likelihood.maximize(likelihood.start(), 100);
    CHECK(likelihood(best, gradient) < likelihood(likelihood.start(), unused) - 4);
    for (const double slope : gradient) CHECK(std::abs(slope) < 0.1);
}

TEST_CASE("gaussian process: factors, inverses and solutions of any size") {
    for (const Eigen::Index n : {1, 2, 3, 4, 5, 9, 31, 64}) {
        const auto size = static_cast<std::size_t>(n);
        nas::rng random(static_cast<std::uint64_t>(n));
        const Eigen::MatrixXd root = Eigen::MatrixXd::NullaryExpr(n, n, [&] { return nas::unit(random) - 0.5; });
        const Eigen::MatrixXd a = root * root.transpose() + Eigen::MatrixXd::Identity(n, n);
        std::vector<double> lower(a.data(), a.data() + n * n);
        REQUIRE(nas::detail::cholesky(size, lower.data()));
        std::vector<double> upper(size * size);
        std::vector<double> inverse(size * (size + 1) / 2);
        nas::detail::inverse_of_factor(size, lower.data(), upper.data(), inverse.data());
        const Eigen::MatrixXd expected = a.inverse();
        std::vector<double> x(size, 1);
        nas::detail::solve_lower(size, lower.data(), x.data());
        nas::detail::solve_lower_transposed(size, lower.data(), x.data());
        for (Eigen::Index i = 0; i < n; ++i) {
            CHECK(x[static_cast<std::size_t>(i)] == doctest::Approx(expected.row(i).sum()).epsilon(1e-10));
            for (Eigen::Index j = 0; j <= i; ++j)
                CHECK(inverse[static_cast<std::size_t>(i * (i + 1) / 2 + j)] ==
                      doctest::Approx(expected(i, j)).epsilon(1e-10));
        }
    }
    double not_definite[] = {1, 2, 2, 1};
    CHECK(!nas::detail::cholesky(2, not_definite));
}

TEST_CASE("gaussian process: exact values are met") {
    const cells space(5, 4);
    const example exact(space, 60, 7, 0);
    nas::gaussian_process<cells> process(space, {.noise_share = 0});
    process.fit(space, exact.archs, exact.values);
    CHECK(process.noise() == 0);
    for (std::size_t i = 0; i < 60; ++i) {
        CHECK(process.predict(space, exact.archs[i]) == doctest::Approx(exact.values[i]).epsilon(1e-6));
        CHECK(process.deviation(space, exact.archs[i]) < 1e-4);
    }
    // And what was not seen is predicted from parts: nothing but a decision's own and pairs make up this value.
    nas::rng random(8);
    std::vector<double> predicted;
    std::vector<double> real;
    std::vector<double> errors;
    for (int i = 0; i < 100; ++i) {
        const auto arch = space.sample(random);
        predicted.push_back(process.predict(space, arch));
        real.push_back(example::worth(arch));
        errors.push_back(std::abs(predicted.back() - real.back()) / std::max(process.deviation(space, arch), 1e-3));
    }
    CHECK(nas::spearman(predicted, real) > 0.95);
    CHECK(nas::quantile(errors, 0.5) < 1.5);  // of a normal distribution: 0.67
    CHECK(nas::quantile(errors, 0.95) < 4);
}

TEST_CASE("gaussian process: two trials of one network count as their mean, with half the noise") {
    const cells space(3, 3);
    const cells::arch_type twice{1, 2, 0};
    nas::rng random(2);
    std::vector<cells::arch_type> archs;
    std::vector<double> values;
    for (int i = 0; i < 12; ++i) {
        archs.push_back(space.sample(random));
        values.push_back(example::worth(archs.back()));
    }
    const auto fit = [&](std::initializer_list<double> of_it) {
        auto all = archs;
        auto what = values;
        for (const double value : of_it) {
            all.push_back(twice);
            what.push_back(value);
        }
        nas::gaussian_process<cells> process(space, {.noise_share = 0.9});
        process.fit(space, all, what);
        return process;
    };
    const auto equal = fit({2, 2});
    const auto apart = fit({0, 4});
    CHECK(equal.size() == apart.size());
    CHECK(equal.noise() < apart.noise());
    CHECK(equal.deviation(space, twice) < apart.deviation(space, twice));
    // The more trials say the same, the closer is what is expected.
    CHECK(std::abs(fit({5, 5, 5, 5, 5, 5, 5, 5}).predict(space, twice) - 5) <
          std::abs(fit({5}).predict(space, twice) - 5));
}

TEST_CASE("gaussian process: repeats tell noise from what is a network's own") {
    const cells space(6, 3);
    nas::rng random(4);
    std::vector<cells::arch_type> archs;
    std::vector<double> noisy;
    std::vector<double> own;
    for (int i = 0; i < 60; ++i) {
        const auto arch = space.sample(random);
        const double of_network = 3 * nas::unit(random);
        for (int k = 0; k < 2; ++k) {
            archs.push_back(arch);
            noisy.push_back(example::worth(arch) + 3 * nas::unit(random));
            own.push_back(example::worth(arch) + of_network);
        }
    }
    nas::gaussian_process<cells> process(space);
    process.fit(space, archs, noisy);
    CHECK(process.noise() == doctest::Approx(3 / std::sqrt(12.0)).epsilon(0.25));
    process.fit(space, archs, own);
    CHECK(process.noise() < 0.2);
}

TEST_CASE("gaussian process: it does not depend on shift, scale, and little on the order of trials") {
    const cells space(5, 4);
    const example some(space, 50, 9);
    nas::gaussian_process<cells> process(space);
    process.fit(space, some.archs, some.values);
    const double expected = process.predict(space, some.archs[0]);
    std::vector<double> other = some.values;
    for (double& value : other) value = 1e6 * value - 3;
    nas::gaussian_process<cells> scaled(space);
    scaled.fit(space, some.archs, other);
    CHECK(scaled.predict(space, some.archs[0]) == doctest::Approx(1e6 * expected - 3).epsilon(1e-6));
    std::vector<cells::arch_type> turned(some.archs.rbegin(), some.archs.rend());
    std::vector<double> values(some.values.rbegin(), some.values.rend());
    scaled.fit(space, turned, values);
    CHECK(scaled.predict(space, some.archs[0]) == doctest::Approx(expected).epsilon(1e-3));
}

TEST_CASE("gaussian process: many predictions at once are those of one after the other") {
    const cells space = mixed_cells();
    const example some(space, 40, 9);
    nas::gaussian_process<cells> process(space);
    const auto check = [&](std::size_t count) {
        const auto archs = std::span(some.archs).first(count);
        std::vector<nas::prediction> out(count);
        process.predict_all(space, archs, out);
        for (std::size_t i = 0; i < count; ++i) {
            CHECK(out[i].mean == doctest::Approx(process.predict(space, archs[i])).epsilon(1e-11));
            CHECK(out[i].deviation == doctest::Approx(process.deviation(space, archs[i])).epsilon(1e-9));
        }
    };
    std::vector<nas::prediction> out(3);
    process.predict_all(space, std::span(some.archs).first(3), out);
    for (const nas::prediction& one : out) CHECK((std::isnan(one.mean) && std::isnan(one.deviation)));
    process.fit(space, std::span(some.archs).first(25), std::span(some.values).first(25));
    for (const std::size_t count : {0U, 1U, 7U, 8U, 40U}) check(count);
}

TEST_CASE("gaussian process: few, equal, and very many values") {
    const cells space(4, 3);
    nas::gaussian_process<cells> process(space);
    const cells::arch_type arch{0, 1, 2, 0};
    CHECK(std::isnan(process.predict(space, arch)));
    CHECK(std::isnan(process.deviation(space, arch)));
    process.fit(space, {}, {});
    CHECK(std::isnan(process.predict(space, arch)));
    process.fit(space, std::vector{arch}, std::vector{3.0});
    CHECK(process.predict(space, arch) == 3);
    const example some(space, 30, 1);
    process.fit(space, some.archs, std::vector<double>(30, 3.0));
    CHECK(process.predict(space, arch) == 3);

    // Of many it remembers what is best, and others.
    const cells wide(8, 4);
    const example many(wide, 3000, 2);
    nas::gaussian_process<cells> bounded(wide, {.networks = 100});
    bounded.fit(wide, many.archs, many.values);
    CHECK(bounded.size() == 100);
    const auto best = std::max_element(many.values.begin(), many.values.end()) - many.values.begin();
    CHECK(bounded.remembers(wide, many.archs[static_cast<std::size_t>(best)]));
    std::vector<double> predicted;
    for (std::size_t i = 0; i < 200; ++i) predicted.push_back(bounded.predict(wide, many.archs[i]));
    CHECK(nas::spearman(predicted, std::span(many.values).first(200)) > 0.9);
}

TEST_CASE("gaussian process: a space's own features count") {
    // Units and activations add up: what is learned of one layer of 64 units holds for others that it never saw.
    const nas::mlp_space space;
    const auto worth = [&](const nas::mlp_space::arch_type& arch) {
        double sum = 0;
        for (const auto& layer : space.layers(arch))
            if (!layer.is_dropout())
                sum += std::log(static_cast<double>(layer.units)) + (layer.function == nas::activation::relu ? 1 : 0);
        return sum;
    };
    nas::rng random(3);
    std::vector<nas::mlp_space::arch_type> archs;
    std::vector<double> values;
    for (int i = 0; i < 60; ++i) {
        archs.push_back(space.sample(random));
        values.push_back(worth(archs.back()));
    }
    nas::gaussian_process<nas::mlp_space> process(space);
    process.fit(space, archs, values);
    std::vector<double> predicted;
    std::vector<double> real;
    for (int i = 0; i < 200; ++i) {
        const auto arch = space.sample(random);
        predicted.push_back(process.predict(space, arch));
        real.push_back(worth(arch));
    }
    CHECK(nas::spearman(predicted, real) > 0.85);
}

TEST_CASE("gaussian process: a feature that was the same everywhere says nothing") {
    // Of ten ones the mean is not quite 1, and what is left of them is no scale.
    struct marked_space {
        using arch_type = int;
        arch_type sample(nas::rng& random) const { return static_cast<int>(nas::below(random, 100)); }
        bool contains(const arch_type& arch) const { return arch >= 0 && arch < 200; }
        std::string describe(const arch_type& arch) const { return std::to_string(arch); }
        arch_type parse(std::string_view text) const { return std::stoi(std::string(text)); }
        std::size_t encoding_size() const { return 2; }
        void encode(const arch_type& arch, std::span<double> out) const {
            out[0] = arch % 100;
            out[1] = arch < 100 ? 1 : 0;
        }
    };
    const marked_space space;
    std::vector<int> archs;
    std::vector<double> values;
    for (int i = 0; i < 10; ++i) {
        archs.push_back(9 * i);
        values.push_back(i);
    }
    nas::gaussian_process<marked_space> process(space);
    process.fit(space, archs, values);
    CHECK(process.predict(space, 140) == doctest::Approx(process.predict(space, 40)).epsilon(1e-9));
    CHECK(process.deviation(space, 140) == doctest::Approx(process.deviation(space, 40)).epsilon(1e-9));
}

TEST_CASE("gaussian process: what it refuses") {
    const cells space(4, 3);
    CHECK_THROWS_WITH_AS(nas::gaussian_process<cells>(space, {.noise_share = 1.5}),
                         "nas::gaussian_process: noise_share (1.5) must be in [0, 1]", std::invalid_argument);
    nas::gaussian_process<cells> process(space);
    const example some(space, 3, 1);
    CHECK_THROWS_WITH_AS(process.fit(space, some.archs, std::vector<double>(2)),
                         "nas::gaussian_process: there are 3 architectures and 2 values", std::invalid_argument);
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH_AS(process.fit(space, some.archs, std::vector<double>{1, infinity, 2}),
                         "nas::gaussian_process: value 1 is not finite", std::invalid_argument);
}

TEST_CASE("gaussian process: of any scale, also where squares overflow or vanish") {
    const cells space = mixed_cells();
    const example of(space, 30, 7);
    nas::gaussian_process<cells> process(space);
    process.fit(space, of.archs, of.values);
    for (const int exponent : {1000, -1000}) {
        std::vector<double> scaled = of.values;
        for (double& value : scaled) value = std::ldexp(value, exponent);
        nas::gaussian_process<cells> other(space);
        other.fit(space, of.archs, scaled);
        for (const auto& arch : of.archs) {
            CHECK(other.predict(space, arch) == std::ldexp(process.predict(space, arch), exponent));
            CHECK(other.deviation(space, arch) == std::ldexp(process.deviation(space, arch), exponent));
        }
        CHECK(other.noise() == std::ldexp(process.noise(), exponent));
    }
}
