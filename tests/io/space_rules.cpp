// SPDX-License-Identifier: Apache-2.0
#include <nas/io/space_rules.hpp>

#include <string>

#include <doctest/doctest.h>

#include <nas/spaces/mlp_space.hpp>
#include <operators/example_spaces.hpp>

using nas::detail::space_rules;

TEST_CASE("space_rules: nothing where the table of decisions says it all") {
    CHECK(space_rules(nas::choice_space<6>{5}) == std::nullopt);
    CHECK(space_rules(nas::choice_space{4, 200}) == std::nullopt);
    CHECK(space_rules(nas::tests::conditional_space()) == std::nullopt);
}

TEST_CASE("space_rules: the rules of a mask, the same each time and everywhere") {
    const auto masked = space_rules(nas::tests::masked_space{});
    REQUIRE(masked);
    CHECK(*masked == "0x6fe16ca5b9a79518");
    CHECK(space_rules(nas::tests::masked_space{}) == masked);
    // The same decisions, and a rule more or less.
    const auto longer = space_rules(nas::mlp_space{{.dropout_before_output = true}});
    const auto shorter = space_rules(nas::mlp_space{{.dropout_before_output = false}});
    REQUIRE(longer);
    REQUIRE(shorter);
    CHECK(longer != shorter);
}
