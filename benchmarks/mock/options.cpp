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
#include <nas/report/recommend.hpp>

namespace mock_bench {

namespace {

constexpr std::string_view about =
    "Compares search algorithms on a table of architectures that were trained once for all (a mock reward), or on a\n"
    "synthetic landscape, over many seeds. Prints ranked tables and writes summary.csv, searches.csv, pairs.csv,\n"
    "optimum.csv, curves.csv, problem.csv, timing.csv and plots. Exit codes: 0; 2 where something is wrong with the\n"
    "arguments or files; 130 where it was interrupted.";

constexpr std::string_view footer =
    "Examples:\n"
    "  nas_mock_bench\n"
    "  nas_mock_bench --list\n"
    "  nas_mock_bench --landscape trap:block=4 --space 12x4 --searcher random_search --searcher local_search\n"
    "  nas_mock_bench --table nb201.csv --reward c10_val12_pct --report c10_val200_pct,c10_test200v1_pct \\\n"
    "      --cost c10_train12_s --budget 20000 --searcher regularized_evolution:population=10,tournament=3\n"
    "  nas_mock_bench --table nb201_val200_seeds.csv --reward c10_val200_trial0_pct,c10_val200_trial1_pct \\\n"
    "      --replicates columns --gaps skipped --trials 100,300\n"
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

/// Whole numbers between commas, rising in what is returned.
std::vector<std::size_t> counts(const std::string& option, const std::string& texts, std::size_t most) {
    std::vector<std::size_t> all;
    for (std::size_t begin = 0; begin <= texts.size();) {
        const std::size_t end = std::min(texts.find(',', begin), texts.size());
        const std::string text = texts.substr(begin, end - begin);
        all.push_back(count(option, text, most));
        if (std::count(all.begin(), all.end(), all.back()) > 1)
            throw usage_error(option + ": " + text + " is given twice");
        begin = end + 1;
    }
    std::sort(all.begin(), all.end());
    return all;
}

template <class Enum>
Enum word(const std::string& option, const std::string& text) {
    Enum value{};
    if (!nas::detail::parse_option(text, value))
        throw usage_error(option + " ('" + text + "') must be " + nas::detail::allowed_text<Enum>({}));
    return value;
}

/// CLI11 takes `--trials --seeds 5` for a value and two strays.
std::string is_value(const std::string& text) {
    return text.starts_with("--") ? "a value is missing before '" + text + '\'' : std::string();
}

/// Where an architecture's replicates are, and what a trial gets of them.
enum class replicates_word : std::uint8_t { drawn, mean, columns };
constexpr std::array<std::string_view, 3> enum_names(replicates_word) { return {"drawn", "mean", "columns"}; }

/// The options with numbers and words, as texts.
struct raw_options {
    std::string cost_scale, lambda, trials, budget, seeds, seed, threads, unknown, replicates, gaps, recommend;
    std::vector<std::string> tables;
    bool no_plots = false;
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
         {"--reward", "--report", "--cost", "--minimize", "--lambda", "--metric-names", "--unknown", "--gaps"})
        needs(option, "--table");
    if (given("--space") && !given("--table") && !given("--landscape"))
        throw usage_error("--space needs --table or --landscape");
    needs("--cost-scale", "--cost");
    if (given("--landscape") || given("--table")) needs("--budget", "--cost");
    excludes("--table", {"--landscape"});
    excludes("--replicates", {"--landscape"});
    const char* const amber = given("--metric-names") ? "--metric-names" : "--lambda";
    excludes(amber, {"--reward", "--cost", "--minimize", "--space", "--gaps"});
    const bool plain_table = given("--table") && !given("--metric-names") && !given("--lambda");
    if (plain_table && !given("--reward"))
        throw usage_error(
            "--table needs --reward and the column that the search sees, or --metric-names for AMBER's train histories");
    if (plain_table && app.count("--table") > 1)
        throw usage_error("--table may be given more than once for AMBER's train histories only");
}

/// The table that ships: the search sees the validation accuracy of one training, and is judged by the mean of all.
void choose_shipped_table(bench_options& options) {
    options.tables = {NAS_TABLES "/joint_mlp_digits.csv.gz"};  // the file beside it says what its decisions are
    options.reward = {"accuracy_32"};
    options.report = {"accuracy_32", "test_accuracy"};
    options.cost = "seconds";
}

void check_twice(const char* option, const std::vector<std::string>& names) {
    for (const std::string& name : names)
        if (std::count(names.begin(), names.end(), name) > 1)
            throw usage_error(std::string(option) + ": '" + name + "' is given twice");
}

void read_replicates(const CLI::App& app, const raw_options& raw, bench_options& options) {
    const bool given = app.count("--replicates") > 0;
    const auto word_given = given ? word<replicates_word>("--replicates", raw.replicates) : replicates_word::drawn;
    if (word_given == replicates_word::mean) options.table.replicates = nas::table_replicates::mean;
    if (word_given == replicates_word::columns && options.reward.size() < 2)
        throw usage_error("--replicates columns needs --reward and several columns, as a,b,c");
    if (!given && options.reward.size() > 1)
        throw usage_error(
            "--reward names several columns, which are replicates: it needs --replicates columns, by which a trial gets one of "
            "them, or --replicates mean");
}

/// `worst`, or `predicted:noise=trial`.
void read_unknown(const std::string& text, bench_options& options) {
    const std::string_view name = std::string_view(text).substr(0, text.find(':'));
    if (name == "predicted") {
        const std::string_view rest = std::string_view(text).substr(std::min(text.size(), name.size() + 1));
        options.predicted = nas::parse_options<prediction_options>("--unknown predicted", rest);
        return;
    }
    if (!nas::detail::parse_option(text, options.table.unknown))
        throw usage_error("--unknown ('" + text + "') must be one of error, worst, failed, predicted");
}

void read_raw(const CLI::App& app, const raw_options& raw, bench_options& options) {
    const auto given = [&](const char* name) { return app.count(name) > 0; };
    options.tables.assign(raw.tables.begin(), raw.tables.end());
    if (!given("--table") && !given("--landscape")) choose_shipped_table(options);
    options.amber = given("--metric-names") || given("--lambda");
    if (given("--cost-scale")) options.cost_scale = above_zero("--cost-scale", raw.cost_scale);
    if (given("--lambda")) options.lambda = number<double>("--lambda", raw.lambda, "a number");
    if (given("--unknown")) read_unknown(raw.unknown, options);
    if ((options.table.unknown == nas::table_unknown::worst || options.predicted) && given("--report"))
        throw usage_error("--unknown " + raw.unknown.substr(0, raw.unknown.find(':')) +
                          " and --report exclude each other: an architecture without a row has no reports");
    check_twice("--report", options.report);
    check_twice("--reward", options.reward);
    read_replicates(app, raw, options);
    if (given("--gaps")) options.gaps = word<nas::table_gaps>("--gaps", raw.gaps);
    if (given("--budget")) {
        options.budget = above_zero("--budget", raw.budget);
        options.trials = {nas::unlimited};
    }
    if (given("--trials")) options.trials = counts("--trials", raw.trials, 1'000'000'000);
    if (given("--recommend")) {
        static_cast<void>(word<nas::recommendation_rule>("--recommend", raw.recommend));
        options.recommend = raw.recommend;
    }
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
    const std::string what = "What is searched";
    const std::string how = "How";
    const std::string output = "What comes out";
    // A later value replaces an earlier one, so that scripts can be given more arguments.
    const auto add = [&](const std::string& group, const char* name, auto& value, const char* type, const char* text) {
        return app.add_option(name, value, text)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
            ->check(is_value)
            ->type_name(type)
            ->group(group);
    };
    // A list grows by one argument each time, or `--table a b` would swallow what is no value.
    const auto add_list = [&](const std::string& group, const char* name, auto& values, const char* type,
                              const char* text) {
        return app.add_option(name, values, text)
            ->allow_extra_args(false)
            ->check(is_value)
            ->type_name(type)
            ->group(group);
    };

    add_list(what, "--table", raw.tables, "FILE",
             "CSV or CSV.gz with a column `code`, one base-36 digit a decision,\n"
             "or `arch`, with --space; AMBER's train histories: repeatable\n"
             "[15,876 networks and how they are trained, on digits: benchmarks/tables/README.md]");
    add(what, "--landscape", options.landscape, "NAME[:option=value,...]",
        "a landscape of --list, where there is no table");
    add(what, "--space", options.space, "SPACE",
        "what the decisions are: mlp, nasbench201, FILE.json, or 12x4,\n"
        "2,3x5,1..4: so many of so many choices, or of numbers\n"
        "[landscapes: 10x4; tables: FILE.json beside FILE, or what the\ncodes say]");
    add_list(what, "--reward", options.reward, "COL,...", "column that the search sees; several: its replicates")
        ->delimiter(',');
    add_list(what, "--report", options.report, "COL,...",
             "columns that it does not see; the first one is what searchers\n"
             "are compared by, in the direction of the reward")
        ->delimiter(',');
    add(what, "--cost", options.cost, "COL", "column of costs");
    add(what, "--cost-scale", raw.cost_scale, "X", "seconds in one unit of that column [1]");
    app.add_flag("--minimize", options.minimize, "lower is better")->group(what);
    add_list(what, "--metric-names", options.metric_names, "NAME,...",
             "the table is AMBER's train history, with these metrics\n[acc,knowledge,loss]")
        ->delimiter(',');
    add(what, "--lambda", raw.lambda, "X", "AMBER's reward is -(loss + lambda * knowledge) [1]");
    add(what, "--replicates", raw.replicates, "WORD",
        "what a trial gets of an architecture's several rows: one\n"
        "that is drawn, or their mean; columns: of the columns of\n"
        "--reward one that is drawn [drawn]");
    add(what, "--unknown", raw.unknown, "WORD[:...]",
        "what an architecture without a row gives: error, worst,\n"
        "failed, or predicted[:option=value,...] from the rows, see\n--list [error]");
    add(what, "--gaps", raw.gaps, "WORD",
        "what an empty reward, or nan, is: an error, or skipped as\nif it were not there [error]");

    add_list(how, "--searcher", options.searchers, "NAME[:option=value,...]",
             "a searcher of --list, 'NAME(SEARCHER)[:option=value,...]' around\nanother one, or all; repeatable [all]");
    add(how, "--trials", raw.trials, "N,...",
        "trials of a search; several: searches go to the largest,\n"
        "and are looked at after each [200; with --budget no limit]");
    add(how, "--budget", raw.budget, "SECONDS", "simulated seconds of a search; the trial that crosses\nthem is kept");
    add(how, "--recommend", raw.recommend, "RULE",
        "what a search takes home, and is judged by: best_trial,\n"
        "best_mean, best_posterior, final_policy; without it the\n"
        "best trial, and nothing is told of rules");
    add(how, "--seeds", raw.seeds, "N", "searches of each searcher [100]");
    add(how, "--seed", raw.seed, "S", "the first seed; the others follow [0]");
    add(how, "--threads", raw.threads, "N", "changes nothing but the time [all cores]");

    add(output, "--out", options.out, "DIR", "folder of the report [mock-report]");
    app.add_flag("--no-plots", raw.no_plots, "no plots")->group(output);
    app.add_flag("--quiet", options.quiet, "nothing but errors on the terminal")->group(output);
    app.add_flag("--list", options.list, "searchers and landscapes with options, ranges and sources")->group(output);

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
    options.plots = !raw.no_plots;
    if (options.list) return options;
    check_combinations(app);
    read_raw(app, raw, options);
    return options;
}

}  // namespace mock_bench
