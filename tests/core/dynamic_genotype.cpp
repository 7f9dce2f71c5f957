// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include <nas/core/decision.hpp>
#include <nas/core/dynamic_genotype.hpp>

static_assert(nas::Genotype<nas::dynamic_genotype>);

namespace {

nas::dynamic_genotype counting(std::size_t size, std::uint8_t first = 1) {
    nas::dynamic_genotype genotype(size);
    std::iota(genotype.begin(), genotype.end(), first);
    return genotype;
}

}  // namespace

TEST_CASE("a dynamic genotype starts as zeros, inside the object and on the heap") {
    for (const std::size_t size : {0U, 1U, 6U, 31U, 32U, 33U, 200U}) {
        const nas::dynamic_genotype genotype(size);
        CHECK(genotype.size() == size);
        for (const std::uint8_t choice : genotype) CHECK(choice == 0);
    }
    CHECK(nas::dynamic_genotype{}.size() == 0);
}

TEST_CASE("a dynamic genotype holds the choices it is made of") {
    const nas::dynamic_genotype genotype{3, 0, 255};
    REQUIRE(genotype.size() == 3);
    CHECK(genotype[0] == 3);
    CHECK(genotype[2] == 255);
    CHECK(genotype == nas::dynamic_genotype{3, 0, 255});
    CHECK(genotype != nas::dynamic_genotype{3, 0, 254});
    CHECK(genotype != nas::dynamic_genotype{3, 0});
}

TEST_CASE("copies and moves of dynamic genotypes between all sizes are values of their own") {
    for (const std::size_t from : {0U, 6U, 32U, 33U, 200U}) {
        for (const std::size_t to : {0U, 6U, 32U, 33U, 200U}) {
            const nas::dynamic_genotype source = counting(from);
            nas::dynamic_genotype copy = counting(to, 7);
            copy = source;
            CHECK(copy == source);
            if (from > 0) {
                copy[0] = 99;
                CHECK(source[0] == 1);
            }
            nas::dynamic_genotype moved = counting(to, 7);
            nas::dynamic_genotype given = source;
            moved = std::move(given);
            CHECK(moved == source);
            nas::dynamic_genotype built(std::move(moved));
            CHECK(built == source);
        }
    }
}

TEST_CASE("a dynamic genotype can be assigned to itself") {
    for (const std::size_t size : {6U, 40U}) {
        nas::dynamic_genotype genotype = counting(size);
        nas::dynamic_genotype& same = genotype;
        genotype = same;
        CHECK(genotype == counting(size));
        genotype = std::move(same);
        CHECK(genotype == counting(size));
    }
}
