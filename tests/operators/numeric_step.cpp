// SPDX-License-Identifier: Apache-2.0
#include <nas/operators/numeric_step.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

namespace {

/// Draws steps and compares their numbers with 1 / (1 + (d / s)^2): Pearson's statistic, less its mean, over its deviation.
double surprise(std::size_t level, std::size_t count, double scale) {
    std::vector<double> weights(count);
    double whole = 0;
    for (std::size_t to = 0; to < count; ++to) {
        const double apart = std::fabs(static_cast<double>(to) - static_cast<double>(level));
        if (to != level) whole += weights[to] = 1 / (1 + std::pow(apart / (scale * static_cast<double>(count - 1)), 2));
    }
    nas::rng random{1000 + level + count};
    std::vector<double> seen(count);
    const int draws = 20'000;
    for (int i = 0; i < draws; ++i) ++seen.at(nas::draw_level(level, count, scale, random));
    if (seen[level] > 0) return INFINITY;
    double statistic = 0;
    for (std::size_t to = 0; to < count; ++to) {
        if (to == level) continue;
        const double expected = draws * weights[to] / whole;
        statistic += (seen[to] - expected) * (seen[to] - expected) / expected;
    }
    const double freedom = static_cast<double>(count) - 2;
    return freedom == 0 ? 0 : (statistic - freedom) / std::sqrt(2 * freedom);
}

}  // namespace

TEST_CASE("numeric_step: steps have the probabilities of the definition") {
    for (const double scale : {0.1, 0.02, 1.0, 1000.0})
        for (const std::size_t count : {std::size_t{2}, std::size_t{3}, std::size_t{8}, std::size_t{256}})
            for (const std::size_t level : {std::size_t{0}, count / 2, count - 1}) {
                CAPTURE(scale);
                CAPTURE(count);
                CAPTURE(level);
                CHECK(surprise(level, count, scale) < 5);
            }
}

TEST_CASE("numeric_step: at compile time too, from one draw") {
    constexpr std::size_t level = [] {
        nas::rng random{1};
        return nas::draw_level(3, 9, nas::usual_step_scale, random);
    }();
    static_assert(level < 9 && level != 3);
    nas::rng random{1};
    nas::rng once{1};
    static_cast<void>(nas::draw_level(3, 9, nas::usual_step_scale, random));
    static_cast<void>(once());
    CHECK(random == once);
}
