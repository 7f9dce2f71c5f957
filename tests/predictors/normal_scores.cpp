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

namespace {

/// Of normal scores of which those above `part` of the best are replaced: the threshold's, and so much more a unit.
std::vector<double> expected_scores(const std::vector<double>& values, double threshold) {
    std::vector<double> scores = nas::normal_scores(values);
    double base = 0;
    double squares = 0;
    double by_rank = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (values[i] == threshold) base = scores[i];
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] <= threshold) continue;
        squares += (values[i] - threshold) * (values[i] - threshold);
        by_rank += (scores[i] - base) * (scores[i] - base);
    }
    for (std::size_t i = 0; i < values.size(); ++i)
        if (values[i] > threshold) scores[i] = base + (values[i] - threshold) * std::sqrt(by_rank / squares);
    return scores;
}

void check_equal(const std::vector<double>& found, const std::vector<double>& expected) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == doctest::Approx(expected[i]));
}

}  // namespace

TEST_CASE("tail scores: the better half keeps its distances") {
    // Eight above the threshold, 1, the squared mean of whose distances is half of the mean square.
    const std::vector<double> values{5, -1e9, 1, 2, 2, 3, -7, -8, 9, 4, 2, 2, 0.5, -1, -2, -3};
    check_equal(nas::tail_scores(values), expected_scores(values, 1));
    CHECK(nas::tail_scores({}).empty());
    CHECK(nas::tail_scores(std::vector<double>(20, 4.0)) == std::vector<double>(20, 0.0));
    const std::vector<double> few{1, 2, 4, 9};
    CHECK(nas::tail_scores(few) == nas::normal_scores(few));
}

TEST_CASE("tail scores: a better half that spans decades is cut until what is left does not") {
    std::vector<double> values;
    for (int i = 0; i < 24; ++i) values.push_back(-std::pow(10, i + 1));
    const std::vector<double> good{1, 2, 2, 3, 3, 4, 6, 9, 0.5};  // the best eight of 33 and the threshold
    values.insert(values.end(), good.begin(), good.end());
    check_equal(nas::tail_scores(values), expected_scores(values, 0.5));
    // Nothing is left: ranks alone.
    values.resize(24);
    CHECK(nas::tail_scores(values) == nas::normal_scores(values));
}

TEST_CASE("tail scores: of any scale, also where squares overflow or vanish") {
    std::vector<double> values{5, -900, 1, 2, 2, 3, -7, -8, 9, 4, 2, 2, 0.5, -1, -2, -3};
    const std::vector<double> scores = nas::tail_scores(values);
    for (const int exponent : {1013, 600, -600, -1070}) {
        std::vector<double> scaled = values;
        for (double& value : scaled) value = std::ldexp(value, exponent);
        check_equal(nas::tail_scores(scaled), scores);
    }
    values[1] = -1e308;  // what a user gave for failures does not matter
    CHECK(nas::tail_scores(values) == scores);
}
