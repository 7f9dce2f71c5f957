// SPDX-License-Identifier: Apache-2.0
#include <nas/operators/enumerate.hpp>

#include <limits>
#include <set>

#include <doctest/doctest.h>

#include "example_spaces.hpp"

using namespace nas::tests;

namespace {

template <class Space>
void check_enumeration(const Space& space) {
    const auto all = all_genotypes(space);
    REQUIRE(nas::count_architectures(space) == all.size());
    std::set<choices> seen;
    for (std::uint64_t i = 0; i < all.size(); ++i) {
        const auto genotype = nas::genotype_at(space, i);
        CHECK(nas::is_valid(space, genotype));
        CHECK(nas::index_of(space, genotype) == i);
        seen.insert(plain(genotype));
    }
    CHECK(seen.size() == all.size());
    CHECK_THROWS_AS(nas::genotype_at(space, all.size()), std::out_of_range);
}

/// A list of up to `length` entries of `kinds` kinds: value 0 of each decision ends the list.
nas::choice_space<> list_space(std::size_t length, std::size_t kinds) {
    std::vector<nas::decision> table;
    for (std::size_t i = 0; i < length; ++i) {
        nas::decision row{std::string("entry") + std::to_string(i), kinds + 1};
        if (i > 0) {
            row.when = nas::condition{i - 1, {}};
            for (std::size_t kind = 1; kind <= kinds; ++kind) row.when->values.insert(kind);
        }
        table.push_back(row);
    }
    return nas::choice_space<>{table};
}

}  // namespace

TEST_CASE("enumerate: size, at and index against brute force") {
    check_enumeration(nas::choice_space{4, 3});
    check_enumeration(nas::choice_space<4>{3});
    check_enumeration(nas::choice_space{std::array{2, 1, 5, 3}});
    check_enumeration(conditional_space());
    check_enumeration(chain_space());
    check_enumeration(list_space(4, 3));
    nas::rng random{77};
    for (int i = 0; i < 200; ++i) check_enumeration(random_forest(random));
}

TEST_CASE("enumerate: without conditions, in lexicographic order") {
    const nas::choice_space space{std::array{2, 1, 5, 3}};
    const auto all = all_genotypes(space);
    for (std::uint64_t i = 0; i < all.size(); ++i) CHECK(plain(nas::genotype_at(space, i)) == all[i]);
}

TEST_CASE("enumerate: with conditions, decisions that depend on one value are the digits below it") {
    // 2 * (1 + 2 * (1 + 2 + 2) * 2 + 2): last * (skip + stride * (kernel, dilation) * window + pool's window)
    const auto space = conditional_space();
    CHECK(nas::count_architectures(space) == 2 * (1 + 2 * 5 * 2 + 2));
    CHECK(plain(nas::genotype_at(space, 0)) == choices{0, 0, 0, 0, 0, 0});
    CHECK(plain(nas::genotype_at(space, 1)) == choices{0, 0, 0, 0, 1, 0});
    CHECK(plain(nas::genotype_at(space, 2)) == choices{1, 0, 0, 0, 0, 0});
    CHECK(plain(nas::genotype_at(space, 4)) == choices{1, 0, 0, 0, 0, 1});
    CHECK(plain(nas::genotype_at(space, 6)) == choices{1, 0, 1, 0, 0, 0});
    CHECK(plain(nas::genotype_at(space, 45)) == choices{2, 0, 0, 0, 1, 1});
}

TEST_CASE("enumerate: long chains are counted in time linear in their length") {
    // 1 + k + ... + k^n lists of at most n entries.
    const auto space = list_space(20, 8);
    std::uint64_t expected = 1;
    for (int i = 0; i < 20; ++i) expected = 1 + 8 * expected;
    CHECK(nas::count_architectures(space) == expected);
    nas::rng random{3};
    for (int i = 0; i < 200; ++i) {
        const std::uint64_t index = nas::below(random, expected);
        CHECK(nas::index_of(space, nas::genotype_at(space, index)) == index);
    }
    CHECK(nas::index_of(space, nas::genotype_at(space, expected - 1)) == expected - 1);
    CHECK(nas::count_architectures(list_space(64, 8)) == nas::uncountable);
}

TEST_CASE("enumerate: the largest space that can be counted, and those that cannot") {
    const nas::choice_space large{std::array{256, 256, 256, 256, 256, 256, 256, 255}};
    CHECK(nas::count_architectures(large) == 255ULL << 56);
    CHECK(plain(large.at((255ULL << 56) - 1)) == choices{255, 255, 255, 255, 255, 255, 255, 254});
    CHECK(large.index(large.at(0x0123456789abcdefULL)) == 0x0123456789abcdefULL);
    // 2^64 - 1 = 3 * 5 * 17 * 257 * 641 * 65537 * 6700417 has a factor above 256, so only conditions reach it; 2^64 does not fit.
    const nas::choice_space eight{8, 256};
    CHECK(nas::count_architectures(eight) == nas::uncountable);
    CHECK(nas::count_architectures(nas::choice_space{500, 7}) == nas::uncountable);
    CHECK_THROWS_WITH_AS(eight.at(0), "nas: the space is too large to be counted in 64 bits", std::out_of_range);
    CHECK_THROWS_WITH_AS(eight.at(std::numeric_limits<std::uint64_t>::max()),
                         "nas: the space is too large to be counted in 64 bits", std::out_of_range);
    CHECK_THROWS_WITH_AS(list_space(64, 8).at(0), "nas: the space is too large to be counted in 64 bits",
                         std::out_of_range);
}

TEST_CASE("enumerate: an index out of range") {
    CHECK_THROWS_WITH_AS(nas::choice_space<6>{5}.at(15625), "nas: there is no architecture 15625 in a space of 15625",
                         std::out_of_range);
    CHECK_THROWS_WITH_AS(conditional_space().at(46), "nas: there is no architecture 46 in a space of 46",
                         std::out_of_range);
}

TEST_CASE("enumerate: an empty space has one architecture") {
    const nas::choice_space<> empty{std::vector<nas::decision>{}};
    CHECK(empty.size() == 1);
    CHECK(empty.at(0).size() == 0);
    CHECK(empty.index(dynamic({})) == 0);
    CHECK_THROWS_AS(empty.at(1), std::out_of_range);
    CHECK(nas::choice_space<0>{3}.size() == 1);
}

TEST_CASE("enumerate: masked spaces are not counted") {
    CHECK(nas::EnumerableSpace<nas::choice_space<>>);
    CHECK_FALSE(nas::EnumerableSpace<masked_space>);
}
