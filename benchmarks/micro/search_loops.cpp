// SPDX-License-Identifier: Apache-2.0
#include <initializer_list>

#include <nas/spaces/choice_space.hpp>

#include "searches.hpp"

// Task A: 6 decisions of 5 choices and a table of all, the size of NAS-Bench-201.
namespace {

void add_loops(std::size_t trials) {
    using array_loops::random_search, array_loops::regularized_evolution, searches::table;
    searches::add_loop("A/hand/random", trials, [](auto n, auto seed) { return random_search(table(), n, seed); });
    searches::add_loop("A/hand/rea_100_25", trials,
                       [](auto n, auto seed) { return regularized_evolution(table(), n, 100, 25, seed); });
    searches::add_loop("A/hand/rea_10_3", trials,
                       [](auto n, auto seed) { return regularized_evolution(table(), n, 10, 3, seed); });
}

[[maybe_unused]] const bool added = [] {
    using array_loops::local_search, searches::table, searches::part_of_space;
    add_loops(searches::usual);
    searches::add_loop("A/hand/local_steepest", part_of_space,
                       [](auto n, auto seed) { return local_search(table(), n, false, seed); });
    searches::add_loop("A/hand/local_first", part_of_space,
                       [](auto n, auto seed) { return local_search(table(), n, true, seed); });

    const nas::choice_space<6> cells{5};
    const nas::choice_space list{6, 5};
    const searches::look_up reward{&table()};
    searches::add_searches("A/static", cells, reward);
    searches::add_local_searches("A/static", cells, reward, part_of_space);
    searches::add_searches("A/dynamic", list, reward);
    searches::add_local_searches("A/dynamic", list, reward, part_of_space);

    for (const std::size_t trials : std::initializer_list<std::size_t>{10'000, 100'000, 1'000'000}) {
        add_loops(trials);
        searches::add_searches("A/static", cells, reward, trials);
    }
    return true;
}();

}  // namespace
