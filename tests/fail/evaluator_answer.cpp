// expect: nas: the evaluator must return a number, a std::array<double, N> or a nas::evaluation<N>
// SPDX-License-Identifier: Apache-2.0

#include <string>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

using cells = nas::choice_space<6>;

int main() {
    nas::search search{nas::random_search{cells{5}}, [](const cells::arch_type&) { return std::string("good"); }};
}
