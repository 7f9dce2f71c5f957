// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/evaluators/predicted_table.hpp>
#include <nas/evaluators/read_table.hpp>
#include <nas/evaluators/table.hpp>
#include <nas/run/stop_rules.hpp>

namespace mock_bench {

/// What the user got wrong, in one sentence: exit code 2.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What predicts architectures that a table lacks.
enum class predictor_word : std::uint8_t { best, gaussian_process, boosted_quantiles, random_forest };
constexpr std::array<std::string_view, 4> enum_names(predictor_word) {
    return {"best", "gaussian_process", "boosted_quantiles", "random_forest"};
}

/// `--unknown predicted:option=value,...`; see nas::predicted_table.
struct prediction_options {
    predictor_word predictor = predictor_word::best;
    nas::prediction_noise noise = nas::prediction_noise::none;
    bool rows = true;
    std::size_t folds = 5;
    std::size_t seed = 0;

    static constexpr void fields(auto&& visit) {
        using o = prediction_options;
        visit(&o::predictor,
              nas::field{"predictor", 0, 0, "by choice", "what predicts; best: what tells best which rows are better"});
        visit(&o::noise,
              nas::field{"noise", 0, 0, "by choice", "what is added to a prediction of the rows' residuals"});
        visit(&o::rows, nas::field{"rows", 0, 1, "by choice", "whether what has rows gets what they say"});
        visit(&o::folds,
              nas::field{"folds", 0, 1e9, "by choice", "parts of the table, each predicted from the others"});
        visit(&o::seed,
              nas::field{"seed", 0, 1e18, "by choice", "of these parts, and of which network has which residual"});
    }
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
    std::optional<prediction_options> predicted = std::nullopt;  ///< architectures without a row are predicted
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
