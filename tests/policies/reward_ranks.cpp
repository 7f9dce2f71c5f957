// SPDX-License-Identifier: Apache-2.0
#include <nas/policies/reward_ranks.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/draws.hpp>

using nas::normal_quantile, nas::reward_ranks;

TEST_CASE("reward_ranks: normal scores by hand") {
    reward_ranks ranks;
    ranks.add(7);
    CHECK(ranks.score(7) == 0);
    for (const double reward : {1e-5, 1e7, 7.0, 9.0}) ranks.add(reward);
    // Ranks 1, 2.5, 2.5, 4 and 5 of 5.
    CHECK(ranks.score(1e-5) == normal_quantile(0.1));
    CHECK(ranks.score(7) == normal_quantile(0.4));
    CHECK(ranks.score(9) == normal_quantile(0.7));
    CHECK(ranks.score(1e7) == normal_quantile(0.9));
    // Others: between, and beyond all.
    CHECK(ranks.score(8) == normal_quantile(0.6));
    CHECK(ranks.score(-1) == normal_quantile(0.1));
    CHECK(ranks.score(1e9) == normal_quantile(0.9));
}

TEST_CASE("reward_ranks: only the last ones count, and only which is larger") {
    nas::rng random(1);
    std::vector<double> rewards;
    reward_ranks ranks;
    reward_ranks of_exponentials;
    for (std::size_t n = 0; n < 2 * reward_ranks::window + 300; ++n) {
        rewards.push_back(static_cast<double>(nas::below(random, 500)) / 10 + static_cast<double>(n) / 100);
        ranks.add(rewards.back());
        of_exponentials.add(std::exp(rewards.back()));
        if (n % 97 != 0) continue;
        const std::size_t first = n < reward_ranks::window ? 0 : n + 1 - reward_ranks::window;
        for (const double asked : {rewards[n], rewards[(first + n) / 2], rewards[first]}) {
            double less = 0;
            double equal = 0;
            for (std::size_t k = first; k <= n; ++k) {
                less += rewards[k] < asked ? 1 : 0;
                equal += rewards[k] == asked ? 1 : 0;
            }
            const auto count = static_cast<double>(n + 1 - first);
            CHECK(ranks.score(asked) == normal_quantile((2 * less + equal) / (2 * count)));
            CHECK(of_exponentials.score(std::exp(asked)) == ranks.score(asked));
        }
    }
}
