// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <string>

#include "tools/tool_runs.hpp"

using namespace nas::tests;

namespace {

const tool rank("nas_rank", NAS_RANK);

/// In the order of the page, what comes after `part` of each dot.
std::string dots(const std::string& page, const std::string& part) {
    std::string all;
    std::size_t at = page.find("<g id=\"points\"");
    const std::size_t end = page.find("</g>", at);
    while ((at = page.find(part, at)) < end) {
        at += part.size();
        all += (all.empty() ? "" : " ") + page.substr(at, page.find_first_of("\",<\n", at) - at);
    }
    return all;
}

}  // namespace

TEST_CASE("nas_rank: scores ascend with -sort, and colours are shares of the range") {
    const tool_folder here;
    const std::string file = here.write("h.csv", ".5,0,a,0,b\r\n.2,0,a,0,a\r\n.9,0,b,0,b");
    const std::string page = here / "p.html";
    CHECK(rank.output({"-f", file, "-sort", "--top", "2", "--out", page}) ==
          "rank  score  architecture\n"
          "   1  0.9    (0, b, 0, b)\n"
          "   2  0.5    (0, a, 0, b)\n"
          "\n"
          "3 rows: " +
              page + "\n");
    CHECK(dots(here.read("p.html"), "<title>") == "0.2 0.5 0.9");
    CHECK(dots(here.read("p.html"), "fill=\"") == "#3b4cc0 #c1cbe5 #b40426");
    CHECK(rank.output({"-f", file, "--out", page}).ends_with("   3  0.2    (0, a, 0, a)\n\n3 rows: " + page + "\n"));
    CHECK(dots(here.read("p.html"), "<title>") == "0.5 0.2 0.9");
    rank.output({"-f", here.write("one.csv", "3,0,a,0,b"), "--sort", "--out", page});
    CHECK(dots(here.read("p.html"), "<title>") == "3");
    rank.output({"-f", here.write("same.csv", "3,relu(8)\n3,relu(16)\n"), "--sort", "--out", page});
    CHECK(dots(here.read("p.html"), "fill=\"") == "#dddddd #dddddd");
}

TEST_CASE("nas_rank: names in their order, patterns in alphabetical order, train_history.csv first") {
    const tool_folder here;
    for (const std::string name : {"scores_10", "scores_3", "scores_2", "z", "a", "train_history", "odd[1]"})
        here.write(name + ".csv", "1," + name + "\n");
    const auto titles = [&](texts arguments) {
        for (std::string& each : arguments) each = here / each;
        arguments.insert(arguments.begin(), "-f");
        arguments.insert(arguments.end(), {"--out", here / "p.html"});
        rank.output(arguments);
        return dots(here.read("p.html"), "\n" + here / "");
    };
    CHECK(titles({"z.csv", "a.csv"}) == "z.csv a.csv");
    CHECK(titles({"scores_*.csv"}) == "scores_10.csv scores_2.csv scores_3.csv");
    CHECK(titles({"z.csv", "scores_?.csv", "a.csv", "train_history.csv"}) ==
          "train_history.csv z.csv scores_2.csv scores_3.csv a.csv");
    CHECK(titles({"scores_3.csv", "scores_*.csv"}) == "scores_3.csv scores_10.csv scores_2.csv");
    CHECK(titles({"odd[1].csv"}) == "odd[1].csv");
    CHECK(titles({"z.csv", "./z.csv"}) == "z.csv");
}

TEST_CASE("nas_rank: what is wrong is one sentence and exit code 2") {
    const tool_folder here;
    const std::string hint = "'; a progressive search writes train_history.csv, and nas_score scores_2.csv and so on";
    const std::string page = here / "p.html";
    rank.refuses({"-f", here / "none.csv", "--out", page}, "there is no file '" + here / "none.csv" + hint);
    rank.refuses({"-f", here / "none_*.csv", "--out", page}, "no file matches '" + here / "none_*.csv" + hint);
    const std::string file = here.write("h.csv", "0.5,0,a,0,b\n0.5,0,a\n");
    rank.refuses({"-f", file, "--out", page},
                 file +
                     ":2:1: a row of 3 columns; a score and the cell's input, operation, input, operation of each "
                     "block are 5, 9, 13, ... columns, those of other architectures a score and a text, and a file "
                     "has one kind");
    const std::string good = here.write("good.csv", "0.5,0,a,0,b\n");
    std::filesystem::create_symlink(good, here / "link.csv");
    for (const std::string& other : {good, here / "./good.csv", here / "link.csv"})
        rank.refuses({"-f", good, "--out", other}, "--out " + other + " is one of the files to read");
    rank.refuses({"-f", good, "--out", here / "no/p.html"}, here / "no/p.html" +
                                                                ": the file cannot be written: the folder '" +
                                                                here / "no" + "' does not exist; make it first");
    rank.refuses({"-f", good, "--top", "x"},
                 "--top: ('x') must be a whole number in [0, 1000000]; --help lists the "
                 "options");
    rank.refuses({"--best"}, "unknown argument '--best'; --help lists the options");
    CHECK_FALSE(here.has("p.html"));
    CHECK(rank.output({"--help"}).find("nas_rank -f 'scores_*.csv'") != std::string::npos);
}
