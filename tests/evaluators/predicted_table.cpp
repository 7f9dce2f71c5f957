// SPDX-License-Identifier: Apache-2.0
#include <nas/evaluators/predicted_table.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/evaluators/landscapes.hpp>
#include <nas/predictors/accuracy_predictor.hpp>
#include <nas/predictors/random_forest.hpp>
#include <nas/report/predictor_quality.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/laws.hpp>

namespace {

using cells = nas::choice_space<5>;
using cell = cells::arch_type;

nas::context trial(std::uint64_t number) {
    return {static_cast<nas::trial_id>(number), 77 + number, nas::full_fidelity};
}

/// Every third of 4^5 cells, worth a sum over their digits, and what `extra` adds; costs 2 and 4.
template <class Extra>
nas::table_data<cell> third_of_all(const cells& space, Extra extra) {
    nas::table_data<cell> data;
    for (std::uint64_t i = 0; i < space.size(); i += 3) {
        const cell arch = space.at(i);
        data.archs.push_back(arch);
        data.rewards.push_back(arch[0] + 2.0 * arch[1] - arch[2] + 0.5 * arch[3] + extra(i));
        data.costs.push_back(i % 2 == 0 ? 2 : 4);
    }
    return data;
}

/// Predicts the first digit, whatever it was given.
struct first_digit {
    explicit first_digit(const cells&) {}
    void fit(const cells&, std::span<const cell> archs, std::span<const double>) { fitted = archs.size(); }
    double predict(const cells&, const cell& arch) const { return arch[0]; }
    double deviation(const cells&, const cell&) const { return 0; }
    std::size_t fitted = 0;
};

}  // namespace

TEST_CASE("predicted_table: rows say what they say, and what has none is predicted") {
    const cells space{4};
    const nas::table_evaluator table(space, third_of_all(space, [](std::uint64_t) { return 0.0; }));
    const nas::predicted_table made(table, nas::accuracy_predictor<cells>(space), {.scores = false});
    CHECK(made.noise() == nas::evaluation_noise::none);
    double error = 0;
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const cell arch = space.at(i);
        const auto result = made(arch, trial(i));
        CHECK(result.completed());
        CHECK(result.values[0] == made.mean(arch));
        CHECK(made.predicts(arch) == !table.contains(arch));
        if (table.contains(arch)) {
            CHECK(result.values[0] == table.mean(arch));
            CHECK(result.cost == table.cost(arch));
        } else {
            CHECK(result.values[0] == made.predictor().predict(space, arch));
            CHECK(result.cost == table.average_cost());
        }
        error = std::max(error, std::abs(made.mean(arch) - (arch[0] + 2.0 * arch[1] - arch[2] + 0.5 * arch[3])));
    }
    CHECK(error < 0.1);
    CHECK(nas::quality_of(made.held_out()).kendall > 0.95);
    CHECK(nas::testing::evaluator_violations(made, space) == std::vector<std::string>{});

    // Without rows, an architecture that has some is predicted like another.
    const nas::predicted_table smooth(table, first_digit(space), {.rows = false, .scores = false});
    CHECK(smooth.predictor().fitted == table.size());
    CHECK(smooth.predicts(space.at(0)));
    CHECK(smooth.mean(space.at(0)) == 0);
    CHECK(smooth.mean(space.at(space.size() - 1)) == 3);
    CHECK(smooth(space.at(space.size() - 1), trial(0)).values[0] == 3);
}

TEST_CASE("predicted_table: residuals are a network's own, or a trial's") {
    const cells space{4};
    // The predictor sees the first digit only; rows are 10 more or less where that is 3, and 1 otherwise.
    const auto off = [&](std::uint64_t i) { return (space.at(i)[0] == 3 ? 10.0 : 1.0) * (i % 2 == 0 ? 1 : -1); };
    nas::table_data<cell> data = third_of_all(space, [](std::uint64_t) { return 0.0; });
    for (std::size_t row = 0; row < data.archs.size(); ++row)
        data.rewards[row] = data.archs[row][0] + off(space.index(data.archs[row]));
    const nas::table_evaluator table(space, data);
    const auto with = [&](nas::prediction_noise noise, std::size_t seed) {
        return nas::predicted_table(table, first_digit(space), {.noise = noise, .scores = false, .seed = seed});
    };
    const auto own = with(nas::prediction_noise::network, 1);
    const auto other = with(nas::prediction_noise::network, 2);
    const auto drawn = with(nas::prediction_noise::trial, 1);
    CHECK(own.noise() == nas::evaluation_noise::none);
    CHECK(drawn.noise() == nas::evaluation_noise::some);
    std::vector<double> sums(4);
    std::vector<double> counts(4);
    std::size_t changed = 0;
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const cell arch = space.at(i);
        if (table.contains(arch)) {
            CHECK(own.mean(arch) == table.mean(arch));
            CHECK(drawn(arch, trial(i)).values[0] == table.mean(arch));
            continue;
        }
        // That of rows which are predicted alike, about as large as theirs.
        const double residual = own.mean(arch) - arch[0];
        if (arch[0] < 2) CHECK(std::abs(std::abs(residual) - 1) < 0.5);
        if (arch[0] == 3) CHECK(std::abs(std::abs(residual) - 10) < 3);
        CHECK(own(arch, trial(1)).values[0] == own(arch, trial(2)).values[0]);
        CHECK(own.mean(arch) == own(arch, trial(3)).values[0]);
        changed += own.mean(arch) != other.mean(arch) ? 1U : 0U;
        CHECK(drawn.mean(arch) == arch[0]);
        for (std::uint64_t k = 0; k < 20; ++k) {
            sums[arch[0]] += drawn(arch, trial(20 * i + k)).values[0];
            counts[arch[0]] += 1;
        }
        CHECK(drawn(arch, trial(i)).values[0] == drawn(arch, trial(i)).values[0]);
    }
    CHECK(changed > 200);
    for (std::size_t digit = 0; digit < 4; ++digit)
        CHECK(std::abs(sums[digit] / counts[digit] - static_cast<double>(digit)) < (digit == 3 ? 0.8 : 0.1));
    CHECK(nas::testing::evaluator_violations(own, space) == std::vector<std::string>{});
    CHECK(nas::testing::evaluator_violations(drawn, space) == std::vector<std::string>{});
}

TEST_CASE("predicted_table: rewards that span decades") {
    const cells space{4};
    // From -1 down to -3e7: a line through the rewards themselves knows the worst of them only.
    nas::table_data<cell> data;
    const auto worth = [](const cell& arch) {
        return -std::exp(0.3 * arch[0] + 2.0 * arch[1] + 1.5 * arch[2] + 0.7 * arch[3] + 1.2 * arch[4]);
    };
    for (std::uint64_t i = 1; i < space.size(); i += 3) {
        data.archs.push_back(space.at(i));
        data.rewards.push_back(worth(data.archs.back()));
    }
    const nas::table_evaluator table(space, data);
    const auto error = [&](const auto& made) {
        double best = -std::numeric_limits<double>::infinity();
        for (std::uint64_t i = 0; i < space.size(); ++i) best = std::max(best, made.mean(space.at(i)));
        return best - worth(space.at(0));
    };
    const nas::accuracy_predictor<cells> ridge(space);
    const nas::predicted_table scored(table, ridge);
    const nas::predicted_table plain(table, ridge, {.scores = false});
    CHECK(nas::quality_of(scored.held_out()).kendall > 0.9);
    CHECK(nas::quality_of(plain.held_out()).kendall < 0.7);
    CHECK(std::abs(error(scored)) < 20);
    CHECK(error(plain) > 1e5);
    // Residuals are those of scores: they carry none of the best away.
    for (const auto noise : {nas::prediction_noise::network, nas::prediction_noise::trial}) {
        const nas::predicted_table rugged(table, ridge, {.noise = noise});
        double best = -std::numeric_limits<double>::infinity();
        std::size_t apart = 0;
        for (std::uint64_t i = 0; i < space.size(); ++i) {
            const double value = rugged(space.at(i), trial(i)).values[0];
            best = std::max(best, value);
            apart += value != scored.mean(space.at(i)) ? 1U : 0U;
        }
        CHECK(apart > 500);
        CHECK(best < 100);
    }
    // Nothing is worse than the worst row; all rewards equal are one prediction.
    for (std::uint64_t i = 0; i < space.size(); ++i) CHECK(scored.mean(space.at(i)) >= table.worst());
    for (double& reward : data.rewards) reward = 7;
    CHECK(nas::predicted_table(nas::table_evaluator(space, data), ridge).mean(space.at(0)) == 7);
}

TEST_CASE("predicted_table: rewards as large as numbers can be") {
    const cells space{4};
    nas::table_data<cell> plain = third_of_all(space, [](std::uint64_t i) { return i % 2 == 0 ? 0.25 : -0.25; });
    plain.archs.push_back(plain.archs[1]);  // two rows of one network
    plain.rewards.push_back(plain.rewards[1]);
    plain.costs.push_back(2);
    nas::table_data<cell> large = plain;
    for (double& reward : large.rewards) reward *= 0x1p1020;
    for (double& reward : plain.rewards) CHECK(std::abs(reward) < 16);
    const nas::table_evaluator small_table(space, plain);
    const nas::table_evaluator large_table(space, large);
    CHECK(large_table.average() == doctest::Approx(small_table.average() * 0x1p1020));
    for (const bool scores : {false, true})
        for (const auto noise : {nas::prediction_noise::none, nas::prediction_noise::network}) {
            const nas::predicted_table_options options{.noise = noise, .scores = scores};
            const nas::random_forest<cells> forest(space);
            const nas::predicted_table expected(small_table, forest, options);
            const nas::predicted_table made(large_table, forest, options);
            CHECK(nas::quality_of(made.held_out()).kendall == nas::quality_of(expected.held_out()).kendall);
            for (std::uint64_t i = 0; i < space.size(); ++i) {
                const double value = made.mean(space.at(i));
                REQUIRE(std::isfinite(value));
                const double other = expected.mean(space.at(i)) * 0x1p1020;
                CHECK(value ==
                      (std::isfinite(other) ? other : std::copysign(std::numeric_limits<double>::max(), other)));
            }
        }
}

TEST_CASE("predicted_table: a sample of a space of 10^11 is a benchmark") {
    const nas::choice_space space{12, 8};
    const nas::separable_landscape<nas::choice_space<>> truth(space, {});
    nas::rng random(5);
    nas::table_data<nas::choice_space<>::arch_type> data;
    for (int i = 0; i < 600; ++i) {
        data.archs.push_back(space.sample(random));
        data.rewards.push_back(truth.mean(data.archs.back()));
    }
    const nas::predicted_table made(nas::table_evaluator(space, data),
                                    nas::accuracy_predictor<nas::choice_space<>>(space));
    CHECK(nas::quality_of(made.held_out()).kendall > 0.9);
    nas::search evolution{nas::regularized_evolution{space}, std::cref(made), {.seed = 1}};
    nas::search sampling{nas::random_search{space}, std::cref(made), {.seed = 1}};
    evolution.run({.trials = 300});
    sampling.run({.trials = 300});
    CHECK(truth.mean(evolution.history().best().arch) > truth.mean(sampling.history().best().arch));
}

TEST_CASE("predicted_table: errors are sentences") {
    const cells space{4};
    const nas::table_evaluator one(space, nas::table_data<cell>{{space.at(7)}, {1.0}});
    CHECK_THROWS_WITH_AS((nas::predicted_table(one, first_digit(space))),
                         "nas::cross_validate: there must be at least two different networks, there is one",
                         std::invalid_argument);
    // Two are enough, however few are predicted alike.
    const nas::table_evaluator two(space, nas::table_data<cell>{{space.at(7), space.at(9)}, {1.0, 2.0}});
    const nas::predicted_table made(two, nas::random_forest<cells>(space), {.noise = nas::prediction_noise::network});
    CHECK(std::isfinite(made.mean(space.at(1))));

    struct no_number : first_digit {
        using first_digit::first_digit;
        double predict(const cells&, const cell& arch) const {
            return arch[0] == 1 ? std::numeric_limits<double>::quiet_NaN() : 1;
        }
    };
    struct unsure : first_digit {
        using first_digit::first_digit;
        double deviation(const cells&, const cell&) const { return std::numeric_limits<double>::quiet_NaN(); }
    };
    const nas::table_evaluator many(space, third_of_all(space, [](std::uint64_t) { return 0.0; }));
    CHECK_THROWS_WITH_AS((nas::predicted_table(many, no_number(space))),
                         "nas::predicted_table: the predictor's mean of an architecture is not finite",
                         std::invalid_argument);
    CHECK(std::isfinite(nas::predicted_table(many, unsure(space)).mean(space.at(1))));
}
