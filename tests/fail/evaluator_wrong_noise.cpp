// expect: nas: the evaluator's noise must be `nas::evaluation_noise noise() const`
// SPDX-License-Identifier: Apache-2.0

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

using cells = nas::choice_space<6>;

struct measure {
    bool noise() const { return true; }
    double operator()(const cells::arch_type& arch) const { return arch[0]; }
};

int main() { nas::search search{nas::random_search{cells{5}}, measure{}}; }
