// SPDX-License-Identifier: Apache-2.0

// The kernel's own code on the CPU, through the trainer that a GPU has, against mlp_trainer.
#include <nas/cuda/cuda_mlp_trainer.hpp>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/data/standardize.hpp>
#include <nas/rewards/knowledge_bonus_reward.hpp>
#include <nas/rewards/loss_reward.hpp>
#include <nas/rewards/roc_auc_reward.hpp>
#include <nas/rewards/weighted_accuracy_reward.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/testing/evaluator_laws.hpp>

#include "cuda/host_runner.hpp"
#include "cuda/made_rows.hpp"

namespace {

using nas::activation;
using nas::learning_task;
using nas::mlp_trainer_options;
using nas::tests::host_runner;

template <class Reward>
using host_trainer = nas::cuda_mlp_trainer<Reward, host_runner>;

static_assert(nas::BatchEvaluator<host_trainer<nas::accuracy_reward>, nas::mlp_space::arch_type>);
static_assert(nas::BatchEvaluator<nas::cuda_mlp_trainer<>, nas::mlp_space::arch_type>);

struct answer {
    nas::evaluation<> result;
    nas::learning_curve curve;
};

template <class Trainer>
answer ask(const Trainer& trainer, const std::string& text, std::uint64_t seed = 7,
           double fidelity = nas::full_fidelity) {
    answer given;
    given.result = trainer(trainer.space().parse(text), nas::context(0, seed, fidelity, &given.curve));
    return given;
}

// Sums of the same numbers in another order, and functions that differ in their last bit. Seen: 5e-6 at most after the 210
// steps of the longest training below, under 2e-6 in all others. Another batch, mask or step changes results by 3e-3 and
// more, which the last test case shows.
bool near(double a, double b) { return std::abs(a - b) <= 5e-5 * (1 + std::abs(b)); }

void check_same(const answer& ours, const answer& theirs) {
    CHECK(ours.result.status == theirs.result.status);
    CHECK(ours.result.reason == theirs.result.reason);
    REQUIRE(ours.curve.steps == theirs.curve.steps);
    for (std::size_t i = 0; i < ours.curve.values.size(); ++i) {
        CAPTURE(i);
        CHECK_MESSAGE(near(ours.curve.values[i], theirs.curve.values[i]), ours.curve.values[i], " is not ",
                      theirs.curve.values[i]);
    }
    REQUIRE(ours.result.metrics.size() == theirs.result.metrics.size());
    for (std::size_t i = 0; i < ours.result.metrics.size(); ++i)
        CHECK_MESSAGE(near(ours.result.metrics[i], theirs.result.metrics[i]), "metric ", i, ": ",
                      ours.result.metrics[i], " is not ", theirs.result.metrics[i]);
    if (theirs.result.completed()) CHECK(near(ours.result.values[0], theirs.result.values[0]));
}

/// Both trainers of the same networks on the same rows.
template <class Reward>
void compare(const nas::dataset& data, const std::vector<std::string>& texts, const mlp_trainer_options& options,
             const Reward& reward, const host_runner& runner = {}, std::vector<std::size_t> units = {1, 4, 7, 16}) {
    const nas::mlp_space space(
        {.units = std::move(units),
         .activations = {activation::sigmoid, activation::tanh, activation::relu, activation::elu, activation::linear},
         .max_length = 5,
         .output = nas::output_layer_for(data)});
    const auto split = nas::tests::made_split(data);
    const host_trainer<Reward> ours(space, data, split, options, reward, runner);
    const nas::mlp_trainer<Reward> theirs(space, data, split, options, reward);
    for (const std::string& text : texts) {
        CAPTURE(text);
        check_same(ask(ours, text), ask(theirs, text));
    }
}

// Losses tell more than accuracies of 18 rows.
void compare(const nas::dataset& data, const std::vector<std::string>& texts, const mlp_trainer_options& options,
             const host_runner& runner = {}) {
    compare(data, texts, options, nas::loss_reward{}, runner);
}

}  // namespace

TEST_CASE("cuda_mlp_trainer: trains as mlp_trainer does: activations, depths, one unit, dropout") {
    const auto data = nas::tests::made_rows(learning_task::classification, 3);
    compare(data,
            {"sigmoid(7) softmax(3)", "tanh(16) softmax(3)", "relu(4) softmax(3)", "elu(16) softmax(3)",
             "linear(1) softmax(3)", "relu(1) tanh(1) softmax(3)", "elu(16) relu(7) tanh(4) sigmoid(16) softmax(3)",
             "relu(7) dropout softmax(3)", "tanh(16) dropout dropout elu(7) softmax(3)",
             "relu(16) dropout relu(7) dropout softmax(3)"},
            {.epochs = 4, .batch = 13, .learning_rate = 0.01, .dropout = 0.3, .test_metric = true});
}

TEST_CASE("cuda_mlp_trainer: trains as mlp_trainer does: optimizers, decay, no dropout") {
    const auto data = nas::tests::made_rows(learning_task::classification, 3);
    const std::vector<std::string> texts{"relu(16) dropout tanh(7) softmax(3)"};
    for (const nas::optimizer_kind kind :
         {nas::optimizer_kind::sgd, nas::optimizer_kind::rmsprop, nas::optimizer_kind::adam})
        for (const double momentum : {0.0, 0.9})
            for (const double decay : {0.0, 0.5}) {
                CAPTURE(kind);
                CAPTURE(momentum);
                CAPTURE(decay);
                compare(data, texts,
                        {.epochs = 3,
                         .batch = 9,
                         .optimizer = kind,
                         .learning_rate = 0.01,
                         .momentum = momentum,
                         .weight_decay = decay,
                         .dropout = momentum > 0 ? 0.2 : 0.0});
            }
}

TEST_CASE("cuda_mlp_trainer: trains as mlp_trainer does: batches of one row, of all, the last one smaller") {
    const auto data = nas::tests::made_rows(learning_task::classification, 3);
    for (const std::size_t batch : {1U, 2U, 32U, 53U, 54U})
        compare(data, {"relu(16) dropout tanh(7) softmax(3)", "sigmoid(1) softmax(3)"},
                {.epochs = 2, .batch = batch, .learning_rate = 0.01});
}

TEST_CASE("cuda_mlp_trainer: trains as mlp_trainer does: two classes, labels, numbers, numbers that were scaled") {
    const std::vector<std::string> two{"relu(16) dropout tanh(7) sigmoid(1)"};
    compare(nas::tests::made_rows(learning_task::classification, 2), two, {.epochs = 3, .learning_rate = 0.01});
    compare(nas::tests::made_rows(learning_task::multilabel, 3), {"relu(16) dropout tanh(7) sigmoid(3)"},
            {.epochs = 3, .learning_rate = 0.01, .test_metric = true});
    compare(nas::tests::made_rows(learning_task::multilabel, 3), {"relu(16) dropout tanh(7) sigmoid(3)"},
            {.epochs = 3, .learning_rate = 0.01, .monitor = nas::training_monitor::accuracy}, nas::accuracy_reward{});
    const auto numbers = nas::tests::made_rows(learning_task::regression, 2);
    const std::vector<std::string> linear{"tanh(16) dropout elu(7) linear(2)"};
    compare(numbers, linear, {.epochs = 3, .batch = 10, .learning_rate = 0.01, .test_metric = true});
    auto far = numbers;
    for (float& y : far.targets) y = 100 + 50 * y;
    compare(nas::standardize(far, nas::tests::made_split(far)), linear,
            {.epochs = 3, .batch = 10, .learning_rate = 0.01, .test_metric = true});
}

TEST_CASE("cuda_mlp_trainer: a regression may end with a bent output") {
    const auto numbers = nas::tests::made_rows(learning_task::regression, 1);
    for (const activation bent : {activation::sigmoid, activation::tanh, activation::elu, activation::relu}) {
        const nas::mlp_space space({.output = {1, bent}});
        const auto split = nas::tests::made_split(numbers);
        const mlp_trainer_options options{.epochs = 2, .batch = 10, .learning_rate = 0.01};
        const host_trainer<nas::loss_reward> ours(space, numbers, split, options);
        const nas::mlp_trainer<nas::loss_reward> theirs(space, numbers, split, options);
        const std::string text = "tanh(16) " + nas::describe(nas::mlp_layer{1, bent});
        check_same(ask(ours, text), ask(theirs, text));
    }
}

TEST_CASE("cuda_mlp_trainer: 300 units, in fast memory and beyond it, give the same bits") {
    const auto data = nas::tests::made_rows(learning_task::classification, 3);
    const mlp_trainer_options options{.epochs = 2, .learning_rate = 0.01};
    std::size_t slow = 0;
    compare(data, {"relu(300) dropout tanh(300) softmax(3)"}, options, nas::loss_reward{},
            host_runner{.slow_models = &slow}, {300});
    CHECK(slow == 1);
    const nas::mlp_space space({.units = {40}, .output = nas::output_layer_for(data)});
    const auto curve = [&](std::size_t fast_bytes) {
        const host_trainer<nas::loss_reward> trainer(space, data, nas::tests::made_split(data), options, {},
                                                     host_runner{.fast_bytes = fast_bytes});
        return ask(trainer, "relu(40) tanh(40) softmax(3)").curve;
    };
    CHECK(curve(1U << 18) == curve(30'000));  // no optimizer
    CHECK(curve(1U << 18) == curve(20'000));  // no weights
    CHECK(curve(1U << 18) == curve(0));
}

TEST_CASE("cuda_mlp_trainer: best weights and early stop are mlp_trainer's") {
    const auto data = nas::tests::made_rows(learning_task::classification, 3, 120);
    const std::vector<std::string> texts{"relu(16) relu(16) softmax(3)", "tanh(7) dropout softmax(3)"};
    for (const std::size_t patience : {0U, 1U, 3U})
        for (const nas::kept_weights keep : {nas::kept_weights::last, nas::kept_weights::best})
            for (const nas::training_monitor monitor : {nas::training_monitor::loss, nas::training_monitor::accuracy}) {
                CAPTURE(patience);
                const mlp_trainer_options options{.epochs = 14,
                                                  .batch = 5,
                                                  .learning_rate = 0.05,
                                                  .keep = keep,
                                                  .monitor = monitor,
                                                  .patience = patience,
                                                  .test_metric = true};
                compare(data, texts, options, nas::accuracy_reward{});
                compare(data, texts, options, nas::roc_auc_reward{});
            }
}

TEST_CASE("cuda_mlp_trainer: rewards that read weights and scores are reported after each epoch") {
    const auto data = nas::tests::made_rows(learning_task::classification, 3);
    const mlp_trainer_options options{.epochs = 4, .learning_rate = 0.01, .keep = nas::kept_weights::best};
    const auto weight = [](const nas::finished_model& model) {
        double sum = 0;
        for (const float one : model.weights) sum += static_cast<double>(one * one);
        for (const float one : model.scores) sum += static_cast<double>(one * one);
        return sum;
    };
    const std::vector<std::string> texts{"relu(16) dropout tanh(7) softmax(3)"};
    compare(data, texts, options, nas::knowledge_bonus_reward(nas::loss_reward{}, weight));
    compare(data, texts, options, nas::weighted_accuracy_reward{});
}

TEST_CASE("cuda_mlp_trainer: what diverges, stops or is too large has failed, and the others have not") {
    const auto data = nas::tests::made_rows(learning_task::regression, 1);
    compare(data, {"linear(16) linear(16) linear(1)"},
            {.epochs = 9, .optimizer = nas::optimizer_kind::sgd, .learning_rate = 900});
    const auto classes = nas::tests::made_rows(learning_task::classification, 3);
    const nas::mlp_space space({.units = {4, 256}, .output = nas::output_layer_for(classes)});
    const host_trainer<nas::accuracy_reward> trainer(space, classes, nas::tests::made_split(classes), {.epochs = 2}, {},
                                                     host_runner{.most_bytes = 200'000});
    bool gave_up = false;
    const nas::stop_query stop{[](const void*) { return true; }, nullptr};
    const std::vector<nas::mlp_space::arch_type> archs{space.parse("relu(256) relu(256) softmax(3)"),
                                                       space.parse("relu(4) softmax(3)"),
                                                       space.parse("tanh(4) softmax(3)")};
    const std::vector<nas::context> abouts{nas::context(0, 1, 2), nas::context(1, 2, 2),
                                           nas::context(2, 3, 2, nullptr, stop, &gave_up)};
    const auto answers = trainer.evaluate_batch(archs, abouts);
    REQUIRE(answers.size() == 3);
    CHECK(answers[0].status == nas::trial_status::failed);
    CHECK(answers[0].reason.find("bytes of the GPU's memory; it may use 200000") != std::string::npos);
    CHECK(answers[1].completed());
    CHECK(answers[1].values[0] == trainer(archs[1], abouts[1]).values[0]);
    CHECK(gave_up);
    CHECK(answers[2].reason == "stopped before the first epoch");
    CHECK_THROWS_AS(trainer(archs[1], nas::context(0, 1, 1.5)), nas::fatal_error);
}

TEST_CASE("cuda_mlp_trainer: keeps the laws of evaluators, and fidelities may differ within a batch") {
    const auto data = nas::tests::made_rows(learning_task::classification, 3);
    const nas::mlp_space space({.units = {4, 16}, .output = nas::output_layer_for(data)});
    const host_trainer<nas::accuracy_reward> trainer(space, data, nas::tests::made_split(data),
                                                     {.epochs = 3, .keep = nas::kept_weights::best, .patience = 1});
    CHECK(nas::testing::evaluator_violations(trainer, trainer.space()) == std::vector<std::string>{});
    CHECK(nas::detail::noise_of(std::cref(trainer)) == nas::evaluation_noise::some);
    const auto arch = space.parse("relu(4) softmax(3)");
    nas::learning_curve one;
    nas::learning_curve three;
    const std::vector<nas::context> abouts{nas::context(0, 1, 1, &one), nas::context(0, 1, 3, &three)};
    trainer.evaluate_batch(std::vector{arch, arch}, abouts);
    REQUIRE(one.values.size() == 1);
    REQUIRE(three.values.size() >= 2);
    CHECK(one.values[0] == three.values[0]);
}

TEST_CASE("cuda_mlp_trainer: a search by batches has the history of single calls, and mlp_trainer's within rounding") {
    const auto data = nas::tests::made_rows(learning_task::classification, 3);
    const nas::mlp_space space({.units = {4, 16}, .output = nas::output_layer_for(data)});
    const auto split = nas::tests::made_split(data);
    const mlp_trainer_options options{.epochs = 3, .learning_rate = 0.01};
    const host_trainer<nas::loss_reward> ours(space, data, split, options);
    const nas::mlp_trainer<nas::loss_reward> theirs(space, data, split, options);
    const auto values = [&](const auto& trainer, std::size_t batch) {
        nas::search search{nas::random_search{space}, std::cref(trainer), {.seed = 3}};
        search.run({.trials = 12, .batch = batch});
        std::vector<double> all;
        for (std::size_t row = 0; row < 12; ++row) all.push_back(search.history().value(row));
        return all;
    };
    const auto together = values(ours, 12);
    CHECK(together == values(ours, 5));
    CHECK(together == values(ours, 1));
    const auto other = values(theirs, 1);
    for (std::size_t i = 0; i < 12; ++i) CHECK(near(together[i], other[i]));
}

TEST_CASE("cuda_mlp_trainer: other seeds, batches, masks and steps are far beyond rounding") {
    const auto data = nas::tests::made_rows(learning_task::classification, 3);
    const nas::mlp_space space({.units = {16}, .output = nas::output_layer_for(data)});
    const auto loss = [&](mlp_trainer_options options, std::uint64_t seed = 7) {
        options.epochs = 3;
        const host_trainer<nas::loss_reward> trainer(space, data, nas::tests::made_split(data), options);
        return ask(trainer, "relu(16) dropout softmax(3)", seed).result.values[0];
    };
    const double base = loss({.batch = 9, .learning_rate = 0.01});
    CHECK(std::abs(loss({.batch = 9, .learning_rate = 0.01}, 8) - base) > 1e-2);
    CHECK(std::abs(loss({.batch = 10, .learning_rate = 0.01}) - base) > 3e-3);
    CHECK(std::abs(loss({.batch = 9, .learning_rate = 0.01, .dropout = 0.25}) - base) > 3e-3);
    CHECK(std::abs(loss({.batch = 9, .learning_rate = 0.012}) - base) > 3e-3);
}
