// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <nas/spaces/cell_space.hpp>

TEST_CASE("laws: cell_space of one to three blocks") {
    nas::tests::check_space(nas::cell_space{{.blocks = 3, .operations = {"identity", "3x3 conv", "3x3 maxpool"}}}, 300,
                            7);
}

TEST_CASE("laws: cell_space of four blocks, the first two of which may be read") {
    const nas::cell_space space(
        {.blocks = 4, .min_blocks = 4, .operations = {"conv", "pool"}, .lookback = 1, .lookforward = 2});
    CHECK(nas::tests::lines(nas::testing::space_violations(space)) == "");
}

TEST_CASE("laws: cell_space of the paper") {
    CHECK(nas::tests::lines(nas::testing::space_violations(nas::cell_space{}, {.samples = 20})) == "");
}
