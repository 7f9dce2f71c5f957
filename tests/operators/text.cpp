// SPDX-License-Identifier: Apache-2.0
#include <nas/operators/text.hpp>

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "example_spaces.hpp"

using namespace nas::tests;

namespace {

template <class Space>
void check_round_trip(const Space& space) {
    for (const choices& genotype : all_genotypes(space)) {
        const auto made = genotype_from(space, genotype);
        CHECK(nas::parse_decisions(space, nas::describe_decisions(space, made)) == made);
    }
}

/// Parsing `text` must fail with this sentence.
template <class Space>
void check_refused(const Space& space, const std::string& text, const std::string& sentence) {
    CHECK_THROWS_WITH_AS(nas::parse_decisions(space, text), sentence.c_str(), std::invalid_argument);
}

}  // namespace

TEST_CASE("text: active decisions as path=label") {
    const auto space = conditional_space();
    CHECK(space.describe(dynamic({0, 0, 0, 0, 1, 0})) == "op=skip, last=1");
    CHECK(space.describe(dynamic({1, 1, 2, 0, 1, 0})) == "op=conv, stride=1, kernel=5, dilation=0, last=1, window=0");
    CHECK(space.parse("op=pool, last=0, window=1") == dynamic({2, 0, 0, 0, 0, 1}));
}

TEST_CASE("text: parse is the inverse of describe") {
    check_round_trip(nas::choice_space{3, 3});
    check_round_trip(conditional_space());
    check_round_trip(chain_space());
    check_round_trip(masked_space{});
    nas::rng random{5};
    for (int i = 0; i < 50; ++i) check_round_trip(random_forest(random));
    check_round_trip(nas::choice_space{1, 256});
    check_round_trip(nas::choice_space<>{std::vector<nas::decision>{}});
}

TEST_CASE("text: labels and paths may hold commas, blanks, equals signs and line ends") {
    const nas::choice_space space{std::vector<nas::decision>{
        {"conv", 4, {"3x3", "3x3, stride=2", "3x3, stride=2, ", "=, ="}},
        {"a=b, c", 3, {"1", "11", "1, 1"}},
        {"end", 7, {", ", " ", "=", ",", "\\", "a\nb\r", "a\\nb\\r"}},
    }};
    check_round_trip(space);
    CHECK(space.describe(dynamic({1, 2, 0})) == R"(conv=3x3\, stride=2, a=b\, c=1\, 1, end=\, )");
    CHECK(space.describe(dynamic({0, 0, 3})) == R"(conv=3x3, a=b\, c=1, end=,)");
    CHECK(space.describe(dynamic({0, 0, 5})) == R"(conv=3x3, a=b\, c=1, end=a\nb\r)");
    CHECK(space.describe(dynamic({0, 0, 6})) == R"(conv=3x3, a=b\, c=1, end=a\\nb\\r)");
}

TEST_CASE("text: the value of a numeric decision may be spelt in any way") {
    const auto space = numeric_space();
    const auto rate = nas::numeric_decision("rate", nas::log_between(1e-4, 1, 5));
    const nas::choice_space<> one{std::vector{rate, nas::decision{"op", 2, {"1", "01"}}}};
    CHECK(one.describe(dynamic({0, 0})) == "rate=1e-04, op=1");
    for (const char* spelling : {"1e-04", "1e-4", "1E-4", "0.0001", "+0.0001", ".0001", "0.00010", "10e-5"})
        CHECK(one.parse("rate=" + std::string(spelling) + ", op=01") == dynamic({0, 1}));
    CHECK(one.parse("rate=1.0, op=1") == dynamic({4, 0}));
    for (const char* other : {"0.00011", "0.0001x", " 0.0001", "", "+", "+-1", "++1", "nan", "inf", "1e-400", "0x1"})
        check_refused(
            one, "rate=" + std::string(other) + ", op=1",
            "nas: column 6 of 'rate=" + std::string(other) + ", op=1': expected one of the 5 choices of rate");
    check_refused(one, "rate=1, op=1.0", "nas: column 12 of 'rate=1, op=1.0': expected one of the 2 choices of op");
    // A label comes first.
    nas::decision labelled = nas::numeric_decision("n", nas::between(1, 3, 3));
    labelled.labels = {"3", "2", "x"};
    const nas::choice_space<> odd{std::vector{labelled}};
    CHECK(odd.parse("n=3") == dynamic({0}));
    CHECK(odd.parse("n=3.0") == dynamic({2}));
    check_round_trip(odd);
    check_round_trip(space);
}

TEST_CASE("text: a label that looks like another label and the next decisions") {
    check_round_trip(nas::choice_space{std::vector<nas::decision>{
        {"op", 3, {"conv", "conv, bias=yes", "none"}},
        {"bias", 2, {"yes", "no"}, nas::decision_tag::generic, nas::condition{0, {0, 1}}},
    }});
    // Read as they stood, "a, b=1, b=2" was the first label and the second decision, or the second label.
    check_round_trip(nas::choice_space{std::vector<nas::decision>{
        {"op", 3, {"a", "a, b=1, b=2", "a, b=1"}},
        {"b", 4, {"1", "2", "1, b=2", "2, c=0"}},
        {"c", 2, {"0", "0, c=0"}},
    }});
}

TEST_CASE("text: random paths and labels of what is awkward come back, on one line, and no two are the same") {
    nas::rng random{8};
    const std::vector<std::string> pieces{",",        " ",
                                          ", ",       "=",
                                          "\\",       "\n",
                                          "\r",       "\t",
                                          "\"",       "'",
                                          "a",        "b",
                                          "a=",       ", a=",
                                          "0",        std::string(1, '\0'),
                                          "\xc3\xa4", "\xf0\x9f\x90\x9f",
                                          "\\,",      "\\n",
                                          "/",        "{",
                                          "~"};
    const auto draw = [&] {
        std::string text;
        for (std::size_t left = nas::below(random, 5); left > 0; --left)
            text += pieces[nas::below(random, pieces.size())];
        return text;
    };
    for (int i = 0; i < 400; ++i) {
        std::vector<nas::decision> table;
        for (std::size_t rows = 1 + nas::below(random, 3); table.size() < rows;) {
            std::set<std::string> labels;
            for (std::size_t count = 1 + nas::below(random, 4); labels.size() < count;)
                if (const std::string label = draw(); !label.empty()) labels.insert(label);
            nas::decision row{draw(), labels.size(), {labels.begin(), labels.end()}};
            const bool taken =
                std::any_of(table.begin(), table.end(), [&](const auto& one) { return one.path == row.path; });
            if (row.path.empty() || taken) continue;
            if (!table.empty() && nas::chance(random, 0.3)) row.when = nas::condition{table.size() - 1, {0}};
            table.push_back(row);
        }
        const nas::choice_space space{table};
        std::set<std::string> texts;
        for (const choices& genotype : all_genotypes(space)) {
            const auto made = dynamic(genotype);
            const std::string text = space.describe(made);
            CAPTURE(text);
            CHECK(space.parse(text) == made);
            CHECK(text.find_first_of("\r\n") == std::string::npos);
            CHECK(texts.insert(text).second);
        }
    }
}

TEST_CASE("text: what is wrong, and where") {
    const auto space = conditional_space();
    check_refused(space, "", "nas: column 1 of '': expected 'op='");
    check_refused(space, "Op=skip", "nas: column 1 of 'Op=skip': expected 'op='");
    check_refused(space, "op=dense, last=0",
                  "nas: column 4 of 'op=dense, last=0': expected one of the 3 choices of op");
    check_refused(space, "op=skipp, last=0",
                  "nas: column 4 of 'op=skipp, last=0': expected one of the 3 choices of op");
    check_refused(space, "op=skip", "nas: column 8 of 'op=skip': expected ', last='");
    check_refused(space, "op=skip, stride=0", "nas: column 8 of 'op=skip, stride=0': expected ', last='");
    check_refused(space, "op=skip, last=2",
                  "nas: column 15 of 'op=skip, last=2': expected one of the 2 choices of last");
    check_refused(space, "op=skip, last=1, window=0",
                  "nas: column 16 of 'op=skip, last=1, window=0': expected the end of the text");
    check_refused(space, "op=skip, last=1,",
                  "nas: column 15 of 'op=skip, last=1,': expected one of the 2 choices of last");
    check_refused(space, "op=skip, last=", "nas: column 15 of 'op=skip, last=': expected one of the 2 choices of last");
    check_refused(nas::choice_space<>{std::vector<nas::decision>{}}, "x",
                  "nas: column 1 of 'x': expected the end of the text");
    check_refused(masked_space{}, "m0=1, m1=1, m2=2",
                  "nas: column 10 of 'm0=1, m1=1, m2=2': expected a choice that is allowed after the earlier ones");
}

TEST_CASE("text: every proper prefix of a description is refused") {
    const auto space = conditional_space();
    const std::string whole = space.describe(dynamic({1, 1, 2, 0, 1, 0}));
    for (std::size_t length = 0; length < whole.size(); ++length)
        CHECK_THROWS_AS(space.parse(whole.substr(0, length)), std::invalid_argument);
}

TEST_CASE("text: digits of base 36") {
    for (std::size_t value = 0; value < 36; ++value)
        CHECK(nas::detail::base36_value(nas::detail::base36_digit(value)) == value);
    CHECK(nas::detail::base36_digit(35) == 'z');
    CHECK(nas::detail::base36_value('Z') == 35);
    for (const char other : {' ', '/', ':', '@', '[', '`', '{', '-', '\0', '\xff'})
        CHECK(nas::detail::base36_value(other) == 36);
}
