// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/block_mlp_ensemble.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

#include <nas/report/statistics.hpp>
#include <nas/spaces/mlp_space.hpp>

#include "predictors/block_spaces.hpp"
#include "predictors/predictor_laws.hpp"

using namespace nas::tests;

namespace {

using ensemble = nas::block_mlp_ensemble<example_cells>;
using cell = example_cells::arch_type;

static_assert(nas::BlockSpace<example_cells> && nas::BlockSpace<nas::mlp_space>);
static_assert(nas::DrawingPredictor<ensemble, example_cells> && nas::BatchPredictor<ensemble, example_cells> &&
              nas::EnsemblePredictor<ensemble, example_cells>);

const nas::block_mlp_options small{.members = 3, .embedding = 6, .units = 20, .first_rate = 0.005, .later_rate = 0.005};

ensemble fitted(const example_cells& space, const nas::block_mlp_options& options = small) {
    const seen_cells seen = see_cells(space, 40, 1);
    ensemble made(space, options);
    made.fit(space, seen.archs, seen.values);
    return made;
}

std::vector<nas::prediction> all(const ensemble& of, const example_cells& space, std::span<const cell> archs) {
    std::vector<nas::prediction> out(archs.size());
    of.predict_all(space, archs, out);
    return out;
}

nas::block_rows rows_of(const example_cells& space, const std::vector<cell>& archs) {
    const nas::block_vocabulary vocabulary(space);
    nas::block_rows rows;
    for (const cell& arch : archs) vocabulary.read("test", space, arch, rows);
    nas::sort_blocks(4, rows);
    return rows;
}

}  // namespace

TEST_CASE("block mlp ensemble: the laws of predictors") {
    const example_cells space{.blocks = 1};
    check_predictor_laws(ensemble(space, small), space, "nas::block_mlp_ensemble", 0.9);
    CHECK_THROWS_WITH_AS(ensemble(space, {.units = 0}), "nas::block_mlp_ensemble: units (0) must be in [1, 65536]",
                         std::invalid_argument);
}

TEST_CASE("block mlp ensemble: what a small space taught it ranks longer architectures") {
    const example_cells space{.blocks = 2, .flat = true};
    const example_cells larger{.blocks = 4, .flat = true};
    const seen_cells seen = see_cells(space, 150, 1);
    ensemble made(space, small);
    made.fit(space, seen.archs, seen.values);
    std::vector<double> predicted;
    std::vector<double> values;
    nas::rng random(2);
    for (int i = 0; i < 100; ++i) {
        const cell arch = larger.sample(4, random);
        predicted.push_back(made.predict(larger, arch));
        values.push_back(example_value(arch));
    }
    CHECK(nas::spearman(predicted, values) > 0.85);

    const nas::mlp_space layers({.max_length = 2});
    const nas::mlp_space more({.max_length = 4});
    nas::block_mlp_ensemble<nas::mlp_space> of_layers(layers, small);
    const std::vector<nas::mlp_space::arch_type> two{layers.parse("relu(8) softmax(3)"),
                                                     layers.parse("relu(512) softmax(3)")};
    of_layers.fit(layers, two, std::vector<double>{0.4, 0.7});
    CHECK(of_layers.predict(more, more.parse("relu(8) relu(8) softmax(3)")) ==
          doctest::Approx(of_layers.predict(layers, two[0])));
}

TEST_CASE("block mlp ensemble: a token outside the vocabulary is refused") {
    const example_cells space{.blocks = 2};
    const ensemble made = fitted(space);
    const example_cells larger{.blocks = 4, .operations = 7};
    CHECK(made.predict(larger, {1, 4, 2, 0}) == made.predict(space, {1, 4, 2, 0}));
    CHECK_THROWS_WITH_AS(made.predict(larger, {1, 4, 3, 0}),
                         "nas::block_mlp_ensemble: input 3 is not in the model's vocabulary, which has 3, from 0 on",
                         std::invalid_argument);
    const std::vector<cell> archs{{0, 0, 0, 0}, {0, 0, 0, 1, 0, 5, 0, 0}};
    CHECK_THROWS_WITH_AS(
        all(made, larger, archs),
        "nas::block_mlp_ensemble: operation 5 is not in the model's vocabulary, which has 5, from 0 on",
        std::invalid_argument);
    ensemble learns = made;
    CHECK_THROWS_AS(learns.fit(larger, archs, std::vector<double>{1, 2}), std::invalid_argument);
    CHECK(learns.predict(space, archs[0]) == made.predict(space, archs[0]));
}

TEST_CASE("block mlp ensemble: a prediction depends on the architecture and nothing else, bit by bit") {
    const example_cells space{.blocks = 5, .operations = 8};
    for (const std::size_t units : {3U, 20U, 40U}) {
        const ensemble made = fitted(space, {.members = 2, .embedding = 5, .units = units, .epochs = 2});
        const std::vector<cell> archs = see_cells(space, 600, 2).archs;
        const std::vector<nas::prediction> once = all(made, space, archs);
        std::vector<cell> reversed(archs.rbegin(), archs.rend());
        std::vector<nas::prediction> back = all(made, space, reversed);
        std::reverse(back.begin(), back.end());
        CHECK(back == once);
        for (const std::size_t count : {1U, 2U, 3U, 5U, 7U, 11U, 13U, 64U, 255U, 257U}) {
            const std::size_t from = 17;
            const std::vector<nas::prediction> some = all(made, space, std::span(archs).subspan(from, count));
            CHECK(std::equal(some.begin(), some.end(), once.begin() + from));
        }
        for (std::size_t i = 0; i < 10; ++i) CHECK(made.predict(space, archs[i]) == once[i].mean);
    }
}

TEST_CASE("block mlp ensemble: the order of blocks says nothing, bit by bit") {
    const example_cells space{.blocks = 5, .operations = 8, .flat = true};
    seen_cells seen = see_cells(space, 50, 1);
    ensemble made(space, small);
    made.fit(space, seen.archs, seen.values);
    seen_cells turned = seen;
    for (cell& arch : turned.archs)
        std::rotate(arch.begin(), arch.begin() + 4 * static_cast<std::ptrdiff_t>(arch.size() / 8), arch.end());
    REQUIRE(turned.archs != seen.archs);
    ensemble same(space, small);
    same.fit(space, turned.archs, turned.values);
    CHECK(all(same, space, turned.archs) == all(made, space, seen.archs));
    CHECK(made.predict(space, {0, 1, 0, 2, 0, 3, 0, 4}) != made.predict(space, {0, 1, 0, 3, 0, 2, 0, 4}));
}

TEST_CASE("block mlp ensemble: scores are the outputs of the networks") {
    const example_cells space{.blocks = 4};
    const nas::block_vocabulary vocabulary(space);
    const std::vector<cell> archs = see_cells(space, 70, 3).archs;
    const nas::block_rows rows = rows_of(space, archs);
    std::vector<std::uint32_t> order(archs.size());
    std::iota(order.begin(), order.end(), std::uint32_t{0});
    nas::rng random(4);
    for (const std::size_t layers : {1U, 2U, 3U})
        for (const std::size_t units : {1U, 5U, 16U, 33U, 100U}) {
            nas::block_mlp<float> net(vocabulary, 7, layers, units);
            net.initialize(1, 0.3, random);
            const auto parts = net.parameters();
            for (float& parameter : parts[1]) parameter += static_cast<float>(nas::unit(random) - 0.5) / 4;
            nas::block_mlp_scores scores(vocabulary, 7, layers, units);
            scores.add(net);
            std::vector<float> out(archs.size());
            nas::block_mlp_scores::memory memory;
            scores.score(0, rows, out, memory);
            const std::span<const float> plain = net.forward(rows, order);
            for (std::size_t i = 0; i < out.size(); ++i) CHECK(out[i] == doctest::Approx(plain[i]).epsilon(1e-4));
        }
}

TEST_CASE("block mlp: the gradient is that of central differences") {
    const example_cells space{.blocks = 3};
    const std::vector<cell> archs = see_cells(space, 6, 5).archs;
    const nas::block_rows rows = rows_of(space, archs);
    const std::vector<std::uint32_t> batch{0, 2, 3, 5};
    const std::vector<double> slopes{0.5, -1, 2, 0.25};
    nas::block_mlp<double> net(nas::block_vocabulary(space), 3, 2, 5);
    nas::rng random(6);
    net.initialize(1, 0.2, random);
    const auto loss = [&] {
        const std::span<const double> out = net.forward(rows, batch);
        return std::inner_product(out.begin(), out.end(), slopes.begin(), 0.0);
    };
    (void)loss();
    net.backward(rows, batch, slopes);
    std::array<std::vector<double>, 2> gradient;
    for (std::size_t part = 0; part < 2; ++part)
        gradient[part].assign(net.gradient()[part].begin(), net.gradient()[part].end());
    for (std::size_t part = 0; part < 2; ++part)
        for (std::size_t i = 0; i < gradient[part].size(); ++i) {
            double& parameter = net.parameters()[part][i];
            const double kept = parameter;
            parameter = kept + 1e-6;
            const double above = loss();
            parameter = kept - 1e-6;
            const double below = loss();
            parameter = kept;
            CHECK(gradient[part][i] == doctest::Approx((above - below) / 2e-6).epsilon(1e-5));
        }
}

TEST_CASE("block mlp ensemble: of tokens that were never seen it thinks the mean of what it knows") {
    const example_cells space{.blocks = 2};
    nas::token_tables<float> tables(nas::block_vocabulary(space), 2);
    const std::span<float> numbers = tables.parameters();
    std::iota(numbers.begin(), numbers.end(), 0.0F);
    tables.fill_unseen(rows_of(space, {{0, 1, 2, 3}, {0, 3, 0, 3}}));
    CHECK(std::vector<float>(numbers.begin(), numbers.end()) ==
          std::vector<float>{0, 1, 2, 3, 4, 5, 10, 11, 8, 9, 10, 11, 12, 13, 10, 11});
}

TEST_CASE("block mlp ensemble: any unit of values, and a sigmoid for those in [0, 1]") {
    const example_cells space{.blocks = 2};
    const seen_cells seen = see_cells(space, 60, 1);
    ensemble made(space, small);
    made.fit(space, seen.archs, seen.values);
    for (const double unit : {1e-200, 1024.0, 1e300}) {
        std::vector<double> values = seen.values;
        for (double& value : values) value *= unit;
        ensemble scaled(space, small);
        scaled.fit(space, seen.archs, values);
        for (std::size_t i = 0; i < 5; ++i)
            CHECK(scaled.predict(space, seen.archs[i]) / unit ==
                  doctest::Approx(made.predict(space, seen.archs[i])).epsilon(1e-3));
    }

    // The paper's bias: sigmoid(1.8), as long as nothing is learned and embeddings are 0.
    nas::block_mlp_options options = nas::block_mlp_options::liu_2018();
    options.embedding = 10;
    options.units = 20;
    options.embedding_limit = 0;
    options.epochs = options.steps = 0;
    ensemble paper(space, options);
    std::vector<double> values(seen.values.size(), 0.5);
    paper.fit(space, seen.archs, values);
    CHECK(paper.predict(space, seen.archs[0]) == doctest::Approx(0.8581489).epsilon(1e-6));
    options.embedding_limit = 0.05;
    options.epochs = 20;
    ensemble learned(space, options);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.5 + seen.values[i] / 30;
    learned.fit(space, seen.archs, values);
    std::vector<double> predicted;
    for (const cell& arch : seen.archs) predicted.push_back(learned.predict(space, arch));
    CHECK(nas::spearman(predicted, values) > 0.9);
    CHECK(*std::max_element(predicted.begin(), predicted.end()) < 1);
    values[7] = 1.5;
    CHECK_THROWS_WITH_AS(
        learned.fit(space, seen.archs, values),
        "nas::block_mlp_ensemble: value 7 is not in [0, 1], which a sigmoid puts out; set output to linear",
        std::invalid_argument);
}

TEST_CASE("block mlp ensemble: few observations are learned for more passes") {
    const example_cells space{.blocks = 2};
    const seen_cells seen = see_cells(space, 16, 1);
    const auto predicts = [&](std::size_t epochs, std::size_t steps) {
        ensemble made(space, {.members = 1, .share = 1, .units = 8, .epochs = epochs, .steps = steps, .batch = 8});
        made.fit(space, seen.archs, seen.values);
        return made.predict(space, seen.archs[0]);
    };
    CHECK(predicts(1, 9) == predicts(5, 0));  // of two batches
    CHECK(predicts(1, 10) == predicts(5, 0));
    CHECK(predicts(5, 3) == predicts(5, 0));
    CHECK(predicts(1, 11) == predicts(6, 0));
    CHECK(predicts(6, 0) != predicts(5, 0));
}

TEST_CASE("block mlp ensemble: its members are what it is the mean of") {
    const example_cells space{.blocks = 3};
    const ensemble made = fitted(space);
    REQUIRE(made.members() == 3);
    const std::vector<cell> archs = see_cells(space, 20, 9).archs;
    const std::vector<nas::prediction> predicted = all(made, space, archs);
    std::vector<std::vector<double>> members(3, std::vector<double>(archs.size()));
    for (std::size_t k = 0; k < 3; ++k) made.predict_member(space, k, archs, members[k]);
    CHECK(members[0] != members[1]);
    for (std::size_t i = 0; i < archs.size(); ++i) {
        const double mean = (members[0][i] + members[1][i] + members[2][i]) / 3;
        double squares = 0;
        for (const auto& member : members) squares += (member[i] - mean) * (member[i] - mean) / 3;
        CHECK(predicted[i].mean == doctest::Approx(mean));
        CHECK(predicted[i].deviation == doctest::Approx(std::sqrt(squares)));
    }
}
