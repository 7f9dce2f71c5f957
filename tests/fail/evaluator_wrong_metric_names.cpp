// expect: nas: the evaluator's metric_names must be `std::vector<std::string> metric_names() const`
// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

using cells = nas::choice_space<6>;

struct measure {
    std::vector<std::string> metric_names() { return {"accuracy"}; }
    double operator()(const cells::arch_type& arch) const { return arch[0]; }
};

int main() { nas::search search{nas::random_search{cells{5}}, measure{}}; }
