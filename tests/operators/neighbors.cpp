// SPDX-License-Identifier: Apache-2.0
#include <nas/operators/neighbors.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <type_traits>
#include <utility>

#include <doctest/doctest.h>

#include "example_spaces.hpp"

using namespace nas::tests;

namespace {

/// For every genotype: one neighbour a step, `draws` times drawn, all of which mutation can make, with its probabilities given
/// the step; a step is every other value that an active decision may have, or of a numeric one those 1, 2, 4, 8, 16, ... levels
/// away, by definition.
template <class Space>
void check_neighbors(const Space& space, std::size_t draws) {
    nas::rng random{5};
    const auto all = all_genotypes(space);
    for (const choices& from : all) {
        std::vector<std::pair<std::size_t, std::uint16_t>> steps;
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (!counts(space, from, i)) continue;
            const choices options = options_of(space, from, i);
            for (const std::uint16_t option : options) {
                const std::size_t apart = levels_apart(options, from[i], option);
                const bool power = apart == 1 || apart == 2 || apart == 4;
                if (nas::is_numeric(space, i) ? power : apart > 0) steps.emplace_back(i, option);
            }
        }
        std::vector<std::map<choices, std::size_t>> seen(steps.size());
        for (std::size_t draw = 0; draw < draws; ++draw) {
            std::vector<nas::arch_t<Space>> out;
            nas::neighbors(space, genotype_from(space, from), random, out);
            REQUIRE(out.size() == steps.size());
            for (std::size_t k = 0; k < steps.size(); ++k) ++seen[k][plain(out[k])];
        }
        for (std::size_t k = 0; k < steps.size(); ++k) {
            std::map<choices, double> probability;
            double whole = 0;
            for (const choices& to : all) {
                const auto [at, value] = steps[k];
                if (to[at] != value ||
                    !std::equal(to.begin(), to.begin() + static_cast<std::ptrdiff_t>(at), from.begin()))
                    continue;
                if (const double p = mutation_probability(space, from, to); p > 0) whole += probability[to] = p;
            }
            for (auto& [to, p] : probability) p /= whole;
            CHECK(surprise(probability, seen[k], draws) < 5);
        }
    }
}

/// A decision that switches on twelve others of eight choices, and one that does not care.
nas::choice_space<> switching_space() {
    std::vector<nas::decision> table{{"on", 2}, {"free", 3}};
    for (std::size_t i = 0; i < 12; ++i)
        table.push_back({"d" + std::to_string(i), 8, {}, nas::decision_tag::generic, nas::condition{0, values({1})}});
    return nas::choice_space<>{table};
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

TEST_CASE("neighbors: one for each other value of each active decision, completed as mutation does") {
    SUBCASE("equal cardinalities") { check_neighbors(nas::choice_space{3, 3}, 20); }
    SUBCASE("unequal cardinalities") { check_neighbors(nas::choice_space{std::array{2, 1, 4}}, 20); }
    SUBCASE("conditions") { check_neighbors(conditional_space(), 500); }
    SUBCASE("a chain of conditions") { check_neighbors(chain_space(), 500); }
    SUBCASE("a mask and a condition") { check_neighbors(masked_space{}, 500); }
    SUBCASE("numeric decisions") { check_neighbors(numeric_space(), 200); }
    SUBCASE("numeric decisions with a mask") { check_neighbors(even_space{}, 200); }
    SUBCASE("random forests") {
        nas::rng random{6};
        for (int i = 0; i < 20; ++i) check_neighbors(random_forest(random), 200);
    }
}

TEST_CASE("neighbors: as many as there are steps, whatever a step switches on") {
    const auto space = switching_space();
    nas::rng random{1};
    std::vector<nas::dynamic_genotype> out;
    nas::neighbors(space, space.parse("on=0, free=0"), random, out);
    CHECK(out.size() == 3);
    out.clear();
    nas::neighbors(space, space.at(space.size() - 1), random, out);
    CHECK(out.size() == 1 + 2 + 12 * 7);
}

TEST_CASE("neighbors: a neighborhood is those in random order, the same each time they are looked at") {
    const auto check = [](const auto& space) {
        nas::rng random{3};
        for (int i = 0; i < 20; ++i) {
            const auto arch = space.sample(random);
            nas::neighborhood<std::remove_cvref_t<decltype(space)>> around;
            around.look_around(space, space.sample(random), random);  // what was before does not count
            around.look_around(space, arch, random);
            std::vector<nas::neighbor_step> steps;
            nas::for_each_neighbor_step(space, arch, [&](nas::neighbor_step step) { steps.push_back(step); });
            REQUIRE(around.size() == steps.size());
            std::set<std::pair<std::size_t, std::size_t>> taken;
            for (std::size_t k = 0; k < around.size(); ++k) {
                const auto neighbor = around.at(space, k);
                CHECK(neighbor == around.at(space, k));
                std::size_t at = 0;
                while (neighbor[at] == arch[at]) ++at;
                taken.emplace(at, neighbor[at]);
            }
            CHECK(taken.size() == steps.size());
            for (const nas::neighbor_step step : steps) CHECK(taken.contains({step.decision, step.value}));
        }
    };
    check(nas::choice_space{4, 3});
    check(conditional_space());
    check(masked_space{});
    check(switching_space());
    check(numeric_space());
    check(even_space{});
}

TEST_CASE("neighbors: without conditions and masks nothing is drawn") {
    const nas::choice_space<2> space{3};
    nas::rng random{1};
    std::vector<std::array<std::uint8_t, 2>> out;
    nas::neighbors(space, {1, 2}, random, out);
    CHECK(random == nas::rng{1});
}

TEST_CASE("neighbors: in the order of the decision that changes, then of its values") {
    const nas::choice_space<2> space{3};
    std::vector<std::array<std::uint8_t, 2>> out;
    nas::rng random{1};
    nas::neighbors(space, {1, 2}, random, out);
    CHECK(out == std::vector<std::array<std::uint8_t, 2>>{{0, 2}, {2, 2}, {1, 0}, {1, 1}});
}

TEST_CASE("neighbors: are appended") {
    const nas::choice_space<2> space{2};
    std::vector<std::array<std::uint8_t, 2>> out{{1, 1}};
    nas::rng random{1};
    nas::neighbors(space, {0, 0}, random, out);
    CHECK(out == std::vector<std::array<std::uint8_t, 2>>{{1, 1}, {1, 0}, {0, 1}});
}

TEST_CASE("neighbors: none in an empty or fixed space, 255 of a decision of 256 choices") {
    std::vector<nas::choice_space<>::arch_type> out;
    nas::rng random{1};
    nas::neighbors(nas::choice_space{0, 5}, dynamic({}), random, out);
    CHECK(out.empty());
    nas::neighbors(nas::choice_space{3, 1}, dynamic({0, 0, 0}), random, out);
    CHECK(out.empty());
    nas::neighbors(nas::choice_space{1, 256}, dynamic({255}), random, out);
    CHECK(out.size() == 255);
    CHECK(out.front()[0] == 0);
    CHECK(out.back()[0] == 254);
}

TEST_CASE("neighbors: of more than the most so many at random, each once") {
    const auto check = [](const auto& space, const auto& from, std::size_t most) {
        nas::rng random{3};
        std::vector<nas::arch_t<std::remove_cvref_t<decltype(space)>>> all;
        nas::neighbors(space, from, random, all);
        REQUIRE(all.size() > most);
        auto some = all;
        some.resize(2);
        nas::neighbors(space, from, random, some, most);
        REQUIRE(some.size() == 2 + most);
        auto same = all;
        same.clear();
        nas::rng again{3};
        nas::neighbors(space, from, again, same, all.size());
        CHECK(same == all);
        for (std::size_t k = 2; k < some.size(); ++k) {
            CHECK(std::count(some.begin() + 2, some.end(), some[k]) == 1);
            CHECK(std::count(all.begin(), all.end(), some[k]) == 1);
        }
    };
    const nas::choice_space<3> plain{7};
    check(plain, plain.at(11), 5);
    check(ring_space{}, 9, 1);
    // Each as often.
    nas::rng random{5};
    std::vector<int> seen(18);
    for (int round = 0; round < 3000; ++round) {
        std::vector<std::array<std::uint8_t, 3>> some;
        nas::neighbors(plain, {0, 0, 0}, random, some, 3);
        for (const auto& arch : some)
            ++seen[static_cast<std::size_t>(arch[0] > 0 ? arch[0] : arch[1] > 0 ? 6 + arch[1] : 12 + arch[2]) - 1];
    }
    for (const int times : seen) CHECK(std::abs(times - 500) < 100);
}

TEST_CASE("neighbors: of a numeric decision of 256 levels those powers of two away") {
    const nas::choice_space<1> space{std::vector{nas::numeric_decision("x", nas::log_between(1e-6, 1, 256))}};
    std::vector<std::array<std::uint8_t, 1>> out;
    nas::rng random{1};
    nas::neighbors(space, {100}, random, out);
    CHECK(out == std::vector<std::array<std::uint8_t, 1>>{
                     {36}, {68}, {84}, {92}, {96}, {98}, {99}, {101}, {102}, {104}, {108}, {116}, {132}, {164}, {228}});
}

TEST_CASE("neighbors: the space's own operator has precedence, and needs no decisions") {
    std::vector<int> out;
    nas::rng random{1};
    nas::neighbors(ring_space{}, 9, random, out);
    CHECK(out == std::vector<int>{0, 8});
    CHECK(random == nas::rng{1});
}
