// SPDX-License-Identifier: Apache-2.0
#include <nas/torch/torch_random.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <torch/torch.h>
#include <nas/core/rng.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/torch/plan_module.hpp>

namespace {

using ::torch::Tensor;

// A module with a parameter of its own.
struct scaled : ::torch::nn::Module {
    scaled() { scale = register_parameter("scale", ::torch::ones({3})); }
    Tensor scale;
};
struct scaled_from_2 : scaled, nas::torch_initialized {
    void initialize(nas::rng& random) override { scale.fill_(2 + static_cast<double>(random() % 2)); }
};

nas::network_plan small_plan() {
    nas::network_plan plan;
    plan.output(plan.dense(plan.dropout(plan.input(4), 0.5), 2));
    return plan;
}

// One of every known kind.
struct zoo : ::torch::nn::Module {
    zoo() {
        using namespace ::torch::nn;
        register_module("linear", Linear(6, 4));
        register_module("bilinear", Bilinear(3, 4, 2));
        register_module("conv1", Conv1d(Conv1dOptions(4, 6, 3).groups(2)));
        register_module("conv2", Conv2d(4, 6, 3));
        register_module("conv3", Conv3d(1, 2, 2));
        register_module("up1", ConvTranspose1d(4, 6, 3));
        register_module("up2", ConvTranspose2d(4, 6, 3));
        register_module("up3", ConvTranspose3d(1, 2, 2));
        register_module("batch1", BatchNorm1d(3));
        register_module("batch2", BatchNorm2d(3));
        register_module("batch3", BatchNorm3d(3));
        register_module("instance", InstanceNorm2d(InstanceNorm2dOptions(3).affine(true)));
        register_module("layer", LayerNorm(LayerNormOptions({3})));
        register_module("group", GroupNorm(2, 4));
        register_module("prelu", PReLU());
        register_module("embedding", Embedding(EmbeddingOptions(50, 20).padding_idx(1)));
        register_module("bag", EmbeddingBag(5, 2));
        register_module("lstm", LSTM(3, 16));
        register_module("gru", GRU(3, 16));
        register_module("rnn", RNN(3, 16));
        register_module("cell", LSTMCell(3, 16));
        register_module("scaled", std::make_shared<scaled_from_2>());
        register_module("plan", std::make_shared<nas::plan_module>(small_plan()));
        register_module("inner", Sequential(Linear(2, 2), nas::torch_dropout(0.25)));
    }
};

std::vector<Tensor> begun(std::uint64_t seed) {
    const auto module = std::make_shared<zoo>();
    nas::rng random(seed);
    nas::initialize(*module, random);
    std::vector<Tensor> all = module->parameters();
    for (const Tensor& one : module->buffers()) all.push_back(one);
    return all;
}

bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
    bool all = a.size() == b.size();
    for (std::size_t i = 0; all && i < a.size(); ++i) all = ::torch::equal(a[i], b[i]);
    return all;
}

std::string refusal(::torch::nn::Module& module) {
    nas::rng random(1);
    try {
        nas::initialize(module, random);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("torch_random: first weights are a function of the generator, from any thread") {
    const std::vector<Tensor> first = begun(5);
    ::torch::manual_seed(99);
    CHECK(same(first, begun(5)));
    CHECK_FALSE(same(first, begun(6)));
    std::vector<Tensor> there;
    std::vector<Tensor> here;
    std::thread other([&] { there = begun(5); });
    here = begun(5);
    other.join();
    CHECK(same(first, there));
    CHECK(same(first, here));
}

TEST_CASE("torch_random: the distributions are libtorch's") {
    const auto module = std::make_shared<zoo>();
    nas::rng random(2);
    for (Tensor& one : module->parameters()) one.set_data(::torch::full_like(one, 77));
    for (Tensor& one : module->buffers()) one.set_data(::torch::full_like(one, 77));
    nas::initialize(*module, random);
    const auto parameters = module->named_parameters();
    const auto buffers = module->named_buffers();
    for (const auto& one : parameters) {
        CAPTURE(one.key());
        CHECK(one.value().requires_grad());
        CHECK((one.value() == 77).sum().item<std::int64_t>() == 0);
    }
    const auto within = [&](const char* name, double limit) {
        CAPTURE(name);
        const double most = parameters[name].abs().max().item<double>();
        CHECK(most <= limit);
        if (parameters[name].numel() > 20) CHECK(most > 0.8 * limit);
    };
    within("linear.weight", 1 / std::sqrt(6.0));
    within("linear.bias", 1 / std::sqrt(6.0));
    within("bilinear.weight", 1 / std::sqrt(3.0));
    within("conv1.weight", 1 / std::sqrt(2.0 * 3));
    within("conv2.weight", 1 / std::sqrt(4.0 * 9));
    within("conv2.bias", 1 / std::sqrt(4.0 * 9));
    within("up2.weight", 1 / std::sqrt(6.0 * 9));  // libtorch counts the second dimension, of those that it makes
    within("lstm.weight_ih_l0", 0.25);
    within("gru.bias_hh_l0", 0.25);
    within("rnn.weight_hh_l0", 0.25);
    within("cell.weight_ih", 0.25);
    for (const char* name :
         {"batch1.weight", "batch2.weight", "batch3.weight", "instance.weight", "layer.weight", "group.weight"})
        CHECK((parameters[name] == 1).all().item<bool>());
    CHECK((parameters["batch2.bias"] == 0).all().item<bool>());
    CHECK((buffers["batch1.running_mean"] == 0).all().item<bool>());
    CHECK((buffers["batch1.running_var"] == 1).all().item<bool>());
    CHECK(parameters["prelu.weight"].item<float>() == 0.25F);
    CHECK((parameters["embedding.weight"][1] == 0).all().item<bool>());
    const Tensor embedding = parameters["embedding.weight"];  // 980 normal numbers
    CHECK(embedding.mean().item<double>() == doctest::Approx(0).scale(1).epsilon(0.1));
    CHECK(embedding.std().item<double>() == doctest::Approx(1).epsilon(0.1));
    CHECK(parameters["scaled.scale"][0].item<float>() >= 2);
}

TEST_CASE("torch_random: torch_dropout draws from the trial's generator") {
    const auto module = std::make_shared<zoo>();
    const auto inner = std::dynamic_pointer_cast<::torch::nn::SequentialImpl>(module->named_children()["inner"]);
    auto& dropout = *inner->ptr<nas::torch_dropout_impl>(1);
    const Tensor x = ::torch::ones({100, 40});
    CHECK_THROWS_WITH_AS(dropout.forward(x),
                         "nas::torch_dropout: there is no generator to train with; call nas::draw_from",
                         std::logic_error);
    nas::rng random(3);
    nas::draw_from(*module, random);
    const Tensor once = dropout.forward(x);
    CHECK(random.state() == nas::rng(3).state() + 1000 * nas::rng::step);
    CHECK(((once == 0) | (once == 4.0F / 3)).all().item<bool>());
    CHECK(once.mean().item<double>() == doctest::Approx(1).epsilon(0.04));  // standard error 0.009
    random = nas::rng(3);
    CHECK(::torch::equal(once, dropout.forward(x)));
    module->eval();
    CHECK(::torch::equal(dropout.forward(x), x));

    auto& plan = dynamic_cast<nas::plan_module&>(*module->named_children()["plan"]);
    plan.train();
    random = nas::rng(3);
    plan.forward({::torch::ones({1, 4})});  // draws from the same
    CHECK(random.state() == nas::rng(3).state() + nas::rng::step);
    CHECK_THROWS_WITH_AS(nas::torch_dropout(1.0), "nas::torch_dropout: rate (1.000000) must be in [0, 1)",
                         std::invalid_argument);
}

TEST_CASE("torch_random: what cannot be a function of the trial's seed is refused") {
    using namespace ::torch::nn;
    Sequential drops(Linear(2, 2), Dropout(0.5));
    CHECK(refusal(*drops) ==
          "nas::initialize: module '1' (torch::nn::DropoutImpl) draws from the generator of the whole process, so that "
          "trials depend on each other; use nas::torch_dropout");
    LSTM between(LSTMOptions(2, 2).num_layers(2).dropout(0.5));
    CHECK(refusal(*between).starts_with(
        "nas::initialize: the module (torch::nn::LSTMImpl) draws from the generator of the whole process"));
    for (const auto& one : {AnyModule(Dropout2d()), AnyModule(Dropout3d()), AnyModule(AlphaDropout()),
                            AnyModule(FeatureAlphaDropout()), AnyModule(RReLU())})
        CHECK(refusal(*one.ptr()).find("draws from the generator") != std::string::npos);
    scaled unknown;
    CHECK(refusal(unknown).ends_with(
        "has parameters of its own ('scale'), and nothing says how they begin; derive it from nas::torch_initialized, too"));
    MultiheadAttention attention(4, 2);
    CHECK(refusal(*attention).find("has parameters of its own") != std::string::npos);
}
