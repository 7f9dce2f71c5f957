// expect: nas: an optimiser of an acquisition needs `std::vector<nas::proposal<arch_type>> operator()(
// SPDX-License-Identifier: Apache-2.0

#include <nas/searchers/smac.hpp>
#include <nas/spaces/choice_space.hpp>

using space = nas::choice_space<6>;

struct my_optimizer {
    int operator()() const { return 0; }
};

const nas::smac<space, nas::random_forest<space>, nas::log_expected_improvement, my_optimizer> searcher{space{5}};
