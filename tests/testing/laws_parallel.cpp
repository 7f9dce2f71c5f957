// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <nas/run/parallel.hpp>
#include <nas/searchers/progressive.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>

TEST_CASE("laws: the number of threads changes no searcher's history") {
    const nas::choice_space<8> space{5};
    const nas::testing::easy_landscape landscape{space};
    for (const std::size_t count : {1U, 2U, 3U, 8U}) {
        nas::threads pool{count};
        for (const auto& info : nas::searchers<nas::choice_space<8>>())
            for (const std::string& options : nas::tests::law_options(info.name)) {
                if (!info.obstacle.empty()) continue;  // see below
                CAPTURE(info.name);
                CAPTURE(options);
                CAPTURE(count);
                CHECK(nas::tests::lines(
                          nas::testing::executor_violations(info.make(space, options), landscape, pool)) == "");
            }
    }
}

TEST_CASE("laws: the number of threads changes no progressive search") {
    const nas::mlp_space space{{.units = {4, 9, 20}, .max_length = 5}};
    const nas::testing::easy_landscape landscape{space};
    for (const std::size_t count : {2U, 8U}) {
        nas::threads pool{count};
        CAPTURE(count);
        const nas::progressive searcher{space, {.beam = 20, .ensemble = {.members = 2, .units = 8, .steps = 10}}};
        CHECK(nas::tests::lines(nas::testing::executor_violations(searcher, landscape, pool)) == "");
    }
}
