// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nas/searchers/registry.hpp>
#include <nas/testing/laws.hpp>

/// Puts searchers and spaces through the laws: what that costs grows as searchers plus spaces, not as their product.
namespace nas::tests {

/// One violation a line; doctest prints strings, not vectors.
inline std::string lines(const std::vector<std::string>& violations) {
    std::string text;
    for (const std::string& violation : violations) text += violation + "\n";
    return text;
}

/// The options with which each searcher is put through the laws. The first are small enough to learn in the few trials of a
/// law; a searcher without an entry runs with its defaults.
inline std::vector<std::string> law_options(std::string_view searcher) {
    static const std::map<std::string_view, std::vector<std::string>> all{
        {"random_search", {"", "replacement=false"}},
        {"grid_search", {"", "shuffled=true"}},
        {"local_search", {"", "preset=white_2020", "initial=5,continuations=1", "restarts=false"}},
        {"hill_climbing", {"", "preset=pyglove", "initial=3,patience=4"}},
        {"simulated_annealing", {"", "preset=kirkpatrick_1983,initial=5", "initial=5,temperature=0.1,cooling=0.95"}},
        {"regularized_evolution",
         {"", "preset=nats_bench", "population=7,tournament=7,initial=7,replacement=false",
          "population=1,tournament=1"}},
        {"genetic_algorithm",
         {"", "preset=optuna,population=10,offspring=10", "population=6,initial=6,crossover=1,swap=0.3",
          "population=5,offspring=11,tournament=3,crossover=0,mutations=2"}},
        {"reinforce",
         {"", "batch=4,optimizer=sgd,decay=0.1,baseline=batch_mean,scale=batch,repeats=true,transform=none",
          "optimizer=rmsprop,learning_rate=0.05,baseline=constant,scale=none,entropy=0",
          "batch=3,epochs=4,minibatch=4,replay=3,fresh_advantages=true,baseline=lagged_average,scale=baseline,advantage_limit=2,kl_target=1,"
          "gradient_norm=0.5,l2=0.01,schedule=exponential,decay=0.01,least_entropy=0.5"}},
        {"ppo",
         {"",
          "batch=4,minibatch=3,replay=2,baseline=leave_one_out,scale=none,kl_target=0.1,repeats=true,transform=none",
          "batch=1,replay=2,baseline=lagged_average,scale=reward,clip=0.5,least_entropy=1"}},
        // Small networks: without optimisation large ones take their time.
        {"controller",
         {"batch=10,learning_rate=0.05,epochs=2,network.units=8,network.layers=1",
          "batch=4,repeats=true,transform=none,epochs=1,minibatch=5,replay=2,clip=0,baseline=moving_average,scale=running,network.units=2,"
          "network.layers=1,network.dropout=0.2,network.temperature=2,network.tanh_constant=3,network.share_alike=true,network.critic=0.5"}},
        {"mlpnas",
         {"candidates=4", "candidates=1,batch=1,baseline=moving_average,scale=running,repeats=true,transform=none",
          "candidates=3,local=2,parents=2,batch=4"}},
        {"tpe",
         {"", "multivariate=false,initial=5", "preset=hyperopt,initial=5",
          "recent=7,most_good=3,initial=2,repeats=true"}},
        // Few candidates and small models: what a law shows does not depend on how good they are.
        {"gp_search",
         {"initial=5,enumerated=1000,candidates=5,climbs=1,iterations=1,fitted=8,observations=16",
          "initial=3,enumerated=0,candidates=5,climbs=0,iterations=2,fitted=8,fit_growth=0"}},
        {"smac",
         {"initial=5,challengers=10,starts=1,growth=0.5,forest.trees=3",
          "initial=3,random=0.5,challengers=5,starts=2,plateau=0,growth=1,transform=none,forest.features=0.5,forest.bootstrap=false,forest.trees=2"}},
        {"bananas",
         {"initial=5,batch=10,candidates=10,ensemble.members=2,ensemble.units=4,ensemble.epochs=5",
          "initial=3,batch=15,candidates=5,parents=1,mutations=3,transform=none,ensemble.members=1,ensemble.units=2,ensemble.epochs=1"}},
        {"npenas",
         {"initial=5,batch=10,candidates=10,ensemble.members=2,ensemble.units=4,ensemble.epochs=5",
          "initial=3,batch=15,candidates=5,population=2,tournament=1,ensemble.loss=ranking,ensemble.members=2,ensemble.units=4,ensemble.epochs=1"}},
        {"predictor_search",
         {"initial=5,batch=10,enumerated=0,candidates=10,pool=5,parents=3,ensemble.loss=squared,ensemble.members=1,ensemble.units=4,ensemble.epochs=5",
          "initial=3,batch=30,greedy=0.7,pool=20,enumerated=1000,candidates=5,transform=none,ensemble.members=2,ensemble.units=2,ensemble.epochs=1"}},
        {"progressive",
         {"beam=30,ensemble.members=2,ensemble.units=16,ensemble.epochs=40,ensemble.steps=0",
          "beam=3,roots=5,explore=0.7,transform=rank,ensemble.members=1,ensemble.units=2,ensemble.epochs=1,ensemble.steps=0"}},
    };
    const auto found = all.find(searcher);
    return found == all.end() ? std::vector<std::string>{""} : found->second;
}

/// Random search and grid search do not learn.
inline bool learns(std::string_view searcher) { return searcher != "random_search" && searcher != "grid_search"; }

/// Puts the searchers of `all` that can search `space` through the laws: with all their options of the list above, or with
/// the first. `comparison_trials`: after how many trials learning shows; 0 where random search is as good, as in a small
/// space. Returns how many searchers there were.
template <class Space, class Landscape>
std::size_t check_searchers(const std::vector<searcher_info<Space>>& all, const Space& space,
                            const Landscape& landscape, std::size_t comparison_trials, bool all_options) {
    std::size_t fitting = 0;
    for (const searcher_info<Space>& info : all) {
        if (!info.obstacle.empty()) continue;
        ++fitting;
        std::vector<std::string> chosen = law_options(info.name);
        if (!all_options) chosen.resize(1);
        for (const std::string& options : chosen) {
            CAPTURE(info.name);
            CAPTURE(options);
            testing::searcher_law_options laws;
            laws.learns = comparison_trials > 0 && learns(info.name) && &options == &chosen.front();
            laws.comparison_trials = comparison_trials;
            CHECK(lines(testing::searcher_violations(info.make(space, options), landscape, laws)) == "");
        }
    }
    return fitting;
}

/// Whether no searcher before it in the registry needs the same of a space.
template <class Entry>
consteval bool first_of_its_concept() {
    bool first = true;
    bool before = true;
    nas::detail::for_each_registered(
        [&](auto other) {
            if (other.name == Entry::name) before = false;
            if (before && other.needs == Entry::needs) first = false;
        },
        registered::all{});
    return first;
}

/// One registered searcher for each thing that searchers need of a space.
template <class Space>
std::vector<searcher_info<Space>> one_searcher_a_concept() {
    std::vector<searcher_info<Space>> chosen;
    nas::detail::for_each_registered(
        [&]<class Entry>(Entry) {
            if constexpr (first_of_its_concept<Entry>())
                chosen.push_back({std::string(Entry::name),
                                  std::string(Entry::summary),
                                  {},
                                  nas::detail::obstacle<Entry, Space, 1>(),
                                  &nas::detail::make_registered<Entry, Space, 1>});
        },
        registered::all{});
    return chosen;
}

/// Puts a space through the laws, alone and under one searcher for each concept. All searchers meet on the spaces of
/// laws_searchers.cpp only, so that a new space costs the same however many searchers there are. `expected_searchers`: how
/// many concepts the space satisfies.
template <class Space, class Landscape>
void check_space(const Space& space, const Landscape& landscape, std::size_t comparison_trials,
                 std::size_t expected_searchers) {
    CHECK(lines(testing::space_violations(space)) == "");
    CHECK(check_searchers(one_searcher_a_concept<Space>(), space, landscape, comparison_trials, false) ==
          expected_searchers);
}

template <class Space>
void check_space(const Space& space, std::size_t comparison_trials, std::size_t expected_searchers) {
    check_space(space, testing::easy_landscape<Space>(space), comparison_trials, expected_searchers);
}

}  // namespace nas::tests
