// expect: nas: the acquisition of nas::gp_search needs `double value(double mean, double deviation, double best) const`
// SPDX-License-Identifier: Apache-2.0

#include <nas/searchers/gp_search.hpp>
#include <nas/spaces/choice_space.hpp>

using space = nas::choice_space<6>;

struct my_acquisition {
    double value(double mean) const { return mean; }
};

const nas::gp_search<space, nas::process_surrogate<space>, my_acquisition> searcher{space{5}};
