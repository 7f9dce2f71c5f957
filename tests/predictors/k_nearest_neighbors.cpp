// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/k_nearest_neighbors.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include "operators/example_spaces.hpp"
#include "predictors/predictor_laws.hpp"

using namespace nas::tests;

namespace {

using cells = nas::choice_space<6>;
using cell = cells::arch_type;
static_assert(nas::IncrementalPredictor<nas::k_nearest_neighbors<cells>, cells>);

}  // namespace

TEST_CASE("nearest neighbours: the laws of predictors") {
    const cells space{5};
    check_predictor_laws(nas::k_nearest_neighbors<cells>(space), space, "nas::k_nearest_neighbors", 0.4);
    const auto conditional = conditional_space();
    check_predictor_laws(nas::k_nearest_neighbors<nas::choice_space<>>(conditional), conditional,
                         "nas::k_nearest_neighbors", 0.5);
}

TEST_CASE("nearest neighbours: the mean of the nearest, and of all that are as near as the last") {
    const cells space{5};
    const std::vector<cell> archs{{0, 0, 0, 0, 0, 0}, {1, 0, 0, 0, 0, 0}, {0, 2, 0, 0, 0, 0}, {3, 3, 3, 0, 0, 0}};
    const std::vector<double> values{1, 2, 6, 100};
    nas::k_nearest_neighbors<cells> nearest(space, {.neighbors = 1});
    nearest.fit(space, archs, values);
    CHECK(nearest.predict(space, {4, 3, 3, 0, 0, 0}) == 100);
    CHECK(nearest.deviation(space, {4, 3, 3, 0, 0, 0}) == 0);
    nas::k_nearest_neighbors<cells> two(space, {.neighbors = 2});
    two.fit(space, archs, values);
    CHECK(two.predict(space, archs[0]) == 3);  // itself, and two that differ in one decision
    CHECK(two.deviation(space, archs[0]) == doctest::Approx(std::sqrt((4 + 1 + 9) / 3.0)));
    two.learn(space, {0, 0, 0, 0, 0, 0}, 5);
    CHECK(two.predict(space, archs[0]) == 3);  // itself twice: 1 and 5
    CHECK(two.deviation(space, archs[0]) == 2);
}

TEST_CASE("nearest neighbours: options") {
    CHECK_THROWS_WITH_AS(nas::k_nearest_neighbors<cells>(cells{5}, {.neighbors = 0}),
                         "nas::k_nearest_neighbors: neighbors (0) must be in [1, 1e+09]", std::invalid_argument);
}
