// SPDX-License-Identifier: Apache-2.0
#include <nas/spaces/choice_space.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/between.hpp>
#include <nas/core/checks.hpp>
#include <nas/operators/mutate.hpp>

namespace {

using nas::choice_mask;
using nas::choice_space;
using nas::condition;
using nas::decision;
using nas::decision_tag;

static_assert(nas::check_decision_space<choice_space<>>() && nas::check_decision_space<choice_space<6>>());
static_assert(nas::check_enumerable_space<choice_space<>>() && nas::check_enumerable_space<choice_space<6>>());
static_assert(nas::ConditionalSpace<choice_space<>> && !nas::MaskedSpace<choice_space<>>);
static_assert(std::is_same_v<choice_space<6>::arch_type, std::array<std::uint8_t, 6>>);

decision row(std::string path, std::size_t cardinality, std::vector<std::string> labels = {},
             std::optional<condition> when = std::nullopt) {
    return {std::move(path), cardinality, std::move(labels), decision_tag::generic, when};
}

nas::dynamic_genotype made(const std::vector<std::uint8_t>& values) {
    nas::dynamic_genotype genotype(values.size());
    std::copy(values.begin(), values.end(), genotype.begin());
    return genotype;
}

void check_table_refused(std::vector<decision> table, const std::string& sentence) {
    CHECK_THROWS_WITH_AS(choice_space<>{table}, ("nas::choice_space: " + sentence).c_str(), std::invalid_argument);
}

template <class Space>
void check_text_refused(const Space& space, const std::string& text, const std::string& sentence) {
    CHECK_THROWS_WITH_AS(space.parse(text), ("nas::choice_space: " + sentence).c_str(), std::invalid_argument);
}

template <class Space>
void check_text(const Space& space, std::uint64_t step) {
    for (std::uint64_t i = 0; i < space.size(); i += step)
        CHECK(space.parse(space.describe(space.at(i))) == space.at(i));
}

}  // namespace

TEST_CASE("choice_space: what the ways to make one give") {
    const choice_space<6> cells{5};
    CHECK(cells.decisions() == 6);
    CHECK(cells.cardinality(5) == 5);
    CHECK(cells.size() == 15625);

    const choice_space mixed{std::array{12, 4, 3}};
    static_assert(std::is_same_v<decltype(mixed), const choice_space<3>>);
    CHECK(mixed.cardinality(0) == 12);
    CHECK(mixed.size() == 144);

    const choice_space wide{20, 8};
    static_assert(std::is_same_v<decltype(wide), const choice_space<>>);
    CHECK(wide.decisions() == 20);
    CHECK(wide.size() == std::uint64_t{1} << 60);

    const choice_space table{std::vector<decision>{row("op", 2, {"conv", "pool"}), row("kernel", 3)}};
    static_assert(std::is_same_v<decltype(table), const choice_space<>>);
    CHECK(table.path(0) == "op");
    CHECK(table.label(0, 1) == "pool");
    CHECK(table.label(1, 2) == "2");
    CHECK(table.tag(1) == decision_tag::generic);
    CHECK_FALSE(table.conditional());
    CHECK(table.size() == 6);

    const choice_space<2> same{std::vector<decision>{row("op", 2, {"conv", "pool"}), row("kernel", 3)}};
    CHECK(same.describe({1, 2}) == "op=pool, kernel=2");
    CHECK(same.size() == 6);
}

TEST_CASE("choice_space: without a table, paths and labels are numbers") {
    const choice_space space{3, 40};
    CHECK(space.path(2) == "2");
    CHECK(space.label(1, 39) == "39");
    CHECK(space.tag(0) == decision_tag::generic);
    CHECK_FALSE(space.conditional());
    CHECK_FALSE(space.when(1).has_value());
}

TEST_CASE("choice_space: the table keeps tags and conditions") {
    const choice_space space{
        std::vector<decision>{{"op", 2, {}, decision_tag::operation},
                              {"width", 4, {"8", "16", "32", "64"}, decision_tag::filters, condition{0, {1}}}}};
    CHECK(space.tag(0) == decision_tag::operation);
    CHECK(space.tag(1) == decision_tag::filters);
    CHECK(space.conditional());
    CHECK(space.when(1) == condition{0, {1}});
    CHECK_FALSE(space.when(0).has_value());
    CHECK(space.size() == 5);
    CHECK(space.describe(space.parse("op=1, width=64")) == "op=1, width=64");
    CHECK(space.contains(made({0, 0})));
    CHECK_FALSE(space.contains(made({0, 1})));
}

TEST_CASE("choice_space: codes of one digit of base 36 a decision") {
    CHECK(choice_space<6>{5}.describe({4, 2, 1, 2, 1, 1}) == "421211");
    CHECK(choice_space<6>{5}.parse("034134") == std::array<std::uint8_t, 6>{0, 3, 4, 1, 3, 4});
    const choice_space wide{2, 36};
    CHECK(wide.describe(made({10, 35})) == "az");
    CHECK(wide.parse("AZ") == wide.parse("az"));
    check_text(wide, 1);
    check_text(choice_space{std::array{1, 36, 2}}, 1);
    CHECK(choice_space{0, 5}.describe(made({})).empty());
    CHECK(choice_space{0, 5}.parse("").size() == 0);
}

TEST_CASE("choice_space: numbers apart by blanks where a decision has more than 36 choices") {
    const choice_space space{std::array{3, 256, 37}};
    CHECK(space.describe({2, 255, 10}) == "2 255 10");
    CHECK(space.parse("2 255 10") == std::array<std::uint8_t, 3>{2, 255, 10});
    check_text(space, 7);
}

TEST_CASE("choice_space: texts that are no architecture") {
    const choice_space<6> cells{5};
    check_text_refused(cells, "42121", "'42121' has 5 digits, the space has 6 decisions");
    check_text_refused(cells, "", "'' has 0 digits, the space has 6 decisions");
    check_text_refused(cells, "421251", "'421251' has no choice below 5 for decision 4");
    check_text_refused(cells, "42-211", "'42-211' has no choice below 5 for decision 2");
    check_text_refused(cells, "4212110", "'4212110' has 7 digits, the space has 6 decisions");
    const choice_space wide{std::array{256, 256}};
    check_text_refused(wide, "256 0", "'256 0' has no choice below 256 for decision 0");
    check_text_refused(wide, "100100", "'100100' has no choice below 256 for decision 1");
    check_text_refused(wide, "1,2", "'1,2' has no choice below 256 for decision 1");
    check_text_refused(wide, "1  2", "'1  2' has no choice below 256 for decision 1");
    check_text_refused(wide, " 1 2", "' 1 2' has no choice below 256 for decision 0");
    check_text_refused(wide, "1 ", "'1 ' has no choice below 256 for decision 1");
    check_text_refused(wide, "1", "'1' has 1 number, the space has 2 decisions");
    check_text_refused(wide, "-1 2", "'-1 2' has no choice below 256 for decision 0");
    check_text_refused(wide, "1 2 3", "'1 2 3' is longer than the space's 2 decisions");
    check_text_refused(wide, "1 2 ", "'1 2 ' is longer than the space's 2 decisions");
    check_text_refused(wide, "0001 2", "'0001 2' has no choice below 256 for decision 1");
}

TEST_CASE("choice_space: numbers of choices from 1 to 256") {
    CHECK_NOTHROW(choice_space(3, 256));
    CHECK_NOTHROW(choice_space(3, 1));
    CHECK_THROWS_WITH_AS(choice_space(3, 0), "nas::choice_space: decision 0 has 0 choices; it must have 1 to 256",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(choice_space<2>{257}, "nas::choice_space: decision 0 has 257 choices; it must have 1 to 256",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((choice_space{std::array{3, 1000}}),
                         "nas::choice_space: decision 1 has 1000 choices; it must have 1 to 256",
                         std::invalid_argument);
    CHECK_THROWS_AS((choice_space{std::array{3, -1}}), std::invalid_argument);
    check_table_refused({row("a", 2), row("b", 0)}, "decision 1 has 0 choices; it must have 1 to 256");
}

TEST_CASE("choice_space: tables that are refused") {
    check_table_refused({row("a", 2), row("", 2)}, "decision 1 ('') needs a path");
    check_table_refused({row("a", 2, {"x"})}, "decision 0 ('a') has 1 labels for 2 choices");
    check_table_refused({row("a", 2, {"x", "y", "z"})}, "decision 0 ('a') has 3 labels for 2 choices");
    check_table_refused({row("a", 3, {"x", "y", "x"})}, "decision 0 ('a') has the label 'x' twice");
    check_table_refused({row("a", 2, {"x", ""})}, "decision 0 ('a') has an empty label");
    check_table_refused({row("a", 2, {"x", "\xe9t\xe9"})},
                        "a label of decision 0 ('\xef\xbf\xbdt\xef\xbf\xbd') is not UTF-8");
    check_table_refused({row("\xc3", 2, {"x", "y"})}, "the path of decision 0 ('\xef\xbf\xbd') is not UTF-8");
    check_table_refused({row("a", 2), row("b", 2), row("a", 2)}, "decision 2 ('a') has the path of decision 0");
    check_table_refused({row("a", 2, {}, condition{0, {0}})},
                        "decision 0 ('a') depends on decision 0, which is not an earlier one");
    check_table_refused({row("a", 2, {}, condition{1, {0}}), row("b", 2)},
                        "decision 0 ('a') depends on decision 1, which is not an earlier one");
    check_table_refused({row("a", 2), row("b", 2, {}, condition{0, {}})},
                        "decision 1 ('b') depends on values that decision 0 does not have");
    check_table_refused({row("a", 2), row("b", 2, {}, condition{0, {1, 2}})},
                        "decision 1 ('b') depends on values that decision 0 does not have");
    CHECK_THROWS_WITH_AS(choice_space<3>(std::vector<decision>{row("a", 2)}),
                         "nas::choice_space: the table has 1 decisions, the space 3", std::invalid_argument);
}

TEST_CASE("choice_space: numeric decisions show their values") {
    const choice_space<> space{std::vector<decision>{nas::numeric_decision("rate", nas::log_between(1e-5, 1e-1, 5)),
                                                     {"op", 2, {"conv", "pool"}},
                                                     nas::numeric_decision("units", {{512, 256, 100}})}};
    CHECK(space.numeric());
    CHECK(space.values(0).size() == 5);
    CHECK(space.values(1).empty());
    CHECK(space.scale(0) == nas::value_scale::logarithmic);
    CHECK(space.scale(2) == nas::value_scale::linear);
    CHECK(space.describe(made({1, 0, 2})) == "rate=1e-04, op=conv, units=100");
    CHECK(space.parse("rate=1e-05, op=pool, units=512") == made({0, 1, 0}));
    check_text(space, 1);
    const choice_space<2> fixed{std::vector<decision>{row("a", 2), nas::numeric_decision("b", nas::between(0, 1, 11))}};
    CHECK(fixed.describe({1, 3}) == "a=1, b=0.3");
    CHECK(fixed.numeric());
    CHECK(!choice_space<>{std::vector<decision>{row("a", 3, {"1", "2", "3"})}}.numeric());
    CHECK(!choice_space<2>{3}.numeric());
    CHECK(choice_space<2>{3}.values(1).empty());
}

TEST_CASE("choice_space: values that are refused") {
    const auto refuse = [](std::size_t cardinality, std::vector<double> values, nas::value_scale scale,
                           const std::string& sentence) {
        decision bad = row("x", cardinality);
        bad.values = std::move(values);
        bad.scale = scale;
        check_table_refused({row("a", 2), bad}, "decision 1 ('x') " + sentence);
    };
    const auto linear = nas::value_scale::linear;
    const auto logarithmic = nas::value_scale::logarithmic;
    refuse(3, {1, 2}, linear, "has 2 values for 3 choices");
    refuse(2, {1, INFINITY}, linear, "has the value inf; values must be finite");
    refuse(2, {NAN, 1}, linear, "has the value nan; values must be finite");
    refuse(3, {1, 3, 2}, linear, "has the value 2 after 3; values must only rise or only fall");
    refuse(3, {3, 1, 2}, linear, "has the value 2 after 1; values must only rise or only fall");
    refuse(2, {0.5, 0.5}, linear, "has the value 0.5 after 0.5; values must only rise or only fall");
    refuse(2, {0, 1}, logarithmic, "has the value 0; on a logarithmic scale values must be above 0");
    refuse(2, {1, -1}, logarithmic, "has the value -1; on a logarithmic scale values must be above 0");
    refuse(2, {}, logarithmic, "has a logarithmic scale, but no values");
    refuse(2, {-1e308, 1e308}, linear, "has values from -1e+308 to 1e+308, which are too far apart");
    std::vector<double> many(257);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
    check_table_refused({nas::numeric_decision("x", {many})}, "decision 0 has 257 choices; it must have 1 to 256");
    check_table_refused({nas::numeric_decision("x", {})}, "decision 0 has 0 choices; it must have 1 to 256");
}

TEST_CASE("choice_space: spaces are equal where their tables are") {
    CHECK(choice_space{2, 3} == choice_space{2, 3});
    CHECK_FALSE(choice_space{2, 3} == choice_space{3, 3});
    CHECK_FALSE(choice_space<>{std::vector<decision>{row("a", 3)}} ==
                choice_space<>{std::vector<decision>{row("b", 3)}});
}

TEST_CASE("choice_space: more decisions than genotypes keep inside") {
    const choice_space space{500, 7};
    nas::rng random{1};
    auto arch = space.sample(random);
    CHECK(arch.size() == 500);
    for (int i = 0; i < 100; ++i) {
        arch = nas::mutate(space, arch, random);
        CHECK(space.contains(arch));
    }
    CHECK(space.parse(space.describe(arch)) == arch);
}

TEST_CASE("choice_space: the masks of 256 choices") {
    CHECK(choice_mask::first(0).count() == 0);
    for (const std::size_t count : {1U, 63U, 64U, 65U, 128U, 255U, 256U}) {
        choice_mask mask = choice_mask::first(count);
        CHECK(mask.count() == count);
        for (std::size_t i = 0; i < count; ++i) CHECK(mask.nth(i) == i);
        for (std::size_t i = 0; i < 256; ++i) CHECK(mask.contains(i) == (i < count));
        mask.erase(count - 1);
        CHECK(mask == choice_mask::first(count - 1));
    }
    const choice_mask scattered{0, 63, 64, 200, 255};
    CHECK(scattered.nth(0) == 0);
    CHECK(scattered.nth(1) == 63);
    CHECK(scattered.nth(2) == 64);
    CHECK(scattered.nth(3) == 200);
    CHECK(scattered.nth(4) == 255);
    CHECK(scattered.count() == 5);
}

TEST_CASE("choice_space: is a constant where its size is") {
    static constexpr choice_space<6> cells{5};
    static_assert(cells.size() == 15625 && cells.decisions() == 6);
    static constexpr choice_space mixed{std::array{12, 4, 3}};
    static_assert(mixed.size() == 144 && mixed.contains({11, 3, 2}) && !mixed.contains({12, 0, 0}));
    CHECK(mixed.describe({11, 3, 2}) == "b32");
}
