// expect: nas: the second argument of run must have `for_each(count, task)`, as nas::threads has
// SPDX-License-Identifier: Apache-2.0
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

int main() {
    nas::search search{nas::random_search{nas::choice_space<2>{3}}, [](const auto& arch) { return arch[0]; }};
    search.run({.trials = 10}, 4);
}
