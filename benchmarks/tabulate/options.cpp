// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <iostream>
#include <string_view>
#include <system_error>
#include <thread>
#include <type_traits>

namespace tabulate {

namespace {

constexpr std::string_view about =
    "Evaluates every architecture of a space, with repeats and at several fidelities, in parallel, and writes a table\n"
    "that nas_mock_bench and nas::read_table read, with a description of how it was made. Where it was interrupted or\n"
    "killed, the same command goes on. Exit codes: 0; 2 where something is wrong with the arguments or files; 130\n"
    "where it was interrupted.";

constexpr std::string_view footer =
    "Examples:\n"
    "  nas_tabulate --landscape nk:neighbors=2 --space 6x4 --out nk.csv\n"
    "  nas_tabulate --mlp wine.csv --label quality_label --drop quality --split train=0.8,validation=0.1,test=0.1 \\\n"
    "      --trainer test_metric=true,measure_time=true --fidelities 1,2,4,8,16,32 --repeats 3 --digits 5 \\\n"
    "      --out wine.csv.gz\n"
    "  nas_tabulate --command \"python3 train.py\" --space cells.json --metrics parameters --out cells.csv\n";

/// Whether the text is a number in [low, high], as CLI11 wants to be told: empty, or what is wrong.
template <class Number>
std::string check_number(const std::string& text, Number low, Number high, const std::string& expected) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool good = error == std::errc{} && end == text.data() + text.size() && value >= low && value <= high;
    if constexpr (std::is_floating_point_v<Number>) good = good && std::isfinite(value);
    return good ? std::string() : "('" + text + "') must be " + expected;
}
auto whole(std::uint64_t low, std::uint64_t high) {
    return [=](const std::string& text) {
        return check_number(text, low, high,
                            "a whole number in [" + std::to_string(low) + ", " + std::to_string(high) + ']');
    };
}
std::string above_zero(const std::string& text) {
    return check_number(text, std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max(),
                        "a number above 0");
}

/// CLI11 takes `--label --out t.csv` for a value and a stray.
std::string is_value(const std::string& text) {
    return text.starts_with("--") ? "a value is missing before '" + text + '\'' : std::string();
}

/// What belongs together, and what excludes each other.
void check_combinations(const CLI::App& app) {
    const auto given = [&](const std::string& name) { return app.count(name) > 0; };
    std::string what;
    for (const char* one : {"--mlp", "--command", "--landscape"}) {
        if (!given(one)) continue;
        if (!what.empty()) throw usage_error(what + " and " + one + " exclude each other");
        what = one;
    }
    if (what.empty()) throw usage_error("one of --mlp, --command and --landscape must say what is evaluated");
    const auto only_with = [&](const std::string& owner, std::initializer_list<const char*> options) {
        for (const char* option : options)
            if (given(option) && what != owner) throw usage_error(std::string(option) + " needs " + owner);
    };
    only_with("--mlp", {"--label", "--drop", "--separator", "--split", "--split-seed", "--trainer", "--cuda"});
    only_with("--command", {"--metrics", "--timeout"});
    if (what == "--mlp" && !given("--label")) throw usage_error("--mlp needs --label, the column to be learned");
    if (what != "--mlp" && !given("--space")) throw usage_error(what + " needs --space");
    if (!given("--out")) throw usage_error("--out must name the table");
}

}  // namespace

std::optional<program_options> parse_command_line(int argc, const char* const* argv) {
    program_options options;
    options.threads = std::max(1U, std::thread::hardware_concurrency());
    CLI::App app{std::string(about), "nas_tabulate"};
    app.footer(std::string(footer));
    app.get_formatter()->column_width(34);
    const std::string what = "What is evaluated";
    const std::string training = "With --mlp";
    const std::string calling = "With --command";
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
    const auto add_list = [&](const std::string& group, const char* name, auto& values, const char* type,
                              const char* text) {
        return app.add_option(name, values, text)
            ->allow_extra_args(false)
            ->delimiter(',')
            ->check(is_value)
            ->type_name(type)
            ->group(group);
    };

    add(what, "--mlp", options.mlp, "FILE", "CSV or CSV.gz of numbers and a label: trains multilayer perceptrons");
    add(what, "--command", options.command, "\"PROGRAM ARG...\"",
        "a program that reads one line of JSON and answers one, started for\neach evaluation (nas::command_evaluator)");
    add(what, "--landscape", options.landscape, "NAME[:option=value,...]", "a landscape of nas_mock_bench --list");
    add(what, "--space", options.space, "SPACE",
        "a JSON file, or 12x4 for 12 decisions of 4 choices; with --mlp a\nfile's decisions say how networks are trained too\n"
        "[--mlp: the 840 networks of MLPNAS]");

    add(training, "--label", options.label, "COL", "the column of classes to be learned");
    add_list(training, "--drop", options.drop, "COL,...", "columns that are not learned from");
    std::string separator = ",";
    add(training, "--separator", separator, "CHAR", "between two fields [,]")->check([](const std::string& text) {
        return text.size() == 1 ? std::string() : "('" + text + "') must be one character";
    });
    add(training, "--split", options.split, "part=X,...",
        "shares of train, validation and test rows, drawn within each class\n[train=0.9,validation=0.1,test=0]");
    add(training, "--split-seed", options.split_seed, "S", "draws them [0]")->check(whole(0, ~std::uint64_t{0}));
    add(training, "--trainer", options.trainer, "option=value,...", "of nas::mlp_trainer");
    app.add_flag("--cuda", options.cuda, "trains on a GPU, 4,096 networks at a time (nas::cuda_mlp_trainer)")
        ->group(training);

    add_list(calling, "--metrics", options.metrics, "NAME,...", "the metrics of the program's answers to keep");
    add(calling, "--timeout", options.timeout, "SECONDS", "of one evaluation [none]")->check(above_zero);

    add_list(how, "--fidelities", options.fidelities, "X,...",
             "rising: a column of values at each (epochs)\n[one column of all that the evaluator can give]")
        ->check(above_zero);
    add(how, "--repeats", options.repeats, "N", "rows of each architecture, with different seeds [1]")
        ->check(whole(1, 1'000'000));
    add(how, "--seed", options.seed, "S", "a row is a function of it, its architecture and its repeat [0]")
        ->check(whole(0, ~std::uint64_t{0}));
    add(how, "--threads", options.threads, "N", "changes nothing but the time [all cores]")->check(whole(1, 1024));

    add(output, "--out", options.out, "FILE", "the table; compressed where it ends with .gz. FILE.json describes it");
    add(output, "--objective", options.objective, "NAME", "of the columns of values [value; --mlp: accuracy]");
    add(output, "--digits", options.digits, "N", "significant digits of what is no whole number [all]")
        ->check(whole(1, 17));
    add(output, "--about", options.about, "TEXT", "kept in the description, for people");
    add(output, "--date", options.date, "TEXT", "kept in the description");
    app.add_flag("--quiet", options.quiet, "nothing but errors on the terminal")->group(output);

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
    check_combinations(app);
    options.separator = separator.front();
    if (options.objective.empty()) options.objective = options.mlp.empty() ? "value" : "accuracy";
    return options;
}

}  // namespace tabulate
