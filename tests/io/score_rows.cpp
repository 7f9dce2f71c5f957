// SPDX-License-Identifier: Apache-2.0
#include <nas/io/score_rows.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <nas/core/history.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/cell_space.hpp>
#include <nas/spaces/mlp_space.hpp>

#include "support/temporary_folder.hpp"

namespace {

using texts = std::vector<std::string>;

struct some_file : support::temporary_folder {
    std::filesystem::path file = path() / "rows.csv";

    std::vector<nas::score_row> read(const std::string& text) const {
        std::ofstream(file, std::ios::binary) << text;
        return nas::read_score_rows(file);
    }
    void refuses(const std::string& text, const std::string& sentence) const {
        CAPTURE(text);
        std::ofstream(file, std::ios::binary) << text;
        CHECK_THROWS_WITH_AS(nas::read_score_rows(file), (file.string() + sentence).c_str(), nas::csv_error);
    }
};

}  // namespace

TEST_CASE("score rows: LF, CR LF, no end of the last line, a byte order mark, quotes") {
    const some_file here;
    const std::string one = "0.4288,0,3x3 maxpool,0,1x7-7x1 conv";
    const std::string two = "0.5,-1,a,-2,b,0,\"c, \"\"d\"\"\",-1,a";
    for (const std::string end : {"\n", "\r\n"})
        for (const std::string last : {"", "\n", "\r\n", "\n\n \n"})
            for (const std::string mark : {"", "\xef\xbb\xbf"}) {
                const auto rows = here.read(mark + one + end + two + last);
                REQUIRE(rows.size() == 2);
                CHECK(rows[0].score == 0.4288);
                CHECK(rows[0].fields == texts{"0", "3x3 maxpool", "0", "1x7-7x1 conv"});
                CHECK(rows[0].text() == "(0, 3x3 maxpool, 0, 1x7-7x1 conv)");
                CHECK(rows[0].line == 1);
                CHECK(rows[1].score == 0.5);
                CHECK(rows[1].fields == texts{"-1", "a", "-2", "b", "0", "c, \"d\"", "-1", "a"});
                CHECK(rows[1].text() == "(-1, a, -2, b) (0, c, \"d\", -1, a)");
                CHECK(rows[1].line == 2);
            }
}

TEST_CASE("score rows: an architecture that is no cell is a text, and lines are those of the file") {
    const some_file here;
    const auto rows = here.read("\" 1e-3\",\"relu(8)\nsoftmax(3)\"\n-2,tanh(4)\n");
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].score == 0.001);
    CHECK(rows[0].text() == "relu(8)\nsoftmax(3)");
    CHECK(rows[1].score == -2);
    CHECK(rows[1].line == 3);
}

TEST_CASE("score rows: what is wrong has its place") {
    const some_file here;
    const std::string good = "0.5,0,a,0,b\n";
    const std::string widths =
        "; a score and the cell's input, operation, input, operation of each block are 5, 9, 13, ... columns, those of "
        "other architectures a score and a text, and a file has one kind";
    here.refuses("", ": the file has no rows");
    here.refuses("\r\n \n", ": the file has no rows");
    here.refuses(good + "0.5\n", ":2:1: a row of 1 column" + widths);
    here.refuses(good + good + "0.5,0,a,0", ":3:1: a row of 4 columns" + widths);
    here.refuses(good + "0.5,0,a,0,b,0,a\n", ":2:1: a row of 7 columns" + widths);
    here.refuses(good + "0.5,0\n", ":2:1: a row of 2 columns" + widths);
    here.refuses("0.5,relu(8)\n" + good, ":2:1: a row of 5 columns" + widths);
    here.refuses("score,0,a,0,b\n", ":1:1: the score ('score') must be a finite number, such as 0.4288");
    here.refuses(good + "nan,0,a,0,b\n", ":2:1: the score ('nan') must be a finite number, such as 0.4288");
    here.refuses(
        "0123456789012345678901234567890123456789a,b\n",
        ":1:1: the score ('0123456789012345678901234567890123456789...') must be a finite number, such as 0.4288");
    here.refuses(good + "1e999,a\n", ":2:1: the score ('1e999') must be a finite number, such as 0.4288");
    here.refuses(good + ",0,a,0,b\n", ":2:1: the score ('') must be a finite number, such as 0.4288");
    here.refuses(good + "\n" + good, ":2:1: a blank line; remove it");
    here.refuses("0.5,0,a,x,b\n",
                 ":1:1: the input 'x' must be a whole number: -1 for the last cell, 0 for the first block");
    here.refuses("0.5,0,a,0,\n", ":1:11: column 5 is empty");
    here.refuses("0.5,0,a,0,\"b\n",
                 ":1:11: the quote that opens here is never closed; close it, or restore the end of the file if it was "
                 "cut off");
    here.refuses(std::string("0.5,a\0b\n", 8), ":1:6: a NUL byte; the file is binary or UTF-16, save it as UTF-8 text");
    CHECK_THROWS_AS(nas::read_score_rows(here.path() / "none.csv"), nas::csv_error);
    CHECK_THROWS_AS(nas::read_score_rows(here.path()), nas::csv_error);
}

TEST_CASE("score rows: a file that is cut off or has another byte anywhere is read or refused with its place") {
    const some_file here;
    const std::string whole = "0.4288,0,3x3 maxpool,0,\"1x7-7x1 \"\"conv\"\"\"\r\n0.5,-1,a,0,b,0,a,0,b\n";
    const auto try_it = [&](const std::string& text) {
        try {
            const std::size_t rows = here.read(text).size();
            CHECK((rows >= 1 && rows <= 3));
        } catch (const nas::csv_error& error) {
            CHECK(std::string(error.what()).starts_with(here.file.string() + ":"));
        }
    };
    for (std::size_t size = 0; size < whole.size(); ++size) try_it(whole.substr(0, size));
    for (std::size_t at = 0; at < whole.size(); ++at)
        for (const char other : {',', '"', '\n', '\r', '0', '-', '\0', '\xff'}) {
            std::string text = whole;
            text[at] = other;
            try_it(text);
        }
}

TEST_CASE("score file: rows come back exactly, and an earlier file stays until all are there") {
    const some_file here;
    const texts cell{"-1", "a, b", "0", "c \"d\""};
    (void)here.read("1,old\n");
    {
        nas::score_file file(here.file);
        file.add(0.1 + 0.2, cell);
        CHECK_THROWS_AS(nas::score_file(here.file), std::runtime_error);  // somebody is writing it
    }
    CHECK(nas::read_score_rows(here.file)[0].text() == "old");
    CHECK(std::distance(std::filesystem::directory_iterator(here.path()), {}) == 1);
    nas::score_file file(here.file);
    for (int i = 0; i < 5000; ++i) file.add(1e-3 * i, cell);
    file.finish();
    const auto rows = nas::read_score_rows(here.file);
    REQUIRE(rows.size() == 5000);
    CHECK(rows[4999].score == 1e-3 * 4999);
    CHECK(rows[4999].fields == cell);
    CHECK_THROWS_AS(nas::score_file(here.path() / "none" / "rows.csv"), std::runtime_error);
}

TEST_CASE("train history: completed trials in their order") {
    const some_file here;
    const nas::cell_space space{{.blocks = 2, .operations = {"a", "b"}, .lookback = 1}};
    int trials = 0;
    nas::search search{nas::random_search{space},
                       [&](const auto&) {
                           if (++trials == 3) throw std::runtime_error("no");
                           return trials / 8.0;
                       },
                       {.seed = 1}};
    search.run({.trials = 6});
    const auto& past = search.history();
    nas::write_train_history(past, here.file);
    const auto rows = nas::read_score_rows(here.file);
    REQUIRE(rows.size() == 5);
    std::size_t at = 0;
    for (std::size_t row = 0; row < past.size(); ++row) {
        if (!past.completed(row)) continue;
        CHECK(rows[at].score == past.value(row));
        CHECK(rows[at].fields == space.fields(past.arch(row)));
        CHECK(rows[at].text() == space.describe(past.arch(row)));
        ++at;
    }

    // Another space's architectures are their texts.
    const nas::mlp_space layers;
    nas::search other{
        nas::random_search{layers}, [](const auto& arch) { return static_cast<double>(arch.size()); }, {.seed = 1}};
    other.run({.trials = 3});
    nas::write_train_history(other.history(), here.file);
    const auto texts_of = nas::read_score_rows(here.file);
    REQUIRE(texts_of.size() == 3);
    for (std::size_t row = 0; row < 3; ++row)
        CHECK(texts_of[row].fields == texts{layers.describe(other.history().arch(row))});
}
