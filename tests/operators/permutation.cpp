// SPDX-License-Identifier: Apache-2.0
#include <nas/operators/permutation.hpp>

#include <cmath>
#include <cstddef>
#include <set>
#include <vector>

#include <doctest/doctest.h>

TEST_CASE("permutation: every index once, for every size and key") {
    nas::rng random{1};
    for (std::uint64_t size = 1; size < 300; ++size) {
        const nas::permutation order(size, random());
        CHECK(order.size() == size);
        std::vector<bool> seen(size, false);
        for (std::uint64_t i = 0; i < size; ++i) {
            const std::uint64_t there = order[i];
            REQUIRE(there < size);
            CHECK_FALSE(seen[there]);
            seen[there] = true;
        }
    }
}

TEST_CASE("permutation: around powers of two and at the largest sizes") {
    for (const unsigned size : {4095U, 4096U, 4097U, 15625U, 16384U, 16385U, 65536U, 65537U}) {
        const nas::permutation order(size, 42);
        std::vector<bool> seen(size, false);
        for (std::uint64_t i = 0; i < size; ++i) {
            REQUIRE(order[i] < size);
            CHECK_FALSE(seen[order[i]]);
            seen[order[i]] = true;
        }
    }
    for (const std::uint64_t size : {std::uint64_t{1} << 32, (std::uint64_t{1} << 63) + 1, ~std::uint64_t{0}}) {
        const nas::permutation order(size, 42);
        std::set<std::uint64_t> seen;
        for (std::uint64_t i = 0; i < 1000; ++i) {
            CHECK(order[i] < size);
            seen.insert(order[i]);
        }
        for (std::uint64_t i = size - 1000; i < size; ++i) {
            CHECK(order[i] < size);
            seen.insert(order[i]);
        }
        CHECK(seen.size() == 2000);
    }
}

TEST_CASE("permutation: equal keys agree, different keys differ") {
    const nas::permutation first(1000, 1);
    const nas::permutation again(1000, 1);
    const nas::permutation other(1000, 2);
    int equal = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        CHECK(first[i] == again[i]);
        equal += first[i] == other[i] ? 1 : 0;
    }
    CHECK(equal < 12);  // 1 expected
}

TEST_CASE("permutation: over random keys, each index goes everywhere equally often") {
    for (const std::uint64_t size : {2U, 3U, 5U, 7U, 12U, 16U, 31U, 100U}) {
        nas::rng random{size};
        const int draws = 20000;
        for (const std::uint64_t index : {std::uint64_t{0}, size / 2, size - 1}) {
            std::vector<int> seen(size, 0);
            for (int i = 0; i < draws; ++i) ++seen[nas::permutation(size, random())[index]];
            const double expected = draws / static_cast<double>(size);
            double statistic = 0;
            for (const int count : seen) statistic += (count - expected) * (count - expected) / expected;
            const double freedom = static_cast<double>(size - 1);
            CHECK((statistic - freedom) / std::sqrt(2 * freedom) < 5);
        }
    }
}

TEST_CASE("permutation: neighbours do not stay neighbours") {
    const nas::permutation order(15625, 7);
    int near = 0;
    for (std::uint64_t i = 1; i < 15625; ++i) {
        const auto step = static_cast<std::int64_t>(order[i]) - static_cast<std::int64_t>(order[i - 1]);
        near += step >= -8 && step <= 8 ? 1 : 0;
    }
    CHECK(near < 40);  // 16 expected
}
