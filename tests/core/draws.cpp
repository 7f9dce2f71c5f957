// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>

namespace {

/// Pearson's statistic of counts that should be equal.
double chi_square(const std::vector<std::size_t>& counts) {
    const double expected = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::size_t{0})) /
                            static_cast<double>(counts.size());
    double sum = 0;
    for (const std::size_t count : counts) {
        const double off = static_cast<double>(count) - expected;
        sum += off * off / expected;
    }
    return sum;
}

}  // namespace

TEST_CASE("draws: below is uniform") {
    nas::rng random{1};
    for (const std::size_t bound : {2U, 3U, 7U, 24U, 256U}) {
        std::vector<std::size_t> counts(bound);
        for (std::size_t i = 0; i < 1000 * bound; ++i) {
            const std::uint64_t drawn = nas::below(random, bound);
            REQUIRE(drawn < bound);
            ++counts[drawn];
        }
        // Mean bound - 1, variance twice that; five standard deviations.
        const double freedom = static_cast<double>(bound - 1);
        CHECK(chi_square(counts) < freedom + 5 * std::sqrt(2 * freedom) + 5);
    }
}

TEST_CASE("draws: below's edges") {
    nas::rng random{1};
    for (int i = 0; i < 100; ++i) {
        CHECK(nas::below(random, 1) == 0);
        CHECK(nas::below(random, ~std::uint64_t{0}) < ~std::uint64_t{0});
    }
    // The high word of word * bound.
    nas::rng same{1234567};
    CHECK(nas::below(same, std::uint64_t{1} << 32) == 6457827717110365317U >> 32);
}

TEST_CASE("draws: unit is a multiple of 2^-53, at least 0 and below 1") {
    nas::rng random{2};
    double sum = 0;
    for (int i = 0; i < 100'000; ++i) {
        const double u = nas::unit(random);
        REQUIRE(u >= 0);
        REQUIRE(u < 1);
        REQUIRE(u * 0x1p53 == std::floor(u * 0x1p53));
        sum += u;
    }
    CHECK(sum / 100'000 == doctest::Approx(0.5).epsilon(0.01));
}

TEST_CASE("draws: chance") {
    nas::rng random{3};
    std::size_t hits = 0;
    for (int i = 0; i < 100'000; ++i) {
        REQUIRE(!nas::chance(random, 0));
        REQUIRE(!nas::chance(random, -1));
        REQUIRE(nas::chance(random, 1));
        hits += nas::chance(random, 0.25) ? 1U : 0U;
    }
    CHECK(static_cast<double>(hits) / 100'000 == doctest::Approx(0.25).epsilon(0.03));
}

TEST_CASE("draws: shuffle gives every permutation equally often") {
    nas::rng random{4};
    std::map<std::array<int, 4>, std::size_t> seen;
    for (int i = 0; i < 24'000; ++i) {
        std::array<int, 4> items{0, 1, 2, 3};
        nas::shuffle(std::span<int>(items), random);
        ++seen[items];
    }
    REQUIRE(seen.size() == 24);
    std::vector<std::size_t> counts;
    for (const auto& [items, count] : seen) counts.push_back(count);
    CHECK(chi_square(counts) < 23 + 5 * std::sqrt(46.0));
    nas::shuffle(std::span<int>(), random);  // of nothing: no draw
}

TEST_CASE("draws: sample_to_front takes every subset equally often and keeps all items") {
    nas::rng random{5};
    std::map<std::pair<int, int>, std::size_t> seen;
    for (int i = 0; i < 20'000; ++i) {
        std::array<int, 5> items{0, 1, 2, 3, 4};
        nas::sample_to_front(std::span<int>(items), 2, random);
        ++seen[{items[0], items[1]}];
        std::sort(items.begin(), items.end());
        REQUIRE(items == std::array<int, 5>{0, 1, 2, 3, 4});
    }
    REQUIRE(seen.size() == 20);
    std::vector<std::size_t> counts;
    for (const auto& [items, count] : seen) counts.push_back(count);
    CHECK(chi_square(counts) < 19 + 5 * std::sqrt(38.0));
}

TEST_CASE("draws: each takes the documented number of draws") {
    nas::rng random{6};
    nas::rng counted{6};
    nas::below(random, 10);
    nas::unit(random);
    nas::chance(random, 0.5);
    for (int i = 0; i < 3; ++i) counted();
    CHECK(random == counted);
    std::array<int, 5> items{};
    nas::shuffle(std::span<int>(items), random);
    for (int i = 0; i < 4; ++i) counted();
    CHECK(random == counted);
    nas::sample_to_front(std::span<int>(items), 3, random);
    for (int i = 0; i < 3; ++i) counted();
    CHECK(random == counted);
}
