// SPDX-License-Identifier: Apache-2.0
#include <nas/report/score_page.hpp>

#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

nas::score_list scores(const std::vector<double>& all) {
    nas::score_list list{.files = {"train_history.csv"}};
    for (const double score : all)
        list.rows.push_back({score, "a" + std::to_string(list.rows.size()), 0, list.rows.size() + 1});
    return list;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
}
bool has(const std::string& text, const std::string& part) { return count(text, part) > 0; }

/// Of each point in the order of the page: `part` of it.
std::vector<std::string> of_points(const std::string& page, const std::string& part) {
    std::vector<std::string> all;
    std::size_t at = page.find("<g id=\"points\">");
    const std::size_t end = page.find("</g>", at);
    while ((at = page.find(part, at)) < end) {
        at += part.size();
        all.push_back(page.substr(at, page.find_first_of("\"\n,<", at) - at));
    }
    return all;
}

using texts = std::vector<std::string>;
using numbers = std::vector<double>;

}  // namespace

TEST_CASE("score page: shares of scores between the least and the greatest") {
    const numbers shares = nas::score_shares(numbers{0.2, 0.5, 0.9});
    CHECK(shares[0] == 0);
    CHECK(shares[1] == doctest::Approx(0.428571).epsilon(1e-5));
    CHECK(shares[2] == 1);
    CHECK(nas::score_shares(numbers{3, 3}) == numbers{0.5, 0.5});
    CHECK(nas::score_shares(numbers{3}) == numbers{0.5});
    CHECK(nas::score_shares(numbers{}).empty());
    constexpr double most = std::numeric_limits<double>::max();
    CHECK(nas::score_shares(numbers{-most, 0, most}) == numbers{0, 0.5, 1});
}

TEST_CASE("score page: colours from blue over grey to red") {
    CHECK(nas::coolwarm(0) == "#3b4cc0");
    CHECK(nas::coolwarm(0.5) == "#dddddd");
    CHECK(nas::coolwarm(1) == "#b40426");
    CHECK(nas::coolwarm(0.125) == "#5c76dd");
    CHECK(nas::coolwarm(7) == nas::coolwarm(1));
}

TEST_CASE("score page: points in the order of files, or the best at the right") {
    const nas::score_list list = scores({0.5, 0.2, 0.9});
    const std::string plain = nas::score_page(list);
    CHECK(of_points(plain, "<title>") == texts{"0.5", "0.2", "0.9"});
    CHECK(of_points(plain, "fill=\"")[1] == nas::coolwarm(0));
    CHECK(of_points(plain, "fill=\"")[2] == nas::coolwarm(1));
    CHECK(has(plain, "<title>0.9, rank 1 of 3\na2\ntrain_history.csv, line 3</title>"));
    CHECK(has(plain, "rows in the order of the files"));
    const std::string sorted = nas::score_page(list, {.sorted = true});
    CHECK(of_points(sorted, "<title>") == texts{"0.2", "0.5", "0.9"});
    const texts places = of_points(sorted, "cx=\"");
    CHECK(std::stod(places[0]) < std::stod(places[1]));
    const texts heights = of_points(sorted, "cy=\"");
    CHECK(std::stod(heights[0]) > std::stod(heights[2]));
    CHECK(has(sorted, "the best at the right"));
    // The table, whose rows know their points.
    CHECK(has(sorted, "data-point=\"2\"><td>1</td><td>0.9</td><td>a2</td>"));
    CHECK(has(plain, "data-point=\"1\"><td>3</td><td>0.2</td><td>a1</td>"));
    CHECK_FALSE(has(nas::score_page(list, {.top = 0}), "<table>"));
    CHECK(count(nas::score_page(list, {.top = 2}), "data-point=") == 2);
}

TEST_CASE("score page: it needs nothing else") {
    const std::string page = nas::score_page(scores({0.5, 0.2}));
    CHECK(page.starts_with("<!DOCTYPE html>"));
    CHECK(page.ends_with("</html>\n"));
    CHECK_FALSE(has(page, "http"));
    CHECK_FALSE(has(page, " src="));
}

TEST_CASE("score page: one row, equal scores, none, and any number there is") {
    for (const numbers& all : {numbers{0.5}, numbers{2, 2, 2}, numbers{0, 0}, numbers{-1e-300, 1e-300},
                               numbers{-std::numeric_limits<double>::max(), std::numeric_limits<double>::max()},
                               numbers{1, 1 + 1e-15}, numbers{std::numeric_limits<double>::denorm_min(), 0}}) {
        const std::string page = nas::score_page(scores(all), {.sorted = true});
        CHECK(of_points(page, "cx=\"").size() == all.size());
        for (const char* part : {"cx=\"", "cy=\""})
            for (const std::string& at : of_points(page, part)) {
                CHECK(std::stod(at) > 0);
                CHECK(std::stod(at) < 960);
            }
        CHECK_FALSE(has(page, "nan"));
        CHECK_FALSE(has(page, "inf"));
    }
    CHECK(of_points(nas::score_page(scores({7})), "cx=\"") == texts{"508.0"});  // in the middle
    CHECK_THROWS_WITH_AS(nas::score_page(scores({})), "nas::score_page: there are no rows", std::invalid_argument);
}

TEST_CASE("score page: of many rows an even share, and the best") {
    numbers all;
    for (int i = 0; i < 1000; ++i) all.push_back(i == 501 ? 2000 : i);
    const std::string page = nas::score_page(scores(all), {.top = 2, .points = 100});
    CHECK(of_points(page, "cx=\"").size() == 102);
    CHECK(has(page, "one row in 10 is drawn"));
    CHECK(has(page, "<title>2000, rank 1 of 1000"));
    CHECK(has(page, "<title>999, rank 2 of 1000"));
    CHECK_FALSE(has(nas::score_page(scores(all)), "is drawn"));
}

TEST_CASE("score page: names of files where they begin, and any text") {
    nas::score_list list{.files = {"out/one.csv", "out/t&o.csv"}};
    for (int i = 0; i < 40; ++i) list.rows.push_back({i / 8.0, "relu<8> \xff & \"x\"", i < 20 ? 0U : 1U, 1});
    const std::string page = nas::score_page(list);
    CHECK(has(page, ">one.csv</text>"));
    CHECK(has(page, ">t&amp;o.csv</text>"));
    CHECK(has(page, "relu&lt;8&gt; \xef\xbf\xbd &amp; &quot;x&quot;"));
    CHECK_FALSE(has(nas::score_page(list, {.sorted = true}), ">one.csv</text>"));
}

TEST_CASE("score page: ticks are round") {
    const auto texts_of = [](const auto& ticks) {
        texts all;
        for (const nas::detail::axis_tick& tick : ticks) all.push_back(tick.text);
        return all;
    };
    CHECK(texts_of(nas::detail::score_ticks(0.33, 0.79)) == texts{"0.4", "0.5", "0.6", "0.7"});
    CHECK(texts_of(nas::detail::score_ticks(-0.02, 0.01)) ==
          texts{"-0.02", "-0.015", "-0.01", "-0.005", "0", "0.005", "0.01"});
    CHECK(texts_of(nas::detail::score_ticks(3, 3)) == texts{"3"});
    // A step would be 0, and its logarithm no number: the sanitizers say so.
    CHECK(texts_of(nas::detail::score_ticks(0, 5e-324)) == texts{"0", "4.940656458e-324"});
    CHECK(texts_of(nas::detail::place_ticks(1)) == texts{"1"});
    CHECK(texts_of(nas::detail::place_ticks(4)) == texts{"1", "2", "3", "4"});
    CHECK(texts_of(nas::detail::place_ticks(292)) == texts{"1", "50", "100", "150", "200", "250"});
}
