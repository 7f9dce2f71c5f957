// SPDX-License-Identifier: Apache-2.0

// nas_rank: the best architectures of files of scores, as a table, and all of them as a page.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nas/data/replace_file.hpp>
#include <nas/report/score_list.hpp>
#include <nas/report/score_page.hpp>

#include "arguments.hpp"
#include "files.hpp"

namespace {

constexpr const char* about =
    "Prints the best architectures of files of scores, and writes all of them as a page for browsers: a dot each, which\n"
    "says what it is where it is pointed at, touched or reached by the arrow keys. The files are those of progressive\n"
    "search, train_history.csv and the scores_2.csv and so on of nas_score: no header, a score, then input, operation,\n"
    "input, operation of each block; or a score and any text. Exit codes: 0; 2 where an argument or a file is wrong.";

constexpr const char* footer =
    "Examples:\n"
    "  nas_rank\n"
    "  nas_rank -f 'scores_*.csv' train_history.csv -sort --top 20 --out scores.html\n";

struct program_options {
    std::vector<std::string> files{"train_history.csv"};
    bool sorted = false;
    std::size_t top = 10;
    std::size_t points = 20000;
    std::filesystem::path out = "nas_rank.html";
};

bool parse_command_line(std::vector<std::string> arguments, program_options& options) {
    // The original's spelling, which CLI11 would take for -s -o -r -t.
    std::replace(arguments.begin(), arguments.end(), std::string("-sort"), std::string("--sort"));
    CLI::App app{about, "nas_rank"};
    app.footer(footer);
    app.get_formatter()->column_width(34);
    const std::string group = "Options";
    app.add_option(
           "-f,--files", options.files,
           "files, or patterns in quotes, whose files come in alphabetical\norder; a train_history.csv comes first "
           "[train_history.csv]")
        ->check(tools::is_value)
        ->type_name("FILE...")
        ->group(group);
    app.add_flag("--sort", options.sorted,
                 "also -sort: dots by score, the best at the right; else in the\norder of the files")
        ->group(group);
    tools::add_option(app, group, "--top", options.top, "N", "architectures in the tables, the best [10]")
        ->check(tools::whole(0, 1'000'000));
    tools::add_option(app, group, "--points", options.points, "N",
                      "dots at most: of more rows an even share is drawn, and those of the\ntable; 0 for all [20000]")
        ->check(tools::whole(0, 100'000'000));
    tools::add_option(app, group, "--out", options.out, "FILE", "the page [nas_rank.html]");
    return tools::parse(app, std::move(arguments));
}

void print_best(std::vector<std::string> arguments) {
    program_options options;
    if (!parse_command_line(std::move(arguments), options)) return;
    const std::vector<std::filesystem::path> files = rank::find_files(options.files);
    for (const std::filesystem::path& file : files)
        if (tools::same_file(file, options.out))
            throw tools::usage_error("--out " + options.out.string() + " is one of the files to read");
    const nas::score_list list = nas::read_score_list(files);
    const std::vector<std::size_t> best = nas::best_first(list);
    std::cout << nas::rank_table(list, std::span(best).first(std::min(options.top, best.size())));
    nas::detail::replace_file(
        options.out, nas::score_page(list, {.sorted = options.sorted, .top = options.top, .points = options.points}));
    std::cout << '\n'
              << list.rows.size() << (list.rows.size() == 1 ? " row: " : " rows: ") << options.out.string() << '\n';
}

}  // namespace

int main(int argc, char** argv) {
    return tools::run("nas_rank", [&] { print_best({argv + 1, argv + argc}); });
}
