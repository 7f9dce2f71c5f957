// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/boosted_quantiles.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "operators/example_spaces.hpp"
#include "predictors/predictor_laws.hpp"

using namespace nas::tests;

namespace {

using cells = nas::choice_space<6>;
using cell = cells::arch_type;

/// A value whose spread depends on the second decision, and whose errors are not normal: from 0 to 1, mostly small.
double noisy(const cell& arch, nas::rng& random) {
    const double error = nas::unit(random);
    return arch[0] + (1 + arch[1]) * error * error * error;
}

}  // namespace

TEST_CASE("boosted quantiles: the laws of predictors") {
    const cells space{5};
    check_predictor_laws(nas::boosted_quantiles<cells>(space), space, "nas::boosted_quantiles", 0.6);
    const auto conditional = conditional_space();
    check_predictor_laws(nas::boosted_quantiles<nas::choice_space<>>(conditional), conditional,
                         "nas::boosted_quantiles", 0.6);
}

TEST_CASE("boosted quantiles: intervals hold the share of new values that they should") {
    const cells space{5};
    for (const double coverage : {0.5, 0.8, 0.9}) {
        // Of one fit the share varies by how the calibration fell; on the mean over fits it must be right.
        double held = 0;
        constexpr int fits = 120;
        constexpr int trials = 200;
        for (int fit = 0; fit < fits; ++fit) {
            nas::rng random(static_cast<std::uint64_t>(fit));
            std::vector<cell> archs;
            std::vector<double> values;
            for (int i = 0; i < 159; ++i) {
                archs.push_back(space.sample(random));
                values.push_back(noisy(archs.back(), random));
            }
            nas::boosted_quantiles<cells> model(space, {.trees = 20, .coverage = coverage});
            model.fit(space, archs, values, random);
            for (int i = 0; i < trials; ++i) {
                const cell arch = space.sample(random);
                const nas::value_interval interval = model.interval(space, arch);
                const double value = noisy(arch, random);
                held += interval.low <= value && value <= interval.high ? 1.0 / (fits * trials) : 0;
            }
        }
        CAPTURE(coverage);
        CHECK(std::abs(held - coverage) < 0.02);
    }
}

TEST_CASE("boosted quantiles: intervals are wide where values vary") {
    const cells space{5};
    nas::rng random(1);
    std::vector<cell> archs;
    std::vector<double> values;
    for (int i = 0; i < 600; ++i) {
        archs.push_back(space.sample(random));
        values.push_back(noisy(archs.back(), random));
    }
    nas::boosted_quantiles<cells> model(space);
    model.fit(space, archs, values, random);
    double narrow = 0;
    double wide = 0;
    for (int i = 0; i < 50; ++i) {
        cell arch = space.sample(random);
        arch[1] = 0;
        narrow += model.deviation(space, arch);
        arch[1] = 4;
        wide += model.deviation(space, arch);
    }
    CHECK(wide > 2 * narrow);
}

TEST_CASE("boosted quantiles: options") {
    CHECK_THROWS_WITH_AS(nas::boosted_quantiles<cells>(cells{5}, {.depth = 0}),
                         "nas::boosted_quantiles: depth (0) must be in [1, 64]", std::invalid_argument);
}
