// SPDX-License-Identifier: Apache-2.0

// Runs the example 11_torch_cnn on the digits, for a few trials.

#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <nas/evaluators/process.hpp>

#include "data_dir.hpp"
#include "support/temporary_folder.hpp"

#ifdef NAS_EXAMPLE_TORCH_CNN

namespace {

nas::process_result search_in(const std::filesystem::path& digits, const std::filesystem::path& folder,
                              double seconds) {
    return nas::run_process({NAS_EXAMPLE_TORCH_CNN, digits.string(), "2", folder.string()}, {}, {.timeout = seconds});
}

}  // namespace

TEST_CASE("example torch_cnn: three searchers over one evaluator, killed and started again with the same histories") {
    const auto digits = nas::tests::data_file("digits_8x8.csv");
    if (!digits) return;
    const support::temporary_folder whole;
    const support::temporary_folder killed;
    const auto result = search_in(*digits, whole.path(), 400);
    CHECK(result.error == "");
    REQUIRE(result.code == 0);

    // Longer each time, so that the slowest machine gets somewhere.
    double seconds = 2;
    auto again = search_in(*digits, killed.path(), seconds);
    CHECK(again.end == nas::process_end::timed_out);
    while (again.end == nas::process_end::timed_out && seconds < 400)
        again = search_in(*digits, killed.path(), seconds *= 2);
    REQUIRE(again.end == nas::process_end::exited);
    REQUIRE(again.code == 0);
    CHECK(again.output == result.output);
    for (const char* searcher : {"gp_search", "regularized_evolution", "local_search"}) {
        const std::string file = std::string(searcher) + ".jsonl";
        const std::string text = support::content(whole.path() / file);
        CHECK(text != "");
        CHECK(text == support::content(killed.path() / file));
        CHECK(result.output.find(std::string(searcher) + ": validation accuracy 0.9") != std::string::npos);
    }
}

TEST_CASE("example torch_cnn: says what is wrong") {
    CHECK(nas::run_process({NAS_EXAMPLE_TORCH_CNN}, {}, {.timeout = 20}).code == 2);
    const auto missing = nas::run_process({NAS_EXAMPLE_TORCH_CNN, "no_such_file.csv"}, {}, {.timeout = 20});
    CHECK(missing.code == 2);
    CHECK(missing.error.find("no_such_file.csv") != std::string::npos);
}

#endif
