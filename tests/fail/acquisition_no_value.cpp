// expect: nas: an acquisition needs `double value(double mean, double deviation, double best) const`
// SPDX-License-Identifier: Apache-2.0

#include <nas/searchers/smac.hpp>
#include <nas/spaces/choice_space.hpp>

using space = nas::choice_space<6>;

struct my_acquisition {
    double value(double mean) const { return mean; }
};

const nas::smac<space, nas::random_forest<space>, my_acquisition> searcher{space{5}};
