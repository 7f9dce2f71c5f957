// SPDX-License-Identifier: Apache-2.0
#include <nas/evaluators/mlp_trainer.hpp>

#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/data/standardize.hpp>
#include <nas/evaluators/cached.hpp>
#include <nas/rewards/knowledge_bonus_reward.hpp>
#include <nas/rewards/loss_reward.hpp>
#include <nas/rewards/scorer_reward.hpp>
#include <nas/rewards/weighted_accuracy_reward.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/testing/evaluator_laws.hpp>

#include "support/made_rows.hpp"

namespace {

using nas::activation;
using nas::learning_task;
using nas::mlp_trainer;
using nas::mlp_trainer_options;
using support::rows_of;
using support::split_of;

nas::mlp_space space_for(const nas::dataset& data, std::vector<std::size_t> units = {4, 16}) {
    return nas::mlp_space({.units = std::move(units), .output = nas::output_layer_for(data)});
}

template <class Reward = nas::accuracy_reward>
mlp_trainer<Reward> trainer_of(const nas::dataset& data, mlp_trainer_options options = {}, Reward reward = {}) {
    return {space_for(data), data, split_of(data), options, reward};
}

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

}  // namespace

TEST_CASE("mlp_trainer: keeps the laws of evaluators") {
    const auto data = rows_of(learning_task::classification, 3);
    for (const nas::kept_weights keep : {nas::kept_weights::last, nas::kept_weights::best}) {
        const auto trainer = trainer_of(data, {.epochs = 3, .keep = keep, .patience = 1, .test_metric = true});
        CHECK(nas::testing::evaluator_violations(trainer, trainer.space()) == std::vector<std::string>{});
        CHECK(nas::detail::noise_of(std::cref(trainer)) == nas::evaluation_noise::some);
    }
}

TEST_CASE("mlp_trainer: a recipe is trained as its options say, and as an architecture where they are the trainer's") {
    const auto data = rows_of(learning_task::classification, 3);
    const auto trainer = trainer_of(data, {.epochs = 3, .batch = 16, .weight_decay = 0.1});
    const auto arch = trainer.space().parse("relu(16) dropout softmax(3)");
    const nas::mlp_recipe same{trainer.space().layers(arch), trainer.options()};
    const nas::context about(0, 7, nas::full_fidelity);
    CHECK(trainer.train(same, about).losses == trainer.train(arch, about).losses);
    // Layers that the space does not have.
    const nas::mlp_recipe wide{{{7, activation::linear}, {3, activation::softmax}}, {.epochs = 9, .batch = 3}};
    const auto trained = trainer.train(wide, about);
    CHECK(trained.model.layers()[0].units == 7);
    CHECK(trained.losses.size() == 3);  // the trainer's epochs
    const auto differs = [&](const auto& change) {
        nas::mlp_recipe other = same;
        change(other.options);
        return trainer.train(other, about).losses != trainer.train(same, about).losses;
    };
    CHECK(differs([](mlp_trainer_options& how) { how.batch = 15; }));
    CHECK(differs([](mlp_trainer_options& how) { how.optimizer = nas::optimizer_kind::sgd; }));
    CHECK(differs([](mlp_trainer_options& how) { how.learning_rate = 0.002; }));
    CHECK(differs([](mlp_trainer_options& how) { how.weight_decay = 0; }));
    CHECK(differs([](mlp_trainer_options& how) { how.dropout = 0.3; }));

    const auto refuse = [&](const nas::mlp_recipe& bad, const char* sentence) {
        CHECK_THROWS_WITH_AS(trainer.train(bad, about), sentence, std::invalid_argument);
    };
    refuse({same.layers, {.batch = 73}}, "nas::mlp_trainer: batch (73) must be at most the 72 training rows");
    refuse({same.layers, {.dropout = 2}}, "nas::mlp_trainer: dropout (2) must be in [0, 0.999]");
    refuse({{{7, activation::linear}, {2, activation::softmax}}, {}},
           "nas::mlp_trainer: the last layer of a recipe must be softmax(3)");
    refuse({{}, {}}, "nas::mlp_trainer: the last layer of a recipe must be softmax(3)");
}

TEST_CASE("mlp_trainer: learns classes, two classes, labels and numbers") {
    const mlp_trainer_options options{.epochs = 60, .learning_rate = 0.01, .test_metric = true};
    const auto three =
        ask(trainer_of(rows_of(learning_task::classification, 3, 600), options), "relu(16) relu(16) softmax(3)");
    CHECK(three.result.values[0] > 0.9);
    CHECK(three.result.metrics[2] > 0.9);
    const auto two = ask(trainer_of(rows_of(learning_task::classification, 2, 600), options), "tanh(16) sigmoid(1)");
    CHECK(two.result.values[0] > 0.9);
    const auto labels = ask(trainer_of(rows_of(learning_task::multilabel, 2, 600), options), "elu(16) sigmoid(2)");
    CHECK(labels.result.values[0] > 0.9);
    const auto numbers =
        ask(trainer_of(rows_of(learning_task::regression, 1, 600), options, nas::loss_reward{}), "tanh(16) linear(1)");
    CHECK(numbers.result.values[0] > -0.02);  // the variance of the targets is 0.18
    CHECK(numbers.result.metrics[1] == -numbers.result.values[0]);
}

TEST_CASE("mlp_trainer: numbers of any size are learned and reported in their unit") {
    const mlp_trainer_options options{.epochs = 60, .learning_rate = 0.01, .test_metric = true};
    nas::dataset data = rows_of(learning_task::regression, 1, 600);
    const auto split = split_of(data);
    for (float& target : data.targets) target = 5000 + 1000 * target;  // their variance is 180,000
    const auto trainer_for = [&](const nas::dataset& rows, auto reward) {
        return mlp_trainer(space_for(data), rows, split, options, reward);
    };
    const auto scaled = ask(trainer_for(nas::standardize(data, split), nas::loss_reward{}), "tanh(16) linear(1)");
    CHECK(scaled.result.values[0] > -20000);
    CHECK(scaled.result.metrics[1] == -scaled.result.values[0]);
    CHECK(scaled.result.metrics[2] < 20000);
    // Without, most of the training would be the way to 5000.
    const auto plain =
        ask(trainer_for(nas::standardize(data, split, {.targets = false}), nas::loss_reward{}), "tanh(16) linear(1)");
    CHECK(plain.result.values[0] < -1e6);
    // What a reward sees is in that unit too.
    std::vector<float> targets;
    std::vector<float> scores;
    const nas::scorer_reward look{[&](std::span<const float> given, std::span<const float> truth) {
        scores.assign(given.begin(), given.end());
        targets.assign(truth.begin(), truth.end());
        return 1.0;
    }};
    ask(trainer_for(nas::standardize(data, split), look), "tanh(16) linear(1)");
    REQUIRE(targets.size() == split.validation.size());
    double loss = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        CHECK(targets[i] == doctest::Approx(data.targets[split.validation[i]]).epsilon(1e-5));
        loss += std::pow(static_cast<double>(scores[i]) - static_cast<double>(targets[i]), 2) /
                static_cast<double>(targets.size());
    }
    CHECK(loss == doctest::Approx(scaled.result.metrics[1]).epsilon(1e-3));

    const nas::mlp_space bounded({.units = {4, 16}, .output = {1, activation::sigmoid}});
    CHECK_THROWS_WITH_AS(mlp_trainer<>(bounded, nas::standardize(data, split), split),
                         "nas::mlp_trainer: the space's networks end with sigmoid(1), but the targets of made.csv are "
                         "standardised; standardise without targets, or end with linear(1)",
                         std::invalid_argument);
}

TEST_CASE("mlp_trainer: every optimizer learns") {
    const auto data = rows_of(learning_task::classification, 3, 600);
    for (const nas::optimizer_kind kind :
         {nas::optimizer_kind::sgd, nas::optimizer_kind::rmsprop, nas::optimizer_kind::adam}) {
        const double rate = kind == nas::optimizer_kind::sgd ? 0.05 : 0.01;
        const auto trainer =
            trainer_of(data, {.epochs = 40, .optimizer = kind, .learning_rate = rate, .momentum = 0.9});
        CHECK(ask(trainer, "relu(16) softmax(3)").result.values[0] > 0.85);
    }
}

TEST_CASE("mlp_trainer: the seed decides, and a trial of few epochs is the beginning of one of many") {
    const auto trainer = trainer_of(rows_of(learning_task::classification, 3), {.epochs = 6, .batch = 7});
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
    CHECK(ask(trainer, text, 1, 8).curve.steps.size() == 8);  // more than `epochs`, where asked for
    for (const double wrong : {0.0, 1.5, -1.0, std::numeric_limits<double>::quiet_NaN()})
        CHECK_THROWS_AS(ask(trainer, text, 1, wrong), nas::fatal_error);
}

TEST_CASE("mlp_trainer: the curve is the reward of what has been trained so far") {
    const auto data = rows_of(learning_task::classification, 3);
    const auto plain = ask(trainer_of(data, {.epochs = 4}), "relu(16) softmax(3)");
    const auto weighted = ask(trainer_of(data, {.epochs = 4}, nas::weighted_accuracy_reward{}), "relu(16) softmax(3)");
    const auto& a = plain.curve.values;
    CHECK(weighted.curve.values[2] == doctest::Approx((a[0] + 2 * a[1] + 3 * a[2]) / 6));
    CHECK(weighted.result.values[0] == doctest::Approx((a[0] + 2 * a[1] + 3 * a[2] + 4 * a[3]) / 10));
}

TEST_CASE("mlp_trainer: a reward sees the kept model, its layers and what it was judged on") {
    const auto data = rows_of(learning_task::classification, 3, 60);
    // What the kept weights answer, computed anew.
    const auto agree = [](const nas::finished_model& model) {
        nas::mlp<float> again(model.features, model.layers);
        std::copy(model.weights.begin(), model.weights.end(), again.parameters().begin());
        const auto scores = again.forward(model.inputs);
        return std::equal(scores.begin(), scores.end(), model.scores.begin(), model.scores.end()) ? 1.0 : 0.0;
    };
    for (const nas::kept_weights keep : {nas::kept_weights::last, nas::kept_weights::best}) {
        const auto given =
            ask(trainer_of(data, {.epochs = 12, .learning_rate = 0.2, .keep = keep}, agree), "tanh(16) softmax(3)");
        CHECK(given.curve.values == std::vector<double>(12, 1));
        CHECK(given.result.values[0] == 1);
    }
}

TEST_CASE("mlp_trainer: in a search, behind a cache, with its metrics") {
    const auto trainer = trainer_of(rows_of(learning_task::classification, 3), {.epochs = 2});
    nas::search search{
        nas::random_search{trainer.space()}, nas::cached(std::cref(trainer), trainer.space()), {.seed = 1}};
    search.run({.trials = 5});
    CHECK(search.history().size() == 5);
    CHECK(search.history().metric_names() == std::vector<std::string>{"parameters", "validation_loss"});
}

TEST_CASE("mlp_trainer: the best epoch's weights are kept where asked for, and are those of that epoch") {
    const auto data = rows_of(learning_task::classification, 3, 60);
    // A high rate, so that epochs get worse too.
    const auto last = trainer_of(data, {.epochs = 12, .learning_rate = 0.2, .test_metric = true});
    const auto best =
        trainer_of(data, {.epochs = 12, .learning_rate = 0.2, .keep = nas::kept_weights::best, .test_metric = true});
    bool differed = false;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const auto arch = best.space().parse("tanh(16) softmax(3)");
        auto kept = best.train(arch, nas::context(0, seed, nas::full_fidelity));
        const auto place = std::min_element(kept.losses.begin(), kept.losses.end()) - kept.losses.begin();
        REQUIRE(kept.kept_epoch == static_cast<std::size_t>(place));
        auto stopped = last.train(arch, nas::context(0, seed, static_cast<double>(place + 1)));
        CHECK(std::vector<float>(kept.model.parameters().begin(), kept.model.parameters().end()) ==
              std::vector<float>(stopped.model.parameters().begin(), stopped.model.parameters().end()));
        CHECK(kept.scores == stopped.scores);
        CHECK(best.test(kept.model).loss == last.test(stopped.model).loss);
        CHECK(best.evaluate(kept).values[0] == kept.accuracies[kept.kept_epoch]);
        differed = differed || kept.kept_epoch != 11;
    }
    CHECK(differed);
}

TEST_CASE("mlp_trainer: the monitor tells the best epoch") {
    const auto data = rows_of(learning_task::classification, 3, 60);
    const auto trainer = trainer_of(data, {.epochs = 15,
                                           .learning_rate = 0.1,
                                           .keep = nas::kept_weights::best,
                                           .monitor = nas::training_monitor::accuracy});
    const auto kept =
        trainer.train(trainer.space().parse("tanh(16) softmax(3)"), nas::context(0, 3, nas::full_fidelity));
    CHECK(kept.kept_epoch == static_cast<std::size_t>(std::max_element(kept.accuracies.begin(), kept.accuracies.end()) -
                                                      kept.accuracies.begin()));
}

TEST_CASE("mlp_trainer: patience ends training that many epochs after the best one") {
    const auto data = rows_of(learning_task::classification, 3, 60);
    const auto trainer = trainer_of(data, {.epochs = 1000, .learning_rate = 0.05, .patience = 4});
    const auto trained =
        trainer.train(trainer.space().parse("relu(16) relu(16) softmax(3)"), nas::context(0, 3, nas::full_fidelity));
    const std::size_t run = trained.losses.size();
    REQUIRE(run < 1000);
    const auto best = static_cast<std::size_t>(std::min_element(trained.losses.begin(), trained.losses.end()) -
                                               trained.losses.begin());
    CHECK(run == best + 5);
    CHECK(trained.kept_epoch == run - 1);
}

TEST_CASE("mlp_trainer: weight decay makes weights smaller") {
    const auto data = rows_of(learning_task::classification, 3);
    const auto size = [&](double decay) {
        const auto trainer = trainer_of(data, {.epochs = 20, .learning_rate = 0.01, .weight_decay = decay});
        const auto trained =
            trainer.train(trainer.space().parse("relu(16) softmax(3)"), nas::context(0, 3, nas::full_fidelity));
        double total = 0;
        for (const float p : trained.model.parameters()) total += static_cast<double>(p * p);
        return total;
    };
    CHECK(size(0.5) < 0.8 * size(0));
}

TEST_CASE("mlp_trainer: a loss that is not finite is a failed trial") {
    const auto trainer = trainer_of(rows_of(learning_task::regression, 1),
                                    {.optimizer = nas::optimizer_kind::sgd, .learning_rate = 1000}, nas::loss_reward{});
    const auto given = ask(trainer, "relu(16) linear(1)");
    CHECK(given.result.status == nas::trial_status::failed);
    CHECK(given.result.reason.find("is not finite: the learning rate may be too high") != std::string::npos);
}

TEST_CASE("mlp_trainer: gives up between epochs where the search wants to stop") {
    const auto trainer = trainer_of(rows_of(learning_task::classification, 3), {.epochs = 1000000});
    int asked = 0;
    bool gave_up = false;
    const auto wanted = [](const void* state) { return ++*static_cast<int*>(const_cast<void*>(state)) > 3; };
    trainer(trainer.space().parse("relu(4) softmax(3)"),
            nas::context(0, 1, nas::full_fidelity, nullptr, {wanted, &asked}, &gave_up));
    CHECK(gave_up);
    CHECK(asked == 4);
}

TEST_CASE("mlp_trainer: costs are 0 unless they are to be measured") {
    const auto data = rows_of(learning_task::classification, 3);
    CHECK(ask(trainer_of(data), "relu(16) softmax(3)").result.cost == 0);
    const double seconds = ask(trainer_of(data, {.measure_time = true}), "relu(16) softmax(3)").result.cost;
    CHECK(seconds > 0);
    CHECK(seconds < 60);
}

TEST_CASE("mlp_trainer: what does not fit the data is said in one sentence") {
    const auto data = rows_of(learning_task::classification, 3);
    const auto split = split_of(data);
    const auto make = [&](mlp_trainer_options options) { return mlp_trainer<>(space_for(data), data, split, options); };
    CHECK_THROWS_WITH_AS(make({.batch = 73}), "nas::mlp_trainer: batch (73) must be at most the 72 training rows",
                         std::invalid_argument);
    CHECK_NOTHROW(make({.batch = 72}));
    CHECK_THROWS_WITH_AS(make({.epochs = 0}), "nas::mlp_trainer: epochs (0) must be in [1, 1e+06]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        mlp_trainer<>(nas::mlp_space{{.output = {2, activation::softmax}}}, data, split),
        "nas::mlp_trainer: the space's networks end with softmax(2), but for made.csv they must end with softmax(3); "
        "set mlp_space_options::output to nas::output_layer_for(data)",
        std::invalid_argument);
    // Two classes may also be told apart by two softmax units.
    const auto two = rows_of(learning_task::classification, 2);
    CHECK_NOTHROW(mlp_trainer<>(nas::mlp_space{{.output = {2, activation::softmax}}}, two, split));
    CHECK_THROWS_WITH_AS(mlp_trainer<>(space_for(data), data, {.train = split.train, .validation = {}}),
                         "nas::mlp_trainer: the split must have validation rows", std::invalid_argument);
    CHECK_THROWS_WITH_AS(mlp_trainer<>(space_for(data), data, {.train = split.train, .validation = split.validation},
                                       {.test_metric = true}),
                         "nas::mlp_trainer: test_metric needs a split with test rows", std::invalid_argument);
    const auto numbers = rows_of(learning_task::regression, 1);
    CHECK_THROWS_WITH_AS(
        mlp_trainer<nas::loss_reward>(space_for(numbers), numbers, split, {.monitor = nas::training_monitor::accuracy}),
        "nas::mlp_trainer: monitor must be loss where the task is regression", std::invalid_argument);
    // An accuracy of regression would end the search at its first trial.
    const char* const reward =
        "nas::mlp_trainer: the reward needs accuracies, which a regression has not; pass nas::loss_reward{} "
        "(nas/rewards/loss_reward.hpp) as the last argument";
    CHECK_THROWS_WITH_AS(trainer_of(numbers), reward, std::invalid_argument);
    CHECK_THROWS_WITH_AS(trainer_of(numbers, {}, nas::weighted_accuracy_reward{}), reward, std::invalid_argument);
    const auto knowledge = [](const nas::finished_model&) { return 1.0; };
    CHECK_THROWS_WITH_AS(trainer_of(numbers, {}, nas::knowledge_bonus_reward(nas::accuracy_reward{}, knowledge)),
                         reward, std::invalid_argument);
    CHECK_NOTHROW(nas::mlp_trainer{space_for(numbers), numbers, split, {.epochs = 10}, nas::loss_reward{}});
    CHECK_NOTHROW(trainer_of(numbers, {}, nas::knowledge_bonus_reward(nas::loss_reward{}, knowledge)));
}

TEST_CASE("mlp_trainer: a feature that tells the label is refused before training, unless it may") {
    auto data = rows_of(learning_task::classification, 3, 400);
    for (std::size_t i = 0; i < data.rows(); ++i) data.inputs[4 * i + 2] = static_cast<float>(data.labels[i]);
    const auto split = split_of(data);
    try {
        mlp_trainer<>(space_for(data), data, split);
        FAIL("it was not refused");
    } catch (const std::invalid_argument& error) {
        CHECK(std::string(error.what()).find("'c'") != std::string::npos);
    }
    CHECK_NOTHROW(mlp_trainer<>(space_for(data), data, split, {.leakage_guard = false}));
}
