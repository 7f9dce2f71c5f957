// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <nas/core/between.hpp>
#include <nas/core/levels.hpp>
#include <nas/spaces/choice_space.hpp>

TEST_CASE("laws: choice_space of a few architectures, which searches exhaust") {
    nas::tests::check_space(nas::choice_space{std::array{3, 1, 4}}, 0, 6);
}

TEST_CASE("laws: choice_space of a size known at run time") {
    nas::tests::check_space(nas::choice_space<>{20, 4}, 1000, 6);
}

TEST_CASE("laws: choice_space too large to be counted") {
    const nas::choice_space<> space{64, 4};
    CHECK(space.size() == nas::uncountable);
    CHECK(nas::tests::lines(nas::testing::space_violations(space)) == "");
    auto searchers = nas::tests::one_searcher_a_concept<nas::choice_space<>>();
    std::erase_if(searchers, [](const auto& info) { return info.name == "grid_search"; });  // it refuses the space
    const nas::testing::easy_landscape landscape{space};
    CHECK(nas::tests::check_searchers(searchers, space, landscape, 0, false) == 5);
    CHECK_THROWS_AS(nas::make_searcher(space, "grid_search"), std::invalid_argument);
}

TEST_CASE("laws: choice_space with conditions and numeric decisions") {
    using nas::condition, nas::decision_tag;
    nas::decision kernel{"kernel", 4, {"1x1", "3x3", "5x5", "7x7"}, decision_tag::size, condition{0, {0, 1}}};
    kernel.values = {1, 3, 5, 7};
    nas::decision heads = nas::numeric_decision("heads", nas::between(1, 6, 6));
    heads.when = condition{0, {2}};
    const nas::choice_space<> space{std::vector<nas::decision>{
        {"op", 3, {"conv", "pool", "attention"}, decision_tag::operation},
        kernel,
        {"filters", 5, {}, decision_tag::filters, condition{0, {0}}},
        heads,
        {"dilation", 3, {}, decision_tag::generic, condition{1, {1, 2}}},
        {"residual", 2, {"no", "yes"}, decision_tag::skip},
        nas::numeric_decision("rate", nas::log_between(1e-4, 1, 8)),
        {"tail", 8},
    }};
    nas::tests::check_space(space, 200, 6);
}

TEST_CASE("laws: choice_space of one architecture") { nas::tests::check_space(nas::choice_space<>{3, 1}, 0, 6); }
