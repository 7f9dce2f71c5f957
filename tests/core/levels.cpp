// SPDX-License-Identifier: Apache-2.0
#include <nas/core/levels.hpp>

#include <limits>
#include <string>

#include <doctest/doctest.h>

TEST_CASE("levels: the shortest text that the same number can be read from") {
    CHECK(nas::detail::shortest_text(0.1) == "0.1");
    CHECK(nas::detail::shortest_text(1e-5) == "1e-05");
    CHECK(nas::detail::shortest_text(0.1 + 0.2) == "0.30000000000000004");
    CHECK(nas::detail::shortest_text(100000) == "100000");
    CHECK(nas::detail::shortest_text(-512) == "-512");
    CHECK(nas::detail::shortest_text(1e15) == "1e+15");
    CHECK(nas::detail::shortest_text(0) == "0");
    CHECK(nas::detail::shortest_text(std::numeric_limits<double>::quiet_NaN()) == "nan");
    CHECK(nas::detail::shortest_text(-std::numeric_limits<double>::infinity()) == "-inf");
}

TEST_CASE("levels: a numeric decision has as many choices as values, and their texts") {
    const nas::decision rate = nas::numeric_decision("rate", {{0.1, 0.01, 0.001}, nas::value_scale::logarithmic});
    CHECK(rate.path == "rate");
    CHECK(rate.cardinality == 3);
    CHECK(rate.scale == nas::value_scale::logarithmic);
    CHECK(nas::detail::label_of(rate, 2) == "0.001");
    CHECK(nas::detail::label_of({"op", 2, {"conv", "pool"}}, 1) == "pool");
    CHECK(nas::detail::label_of({"n", 2}, 1) == "1");
}
