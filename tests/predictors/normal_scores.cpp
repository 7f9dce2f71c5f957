// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/normal_scores.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

TEST_CASE("normal scores: ranks alone count, and equal values share theirs") {
    const std::vector<double> values{3, -1e9, 7, 3, 1e300};
    const std::vector<double> scores = nas::normal_scores(values);
    const auto quantile = [](double p) { return doctest::Approx(nas::normal_quantile(p)); };
    CHECK(scores[1] == quantile(0.1));
    CHECK(scores[0] == quantile(0.4));
    CHECK(scores[3] == scores[0]);
    CHECK(scores[2] == quantile(0.7));
    CHECK(scores[4] == quantile(0.9));
    CHECK(nas::normal_scores({}).empty());
    CHECK(nas::normal_scores(std::vector<double>{4, 4}) == std::vector<double>{0, 0});
}

TEST_CASE("half ranks: the better half keeps its distances") {
    const std::vector<double> values{5, -1e9, 1, 2, 1};
    const std::vector<double> scores = nas::half_ranks(values);
    const double scale = std::sqrt((16 + 1) / 2.0);  // of 5 and 2 above the median, 1
    CHECK(scores[0] == doctest::Approx(4 / scale));
    CHECK(scores[3] == doctest::Approx(1 / scale));
    CHECK(scores[2] == 0);
    CHECK(scores[4] == 0);
    CHECK(scores[1] == doctest::Approx(nas::normal_quantile(0.1)));
    CHECK(nas::half_ranks({}).empty());
    CHECK(nas::half_ranks(std::vector<double>{4, 4, 4}) == std::vector<double>{0, 0, 0});
}
