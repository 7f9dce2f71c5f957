// SPDX-License-Identifier: Apache-2.0
#include <nas/spaces/model_space.hpp>

#include <cmath>
#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/rng.hpp>

namespace {

using nas::layer_operation;
using nas::model_space;
using sizes = std::vector<std::size_t>;

model_space::layer_type operations(std::size_t count) {
    model_space::layer_type all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(layer_operation("op" + std::to_string(i)));
    return all;
}

model_space uniform(std::size_t layers, std::size_t count) {
    return model_space(std::vector<model_space::layer_type>(layers, operations(count)));
}

}  // namespace

TEST_CASE("model_space: AMBER oracle 11 layers come and go") {
    model_space space;
    CHECK_FALSE(space.valid());
    CHECK(space.add_layer(0, operations(1)));
    CHECK_FALSE(space.add_layer(2, operations(1)));
    CHECK(space.add_layer(1, operations(2)));
    CHECK(space.layers() == 3);
    CHECK(space.size() == 2);
    space.add_operation(1, layer_operation("other"));
    CHECK(space.size() == 3);
    CHECK(space.sizes() == sizes{1, 3, 1});
    CHECK(space.layer(-2) == space.layer(1));
    CHECK(space.describe() == "3 layers and 3 combinations of operations");

    model_space gap = space;
    CHECK_FALSE(gap.delete_layer(1));
    CHECK(gap.layers() == 2);
    CHECK_FALSE(gap.valid());
    CHECK_THROWS_WITH_AS((void)gap.layer(-1), "nas::model_space: there is no layer -1 among 2", std::out_of_range);
    CHECK(gap.layer(2) == operations(1));

    CHECK(space.add_layer(3));
    CHECK(space.size() == 0);
    space.add_operation(4, layer_operation("made"));  // makes its layer
    CHECK(space.valid());
    CHECK(space.delete_layer(-1));
    CHECK(space.delete_layer(3));
    CHECK(space.size() == 3);
    CHECK(uniform(3, 4).size() == 64);
}

TEST_CASE("model_space: operations come and go") {
    model_space space = uniform(2, 3);
    space.delete_operation(-1, 1);
    CHECK(space.layer(1) == model_space::layer_type{layer_operation("op0"), layer_operation("op2")});
    CHECK(space.sizes() == sizes{3, 2});
    CHECK(space != uniform(2, 3));
    CHECK_THROWS_WITH_AS(space.delete_operation(1, 2), "nas::model_space: layer 1 has no operation 2 of 2",
                         std::out_of_range);
    CHECK_THROWS_WITH_AS(space.delete_operation(2, 0), "nas::model_space: there is no layer 2 among 2",
                         std::out_of_range);
    CHECK_THROWS_WITH_AS(space.delete_layer(-3), "nas::model_space: there is no layer -3 among 2", std::out_of_range);
    CHECK_THROWS_WITH_AS(space.add_layer(-1), "nas::model_space: the id of a new layer (-1) must not be negative",
                         std::invalid_argument);
    CHECK_THROWS_AS(space.add_operation(-1, layer_operation("x")), std::invalid_argument);
    CHECK(space.add_layer(0, operations(1)));  // replaces
    CHECK(space.sizes() == sizes{1, 2});
}

TEST_CASE("model_space: a last layer that is deleted leaves an empty space") {
    model_space space = uniform(1, 1);
    CHECK(space.describe() == "1 layer and 1 combinations of operations");
    CHECK_FALSE(space.delete_layer(0));
    CHECK(space.layers() == 0);
    CHECK(space == model_space{});
    CHECK_THROWS_AS((void)space.layer(0), std::out_of_range);
}

TEST_CASE("model_space: AMBER oracle 16 sizes with wiring") {
    CHECK(uniform(12, 7).log10_size() == doctest::Approx(30.00915619).epsilon(1e-9));
    CHECK(uniform(3, 4).log10_size(2, 2) == doctest::Approx(4.51544993).epsilon(1e-8));
    model_space uneven = uniform(2, 8);
    uneven.add_layer(1, operations(2));
    CHECK(uneven.log10_size() == doctest::Approx(std::log10(8. * 2 * 2)));
    uneven.add_layer(1);
    CHECK(uneven.log10_size() == -std::numeric_limits<double>::infinity());
    CHECK_THROWS_WITH_AS((void)uneven.log10_size(0, 1),
                         "nas::model_space: the numbers of input blocks (0) and output blocks (1) must be at least 1",
                         std::invalid_argument);
    CHECK(uniform(64, 2).size() == nas::uncountable);
    CHECK(uniform(64, 2).describe() == "64 layers and at least 2^64 - 1 combinations of operations");
}

TEST_CASE("model_space: random operations") {
    const model_space space({operations(2), operations(3)});
    nas::rng random{1};
    std::map<std::string, int> counts;
    for (int i = 0; i < 6000; ++i) {
        const auto drawn = space.sample(random);
        REQUIRE(drawn.size() == 2);
        ++counts[drawn[0].type() + drawn[1].type()];
    }
    CHECK(counts.size() == 6);
    for (const auto& [name, count] : counts) CHECK(std::abs(count - 1000) < 150);  // five standard deviations

    model_space gap = space;
    gap.delete_layer(0);
    CHECK_THROWS_WITH_AS((void)gap.sample(random),
                         "nas::model_space: the layers must be 0, 1, ... without a gap; there is no layer 0",
                         std::invalid_argument);
    gap.add_layer(0);
    CHECK_THROWS_WITH_AS((void)gap.sample(random), "nas::model_space: layer 0 must have at least one operation",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)model_space{}.sample(random), "nas::model_space: there must be at least one layer",
                         std::invalid_argument);
}
