// SPDX-License-Identifier: Apache-2.0
#include <nas/torch/zero_cost.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <torch/torch.h>
#include <nas/core/rng.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/torch/plan_module.hpp>

#include <support/mixed_plan.hpp>

namespace {

// A dense layer of 2 units with relu, and their sum.
nas::network_plan two_units(std::size_t inputs) {
    nas::network_plan plan;
    const std::size_t at = plan.activate(plan.dense(plan.input(inputs), 2, {.bias = false}), nas::activation::relu);
    plan.output(plan.dense(at, 1, {.bias = false}));
    return plan;
}

double eigenvalue_score(const std::vector<double>& eigenvalues) {
    double sum = 0;
    for (const double v : eigenvalues) sum -= std::log(v + 1e-5) + 1 / (v + 1e-5);
    return sum;
}

}  // namespace

TEST_CASE("zero_cost: synflow of a chain is its length times the product of absolute weights") {
    nas::network_plan plan;
    std::size_t at = plan.batch_norm(plan.dense(plan.input(2), 2, {.bias = false}));
    at = plan.dropout(plan.activate(at, nas::activation::relu), 0.5);
    plan.output(plan.dense(at, 1, {.bias = false}));
    nas::plan_module net(plan);
    // Of each unit: factors of both inputs, then of the output; batch_norm's factors and offsets do not count.
    net.set_weights(0, std::vector<float>{1, -2, -3, 4, 9, 9, 9, 9, -5, 6});
    // Units 1 + 3 and 2 + 4, hence 4 * 5 + 6 * 6, of two layers.
    CHECK(nas::synflow(net) == doctest::Approx(2 * 56).epsilon(1e-12));
    CHECK(net.weights()[1] == -2);  // as it was
    CHECK(net.is_training());

    nas::network_plan kernels;
    at = kernels.convolution(kernels.input({1, 1, 3}), 1, {.kernel = {1, 2}, .same = false}, {.bias = false});
    kernels.output(kernels.flatten(at));
    nas::plan_module moved(kernels);
    moved.set_weights(0, std::vector<float>{-2, 3});
    CHECK(nas::synflow(moved) == doctest::Approx(2 * (2 + 3)).epsilon(1e-12));  // at two places
}

TEST_CASE("zero_cost: naswot is the log-determinant of what rows have in common") {
    nas::plan_module net(two_units(2));
    net.set_weights(0, std::vector<float>{1, 0, 0, 1, 1, 1});
    // Codes 10, 01, 11: both rows alike in [2 0 1; 0 2 1; 1 1 2] units, of determinant 2 (4 - 1) - 2.
    const auto rows = ::torch::tensor({{1.0F, -1.0F}, {-1.0F, 1.0F}, {1.0F, 1.0F}});
    CHECK(nas::naswot(net, {rows}) == doctest::Approx(std::log(4.0)).epsilon(1e-12));
    CHECK(nas::naswot(net, {::torch::ones({2, 2})}) == -std::numeric_limits<double>::infinity());
    nas::network_plan linear;
    linear.output(linear.dense(linear.input(2), 1));
    CHECK_THROWS_WITH_AS(nas::naswot(nas::plan_module(linear), {rows}),
                         "nas::naswot: the network has neither relu nor elu", std::invalid_argument);
}

TEST_CASE("zero_cost: jacov by the eigenvalues of correlations known by hand") {
    nas::plan_module net(two_units(3));
    // Unit 1 reads (1, 2, 4), unit 2 (-1, 1, 1): of one row each is on. Centred (-4, -1, 5)/3 and (-4, 2, 2)/3: the correlation is
    // 24 / sqrt(42 * 24).
    net.set_weights(0, std::vector<float>{1, -1, 2, 1, 4, 1, 1, 1});
    const auto rows = ::torch::tensor({{4.0F, 1.0F, 0.0F}, {-4.0F, 1.0F, 0.0F}});
    const double r = 24 / std::sqrt(42.0 * 24.0);
    CHECK(nas::jacov(net, {rows}) == doctest::Approx(eigenvalue_score({1 + r, 1 - r})).epsilon(1e-9));

    nas::network_plan linear;  // all rows the same derivatives
    linear.output(linear.dense(linear.input(3), 1));
    nas::plan_module same(linear);
    same.set_weights(0, std::vector<float>{1, 2, 4, 0});
    CHECK(nas::jacov(same, {::torch::ones({3, 3})}) == doctest::Approx(eigenvalue_score({3, 0, 0})).epsilon(1e-9));
    same.set_weights(0, std::vector<float>{2, 2, 2, 0});  // without variance
    CHECK(nas::jacov(same, {::torch::ones({3, 3})}) == doctest::Approx(eigenvalue_score({1, 1, 1})).epsilon(1e-9));
    // Not the best of all scores, which rows without variance have.
    same.set_weights(0, std::vector<float>{2, std::numeric_limits<float>::quiet_NaN(), 2, 0});
    CHECK(std::isnan(nas::jacov(same, {::torch::ones({3, 3})})));
}

TEST_CASE("zero_cost: grad_norm of regressions by hand") {
    nas::network_plan plan;
    plan.output(plan.dense(plan.input(2), 1));
    nas::plan_module net(plan);
    net.set_weights(0, std::vector<float>{1, -1, 0.5F});
    const auto rows = ::torch::tensor({{1.0F, 2.0F}, {3.0F, 0.0F}});
    // Errors -0.5 - 1 and 3.5 - 2; 2/2 (-1.5 * 1 + 1.5 * 3) = 3, and -3; the bias does not count.
    const auto numbers = ::torch::tensor({{1.0F}, {2.0F}});
    CHECK(nas::grad_norm(net, {rows}, {numbers}) == doctest::Approx(std::sqrt(18.0)).epsilon(1e-12));
    CHECK(nas::grad_norm(net, {rows}, [](const auto& outputs) { return outputs[0].sum(); }) ==
          doctest::Approx(std::sqrt(20.0)).epsilon(1e-12));  // 4 and 2
    CHECK_FALSE(net.parameters()[0].grad().defined());

    nas::network_plan classes;
    classes.output(classes.dense(classes.input(1), 2, {.bias = false}));
    // Probabilities 1/2 each: derivatives of the cross-entropy are -x/2 and x/2.
    CHECK(nas::grad_norm(nas::plan_module(classes), {::torch::full({1, 1}, 3.0)},
                         {::torch::zeros({1}, ::torch::kLong)}) ==
          doctest::Approx(1.5 * std::sqrt(2.0)).epsilon(1e-12));
    // One sum of two classes: probabilities 1/2, derivatives of the cross-entropy -x/2 for the class 1, x/2 for 0.
    nas::network_plan one;
    one.output(one.dense(one.input(1), 1, {.bias = false}));
    for (const std::int64_t label : {0, 1})
        CHECK(nas::grad_norm(nas::plan_module(one), {::torch::full({1, 1}, 3.0)},
                             {::torch::full({1}, label, ::torch::kLong)}) == doctest::Approx(1.5).epsilon(1e-12));
    CHECK_THROWS_WITH_AS(nas::grad_norm(net, {rows}, std::vector<::torch::Tensor>{}),
                         "nas::grad_norm: there are 0 targets for 1 outputs", std::invalid_argument);
}

TEST_CASE("zero_cost: all scores of a network of every kind of node, twice the same") {
    const std::vector<::torch::Tensor> inputs{support::drawn({4, 2, 6, 5}, 1), support::drawn({4, 4}, 2)};
    const std::vector<::torch::Tensor> targets{::torch::tensor({0, 1, 1, 0}, ::torch::kLong), ::torch::ones({4, 1})};
    for (const auto score : {nas::zero_cost_score::synflow, nas::zero_cost_score::naswot, nas::zero_cost_score::jacov,
                             nas::zero_cost_score::grad_norm}) {
        nas::rng first(5);
        nas::rng again(5);
        nas::rng other(6);
        const double value = nas::zero_cost(score, support::mixed_plan(), first, inputs, targets);
        CHECK(std::isfinite(value));
        CHECK(value == nas::zero_cost(score, support::mixed_plan(), again, inputs, targets));
        CHECK(value != nas::zero_cost(score, support::mixed_plan(), other, inputs, targets));
    }
    CHECK_THROWS_AS(nas::synflow(nas::plan_module(two_units(2), 2)), std::invalid_argument);
}
