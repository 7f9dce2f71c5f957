// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/policy_samples.hpp>

#include "acquisition_looks.hpp"

using namespace nas::tests;

TEST_CASE("policy_samples: the policy learns what promises more") {
    looks problem{cells{5}};
    nas::policy_samples{}.maximize(problem);
    REQUIRE(problem.seen.size() == 500);
    const auto mean_of = [&](std::size_t first) {
        double sum = 0;
        for (std::size_t k = first; k < first + 100; ++k) sum += separable(problem.seen[k]) / 100;
        return sum;
    };
    CHECK(mean_of(0) < 55);  // 42 at random
    CHECK(mean_of(400) > 75);
}

TEST_CASE("policy_samples: decisions that depend on others") {
    const nas::choice_space<> space = conditional_space();
    struct {
        const nas::choice_space<>& all;
        nas::rng source{3};
        std::size_t count = 0;

        const nas::choice_space<>& space() const { return all; }
        nas::rng& random() { return source; }
        double look(const nas::choice_space<>::arch_type& arch) {
            count += all.contains(arch) ? 1U : 0U;
            return static_cast<double>(arch[0]);
        }
    } problem{space};
    nas::policy_samples{.rounds = 4, .batch = 5}.maximize(problem);
    CHECK(problem.count == 20);
}
