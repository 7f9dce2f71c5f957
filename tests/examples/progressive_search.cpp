// SPDX-License-Identifier: Apache-2.0

// Runs the example 10_progressive_search on the wine data, with a small beam.

#include <cstddef>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/evaluators/process.hpp>
#include <nas/report/score_list.hpp>

#include "data_dir.hpp"
#include "support/temporary_folder.hpp"

TEST_CASE("example progressive_search: trains level by level, and writes what nas_rank reads") {
    const auto wine = nas::tests::data_file("winequality_white.csv");
    if (!wine) return;
    const support::temporary_folder here;
    const std::string file = (here.path() / "train_history.csv").string();
    const auto result = nas::run_process({NAS_EXAMPLE_PROGRESSIVE, wine->string(), file, "3"}, {}, {.timeout = 200});
    CHECK(result.error == "");
    REQUIRE(result.code == 0);
    CHECK(result.output.starts_with("level 1: 12 trained of 12, best 0.7"));
    CHECK(std::regex_search(result.output, std::regex("\nlevel 4: 3 trained of [0-9]+, best 0\\.7[0-9]*, Spearman ")));
    CHECK(result.output.find("the best five of 21:\n") != std::string::npos);
    const nas::score_list list = nas::read_score_list(std::vector<std::filesystem::path>{file});
    REQUIRE(list.rows.size() == 21);
    for (const auto& row : list.rows) CHECK((row.score > 0.62 && row.score < 0.8));
}

TEST_CASE("example progressive_search: says what is wrong") {
    CHECK(nas::run_process({NAS_EXAMPLE_PROGRESSIVE}, {}, {.timeout = 20}).code == 2);
    const auto missing = nas::run_process({NAS_EXAMPLE_PROGRESSIVE, "no_such_file.csv"}, {}, {.timeout = 20});
    CHECK(missing.code == 2);
    CHECK(missing.error.find("no_such_file.csv") != std::string::npos);
}
