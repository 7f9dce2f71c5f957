// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include <nas/policies/policy.hpp>
#include <nas/spaces/mlp_space.hpp>

#include "operators/example_spaces.hpp"

using namespace nas::tests;

namespace {

/// By definition: the decisions that count and have two choices or more.
template <class Space>
void check_steps(const Space& space) {
    for (const choices& genotype : all_genotypes(space)) {
        std::vector<std::size_t> steps;
        nas::for_each_step(space, genotype_from(space, genotype), [&](std::size_t i, const nas::choice_mask& allowed) {
            steps.push_back(i);
            const choices expected = options_of(space, genotype, i);
            CHECK(allowed.count() == expected.size());
            for (const std::uint16_t choice : expected) CHECK(allowed.contains(choice));
        });
        std::vector<std::size_t> expected;
        for (std::size_t i = 0; i < genotype.size(); ++i)
            if (counts(space, genotype, i) && options_of(space, genotype, i).size() > 1) expected.push_back(i);
        CHECK((steps == expected));
    }
}

}  // namespace

TEST_CASE("policy: steps are the active decisions at which there is something to choose") {
    check_steps(masked_space{});
    check_steps(conditional_space());
    check_steps(chain_space());
    check_steps(nas::choice_space<>{std::vector<nas::decision>{{"a", 2}, {"b", 1}, {"c", 3}}});
    check_steps(nas::mlp_space{{.units = {4, 8}, .max_length = 4, .dropout_before_output = false}});
    nas::rng random(1);
    for (int i = 0; i < 20; ++i) check_steps(random_forest(random));
}
