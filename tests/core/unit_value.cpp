// SPDX-License-Identifier: Apache-2.0
#include <nas/core/unit_value.hpp>

#include <vector>

#include <doctest/doctest.h>

TEST_CASE("unit_value: between 0 and 1, on the scale") {
    using nas::unit_value;
    using nas::value_scale;
    const std::vector<double> units{10, 30, 110};
    CHECK(unit_value(units, value_scale::linear, 0) == 0);
    CHECK(unit_value(units, value_scale::linear, 1) == doctest::Approx(0.2));
    CHECK(unit_value(units, value_scale::linear, 2) == 1);
    const std::vector<double> falling{1, 0.1, 1e-4};
    CHECK(unit_value(falling, value_scale::logarithmic, 0) == 1);
    CHECK(unit_value(falling, value_scale::logarithmic, 1) == doctest::Approx(0.75));
    CHECK(unit_value(falling, value_scale::logarithmic, 2) == 0);
    CHECK(unit_value(std::vector<double>{1e-300, 1, 1e300}, value_scale::logarithmic, 1) == doctest::Approx(0.5));
    CHECK(unit_value(std::vector<double>{7}, value_scale::logarithmic, 0) == 0);
}
