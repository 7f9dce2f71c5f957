// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include <nas/core/decision.hpp>
#include <nas/core/dynamic_genotype.hpp>

namespace {

nas::dynamic_genotype counted(std::size_t size, std::size_t first) {
    nas::dynamic_genotype genotype(size);
    for (std::size_t i = 0; i < size; ++i) genotype[i] = static_cast<std::uint8_t>(first + i);
    return genotype;
}

// Inside the object, at its limit, and beyond.
constexpr std::size_t sizes[] = {0, 1, 6, 31, 32, 33, 40, 300};

}  // namespace

TEST_CASE("dynamic_genotype: begins with zeros") {
    static_assert(nas::Genotype<nas::dynamic_genotype>);
    CHECK(nas::dynamic_genotype().size() == 0);
    for (const std::size_t size : sizes) {
        const nas::dynamic_genotype blank(size);
        REQUIRE(blank.size() == size);
        for (const std::uint8_t value : blank) CHECK(value == 0);
        CHECK(nas::blank_genotype<nas::dynamic_genotype>(size) == blank);
    }
}

TEST_CASE("dynamic_genotype: copies, moves and assignments between all sizes keep the values") {
    for (const std::size_t from : sizes)
        for (const std::size_t to : sizes) {
            CAPTURE(from);
            CAPTURE(to);
            const nas::dynamic_genotype expected = counted(from, 1);
            const nas::dynamic_genotype copy(expected);
            CHECK(copy == expected);
            nas::dynamic_genotype target = counted(to, 100);
            target = expected;
            CHECK(target == expected);
            CHECK(counted(from, 1) == expected);
            nas::dynamic_genotype source = expected;
            nas::dynamic_genotype other = counted(to, 100);
            other = std::move(source);
            CHECK(other == expected);
            nas::dynamic_genotype constructed(std::move(other));
            CHECK(constructed == expected);
            if (from != to) CHECK(!(counted(from, 1) == counted(to, 1)));
        }
}

TEST_CASE("dynamic_genotype: a copy is its own, and self-assignment changes nothing") {
    for (const std::size_t size : sizes) {
        const nas::dynamic_genotype expected = counted(size, 7);
        nas::dynamic_genotype genotype = expected;
        const nas::dynamic_genotype& same = genotype;
        genotype = same;
        CHECK(genotype == expected);
        if (size == 0) continue;
        nas::dynamic_genotype copy = genotype;
        copy[size - 1] = 200;
        CHECK(genotype == expected);
        CHECK(!(copy == expected));
    }
    std::vector<nas::dynamic_genotype> many;
    for (std::size_t i = 0; i < 100; ++i) many.push_back(counted(i, i));
    for (std::size_t i = 0; i < 100; ++i) CHECK(many[i] == counted(i, i));
}
