// SPDX-License-Identifier: Apache-2.0

// Runs the example 05_mlpnas_wine on the wine data, for a few trials.

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/evaluators/process.hpp>

#include "data_dir.hpp"
#include "support/temporary_folder.hpp"

namespace {

struct report {
    std::vector<double> accuracies;
    double test = 0;
};

/// The numbers that the program prints.
report read_report(const std::string& output) {
    report found;
    const std::regex best("\n  (0\\.[0-9]{4})  [a-z]+\\([0-9]+\\)( [a-z()0-9]+)* softmax\\(3\\)");
    for (std::sregex_iterator at(output.begin(), output.end(), best), end; at != end; ++at)
        found.accuracies.push_back(std::strtod((*at)[1].str().c_str(), nullptr));
    std::smatch last;
    if (std::regex_search(output, last, std::regex("trained once more: (0\\.[0-9]{4})\n$")))
        found.test = std::strtod(last[1].str().c_str(), nullptr);
    return found;
}

}  // namespace

TEST_CASE("example mlpnas_wine: the best networks, and the winner on held-out rows") {
    const auto wine = nas::tests::data_file("winequality_white.csv");
    if (!wine) return;
    const support::temporary_folder here;
    const auto result = nas::run_process({NAS_EXAMPLE_WINE, wine->string(), (here.path() / "runs").string(), "6"}, {},
                                         {.timeout = 200});
    CHECK(result.error == "");
    REQUIRE(result.code == 0);
    const report found = read_report(result.output);
    REQUIRE(found.accuracies.size() == 5);
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(found.accuracies[i] > 0.62);  // the largest class
        CHECK(found.accuracies[i] < 0.8);
        if (i > 0) CHECK(found.accuracies[i] <= found.accuracies[i - 1]);
    }
    CHECK(found.test > 0.66);
    CHECK(found.test < 0.8);
    for (const char* const file : {"history.jsonl", "summary.json", "layers.csv", "distribution.dat"})
        CHECK(std::filesystem::exists(here.path() / "runs/run-0001" / file));
}

TEST_CASE("example mlpnas_wine: says what is wrong") {
    CHECK(nas::run_process({NAS_EXAMPLE_WINE}, {}, {.timeout = 20}).code == 2);
    const auto missing = nas::run_process({NAS_EXAMPLE_WINE, "no_such_file.csv"}, {}, {.timeout = 20});
    CHECK(missing.code == 2);
    CHECK(missing.error.find("no_such_file.csv") != std::string::npos);
}
