// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/plans/mlp_plans.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include <doctest/doctest.h>

#include <nas/networks/mlp.hpp>

namespace {

TEST_CASE("networks/plans/mlp_plans: all 840 networks of MLPNAS have the parameters of nas::mlp (O29)") {
    const nas::mlp_space space;
    const nas::mlp_plans plans{space, 11};
    REQUIRE(space.size() == 840);
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const auto arch = space.at(i);
        CHECK(plans(arch).parameters() == nas::mlp<float>(11, space.layers(arch)).parameters().size());
    }
    CHECK(plans(space.parse("relu(128) softmax(3)")).parameters() == 1923);
    CHECK(plans(space.parse("sigmoid(512) sigmoid(64) softmax(3)")).parameters() == 39171);
    CHECK(nas::mlp_plans(space, 13)(space.parse("elu(512) elu(512) softmax(3)")).parameters() == 271363);
}

TEST_CASE("networks/plans/mlp_plans: layers in their order, sums at the end") {
    const nas::mlp_space space{
        {.units = {4, 6}, .activations = {nas::activation::tanh, nas::activation::linear}, .max_length = 5}};
    const nas::network_plan plan =
        nas::mlp_plans(space, 5, 0.5)(space.parse("tanh(6) dropout dropout linear(4) softmax(3)"));
    CHECK(plan.describe() ==
          "0 input() 5\n1 dense(0) 6 bias\n2 activate(1) 6 function=tanh\n3 dropout(2) 6 rate=0.5\n"
          "4 dropout(3) 6 rate=0.5\n5 dense(4) 4 bias\n6 dense(5) 3 bias\noutput 6\n");
}

TEST_CASE("networks/plans/mlp_plans: what is no network is refused") {
    CHECK_THROWS_WITH_AS(nas::mlp_plans(nas::mlp_space{}, 0), "nas::mlp_plans: inputs (0) must be at least 1",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::mlp_plans(nas::mlp_space{}, 3, 1), "nas::mlp_plans: dropout (1.000000) must be in [0, 1)",
                         std::invalid_argument);
}

}  // namespace
