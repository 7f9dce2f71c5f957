// SPDX-License-Identifier: Apache-2.0
#include <nas/report/level_quality.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

TEST_CASE("level_quality: rank correlation and error of a level that was not seen") {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const std::vector<nas::progressive_level<int>> levels{
        {136, {1, 2, 3}, {none, none, none}, {0.5, 0.7, none}},
        {40800, {1, 2, 3, 4, 5}, {0.9, 0.8, 0.7, 0.6, 0.5}, {0.4, 0.3, none, 0.35, 0.1}},
        {10, {1}, {0.5}, {none}},
        {10, {1, 2}, {0.5, none}, {0.25, 0.25}},
    };
    const auto all = nas::level_qualities(std::span(levels));
    REQUIRE(all.size() == 4);
    CHECK((all[0].level == 1 && all[0].candidates == 136 && all[0].trained == 2 && all[0].best == 0.7));
    CHECK((std::isnan(all[0].spearman) && std::isnan(all[0].error)));
    CHECK((all[1].trained == 4 && all[1].best == 0.4));
    CHECK(all[1].spearman == doctest::Approx(0.8));  // 4 3 2 1 and 4 2 3 1: PNAS oracle 22
    CHECK(all[1].error == doctest::Approx((0.5 + 0.5 + 0.25 + 0.4) / 4));
    CHECK((all[2].trained == 0 && std::isnan(all[2].best) && std::isnan(all[2].error)));
    CHECK(std::isnan(all[3].error));
    CHECK(all[0].text() == "level 1: 2 trained of 136, best 0.7");
    CHECK(all[1].text() == "level 2: 4 trained of 40800, best 0.4, Spearman 0.8, error 0.412");
}
