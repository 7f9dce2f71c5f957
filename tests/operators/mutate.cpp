// SPDX-License-Identifier: Apache-2.0
#include <nas/operators/mutate.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "example_spaces.hpp"

using namespace nas::tests;

namespace {

/// Draws mutants of every genotype, or of every `stride`-th, and compares their numbers with the definition.
template <class Space>
void check_mutation(const Space& space, std::size_t stride = 1) {
    nas::rng random{11};
    const auto all = all_genotypes(space);
    for (std::size_t a = 0; a < all.size(); a += stride) {
        std::map<choices, double> probability;
        double total = 0;
        for (const choices& to : all) total += probability[to] = mutation_probability(space, all[a], to);
        REQUIRE(total == doctest::Approx(1));
        const std::size_t draws = 4000;
        std::map<choices, std::size_t> seen;
        const auto from = genotype_from(space, all[a]);
        for (std::size_t i = 0; i < draws; ++i) ++seen[plain(nas::mutate_decision(space, from, random))];
        CHECK(surprise(probability, seen, draws) < 5);
    }
}

/// Probability that mutate_each_decision makes `to` of `from`, by definition.
template <class Space>
double each_probability(const Space& space, const choices& from, const choices& to, double probability) {
    double p = 1;
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (!counts(space, to, i)) continue;  // a valid genotype has 0 there
        const choices options = options_of(space, to, i);
        if (!counts(space, from, i) || !holds(options, from[i])) {
            p /= static_cast<double>(options.size());
        } else if (options.size() > 1) {
            p *= from[i] == to[i] ? 1 - probability
                                  : probability * change_probability(space, i, options, from[i], to[i]);
        } else if (from[i] != to[i]) {
            return 0;
        }
    }
    return p;
}

template <class Space>
void check_each_mutation(const Space& space, double probability, std::size_t stride = 1) {
    nas::rng random{12};
    const auto all = all_genotypes(space);
    for (std::size_t a = 0; a < all.size(); a += stride) {
        std::map<choices, double> expected;
        double total = 0;
        for (const choices& to : all) total += expected[to] = each_probability(space, all[a], to, probability);
        REQUIRE(total == doctest::Approx(1));
        const std::size_t draws = 4000;
        std::map<choices, std::size_t> seen;
        const auto from = genotype_from(space, all[a]);
        for (std::size_t i = 0; i < draws; ++i)
            ++seen[plain(nas::mutate_each_decision(space, from, probability, random))];
        CHECK(surprise(expected, seen, draws) < 5);
    }
}

/// An architecture that is not its genotype, with an operator of its own.
struct pair_space : nas::decision_space<pair_space, std::array<std::uint8_t, 2>, std::pair<int, int>> {
    static std::size_t decisions() { return 2; }
    static std::size_t cardinality(std::size_t) { return 4; }
    static std::string path(std::size_t i) { return i == 0 ? "x" : "y"; }
    static std::string label(std::size_t, std::size_t choice) { return std::to_string(10 * choice); }
    static genotype_type genotype(const arch_type& arch) {
        return {static_cast<std::uint8_t>(arch.first / 10), static_cast<std::uint8_t>(arch.second / 10)};
    }
    static arch_type architecture(const genotype_type& genotype) { return {10 * genotype[0], 10 * genotype[1]}; }
};
struct swapping_space : pair_space {
    static arch_type mutate(const arch_type& arch, nas::rng&) { return {arch.second, arch.first}; }
};

}  // namespace

TEST_CASE("mutate: mutants have the probabilities of the definition") {
    SUBCASE("equal cardinalities") { check_mutation(nas::choice_space{3, 4}, 7); }
    SUBCASE("unequal cardinalities, one of them 1") { check_mutation(nas::choice_space{std::array{2, 1, 5, 3}}, 3); }
    SUBCASE("conditions") { check_mutation(conditional_space()); }
    SUBCASE("a chain of conditions") { check_mutation(chain_space()); }
    SUBCASE("a mask and a condition") { check_mutation(masked_space{}, 2); }
    SUBCASE("numeric decisions") { check_mutation(numeric_space()); }
    SUBCASE("numeric decisions with a mask") { check_mutation(even_space{}, 2); }
    SUBCASE("random forests") {
        nas::rng random{8};
        for (int i = 0; i < 20; ++i) check_mutation(random_forest(random), 5);
    }
}

TEST_CASE("mutate: mutants that change each decision by itself have the probabilities of the definition") {
    SUBCASE("equal cardinalities") { check_each_mutation(nas::choice_space{3, 3}, 0.3, 5); }
    SUBCASE("unequal cardinalities, one of them 1") {
        check_each_mutation(nas::choice_space{std::array{2, 1, 5}}, 0.5, 3);
    }
    SUBCASE("conditions") { check_each_mutation(conditional_space(), 0.4, 3); }
    SUBCASE("a chain of conditions") { check_each_mutation(chain_space(), 0.4, 2); }
    SUBCASE("a mask and a condition") { check_each_mutation(masked_space{}, 0.4, 5); }
    SUBCASE("numeric decisions") { check_each_mutation(numeric_space(), 0.4, 7); }
    SUBCASE("numeric decisions with a mask") { check_each_mutation(even_space{}, 0.4, 3); }
    SUBCASE("random forests") {
        nas::rng random{9};
        for (int i = 0; i < 10; ++i) check_each_mutation(random_forest(random), 0.4, 7);
    }
    SUBCASE("never and always") {
        nas::rng random{9};
        const nas::choice_space<6> space{5};
        for (int i = 0; i < 100; ++i) {
            const auto from = space.sample(random);
            CHECK(nas::mutate_each_decision(space, from, 0, random) == from);
            const auto to = nas::mutate_each_decision(space, from, 1, random);
            for (std::size_t k = 0; k < 6; ++k) CHECK(to[k] != from[k]);
        }
    }
}

TEST_CASE("mutate: where nothing can change, the architecture stays as it is") {
    nas::rng random{1};
    const nas::choice_space fixed{3, 1};
    CHECK(nas::mutate(fixed, fixed.at(0), random) == fixed.at(0));
    const nas::choice_space empty{0, 5};
    CHECK(nas::mutate(empty, empty.at(0), random).size() == 0);
    const nas::choice_space<0> none{5};
    CHECK(nas::mutate(none, {}, random).empty());
    // Free decisions, but inactive ones.
    const nas::choice_space off{std::vector<nas::decision>{
        {"a", 1}, {"b", 1}, {"c", 4, {}, nas::decision_tag::generic, nas::condition{1, {0}}}}};
    CHECK(nas::mutate(off, off.at(2), random) != off.at(2));
}

TEST_CASE("mutate: of a numeric decision of 256 levels each is reached, near ones most often") {
    const nas::choice_space<1> space{std::vector{nas::numeric_decision("x", nas::between(0, 1, 256))}};
    nas::rng random{2};
    for (const std::uint8_t from : {std::uint8_t{0}, std::uint8_t{100}, std::uint8_t{255}}) {
        std::array<int, 256> seen{};
        for (int i = 0; i < 60'000; ++i) ++seen[nas::mutate(space, {from}, random)[0]];
        CHECK(seen[from] == 0);
        CHECK(std::count(seen.begin(), seen.end(), 0) == 1);
        const int next = from == 0 ? seen[1] : seen[from - 1U];
        const int far = from == 0 ? seen[255] : seen[0];
        CHECK(next > 300);
        CHECK(far < 100);
    }
}

TEST_CASE("mutate: of labels that are numbers without values all are alike") {
    const nas::choice_space<1> space{std::vector<nas::decision>{{"k", 4, {"1", "2", "3", "4"}}}};
    const nas::choice_space<1> plain{4};
    nas::rng random{3};
    nas::rng same{3};
    for (int i = 0; i < 100; ++i) CHECK(nas::mutate(space, {0}, random) == nas::mutate(plain, {0}, same));
}

TEST_CASE("mutate: other steps by the scale") {
    const nas::choice_space<1> space{std::vector{nas::numeric_decision("x", nas::between(0, 1, 101))}};
    nas::rng random{4};
    // Of small scales the next levels come in six of ten cases, of large ones in one of fifty.
    const auto next = [&](double scale, bool each) {
        int count = 0;
        for (int i = 0; i < 1000; ++i) {
            const std::uint8_t to = each ? nas::mutate_each_decision(space, {50}, 1, random, scale)[0]
                                         : nas::mutate_decision(space, {50}, random, scale)[0];
            count += to == 49 || to == 51 ? 1 : 0;
        }
        return count;
    };
    CHECK(next(1e-3, false) > 500);
    CHECK(next(1e-3, true) > 500);
    CHECK(next(1000, false) < 60);
    CHECK(next(1000, true) < 60);
}

TEST_CASE("mutate: a decision of 256 choices takes every other value") {
    const nas::choice_space<1> space{256};
    nas::rng random{2};
    for (const int from : {0, 128, 255}) {
        std::set<int> seen;
        for (int i = 0; i < 20000; ++i) seen.insert(nas::mutate(space, {static_cast<std::uint8_t>(from)}, random)[0]);
        CHECK(seen.size() == 255);
        CHECK_FALSE(seen.contains(from));
    }
}

TEST_CASE("mutate: works through genotypes where an architecture is something else") {
    const pair_space space;
    nas::rng random{3};
    for (int i = 0; i < 100; ++i) {
        const auto mutant = nas::mutate(space, {10, 20}, random);
        CHECK((mutant.first == 10) != (mutant.second == 20));
        CHECK(space.contains(mutant));
    }
}

TEST_CASE("mutate: the space's own operator has precedence") {
    nas::rng random{3};
    CHECK(nas::mutate(swapping_space{}, {10, 20}, random) == std::pair(20, 10));
}
