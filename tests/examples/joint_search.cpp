// SPDX-License-Identifier: Apache-2.0

// Runs the example 08_joint_search on the digits, for a few trials.

#include <cstddef>
#include <cstdlib>
#include <regex>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/evaluators/process.hpp>

#include "data_dir.hpp"

TEST_CASE("example joint_search: the best five, and what is recommended on rows that the search has not seen") {
    const auto digits = nas::tests::data_file("digits_8x8.csv");
    if (!digits) return;
    const auto result = nas::run_process({NAS_EXAMPLE_JOINT, digits->string(), "24"}, {}, {.timeout = 200});
    CHECK(result.error == "");
    REQUIRE(result.code == 0);
    CHECK(result.output.starts_with("the best five of 24 trials, of 15876 networks:\n"));
    const std::string network =
        "layers=(1, units_1=[0-9]+, activation_1=[a-z]+|2, .*units_2=[0-9]+, activation_2=[a-z]+), dropout=.*, "
        "learning_rate=.*, batch=[0-9]+, weight_decay=.*\n";
    const std::regex line("  (0\\.[0-9]{4})  " + network);
    double before = 1;
    std::size_t found = 0;
    for (std::sregex_iterator at(result.output.begin(), result.output.end(), line), end; at != end; ++at, ++found) {
        const double accuracy = std::strtod((*at)[1].str().c_str(), nullptr);
        CHECK(accuracy > 0.8);
        CHECK(accuracy <= before);
        before = accuracy;
    }
    CHECK(found == 5);
    std::smatch last;
    REQUIRE(std::regex_search(
        result.output, last,
        std::regex("recommended: " + network +
                   "  trained 5 times more: validation accuracy (0\\.[0-9]{4}), test accuracy (0\\.[0-9]{4})\n$")));
    for (const std::size_t accuracy : {2U, 3U}) CHECK(std::strtod(last[accuracy].str().c_str(), nullptr) > 0.8);
}

TEST_CASE("example joint_search: says what is wrong") {
    CHECK(nas::run_process({NAS_EXAMPLE_JOINT}, {}, {.timeout = 20}).code == 2);
    const auto missing = nas::run_process({NAS_EXAMPLE_JOINT, "no_such_file.csv"}, {}, {.timeout = 20});
    CHECK(missing.code == 2);
    CHECK(missing.error.find("no_such_file.csv") != std::string::npos);
}
