// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The laws of spaces, searchers and evaluators, for your own ones, in any test framework:
///
///     REQUIRE(nas::testing::space_violations(my_space{}) == std::vector<std::string>{});
///     REQUIRE(nas::testing::searcher_violations(my_searcher{my_space{}}) == std::vector<std::string>{});
#include <nas/testing/evaluator_laws.hpp>
#include <nas/testing/searcher_laws.hpp>
#include <nas/testing/space_laws.hpp>
