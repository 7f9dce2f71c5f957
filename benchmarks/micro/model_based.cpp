// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <string>

#include <nas/searchers/bananas.hpp>
#include <nas/searchers/gp_search.hpp>
#include <nas/searchers/npenas.hpp>
#include <nas/searchers/predictor_search.hpp>
#include <nas/searchers/smac.hpp>
#include <nas/spaces/choice_space.hpp>

#include "searches.hpp"

// Whole searches of task A by searchers that learn a model of rewards: 300 trials, and 150 by BANANAS with the ensemble of its
// paper. They take up to seconds, so each is made once.
namespace {

template <class Searcher>
void add_once(const std::string& name, std::size_t trials, const Searcher& searcher) {
    searches::add_search("A/dynamic/" + name, trials, searcher, searches::look_up{&searches::table()})
        ->Iterations(1)
        ->Repetitions(1);
}

[[maybe_unused]] const bool added = [] {
    const nas::choice_space space{6, 5};
    add_once("gp_search", 300, nas::gp_search{space});
    add_once("smac", 300, nas::smac{space});
    add_once("npenas", 300, nas::npenas{space});
    add_once("predictor_search", 300, nas::predictor_search{space});
    add_once("bananas", 300, nas::bananas{space});
    add_once("bananas_white_2021", 150, nas::bananas{space, nas::bananas_options::white_2021()});
    return true;
}();

}  // namespace
