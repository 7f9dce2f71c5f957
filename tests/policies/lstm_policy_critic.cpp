// SPDX-License-Identifier: Apache-2.0
#include <nas/policies/lstm_policy.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <nas/searchers/controller.hpp>
#include <nas/spaces/choice_space.hpp>

#include "policies/layer_table.hpp"

namespace {

using policy = nas::lstm_policy<double>;
using space_type = nas::choice_space<>;
using genotype = space_type::genotype_type;

std::vector<genotype> draw(const policy& net, const space_type& space, std::size_t count) {
    nas::rng random(7);
    std::vector<genotype> all;
    for (std::size_t k = 0; k < count; ++k) all.push_back(net.sample(space, random));
    all.push_back(all[0]);  // what is equal shares states
    return all;
}

double returned(std::size_t k) { return 0.5 * static_cast<double>(k) - 0.7; }

/// Mean over genotypes and steps of the squared error.
double error(const policy& net, const space_type& space, const std::vector<genotype>& archs) {
    double sum = 0;
    for (std::size_t k = 0; k < archs.size(); ++k)
        net.expectations(space, archs[k], [&](std::size_t, double expected) {
            sum += std::pow(expected - returned(k), 2) / static_cast<double>(archs.size() * net.plan().steps.size());
        });
    return sum;
}

/// The largest difference of a gradient and central differences of `loss(policy)`.
template <class Loss>
double largest_difference(policy net, const std::vector<double>& gradient, Loss&& loss) {
    double largest = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        constexpr double h = 1e-5;
        const auto at = [&](double shift) {
            net.change([&](std::span<double> weights) { weights[i] += shift; });
            return loss(std::as_const(net));
        };
        const double above = at(h);
        const double below = at(-2 * h);
        at(h);
        largest = std::max(largest, std::abs((above - below) / (2 * h) - gradient[i]));
    }
    return largest;
}

std::vector<double> returns_of(std::size_t count) {
    std::vector<double> all;
    for (std::size_t k = 0; k < count; ++k) all.push_back(returned(k));
    return all;
}

void check_gradient(const space_type& space, nas::lstm_policy_options options) {
    options.units = 3;
    options.initial = 0.8;
    options.critic = 0.7;
    policy net(space, options);
    const std::vector<genotype> archs = draw(net, space, 3);
    const auto weight_of = [](std::size_t k) { return 0.4 - 0.3 * static_cast<double>(k); };
    std::vector<double> gradient(net.parameters().size());
    net.add_gradient(
        space, std::span<const genotype>(archs), [&](std::size_t k, double) { return weight_of(k); }, 0.1,
        std::span<double>(gradient), {}, returns_of(archs.size()));
    const double difference = largest_difference(net, gradient, [&](const policy& now) {
        double loss = 0.7 * error(now, space, archs);
        for (std::size_t k = 0; k < archs.size(); ++k) {
            loss += weight_of(k) * now.log_probability(space, archs[k]) + 0.1 * now.entropy(space, archs[k]);
            loss += now.regularization(space, archs[k]) / static_cast<double>(archs.size());
        }
        return loss;
    });
    CHECK(difference < 1e-7);
}

}  // namespace

TEST_CASE("lstm_policy: the gradient of a critic's error") {
    check_gradient(space_type(4, 3), {});
    check_gradient(layer_table::space({.operations = {3, 2, 3}, .inputs = 2, .skips = true, .outputs = 2}),
                   {.unique_inputs = true, .unique_outputs = true, .skip_weight = 0.5});
}

TEST_CASE("lstm_policy: with a critic each step weighs as it was expected before it") {
    const space_type space(4, 3);
    const policy net(space, {.units = 4, .initial = 0.8, .critic = 0.3});
    const std::vector<genotype> archs{space.parse("0120"), space.parse("2101"), space.parse("0111")};
    std::vector<std::vector<double>> expected(archs.size());
    for (std::size_t k = 0; k < archs.size(); ++k)
        net.expectations(space, archs[k], [&](std::size_t, double value) { expected[k].push_back(value); });
    std::vector<double> gradient(net.parameters().size());
    policy learner = net;
    learner.add_gradient(
        space, std::span<const genotype>(archs),
        [&](std::size_t k, double, double before) { return -0.25 * (returned(k) - before); }, 0,
        std::span<double>(gradient), {}, returns_of(archs.size()));
    const double difference = largest_difference(net, gradient, [&](const policy& now) {
        double loss = 0.3 * error(now, space, archs);
        for (std::size_t k = 0; k < archs.size(); ++k)
            now.probabilities(space, archs[k], [&](std::size_t i, std::span<const double> p) {
                loss -= 0.25 * (returned(k) - expected[k][i]) * std::log(p[archs[k][i]]);
            });
        return loss;
    });
    CHECK(difference < 1e-7);
    // Before the first decision nothing is known that could tell architectures apart; after it there is.
    CHECK(expected[0][0] == expected[1][0]);
    CHECK(expected[0][1] == expected[2][1]);
    CHECK(expected[0][1] != expected[1][1]);
}

TEST_CASE("lstm_policy: a critic must be told what was returned") {
    const space_type space(4, 3);
    policy net(space, {.units = 3, .critic = 1});
    const std::vector<genotype> archs = draw(net, space, 2);
    std::vector<double> gradient(net.parameters().size());
    CHECK_THROWS_WITH_AS(
        net.add_gradient(
            space, std::span<const genotype>(archs), [](std::size_t, double) { return 1.0; }, 0,
            std::span<double>(gradient)),
        "nas::lstm_policy: the critic must be told what each of the 3 architectures returned, not of 0",
        std::invalid_argument);
    bool visited = false;
    policy(space, {.units = 3}).expectations(space, archs[0], [&](std::size_t, double) { visited = true; });
    CHECK(!visited);
}

TEST_CASE("controller: its critic comes to expect what a first decision is worth") {
    using cells = nas::choice_space<3>;
    const cells space{3};
    nas::controller<cells, double> searcher{space,
                                            {.batch = 9,
                                             .learning_rate = 0.02,
                                             .baseline = nas::baseline_kind::constant,
                                             .constant = 0,
                                             .scale = nas::advantage_scale::none,
                                             .entropy = 10,  // so that it stays uniform
                                             .entropy_decay = 0,
                                             .epochs = 1,
                                             .network = {.units = 8, .layers = 1, .critic = 1}}};
    nas::rng random(1);
    searcher.begin(random);
    for (std::size_t n = 0; n < 3000; ++n) {
        nas::trial<cells::arch_type> told;
        told.arch = searcher.sample_policy(random);
        told.result = told.arch[0] - 1.0;
        searcher.tell(told, random);
    }
    for (std::uint8_t first = 0; first < 3; ++first)
        searcher.policy().expectations(space, {first, 1, 1}, [&](std::size_t t, double expected) {
            CHECK(std::abs(expected - (t == 0 ? 0.0 : first - 1.0)) < 0.25);
        });
}
