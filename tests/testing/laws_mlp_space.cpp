// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <nas/searchers/progressive.hpp>
#include <nas/spaces/mlp_space.hpp>

TEST_CASE("laws: mlp_space of MLPNAS") { nas::tests::check_space(nas::mlp_space{}, 0, 7); }

TEST_CASE("laws: mlp_space of longer networks without dropout before the output") {
    nas::tests::check_space(nas::mlp_space{{.units = {4, 9, 20}, .max_length = 7, .dropout_before_output = false}}, 200,
                            7);
}

TEST_CASE("laws: progressive with all its options") {
    const nas::mlp_space space{{.units = {4, 9, 20}, .max_length = 6}};
    for (const std::string& options : nas::tests::law_options("progressive")) {
        CAPTURE(options);
        const nas::progressive searcher(space,
                                        nas::parse_options<nas::progressive_options>("nas::progressive", options));
        CHECK(nas::tests::lines(nas::testing::searcher_violations(searcher, {.learns = false})) == "");
    }
}
