// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/deduplicated.hpp>
#include <nas/spaces/choice_space.hpp>

#include "testing/law_driver.hpp"

TEST_CASE("laws: every registered searcher without duplicates") {
    // The smaller space is exhausted. What only counts is not meant to be wrapped.
    for (const auto& space :
         {nas::choice_space<>{8, 5}, nas::choice_space<>{std::vector<nas::decision>{{"a", 3}, {"b", 4}}}})
        for (const auto& info : nas::searchers<nas::choice_space<>>()) {
            if (info.name == "grid_search") continue;
            CAPTURE(info.name);
            const nas::deduplicated searcher{info.make(space, nas::tests::law_options(info.name)[0])};
            nas::testing::searcher_law_options laws;
            laws.learns = nas::tests::learns(info.name) && space.decisions() == 8;
            CHECK(nas::tests::lines(nas::testing::searcher_violations(searcher, laws)) == "");
        }
}
