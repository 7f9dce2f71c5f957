// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/block_lstm_ensemble.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "predictors/block_spaces.hpp"
#include "predictors/predictor_laws.hpp"

using namespace nas::tests;

namespace {

using ensemble = nas::block_lstm_ensemble<example_cells>;
using cell = example_cells::arch_type;

static_assert(nas::DrawingPredictor<ensemble, example_cells> && nas::BatchPredictor<ensemble, example_cells> &&
              nas::EnsemblePredictor<ensemble, example_cells>);

const nas::block_lstm_options small{
    .members = 2, .embedding = 5, .units = 12, .epochs = 30, .first_rate = 0.01, .later_rate = 0.01};

nas::block_rows rows_of(const example_cells& space, const std::vector<cell>& archs) {
    const nas::block_vocabulary vocabulary(space);
    nas::block_rows rows;
    for (const cell& arch : archs) vocabulary.read("test", space, arch, rows);
    return rows;
}

/// Inputs of three blocks and operations, with a row to spare each as the reference has.
std::size_t reference_size(std::size_t operations) {
    const nas::block_vocabulary vocabulary({{"input", 3 + 1}, {"operation", operations + 1}}, {0, 1, 0, 1});
    const nas::block_lstm_options options{.embedding = 20, .units = 100};
    auto net = nas::detail::block_lstm_model::network(vocabulary, options);
    const std::size_t size = net.parameters()[0].size() + net.parameters()[1].size();
    CHECK(size == nas::detail::block_lstm_model::parameters(vocabulary, options));
    return size;
}

}  // namespace

TEST_CASE("block lstm ensemble: the laws of predictors") {
    const example_cells space{.blocks = 1};
    check_predictor_laws(ensemble(space, small), space, "nas::block_lstm_ensemble", 0.8);
}

TEST_CASE("block lstm: as many parameters as the reference has") {
    CHECK(reference_size(6) == 56'721);
    CHECK(reference_size(2) == 56'641);
}

TEST_CASE("block lstm: a step reads the tokens after which kinds repeat") {
    const auto tokens = [](std::vector<std::size_t> kinds) {
        return nas::block_vocabulary({{"a", 2}, {"b", 2}, {"c", 2}}, std::move(kinds)).repeating_tokens();
    };
    CHECK(tokens({0, 1, 0, 1}) == 2);
    CHECK(tokens({0, 0, 1, 1}) == 4);
    CHECK(tokens({0, 1}) == 2);
    CHECK(tokens({1}) == 1);
    CHECK(tokens({2, 2, 2}) == 1);
    CHECK(tokens({0, 1, 0}) == 3);
    CHECK(tokens({0, 1, 2, 0, 1, 2}) == 3);
}

TEST_CASE("block lstm: its output is that of the formula, step by step") {
    const example_cells space{.blocks = 2};
    nas::block_lstm<double> net(nas::block_vocabulary(space), 2, 3);
    nas::rng random(3);
    net.initialize(1, 0.25, random);
    const auto parts = net.parameters();
    for (double& number : parts[1]) number += nas::unit(random) - 0.5;
    const cell arch{0, 1, 1, 4, 2, 0, 1, 3};
    const auto table = net.parameters()[0];
    const auto numbers = net.parameters()[1];
    std::array<double, 3> c{};
    std::array<double, 3> h{};
    for (std::size_t step = 0; step < 4; ++step) {
        const double x[4] = {table[arch[2 * step] * 2U], table[arch[2 * step] * 2U + 1],
                             table[3 * 2 + arch[2 * step + 1] * 2U], table[3 * 2 + arch[2 * step + 1] * 2U + 1]};
        std::array<double, 12> z{};
        for (std::size_t r = 0; r < 12; ++r) {
            z[r] = numbers[12 * 7 + r];
            for (std::size_t k = 0; k < 4; ++k) z[r] += numbers[12 * k + r] * x[k];
            for (std::size_t k = 0; k < 3; ++k) z[r] += numbers[12 * (4 + k) + r] * h[k];
        }
        const auto sigmoid = [](double s) { return 1 / (1 + std::exp(-s)); };
        for (std::size_t u = 0; u < 3; ++u) {
            c[u] = sigmoid(z[3 + u]) * c[u] + sigmoid(z[u]) * std::tanh(z[9 + u]);
            h[u] = sigmoid(z[6 + u]) * std::tanh(c[u]);
        }
    }
    double expected = numbers.back();
    for (std::size_t u = 0; u < 3; ++u) expected += numbers[12 * 8 + u] * h[u];
    CHECK(net.forward(rows_of(space, {arch}), std::vector<std::uint32_t>{0})[0] == doctest::Approx(expected));
}

TEST_CASE("block lstm: the gradient is that of central differences") {
    const example_cells space{.blocks = 3};
    const nas::block_rows rows = rows_of(
        space,
        {{0, 1, 1, 2}, {0, 3, 1, 4, 2, 0, 0, 1, 3, 1, 1, 1}, {}, {0, 1, 1, 2, 2, 3, 1, 0}, {1, 4, 0, 0, 2, 1, 2, 2}});
    const std::vector<std::uint32_t> batch{0, 2, 1, 4};
    const std::vector<double> slopes{0.5, -1, 2, 0.25};
    nas::block_lstm<double> net(nas::block_vocabulary(space), 3, 5);
    nas::rng random(6);
    net.initialize(1, 0.2, random);
    const auto loss = [&] {
        const std::span<const double> out = net.forward(rows, batch);
        return std::inner_product(out.begin(), out.end(), slopes.begin(), 0.0);
    };
    CHECK(net.forward(rows, batch)[1] == 0.2);  // of no block
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

TEST_CASE("block lstm ensemble: a prediction depends on the architecture and nothing else, bit by bit") {
    const example_cells space{.blocks = 5, .operations = 8};
    const seen_cells seen = see_cells(space, 40, 1);
    ensemble made(space, {.members = 2, .embedding = 5, .units = 9, .epochs = 2});
    made.fit(space, seen.archs, seen.values);
    const std::vector<cell> archs = see_cells(space, 300, 2).archs;
    std::vector<nas::prediction> once(archs.size());
    made.predict_all(space, archs, once);
    for (const std::size_t count : {1U, 2U, 5U, 17U, 257U}) {
        std::vector<nas::prediction> some(count);
        made.predict_all(space, std::span(archs).subspan(20, count), some);
        CHECK(std::equal(some.begin(), some.end(), once.begin() + 20));
    }
    CHECK(made.predict(space, {0, 1, 0, 2, 0, 3, 0, 4}) != made.predict(space, {0, 3, 0, 4, 0, 1, 0, 2}));
}

TEST_CASE("block lstm ensemble: what a small space taught it ranks longer architectures") {
    const example_cells space{.blocks = 2, .flat = true};
    const example_cells larger{.blocks = 3, .operations = 6, .flat = true};
    const seen_cells seen = see_cells(space, 150, 1);
    ensemble made(space, small);
    made.fit(space, seen.archs, seen.values);
    std::vector<double> predicted;
    std::vector<double> values;
    nas::rng random(2);
    for (int i = 0; i < 100; ++i) {
        cell arch = larger.sample(3, random);
        for (std::uint8_t& token : arch) token %= 5;
        predicted.push_back(made.predict(larger, arch));
        values.push_back(example_value(arch));
    }
    CHECK(nas::spearman(predicted, values) > 0.7);
    CHECK_THROWS_WITH_AS(
        made.predict(larger, {0, 5, 0, 0}),
        "nas::block_lstm_ensemble: operation 5 is not in the model's vocabulary, which has 5, from 0 on",
        std::invalid_argument);
}
