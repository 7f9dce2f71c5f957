// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/parzen_levels.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace {

double phi(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// The formula of the class's comment, for rising positions.
double mass(const std::vector<double>& positions, double bandwidth, std::size_t m, std::size_t c) {
    const auto edge = [&](std::size_t i) {
        if (i == 0) return 0.0;
        return i == positions.size() ? 1.0 : (positions[i - 1] + positions[i]) / 2;
    };
    const auto below = [&](double x) { return phi((x - positions[m]) / bandwidth); };
    return (below(edge(c + 1)) - below(edge(c))) / (below(1) - below(0));
}

}  // namespace

TEST_CASE("parzen levels: masses are those of truncated normal distributions over cells, and together 1") {
    const std::vector<double> positions{0, 0.1, 0.15, 0.6, 1};
    for (const double bandwidth : {0.01, 0.1, 0.5, 100.0}) {
        CAPTURE(bandwidth);
        const nas::parzen_levels kernels(positions, bandwidth);
        REQUIRE(kernels.size() == 5);
        for (std::size_t m = 0; m < 5; ++m) {
            double sum = 0;
            for (std::size_t c = 0; c < 5; ++c) {
                CHECK(std::abs(kernels.masses(m)[c] - mass(positions, bandwidth, m, c)) < 1e-6);
                sum += static_cast<double>(kernels.masses(m)[c]);
            }
            CHECK(sum == 1);
        }
    }
    // A wide kernel gives each cell its width.
    const nas::parzen_levels wide(positions, 100);
    CHECK(wide.masses(0)[3] == doctest::Approx(0.425).epsilon(1e-4));
}

TEST_CASE("parzen levels: the order of values does not matter, nor does symmetry break") {
    const std::vector<double> rising{0, 0.25, 0.5, 0.75, 1};
    const std::vector<double> falling{1, 0.75, 0.5, 0.25, 0};
    const nas::parzen_levels up(rising, 0.2);
    const nas::parzen_levels down(falling, 0.2);
    for (std::size_t m = 0; m < 5; ++m)
        for (std::size_t c = 0; c < 5; ++c) {
            CHECK(std::abs(up.masses(m)[c] - down.masses(4 - m)[4 - c]) < 1e-6);
            CHECK(std::abs(up.masses(m)[c] - up.masses(4 - m)[4 - c]) < 1e-6);
        }
}

TEST_CASE("parzen levels: likeness is mass relative to the largest, and at place 0 that of no kernel") {
    const nas::parzen_levels kernels(std::vector<double>{0, 0.2, 1}, 0.3);
    float largest = 0;
    for (std::size_t m = 0; m < 3; ++m)
        for (std::size_t c = 0; c < 3; ++c) largest = std::max(largest, kernels.masses(m)[c]);
    for (std::size_t c = 0; c < 3; ++c) {
        CHECK(kernels.likeness(c)[0] == kernels.uniform());
        for (std::size_t m = 0; m < 3; ++m)
            CHECK(kernels.likeness(c)[m + 1] == doctest::Approx(kernels.masses(m)[c] / largest));
    }
    CHECK(kernels.uniform() == doctest::Approx(1 / (3 * largest)));
}

TEST_CASE("parzen levels: one level has all the mass") {
    const nas::parzen_levels one(std::vector<double>{0}, 0.1);
    CHECK(one.masses(0)[0] == 1);
    CHECK(one.uniform() == 1);
    CHECK_THROWS_WITH_AS((nas::parzen_levels{std::vector<double>{0, 1}, 0}),
                         "nas::parzen_levels: bandwidth (0.000000) must be above 0", std::invalid_argument);
}
