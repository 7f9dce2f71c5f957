// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include <nas/core/decision.hpp>

TEST_CASE("choice_mask: first") {
    for (const std::size_t count : {0U, 1U, 2U, 63U, 64U, 65U, 127U, 128U, 129U, 200U, 255U, 256U}) {
        const nas::choice_mask mask = nas::choice_mask::first(count);
        CHECK(mask.count() == count);
        for (std::size_t choice = 0; choice < 256; ++choice) REQUIRE(mask.contains(choice) == (choice < count));
    }
}

TEST_CASE("choice_mask: agrees with a std::set under insertion and removal") {
    nas::choice_mask mask;
    std::set<std::size_t> reference;
    std::uint64_t word = 1;
    for (int step = 0; step < 2000; ++step) {
        word = word * 6364136223846793005U + 1442695040888963407U;
        const std::size_t choice = word >> 56;
        if ((word >> 40) % 3 == 0) {
            mask.erase(choice);
            reference.erase(choice);
        } else {
            mask.insert(choice);
            reference.insert(choice);
        }
        REQUIRE(mask.count() == reference.size());
        REQUIRE(mask.contains(choice) == reference.contains(choice));
    }
    std::size_t rank = 0;
    for (const std::size_t choice : reference) {
        CHECK(mask.rank(choice) == rank);
        CHECK(mask.nth(rank++) == choice);
    }
}

TEST_CASE("choice_mask: constexpr, equality, lists") {
    constexpr nas::choice_mask mask{0, 63, 64, 255};
    static_assert(mask.count() == 4);
    static_assert(mask.nth(0) == 0 && mask.nth(1) == 63 && mask.nth(2) == 64 && mask.nth(3) == 255);
    static_assert(mask != nas::choice_mask{} && mask == nas::choice_mask{255, 64, 63, 0});
    static_assert(nas::choice_mask{}.count() == 0);
}

TEST_CASE("decision: is a value, and genotypes are arrays or vectors of bytes") {
    const nas::decision kernel{"kernel", 3, {"1", "3", "5"}, nas::decision_tag::size, nas::condition{0, {1, 2}}};
    CHECK(kernel == nas::decision(kernel));
    CHECK(!(kernel == nas::decision{"kernel", 3}));
    static_assert(nas::Genotype<std::array<std::uint8_t, 6>> && nas::Genotype<std::vector<std::uint8_t>>);
    static_assert(!nas::Genotype<std::vector<int>> && !nas::Genotype<std::uint8_t>);
    CHECK(nas::blank_genotype<std::array<std::uint8_t, 3>>(3) == std::array<std::uint8_t, 3>{});
    CHECK(nas::blank_genotype<std::vector<std::uint8_t>>(3) == std::vector<std::uint8_t>(3));
}
