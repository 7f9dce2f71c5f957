// SPDX-License-Identifier: Apache-2.0
#include <nas/core/between.hpp>

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

TEST_CASE("between: between and log_between give round values from first to last") {
    CHECK(nas::between(0, 1, 11).values == std::vector<double>{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1});
    CHECK(nas::between(-2, 2, 5) == nas::levels{{-2, -1, 0, 1, 2}});
    CHECK(nas::log_between(1e-5, 1e-1, 5) ==
          nas::levels{{1e-5, 1e-4, 1e-3, 1e-2, 1e-1}, nas::value_scale::logarithmic});
    CHECK(nas::log_between(1e-4, 1e-2, 5).values == std::vector<double>{1e-4, 3.16228e-4, 1e-3, 3.16228e-3, 1e-2});
    CHECK(nas::log_between(16, 1024, 7).values == std::vector<double>{16, 32, 64, 128, 256, 512, 1024});
    CHECK(nas::between(0.1, 0.9, 2).values == std::vector<double>{0.1, 0.9});
    CHECK(nas::log_between(1e-300, 1e300, 3).values == std::vector<double>{1e-300, 1, 1e300});
    // Close to each other they keep the digits that tell them apart.
    const std::vector<double> close = nas::between(1'000'000, 1'000'001, 256).values;
    for (std::size_t i = 0; i < 256; ++i)
        CHECK(std::fabs(close[i] - (1e6 + static_cast<double>(i) / 255)) < 1e-3 / 255 * 1.01);
}

TEST_CASE("between: ranges that are none are refused") {
    const auto refuse = [](double first, double last, std::size_t count, const char* sentence) {
        CHECK_THROWS_WITH_AS((void)nas::between(first, last, count), sentence, std::invalid_argument);
    };
    refuse(1, 1, 3, "nas::between: first must be smaller than last, and both finite (first is 1, last is 1)");
    refuse(0.5, 0.1, 3, "nas::between: first must be smaller than last, and both finite (first is 0.5, last is 0.1)");
    refuse(0, INFINITY, 3, "nas::between: first must be smaller than last, and both finite (first is 0, last is inf)");
    refuse(0, 1, 1, "nas::between: the number of levels (1) must be in [2, 256]");
    refuse(0, 1, 257, "nas::between: the number of levels (257) must be in [2, 256]");
    CHECK_THROWS_WITH_AS((void)nas::log_between(0, 1, 3),
                         "nas::log_between: first must be above 0 on a logarithmic scale (first is 0, last is 1)",
                         std::invalid_argument);
}
