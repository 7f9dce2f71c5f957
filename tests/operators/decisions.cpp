// SPDX-License-Identifier: Apache-2.0
#include <nas/operators/decisions.hpp>

#include <map>
#include <set>

#include <doctest/doctest.h>

#include "example_spaces.hpp"

using namespace nas::tests;

namespace {

template <class Space>
void check_validity(const Space& space) {
    std::set<choices> valid;
    for (const choices& genotype : all_genotypes(space)) valid.insert(genotype);
    REQUIRE(!valid.empty());
    for (const choices& genotype : all_combinations(space))
        CHECK(nas::is_valid(space, genotype_from(space, genotype)) == valid.contains(genotype));
}

template <class Space>
void check_sampling(const Space& space, std::uint64_t seed) {
    std::map<choices, double> probability;
    for (const choices& genotype : all_genotypes(space)) probability[genotype] = sample_probability(space, genotype);
    const std::size_t draws = 400 * probability.size();
    std::map<choices, std::size_t> seen;
    nas::rng random{seed};
    for (std::size_t i = 0; i < draws; ++i) ++seen[plain(nas::sample_decisions(space, random))];
    CHECK(surprise(probability, seen, draws) < 5);
}

/// Repairs every valid genotype after every change of one decision: valid again, and as close as it can be.
template <class Space>
void check_repair(const Space& space) {
    nas::rng random{3};
    for (const choices& from : all_genotypes(space)) {
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (!counts(space, from, i)) continue;
            for (const std::uint16_t value : options_of(space, from, i)) {
                auto changed = genotype_from(space, from);
                changed[i] = static_cast<std::uint8_t>(value);
                nas::repair(space, changed, genotype_from(space, from), i + 1, random);
                CHECK(nas::is_valid(space, changed));
                const choices to = plain(changed);
                for (std::size_t k = 0; k < from.size(); ++k) {
                    if (k < i) CHECK(to[k] == from[k]);
                    if (k == i) CHECK(to[k] == value);
                    if (k > i && counts(space, from, k) && counts(space, to, k) &&
                        holds(options_of(space, to, k), from[k]))
                        CHECK(to[k] == from[k]);
                }
            }
        }
    }
}

}  // namespace

TEST_CASE("decisions: only masks and conditions make dependences") {
    CHECK_FALSE(nas::has_dependences(nas::choice_space{3, 4}));
    CHECK_FALSE(nas::has_dependences(nas::choice_space{std::vector<nas::decision>{{"a", 2}, {"b", 2}}}));
    CHECK(nas::has_dependences(conditional_space()));
    CHECK(nas::has_dependences(masked_space{}));
}

TEST_CASE("decisions: a chain of conditions is broken where any link is") {
    const auto space = chain_space();
    const auto active = [&](const choices& genotype, std::size_t i) {
        return nas::is_active(space, std::span<const std::uint8_t>(dynamic(genotype).data(), genotype.size()), i);
    };
    const choices whole{0, 2, 0, 1, 0};
    for (std::size_t i = 0; i < 5; ++i) CHECK(active(whole, i));
    // a = 1 switches b off; its 0, and those after it, must not count as chosen.
    const choices broken{1, 0, 0, 0, 0};
    CHECK(active(broken, 0));
    for (std::size_t i = 1; i < 5; ++i) CHECK_FALSE(active(broken, i));
    const choices cut{0, 1, 0, 0, 0};
    CHECK(active(cut, 1));
    for (std::size_t i = 2; i < 5; ++i) CHECK_FALSE(active(cut, i));
    // Only the decisions before i are looked at.
    CHECK(active({0}, 1));
}

TEST_CASE("decisions: valid genotypes are those of the definition") {
    check_validity(nas::choice_space{3, 3});
    check_validity(conditional_space());
    check_validity(chain_space());
    check_validity(masked_space{});
    nas::rng random{1};
    for (int i = 0; i < 30; ++i) check_validity(random_forest(random));
}

TEST_CASE("decisions: a value out of range or a wrong length is not valid") {
    const nas::choice_space space{3, 4};
    CHECK(nas::is_valid(space, dynamic({0, 3, 3})));
    CHECK_FALSE(nas::is_valid(space, dynamic({0, 4, 3})));
    CHECK_FALSE(nas::is_valid(space, dynamic({0, 3})));
    CHECK_FALSE(nas::is_valid(space, dynamic({0, 3, 3, 0})));
    CHECK_FALSE(nas::is_valid(conditional_space(), dynamic({3, 0, 0, 0, 0, 0})));
    CHECK_FALSE(nas::is_valid(conditional_space(), dynamic({1, 0, 3, 0, 0, 0})));
}

TEST_CASE("decisions: samples have the probabilities of the definition") {
    check_sampling(nas::choice_space{3, 3}, 1);
    check_sampling(conditional_space(), 2);
    check_sampling(chain_space(), 3);
    check_sampling(masked_space{}, 4);
    check_sampling(nas::choice_space{1, 256}, 5);
}

TEST_CASE("decisions: samples of the edges of what a space can be") {
    nas::rng random{1};
    CHECK(nas::sample_decisions(nas::choice_space{0, 5}, random).size() == 0);
    CHECK(nas::sample_decisions(nas::choice_space<0>{5}, random).empty());
    CHECK(plain(nas::sample_decisions(nas::choice_space{4, 1}, random)) == choices{0, 0, 0, 0});
    const nas::choice_space wide{40, 256};
    std::set<std::uint8_t> seen;
    for (int i = 0; i < 200; ++i)
        for (const std::uint8_t value : nas::sample_decisions(wide, random)) seen.insert(value);
    CHECK(seen.size() == 256);
}

TEST_CASE("decisions: equal generators give equal samples, and unconditional decisions take one draw each") {
    const nas::choice_space<6> space{5};
    nas::rng first{9};
    nas::rng second{9};
    CHECK(nas::sample_decisions(space, first) == nas::sample_decisions(space, second));
    for (int i = 0; i < 6; ++i) first();
    CHECK(nas::sample_decisions(space, first) != nas::sample_decisions(space, second));
    nas::rng skipped{9};
    for (int i = 0; i < 6; ++i) skipped();
    nas::rng sampled{9};
    nas::sample_decisions(space, sampled);
    CHECK(sampled == skipped);
}

TEST_CASE("decisions: repair makes valid what changed and keeps the rest") {
    check_repair(conditional_space());
    check_repair(chain_space());
    check_repair(masked_space{});
    nas::rng random{4};
    for (int i = 0; i < 20; ++i) check_repair(random_forest(random));
}

TEST_CASE("decisions: sampling works at compile time") {
    constexpr auto sampled = [] {
        nas::rng random{1};
        return nas::choice_space<6>{5}.sample(random);
    }();
    nas::rng random{1};
    CHECK(nas::choice_space<6>{5}.sample(random) == sampled);
    static_assert(nas::choice_space<6>{5}.size() == 15625);
    static_assert(nas::choice_space<6>{5}.index({4, 2, 1, 2, 1, 1}) == 13931);
    static_assert(nas::choice_space<6>{5}.at(13931) == std::array<std::uint8_t, 6>{4, 2, 1, 2, 1, 1});
}
