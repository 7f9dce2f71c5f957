// SPDX-License-Identifier: Apache-2.0
#include <nas/report/score_list.hpp>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace {

nas::score_list scores(const std::vector<double>& all) {
    nas::score_list list{.files = {"f.csv"}};
    for (const double score : all) list.rows.push_back({score, "a" + std::to_string(list.rows.size())});
    return list;
}

}  // namespace

TEST_CASE("score list: rows of files, one after the other") {
    const support::temporary_folder folder;
    const std::vector<std::filesystem::path> files{folder.path() / "b.csv", folder.path() / "a.csv"};
    std::ofstream(files[0]) << "0.5,0,x,0,y\n0.25,0,x,0,x,0,x,0,x";
    std::ofstream(files[1]) << "1,relu(8)\r\n";
    const nas::score_list list = nas::read_score_list(files);
    CHECK(list.files == std::vector<std::string>{files[0].string(), files[1].string()});
    REQUIRE(list.rows.size() == 3);
    CHECK(list.rows[1].score == 0.25);
    CHECK(list.rows[1].architecture == "(0, x, 0, x) (0, x, 0, x)");
    CHECK(list.rows[1].file == 0);
    CHECK(list.rows[1].line == 2);
    CHECK(list.rows[2].architecture == "relu(8)");
    CHECK(list.rows[2].file == 1);
    CHECK(list.rows[2].line == 1);
}

TEST_CASE("score list: the best first and last, equal scores as they come") {
    using order = std::vector<std::size_t>;
    CHECK(nas::best_last(scores({0.5, 0.2, 0.9})) == order{1, 0, 2});
    CHECK(nas::best_first(scores({0.5, 0.2, 0.9})) == order{2, 0, 1});
    CHECK(nas::best_first(scores({1, 2, 1, 2})) == order{1, 3, 0, 2});
    CHECK(nas::best_last(scores({1, 2, 1, 2})) == order{0, 2, 1, 3});
    CHECK(nas::best_first(scores({})).empty());
}

TEST_CASE("score list: a table for people") {
    const nas::score_list list = scores({0.5, 0.123456789, 12});
    const std::vector<std::size_t> best = nas::best_first(list);
    CHECK(nas::rank_table(list, best) ==
          "rank  score     architecture\n"
          "   1  12        a2\n"
          "   2  0.5       a0\n"
          "   3  0.123457  a1\n");
    CHECK(nas::rank_table(list, std::span(best).first(0)) == "rank  score  architecture\n");
}
