// SPDX-License-Identifier: Apache-2.0
// A first search: 8 decisions of 5 choices, a mock reward, regularized evolution.
#include <iostream>

#include <nas/run/search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/choice_space.hpp>

int main() {
    const nas::choice_space space{8, 5};

    // Higher is better. The best of all is 04040404.
    const auto mock_reward = [](const auto& arch) {
        double reward = 0;
        for (std::size_t i = 0; i < arch.size(); ++i) reward += i % 2 == 0 ? 4 - arch[i] : arch[i];
        return reward;
    };

    nas::search search{
        nas::regularized_evolution{space, {.population = 100, .tournament = 25}}, mock_reward, {.seed = 42}};
    search.run({.trials = 500});
    std::cout << space.describe(search.history().best().arch) << " has reward " << search.history().best().value()
              << '\n';
}
