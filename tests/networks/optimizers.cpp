// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/optimizers.hpp>

#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

namespace {

/// Parameters after each of `steps` steps down the loss sum of w_i p_i^2 / 2, whose curvatures w_i differ.
template <class Optimizer>
std::vector<double> descend(Optimizer optimizer, std::size_t size, int steps, double rate) {
    std::vector<double> parameters(size);
    std::vector<double> gradient(size);
    for (std::size_t i = 0; i < size; ++i) parameters[i] = 1 + static_cast<double>(i % 7);
    for (int step = 0; step < steps; ++step) {
        for (std::size_t i = 0; i < size; ++i) gradient[i] = (1 + static_cast<double>(i % 3)) * parameters[i];
        optimizer.step(parameters, gradient, rate);
    }
    return parameters;
}

/// The same by `update(gradient, state, step)`, which returns what to subtract for a rate of 1: the formulas, one number at a time.
template <class Update>
std::vector<double> descend_by_formula(Update update, std::size_t size, int steps, double rate) {
    std::vector<double> parameters(size);
    for (std::size_t i = 0; i < size; ++i) {
        double p = 1 + static_cast<double>(i % 7);
        std::array<double, 2> state{};
        for (int step = 1; step <= steps; ++step) p -= rate * update((1 + static_cast<double>(i % 3)) * p, state, step);
        parameters[i] = p;
    }
    return parameters;
}

void check_same(const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]).epsilon(1e-12));
}

// Longer than a block of the implementation, and no multiple of it.
constexpr std::size_t sizes[] = {1, 7, 512, 1300};

}  // namespace

TEST_CASE("sgd: with and without momentum") {
    for (const std::size_t size : sizes) {
        check_same(descend(nas::sgd<double>(size), size, 5, 0.1),
                   descend_by_formula([](double g, auto&, int) { return g; }, size, 5, 0.1));
        check_same(
            descend(nas::sgd<double>(size, {.momentum = 0.9}), size, 5, 0.1),
            descend_by_formula([](double g, auto& state, int) { return state[0] = 0.9 * state[0] + g; }, size, 5, 0.1));
    }
}

TEST_CASE("rmsprop: the gradient over the root of its mean square") {
    const auto update = [](double g, auto& state, int) {
        state[0] = 0.8 * state[0] + 0.2 * g * g;
        return g / (std::sqrt(state[0]) + 1e-3);
    };
    for (const std::size_t size : sizes)
        check_same(descend(nas::rmsprop<double>(size, {.rho = 0.8, .epsilon = 1e-3}), size, 6, 0.01),
                   descend_by_formula(update, size, 6, 0.01));
}

TEST_CASE("adam: algorithm 1 of Kingma and Ba") {
    const auto update = [](double g, auto& state, int step) {
        state[0] = 0.7 * state[0] + 0.3 * g;
        state[1] = 0.95 * state[1] + 0.05 * g * g;
        const double mean = state[0] / (1 - std::pow(0.7, step));
        const double square = state[1] / (1 - std::pow(0.95, step));
        return mean / (std::sqrt(square) + 0.01);
    };
    for (const std::size_t size : sizes)
        check_same(descend(nas::adam<double>(size, {.beta1 = 0.7, .beta2 = 0.95, .epsilon = 0.01}), size, 8, 0.05),
                   descend_by_formula(update, size, 8, 0.05));
}

TEST_CASE("adam: the first step is the learning rate, whatever the gradient's size") {
    nas::adam<float> optimizer(2);
    std::vector<float> parameters{0, 0};
    optimizer.step(parameters, std::vector<float>{1e-3F, -1e3F}, 0.01);
    CHECK(parameters[0] == doctest::Approx(-0.01).epsilon(1e-4));
    CHECK(parameters[1] == doctest::Approx(0.01).epsilon(1e-4));
}

TEST_CASE("any_optimizer: does what the chosen one does") {
    for (const std::size_t size : sizes) {
        using nas::optimizer_kind;
        check_same(descend(nas::any_optimizer<double>(optimizer_kind::sgd, size, 0.5), size, 4, 0.1),
                   descend(nas::sgd<double>(size, {.momentum = 0.5}), size, 4, 0.1));
        check_same(descend(nas::any_optimizer<double>(optimizer_kind::rmsprop, size), size, 4, 0.1),
                   descend(nas::rmsprop<double>(size), size, 4, 0.1));
        check_same(descend(nas::any_optimizer<double>(optimizer_kind::adam, size), size, 4, 0.1),
                   descend(nas::adam<double>(size), size, 4, 0.1));
    }
}

TEST_CASE("optimizers: options out of range") {
    CHECK_THROWS_WITH_AS(nas::sgd<float>(3, {.momentum = 1.5}), "nas::sgd: momentum (1.5) must be in [0, 1]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::rmsprop<float>(3, {.rho = -1}), "nas::rmsprop: rho (-1) must be in [0, 1]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::adam<float>(3, {.beta1 = 1}), "nas::adam: beta1 (1) must be in [0, 0.9999999]",
                         std::invalid_argument);
}
