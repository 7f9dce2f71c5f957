// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <nas/spaces/choice_space.hpp>

TEST_CASE("laws: choice_space of a size known at run time") {
    nas::tests::check_laws(nas::choice_space<>{20, 4}, 1000, 7);
}

TEST_CASE("laws: choice_space too large to be counted") {
    const nas::choice_space<> space{64, 4};
    CHECK(space.size() == nas::uncountable);
    CHECK(nas::tests::lines(nas::testing::space_violations(space)) == "");
    const nas::testing::searcher_law_options no_comparison{.learns = false};
    for (const auto& info : nas::searchers<nas::choice_space<>>()) {
        if (info.name == "grid_search") continue;  // refuses it
        CAPTURE(info.name);
        CHECK(nas::tests::lines(nas::testing::searcher_violations(
                  info.make(space, nas::tests::law_options(info.name).front()), no_comparison)) == "");
    }
    CHECK_THROWS_AS(nas::make_searcher(space, "grid_search"), std::invalid_argument);
}

TEST_CASE("laws: choice_space with conditions") {
    using nas::condition, nas::decision_tag;
    const nas::choice_space<> space{std::vector<nas::decision>{
        {"op", 3, {"conv", "pool", "attention"}, decision_tag::operation},
        {"kernel", 4, {"1", "3", "5", "7"}, decision_tag::size, condition{0, {0, 1}}},
        {"filters", 5, {}, decision_tag::filters, condition{0, {0}}},
        {"heads", 6, {}, decision_tag::size, condition{0, {2}}},
        {"dilation", 3, {}, decision_tag::generic, condition{1, {1, 2}}},
        {"residual", 2, {"no", "yes"}, decision_tag::skip},
        {"head", 8},
        {"tail", 8},
    }};
    nas::tests::check_laws(space, 200, 7);
}

TEST_CASE("laws: choice_space of one architecture") { nas::tests::check_laws(nas::choice_space<>{3, 1}, 0, 7); }
