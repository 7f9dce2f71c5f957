// SPDX-License-Identifier: Apache-2.0
#include "testing/law_driver.hpp"

#include <nas/run/parallel.hpp>
#include <nas/spaces/choice_space.hpp>

TEST_CASE("laws: the number of threads changes no searcher's history") {
    const nas::choice_space<8> space{5};
    const nas::testing::easy_landscape landscape{space};
    for (const std::size_t count : {1U, 2U, 3U, 8U}) {
        nas::threads pool{count};
        for (const auto& info : nas::searchers<nas::choice_space<8>>())
            for (const std::string& options : nas::tests::law_options(info.name)) {
                CAPTURE(info.name);
                CAPTURE(options);
                CAPTURE(count);
                CHECK(nas::tests::lines(
                          nas::testing::executor_violations(info.make(space, options), landscape, pool)) == "");
            }
    }
}
