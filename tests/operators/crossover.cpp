// SPDX-License-Identifier: Apache-2.0
#include <nas/operators/crossover.hpp>

#include <map>

#include <doctest/doctest.h>

#include "example_spaces.hpp"

using namespace nas::tests;

namespace {

/// Probability that uniform crossover makes `child` of `a` and `b`, by definition.
template <class Space>
double crossover_probability(const Space& space, const choices& a, const choices& b, const choices& child,
                             double swap) {
    double p = 1;
    for (std::size_t i = 0; i < child.size(); ++i) {
        if (!counts(space, child, i)) continue;  // a valid child has 0 there
        const choices options = options_of(space, child, i);
        const bool from_a = counts(space, a, i) && holds(options, a[i]);
        const bool from_b = counts(space, b, i) && holds(options, b[i]);
        if (from_a && from_b) {
            p *= (a[i] == child[i] ? 1 - swap : 0) + (b[i] == child[i] ? swap : 0);
        } else if (from_a || from_b) {
            p *= (from_a ? a : b)[i] == child[i] ? 1 : 0;
        } else {
            p /= static_cast<double>(options.size());
        }
    }
    return p;
}

template <class Space>
void check_crossover(const Space& space, double swap, std::size_t pairs) {
    nas::rng random{21};
    const auto all = all_genotypes(space);
    for (std::size_t pair = 0; pair < pairs; ++pair) {
        const choices& a = all[nas::below(random, all.size())];
        const choices& b = all[nas::below(random, all.size())];
        std::map<choices, double> probability;
        double total = 0;
        for (const choices& child : all) total += probability[child] = crossover_probability(space, a, b, child, swap);
        REQUIRE(total == doctest::Approx(1));
        const std::size_t draws = 2000;
        std::map<choices, std::size_t> seen;
        for (std::size_t i = 0; i < draws; ++i)
            ++seen[plain(
                nas::crossover_decisions(space, genotype_from(space, a), genotype_from(space, b), random, swap))];
        CHECK(surprise(probability, seen, draws) < 6);
    }
}

struct first_parent_space : nas::decision_space<first_parent_space, std::array<std::uint8_t, 2>> {
    static std::size_t decisions() { return 2; }
    static std::size_t cardinality(std::size_t) { return 4; }
    static std::string path(std::size_t i) { return std::to_string(i); }
    static std::string label(std::size_t, std::size_t choice) { return std::to_string(choice); }
    static arch_type crossover(const arch_type& a, const arch_type& b, nas::rng&) { return {a[0], b[1]}; }
};

}  // namespace

TEST_CASE("crossover: children have the probabilities of the definition") {
    for (const double swap : {0.5, 0.1}) {
        check_crossover(nas::choice_space{4, 3}, swap, 40);
        check_crossover(conditional_space(), swap, 100);
        check_crossover(chain_space(), swap, 60);
        check_crossover(masked_space{}, swap, 60);
    }
    nas::rng random{1};
    for (int i = 0; i < 20; ++i) check_crossover(random_forest(random), 0.3, 5);
}

TEST_CASE("crossover: of a genotype with itself is itself, and all of one parent where the other gives nothing") {
    nas::rng random{2};
    const auto conditional = conditional_space();
    for (const choices& genotype : all_genotypes(conditional)) {
        const auto arch = genotype_from(conditional, genotype);
        CHECK(nas::crossover(conditional, arch, arch, random) == arch);
    }
    const masked_space masked;
    for (int i = 0; i < 200; ++i) {
        const auto a = masked.sample(random);
        const auto b = masked.sample(random);
        CHECK(nas::crossover_decisions(masked, a, b, random, 0) == a);
        CHECK(nas::crossover_decisions(masked, a, b, random, 1) == b);
    }
}

TEST_CASE("crossover: of an empty space") {
    nas::rng random{2};
    CHECK(nas::crossover(nas::choice_space{0, 2}, dynamic({}), dynamic({}), random).size() == 0);
    CHECK(nas::crossover(nas::choice_space<0>{2}, {}, {}, random).empty());
}

TEST_CASE("crossover: the space's own operator has precedence") {
    nas::rng random{2};
    CHECK(nas::crossover(first_parent_space{}, {0, 1}, {2, 3}, random) == std::array<std::uint8_t, 2>{0, 3});
}
