// SPDX-License-Identifier: Apache-2.0
#include <nas/spaces/nasbench201_space.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/checks.hpp>
#include <nas/operators/encode.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/operators/neighbors.hpp>

#include "data_dir.hpp"

namespace {

using space_type = nas::nasbench201_space;
using arch = space_type::arch_type;
using data_set = space_type::data_set;

static_assert(nas::check_decision_space<space_type>() && nas::check_enumerable_space<space_type>());
static_assert(nas::KeyedSpace<space_type> && !nas::MaskedSpace<space_type> && !nas::ConditionalSpace<space_type>);

constexpr space_type space;

// Official index, code, arch string.
struct cell {
    int index;
    const char* code;
    const char* text;
};
constexpr cell listed[] = {
    {0, "421211", "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"},
    {11, "334034", "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|none~0|nor_conv_3x3~1|avg_pool_3x3~2|"},
    {284, "111020", "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|none~0|nor_conv_1x1~1|none~2|"},
    {15624, "202022", "|nor_conv_1x1~0|+|none~0|nor_conv_1x1~1|+|none~0|nor_conv_1x1~1|nor_conv_1x1~2|"},
    {1462, "333333", "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|"},
    {1651, "000000", "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"},
};

enum class folding { nothing, skips, skips_and_zeros };

/// The canonical string, by definition.
std::string canonical(const arch& cell, folding rule) {
    std::vector<std::string> names{"0"};
    std::size_t edge = 0;
    for (std::size_t node = 1; node < 4; ++node) {
        std::vector<std::string> terms;
        for (std::size_t from = 0; from < node; ++from, ++edge) {
            const std::string op = space.label(edge, cell[edge]);
            if (rule == folding::skips_and_zeros && (op == "none" || names[from] == "#")) {
                terms.push_back("#");
            } else if (rule != folding::nothing && op == "skip_connect") {
                terms.push_back(names[from]);
            } else {
                terms.push_back("(" + names[from] + ")@" + op);
            }
        }
        std::sort(terms.begin(), terms.end());
        std::string name = terms[0];
        for (std::size_t i = 1; i < terms.size(); ++i) name += "+" + terms[i];
        names.push_back(name);
    }
    return names.back();
}

std::size_t classes(folding rule) {
    std::set<std::string> names;
    for (std::uint64_t i = 0; i < space.size(); ++i) names.insert(canonical(space.at(i), rule));
    return names.size();
}

/// Whether a node is reached from the input, by following edges.
bool reached(const arch& cell, std::size_t node) {
    if (node == 0) return true;
    const std::size_t first = node * (node - 1) / 2;
    for (std::size_t from = 0; from < node; ++from)
        if (cell[first + from] != space_type::none && reached(cell, from)) return true;
    return false;
}

void check_refused(const std::string& text, int column, const std::string& expected) {
    const std::string sentence =
        "nas::nasbench201_space: column " + std::to_string(column) + " of '" + text + "': expected " + expected;
    CHECK_THROWS_WITH_AS(space.parse(text), sentence.c_str(), std::invalid_argument);
}

void check_code_refused(const std::string& code, int column, const std::string& expected) {
    const std::string sentence = "nas::nasbench201_space: column " + std::to_string(column) + " of the code '" + code +
                                 "': expected " + expected;
    CHECK_THROWS_WITH_AS(space.from_code(code), sentence.c_str(), std::invalid_argument);
}

}  // namespace

TEST_CASE("nasbench201_space: six decisions of five operations") {
    static_assert(space.decisions() == 6 && space.size() == 15625);
    const char* const paths[] = {"1<-0", "2<-0", "2<-1", "3<-0", "3<-1", "3<-2"};
    for (std::size_t edge = 0; edge < 6; ++edge) {
        CHECK(space.cardinality(edge) == 5);
        CHECK(space.path(edge) == paths[edge]);
        CHECK(space.tag(edge) == nas::decision_tag::operation);
        CHECK(space.label(edge, space_type::none) == "none");
        CHECK(space.label(edge, space_type::avg_pool_3x3) == "avg_pool_3x3");
    }
}

TEST_CASE("nasbench201_space: archai 4.4, the listed arch strings and their codes") {
    for (const cell& known : listed) {
        CHECK(space.describe(space.from_code(known.code)) == known.text);
        CHECK(space.code(space.parse(known.text)) == known.code);
    }
}

TEST_CASE("nasbench201_space: strings, codes and numbers, there and back") {
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const arch cell = space.at(i);
        CHECK(space.contains(cell));
        CHECK(space.index(cell) == i);
        CHECK(space.parse(space.describe(cell)) == cell);
        CHECK(space.from_code(space.code(cell)) == cell);
    }
    CHECK_FALSE(space.contains({0, 0, 0, 0, 0, 5}));
    CHECK(space.code(space.at(1)) == "000001");
    CHECK_THROWS_WITH_AS(space.at(15625), "nas: there is no architecture 15625 in a space of 15625", std::out_of_range);
}

TEST_CASE("nasbench201_space: arch strings that are refused") {
    const std::string operations = "none, skip_connect, nor_conv_1x1, nor_conv_3x3 or avg_pool_3x3";
    check_refused("", 1, "'|'");
    check_refused("none~0|+", 1, "'|'");
    check_refused("|zero~0|+|none~0|none~1|+|none~0|none~1|none~2|", 2, operations);
    check_refused("|none~1|+|none~0|none~1|+|none~0|none~1|none~2|", 6, "'~0|+|'");
    check_refused("|none~0|+|none~0|none~0|+|none~0|none~1|none~2|", 22, "'~1|+|'");
    check_refused("|none~0|+|none~0|nor_conv_7x7~1|+|none~0|none~1|none~2|", 18, operations);
    check_refused("|none~0|+|none~0|none~1|+|none~0|none~1|none~2", 45, "'~2|'");
    check_refused("|none~0|+|none~0|none~1|+|none~0|none~1|none~2||", 48, "the end of the text");
    check_refused(" |none~0|+|none~0|none~1|+|none~0|none~1|none~2|", 1, "'|'");
    check_refused("421211", 1, "'|'");
    const std::string whole = listed[0].text;
    for (std::size_t length = 0; length < whole.size(); ++length)
        CHECK_THROWS_AS(space.parse(whole.substr(0, length)), std::invalid_argument);
}

TEST_CASE("nasbench201_space: codes that are refused") {
    check_code_refused("", 1, "a digit from 0 to 4");
    check_code_refused("42121", 6, "a digit from 0 to 4");
    check_code_refused("421251", 5, "a digit from 0 to 4");
    check_code_refused("42121a", 6, "a digit from 0 to 4");
    check_code_refused("4212110", 7, "the end of the code");
}

TEST_CASE("nasbench201_space: archai O27, 24 neighbours, each one edge away") {
    for (const std::uint64_t i : {0U, 7U, 9000U, 15624U}) {
        const arch from = space.at(i);
        nas::rng random{1};
        std::vector<arch> out;
        nas::neighbors(space, from, random, out);
        CHECK(std::set<arch>(out.begin(), out.end()).size() == 24);
        CHECK(out.size() == 24);
        for (const arch& to : out) {
            int changed = 0;
            for (std::size_t edge = 0; edge < 6; ++edge) changed += from[edge] != to[edge] ? 1 : 0;
            CHECK(changed == 1);
        }
    }
}

TEST_CASE("nasbench201_space: mutation reaches the 24 neighbours equally often") {
    nas::rng random{5};
    const arch from = space.from_code("421211");
    std::map<arch, int> seen;
    const int draws = 24000;
    for (int i = 0; i < draws; ++i) ++seen[nas::mutate(space, from, random)];
    CHECK(seen.size() == 24);
    double statistic = 0;
    for (const auto& [to, count] : seen) statistic += (count - 1000.0) * (count - 1000.0) / 1000.0;
    CHECK(statistic < 23 + 5 * std::sqrt(2 * 23.0));
}

TEST_CASE("nasbench201_space: archai O27, 6,466 classes with the zero rule, 12,751 without, 15,625 without folding") {
    CHECK(classes(folding::skips_and_zeros) == 6466);
    CHECK(classes(folding::skips) == 12751);
    CHECK(classes(folding::nothing) == 15625);
}

TEST_CASE("nasbench201_space: keys are equal where the canonical strings are, and only there") {
    std::map<std::string, std::uint64_t> key_of;
    std::map<std::uint64_t, std::string> name_of;
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const arch cell = space.at(i);
        const std::string name = canonical(cell, folding::skips_and_zeros);
        CHECK(key_of.emplace(name, space.key(cell)).first->second == space.key(cell));
        CHECK(name_of.emplace(space.key(cell), name).first->second == name);
    }
    CHECK(key_of.size() == 6466);
    CHECK(name_of.size() == 6466);
    // A 3x3 convolution of the input, by way of node 1 or of node 2, or at once.
    CHECK(space.key(space.from_code("300010")) == space.key(space.from_code("000300")));
    CHECK(space.key(space.from_code("100030")) == space.key(space.from_code("000300")));
    CHECK(space.key(space.from_code("300010")) != space.key(space.from_code("200010")));
}

TEST_CASE("nasbench201_space: archai 4.4, 15,284 cells lead from input to output") {
    int connected = 0;
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        CHECK(space.is_connected(space.at(i)) == reached(space.at(i), 3));
        connected += space.is_connected(space.at(i)) ? 1 : 0;
    }
    CHECK(connected == 15284);
}

TEST_CASE("nasbench201_space: archai O26, parameters and FLOPs") {
    const arch first = space.from_code("421211");
    CHECK(space.megaflops(first) == 15.64737);
    CHECK(space.parameters(first) == 129306);
    CHECK(space.megaflops(space.from_code("334034")) == 113.95137);
    CHECK(space.parameters(space.from_code("334034")) == 802426);
    CHECK(space.megaflops(space.from_code("111020")) == 11.71521);
    CHECK(space.parameters(space.from_code("111020")) == 101306);

    int least = 0;
    int most = 0;
    int one_of_each = 0;
    std::set<std::pair<std::uint64_t, double>> costs;
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const arch cell = space.at(i);
        const auto parameters = space.parameters(cell);
        const double megaflops = space.megaflops(cell);
        costs.emplace(parameters, megaflops);
        CHECK(megaflops >= 7.78305);
        CHECK(megaflops <= 220.11969);
        CHECK((parameters == 73306) == (megaflops == 7.78305));
        CHECK((parameters == 1531546) == (megaflops == 220.11969));
        least += parameters == 73306 ? 1 : 0;
        most += parameters == 1531546 ? 1 : 0;
        one_of_each +=
            std::count(cell.begin(), cell.end(), 2) == 1 && std::count(cell.begin(), cell.end(), 3) == 1 ? 1 : 0;
    }
    CHECK(least == 729);
    CHECK(most == 1);
    CHECK(costs.size() == 28);
    CHECK(one_of_each == 2430);
}

TEST_CASE("nasbench201_space: archai 4.4, parameters and FLOPs on the other data sets") {
    const arch bare = space.from_code("000000");
    const arch mixed = space.from_code("230041");
    CHECK(space.parameters(bare, data_set::cifar100) == 79156);
    CHECK(space.parameters(bare, data_set::imagenet16_120) == 80456);
    CHECK(space.megaflops(bare, data_set::cifar100) == 7.7889);
    CHECK(space.megaflops(bare, data_set::imagenet16_120) == 1.9534);
    CHECK(space.parameters(mixed, data_set::cifar100) == 79156 + 271040);
    CHECK(space.parameters(mixed, data_set::imagenet16_120) == 80456 + 271040);
    CHECK(space.megaflops(mixed, data_set::cifar100) == doctest::Approx(7.7889 + 39.3216).epsilon(1e-12));
    CHECK(space.megaflops(mixed, data_set::imagenet16_120) == doctest::Approx(1.9534 + 39.3216 / 4).epsilon(1e-12));
    CHECK(space.parameters(mixed, data_set::cifar10) == space.parameters(mixed));
    static_assert(space.parameters({3, 3, 3, 3, 3, 3}) == 1531546);
}

TEST_CASE("nasbench201_space: archai O27, path indices") {
    using indices = std::array<std::size_t, 4>;
    CHECK(space.path_indices(space.from_code("421211")) == indices{1, 25, 26, 150});
    CHECK(space.path_indices(space.from_code("334034")) == indices{3, 17, 7, 32});
    CHECK(space.path_indices(space.from_code("000034")) == indices{3, 18, 8, 48});  // official index 12
    static_assert(space.path_indices({1, 1, 1, 1, 1, 1}) == indices{4, 29, 29, 154});
}

TEST_CASE("nasbench201_space: the path encoding is 1 at the path indices, and different for all cells") {
    std::set<std::vector<double>> seen;
    for (std::uint64_t i = 0; i < space.size(); ++i) {
        const arch cell = space.at(i);
        std::vector<double> features(155, -7);
        space.encode_paths(cell, features);
        const auto indices = space.path_indices(cell);
        CHECK(std::all_of(indices.begin(), indices.end(), [&](std::size_t index) { return features[index] == 1; }));
        const auto ones = std::count(features.begin(), features.end(), 1.0);
        CHECK(ones == static_cast<std::ptrdiff_t>(std::set<std::size_t>(indices.begin(), indices.end()).size()));
        CHECK(ones + std::count(features.begin(), features.end(), 0.0) == 155);
        seen.insert(features);
    }
    CHECK(seen.size() == 15625);
}

TEST_CASE("nasbench201_space: archai O27, Archai's adjacency encoding") {
    std::vector<double> features(24, -7);
    space.encode_adjacency(space.from_code("421211"), features);
    CHECK(features == std::vector<double>{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1});
    space.encode_adjacency(space.from_code("034000"), features);
    CHECK(features == std::vector<double>{0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("nasbench201_space: surrogates get 30 numbers, at which all changes of one edge are equally far") {
    REQUIRE(nas::encoding_size(space) == 30);
    std::vector<double> features(30, -7);
    nas::encode(space, space.from_code("421211"), features);
    CHECK(features == std::vector<double>{0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0,
                                          0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0});
}

TEST_CASE("nasbench201_space: all 15,625 rows of the table") {
    const auto file = nas::tests::data_file("nb201.csv");
    if (!file) return;
    std::ifstream table(*file);
    std::string line;
    std::getline(table, line);
    const auto split = [](const std::string& text) {
        std::vector<std::string> fields;
        std::stringstream stream(text);
        for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
        return fields;
    };
    const auto names = split(line);
    const auto column = [&](const char* name) {
        return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    };
    const std::size_t code = column("code");
    const std::size_t parameters = column("params_c10");
    const std::size_t megaflops = column("flops_c10_M");
    REQUIRE(std::max({code, parameters, megaflops}) < names.size());
    std::vector<std::string> codes;
    std::set<std::uint64_t> seen;
    while (std::getline(table, line)) {
        const auto fields = split(line);
        const arch cell = space.from_code(fields.at(code));
        CHECK(space.parameters(cell) == std::stoull(fields.at(parameters)));
        CHECK(std::abs(space.megaflops(cell) - std::stod(fields.at(megaflops))) < 0.5e-5);
        seen.insert(space.index(cell));
        codes.push_back(fields.at(code));
    }
    CHECK(seen.size() == 15625);
    REQUIRE(codes.size() == 15625);
    for (const cell& known : listed) CHECK(codes[static_cast<std::size_t>(known.index)] == known.code);
}
