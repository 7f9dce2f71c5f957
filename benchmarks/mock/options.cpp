// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iostream>
#include <string_view>
#include <system_error>
#include <thread>

#include <nas/core/options.hpp>

namespace mock_bench {

namespace {

constexpr std::string_view about =
    "Compares search algorithms on a table of architectures that were trained once for all (a mock reward), or on a "
    "synthetic landscape, over many seeds. Prints a ranked table and writes DIR/summary.csv, pairs.csv, optimum.csv, "
    "curves.csv, timing.csv and plots.";

constexpr std::string_view footer =
    "Examples:\n"
    "  nas_mock_bench\n"
    "  nas_mock_bench --list\n"
    "  nas_mock_bench --landscape trap:block=4 --space 12x4 --searcher random_search --searcher local_search\n"
    "  nas_mock_bench --table nb201.csv --reward c10_val12_pct --report c10_val200_pct,c10_test200v1_pct \\\n"
    "      --cost c10_train12_s --budget 20000 --searcher regularized_evolution:population=10,tournament=3\n"
    "  nas_mock_bench --table train_history.csv.gz --metric-names acc,knowledge,loss --lambda 0.1\n";

/// A number as it stands on the command line: CLI11's own sentence does not say what it expected.
template <class Number>
Number number(const std::string& option, const std::string& text, const char* expected) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool good = error == std::errc{} && end == text.data() + text.size();
    if constexpr (std::is_floating_point_v<Number>) good = good && std::isfinite(value);
    if (!good) throw usage_error(option + " ('" + text + "') must be " + expected);
    return value;
}

std::size_t count(const std::string& option, const std::string& text, std::size_t most) {
    const std::string expected = "a whole number in [1, " + std::to_string(most) + ']';
    const auto value = number<std::size_t>(option, text, expected.c_str());
    if (value < 1 || value > most) throw usage_error(option + " (" + text + ") must be " + expected);
    return value;
}

double above_zero(const std::string& option, const std::string& text) {
    const auto value = number<double>(option, text, "a number above 0");
    if (!(value > 0)) throw usage_error(option + " (" + text + ") must be a number above 0");
    return value;
}

template <class Enum>
Enum word(const std::string& option, const std::string& text) {
    Enum value{};
    if (!nas::detail::parse_option(text, value))
        throw usage_error(option + " ('" + text + "') must be " + nas::detail::allowed_text<Enum>({}));
    return value;
}

/// The options with numbers and words, as texts.
struct raw_options {
    std::string cost_scale, lambda, trials, budget, seeds, seed, threads, unknown, replicates;
    std::vector<std::string> tables;
};

/// What belongs together, and what excludes each other.
void check_combinations(const CLI::App& app) {
    const auto given = [&](const char* name) { return app.count(name) > 0; };
    const auto needs = [&](const char* option, const char* other) {
        if (given(option) && !given(other)) throw usage_error(std::string(option) + " needs " + other);
    };
    const auto excludes = [&](const char* option, std::initializer_list<const char*> others) {
        for (const char* other : others)
            if (given(option) && given(other))
                throw usage_error(std::string(option) + " and " + other + " exclude each other");
    };
    for (const char* option :
         {"--reward", "--report", "--cost", "--minimize", "--lambda", "--metric-names", "--unknown", "--replicates"})
        needs(option, "--table");
    needs("--cost-scale", "--cost");
    needs("--budget", "--cost");
    excludes("--table", {"--landscape"});
    const char* const amber = given("--metric-names") ? "--metric-names" : "--lambda";
    excludes(amber, {"--reward", "--cost", "--minimize", "--space"});
    const bool plain_table = given("--table") && !given("--metric-names") && !given("--lambda");
    if (plain_table && !given("--reward"))
        throw usage_error(
            "--table needs --reward and the column that the search sees, or --metric-names for AMBER's train histories");
    if (plain_table && app.count("--table") > 1)
        throw usage_error("--table may be given more than once for AMBER's train histories only");
}

void read_raw(const CLI::App& app, const raw_options& raw, bench_options& options) {
    const auto given = [&](const char* name) { return app.count(name) > 0; };
    options.tables.assign(raw.tables.begin(), raw.tables.end());
    options.amber = given("--metric-names") || given("--lambda");
    if (given("--cost-scale")) options.cost_scale = above_zero("--cost-scale", raw.cost_scale);
    if (given("--lambda")) options.lambda = number<double>("--lambda", raw.lambda, "a number");
    if (given("--unknown")) options.table.unknown = word<nas::table_unknown>("--unknown", raw.unknown);
    if (given("--replicates")) options.table.replicates = word<nas::table_replicates>("--replicates", raw.replicates);
    if (given("--budget")) {
        options.budget = above_zero("--budget", raw.budget);
        options.trials = nas::unlimited;
    }
    if (given("--trials")) options.trials = count("--trials", raw.trials, 1'000'000'000);
    if (given("--seeds")) options.seeds = count("--seeds", raw.seeds, 10'000'000);
    if (given("--seed")) options.seed = number<std::uint64_t>("--seed", raw.seed, "a whole number from 0 to 2^64 - 1");
    options.threads = std::max(1U, std::thread::hardware_concurrency());
    if (given("--threads")) options.threads = count("--threads", raw.threads, 1024);
}

}  // namespace

std::optional<bench_options> parse_command_line(int argc, const char* const* argv) {
    bench_options options;
    raw_options raw;
    CLI::App app{std::string(about), "nas_mock_bench"};
    app.footer(std::string(footer));
    app.get_formatter()->column_width(34);
    // One value each time, or `--table a b` would swallow what is no value.
    const auto repeatable = [](CLI::Option* option) { option->allow_extra_args(false); };

    const std::string problem = "What is searched";
    repeatable(
        app.add_option(
               "--table", raw.tables,
               "CSV or CSV.gz: a column `code`, one base-36 digit a decision; or `arch`, with --space; repeatable for AMBER")
            ->type_name("FILE")
            ->group(problem));
    app.add_option("--landscape", options.landscape, "a landscape of --list, where there is no table")
        ->type_name("NAME[:option=value,...]")
        ->capture_default_str()
        ->group(problem);
    app.add_option("--space", options.space,
                   "nasbench201, or 12x4: 12 decisions of 4 choices (landscapes: 10x4; tables: what the codes say)")
        ->type_name("SPACE")
        ->group(problem);
    app.add_option("--reward", options.reward, "column that the search sees")->type_name("COL")->group(problem);
    app.add_option(
           "--report", options.report,
           "columns that it does not see; the first one is what searchers are compared by, in the direction of the reward")
        ->type_name("COL,...")
        ->delimiter(',')
        ->group(problem);
    app.add_option("--cost", options.cost, "column of costs")->type_name("COL")->group(problem);
    app.add_option("--cost-scale", raw.cost_scale, "seconds in one unit of that column [1]")
        ->type_name("X")
        ->group(problem);
    app.add_flag("--minimize", options.minimize, "lower is better")->group(problem);
    app.add_option("--metric-names", options.metric_names,
                   "the table is AMBER's train history, with these metrics [acc,knowledge,loss]")
        ->type_name("NAME,...")
        ->delimiter(',')
        ->group(problem);
    app.add_option("--lambda", raw.lambda, "AMBER's reward is -(loss + lambda * knowledge) [1]")
        ->type_name("X")
        ->group(problem);
    app.add_option("--replicates", raw.replicates,
                   "what a trial gets of an architecture's several rows: drawn or mean [drawn]")
        ->type_name("WORD")
        ->group(problem);
    app.add_option("--unknown", raw.unknown, "what an architecture without a row gives: error, worst or failed [error]")
        ->type_name("WORD")
        ->group(problem);

    const std::string search = "How";
    repeatable(app.add_option("--searcher", options.searchers, "a searcher of --list, or all; repeatable [all]")
                   ->type_name("NAME[:option=value,...]")
                   ->group(search));
    app.add_option("--trials", raw.trials, "trials of a search [300; with --budget no limit]")
        ->type_name("N")
        ->group(search);
    app.add_option("--budget", raw.budget, "simulated seconds of a search; the trial that crosses it is kept")
        ->type_name("SECONDS")
        ->group(search);
    app.add_option("--seeds", raw.seeds, "searches of each searcher [100]")->type_name("N")->group(search);
    app.add_option("--seed", raw.seed, "the first seed; the others follow [0]")->type_name("S")->group(search);
    app.add_option("--threads", raw.threads, "changes nothing but the time [all cores]")->type_name("N")->group(search);

    const std::string output = "What comes out";
    app.add_option("--out", options.out, "folder of the report")
        ->type_name("DIR")
        ->capture_default_str()
        ->group(output);
    app.add_flag("!--no-plots", options.plots, "no plots")->group(output);
    app.add_flag("--quiet", options.quiet, "nothing but errors on the terminal")->group(output);
    app.add_flag("--list", options.list, "searchers and landscapes with their options, ranges and sources")
        ->group(output);

    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return std::nullopt;
    } catch (const CLI::ExtrasError&) {
        throw usage_error("unknown argument '" + app.remaining().front() + "'; --help lists the options");
    } catch (const CLI::ParseError& error) {
        throw usage_error(std::string(error.what()) + "; --help lists the options");
    }
    if (options.list) return options;
    check_combinations(app);
    read_raw(app, raw, options);
    return options;
}

}  // namespace mock_bench
