// SPDX-License-Identifier: Apache-2.0
#include <nas/torch/torch_trainer.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <doctest/doctest.h>
#include <torch/torch.h>
#include <nas/data/standardize.hpp>
#include <nas/evaluators/mlp_trainer.hpp>
#include <nas/rewards/knowledge_bonus_reward.hpp>
#include <nas/rewards/loss_reward.hpp>
#include <nas/rewards/weighted_accuracy_reward.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/evaluator_laws.hpp>

#include "torch_trials.hpp"

using nas::activation;
using nas::learning_task;
using nas::torch_optimizer;
using nas::torch_trainer;
using nas::torch_trainer_options;
using nas::tests::ask;
using nas::tests::close;
using nas::tests::rows_of;
using nas::tests::space_for;
using nas::tests::split_of;

namespace {

using nas::tests::convolutions;

/// A network of two inputs of two numbers, as a user writes it.
struct halves_impl : ::torch::nn::Module {
    ::torch::nn::Linear left = register_module("left", ::torch::nn::Linear(2, 8));
    ::torch::nn::Linear right = register_module("right", ::torch::nn::Linear(2, 8));
    ::torch::nn::Linear end = register_module("end", ::torch::nn::Linear(8, 2));

    std::vector<::torch::Tensor> forward(const std::vector<::torch::Tensor>& inputs) {
        return {end(::torch::relu(left(inputs.at(0)) + right(inputs.at(1))))};
    }
};
struct halves_builder {
    std::shared_ptr<halves_impl> operator()(const nas::choice_space<1>::arch_type&) const {
        return std::make_shared<halves_impl>();
    }
    std::vector<nas::plan_shape> input_shapes() const {
        return {{.channels = 2, .flat = true}, {.channels = 2, .flat = true}};
    }
};

/// With dropout of the trial's, or of libtorch's generator.
template <class Dropout>
struct dropping_impl : ::torch::nn::Module {
    ::torch::nn::Linear begin = register_module("begin", ::torch::nn::Linear(4, 16));
    Dropout dropout = register_module("dropout", Dropout(0.5));
    ::torch::nn::Linear end = register_module("end", ::torch::nn::Linear(16, 3));

    ::torch::Tensor forward(const ::torch::Tensor& x) { return end(dropout(::torch::relu(begin(x)))); }
};

/// One of two outputs: two sums for two classes, and one.
struct two_outputs_impl : ::torch::nn::Module {
    ::torch::nn::Linear first = register_module("first", ::torch::nn::Linear(4, 2));
    ::torch::nn::Linear second = register_module("second", ::torch::nn::Linear(4, 1));

    std::vector<::torch::Tensor> forward(const std::vector<::torch::Tensor>& inputs) {
        const ::torch::Tensor all = ::torch::cat(inputs, 1);
        return {first(all), second(all)};
    }
};
TORCH_MODULE_IMPL(two_outputs, two_outputs_impl);
struct two_outputs_builder {
    two_outputs operator()(const nas::choice_space<1>::arch_type&) const { return {}; }
};

/// The same with both trainers: what nas::mlp_trainer gives, and whether the other one gives that within rounding.
template <class Reward = nas::accuracy_reward>
bool agrees(const nas::dataset& data, const std::string& text, nas::mlp_trainer_options mlp,
            torch_trainer_options torch, Reward reward = {}) {
    const auto split = split_of(data);
    const nas::mlp_trainer eigen{space_for(data), data, split, mlp, reward};
    const torch_trainer other{space_for(data), data, split, torch, reward};
    const auto wanted = ask(eigen, text);
    const auto given = ask(other, text);
    REQUIRE(wanted.result.completed());
    CHECK(given.result.reason == "");
    auto metrics = given.result.metrics;
    REQUIRE(metrics.size() == wanted.result.metrics.size() + 1);
    CHECK(metrics.back() > 0);  // flops
    metrics.pop_back();
    CHECK(given.curve.steps == wanted.curve.steps);
    CHECK(wanted.curve.values.front() != wanted.curve.values.back());  // it learned
    return close(given.result.values[0], wanted.result.values[0]) && close(metrics, wanted.result.metrics) &&
           close(given.curve.values, wanted.curve.values);
}

}  // namespace

TEST_CASE("torch_trainer: an MLP's training is that of mlp_trainer, for every optimizer they share and with dropout") {
    const auto data = rows_of(learning_task::classification, 3);
    const std::string text = "relu(16) dropout tanh(4) softmax(3)";
    const auto check = [&](nas::mlp_trainer_options mlp, torch_trainer_options torch) {
        mlp.epochs = torch.epochs = 8;
        mlp.batch = torch.batch = 7;  // of 72 rows: the last batch is smaller
        mlp.test_metric = torch.test_metric = true;
        CHECK(agrees(data, text, mlp, torch, nas::loss_reward{}));
    };
    check({.optimizer = nas::optimizer_kind::sgd, .learning_rate = 0.05},
          {.optimizer = torch_optimizer::sgd, .learning_rate = 0.05});
    check({.optimizer = nas::optimizer_kind::sgd, .learning_rate = 0.02, .momentum = 0.9},
          {.optimizer = torch_optimizer::sgd, .learning_rate = 0.02, .momentum = 0.9});
    check({.optimizer = nas::optimizer_kind::rmsprop}, {.optimizer = torch_optimizer::rmsprop});
    check({.weight_decay = 0.3, .dropout = 0.5}, {.weight_decay = 0.3, .dropout = 0.5});
    check({.learning_rate = 0.05, .keep = nas::kept_weights::best, .patience = 2},
          {.learning_rate = 0.05, .keep = nas::kept_weights::best, .patience = 2});
    check({.dropout = 0}, {.dropout = 0});
    CHECK(agrees(data, "elu(16) dropout dropout softmax(3)", {.epochs = 4}, {.epochs = 4}, nas::loss_reward{}));
}

TEST_CASE("torch_trainer: an MLP's training is that of mlp_trainer, for every task") {
    const nas::mlp_trainer_options mlp{.epochs = 6, .test_metric = true};
    const torch_trainer_options torch{.epochs = 6, .test_metric = true};
    CHECK(agrees(rows_of(learning_task::classification, 2), "elu(16) sigmoid(1)", mlp, torch, nas::loss_reward{}));
    CHECK(agrees(rows_of(learning_task::multilabel, 2), "sigmoid(16) sigmoid(2)", mlp, torch, nas::loss_reward{}));
    nas::dataset numbers = rows_of(learning_task::regression, 1);
    for (float& target : numbers.targets) target = 50 + 10 * target;
    CHECK(agrees(nas::standardize(numbers, split_of(numbers)), "tanh(16) linear(1)", mlp, torch, nas::loss_reward{}));
    CHECK(agrees(rows_of(learning_task::classification, 3), "relu(16) relu(16) softmax(3)", mlp, torch,
                 nas::weighted_accuracy_reward{}));
}

TEST_CASE("torch_trainer: keeps the laws of evaluators") {
    const auto data = rows_of(learning_task::classification, 3);
    for (const nas::kept_weights keep : {nas::kept_weights::last, nas::kept_weights::best}) {
        const torch_trainer trainer{
            space_for(data), data, split_of(data), {.epochs = 3, .keep = keep, .patience = 1, .test_metric = true}};
        CHECK(nas::testing::evaluator_violations(trainer, trainer.space(), {.samples = 8}) ==
              std::vector<std::string>{});
        CHECK(nas::detail::noise_of(std::cref(trainer)) == nas::evaluation_noise::some);
        CHECK(trainer.metric_names() ==
              std::vector<std::string>{"parameters", "validation_loss", "test_accuracy", "flops"});
    }
}

TEST_CASE("torch_trainer: the seed decides, and a trial of few epochs is the beginning of one of many") {
    const auto data = rows_of(learning_task::classification, 3);
    for (const nas::torch_schedule schedule : {nas::torch_schedule::constant, nas::torch_schedule::cosine}) {
        const torch_trainer trainer{
            space_for(data), data, split_of(data), {.epochs = 6, .batch = 7, .schedule = schedule}, nas::loss_reward{}};
        const std::string text = "relu(16) dropout softmax(3)";
        const auto long_one = ask(trainer, text, 1);
        CHECK(long_one.curve.steps == std::vector<double>{1, 2, 3, 4, 5, 6});
        CHECK(long_one.result.values[0] == long_one.curve.values.back());
        for (const double epochs : {1.0, 4.0}) {
            const auto short_one = ask(trainer, text, 1, epochs);
            const std::vector<double> begin(long_one.curve.values.begin(),
                                            long_one.curve.values.begin() + static_cast<long>(epochs));
            CHECK(short_one.curve.values == begin);
            CHECK(short_one.result.values[0] == begin.back());
        }
        CHECK(ask(trainer, text, 2).curve.values != long_one.curve.values);
        for (const double wrong : {0.0, 1.5, std::numeric_limits<double>::quiet_NaN()})
            CHECK_THROWS_AS(ask(trainer, text, 1, wrong), nas::fatal_error);
    }
}

TEST_CASE("torch_trainer: the best epoch's weights are kept where asked for, with what batch normalisation remembers") {
    const auto data = rows_of(learning_task::classification, 3, 60);
    const convolutions builder;
    // A high rate, so that epochs get worse too.
    const auto trainer_of = [&](nas::kept_weights keep) {
        return torch_trainer{
            builder.space(), builder, data, split_of(data), {.epochs = 8, .learning_rate = 0.3, .keep = keep}};
    };
    const auto last = trainer_of(nas::kept_weights::last);
    const auto best = trainer_of(nas::kept_weights::best);
    bool differed = false;
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
        const auto arch = builder.space().at(1);
        auto kept = best.train(arch, nas::context(0, seed, nas::full_fidelity));
        const auto place = std::min_element(kept.losses.begin(), kept.losses.end()) - kept.losses.begin();
        REQUIRE(kept.kept_epoch == static_cast<std::size_t>(place));
        auto stopped = last.train(arch, nas::context(0, seed, static_cast<double>(place + 1)));
        CHECK(kept.weights == stopped.weights);
        CHECK(kept.scores == stopped.scores);
        CHECK(best.test(kept.model).loss == last.test(stopped.model).loss);
        differed = differed || kept.kept_epoch != 7;
    }
    CHECK(differed);
}

TEST_CASE("torch_trainer: patience ends training that many epochs after the best one, of the monitor") {
    const auto data = rows_of(learning_task::classification, 3, 60);
    const torch_trainer trainer{space_for(data),
                                data,
                                split_of(data),
                                {.epochs = 100,
                                 .learning_rate = 0.2,
                                 .keep = nas::kept_weights::best,
                                 .monitor = nas::training_monitor::accuracy,
                                 .patience = 3}};
    const auto trained =
        trainer.train(trainer.space().parse("tanh(16) softmax(3)"), nas::context(0, 3, nas::full_fidelity));
    const auto best =
        std::max_element(trained.accuracies.begin(), trained.accuracies.end()) - trained.accuracies.begin();
    CHECK(trained.kept_epoch == static_cast<std::size_t>(best));
    CHECK(trained.losses.size() == static_cast<std::size_t>(best) + 4);
}

TEST_CASE("torch_trainer: what goes wrong in a trial is that trial's failure, in one line") {
    const auto data = rows_of(learning_task::regression, 1);
    const torch_trainer high{space_for(data),
                             data,
                             split_of(data),
                             {.optimizer = torch_optimizer::sgd, .learning_rate = 1000},
                             nas::loss_reward{}};
    const auto diverged = ask(high, "relu(16) linear(1)").result;
    CHECK(diverged.status == nas::trial_status::failed);
    CHECK(diverged.reason.find("is not finite: the learning rate may be too high") != std::string::npos);
    CHECK(diverged.reason == ask(nas::mlp_trainer{space_for(data),
                                                  data,
                                                  split_of(data),
                                                  {.optimizer = nas::optimizer_kind::sgd, .learning_rate = 1000},
                                                  nas::loss_reward{}},
                                 "relu(16) linear(1)")
                                 .result.reason);

    const auto reason = [&](auto builder) {
        const nas::choice_space<1> space{2};
        const torch_trainer trainer{space, builder, data, split_of(data), {}, nas::loss_reward{}};
        const auto result = trainer(space.at(0), nas::context(0, 1, 2));
        CHECK(result.status == nas::trial_status::failed);
        CHECK(result.reason.find('\n') == std::string::npos);
        return result.reason;
    };
    using arch = nas::choice_space<1>::arch_type;
    using linear = ::torch::nn::Linear;
    CHECK(reason([](const arch&) -> linear { throw std::runtime_error("no such network"); }) == "no such network");
    CHECK(reason([](const arch&) -> linear { throw std::bad_alloc(); }).starts_with("out of memory: "));
    const std::string memory = reason([](const arch&) {
        static_cast<void>(::torch::empty({std::int64_t{1} << 60}, ::torch::kByte));
        return linear(4, 1);
    });
    CHECK(memory.starts_with("out of memory: "));
    CHECK(memory.ends_with("; train fewer networks at once, in smaller batches, or smaller ones"));
    CHECK(reason([](const arch&) { return linear(5, 1); }).find("shapes cannot be multiplied") != std::string::npos);
    CHECK(reason([](const arch&) { return linear(nullptr); }) == "nas::torch_trainer: the builder answered no module");
    // What the machine lacks besides memory is no matter of a network: the search ends, to go on later.
    const auto files = std::make_error_code(std::errc::too_many_files_open);
    CHECK_THROWS_AS(reason([&](const arch&) -> linear { throw std::system_error(files); }), std::system_error);
    // An answer of the wrong size is a mistake in the set-up.
    CHECK_THROWS_WITH_AS(
        reason([](const arch&) { return linear(4, 2); }),
        "nas::torch_trainer: a network for made.csv answers 2 numbers a row for output 0, which must be "
        "1, so the builder or the data are wrong",
        nas::fatal_error);
}

TEST_CASE("torch_trainer: a user's module of one input, of several, and shapes of rows") {
    const auto data = rows_of(learning_task::classification, 2);
    const nas::choice_space<1> space{2};
    const torch_trainer_options options{.epochs = 60, .learning_rate = 0.1, .test_metric = true};
    // Two classes by two sums; and by one, which is the probability of the second.
    const auto accuracy = [&](auto builder) {
        const torch_trainer trainer{space, builder, data, split_of(data), options};
        CHECK(trainer.metric_names() == std::vector<std::string>{"parameters", "validation_loss", "test_accuracy"});
        const auto result = trainer(space.at(1), nas::context(0, 1, nas::full_fidelity));
        CHECK(result.reason == "");
        CHECK(result.metrics.size() == 3);
        return result.values[0];
    };
    using arch = nas::choice_space<1>::arch_type;
    CHECK(accuracy([](const arch&) { return ::torch::nn::Linear(4, 2); }) > 0.85);
    CHECK(accuracy([](const arch&) { return ::torch::nn::Linear(4, 1).ptr(); }) > 0.85);
    CHECK(accuracy(halves_builder{}) > 0.85);
}

TEST_CASE("torch_trainer: a user's dropout draws from the trial's generator, and may not from libtorch's") {
    const auto data = rows_of(learning_task::classification, 3);
    const nas::choice_space<1> space{2};
    const auto curve = [&](auto builder) {
        const torch_trainer trainer{space, builder, data, split_of(data), {.epochs = 3}, nas::loss_reward{}};
        nas::learning_curve values;
        const auto result = trainer(space.at(0), nas::context(0, 1, nas::full_fidelity, &values));
        if (!result.completed()) throw std::runtime_error(result.reason);
        return values.values;
    };
    using arch = nas::choice_space<1>::arch_type;
    const auto own = [](const arch&) { return std::make_shared<dropping_impl<nas::torch_dropout>>(); };
    const auto theirs = [](const arch&) { return std::make_shared<dropping_impl<::torch::nn::Dropout>>(); };
    const auto first = curve(own);
    ::torch::manual_seed(5);
    CHECK(curve(own) == first);
    CHECK_THROWS_WITH_AS(curve(theirs), doctest::Contains("torch_dropout"), std::runtime_error);
}

TEST_CASE("torch_trainer: tensors of several inputs and outputs, whose losses add up") {
    const auto rows = rows_of(learning_task::multilabel, 2);
    const ::torch::Tensor all = nas::to_torch_data(rows).inputs[0];
    const ::torch::Tensor wanted = nas::to_torch_data(rows).targets[0];
    const nas::torch_data data{
        .task = learning_task::classification,
        .inputs = {all.narrow(1, 0, 2), all.narrow(1, 2, 2)},
        .targets = {wanted.select(1, 0).to(::torch::kLong), wanted.select(1, 1).to(::torch::kLong)},
        .classes = {2, 2}};
    const nas::choice_space<1> space{2};
    const auto reward = [](const nas::finished_model& model) {
        CHECK(model.outputs == 3);
        CHECK(model.features == 4);
        CHECK(model.scores.size() == 3 * model.rows);
        double loss = 0;  // of two probabilities, then of one
        double right = 0;
        for (std::size_t i = 0; i < model.rows; ++i) {
            const auto* const p = &model.scores[3 * i];
            const auto* const t = &model.targets[3 * i];
            CHECK(t[0] + t[1] == 1);
            loss -= std::log(static_cast<double>(t[1] > 0.5F ? p[1] : p[0]));
            loss -= std::log(static_cast<double>(t[2] > 0.5F ? p[2] : 1 - p[2]));
            right += ((p[1] > p[0]) == (t[1] > 0.5F) ? 0.5 : 0) + ((p[2] >= 0.5F) == (t[2] > 0.5F) ? 0.5 : 0);
        }
        CHECK(model.loss() == doctest::Approx(loss / static_cast<double>(model.rows)).epsilon(1e-5));
        CHECK(model.accuracy() == doctest::Approx(right / static_cast<double>(model.rows)));
        CHECK_THROWS_AS(static_cast<void>(model.checked_layers()), nas::fatal_error);
        return model.accuracy();
    };
    const torch_trainer trainer{
        space, two_outputs_builder{}, data, split_of(rows), {.epochs = 40, .learning_rate = 0.1}, reward};
    CHECK(trainer(space.at(0), nas::context(0, 1, nas::full_fidelity)).values[0] > 0.85);
}

TEST_CASE("torch_trainer: plans of several inputs and outputs read and answer parts of a data set's rows") {
    const auto data = rows_of(learning_task::multilabel, 2);
    const nas::choice_space<1> space{2};
    using arch = nas::choice_space<1>::arch_type;
    const auto parts = [](const arch&) {
        nas::network_plan plan;
        const std::size_t left = plan.input(3);
        const std::size_t right = plan.input({1, 1, 1});
        const std::size_t both = plan.concatenate({left, plan.flatten(right)});
        for (int i = 0; i < 2; ++i) plan.output(plan.dense(both, 1));
        return plan;
    };
    const auto values = [&](auto builder) {
        const torch_trainer trainer{
            space, builder, data, split_of(data), {.epochs = 40, .learning_rate = 0.1}, nas::loss_reward{}};
        nas::learning_curve curve;
        const auto result = trainer(space.at(0), nas::context(0, 1, nas::full_fidelity, &curve));
        CHECK(result.reason == "");
        return curve.values;
    };
    CHECK(values(parts).back() > -0.3);
    // A penalty is learned, and not told: without anything else to learn it is all.
    const auto penalized = [](double l1) {
        return [l1](const arch&) {
            nas::network_plan plan;
            plan.output(plan.dense(plan.input(4), 2, {.penalty = {.l1 = l1}}));
            return plan;
        };
    };
    CHECK(values(penalized(0)).back() > -0.3);
    CHECK(values(penalized(100)).back() == doctest::Approx(-std::log(2.0)).epsilon(0.05));
    const auto wrong = [](const arch&) {
        nas::network_plan plan;
        plan.output(plan.dense(plan.input(5), 2));
        return plan;
    };
    CHECK_THROWS_WITH_AS(values(wrong),
                         "nas::torch_trainer: input 0 of a network is 5, but a row of the data has 4 numbers there, so "
                         "the builder or the data are wrong",
                         nas::fatal_error);
}

TEST_CASE("torch_trainer: tensors are learned as the data set that they are") {
    const auto data = rows_of(learning_task::classification, 3);
    nas::torch_data tensors = nas::to_torch_data(data);
    tensors.inputs[0] = tensors.inputs[0].view({-1, 1, 2, 2});
    const convolutions builder;
    const auto curve = [&](const auto& rows) {
        const torch_trainer trainer{builder.space(), builder, rows, split_of(data), {.epochs = 3}, nas::loss_reward{}};
        nas::learning_curve values;
        trainer(builder.space().at(3), nas::context(0, 1, nas::full_fidelity, &values));
        return values;
    };
    CHECK(curve(data) == curve(tensors));
}

TEST_CASE("torch_trainer: tensors of one number a row, of other numbers, and of a graph") {
    const auto data = rows_of(learning_task::classification, 2);
    const nas::choice_space<1> space{2};
    const auto value = [&](const ::torch::Tensor& inputs, const auto& builder) {
        nas::torch_data tensors = nas::to_torch_data(data);
        tensors.inputs = {inputs};
        const torch_trainer trainer{space, builder, tensors, split_of(data), {.epochs = 2}, nas::loss_reward{}};
        const auto result = trainer(space.at(0), nas::context(0, 1, nas::full_fidelity));
        CHECK(result.reason == "");
        return result.values[0];
    };
    const ::torch::Tensor rows = nas::to_torch_data(data).inputs[0];
    const auto plan_of = [](std::size_t features) {
        return [features](const nas::choice_space<1>::arch_type&) {
            nas::network_plan plan;
            plan.output(plan.dense(plan.input(features), 2));
            return plan;
        };
    };
    CHECK(value(rows.select(1, 0).clone(), plan_of(1)) == value(rows.narrow(1, 0, 1), plan_of(1)));
    const double wanted = value(rows, plan_of(4));
    CHECK(value(rows.to(::torch::kDouble), plan_of(4)) == wanted);
    CHECK(value(rows.clone().requires_grad_() * 1, plan_of(4)) == wanted);
    const ::torch::Tensor pixels = (rows * 100).to(::torch::kByte);
    CHECK(value(pixels, plan_of(4)) == value(pixels.to(::torch::kFloat), plan_of(4)));
    // A user's module reads what there is.
    const auto linear = [](const nas::choice_space<1>::arch_type&) { return ::torch::nn::Linear(4, 2); };
    CHECK(value(rows.clone().requires_grad_() * 1, linear) == value(rows, linear));
}

TEST_CASE("torch_trainer: losses of each task, of networks side by side") {
    const auto head = [](learning_task task, nas::mlp_layer output) {
        const ::torch::Tensor none = ::torch::zeros({0, static_cast<std::int64_t>(output.units)});
        const auto labels = ::torch::zeros({0}, ::torch::kLong);
        const nas::dataset about{.task = task, .feature_names = {"x"}, .output_names = {"a", "b"}};
        const bool classes = task == learning_task::classification;
        return nas::detail::torch_head(about, output, classes ? labels : none, classes ? labels : none);
    };
    const auto check = [](const ::torch::Tensor& losses, double first, double second) {
        REQUIRE(losses.sizes() == ::torch::IntArrayRef{2});
        CHECK(losses[0].item<double>() == doctest::Approx(first).epsilon(1e-6));
        CHECK(losses[1].item<double>() == doctest::Approx(second).epsilon(1e-6));
    };
    const double two = std::log(2.0);
    const double e = std::log(1 + std::exp(-1.0));  // the loss of a right sum of 1
    // Two networks, two rows, two sums.
    const ::torch::Tensor sums = ::torch::tensor({0.F, 0.F, 0.F, 0.F, 1.F, 0.F, 0.F, 0.F}).view({2, 2, 2});
    const ::torch::Tensor labels = ::torch::tensor({0L, 1L, 0L, 1L}).view({2, 2});
    const auto softmax = head(learning_task::classification, {2, activation::softmax});
    check(softmax.losses(sums, labels, 0), two, (e + two) / 2);
    check(softmax.losses(sums, labels, 0.2), two, (0.9 * e + 0.1 * (e + 1) + two) / 2);
    const auto single = head(learning_task::classification, {1, activation::sigmoid});
    check(single.losses(sums.narrow(2, 0, 1), 1 - labels, 0), two, (e + two) / 2);
    check(single.losses(sums.narrow(2, 0, 1), 1 - labels, 0.2), two, (0.9 * e + 0.1 * (e + 1) + two) / 2);
    const auto several = head(learning_task::multilabel, {2, activation::sigmoid});
    check(several.losses(sums, ::torch::ones({2, 2, 2}), 0), two, (e + 3 * two) / 4);
    const auto numbers = head(learning_task::regression, {2, activation::linear});
    check(numbers.losses(sums, 2 * ::torch::ones({2, 2, 2}), 0), 4, (1 + 3 * 4) / 4.0);
}

TEST_CASE("torch_trainer: a reward sees the kept model, its layers and what it was judged on") {
    const auto data = rows_of(learning_task::classification, 3, 60);
    // What the kept weights answer, computed anew.
    const auto agree = [](const nas::finished_model& model) {
        nas::mlp<float> again(model.features, model.checked_layers());
        std::copy(model.weights.begin(), model.weights.end(), again.parameters().begin());
        const auto scores = again.forward(model.inputs);
        for (std::size_t i = 0; i < scores.size(); ++i)
            if (std::abs(scores[i] - model.scores[i]) > 1e-5F) return 0.0;
        return scores.size() == model.scores.size() ? 1.0 : 0.0;
    };
    for (const nas::kept_weights keep : {nas::kept_weights::last, nas::kept_weights::best}) {
        const torch_trainer trainer{
            space_for(data), data, split_of(data), {.epochs = 12, .learning_rate = 0.2, .keep = keep}, agree};
        const auto given = ask(trainer, "tanh(16) dropout elu(4) softmax(3)");
        CHECK(given.curve.values == std::vector<double>(12, 1));
        CHECK(given.result.values[0] == 1);
    }
    // Of another network the search ends with a sentence.
    const convolutions builder;
    const torch_trainer other{builder.space(), builder, data,
                              split_of(data),  {},      nas::knowledge_bonus_reward(nas::accuracy_reward{}, agree)};
    CHECK_THROWS_AS(other(builder.space().at(0), nas::context(0, 1, 1)), nas::fatal_error);
}

TEST_CASE("torch_trainer: gives up between epochs where the search wants to stop, and costs nothing unless asked") {
    const auto data = rows_of(learning_task::classification, 3);
    const torch_trainer trainer{space_for(data), data, split_of(data), {.epochs = 1000000}};
    int asked = 0;
    bool gave_up = false;
    const auto wanted = [](const void* state) { return ++*static_cast<int*>(const_cast<void*>(state)) > 3; };
    trainer(trainer.space().parse("relu(4) softmax(3)"),
            nas::context(0, 1, nas::full_fidelity, nullptr, {wanted, &asked}, &gave_up));
    CHECK(gave_up);
    CHECK(asked == 4);

    CHECK(ask(trainer, "relu(4) softmax(3)", 1, 2).result.cost == 0);
    const torch_trainer timed{space_for(data), data, split_of(data), {.epochs = 2, .measure_time = true}};
    CHECK(ask(timed, "relu(4) softmax(3)").result.cost > 0);
}

TEST_CASE("torch_trainer: learning rates by option") {
    using nas::detail::learning_rate_of;
    torch_trainer_options options{.epochs = 10, .learning_rate = 0.8, .schedule_factor = 0.5, .schedule_epochs = 3};
    CHECK(learning_rate_of(options, 7) == 0.8);
    options.schedule = nas::torch_schedule::step;
    CHECK(learning_rate_of(options, 2) == 0.8);
    CHECK(learning_rate_of(options, 7) == doctest::Approx(0.2));
    options.schedule = nas::torch_schedule::exponential;
    CHECK(learning_rate_of(options, 3) == doctest::Approx(0.1));
    options.schedule = nas::torch_schedule::cosine;
    CHECK(learning_rate_of(options, 0) == 0.8);
    CHECK(learning_rate_of(options, 5) == doctest::Approx(0.4));
    CHECK(learning_rate_of(options, 12) == doctest::Approx(0).epsilon(1e-12));
}

TEST_CASE("torch_trainer: optimizer and learning rate may be functions, and options change what is learned") {
    const auto data = rows_of(learning_task::classification, 3);
    const std::string text = "relu(16) softmax(3)";
    const auto losses = [&](torch_trainer_options options, nas::torch_setup setup = {}) {
        options.epochs = 3;
        const torch_trainer trainer{space_for(data), data, split_of(data), options, nas::loss_reward{}, setup};
        const auto given = ask(trainer, text);
        CHECK(given.result.reason == "");
        return given.curve.values;
    };
    const auto sgd = [](double rate) {
        return [rate](const std::vector<::torch::Tensor>& parameters) -> std::unique_ptr<::torch::optim::Optimizer> {
            return std::make_unique<::torch::optim::SGD>(parameters, ::torch::optim::SGDOptions(rate));
        };
    };
    const torch_trainer_options plain{.optimizer = torch_optimizer::sgd, .learning_rate = 0.1};
    const auto usual = losses(plain);
    CHECK(losses({}, {.optimizer = sgd(0.1)}) == usual);
    CHECK(losses({}, {.optimizer = sgd(7), .rate = [](std::size_t) { return 0.1; }}) == usual);
    // The first epoch has the rate of the option.
    const auto falling = losses(plain, {.rate = [](std::size_t epoch) { return epoch == 0 ? 0.1 : 0.01; }});
    CHECK(falling[0] == usual[0]);
    CHECK(falling[2] != usual[2]);
    const auto differs = [&](auto change) {
        torch_trainer_options other = plain;
        change(other);
        return losses(other) != usual;
    };
    CHECK(differs([](torch_trainer_options& how) { how.momentum = 0.5; }));
    CHECK(differs([](torch_trainer_options& how) { how.label_smoothing = 0.1; }));
    CHECK(differs([](torch_trainer_options& how) { how.weight_decay = 0.1; }));
    CHECK(differs([](torch_trainer_options& how) { how.optimizer = torch_optimizer::adamw; }));
    CHECK(differs([](torch_trainer_options& how) { how.schedule = nas::torch_schedule::exponential; }));
    CHECK(differs([](torch_trainer_options& how) { how.mixed_precision = true; }));
    CHECK(!differs([](torch_trainer_options& how) { how.clip_gradient = 1e6; }));
    CHECK(losses({.optimizer = torch_optimizer::sgd, .learning_rate = 0.1, .momentum = 0.5, .nesterov = true}) !=
          losses({.optimizer = torch_optimizer::sgd, .learning_rate = 0.1, .momentum = 0.5}));
    CHECK(close(losses({.mixed_precision = true}), losses({}), 0.02));
}

TEST_CASE("torch_trainer: steps clip each network's gradient by itself, and decay weights, of adamw biases too") {
    const auto after = [](torch_trainer_options options, std::int64_t copies, const ::torch::Tensor& slopes) {
        ::torch::Tensor weight = ::torch::ones({2, 2}).requires_grad_();
        ::torch::Tensor bias = ::torch::ones({2, 1}).requires_grad_();
        const nas::torch_setup setup;
        nas::detail::torch_steps steps(options, setup, {weight, bias}, {weight}, copies);
        steps.begin_epoch(0);
        steps.step((weight * slopes).sum() + 0 * bias.sum());
        return std::array{weight.detach(), bias.detach()};
    };
    const ::torch::Tensor slopes = ::torch::tensor({{3.0F, 4.0F}, {0.3F, 0.4F}});
    const torch_trainer_options plain{.optimizer = torch_optimizer::sgd, .learning_rate = 1, .clip_gradient = 1};
    const auto moved = [&](const auto& now) { return ::torch::ones({2, 2}) - now[0]; };
    CHECK(::torch::allclose(moved(after(plain, 2, slopes)), ::torch::tensor({{0.6F, 0.8F}, {0.3F, 0.4F}})));
    CHECK(::torch::allclose(moved(after(plain, 1, slopes)), slopes / std::sqrt(25.25)));
    torch_trainer_options decay{.optimizer = torch_optimizer::sgd, .learning_rate = 0.5, .weight_decay = 0.1};
    CHECK(::torch::allclose(after(decay, 1, 0 * slopes)[0], ::torch::full({2, 2}, 0.95)));
    CHECK(::torch::equal(after(decay, 1, 0 * slopes)[1], ::torch::ones({2, 1})));
    decay.optimizer = torch_optimizer::adamw;
    CHECK(::torch::allclose(after(decay, 1, 0 * slopes)[1], ::torch::full({2, 1}, 0.95)));
}

TEST_CASE("torch_trainer: libtorch has its threads again after an evaluation, whatever it used") {
    const auto data = rows_of(learning_task::classification, 3);
    at::set_num_threads(2);
    int inside = 0;
    const auto look = [&inside](const nas::finished_model& model) {
        inside = at::get_num_threads();
        return model.accuracy();
    };
    const torch_trainer trainer{space_for(data), data, split_of(data), {.epochs = 1, .threads = 1}, look};
    ask(trainer, "relu(4) softmax(3)");
    CHECK(inside == 1);
    CHECK(at::get_num_threads() == 2);
}

TEST_CASE("torch_trainer: what does not fit is said in one sentence") {
    const auto data = rows_of(learning_task::classification, 3);
    const auto split = split_of(data);
    const auto refuse = [&](torch_trainer_options options, const char* sentence) {
        CHECK_THROWS_WITH_AS((torch_trainer{space_for(data), data, split, options}), sentence, std::invalid_argument);
    };
    refuse({.batch = 73}, "nas::torch_trainer: batch (73) must be at most the 72 training rows");
    refuse({.epochs = 0}, "nas::torch_trainer: epochs (0) must be in [1, 1e+06]");
    refuse({.nesterov = true}, "nas::torch_trainer: nesterov needs a momentum above 0");
    CHECK_THROWS_WITH_AS(
        (torch_trainer{nas::mlp_space{{.output = {2, activation::softmax}}}, data, split}),
        "nas::torch_trainer: the space's networks end with softmax(2), but for made.csv they must end with softmax(3); "
        "set mlp_space_options::output to nas::output_layer_for(data)",
        std::invalid_argument);
    const auto numbers = rows_of(learning_task::regression, 1);
    CHECK_THROWS_WITH_AS((torch_trainer{space_for(numbers), numbers, split}),
                         "nas::torch_trainer: the reward needs accuracies, which a regression has not; pass "
                         "nas::loss_reward{} (nas/rewards/loss_reward.hpp) as the last argument",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((torch_trainer{nas::mlp_space{{.output = {1, activation::tanh}}}, numbers, split,
                                        torch_trainer_options{}, nas::loss_reward{}}),
                         "nas::torch_trainer: the networks of a regression must end with a linear layer; set "
                         "mlp_space_options::output to nas::output_layer_for(data)",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((torch_trainer{space_for(data), data, split, {}, nas::accuracy_reward{}, {.devices = {}}}),
                         "nas::torch_trainer: torch_setup::devices must have a device at least", std::invalid_argument);
    auto leaks = rows_of(learning_task::classification, 3, 400);
    for (std::size_t i = 0; i < leaks.rows(); ++i) leaks.inputs[4 * i + 2] = static_cast<float>(leaks.labels[i]);
    CHECK_THROWS_AS((torch_trainer{space_for(leaks), leaks, split_of(leaks)}), std::invalid_argument);
    CHECK_NOTHROW((torch_trainer{space_for(leaks), leaks, split_of(leaks), {.leakage_guard = false}}));
}

TEST_CASE("torch_data: what nobody can learn from is refused") {
    const nas::torch_data good{
        .inputs = {::torch::zeros({3, 2})}, .targets = {::torch::tensor({0L, 1L, 1L})}, .classes = {2}};
    CHECK_NOTHROW(nas::check_torch_data(good));
    const auto refuse = [&](auto change, const char* sentence) {
        nas::torch_data data = good;
        change(data);
        CHECK_THROWS_WITH_AS(nas::check_torch_data(data), sentence, std::invalid_argument);
    };
    using data_t = nas::torch_data;
    refuse([](data_t& d) { d.inputs.clear(); },
           "nas::check_torch_data: data: there must be one tensor of inputs and one of targets at least");
    refuse(
        [](data_t& d) {
            d.inputs.push_back(::torch::zeros({2, 2}));
        },
        "nas::check_torch_data: data: input 1 has 2 rows, the first input 3");
    refuse([](data_t& d) { d.inputs[0] = d.inputs[0] / 0; },
           "nas::check_torch_data: data: input 0 must be finite numbers");
    refuse(
        [](data_t& d) {
            d.targets[0] = ::torch::tensor({0L, 1L, 2L});
        },
        "nas::check_torch_data: data: target 0 must be labels below its 2 classes, two at least");
    refuse([](data_t& d) { d.inputs[0] = d.inputs[0].to_sparse(); },
           "nas::check_torch_data: data: input 0 must be dense; call to_dense() on it");
    refuse([](data_t& d) { d.classes.clear(); },
           "nas::check_torch_data: data: classes (0) must say how many classes each of the 1 targets has");
    refuse([](data_t& d) { d.targets[0] = ::torch::zeros({3}); },
           "nas::check_torch_data: data: target 0 must be labels [rows], whole numbers");
    refuse([](data_t& d) { d.task = learning_task::regression; },
           "nas::check_torch_data: data: target 0 must be real numbers [rows, units]");
    refuse(
        [](data_t& d) {
            d.task = learning_task::multilabel;
            d.targets[0] = ::torch::full({3, 1}, 0.5);
        },
        "nas::check_torch_data: data: target 0 must be 0 or 1");
}
