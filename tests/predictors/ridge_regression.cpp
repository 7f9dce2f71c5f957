// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/ridge_regression.hpp>

#include <doctest/doctest.h>

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

#include <nas/core/draws.hpp>

namespace {

/// The fit to all observations at once, by the normal equations; the intercept is the last feature, and the first value is
/// subtracted from all.
struct dense_fit {
    Eigen::MatrixXd features;  // one row an observation
    Eigen::VectorXd values;
    double ridge;

    Eigen::MatrixXd normal() const {
        Eigen::VectorXd penalty = Eigen::VectorXd::Constant(features.cols(), ridge);
        penalty[features.cols() - 1] = ridge * 1e-4;
        return features.transpose() * features + Eigen::MatrixXd(penalty.asDiagonal());
    }
    double predict(const Eigen::VectorXd& x) const {
        const Eigen::VectorXd centred = values.array() - values[0];
        return values[0] + x.dot(normal().llt().solve(features.transpose() * centred));
    }
    double spread(const Eigen::VectorXd& x) const { return x.dot(normal().llt().solve(x)); }
};

std::vector<double> random_features(std::size_t count, nas::rng& random) {
    std::vector<double> features(count);
    for (double& feature : features) feature = nas::chance(random, 0.4) ? 0 : 2 * nas::unit(random) - 1;
    return features;
}

}  // namespace

TEST_CASE("ridge regression: after each observation it is the fit to all of them") {
    for (const double ridge : {0.01, 1.0, 30.0}) {
        nas::rng random(7);
        constexpr std::size_t count = 6;
        nas::ridge_regression model(count, {.ridge = ridge});
        CHECK(model.features() == count);
        std::vector<std::vector<double>> rows;
        std::vector<double> values;
        double squared_errors = 0;
        for (std::size_t n = 1; n <= 40; ++n) {
            rows.push_back(random_features(count, random));
            values.push_back(100 + rows.back()[0] - 3 * rows.back()[4] + 0.1 * nas::unit(random));
            dense_fit fit{Eigen::MatrixXd(n, count + 1), Eigen::VectorXd(n), ridge};
            for (std::size_t i = 0; i < n; ++i) {
                for (std::size_t k = 0; k < count; ++k)
                    fit.features(static_cast<long>(i), static_cast<long>(k)) = rows[i][k];
                fit.features(static_cast<long>(i), count) = 1;
                fit.values[static_cast<long>(i)] = values[i];
            }
            const auto row = static_cast<long>(n - 1);
            if (n > 1) {
                dense_fit before{fit.features.topRows(row), fit.values.head(row), ridge};
                const Eigen::VectorXd x = fit.features.row(row).transpose();
                const double error = values.back() - before.predict(x);
                squared_errors += error * error / (1 + before.spread(x));
            }
            model.learn(rows.back(), values.back());
            CHECK(model.observations() == n);
            const std::vector<double> asked = random_features(count, random);
            Eigen::VectorXd x(count + 1);
            for (std::size_t k = 0; k < count; ++k) x[static_cast<long>(k)] = asked[k];
            x[count] = 1;
            CHECK(model.predict(asked) == doctest::Approx(fit.predict(x)).epsilon(1e-8));
            CHECK(model.deviation(asked) ==
                  doctest::Approx(std::sqrt(squared_errors / static_cast<double>(n) * fit.spread(x))).epsilon(1e-6));
        }
    }
}

TEST_CASE("ridge regression: after thousands of observations it is still the fit to all of them") {
    // Features as of choices, one of five each time: they depend on each other.
    constexpr long decisions = 6;
    constexpr long choices = 5;
    constexpr long features = decisions * choices;
    using exact_matrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
    using exact_vector = Eigen::Matrix<long double, Eigen::Dynamic, 1>;
    for (const double ridge : {nas::ridge_regression_options::least_ridge, 1.0, 1e9}) {
        CAPTURE(ridge);
        nas::rng random(3);
        nas::ridge_regression model(features, {.ridge = ridge});
        exact_matrix normal = exact_matrix::Identity(features + 1, features + 1) * static_cast<long double>(ridge);
        normal(features, features) *= 1e-4L;
        exact_vector sums = exact_vector::Zero(features + 1);
        std::vector<std::vector<double>> asked;
        double first = 0;
        for (int n = 0; n < 5000; ++n) {
            std::vector<double> x(features, 0);
            exact_vector row = exact_vector::Zero(features + 1);
            row[features] = 1;
            double value = 1000 + nas::unit(random) / 5;
            for (long decision = 0; decision < decisions; ++decision) {
                const auto choice = static_cast<long>(nas::below(random, choices));
                x[static_cast<std::size_t>(decision * choices + choice)] = 1;
                row[decision * choices + choice] = 1;
                value += static_cast<double>((decision + 3) * choice % 7);
            }
            if (n == 0) first = value;
            if (asked.size() < 20) asked.push_back(x);
            model.learn(x, value);
            normal += row * row.transpose();
            sums += row * static_cast<long double>(value - first);
        }
        const Eigen::LLT<exact_matrix> fit(normal);
        const exact_vector weights = fit.solve(sums);
        long double scale = 0;  // of deviations: the noise
        for (const std::vector<double>& x : asked) {
            exact_vector row(features + 1);
            for (long i = 0; i < features; ++i) row[i] = x[static_cast<std::size_t>(i)];
            row[features] = 1;
            CHECK(std::abs(model.predict(x) - static_cast<double>(first + row.dot(weights))) < 1e-8);
            const long double noise = model.deviation(x) / std::sqrt(row.dot(fit.solve(row)));
            if (scale == 0) scale = noise;
            CHECK(std::abs(static_cast<double>(noise / scale) - 1) < 1e-6);
        }
    }
}

TEST_CASE("ridge regression: refitted to other values it is the fit to those, and learns on from there") {
    nas::rng random(3);
    constexpr std::size_t count = 5;
    constexpr std::size_t rows = 30;
    nas::ridge_regression model(count, {.ridge = 0.5});
    dense_fit fit{Eigen::MatrixXd(rows + 1, count + 1), Eigen::VectorXd(rows + 1), 0.5};
    Eigen::VectorXd moments = Eigen::VectorXd::Zero(count + 1);
    double squares = 0;
    for (std::size_t n = 0; n <= rows; ++n) {
        const std::vector<double> row = random_features(count, random);
        for (std::size_t k = 0; k < count; ++k) fit.features(static_cast<long>(n), static_cast<long>(k)) = row[k];
        fit.features(static_cast<long>(n), count) = 1;
        const double value = row[0] - 2 * row[3] + 0.3 * nas::unit(random);
        fit.values[static_cast<long>(n)] = value;
        if (n < rows) {
            model.learn(row, 100 * nas::unit(random));
            moments += value * fit.features.row(static_cast<long>(n)).transpose();
            squares += value * value;
            continue;
        }
        model.refit(std::span<const double>(moments.data(), count + 1), squares);
        const auto check = [&](long observed) {
            const Eigen::MatrixXd x = fit.features.topRows(observed);
            Eigen::VectorXd penalty = Eigen::VectorXd::Constant(count + 1, 0.5);
            penalty[count] = 0.5e-4;
            const Eigen::MatrixXd normal = x.transpose() * x + Eigen::MatrixXd(penalty.asDiagonal());
            const Eigen::VectorXd y = fit.values.head(observed);
            const Eigen::VectorXd weights = normal.llt().solve(x.transpose() * y);
            const double errors = y.squaredNorm() - weights.dot(x.transpose() * y);
            const std::vector<double> asked = random_features(count, random);
            Eigen::VectorXd at(count + 1);
            for (std::size_t k = 0; k < count; ++k) at[static_cast<long>(k)] = asked[k];
            at[count] = 1;
            CHECK(model.predict(asked) == doctest::Approx(weights.dot(at)).epsilon(1e-8));
            const double variance = errors / static_cast<double>(observed) * at.dot(normal.llt().solve(at));
            CHECK(model.deviation(asked) == doctest::Approx(std::sqrt(variance)).epsilon(1e-6));
        };
        check(rows);
        model.learn(row, value);
        check(rows + 1);
    }
}

TEST_CASE("ridge regression: its deviation is that of its error, and falls with the observations") {
    // Errors against the true mean, in units of the deviation, over many data sets.
    double sum = 0;
    constexpr std::size_t sets = 300;
    for (std::size_t set = 0; set < sets; ++set) {
        nas::rng random(set);
        nas::ridge_regression model(3, {.ridge = 0.1});
        const auto mean = [](const std::vector<double>& x) { return 0.3 * x[0] - 0.2 * x[1] + 0.1 * x[2]; };
        double early = 0;
        const std::vector<double> asked{0.5, -0.5, 0.3};
        for (std::size_t n = 0; n < 200; ++n) {
            const std::vector<double> x = random_features(3, random);
            model.learn(x, mean(x) + nas::unit(random) - 0.5);
            if (n == 20) early = model.deviation(asked);
        }
        CHECK(model.deviation(asked) < early);
        const double error = (model.predict(asked) - mean(asked)) / model.deviation(asked);
        sum += error * error;
    }
    CHECK(sum / sets == doctest::Approx(1).epsilon(0.25));
}

TEST_CASE("ridge regression: without features it is the mean, without observations nothing") {
    nas::ridge_regression model(0);
    CHECK(std::isnan(model.predict({})));
    CHECK(std::isnan(model.deviation({})));
    model.learn({}, 4);
    CHECK(model.predict({}) == 4);
    CHECK(model.deviation({}) == 0);
    model.learn({}, 6);
    CHECK(model.predict({}) == doctest::Approx(5).epsilon(1e-3));
}

TEST_CASE("ridge regression refuses options out of range") {
    CHECK_THROWS_WITH_AS(nas::ridge_regression(3, {.ridge = 0}),
                         "nas::ridge_regression: ridge (0) must be in [1e-04, 1e+09]", std::invalid_argument);
    // It drifted.
    CHECK_THROWS_WITH_AS(nas::ridge_regression(3, {.ridge = 1e-9}),
                         "nas::ridge_regression: ridge (1e-09) must be in [1e-04, 1e+09]", std::invalid_argument);
}
