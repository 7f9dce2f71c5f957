// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nas/io/predictor_file.hpp>
#include <nas/io/score_rows.hpp>
#include <nas/predictors/block_mlp_ensemble.hpp>
#include <nas/run/score_levels.hpp>
#include <nas/spaces/cell_space.hpp>

#include "data_dir.hpp"
#include "tools/tool_runs.hpp"

using namespace nas::tests;

namespace {

const tool score("nas_score", NAS_SCORE);
const tool rank("nas_rank", NAS_RANK);

const std::string small = "block_mlp_ensemble:members=2,embedding=4,units=8,epochs=5";

/// All flat cells of one and two blocks of two operations: `pool` is worth more than `conv`.
std::string flat_rows() {
    const texts names{"pool", "conv"};
    std::string rows;
    for (std::size_t cell = 0; cell < 20; ++cell) {
        const std::size_t halves = cell < 4 ? 2 : 4;
        std::string row;
        std::size_t pools = 0;
        for (std::size_t k = 0; k < halves; ++k) {
            const std::size_t name = ((cell < 4 ? cell : cell - 4) >> (halves - 1 - k)) & 1U;
            pools += name == 0 ? 1 : 0;
            row += ",0," + names[name];
        }
        rows += std::to_string(10 * pools / halves) + row + "\r\n";
    }
    return rows;
}

/// Some cells whose blocks read previous cells and each other.
const std::string dag_rows =
    "0.5,-1,a,-2,b\n0.6,-1,a,-1,a\n0.4,-2,b,-2,b\n0.55,-2,a,-1,b,0,a,-1,b\n0.7,-1,a,-1,a,0,a,-1,a\n";

std::vector<std::size_t> rows_of(const tool_folder& here, const std::string& folder, std::size_t from, std::size_t to) {
    std::vector<std::size_t> counts;
    for (std::size_t blocks = from; blocks <= to; ++blocks) {
        const auto rows = nas::read_score_rows(here.path() / folder / ("scores_" + std::to_string(blocks) + ".csv"));
        for (const nas::score_row& row : rows) CHECK(row.fields.size() == 4 * blocks);
        counts.push_back(rows.size());
    }
    return counts;
}

}  // namespace

TEST_CASE("nas_score: trained on cells of two blocks, it scores all up to five, each once") {
    const tool_folder here;
    const std::string history = here.write("train_history.csv", flat_rows());
    const std::string surrogate = here / "cells.surrogate";
    const std::string trained = score.output({"--train", history, "--save", surrogate, "--model", small});
    CHECK(
        trained.starts_with("20 rows: cells of up to 5 blocks of 2 operations (pool, conv), one input.\n"
                            "trained on  rows  next level  rows  Spearman\n"
                            "   1 block     4           2    16"));
    CHECK(trained.ends_with("\nIt learned all rows: " + surrogate + "\n"));
    score.output({"--surrogate", surrogate, "--beam", "0", "--out", here / "all"});
    // The original's files have 16, 64, 256 and 1024 rows, of cells in any order of their blocks and halves.
    CHECK(rows_of(here, "all", 2, 5) == std::vector<std::size_t>{6, 10, 15, 21});
    CHECK_FALSE(here.has("all/scores_1.csv"));
    CHECK_FALSE(here.has("all/scores_6.csv"));
    // A beam larger than any level is no other.
    score.output({"--surrogate", surrogate, "--beam", "1000", "--out", here / "wide"});
    CHECK(here.read("wide/scores_5.csv") == here.read("all/scores_5.csv"));
    score.output({"--surrogate", surrogate, "--beam", "2", "--blocks", "3", "--out", here / "narrow/deep"});
    const auto narrow = rows_of(here, "narrow/deep", 2, 3);
    CHECK(narrow[0] == 6);
    CHECK(narrow[1] <= 6);

    // What stands there is what the surrogate predicts, bit by bit.
    const nas::cell_space space{{.operations = {"pool", "conv"}, .lookback = 0, .lookforward = 0}};
    nas::block_mlp_ensemble<nas::cell_space> loaded(space);
    nas::load_predictor(surrogate, loaded, space);
    for (const nas::score_row& row : nas::read_score_rows(here.path() / "all" / "scores_4.csv"))
        CHECK(row.score == loaded.predict(space, space.from_fields(row.fields)));

    CHECK(rank.output({"-f", here / "all/scores_*.csv", history, "--top", "1", "--out", here / "p.html"})
              .find("\n72 rows: ") != std::string::npos);
}

TEST_CASE("nas_score: cells that read previous cells and blocks") {
    const tool_folder here;
    const std::string history = here.write("h.csv", dag_rows);
    const std::string surrogate = here / "s";
    CHECK(score
              .output({"--train", history, "--save", surrogate, "--model",
                       "block_lstm_ensemble:members=1,units=4,epochs=1", "--blocks", "3"})
              .starts_with("5 rows: cells of up to 3 blocks of 2 operations (a, b), lookback 2.\n"));
    score.output({"--surrogate", surrogate, "--blocks", "3", "--beam", "0", "--out", here / "out"});
    const nas::cell_space space{{.blocks = 3, .operations = {"a", "b"}, .lookback = 2}};
    CHECK(rows_of(here, "out", 2, 3) == std::vector<std::size_t>{space.unique_cells(2), space.unique_cells(3)});
    // The space in a file, and an option that is said again.
    const std::string json = here.write("space.json", R"({"blocks": 3, "lookforward": 0})");
    score.output({"--surrogate", surrogate, "--space", json, "--blocks", "2", "--out", here / "json"});
    const nas::cell_space apart{{.blocks = 2, .operations = {"a", "b"}, .lookback = 2, .lookforward = 0}};
    CHECK(rows_of(here, "json", 2, 2) == std::vector<std::size_t>{apart.unique_cells(2)});
    CHECK_FALSE(here.has("json/scores_3.csv"));

    score.refuses({"--surrogate", surrogate, "--out", here / "no"},
                  surrogate +
                      ": the surrogate does not know the input 2; it knows -2, -1, 0, 1, which are too few for 5 "
                      "blocks; train it with --blocks 5, or score with fewer");
    score.refuses({"--surrogate", surrogate, "--blocks", "3", "--lookback", "3", "--out", here / "no"},
                  surrogate + ": the surrogate does not know the input -3; it knows -2, -1, 0, 1; lower --lookback");
    CHECK_FALSE(here.has("no"));
}

TEST_CASE("nas_score: what is wrong is one sentence and exit code 2") {
    const tool_folder here;
    const std::string history = here.write("train_history.csv", flat_rows());
    const std::string surrogate = here / "s";
    const auto train = [&](const texts& more) {
        texts all{"--train", history, "--save", surrogate, "--model", small};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    score.output(train({}));
    const auto with = [&](const texts& more) {
        texts all{"--surrogate", surrogate, "--out", here / "out"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    score.refuses(with({"--operations", "pool,skip"}),
                  surrogate + ": the surrogate does not know the operation 'skip'; it knows pool, conv");
    score.refuses(with({"--operations", "conv,pool"}),
                  surrogate +
                      ": the predictor is not for this space: operation 0 is pool in the file, but conv in the "
                      "space");
    score.refuses(with({"--blocks", "1"}),
                  "nas::score_levels: there is no level to score: cells of 1 block, the smallest, are trained and not "
                  "scored; raise blocks");
    score.refuses(with({"--beam", "0", "--most", "10"}),
                  "nas::score_levels: level 4 has 15 cells, and all are wanted; set beam, or raise most (10)");
    score.refuses(with({"--blocks", "13"}),
                  "--blocks: ('13') must be a whole number in [0, 12]; --help lists the options");
    CHECK_FALSE(here.has("out"));
    std::string damaged = here.read("s");
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
    const std::string broken = here.write("broken", damaged);
    score.refuses({"--surrogate", broken}, broken + ": the file is cut off or damaged: its checksum is wrong");
    score.refuses({"--surrogate", here.write("cut", damaged.substr(0, 100))},
                  here / "cut" + ": the file is cut off or damaged: its checksum is wrong");
    score.refuses({"--surrogate", history}, history + ": this is not a file of a predictor");
    score.refuses({"--surrogate", here / "none"},
                  here / "none" + ": the file cannot be read: No such file or directory");

    score.refuses({"--surrogate", surrogate, "--out", history},
                  history + ": the folder cannot be made: Not a directory");
    score.refuses(train({"--blocks", "1"}),
                  history + ":5: nas::cell_space: the number of blocks (2) must be in [1, 1]");
    score.refuses(train({"--operations", "pool,skip"}),
                  history + ":2: nas::cell_space: blocks/0/operation2 ('conv') must be one of pool, skip");
    score.refuses(train({"--model", "gp"}), "--model 'gp' must be block_mlp_ensemble or block_lstm_ensemble");
    score.refuses(train({"--model", "block_mlp_ensemble:units=0"}),
                  "nas::block_mlp_ensemble: units (0) must be in [1, 65536]");
    const std::string far = here.write("far.csv", "0.5,-2147483648,pool,-1,pool\n");
    score.refuses({"--train", far, "--save", here / "x"}, "nas::cell_space: lookback (2147483648) must be in [0, 100]");
    for (const std::string& save : {history, here / "./train_history.csv"})
        score.refuses({"--train", history, "--save", save}, "--save " + save + " is one of the files to learn from");
    CHECK(here.read("train_history.csv") == flat_rows());
    const std::string layers = here.write("layers.csv", "0.5,relu(8)\n");
    score.refuses({"--train", layers, "--save", here / "x"}, layers + ":1: a score and a text are no cell");
    score.refuses({"--train", history}, "--train needs --save, the surrogate's file");
    score.refuses({"--surrogate", surrogate, "--save", "x"}, "--save needs --train");
    score.refuses({"--train", history, "--save", "x", "--beam", "3"}, "--beam needs --surrogate");
    score.refuses({}, "one of --train and --surrogate must say what to do; --help has examples");
    CHECK_FALSE(here.has("x"));
    CHECK(score.output({"--help"}).find("nas_score --train train_history.csv --save cells.surrogate") !=
          std::string::npos);
}

TEST_CASE("nas_score: a recorded progressive search, from its rows to the best cells of five blocks") {
    const auto file = data_file("pnas_train_history_292rows.csv");
    if (!file) return;
    const tool_folder here;
    const std::string trained = score.output({"--train", file->string(), "--save", here / "s"});
    CHECK(
        trained.starts_with("292 rows: cells of up to 5 blocks of 6 operations (3x3 dconv, 5x5 dconv, 7x7 dconv, "
                            "1x7-7x1 conv, 3x3 maxpool, 3x3 avgpool), one input.\n"));
    // The rank correlations, the last column, of levels 2 to 5: of one seed, where floors are for the mean of some.
    const std::map<std::string, double> floors{{"   1 block    36           2    64", 0.70},
                                               {"    1 to 2   100           3    64", 0.70},
                                               {"    1 to 3   164           4    64", 0.64},
                                               {"    1 to 4   228           5    64", 0.60}};
    for (const auto& [line, floor] : floors) {
        const std::size_t at = trained.find(line);
        REQUIRE(at != std::string::npos);
        CHECK(std::stod(trained.substr(at + line.size())) >= floor - 0.02);
    }
    score.output({"--surrogate", here / "s", "--beam", "0", "--out", here / "all"});
    CHECK(rows_of(here, "all", 2, 5) == std::vector<std::size_t>{231, 1771, 10626, 53130});
    score.output({"--surrogate", here / "s", "--beam", "8", "--blocks", "3", "--out", here / "eight"});
    const auto eight = rows_of(here, "eight", 2, 3);
    CHECK(eight[0] == 231);
    CHECK(eight[1] <= 8 * 21);
    CHECK(eight[1] > 80);
    const std::string best =
        rank.output({"-f", here / "all/scores_5.csv", "-sort", "--top", "3", "--out", here / "p.html"});
    CHECK(best.find("\n53130 rows: ") != std::string::npos);
    CHECK(here.read("p.html").find("one row in 3 is drawn") != std::string::npos);
}
