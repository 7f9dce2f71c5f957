// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include "arguments.hpp"

namespace score {

namespace {

constexpr const char* about =
    "Scores cells with a surrogate, as a progressive search does before it trains them: all that have two blocks, then\n"
    "all that have a block more than the K best of these, and so on. Each number of blocks makes a file, scores_2.csv,\n"
    "scores_3.csv, ...: no header, a row a cell, the predicted score, then input, operation, input, operation of each\n"
    "block. nas_rank shows them. Surrogates are those that nas::save_predictor saved, or made here of such files.\n"
    "Each cell is written once, whatever the order of its blocks and of their halves. Exit codes: 0; 2 where an argument\n"
    "or a file is wrong.";

constexpr const char* footer =
    "Examples:\n"
    "  nas_score --train train_history.csv --save cells.surrogate\n"
    "  nas_score --surrogate cells.surrogate --blocks 5 --beam 64 --out scores\n"
    "  nas_rank -f train_history.csv 'scores/scores_*.csv' -sort\n";

}  // namespace

std::optional<program_options> parse_command_line(const std::vector<std::string>& arguments) {
    program_options options;
    CLI::App app{about, "nas_score"};
    app.footer(footer);
    app.get_formatter()->column_width(34);
    const std::string making = "Making a surrogate";
    const std::string scoring = "Scoring";
    const std::string cells = "The cells (what is not given is what the files say)";
    const auto number = [&](const char* name, std::optional<std::size_t>& value, std::size_t most, const char* text) {
        return app.add_option(name, value, text)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
            ->check(tools::is_value)
            ->check(tools::whole(0, most))
            ->type_name("N")
            ->group(cells);
    };

    app.add_option("--train", options.train,
                   "cells with scores, as train_history.csv: learns them, and says how\n"
                   "well those of fewer blocks tell the order of those of one more")
        ->check(tools::is_value)
        ->type_name("FILE...")
        ->group(making);
    tools::add_option(app, making, "--save", options.save, "FILE", "the surrogate");
    tools::add_option(app, making, "--model", options.model, "NAME[:option=value,...]",
                      "block_mlp_ensemble or block_lstm_ensemble, with its options, as\nepochs=50,seed=3 "
                      "[block_mlp_ensemble]");

    tools::add_option(app, scoring, "--surrogate", options.surrogate, "FILE", "scores cells with it");
    tools::add_option(app, scoring, "--beam", options.beam, "K",
                      "cells of a level that grow, the best; 0 for all [256]")
        ->check(tools::whole(0, 100'000'000));
    tools::add_option(app, scoring, "--most", options.most, "N", "cells that a level may have where all grow [1000000]")
        ->check(tools::whole(1, 100'000'000));
    tools::add_option(app, scoring, "--out", options.out, "FOLDER", "of the files, made where it is not there [.]");

    tools::add_option(app, cells, "--space", options.space, "FILE.json", "of nas::cell_space_to_json");
    number("--blocks", options.blocks, 12, "of a cell at most [5]");
    app.add_option("--operations", options.operations, "names, in the order of the surrogate's")
        ->allow_extra_args(false)
        ->delimiter(',')
        ->check(tools::is_value)
        ->type_name("NAME,...")
        ->group(cells);
    number("--lookback", options.lookback, 100, "previous cells that blocks read; 0: one input, written 0");
    number("--lookforward", options.lookforward, 12, "so many blocks may be read by others; 0: none [all]");

    if (!tools::parse(app, arguments)) return std::nullopt;

    const auto given = [&](const char* name) { return app.count(name) > 0; };
    if (given("--train") == given("--surrogate"))
        throw tools::usage_error(given("--train")
                                     ? "--train and --surrogate exclude each other: first --train FILE --save "
                                       "SURROGATE, then --surrogate SURROGATE"
                                     : "one of --train and --surrogate must say what to do; --help has examples");
    if (given("--train") && !given("--save")) throw tools::usage_error("--train needs --save, the surrogate's file");
    for (const char* name : {"--save", "--model"})
        if (given(name) && !given("--train")) throw tools::usage_error(std::string(name) + " needs --train");
    for (const char* name : {"--beam", "--most", "--out"})
        if (given(name) && !given("--surrogate")) throw tools::usage_error(std::string(name) + " needs --surrogate");
    return options;
}

}  // namespace score
