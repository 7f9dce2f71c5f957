// SPDX-License-Identifier: Apache-2.0
#include <nas/torch/plan_module.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>
#include <nas/core/rng.hpp>
#include <nas/networks/mlp.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/networks/optimizers.hpp>

#include <support/mixed_plan.hpp>

namespace {

using ::torch::Tensor;

using support::drawn;
using support::mixed_plan;

std::vector<float> floats(const Tensor& x) {
    const Tensor flat = x.detach().to(::torch::kFloat).contiguous();
    return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    REQUIRE(a.size() == b.size());
    double most = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        most = difference <= most ? most : difference;  // what is not a number stays
    }
    return most;
}

const std::vector<nas::mlp_layer> mlp_layers{{8, nas::activation::relu}, nas::dropout_layer,
                                             nas::dropout_layer,         {6, nas::activation::tanh},
                                             nas::dropout_layer,         {3, nas::activation::softmax}};

nas::network_plan mlp_plan() {
    nas::network_plan plan;
    std::size_t at = plan.activate(plan.dense(plan.input(5), 8), nas::activation::relu);
    at = plan.dropout(plan.dropout(at, 0.2), 0.2);
    at = plan.dropout(plan.activate(plan.dense(at, 6), nas::activation::tanh), 0.2);
    plan.output(plan.dense(at, 3));
    return plan;
}

// The sum of what each copy loses, so that each learns as if it were alone.
Tensor loss_of(const std::vector<Tensor>& outputs, nas::plan_module& net) {
    const auto copies = static_cast<std::int64_t>(net.copies());
    Tensor loss = net.penalty().sum();
    for (const Tensor& one : outputs) loss = loss + one.view({copies, -1}).square().mean(1).sum();
    return loss;
}

struct trained {
    std::vector<std::vector<float>> weights = {};
    std::vector<std::vector<float>> statistics = {};
    std::vector<std::vector<float>> outputs = {};  // while evaluating, of each copy
    std::vector<nas::rng> randoms = {};
};

// Four steps of networks of `mixed_plan` whose seeds begin with `first`.
trained train(std::size_t first, std::size_t copies) {
    const auto net = std::make_shared<nas::plan_module>(mixed_plan(), copies);
    std::vector<nas::rng> randoms;
    for (std::size_t i = 0; i < copies; ++i) randoms.emplace_back(100 + first + i);
    net->initialize(randoms);
    net->draw_from(randoms);
    net->to(::torch::kDouble);  // batch_norm of three rows makes large errors of small ones
    // Gradients of biases before batch_norm are rounding errors, which Adam's usual epsilon would make steps of.
    ::torch::optim::Adam optimizer(net->parameters(), ::torch::optim::AdamOptions(0.02).eps(1e-3));
    const auto inputs = [&](std::uint64_t batch) {
        std::vector<Tensor> images;
        std::vector<Tensor> features;
        for (std::size_t i = 0; i < copies; ++i) {
            images.push_back(drawn({3, 2, 6, 5}, 10 * (first + i) + batch));
            features.push_back(drawn({3, 4}, 1000 + 10 * (first + i) + batch));
        }
        if (copies == 1) return std::vector<Tensor>{images[0].to(::torch::kDouble), features[0].to(::torch::kDouble)};
        return std::vector<Tensor>{::torch::stack(images).to(::torch::kDouble),
                                   ::torch::stack(features).to(::torch::kDouble)};
    };
    for (std::uint64_t step = 0; step < 4; ++step) {
        optimizer.zero_grad();
        loss_of(net->forward(inputs(step)), *net).backward();
        optimizer.step();
    }
    trained result{.randoms = randoms};
    net->eval();
    const std::vector<Tensor> outputs = net->forward(inputs(9));
    for (std::size_t i = 0; i < copies; ++i) {
        result.weights.push_back(net->weights(i));
        result.statistics.push_back(net->statistics(i));
        result.outputs.emplace_back();
        for (const Tensor& one : outputs)
            for (const float number : floats(copies == 1 ? one : one[static_cast<std::int64_t>(i)]))
                result.outputs.back().push_back(number);
    }
    return result;
}

std::string sentence(auto&& call) {
    try {
        call();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("plan_module: a multilayer perceptron begins, answers and learns as nas::mlp") {
    nas::rng random(3);
    nas::mlp<float> mlp(5, mlp_layers, 0.2);
    mlp.initialize(random);
    nas::plan_module net(mlp_plan());
    nas::rng same(3);
    net.initialize(same);
    CHECK(same == random);
    CHECK(net.weights() == std::vector<float>(mlp.parameters().begin(), mlp.parameters().end()));

    net.draw_from(same);
    ::torch::optim::SGD optimizer(net.parameters(), ::torch::optim::SGDOptions(0.1).momentum(0.9));
    nas::any_optimizer<float> other(nas::optimizer_kind::sgd, mlp.parameters().size(), 0.9);
    const Tensor rows = drawn({7, 5}, 1);
    const Tensor labels = ::torch::tensor({0, 1, 2, 0, 1, 2, 2}, ::torch::kLong);
    const std::vector<float> targets = floats(::torch::one_hot(labels, 3).to(::torch::kFloat));
    for (int step = 0; step < 5; ++step) {
        optimizer.zero_grad();
        const Tensor sums = net.forward({rows})[0];
        REQUIRE(sums.sizes() == ::torch::IntArrayRef({7, 3}));
        const auto out = mlp.forward(floats(rows), random);
        CHECK(same == random);
        CHECK(largest_difference(floats(::torch::softmax(sums, 1)), {out.begin(), out.end()}) < 1e-6);
        ::torch::nll_loss(::torch::log_softmax(sums, 1), labels).backward();
        mlp.backward(floats(rows), targets, nas::loss_function::cross_entropy);
        optimizer.step();
        other.step(mlp.parameters(), mlp.gradient(), 0.1);
        CHECK(largest_difference(net.weights(), {mlp.parameters().begin(), mlp.parameters().end()}) < 2e-6);
    }
    net.eval();
    const auto out = mlp.forward(floats(rows));
    CHECK(largest_difference(floats(::torch::softmax(net.forward({rows})[0], 1)), {out.begin(), out.end()}) < 2e-6);
    CHECK(same == random);
}

TEST_CASE("plan_module: Adam, too, is the same as nas::mlp's") {
    nas::rng random(4);
    nas::mlp<float> mlp(5, mlp_layers, 0.2);
    mlp.initialize(random);
    nas::plan_module net(mlp_plan());
    nas::rng same(4);
    net.initialize(same);
    net.draw_from(same);
    ::torch::optim::Adam optimizer(net.parameters(), ::torch::optim::AdamOptions(0.01));
    nas::any_optimizer<float> other(nas::optimizer_kind::adam, mlp.parameters().size(), 0.9);
    const Tensor rows = drawn({7, 5}, 1);
    const Tensor labels = ::torch::tensor({0, 1, 2, 0, 1, 2, 2}, ::torch::kLong);
    const std::vector<float> targets = floats(::torch::one_hot(labels, 3).to(::torch::kFloat));
    for (int step = 0; step < 2; ++step) {
        optimizer.zero_grad();
        ::torch::nll_loss(::torch::log_softmax(net.forward({rows})[0], 1), labels).backward();
        optimizer.step();
        mlp.forward(floats(rows), random);
        mlp.backward(floats(rows), targets, nas::loss_function::cross_entropy);
        other.step(mlp.parameters(), mlp.gradient(), 0.01);
    }
    CHECK(largest_difference(net.weights(), {mlp.parameters().begin(), mlp.parameters().end()}) < 2e-5);
}

TEST_CASE("plan_module: networks side by side learn as one by one, with every kind of node") {
    const trained together = train(0, 3);
    for (std::size_t i = 0; i < 3; ++i) {
        const trained alone = train(i, 1);
        CAPTURE(i);
        CHECK(largest_difference(alone.weights[0], together.weights[i]) < 1e-6);
        CHECK(largest_difference(alone.statistics[0], together.statistics[i]) < 1e-6);
        CHECK(largest_difference(alone.outputs[0], together.outputs[i]) < 1e-6);
        CHECK(alone.randoms[0] == together.randoms[i]);
    }
    CHECK(largest_difference(together.weights[0], together.weights[1]) > 0.1);
}

TEST_CASE("plan_module: in float, too, networks side by side learn as one by one within rounding") {
    nas::network_plan plan;
    std::size_t at = plan.convolution(plan.input({1, 6, 6}), 4, {}, {.bias = false});
    at = plan.max_pool(plan.activate(plan.batch_norm(at), nas::activation::relu), {.kernel = {2, 2}, .stride = {2, 2}});
    plan.output(plan.dense(plan.dropout(plan.flatten(at), 0.2), 3));
    const Tensor images = drawn({16, 1, 6, 6}, 1);
    const Tensor labels = ::torch::arange(16, ::torch::kLong).remainder(3);
    const auto learn = [&](std::vector<nas::rng> randoms) {
        const auto copies = static_cast<std::int64_t>(randoms.size());
        nas::plan_module net(plan, randoms.size());
        net.initialize(randoms);
        net.draw_from(randoms);
        ::torch::optim::SGD optimizer(net.parameters(), ::torch::optim::SGDOptions(0.1).momentum(0.9));
        for (int step = 0; step < 5; ++step) {
            optimizer.zero_grad();
            const Tensor sums = net.forward({copies == 1 ? images : images.expand({copies, 16, 1, 6, 6})})[0];
            const Tensor loss = ::torch::nll_loss(::torch::log_softmax(sums.view({-1, 3}), 1), labels.repeat({copies}));
            (loss * copies).backward();
            optimizer.step();
        }
        std::vector<std::vector<float>> weights;
        for (std::size_t i = 0; i < randoms.size(); ++i) weights.push_back(net.weights(i));
        return weights;
    };
    const auto together = learn({nas::rng(1), nas::rng(2), nas::rng(3), nas::rng(4)});
    for (std::size_t i = 0; i < 4; ++i) CHECK(largest_difference(learn({nas::rng(i + 1)})[0], together[i]) < 1e-5);
}

TEST_CASE("plan_module: the same again, bit for bit") {
    const trained first = train(5, 2);
    const trained second = train(5, 2);
    CHECK(first.weights == second.weights);
    CHECK(first.statistics == second.statistics);
    CHECK(first.outputs == second.outputs);
}

TEST_CASE("plan_module: every node makes the shape that the plan says") {
    nas::plan_module net(mixed_plan(), 2);
    net.eval();
    std::vector<bool> seen(net.plan().nodes().size());
    net.forward({::torch::zeros({2, 3, 2, 6, 5}), ::torch::zeros({2, 3, 4})}, [&](std::size_t i, const Tensor& value) {
        const nas::plan_shape& shape = net.plan().shape(i);
        CAPTURE(i);
        const auto at = [](std::size_t size) { return static_cast<std::int64_t>(size); };
        if (shape.flat) {
            CHECK(value.sizes() == ::torch::IntArrayRef({2, 3, at(shape.channels)}));
        } else {
            CHECK(value.sizes() ==
                  ::torch::IntArrayRef({3, 2 * at(shape.channels), at(shape.height), at(shape.width)}));
        }
        seen[i] = true;
    });
    CHECK(seen == std::vector<bool>(seen.size(), true));
    CHECK(net.weights(1).size() == net.plan().parameters());
}

TEST_CASE("plan_module: windows with uneven pads against sums by hand") {
    // 1 x 4 of stride 2: a window of 3 begins at 0 and 2 and reaches one beyond the end.
    const Tensor x = ::torch::tensor({-1.0F, -2.0F, -3.0F, -4.0F}).view({1, 1, 1, 4});
    const nas::plan_window window{.kernel = {1, 3}, .stride = {1, 2}};
    nas::network_plan plan;
    const std::size_t image = plan.input({1, 1, 4});
    plan.output(plan.flatten(plan.convolution(image, 1, window)));
    plan.output(plan.flatten(plan.max_pool(image, window)));
    plan.output(plan.flatten(plan.average_pool(image, window)));
    nas::plan_module net(plan);
    net.set_weights(0, std::vector<float>{1, 10, 100, 0.5F});
    const std::vector<Tensor> out = net.forward({x});
    CHECK(floats(out[0]) == std::vector<float>{-320.5F, -42.5F});   // -1 - 20 - 300, -3 - 40
    CHECK(floats(out[1]) == std::vector<float>{-1, -3});            // not 0 of what is around
    CHECK(largest_difference(floats(out[2]), {-2, -3.5F}) < 1e-6);  // of two numbers, not three
}

TEST_CASE("plan_module: separable_dense is a product of weights of positions and channels") {
    nas::network_plan plan;
    plan.output(plan.separable_dense(plan.input({2, 1, 3}), 1, true));
    nas::plan_module net(plan);
    net.set_weights(0, std::vector<float>{2, 3, 5, 7, 1});  // positions 2 3 2, channels 5 7
    const Tensor x = ::torch::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}).view({1, 2, 1, 3});
    CHECK(floats(net.forward({x})[0]) == std::vector<float>{5 * (2 + 6 + 6) + 7 * (8 + 15 + 12) + 1});
}

TEST_CASE("plan_module: penalties are means of weights and of their differences") {
    nas::network_plan plan;
    const std::size_t image = plan.input({1, 1, 4});
    plan.output(plan.dense(plan.flatten(image), 1, {.bias = false, .penalty = {.l1 = 3}}));
    plan.output(plan.separable_dense(image, 1, false, {.bias = false, .penalty = {.l1 = 1, .smoothness = 2}}));
    plan.output(plan.separable_dense(
        image, 1, false, {.bias = false, .penalty = {.smoothness = 10, .squared = false, .second_difference = true}}));
    nas::plan_module net(plan, 2);
    net.set_weights(1, std::vector<float>{1, -2, 3, -6, 1, 2, 4, 7, -1, 1, 2, 4, 7, 9});
    const std::vector<float> penalty = floats(net.penalty());
    // 3 * 12/4; 15/5 and 2 * (1 + 4 + 9) / 3; 10 * (1 + 1) / 2
    CHECK(penalty[1] == doctest::Approx(9 + 3 + 28.0 / 3 + 10));
    CHECK(penalty[0] == 0);
    CHECK(floats(nas::plan_module(mlp_plan(), 2).penalty()) == std::vector<float>{0, 0});
}

TEST_CASE("plan_module: batch_norm of one row makes its offset and remembers nothing of it") {
    nas::network_plan plan;
    plan.output(plan.batch_norm(plan.input(2)));
    nas::plan_module net(plan);
    net.set_weights(0, std::vector<float>{2, 2, 0.5F, -1});
    CHECK(floats(net.forward({::torch::ones({1, 2})})[0]) == std::vector<float>{0.5F, -1});
    CHECK(net.statistics() == std::vector<float>{0, 0, 1, 1});
    net.forward({::torch::tensor({{1.0F, 2.0F}, {3.0F, 2.0F}})});
    CHECK(largest_difference(net.statistics(), {0.2F, 0.2F, 1.1F, 0.9F}) < 1e-6);  // of variance 2, not 1
    net.set_statistics(0, std::vector<float>{1, 1, 3, 3});
    CHECK(net.statistics() == std::vector<float>{1, 1, 3, 3});
}

TEST_CASE("plan_module: what does not fit is refused in a sentence") {
    nas::plan_module net(mlp_plan());
    nas::plan_module two(mlp_plan(), 2);
    nas::rng random(1);
    CHECK(sentence([] { nas::plan_module none(mlp_plan(), 0); }) == "nas::plan_module: copies (0) must be at least 1");
    CHECK(sentence([] { nas::plan_module none{nas::network_plan{}}; }) == "nas::plan_module: the plan has no output");
    CHECK(sentence([&] { net.forward({}); }) == "nas::plan_module: there are 0 inputs; the plan has 1");
    CHECK(sentence([&] {
              net.forward({::torch::zeros({2, 4})});
          }) == "nas::plan_module: input 0 must be rows x 5, and is 2 x 4");
    CHECK(sentence([&] {
              two.forward({::torch::zeros({3, 2, 5})});
          }) == "nas::plan_module: input 0 must be 2 copies x rows x 5, and is 3 x 2 x 5");
    CHECK(sentence([&] {
              net.forward({::torch::zeros({2, 5})});
          }) == "nas::plan_module: dropout needs a generator while training; call draw_from");
    CHECK(sentence([&] { two.initialize(random); }) ==
          "nas::plan_module: there are 1 generators for 2 networks; each needs its own");
    CHECK(sentence([&] { two.set_weights(2, {}); }) == "nas::plan_module: there is no copy 2 of 2");
    CHECK(sentence([&] { net.set_weights(0, {}); }) == "nas::plan_module: there are 0 weights; the network has 123");
}
