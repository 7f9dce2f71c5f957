// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <nas/spaces/choice_space.hpp>

TEST_CASE("laws: choice_space of a size known at compile time") {
    nas::tests::check_laws(nas::choice_space<8>{5}, 200, 7);
}

TEST_CASE("laws: choice_space of a few architectures, which searches exhaust") {
    nas::tests::check_laws(nas::choice_space{std::array{3, 1, 4}}, 0, 7);
}
