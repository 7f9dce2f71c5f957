// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/normal_quantile.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>

TEST_CASE("normal_quantile: quantiles of the normal distribution") {
    CHECK(nas::normal_quantile(0.5) == 0);
    for (const double p : {1e-300, 1e-20, 1e-9, 0.001, 0.02, 0.07, 0.2, 0.45, 0.6, 0.93, 0.99, 0.999999}) {
        const double x = nas::normal_quantile(p);
        CHECK(std::erfc(-x / std::sqrt(2.0)) / 2 == doctest::Approx(p).epsilon(1e-12));
    }
    CHECK(nas::normal_quantile(0.975) == doctest::Approx(1.959963984540054).epsilon(1e-15));
    CHECK(nas::normal_quantile(0.1) == -nas::normal_quantile(0.9));
}
