// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/shared_weights.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/spaces/mlp_space.hpp>

namespace {

using nas::activation;
using nas::layer_bigram;

const nas::mlp_space space{{.max_length = 4}};

nas::mlp<float> model_of(const std::string& text, std::uint64_t seed = 1, std::size_t inputs = 11) {
    nas::mlp<float> model(inputs, space.layers(space.parse(text)));
    nas::rng random(seed);
    model.initialize(random);
    return model;
}

std::vector<std::string> texts(const nas::mlp<float>& model) {
    std::vector<std::string> all;
    for (const layer_bigram& key : nas::bigrams(model)) all.push_back(nas::describe(key));
    return all;
}

template <class Numbers>
std::vector<float> copy_of(const Numbers& numbers) {
    return {numbers.begin(), numbers.end()};
}

}  // namespace

TEST_CASE("MLPNAS 30: bigrams pass over dropout and have the output layer and the input width") {
    using keys = std::vector<std::string>;
    const auto of_tokens = [](const std::vector<std::size_t>& tokens) {
        return texts(model_of(space.describe(space.from_tokens(tokens))));
    };
    CHECK(of_tokens({3, 29, 30}) == keys{"input(11) -> relu(8)", "relu(8) -> softmax(3)"});
    CHECK(of_tokens({25, 13, 30}) ==
          keys{"input(11) -> sigmoid(512)", "sigmoid(512) -> sigmoid(64)", "sigmoid(64) -> softmax(3)"});
    CHECK(texts(model_of("relu(8) softmax(3)", 1, 13)) == keys{"input(13) -> relu(8)", "relu(8) -> softmax(3)"});
}

TEST_CASE("MLPNAS 30: the default space has 840 bigrams") {
    const nas::mlp_space short_ones;  // of at most 3 layers, which have all of them
    std::set<layer_bigram> universe;
    for (std::uint64_t i = 0; i < short_ones.size(); ++i) {
        const nas::mlp<float> model(11, short_ones.layers(short_ones.at(i)));
        for (const layer_bigram& key : nas::bigrams(model)) universe.insert(key);
    }
    CHECK(universe.size() == 840);
    std::size_t numbers = 0;
    for (const layer_bigram& key : universe) numbers += key.size();
    CHECK(numbers == 16690932);
}

TEST_CASE("MLPNAS 30: a network with dropout starts with the weights of the one without") {
    nas::shared_weights table;
    const auto first = model_of("relu(128) softmax(3)");
    table.learn(first);
    CHECK(table.entries().size() == 2);
    auto second = model_of("relu(128) dropout softmax(3)", 2);
    CHECK(copy_of(second.parameters()) != copy_of(first.parameters()));
    CHECK(table.start(second) == 2);
    CHECK(copy_of(second.parameters()) == copy_of(first.parameters()));
}

TEST_CASE("shared_weights: a layer starts with the weights last learnt for its bigram or else with its own") {
    nas::shared_weights table;
    auto old = model_of("relu(16) tanh(8) softmax(3)", 1);
    auto last = model_of("relu(16) softmax(3)", 2);
    table.learn(old);
    table.learn(last);
    CHECK(table.entries().size() == 4);

    const auto fresh = model_of("relu(16) tanh(8) tanh(16) softmax(3)", 3);
    auto started = fresh;
    CHECK(table.start(started) == 2);
    CHECK(copy_of(started.parameters(0)) == copy_of(last.parameters(0)));
    CHECK(copy_of(started.parameters(1)) == copy_of(old.parameters(1)));
    auto same = fresh;
    CHECK(copy_of(started.parameters(2)) == copy_of(same.parameters(2)));
    CHECK(copy_of(started.parameters(3)) == copy_of(same.parameters(3)));
}

TEST_CASE("shared_weights: data of another width and layers of the same width are other keys") {
    nas::shared_weights table;
    table.learn(model_of("relu(8) softmax(3)", 1, 11));
    auto wider = model_of("relu(8) softmax(3)", 2, 13);
    CHECK(table.start(wider) == 1);
    CHECK_FALSE(table.entries().contains({13, std::nullopt, 8, activation::relu}));
    CHECK_FALSE(table.entries().contains({11, activation::linear, 8, activation::relu}));
    CHECK(table.entries().contains({11, std::nullopt, 8, activation::relu}));
}

TEST_CASE("shared_weights: of a bigram that a model has twice the last layer counts") {
    const std::vector<nas::mlp_layer> layers{{4, activation::relu}, {4, activation::relu}, {4, activation::relu}};
    nas::mlp<float> model(4, layers);
    nas::rng random(1);
    model.initialize(random);
    nas::shared_weights table;
    table.learn(model);
    CHECK(table.entries().size() == 2);
    nas::mlp<float> next(4, layers);
    CHECK(table.start(next) == 3);
    CHECK(copy_of(next.parameters(0)) == copy_of(model.parameters(0)));
    CHECK(copy_of(next.parameters(1)) == copy_of(model.parameters(2)));
    CHECK(copy_of(next.parameters(2)) == copy_of(model.parameters(2)));
}

TEST_CASE("shared_weights: weights that are not finite are not learnt") {
    nas::shared_weights table;
    const auto good = model_of("relu(8) softmax(3)", 1);
    table.learn(good);
    for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        auto broken = model_of("relu(8) softmax(3)", 2);
        broken.parameters(0)[5] = bad;
        table.learn(broken);
        auto next = model_of("relu(8) softmax(3)", 3);
        table.start(next);
        auto expected = good;
        CHECK(copy_of(next.parameters(0)) == copy_of(expected.parameters(0)));
        CHECK(copy_of(next.parameters(1)) == copy_of(broken.parameters(1)));
    }
}

TEST_CASE("shared_weights: shapes are checked") {
    const layer_bigram key{11, std::nullopt, 8, activation::relu};
    CHECK(key.size() == 96);
    nas::shared_weights table;
    std::vector<float> numbers(96, 0.5F);
    std::vector<float> wrong(95);
    CHECK_FALSE(table.take(key, numbers));
    CHECK_THROWS_WITH_AS(table.put(key, wrong),
                         "nas::shared_weights: the weights of input(11) -> relu(8) (95) must be 96",
                         std::invalid_argument);
    table.put(key, numbers);
    CHECK_THROWS_WITH_AS(table.take(key, wrong),
                         "nas::shared_weights: the weights of input(11) -> relu(8) (95) must be 96",
                         std::invalid_argument);
    std::vector<float> got(96);
    CHECK(table.take(key, got));
    CHECK(got == numbers);
}
