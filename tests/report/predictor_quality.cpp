// SPDX-License-Identifier: Apache-2.0
#include <nas/report/predictor_quality.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/random/normal_distribution.hpp>
#include <nas/predictors/accuracy_predictor.hpp>
#include <nas/predictors/gaussian_process.hpp>
#include <nas/predictors/random_forest.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using cells = nas::choice_space<6>;
using cell = cells::arch_type;

nas::held_out_predictions held_out(std::vector<double> means, std::vector<double> values, double deviation = 1) {
    nas::held_out_predictions made;
    for (const double mean : means) made.predicted.push_back({mean, deviation});
    made.values = std::move(values);
    return made;
}

/// Predicts the mean of what it was given, with the count as deviation, and counts its fits.
struct mean_predictor {
    explicit mean_predictor(const cells&) {}
    void fit(const cells&, std::span<const cell> archs, std::span<const double> values) {
        known.assign(archs.begin(), archs.end());
        mean = 0;
        for (const double value : values) mean += value / static_cast<double>(values.size());
    }
    double predict(const cells&, const cell& arch) const {
        for (const cell& other : known) REQUIRE(other != arch);  // nothing that it is asked for was given
        return mean;
    }
    double deviation(const cells&, const cell&) const { return static_cast<double>(known.size()); }

    double mean = 0;
    std::vector<cell> known;
};

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

TEST_CASE("predictor quality: nothing is predicted from itself") {
    const cells space{5};
    nas::rng random(2);
    std::vector<cell> archs;
    std::vector<double> values;
    for (int i = 0; i < 20; ++i) {
        archs.push_back(space.sample(random));
        values.push_back(i);
    }
    archs.push_back(archs[3]);  // a second trial of the same network
    values.push_back(100);
    const auto alone = nas::cross_validate(mean_predictor(space), space, std::span<const cell>(archs),
                                           std::span<const double>(values), {.folds = 0});
    CHECK(alone.values == values);
    double sum = 0;
    for (const double value : values) sum += value;
    for (std::size_t i = 0; i < archs.size(); ++i) {
        const bool twice = i == 3 || i == 20;
        CHECK(alone.predicted[i].deviation == (twice ? 19 : 20));
        CHECK(alone.predicted[i].mean == doctest::Approx(twice ? (sum - 103) / 19 : (sum - values[i]) / 20));
    }
    const auto parts = nas::cross_validate(mean_predictor(space), space, std::span<const cell>(archs),
                                           std::span<const double>(values), {.folds = 4});
    for (const nas::prediction& one : parts.predicted) {
        CHECK(one.deviation >= 15);  // five networks of 20 are left out, one of which may have two trials
        CHECK(one.deviation <= 16);
    }
}

TEST_CASE("predictor quality: leave-one-out in closed form takes one fit") {
    const cells space{5};
    nas::rng random(2);
    std::vector<cell> archs;
    std::vector<double> values;
    for (int i = 0; i < 40; ++i) {
        archs.push_back(space.sample(random));
        values.push_back(archs.back()[0] + 2.0 * archs.back()[1] + nas::unit(random));
    }
    const nas::gaussian_process<cells> made(space);
    auto fitted = made;
    fitted.fit(space, std::span<const cell>(archs), values);
    const auto closed =
        nas::cross_validate(made, space, std::span<const cell>(archs), std::span<const double>(values), {.folds = 0});
    for (std::size_t i = 0; i < archs.size(); ++i) CHECK(closed.predicted[i] == fitted.leave_one_out(space, archs[i]));
    // Not what was learned, and of about the quality of fits that did not see the values at all.
    CHECK(nas::quality_of(closed).error > 1.3 * [&] {
        double squares = 0;
        for (std::size_t i = 0; i < archs.size(); ++i)
            squares += std::pow(fitted.predict(space, archs[i]) - values[i], 2) / static_cast<double>(archs.size());
        return std::sqrt(squares);
    }());
    const auto refitted =
        nas::cross_validate(made, space, std::span<const cell>(archs), std::span<const double>(values), {.folds = 40});
    CHECK(nas::quality_of(closed).error == doctest::Approx(nas::quality_of(refitted).error).epsilon(0.1));
}

TEST_CASE("predictor quality: of predictors on a history") {
    const auto worth = [](const cell& arch) {
        if (arch[0] == 4) return std::numeric_limits<double>::quiet_NaN();  // fails
        return arch[0] + 2.0 * arch[1] - arch[2] * 0.5;
    };
    nas::search search{nas::random_search{cells{5}}, worth, {.seed = 3}};
    search.run({.trials = 120});
    const auto& history = search.history();
    const auto ridge = nas::cross_validate(nas::accuracy_predictor<cells>(cells{5}), history);
    std::size_t completed = 0;
    for (std::size_t row = 0; row < history.size(); ++row) completed += history.completed(row) ? 1U : 0U;
    CHECK(ridge.values.size() == completed);
    const auto quality = nas::quality_of(ridge);
    CHECK(quality.kendall > 0.95);
    CHECK(quality.error < 0.1 * quality.error_of_the_mean);

    const nas::random_forest<cells> forest(cells{5});
    const auto first = nas::cross_validate(forest, history, {.folds = 5, .seed = 1});
    CHECK(first.predicted == nas::cross_validate(forest, history, {.folds = 5, .seed = 1}).predicted);
    CHECK(first.predicted != nas::cross_validate(forest, history, {.folds = 5, .seed = 2}).predicted);
    CHECK(nas::quality_of(first).spearman > 0.7);
}

TEST_CASE("predictor quality: errors are sentences") {
    const cells space{5};
    const std::vector<cell> archs(2);
    const std::vector<double> values(2);
    CHECK_THROWS_WITH_AS(nas::cross_validate(mean_predictor(space), space, std::span<const cell>(archs),
                                             std::span<const double>(values)),
                         "nas::cross_validate: there must be at least two different networks, there is one",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::quality_of(held_out({1}, {1})), "nas::quality_of: 1 values, needs at least 2",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::coverage(held_out({1}, {1}), 1), "nas::coverage: level (1.000000) must be in (0, 1)",
                         std::invalid_argument);
}
