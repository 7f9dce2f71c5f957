// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/mlp_ensemble.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

#include <nas/spaces/nasbench201_space.hpp>

#include "operators/example_spaces.hpp"
#include "predictors/predictor_laws.hpp"

using namespace nas::tests;

namespace {

using cells = nas::choice_space<6>;
using cell = cells::arch_type;

/// One feature, the number of the first choice.
struct first_choice {
    static std::size_t size(const cells&) { return 1; }
    static void encode(const cells&, const cell& arch, std::span<double> features) { features[0] = arch[0]; }
};

}  // namespace

TEST_CASE("mlp ensemble: the laws of predictors, by either loss") {
    const cells space{5};
    check_predictor_laws(nas::mlp_ensemble<cells>(space), space, "nas::mlp_ensemble", 0.9);
    check_predictor_laws(nas::mlp_ensemble<cells>(space, {.loss = nas::ensemble_loss::ranking, .epochs = 100}), space,
                         "nas::mlp_ensemble", 0.9);
    const auto conditional = conditional_space();
    check_predictor_laws(nas::mlp_ensemble<nas::choice_space<>>(conditional), conditional, "nas::mlp_ensemble", 0.8);
}

TEST_CASE("mlp ensemble: one member is sure, and more are as sure as they agree") {
    const cells space{5};
    const auto seen = observe(space, 30, nas::rng(1));
    nas::mlp_ensemble<cells> single(space, {.members = 1});
    single.fit(space, seen.archs, seen.values);
    CHECK(single.deviation(space, cell{}) == 0);

    // Mean and spread of members that are made one by one, from the draws that the ensemble has.
    nas::mlp_ensemble<cells> both(space, {.members = 2});
    nas::rng random(3);
    both.fit(space, seen.archs, seen.values, random);
    nas::rng same(3);
    single.fit(space, seen.archs, seen.values, same);
    const double first = single.predict(space, cell{});
    single.fit(space, seen.archs, seen.values, same);
    const double second = single.predict(space, cell{});
    CHECK(both.predict(space, cell{}) == doctest::Approx((first + second) / 2));
    CHECK(both.deviation(space, cell{}) == doctest::Approx(std::abs(first - second) / 2));
    CHECK(same == random);
}

TEST_CASE("mlp ensemble: it is surest where it has learned") {
    const cells space{5};
    auto seen = observe(space, 60, nas::rng(1));
    for (cell& arch : seen.archs) arch[0] = arch[1] = arch[2] = 0;
    nas::mlp_ensemble<cells> ensemble(space);
    ensemble.fit(space, seen.archs, seen.values);
    double known = 0;
    double unknown = 0;
    for (cell arch : seen.archs) {
        known += ensemble.deviation(space, arch);
        arch[0] = 3;
        arch[1] = arch[2] = 4;
        unknown += ensemble.deviation(space, arch);
    }
    CHECK(unknown > 1.5 * known);
}

TEST_CASE("mlp ensemble: ranks have the unit of the values") {
    const cells space{5};
    auto seen = observe(space, 60, nas::rng(1));
    for (double& value : seen.values) value = 1e6 + 1e3 * value;
    nas::mlp_ensemble<cells> ensemble(space, {.loss = nas::ensemble_loss::ranking});
    ensemble.fit(space, seen.archs, seen.values);
    double error = 0;
    double spread = 0;
    double mean = 0;
    for (const double value : seen.values) mean += value / 60;
    for (std::size_t i = 0; i < 60; ++i) {
        error += std::pow(ensemble.predict(space, seen.archs[i]) - seen.values[i], 2);
        spread += std::pow(mean - seen.values[i], 2);
    }
    CHECK(error < 0.2 * spread);
}

TEST_CASE("mlp ensemble: encodings say what it sees") {
    const cells space{5};
    auto seen = observe(space, 40, nas::rng(1));
    nas::mlp_ensemble<cells, first_choice> ensemble(space);
    ensemble.fit(space, seen.archs, seen.values);
    CHECK(ensemble.predict(space, cell{2, 0, 1, 2, 3, 4}) == ensemble.predict(space, cell{2, 4, 4, 4, 4, 4}));
    CHECK(ensemble.predict(space, cell{2}) != ensemble.predict(space, cell{3}));

    using paths = nas::mlp_ensemble<nas::nasbench201_space, nas::path_encoding>;
    using decisions = nas::mlp_ensemble<nas::nasbench201_space>;
    const nas::nasbench201_space cell_space;
    nas::rng random(1);
    std::vector<nas::nasbench201_space::arch_type> archs;
    std::vector<double> values;
    for (int i = 0; i < 30; ++i) {
        archs.push_back(cell_space.sample(random));
        values.push_back(static_cast<double>(cell_space.parameters(archs.back())));
    }
    paths by_path(cell_space);
    by_path.fit(cell_space, archs, values);
    decisions by_decision(cell_space);
    by_decision.fit(cell_space, archs, values);
    CHECK(by_path.predict(cell_space, archs[0]) != by_decision.predict(cell_space, archs[0]));
}

TEST_CASE("mlp ensemble: options, and a space of one architecture") {
    const cells space{5};
    CHECK_THROWS_WITH_AS(nas::mlp_ensemble<cells>(space, {.learning_rate = -1}),
                         "nas::mlp_ensemble: learning_rate (-1) must be in [0, 10]", std::invalid_argument);
    const nas::choice_space<> nothing(std::vector<nas::decision>{});
    nas::mlp_ensemble<nas::choice_space<>> ensemble(nothing);
    ensemble.fit(nothing, std::vector<nas::choice_space<>::arch_type>(2), std::vector<double>{1, 3});
    CHECK(ensemble.predict(nothing, {}) == doctest::Approx(2).epsilon(0.2));
}
