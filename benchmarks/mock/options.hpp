// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/evaluators/read_table.hpp>
#include <nas/evaluators/table.hpp>
#include <nas/run/stop_rules.hpp>

namespace mock_bench {

/// What the user got wrong, in one sentence: exit code 2.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The command line. Without a table or a landscape it is the table that ships.
struct bench_options {
    std::vector<std::filesystem::path> tables = {};
    std::string landscape = {};
    std::string space =
        {};  ///< `mlp`, `nasbench201` or what read_space reads; empty: the table's own, 10x4 for landscapes
    std::vector<std::string> reward = {};  ///< several are replicates of one
    std::vector<std::string> report = {};
    std::string cost = {};
    double cost_scale = 1;
    bool minimize = false;
    bool amber = false;  ///< the tables are AMBER's train histories
    double lambda = 1;
    std::vector<std::string> metric_names = {"acc", "knowledge", "loss"};
    nas::table_options table = {};
    nas::table_gaps gaps = nas::table_gaps::error;

    std::vector<std::string> searchers = {"all"};
    /// After so many trials, rising, a search is looked at; {nas::unlimited} where only the budget ends it.
    std::vector<std::size_t> trials = {200};
    double budget = nas::no_limit;
    std::string recommend =
        {};  ///< the name of a nas::recommendation_rule; empty: searches take their best trials home
    std::size_t seeds = 100;
    std::uint64_t seed = 0;  ///< the first
    std::size_t threads = 1;

    std::filesystem::path out = "mock-report";
    bool plots = true;
    bool quiet = false;
    bool list = false;
};

/// Reads the command line. Nothing where the user asked for help, which was printed. Throws usage_error.
std::optional<bench_options> parse_command_line(int argc, const char* const* argv);

}  // namespace mock_bench
