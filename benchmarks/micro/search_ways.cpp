// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>

#include <nas/evaluators/table.hpp>
#include <nas/searchers/registry.hpp>
#include <nas/spaces/choice_space.hpp>

#include "searches.hpp"

// Task A in the ways in which programs search: a table of any kind as evaluator, a searcher by name, ask and tell by hand.
namespace {

template <class Space>
nas::table_evaluator<Space> mock_reward(const Space& space) {
    nas::table_data<typename Space::arch_type> rows;
    for (std::size_t i = 0; i < searches::table().size(); ++i) {
        rows.archs.push_back(space.at(i));
        rows.rewards.push_back(searches::table()[i]);
    }
    return nas::table_evaluator<Space>(space, rows);
}

template <class Searcher, class Evaluator>
void add_ask_tell(const std::string& name, Searcher searcher, Evaluator evaluator) {
    searches::add(name, searches::usual, [=](std::uint64_t seed) {
        nas::search search{searcher, evaluator, {.seed = seed, .stop = {.trials = searches::usual}}};
        while (const auto proposal = search.ask()) search.tell(*proposal, evaluator(proposal->arch));
        return search.history().bytes();
    });
}

[[maybe_unused]] const bool added = [] {
    const nas::choice_space<6> cells{5};
    const nas::choice_space list{6, 5};
    static const auto static_table = mock_reward(cells);
    static const auto dynamic_table = mock_reward(list);
    searches::add_searches("A/static_table", cells, std::cref(static_table));
    searches::add_searches("A/dynamic_table", list, std::cref(dynamic_table));
    for (const auto& [name, text] : std::initializer_list<std::pair<const char*, const char*>>{
             {"random", "random_search"},
             {"rea_100_25", "regularized_evolution:preset=real_2019"},
             {"rea_10_3", "regularized_evolution:preset=nats_bench"}})
        searches::add_search(std::string("A/by_name/") + name, searches::usual, nas::make_searcher(list, text),
                             std::cref(dynamic_table));
    const searches::look_up reward{&searches::table()};
    add_ask_tell("A/ask_tell/random", nas::random_search{cells}, reward);
    add_ask_tell("A/ask_tell/rea_100_25", nas::regularized_evolution{cells, searches::large}, reward);
    add_ask_tell("A/ask_tell/rea_10_3", nas::regularized_evolution{cells, searches::small}, reward);
    return true;
}();

}  // namespace
