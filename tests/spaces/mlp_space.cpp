// SPDX-License-Identifier: Apache-2.0
#include <nas/spaces/mlp_space.hpp>

#include <cmath>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/checks.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/deduplicated.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/searchers/random_search.hpp>

namespace {

using nas::activation;
using nas::mlp_layer;
using nas::mlp_space;
using nas::mlp_space_options;
using tokens = std::vector<std::size_t>;

static_assert(nas::check_decision_space<mlp_space>() && nas::check_enumerable_space<mlp_space>());
static_assert(nas::MaskedSpace<mlp_space> && !nas::ConditionalSpace<mlp_space>);
static_assert(std::is_same_v<mlp_space::arch_type, nas::dynamic_genotype>);
static_assert(nas::dropout_layer.is_dropout() && !mlp_layer{1}.is_dropout());
static_assert(nas::classifier_output(2) == mlp_layer{1, activation::sigmoid});
static_assert(nas::classifier_output(7) == mlp_layer{7, activation::softmax});

/// Two units and two activations: 1 relu(4), 2 tanh(4), 3 relu(9), 4 tanh(9), 5 dropout, 6 the output.
mlp_space small(std::size_t max_length, bool dropout = true, bool dropout_before_output = true) {
    return mlp_space{{.units = {4, 9},
                      .activations = {activation::relu, activation::tanh},
                      .dropout = dropout,
                      .max_length = max_length,
                      .dropout_before_output = dropout_before_output}};
}

/// Walks every index: at and index are inverse, tokens and texts come back, the order is that of the tokens.
void check_enumeration(const mlp_space& space) {
    std::set<tokens> seen;
    tokens before;
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const auto arch = space.at(i);
        CHECK(space.contains(arch));
        CHECK(space.index(arch) == i);
        CHECK(space.parse(space.describe(arch)) == arch);
        const tokens all = space.tokens(arch);
        CHECK(space.from_tokens(all) == arch);
        CHECK(seen.insert(all).second);
        // Without the output's token, the shorter of two that agree comes first.
        const tokens hidden(all.begin(), all.end() - 1);
        CHECK(before < hidden);
        before = hidden;
    }
    CHECK_THROWS_AS(space.at(space.size()), std::out_of_range);
}

/// Every genotype of which the space says that it contains it, counted by trying all.
std::uint64_t brute_force_size(const mlp_space& space) {
    std::uint64_t count = 0;
    nas::dynamic_genotype arch(space.decisions());
    while (true) {
        count += space.contains(arch) ? 1U : 0U;
        std::size_t i = space.decisions();
        while (i > 0 && arch[i - 1] + 1U == space.cardinality(i - 1)) arch[--i] = 0;
        if (i == 0) return count;
        ++arch[i - 1];
    }
}

void refuses(mlp_space_options options, const std::string& sentence) {
    CHECK_THROWS_WITH_AS(mlp_space{options}, ("nas::mlp_space: " + sentence).c_str(), std::invalid_argument);
}
void refuses_tokens(const mlp_space& space, const tokens& all, const std::string& sentence) {
    CHECK_THROWS_WITH_AS(space.from_tokens(all), ("nas::mlp_space: " + sentence).c_str(), std::invalid_argument);
}
void refuses_text(const mlp_space& space, const std::string& text, const std::string& sentence) {
    CHECK_THROWS_WITH_AS(space.parse(text), ("nas::mlp_space: " + sentence).c_str(), std::invalid_argument);
}

}  // namespace

TEST_CASE("mlp_space: the vocabulary of MLPNAS (oracle 24)") {
    const mlp_space space;
    CHECK(space.vocabulary_size() == 30);
    CHECK(space.decisions() == 2);
    CHECK(space.cardinality(0) == 30);  // 0, which ends a network, takes the place of the output's token
    CHECK(space.layer(1) == mlp_layer{8, activation::sigmoid});
    CHECK(space.layer(4) == mlp_layer{8, activation::elu});
    CHECK(space.layer(5) == mlp_layer{16, activation::sigmoid});
    CHECK(space.layer(28) == mlp_layer{512, activation::elu});
    CHECK(space.layer(29) == nas::dropout_layer);
    CHECK(space.layer(30) == mlp_layer{3, activation::softmax});
    CHECK(mlp_space{{.output = nas::classifier_output(2)}}.layer(30) == mlp_layer{1, activation::sigmoid});

    CHECK(space.path(1) == "layers/1");
    CHECK(space.tag(0) == nas::decision_tag::operation);
    CHECK(space.label(0, 0) == "end");
    CHECK(space.label(1, 19) == "relu(128)");
    CHECK(space.label(1, 29) == "dropout");
    // The original's controller has a class for each label and one for padding.
    CHECK(space.vocabulary_size() + 1 == 31);
}

TEST_CASE("mlp_space: networks as tokens and texts (oracle 25)") {
    const mlp_space space;
    struct row {
        const char* text;
        tokens all;
    };
    for (const row& one : {row{"relu(128) softmax(3)", {19, 30}},
                           {"sigmoid(512) sigmoid(64) softmax(3)", {25, 13, 30}},
                           {"elu(8) tanh(16) softmax(3)", {4, 6, 30}},
                           {"relu(512) softmax(3)", {27, 30}},
                           {"elu(32) softmax(3)", {12, 30}},
                           {"relu(8) dropout softmax(3)", {3, 29, 30}}}) {
        CAPTURE(one.text);
        const auto arch = space.parse(one.text);
        CHECK(space.tokens(arch) == one.all);
        CHECK(space.from_tokens(one.all) == arch);
        CHECK(space.describe(arch) == one.text);
    }
    CHECK(space.layers(space.from_tokens(tokens{4, 29, 30})) ==
          std::vector<mlp_layer>{{8, activation::elu}, nas::dropout_layer, {3, activation::softmax}});
    CHECK(space.genotype(space.from_tokens(tokens{19, 30})) == nas::dynamic_genotype{19, 0});
}

TEST_CASE("mlp_space: how many networks there are (oracle 26)") {
    const auto size = [](std::size_t max_length) { return mlp_space{{.max_length = max_length}}.size(); };
    CHECK(size(2) == 28);
    CHECK(size(3) == 840);
    CHECK(size(4) == 24'388);
    CHECK(size(5) == 707'280);
    for (std::size_t length = 2; length < 15; ++length)
        CHECK(static_cast<double>(size(length)) == std::pow(29.0, static_cast<double>(length) - 1) - 1);
    CHECK(size(1000) == nas::uncountable);
    CHECK_THROWS_AS(mlp_space{{.max_length = 1000}}.at(0), std::out_of_range);
}

TEST_CASE("mlp_space: what is no network (oracle 26)") {
    const mlp_space space;
    refuses_tokens(space, {30}, "a network has 2 to 3 layers, its output layer counted, not 1");
    refuses_tokens(space, {5}, "a network has 2 to 3 layers, its output layer counted, not 1");
    refuses_tokens(space, {}, "a network has 2 to 3 layers, its output layer counted, not 0");
    refuses_tokens(space, {5, 6, 7, 30}, "a network has 2 to 3 layers, its output layer counted, not 4");
    refuses_tokens(space, {29, 30}, "token 29 at position 0 is dropout; the first layer must be a hidden one");
    refuses_tokens(space, {0, 5, 30}, "token 0 at position 0 must be a hidden layer or dropout, in [1, 29]");
    refuses_tokens(space, {5, 30, 30}, "token 30 at position 1 must be a hidden layer or dropout, in [1, 29]");
    refuses_tokens(space, {5, 300, 30}, "token 300 at position 1 must be a hidden layer or dropout, in [1, 29]");
    refuses_tokens(space, {5, 6}, "token 6 at position 1 must be the output layer, 30");
    refuses_tokens(small(3, true, false), {1, 5, 6},
                   "token 5 at position 1 is dropout, which may not come before the output layer");

    using genotype = nas::dynamic_genotype;
    CHECK(space.contains(genotype{5, 29}));
    CHECK_FALSE(space.contains(genotype{0, 0}));
    CHECK_FALSE(space.contains(genotype{0, 5}));
    CHECK_FALSE(space.contains(genotype{29, 0}));
    CHECK_FALSE(space.contains(genotype{5, 30}));
    CHECK_FALSE(space.contains(genotype{5}));
    CHECK_FALSE(space.contains(genotype{5, 6, 7}));
    CHECK(small(4).contains(genotype{1, 5, 5}));  // two dropouts in a row
    CHECK_FALSE(small(4, true, false).contains(genotype{1, 5, 5}));
    CHECK_FALSE(small(4, true, false).contains(genotype{1, 5, 0}));
    CHECK(small(4, true, false).contains(genotype{1, 5, 1}));
    CHECK_FALSE(small(4).contains(genotype{1, 0, 1}));
}

TEST_CASE("mlp_space: texts that are no network") {
    const mlp_space space;
    refuses_text(space, "", "there is no layer '' in the vocabulary");
    refuses_text(space, "relu(9) softmax(3)", "there is no layer 'relu(9)' in the vocabulary");
    refuses_text(space, "relu(8)  softmax(3)", "there is no layer '' in the vocabulary");
    refuses_text(space, "relu(8) softmax(3) ", "there is no layer '' in the vocabulary");
    refuses_text(space, "relu(8) softmax(4)", "there is no layer 'softmax(4)' in the vocabulary");
    refuses_text(space, "softmax(3)", "a network has 2 to 3 layers, its output layer counted, not 1");
    refuses_text(space, "relu(8) dropout", "token 29 at position 1 must be the output layer, 30");
    refuses_text(small(3, false), "relu(4) dropout softmax(3)", "there is no layer 'dropout' in the vocabulary");
}

TEST_CASE("mlp_space: an output layer that reads like a hidden one") {
    const mlp_space space{{.units = {1, 8}, .max_length = 4, .output = {8, activation::sigmoid}}};
    const auto arch = space.parse("sigmoid(8) sigmoid(8) sigmoid(8)");
    CHECK(space.tokens(arch) == tokens{5, 5, 10});
    check_enumeration(space);
}

TEST_CASE("mlp_space: enumeration of MLPNAS's 840") { check_enumeration(mlp_space{}); }

TEST_CASE("mlp_space: enumeration with and without dropout and dropout before the output") {
    for (std::size_t length = 2; length <= 5; ++length)
        for (const bool dropout : {true, false})
            for (const bool before_output : {true, false}) {
                CAPTURE(length);
                CAPTURE(dropout);
                CAPTURE(before_output);
                const mlp_space space = small(length, dropout, before_output);
                CHECK(space.size() == brute_force_size(space));
                check_enumeration(space);
            }
    CHECK(small(3).size() == 4 + 4 * 5);
    CHECK(small(3, false).size() == 4 + 4 * 4);
    CHECK(small(3, true, false).size() == 4 + 4 * 4);
    CHECK(small(4, true, false).size() == 4 + 4 * 4 + 4 * 4 * 4 + 4 * 4);
    CHECK(mlp_space{{.max_length = 4, .dropout_before_output = false}}.size() == 28 + 28 * 28 + 28 * 28 * 28 + 28 * 28);
}

TEST_CASE("mlp_space: uniform decisions find all 840 networks and no other (oracle 27)") {
    const mlp_space space;
    nas::rng random{1};
    std::set<std::uint64_t> seen;
    std::size_t draws = 0;
    for (; seen.size() < 840 && draws < 100'000; ++draws) {
        const auto arch = space.sample(random);
        REQUIRE(space.contains(arch));
        seen.insert(space.index(arch));
    }
    CHECK(seen.size() == 840);
    CHECK(*seen.rbegin() == 839);
    // Every network of at most 3 layers is equally likely, so that is the coupon collector's problem: 6144 +- 1077 draws.
    CHECK(draws > 3000);
    CHECK(draws < 10'000);
}

TEST_CASE("mlp_space: searches end after 840 networks where 841 are asked for (oracle 27)") {
    const mlp_space space;
    const auto count = [](const mlp_space::arch_type&) { return 1.0; };
    const auto check = [&](auto searcher) {
        nas::search search{std::move(searcher), count, {.seed = 5}};
        CHECK(search.run({.trials = 841}) == nas::stop_reason::exhausted);
        std::set<std::uint64_t> seen;
        for (std::size_t row = 0; row < search.history().size(); ++row)
            seen.insert(space.index(search.history().arch(row)));
        CHECK(search.history().size() == 840);
        CHECK(seen.size() == 840);
    };
    check(nas::grid_search{space});
    check(nas::random_search{space, {.replacement = false}});
    // The last new network takes 840 draws at the mean, and more than 20,000 in a case of 10^10.
    check(nas::deduplicated{nas::random_search{space}, {.retries = 20'000}});
}

TEST_CASE("mlp_space: weights and biases (oracle 29)") {
    const mlp_space space;
    struct row {
        tokens all;
        std::size_t of_11;
        std::size_t of_13;
    };
    for (const row& one : {row{{19, 30}, 1923, 2179},
                           {{25, 13, 30}, 39'171, 40'195},
                           {{4, 6, 30}, 291, 307},
                           {{3, 29, 30}, 123, 139},
                           {{28, 28, 30}, 270'339, 271'363}}) {
        const auto arch = space.from_tokens(one.all);
        CAPTURE(space.describe(arch));
        CHECK(space.parameters(arch, 11) == one.of_11);
        CHECK(space.parameters(arch, 13) == one.of_13);
    }
}

TEST_CASE("mlp_space: options that are refused") {
    refuses({.units = {}}, "there must be at least one number of units");
    refuses({.units = {std::size_t{1} << 62}}, "units (4611686018427387904) must be in [1, 1048576]");
    refuses({.output = {(std::size_t{1} << 20) + 1, nas::activation::sigmoid}},
            "units (1048577) must be in [1, 1048576]");
    refuses({.units = {8, 0}}, "units (0) must be in [1, 1048576]");
    refuses({.units = {8, 16, 8}}, "units (8) must not repeat");
    refuses({.activations = {}}, "there must be at least one activation");
    refuses({.activations = {activation::relu, activation::elu, activation::relu}},
            "the activation relu must not repeat");
    refuses({.activations = {activation::softmax}}, "softmax is an activation of output layers, not of hidden ones");
    refuses({.max_length = 1}, "max_length (1) must be in [2, 1000]");
    refuses({.max_length = 1001}, "max_length (1001) must be in [2, 1000]");
    refuses({.output = {}}, "the output layer must have at least 1 unit");
    refuses({.output = {1, activation::softmax}},
            "the output layer softmax(1) is 1 for every input; for two classes it is sigmoid(1)");
    mlp_space_options many{.units = {}, .activations = {activation::relu}};
    for (std::size_t units = 1; units <= 254; ++units) many.units.push_back(units);
    CHECK(mlp_space{many}.vocabulary_size() == 256);
    CHECK(mlp_space{many}.size() == 254 + 254 * 255);
    many.units.push_back(255);
    refuses(many, "the vocabulary has 257 tokens; it must have at most 256");
    many.dropout = false;
    CHECK(mlp_space{many}.vocabulary_size() == 256);
}

TEST_CASE("mlp_space: equal options make equal spaces") {
    CHECK(mlp_space{} == mlp_space{mlp_space{}.options()});
    CHECK_FALSE(mlp_space{} == mlp_space{{.dropout = false}});
    CHECK_FALSE(mlp_space{} == mlp_space{{.output = {4, activation::softmax}}});
}

TEST_CASE("mlp_space: features say units, activation, dropout and the end of each layer") {
    const nas::mlp_space space;
    REQUIRE(space.encoding_size() == 26);
    const auto ones = [&](const char* text) {
        std::vector<double> features(26, -1);
        space.encode(space.parse(text), features);
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < features.size(); ++i) {
            CHECK((features[i] == 0 || features[i] == 1));
            if (features[i] == 1) found.push_back(i);
        }
        return found;
    };
    CHECK(ones("sigmoid(8) softmax(3)") == std::vector<std::size_t>{0, 7, 25});
    CHECK(ones("elu(512) relu(16) softmax(3)") == std::vector<std::size_t>{6, 10, 14, 22});
    CHECK(ones("tanh(64) dropout softmax(3)") == std::vector<std::size_t>{3, 8, 24});
    const nas::mlp_space plain({.dropout = false, .max_length = 4});
    CHECK(plain.encoding_size() == 36);
}

TEST_CASE("mlp_space: grows by a layer, to every network") {
    static_assert(nas::GrowableSpace<mlp_space> && nas::BlockSpace<mlp_space>);
    for (const mlp_space& space : {small(4), small(4, false), small(5, true, false)}) {
        std::set<std::uint64_t> reached;
        std::vector<mlp_space::arch_type> level;
        for (const auto& root : space.roots()) level.push_back(root);
        CHECK(level.size() == 4);
        while (!level.empty()) {
            std::vector<mlp_space::arch_type> larger;
            for (const auto& arch : level) {
                CHECK(reached.insert(space.index(arch)).second);  // each once
                for (const auto& next : space.grow(arch)) larger.push_back(next);
            }
            level = larger;
        }
        CHECK(reached.size() == space.size());
    }
}

TEST_CASE("mlp_space: blocks are layers, of units and an activation") {
    const mlp_space space = small(4);
    CHECK(space.block_tokens() == 2);
    CHECK((space.kind_size(0) == 3 && space.kind_size(1) == 3));
    std::vector<std::uint8_t> tokens{77};
    space.append_blocks(space.parse("tanh(9) dropout relu(4) softmax(3)"), tokens);
    CHECK(tokens == std::vector<std::uint8_t>{77, 1, 1, 2, 2, 0, 0});
}

TEST_CASE("MLPNAS oracle 28: what precedes the output layer is padded with 0") {
    const nas::mlp_space space;
    CHECK(space.from_tokens(std::vector<std::size_t>{19, 30}) == nas::mlp_space::arch_type{19, 0});
    CHECK(space.from_tokens(std::vector<std::size_t>{25, 13, 30}) == nas::mlp_space::arch_type{25, 13});
}
