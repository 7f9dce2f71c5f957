// SPDX-License-Identifier: Apache-2.0
#include <nas/rewards/ranking_metrics.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <set>
#include <stdexcept>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>

namespace {

using numbers = std::vector<float>;
using doctest::Approx;

/// All pairs.
double brute_roc_auc(const numbers& scores, const numbers& targets) {
    double won = 0;
    double pairs = 0;
    for (std::size_t i = 0; i < scores.size(); ++i)
        for (std::size_t k = 0; k < scores.size(); ++k) {
            if (targets[i] != 1 || targets[k] != 0) continue;
            won += scores[i] > scores[k] ? 1 : scores[i] == scores[k] ? 0.5 : 0;
            ++pairs;
        }
    return won / pairs;
}

/// All thresholds, each of which counts the rows anew.
double brute_average_precision(const numbers& scores, const numbers& targets) {
    const auto positives = static_cast<double>(std::count(targets.begin(), targets.end(), 1.0F));
    double sum = 0;
    double recall_before = 0;
    for (const float threshold : std::set<float, std::greater<>>(scores.begin(), scores.end())) {
        double found = 0;
        double passed = 0;
        for (std::size_t i = 0; i < scores.size(); ++i) {
            if (scores[i] < threshold) continue;
            ++passed;
            found += static_cast<double>(targets[i]);
        }
        sum += (found / positives - recall_before) * (found / passed);
        recall_before = found / positives;
    }
    return sum;
}

}  // namespace

TEST_CASE("ranking_metrics: AMBER D33") {
    const numbers scores{0.1F, 0.4F, 0.35F, 0.8F};
    const numbers targets{0, 0, 1, 1};
    CHECK(nas::roc_auc(scores, targets) == 0.75);
    CHECK(nas::average_precision(scores, targets) == Approx(0.8333333333).epsilon(1e-9));

    const numbers tied_scores{0.5F, 0.5F, 0.2F, 0.9F, 0.3F, 0.5F};
    const numbers tied_targets{0, 1, 0, 1, 1, 0};
    CHECK(nas::roc_auc(tied_scores, tied_targets) == Approx(0.6666666667).epsilon(1e-9));
    CHECK(nas::average_precision(tied_scores, tied_targets) == Approx(0.7).epsilon(1e-12));

    const numbers perfect{1, -1, -1, 1, 1};
    CHECK(nas::roc_auc(perfect, numbers{1, 0, 0, 1, 1}) == 1);
    CHECK(nas::average_precision(perfect, numbers{1, 0, 0, 1, 1}) == 1);
}

TEST_CASE("ranking_metrics: equal to counting all pairs and all thresholds") {
    nas::rng random(7);
    for (int round = 0; round < 300; ++round) {
        const std::size_t rows = 2 + nas::below(random, 40);
        const std::size_t levels = 1 + nas::below(random, 12);  // few, so that there are ties
        numbers scores(rows);
        numbers targets(rows);
        for (std::size_t i = 0; i < rows; ++i) {
            scores[i] = static_cast<float>(nas::below(random, levels)) / 7.0F - 0.5F;
            targets[i] = nas::below(random, 3) == 0 ? 1.0F : 0.0F;
        }
        targets[0] = 1;
        targets[1] = 0;
        const double area = nas::roc_auc(scores, targets);
        CHECK(area == Approx(brute_roc_auc(scores, targets)).epsilon(1e-12));
        CHECK(nas::average_precision(scores, targets) ==
              Approx(brute_average_precision(scores, targets)).epsilon(1e-12));

        numbers turned = scores;
        for (float& score : turned) score = -score;
        CHECK(nas::roc_auc(turned, targets) == Approx(1 - area).epsilon(1e-12));
        numbers stretched = scores;  // only the order counts
        for (float& score : stretched) score = std::exp(3 * score);
        CHECK(nas::roc_auc(stretched, targets) == area);
    }
}

TEST_CASE("ranking_metrics: a constant score is chance, infinite scores are scores") {
    const numbers targets{1, 0, 0, 0};
    CHECK(nas::roc_auc(numbers(4, 0.3F), targets) == 0.5);
    CHECK(nas::average_precision(numbers(4, 0.3F), targets) == 0.25);
    constexpr float infinity = std::numeric_limits<float>::infinity();
    CHECK(nas::roc_auc(numbers{infinity, 5, -infinity, 5}, targets) == 1);
}

TEST_CASE("ranking_metrics: a hundred thousand rows are exact and take no time") {
    const std::size_t rows = 100'000;
    numbers scores(rows);
    numbers targets(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        scores[i] = static_cast<float>(i);
        targets[i] = i % 2 == 0 ? 0.0F : 1.0F;
    }
    // A positive at 2k + 1 beats the k + 1 negatives below it.
    CHECK(nas::roc_auc(scores, targets) == Approx(0.5 + 0.5 / 50'000).epsilon(1e-15));
}

TEST_CASE("ranking_metrics: what has no value, and what is wrong") {
    CHECK_THROWS_WITH_AS(nas::roc_auc(numbers{1, 2}, numbers{1, 1}), "nas::roc_auc: the targets must hold both 0 and 1",
                         std::domain_error);
    CHECK_THROWS_WITH_AS(nas::average_precision(numbers{1, 2}, numbers{0, 0}),
                         "nas::average_precision: the targets must hold both 0 and 1", std::domain_error);
    CHECK_THROWS_AS(nas::roc_auc(numbers{}, numbers{}), std::domain_error);
    CHECK_THROWS_WITH_AS(nas::roc_auc(numbers{1, 2}, numbers{1}), "nas::roc_auc: there are 2 scores for 1 targets",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::roc_auc(numbers{1, 2}, numbers{1, 0.5F}),
                         "nas::roc_auc: the target of row 1 (0.500000) must be 0 or 1", std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::average_precision(numbers{std::nanf(""), 2}, numbers{1, 0}),
                         "nas::average_precision: the score of row 0 is not a number", std::invalid_argument);
}
