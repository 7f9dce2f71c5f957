// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/predictors/predictor.hpp>
#include <nas/report/statistics.hpp>
#include <nas/spaces/choice_space.hpp>

/// What every predictor keeps.
namespace nas::tests {

/// Architectures with what a sum over their decisions is worth.
template <class Space>
struct observations {
    std::vector<arch_t<Space>> archs;
    std::vector<double> values;
};
template <class Space>
observations<Space> observe(const Space& space, std::size_t count, rng random) {
    observations<Space> seen;
    for (std::size_t i = 0; i < count; ++i) {
        seen.archs.push_back(space.sample(random));
        const auto& genotype = space.genotype(seen.archs.back());
        double sum = 0;
        for (std::size_t d = 0; d < genotype.size(); ++d) sum += static_cast<double>((genotype[d] * 3U + d) % 5);
        seen.values.push_back(sum);
    }
    return seen;
}

/// The laws. `owner` is the class, as its sentences begin; `least`: the rank correlation on what it has not seen.
template <class P, class Space>
void check_predictor_laws(const P& made, const Space& space, const std::string& owner, double least) {
    static_assert(check_predictor<P, Space>());
    using archs_view = std::span<const arch_t<Space>>;
    const observations<Space> seen = observe(space, 80, rng(1));
    const observations<Space> unseen = observe(space, 80, rng(2));
    P first = made;
    CHECK(std::isnan(first.predict(space, seen.archs[0])));
    CHECK(std::isnan(first.deviation(space, seen.archs[0])));

    // What it says is a function of what it was given, whatever it knew before.
    P second = made;
    second.fit(space, archs_view(unseen.archs).first(7), std::span<const double>(unseen.values).first(7));
    for (P* each : {&first, &second}) each->fit(space, archs_view(seen.archs), seen.values);
    std::vector<double> predicted;
    std::vector<prediction> all(unseen.archs.size());
    predict_all(first, space, archs_view(unseen.archs), std::span<prediction>(all));
    for (std::size_t i = 0; i < unseen.archs.size(); ++i) {
        const prediction one{first.predict(space, unseen.archs[i]), first.deviation(space, unseen.archs[i])};
        CHECK(second.predict(space, unseen.archs[i]) == one.mean);
        CHECK(second.deviation(space, unseen.archs[i]) == one.deviation);
        CHECK(one.deviation >= 0);
        CHECK(one.deviation < std::numeric_limits<double>::infinity());
        CHECK(all[i].mean == doctest::Approx(one.mean).epsilon(1e-6));
        CHECK(all[i].deviation == doctest::Approx(one.deviation).epsilon(1e-4));
        predicted.push_back(one.mean);
    }
    CHECK(spearman(predicted, unseen.values) > least);

    // Nothing is learned from nothing; one value, and equal ones, are predicted everywhere.
    second.fit(space, {}, {});
    CHECK(std::isnan(second.predict(space, seen.archs[0])));
    second.fit(space, archs_view(seen.archs).first(1), std::vector<double>{3.5});
    CHECK(second.predict(space, seen.archs[0]) == doctest::Approx(3.5));
    CHECK(second.predict(space, seen.archs[1]) == doctest::Approx(3.5));
    CHECK(second.deviation(space, seen.archs[1]) >= 0);
    second.fit(space, archs_view(seen.archs), std::vector<double>(seen.archs.size(), -2));
    CHECK(second.predict(space, unseen.archs[0]) == doctest::Approx(-2));

    CHECK_THROWS_WITH_AS(second.fit(space, archs_view(seen.archs).first(3), std::vector<double>(2)),
                         (owner + ": there are 3 architectures and 2 values").c_str(), std::invalid_argument);
    const std::vector<double> wrong{1, std::numeric_limits<double>::quiet_NaN()};
    CHECK_THROWS_WITH_AS(second.fit(space, archs_view(seen.archs).first(2), wrong),
                         (owner + ": value 1 is not finite").c_str(), std::invalid_argument);
}

}  // namespace nas::tests
