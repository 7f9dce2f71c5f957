// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/acquisitions.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

static_assert(nas::ValueAcquisition<nas::expected_improvement>);
static_assert(nas::ValueAcquisition<nas::log_expected_improvement>);
static_assert(nas::ValueAcquisition<nas::probability_of_improvement>);
static_assert(nas::ValueAcquisition<nas::upper_confidence_bound>);
static_assert(nas::DrawnAcquisition<nas::independent_thompson_sampling>);
static_assert(!nas::Acquisition<nas::thompson_sampling>);

namespace {

doctest::Approx close_to(double value, double share = 1e-13) { return doctest::Approx(value).epsilon(share); }

}  // namespace

TEST_CASE("acquisitions: the closed forms") {
    const nas::expected_improvement improvement;
    const nas::probability_of_improvement probability;
    CHECK(improvement.value(0, 1, 0) == close_to(0.3989422804014327));
    CHECK(improvement.value(-1, 2, -0.5) == close_to(0.5726893963983338, 1e-9));
    CHECK(improvement.value(-0.2, 0.1, -0.3) == close_to(0.1083315471, 1e-9));
    CHECK(improvement.value(-0.5, 0.2, -0.3) == close_to(0.0166630941, 1e-8));
    CHECK(improvement.value(0, 1.0 / 5, 0) == close_to(0.0797884561, 1e-9));
    CHECK(improvement.value(-0.5, 0.2 / 5, -0.3) == close_to(2.13847e-9, 1e-5));
    CHECK(probability.value(0, 1, 0) == close_to(0.5));
    CHECK(probability.value(-1, 2, -0.5) == close_to(0.4012936743, 1e-9));
    CHECK(probability.value(-0.2, 0.1, -0.3) == close_to(0.8413447461, 1e-9));
    CHECK(probability.value(-0.5, 0.2, -0.3) == close_to(0.1586552539, 1e-9));
    CHECK(nas::probability_of_improvement{.margin = 0.5}.value(0, 1, -0.5) == close_to(0.5));
    CHECK(nas::upper_confidence_bound{.deviations = 2}.value(3, 0.25, 100) == 3.5);
    CHECK(nas::upper_confidence_bound{}.value(3, 0.25, 100) == 3.125);
}

TEST_CASE("acquisitions: the logarithm of expected improvement is exact far below the best") {
    const nas::log_expected_improvement improvement;
    // 60 digits of another program.
    CHECK(improvement.value(10, 1, 0) == close_to(2.302585092994045684));
    CHECK(improvement.value(2, 1, 0) == close_to(0.69738354578822831219));
    CHECK(improvement.value(0, 1, 0) == close_to(-0.91893853320467274178));
    CHECK(improvement.value(-0.5, 1, 0) == close_to(-1.6205162643873199193));
    CHECK(improvement.value(-2.999, 1, 0) == close_to(-7.8661541622755976348));
    CHECK(improvement.value(-3, 1, 0) == close_to(-7.8696860596030285171));
    CHECK(improvement.value(-3.5, 1, 0) == close_to(-9.7468100377653867369));
    CHECK(improvement.value(-5, 1, 0) == close_to(-16.744301162660990143));
    CHECK(improvement.value(-10, 1, 0) == close_to(-55.553122036122355927));
    CHECK(improvement.value(-38, 1, 0) == close_to(-730.19618340211373916));
    CHECK(improvement.value(-100, 1, 0) == close_to(-5010.1295788002497922));
    CHECK(improvement.value(-1e4, 1, 0) == close_to(-50000019.339619307157));
    CHECK(improvement.value(-1e6, 1, 0) == close_to(-500000000028.54995965, 1e-15));
    CHECK(improvement.value(-1.5, 0.5, 1) == close_to(-16.744301162660990143 + std::log(0.5)));
    for (double z = -50, before = -1e300; z < 5; z += 0.01) {
        const double now = improvement.value(z, 1, 0);
        CHECK(now > before);
        before = now;
    }
}

TEST_CASE("acquisitions: what is known for sure") {
    CHECK(nas::expected_improvement{}.value(3, 0, 1) == 2);
    CHECK(nas::expected_improvement{}.value(1, 0, 1) == 0);
    CHECK(nas::log_expected_improvement{}.value(3, 0, 1) == std::log(2.0));
    CHECK(nas::log_expected_improvement{}.value(0, 0, 1) == -std::numeric_limits<double>::infinity());
    CHECK(nas::probability_of_improvement{}.value(3, 0, 1) == 1);
    CHECK(nas::probability_of_improvement{}.value(1, 0, 1) == 0);
}

TEST_CASE("acquisitions: Thompson sampling draws from what the model says") {
    nas::rng random(1);
    const nas::independent_thompson_sampling sampling;
    double sum = 0;
    double squares = 0;
    constexpr int draws = 20000;
    for (int i = 0; i < draws; ++i) {
        const double value = nas::acquire(sampling, 5.0, 3.0, 0.0, random);
        sum += value;
        squares += (value - 5) * (value - 5);
    }
    CHECK(sum / draws == doctest::Approx(5).epsilon(0.02));
    CHECK(std::sqrt(squares / draws) == doctest::Approx(3).epsilon(0.02));
    CHECK(sampling.draw(5, 0, random) == 5);
    CHECK(nas::acquire(nas::upper_confidence_bound{.deviations = 1}, 5.0, 3.0, 0.0, random) == 8);

    std::vector<int> chosen(4);
    for (int i = 0; i < 4000; ++i) ++chosen[nas::thompson_sampling{}.choose(chosen.size(), random)];
    for (const int count : chosen) CHECK(count == doctest::Approx(1000).epsilon(0.1));
}
