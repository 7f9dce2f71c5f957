// SPDX-License-Identifier: Apache-2.0
#include <nas/spaces/choice_space.hpp>

#include "testing/law_driver.hpp"

namespace {

using space = nas::choice_space<>;

void check(const nas::wrapper_info<space>& wrapper, const nas::searcher_info<space>& info, const space& searched,
           bool learns) {
    // What only counts is not meant to be wrapped, and this space does not grow.
    if (info.name == "grid_search" || !info.obstacle.empty()) return;
    CAPTURE(wrapper.name);
    CAPTURE(info.name);
    nas::testing::searcher_law_options laws;
    laws.learns = learns && nas::tests::learns(info.name);
    const auto searcher = wrapper.make(info.make(searched, nas::tests::law_options(info.name)[0]), "");
    CHECK(nas::tests::lines(nas::testing::searcher_violations(searcher, laws)) == "");
}

}  // namespace

TEST_CASE("laws: every registered searcher within every wrapper") {
    for (const auto& wrapper : nas::wrappers<space>()) {
        // Without duplicates all of them exhaust a small space; how a searcher around another one learns is shown for each
        // concept.
        for (const auto& info : nas::searchers<space>())
            check(wrapper, info, space{std::vector<nas::decision>{{"a", 3}, {"b", 4}}}, false);
        for (const auto& info : nas::tests::one_searcher_a_concept<space>()) check(wrapper, info, space{8, 5}, true);
    }
}
