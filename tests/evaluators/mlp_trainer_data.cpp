// SPDX-License-Identifier: Apache-2.0

// The trainer on published data sets.
#include <nas/evaluators/mlp_trainer.hpp>

#include <string>

#include <doctest/doctest.h>
#include <nas/data/read_dataset.hpp>
#include <nas/data/standardize.hpp>

#include "data_dir.hpp"

namespace {

nas::mlp_trainer<> trainer_on(const std::filesystem::path& path, const nas::dataset_schema& schema,
                              nas::mlp_trainer_options options) {
    const auto raw = nas::read_dataset(path, schema);
    const auto split = nas::stratified_split(raw, {.train = 0.6, .validation = 0.2, .test = 0.2}, 1);
    nas::mlp_space space({.output = nas::output_layer_for(raw)});
    return {space, nas::standardize(raw, split), split, options};
}

double accuracy(const nas::mlp_trainer<>& trainer, const std::string& text) {
    return trainer(trainer.space().parse(text), nas::context(0, 1, nas::full_fidelity)).values[0];
}

}  // namespace

TEST_CASE("MLPNAS 45: white wine, 11 features standardised, networks of 16 units or more in 10 epochs") {
    const auto wine = nas::tests::data_file("winequality_white.csv");
    if (!wine) return;
    const auto trainer = trainer_on(*wine, {.labels = {"quality_label"}, .dropped = {"quality"}}, {.epochs = 10});
    CHECK(trainer.inputs() == 11);
    for (const char* const text :
         {"sigmoid(16) softmax(3)", "relu(16) softmax(3)", "relu(64) relu(32) softmax(3)",
          "tanh(32) sigmoid(16) softmax(3)", "elu(128) dropout softmax(3)", "sigmoid(16) sigmoid(16) softmax(3)"}) {
        CAPTURE(text);
        const double value = accuracy(trainer, text);
        REQUIRE_MESSAGE(value <= 0.95, "label leakage");
        CHECK(value >= 0.69);
        CHECK(value <= 0.79);
    }
}

TEST_CASE("mlp_trainer: flowers and tumours") {
    const auto iris = nas::tests::data_file("iris.csv");
    const auto tumours = nas::tests::data_file("breast_cancer_wdbc.csv");
    if (!iris || !tumours) return;
    const auto flowers = trainer_on(*iris, {.labels = {"class"}}, {.epochs = 40, .learning_rate = 0.01});
    CHECK(accuracy(flowers, "tanh(16) softmax(3)") > 0.9);
    const auto benign = trainer_on(*tumours, {.labels = {"class"}}, {.epochs = 20, .learning_rate = 0.01});
    CHECK(accuracy(benign, "relu(16) sigmoid(1)") > 0.93);  // one sigmoid unit: two classes
}

TEST_CASE("mlp_trainer: a network of two layers reads digits") {
    const auto digits = nas::tests::data_file("digits_8x8.csv");
    if (!digits) return;
    const auto trainer =
        trainer_on(*digits, {.labels = {"digit"}}, {.epochs = 12, .learning_rate = 0.01, .test_metric = true});
    const auto result =
        trainer(trainer.space().parse("relu(64) relu(32) softmax(10)"), nas::context(0, 1, nas::full_fidelity));
    CHECK(result.metrics[2] > 0.95);
}
