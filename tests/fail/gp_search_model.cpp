// expect: nas: the predictor needs `double deviation(const Space&, const arch_type&) const`
// SPDX-License-Identifier: Apache-2.0

#include <nas/searchers/gp_search.hpp>
#include <nas/spaces/choice_space.hpp>

using space = nas::choice_space<6>;

struct my_predictor {
    explicit my_predictor(const space&) {}
    void fit(const space&, std::span<const space::arch_type>, std::span<const double>) {}
    double predict(const space&, const space::arch_type&) const { return 0; }
};

const nas::gp_search<space, my_predictor> searcher{space{5}};
