// SPDX-License-Identifier: Apache-2.0
#include <nas/operators/neighbors.hpp>

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "example_spaces.hpp"

using namespace nas::tests;

namespace {

/// The neighbours of every genotype are those that mutation can make, by definition and by `draws` draws, each once.
template <class Space>
void check_neighbors(const Space& space, int draws) {
    nas::rng random{5};
    const auto all = all_genotypes(space);
    for (const choices& from : all) {
        std::vector<choices> expected;
        for (const choices& to : all)
            if (to != from && mutation_probability(space, from, to) > 0) expected.push_back(to);
        std::vector<nas::arch_t<Space>> out;
        nas::neighbors(space, genotype_from(space, from), out);
        std::vector<choices> found;
        for (const auto& arch : out) found.push_back(plain(arch));
        std::sort(found.begin(), found.end());
        CHECK(found == expected);
        if (draws == 0) continue;
        std::set<choices> drawn;
        for (int i = 0; i < draws; ++i) drawn.insert(plain(nas::mutate(space, genotype_from(space, from), random)));
        drawn.erase(from);
        CHECK(std::equal(drawn.begin(), drawn.end(), expected.begin(), expected.end()));
    }
}

struct ring_space {
    using arch_type = int;
    static int sample(nas::rng& random) { return static_cast<int>(nas::below(random, 10)); }
    static bool contains(int arch) { return arch >= 0 && arch < 10; }
    static std::string describe(int arch) { return std::to_string(arch); }
    static int parse(std::string_view text) { return text[0] - '0'; }
    static void neighbors(int arch, std::vector<int>& out) {
        out.push_back((arch + 1) % 10);
        out.push_back((arch + 9) % 10);
    }
};

}  // namespace

TEST_CASE("neighbors: everything that mutation can make, each once") {
    SUBCASE("equal cardinalities") { check_neighbors(nas::choice_space{3, 3}, 200); }
    SUBCASE("unequal cardinalities") { check_neighbors(nas::choice_space{std::array{2, 1, 4}}, 200); }
    SUBCASE("conditions") { check_neighbors(conditional_space(), 800); }
    SUBCASE("a chain of conditions") { check_neighbors(chain_space(), 600); }
    SUBCASE("a mask and a condition") { check_neighbors(masked_space{}, 800); }
    SUBCASE("random forests") {
        nas::rng random{6};
        for (int i = 0; i < 20; ++i) check_neighbors(random_forest(random), 0);
    }
}

TEST_CASE("neighbors: in the order of the decision that changes, then of its values") {
    const nas::choice_space<2> space{3};
    std::vector<std::array<std::uint8_t, 2>> out;
    nas::neighbors(space, {1, 2}, out);
    CHECK(out == std::vector<std::array<std::uint8_t, 2>>{{0, 2}, {2, 2}, {1, 0}, {1, 1}});
}

TEST_CASE("neighbors: are appended") {
    const nas::choice_space<2> space{2};
    std::vector<std::array<std::uint8_t, 2>> out{{1, 1}};
    nas::neighbors(space, {0, 0}, out);
    CHECK(out == std::vector<std::array<std::uint8_t, 2>>{{1, 1}, {1, 0}, {0, 1}});
}

TEST_CASE("neighbors: none in an empty or fixed space, 255 of a decision of 256 choices") {
    std::vector<nas::choice_space<>::arch_type> out;
    nas::neighbors(nas::choice_space{0, 5}, dynamic({}), out);
    CHECK(out.empty());
    nas::neighbors(nas::choice_space{3, 1}, dynamic({0, 0, 0}), out);
    CHECK(out.empty());
    nas::neighbors(nas::choice_space{1, 256}, dynamic({255}), out);
    CHECK(out.size() == 255);
    CHECK(out.front()[0] == 0);
    CHECK(out.back()[0] == 254);
}

TEST_CASE("neighbors: the space's own operator has precedence, and needs no decisions") {
    std::vector<int> out;
    nas::neighbors(ring_space{}, 9, out);
    CHECK(out == std::vector<int>{0, 8});
}
