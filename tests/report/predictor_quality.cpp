// SPDX-License-Identifier: Apache-2.0
#include <nas/report/predictor_quality.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include <boost/random/normal_distribution.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>

namespace {

nas::held_out_predictions held_out(std::vector<double> means, std::vector<double> values, double deviation = 1) {
    nas::held_out_predictions made;
    for (const double mean : means) made.predicted.push_back({mean, deviation});
    made.values = std::move(values);
    return made;
}

}  // namespace

TEST_CASE("predictor quality: closed forms, with and without ties") {
    const auto plain = nas::quality_of(held_out({1, 2, 3, 4}, {1, 3, 2, 4}));
    CHECK(plain.count == 4);
    CHECK(plain.kendall == doctest::Approx(2.0 / 3));
    CHECK(plain.spearman == doctest::Approx(0.8));
    CHECK(plain.error == doctest::Approx(std::sqrt(0.5)));
    CHECK(plain.error_of_the_mean == doctest::Approx(std::sqrt(1.25)));
    CHECK(plain.coverage[0] == 0.5);  // 0 and 0 are within 0.67 of the mean, 1 and 1 are not
    CHECK(plain.coverage[1] == 1);    // 1.28

    const auto tied = nas::quality_of(held_out({1, 2, 2, 3}, {1, 2, 3, 4}));
    CHECK(tied.kendall == doctest::Approx(0.9128709291752769));
    const auto constant = nas::quality_of(held_out({2, 2, 2}, {1, 2, 3}, 0));
    CHECK(std::isnan(constant.kendall));
    CHECK(std::isnan(constant.spearman));
    CHECK(constant.error == constant.error_of_the_mean);
    CHECK(constant.coverage[3] == doctest::Approx(1.0 / 3));  // what is predicted for sure, and is so

    CHECK(plain.text() ==
          "Kendall 0.667, Spearman 0.8, error 0.707 (of the mean 1.12), within 50 %: 50 %, 80 %: 100 %, 90 %: 100 %, "
          "95 %: 100 %, of 4");
}

TEST_CASE("predictor quality: normal errors are covered as often as they should be") {
    nas::rng random(1);
    boost::random::normal_distribution<double> normal;
    nas::held_out_predictions made;
    for (int i = 0; i < 20000; ++i) {
        const double deviation = 0.1 + nas::unit(random);
        made.predicted.push_back({10 * nas::unit(random), deviation});
        made.values.push_back(made.predicted.back().mean + deviation * normal(random));
    }
    const auto quality = nas::quality_of(made);
    for (std::size_t i = 0; i < quality.levels.size(); ++i)
        CHECK(quality.coverage[i] == doctest::Approx(quality.levels[i]).epsilon(0.02));
    CHECK(nas::coverage(made, 0.3) == doctest::Approx(0.3).epsilon(0.04));
}

TEST_CASE("predictor quality: errors are sentences") {
    CHECK_THROWS_WITH_AS(nas::quality_of(held_out({1}, {1})), "nas::quality_of: 1 values, needs at least 2",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::coverage(held_out({1}, {1}), 1), "nas::coverage: level (1.000000) must be in (0, 1)",
                         std::invalid_argument);
}
