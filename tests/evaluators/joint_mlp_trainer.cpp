// SPDX-License-Identifier: Apache-2.0
#include <nas/evaluators/joint_mlp_trainer.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nas/spaces/aggregate_space.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/evaluator_laws.hpp>

struct joint_net {
    int units;
    nas::activation function;
    nas::optimizer_kind optimizer;
    double momentum;
    friend bool operator==(const joint_net&, const joint_net&) = default;
};

namespace {

using nas::activation;
using nas::decision;
using nas::joint_mlp_trainer;

/// Rows of four numbers, the first two of which tell the class.
nas::dataset rows_of(std::size_t classes, std::size_t rows = 120) {
    nas::dataset data;
    data.name = "made.csv";
    data.task = nas::learning_task::classification;
    data.feature_names = {"a", "b", "c", "d"};
    for (std::size_t k = 0; k < classes; ++k) data.output_names.push_back("y" + std::to_string(k));
    nas::rng random(9);
    for (std::size_t i = 0; i < rows; ++i) {
        float row[4];
        for (float& x : row) data.inputs.push_back(x = static_cast<float>(2 * nas::unit(random) - 1));
        data.labels.push_back(row[0] + row[1] > 0 ? 0U : classes == 2 || row[0] > row[1] ? 1U : 2U);
    }
    return data;
}

nas::data_split split_of(const nas::dataset& data) {
    return nas::random_split(data.rows(), {.train = 0.6, .validation = 0.2, .test = 0.2}, 1);
}

decision named(std::string path, std::vector<std::string> labels) {
    const std::size_t count = labels.size();
    return {.path = std::move(path), .cardinality = count, .labels = std::move(labels)};
}

decision numbers(std::string path, std::vector<double> values) {
    return nas::numeric_decision(std::move(path), {std::move(values), nas::value_scale::linear});
}

decision where(decision row, std::size_t earlier, std::size_t choice) {
    row.when = nas::condition{earlier, {choice}};
    return row;
}

auto trainer_of(std::vector<decision> table, nas::mlp_trainer_options options = {}) {
    const nas::dataset data = rows_of(3);
    return joint_mlp_trainer(nas::choice_space<>(std::move(table)), data, split_of(data), options);
}

/// One or two layers, and how they are trained.
std::vector<decision> two_layers() {
    return {numbers("layers", {1, 2}),
            numbers("units_1", {3, 8}),
            named("activation_1", {"tanh", "sigmoid"}),
            where(numbers("units_2", {2, 5}), 0, 1),
            where(named("activation_2", {"elu", "relu"}), 0, 1),
            numbers("dropout", {0, 0.25}),
            numbers("learning_rate", {0.0001, 0.01}),
            numbers("batch", {4, 16}),
            numbers("weight_decay", {0, 0.1})};
}

struct answer {
    nas::evaluation<> result;
    nas::learning_curve curve;
};

template <class Trainer>
answer ask(const Trainer& trainer, const std::string& text, double fidelity = nas::full_fidelity) {
    answer given;
    given.result = trainer(trainer.space().parse(text), nas::context(0, 7, fidelity, &given.curve));
    return given;
}

void refuses(std::vector<decision> table, const std::string& sentence) {
    CAPTURE(sentence);
    CHECK_THROWS_WITH_AS(trainer_of(std::move(table)), sentence.c_str(), std::invalid_argument);
}

}  // namespace

TEST_CASE("joint_mlp_trainer: keeps the laws of evaluators") {
    const auto trainer = trainer_of(two_layers(), {.epochs = 3, .test_metric = true});
    CHECK(nas::testing::evaluator_violations(trainer, trainer.space()) == std::vector<std::string>{});
    CHECK(nas::detail::noise_of(trainer) == nas::evaluation_noise::some);
    CHECK(trainer.metric_names() == std::vector<std::string>{"parameters", "validation_loss", "test_accuracy"});
}

TEST_CASE("joint_mlp_trainer: what decisions say is how a network is trained") {
    const auto trainer =
        trainer_of(two_layers(), {.epochs = 4, .batch = 7, .optimizer = nas::optimizer_kind::sgd, .momentum = 0.5});
    const auto recipe = [&](const std::string& text) { return trainer.recipe(trainer.space().parse(text)); };
    const nas::mlp_layer out{3, activation::softmax};
    const auto one =
        recipe("layers=1, units_1=8, activation_1=sigmoid, dropout=0, learning_rate=0.01, batch=4, weight_decay=0.1");
    CHECK(one.layers == std::vector<nas::mlp_layer>{{8, activation::sigmoid}, out});
    CHECK(one.options.learning_rate == 0.01);
    CHECK(one.options.batch == 4);
    CHECK(one.options.weight_decay == 0.1);
    // What is no decision is the trainer's.
    CHECK(one.options.optimizer == nas::optimizer_kind::sgd);
    CHECK(one.options.momentum == 0.5);
    CHECK(one.options.epochs == 4);
    const auto two = recipe(
        "layers=2, units_1=3, activation_1=tanh, units_2=5, activation_2=elu, dropout=0.25, learning_rate=1e-04, "
        "batch=16, weight_decay=0");
    CHECK(two.layers == std::vector<nas::mlp_layer>{
                            {3, activation::tanh}, nas::dropout_layer, {5, activation::elu}, nas::dropout_layer, out});
    CHECK(two.options.dropout == 0.25);
    CHECK(two.options.learning_rate == 0.0001);
    CHECK(two.options.weight_decay == 0);
}

TEST_CASE("joint_mlp_trainer: trains as mlp_trainer does with these options, bit for bit") {
    const auto joint = trainer_of(two_layers(), {.epochs = 5, .test_metric = true});
    const nas::dataset data = rows_of(3);
    const nas::mlp_space plain({.units = {8, 5}});
    for (const bool high : {false, true}) {
        const nas::mlp_trainer trainer(plain, data, split_of(data),
                                       {.epochs = 5,
                                        .batch = 16,
                                        .learning_rate = high ? 0.01 : 0.0001,
                                        .weight_decay = high ? 0.1 : 0,
                                        .dropout = 0.25,
                                        .test_metric = true});
        const std::string rest =
            high ? "learning_rate=0.01, batch=16, weight_decay=0.1" : "learning_rate=1e-04, batch=16, weight_decay=0";
        const auto here = ask(joint, "layers=1, units_1=8, activation_1=tanh, dropout=0.25, " + rest);
        const auto there = ask(trainer, "tanh(8) dropout softmax(3)");
        CHECK(here.result.values == there.result.values);
        CHECK(here.result.metrics == there.result.metrics);
        CHECK(here.curve.values == there.curve.values);
        REQUIRE(here.curve.steps.size() == 5);
        const auto few = ask(joint, "layers=1, units_1=8, activation_1=tanh, dropout=0.25, " + rest, 2);
        CHECK(few.result.values[0] == here.curve.values[1]);
    }
}

TEST_CASE("joint_mlp_trainer: a struct of the user's, two classes, and decisions for all layers") {
    const nas::dataset data = rows_of(2);
    const nas::aggregate_space space{
        nas::member<&joint_net::units>({2, 6}),
        nas::member<&joint_net::function>({activation::relu, activation::tanh})
            .named("activation")
            .labels({"relu", "tanh"}),
        nas::member<&joint_net::optimizer>({nas::optimizer_kind::sgd, nas::optimizer_kind::adam})
            .labels({"sgd", "adam"}),
        nas::member<&joint_net::momentum>(nas::between(0, 0.9, 3))
            .when<&joint_net::optimizer>(nas::optimizer_kind::sgd)};
    const joint_mlp_trainer trainer{space, data, split_of(data), {.momentum = 0.1}};
    const auto with = trainer.recipe({6, activation::tanh, nas::optimizer_kind::sgd, 0.9});
    CHECK(with.layers == std::vector<nas::mlp_layer>{{6, activation::tanh}, {1, activation::sigmoid}});
    CHECK(with.options.momentum == 0.9);
    const auto without = trainer.recipe({2, activation::relu, nas::optimizer_kind::adam, 0});
    CHECK(without.options.optimizer == nas::optimizer_kind::adam);
    CHECK(without.options.momentum == 0.1);  // the trainer's, as the decision does not count
    CHECK(trainer(space.at(0), nas::context(0, 1, 2)).completed());

    // Of all layers, but the one that has a decision of its own.
    const auto mixed = trainer_of(
        {numbers("layers", {3}), numbers("units", {4}), numbers("units_2", {9}), named("activation_3", {"linear"})});
    CHECK(mixed.recipe(mixed.space().at(0)).layers ==
          std::vector<nas::mlp_layer>{
              {4, activation::relu}, {9, activation::relu}, {4, activation::linear}, {3, activation::softmax}});
    // Without their number, as many as there are decisions on.
    const auto counted = trainer_of({numbers("units_1", {4}), numbers("units_2", {9})});
    CHECK(counted.recipe(counted.space().at(0)).layers.size() == 3);
}

TEST_CASE("joint_mlp_trainer: what decisions cannot be") {
    const std::string start = "nas::joint_mlp_trainer: ";
    const decision units = numbers("units", {4, 8});
    const std::string known =
        "; there is layers, units, units_1 to units_9, activation, activation_1 to activation_9, batch, optimizer, "
        "learning_rate, momentum, weight_decay, dropout";
    for (const char* path : {"width", "units_0", "units_10", "unitsx1", "epochs", "test_metric"})
        refuses({units, numbers(path, {1})},
                start + "there is nothing that the decision '" + path + "' can be" + known);
    refuses({numbers("units", {4, 0.5})}, start + "'units' ('0.5') must be a whole number in [1, 1048576]");
    refuses({units, numbers("layers", {1, 10})}, start + "'layers' ('10') must be a whole number in [1, 9]");
    refuses({units, named("activation", {"relu", "softmax"})},
            start + "'activation' ('softmax') must be one of sigmoid, tanh, relu, elu, linear");
    refuses({units, named("optimizer", {"lion"})}, start + "'optimizer' ('lion') must be one of sgd, rmsprop, adam");
    refuses({units, numbers("dropout", {0, 1})}, start + "'dropout' ('1') must be in [0, 0.999]");
    refuses({units, numbers("batch", {8, 73})}, "nas::mlp_trainer: batch (73) must be at most the 72 training rows");
    refuses({numbers("learning_rate", {0.1})},
            start + "layer 1 of 1 has no units; there must be a decision 'units_1' or 'units' that counts");
    refuses({numbers("layers", {1, 3}), numbers("units_1", {4}), numbers("units_2", {4})},
            start + "layer 3 of 3 has no units; there must be a decision 'units_3' or 'units' that counts");
    refuses({numbers("units_1", {4}), numbers("units_3", {4})},
            start + "layer 2 of 3 has no units; there must be a decision 'units_2' or 'units' that counts");
    refuses({numbers("layers", {1}), units, numbers("units_2", {4})},
            start + "there is a decision on layer 2, but no network of more than 1");
    // A condition that leaves a layer without units shows only in the networks that lack them.
    const auto lacking =
        trainer_of({numbers("layers", {1, 2}), numbers("units_1", {4}), where(numbers("units_2", {4}), 0, 0)});
    CHECK(lacking.recipe(lacking.space().parse("layers=1, units_1=4, units_2=4")).layers.size() == 2);
    CHECK_THROWS_WITH_AS(
        lacking.recipe(lacking.space().parse("layers=2, units_1=4")),
        "nas::joint_mlp_trainer: layer 2 of 2 has no units; there must be a decision 'units_2' or 'units' that counts",
        std::invalid_argument);
}
