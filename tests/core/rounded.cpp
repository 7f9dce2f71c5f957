// SPDX-License-Identifier: Apache-2.0
#include <nas/core/rounded.hpp>

#include <doctest/doctest.h>

TEST_CASE("rounded: a product is a number before something is added") {
    // What tests/native compiles for this machine's CPU compares whole histories.
    const double just_above = 1 + 0x1p-52;
    CHECK(nas::detail::rounded(just_above * just_above) - (1 + 0x1p-51) == 0);
    CHECK(nas::detail::rounded(0.1F) == 0.1F);
}
