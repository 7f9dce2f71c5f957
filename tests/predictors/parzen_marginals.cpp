// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/parzen_marginals.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <vector>

using nas::parzen_marginals;

TEST_CASE("parzen marginals: counts and a prior (an oracle), and their ratio") {
    parzen_marginals densities({{3}}, 1);
    for (const std::size_t choice : std::vector<std::size_t>{0, 0, 1}) densities.add_good(0, choice);
    for (const std::size_t choice : std::vector<std::size_t>{2, 2, 1, 0}) densities.add_bad(0, choice);
    const std::vector<double> good{3.0 / 6, 2.0 / 6, 1.0 / 6};
    const std::vector<double> bad{2.0 / 7, 2.0 / 7, 3.0 / 7};
    const std::vector<double> ratios{1.75, 7.0 / 6, 7.0 / 18};
    for (std::size_t c = 0; c < 3; ++c) {
        CHECK(densities.good(0, c) == doctest::Approx(good[c]));
        CHECK(densities.bad(0, c) == doctest::Approx(bad[c]));
        CHECK(std::exp(densities.log_ratio(0, c)) == doctest::Approx(ratios[c]));
    }
}

TEST_CASE("parzen marginals: without trials all is uniform") {
    const parzen_marginals densities({{4}, {2}}, 0.5);
    CHECK(densities.good(0, 3) == 0.25);
    CHECK(densities.bad(1, 0) == 0.5);
    CHECK(densities.log_ratio(0, 3) == 0);
}

TEST_CASE("parzen marginals: of a numeric decision the mean of kernels and of a uniform one") {
    const auto levels = std::make_shared<const nas::parzen_levels>(std::vector<double>{0, 0.5, 0.75, 1}, 0.2);
    parzen_marginals densities({{4, levels}, {3}}, 2);
    densities.add_good(0, 1);
    densities.add_good(0, 1);
    densities.add_good(0, 3);
    densities.add_bad(0, 0);
    for (std::size_t c = 0; c < 4; ++c) {
        const double good = (2 * double(levels->masses(1)[c]) + double(levels->masses(3)[c]) + 2 * 0.25) / 5;
        const double bad = (double(levels->masses(0)[c]) + 2 * 0.25) / 3;
        CHECK(densities.good(0, c) == doctest::Approx(good).epsilon(1e-12));
        CHECK(densities.bad(0, c) == doctest::Approx(bad).epsilon(1e-12));
        CHECK(densities.log_ratio(0, c) == doctest::Approx(std::log(good / bad)).epsilon(1e-12));
    }
}

TEST_CASE("parzen marginals: what was added can be taken away, exactly and in any order") {
    const auto levels = std::make_shared<const nas::parzen_levels>(std::vector<double>{0, 0.1, 0.4, 1}, 0.15);
    const std::vector<nas::parzen_decision> decisions{{4, levels}, {5}};
    parzen_marginals moved(decisions, 1);
    parzen_marginals fresh(decisions, 1);
    nas::rng random{3};
    std::vector<std::array<std::size_t, 2>> trials;
    for (int t = 0; t < 2000; ++t) trials.push_back({nas::below(random, 4), nas::below(random, 5)});
    for (const auto& trial : trials)
        for (std::size_t i = 0; i < 2; ++i) moved.add_bad(i, trial[i]);
    for (std::size_t t = 0; t < trials.size(); t += 2)
        for (std::size_t i = 0; i < 2; ++i) {
            moved.turn(i, trials[t][i], true);
        }
    for (std::size_t t = 0; t < trials.size(); t += 4)
        for (std::size_t i = 0; i < 2; ++i) {
            moved.turn(i, trials[t][i], false);
        }
    for (std::size_t t = trials.size(); t-- > 0;)
        for (std::size_t i = 0; i < 2; ++i)
            t % 4 == 2 ? fresh.add_good(i, trials[t][i]) : fresh.add_bad(i, trials[t][i]);
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t c = 0; c < decisions[i].choices; ++c) {
            CHECK(moved.good(i, c) == fresh.good(i, c));
            CHECK(moved.bad(i, c) == fresh.bad(i, c));
            CHECK(moved.log_ratio(i, c) == fresh.log_ratio(i, c));
        }
}

TEST_CASE("parzen marginals: draws are from the good density") {
    parzen_marginals densities({{3}}, 1);
    for (const std::size_t choice : std::vector<std::size_t>{0, 0, 1}) densities.add_good(0, choice);
    std::array<double, 3> counts{};
    nas::rng random{1};
    constexpr double draws = 20'000;
    for (int n = 0; n < static_cast<int>(draws); ++n) counts[densities.draw(0, random)] += 1;
    for (std::size_t c = 0; c < 3; ++c) {
        const double p = densities.good(0, c);
        CHECK(std::abs(counts[c] - draws * p) < 4 * std::sqrt(draws * p * (1 - p)));
    }
}
