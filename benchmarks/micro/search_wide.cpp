// SPDX-License-Identifier: Apache-2.0
#include <nas/spaces/choice_space.hpp>

#include "searches.hpp"

// Task B: 20 decisions of 8 choices, whose genotypes fit no machine word.
namespace {

[[maybe_unused]] const bool added = [] {
    using array_loops::random_search, array_loops::regularized_evolution, searches::parts, searches::usual;
    searches::add_loop("B/hand/random", usual,
                       [](auto n, auto seed) { return random_search<20, 8>(parts(), n, seed); });
    searches::add_loop("B/hand/rea_100_25", usual,
                       [](auto n, auto seed) { return regularized_evolution<20, 8>(parts(), n, 100, 25, seed); });
    searches::add_loop("B/hand/rea_10_3", usual,
                       [](auto n, auto seed) { return regularized_evolution<20, 8>(parts(), n, 10, 3, seed); });
    const nas::choice_space<20> cells{8};
    const nas::choice_space list{20, 8};
    const searches::sum_up reward{&parts()};
    searches::add_searches("B/static", cells, reward);
    searches::add_local_searches("B/static", cells, reward, usual);
    searches::add_searches("B/dynamic", list, reward);
    searches::add_local_searches("B/dynamic", list, reward, usual);
    return true;
}();

}  // namespace
