// SPDX-License-Identifier: Apache-2.0
#include <nas/io/space_json.hpp>

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

// As a program that has a json of its own.
namespace somebody {
struct json {
    int own = 1;
};
}  // namespace somebody

namespace {

int own_json() {
    using namespace nas;
    using namespace somebody;
    return json{}.own;
}

using json = nlohmann::ordered_json;

const char* const network = R"({"decisions": [
    {"path": "op", "tag": "operation", "labels": ["conv", "pool", "skip"]},
    {"path": "kernel", "tag": "size", "labels": ["1", "3"], "when": {"decision": "op", "is": ["conv", "pool"]}},
    {"path": "filters", "choices": 4, "when": {"decision": "kernel", "is": ["3"]}},
    {"path": "repeats", "choices": 12}]})";

struct masked_space : nas::decision_space<masked_space, std::array<std::uint8_t, 2>> {
    std::size_t decisions() const { return 2; }
    std::size_t cardinality(std::size_t) const { return 3; }
    std::string path(std::size_t i) const { return i == 0 ? "a" : "b"; }
    std::string label(std::size_t, std::size_t choice) const { return std::to_string(choice); }
    void allowed(std::span<const std::uint8_t> prefix, std::size_t i, nas::choice_mask& mask) const {
        if (i == 1) mask.erase(prefix[0]);
    }
};

void refuses(const std::string& text, const std::string& sentence) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(nas::choice_space_from_json(json::parse(text)),
                         ("nas::choice_space_from_json: " + sentence).c_str(), std::invalid_argument);
}

}  // namespace

TEST_CASE("nas has no name json that a program with its own could mean") { CHECK(own_json() == 1); }

TEST_CASE("texts that are not UTF-8 are refused in a sentence, not by an exception of the JSON library") {
    struct latin_space : nas::decision_space<latin_space, std::array<std::uint8_t, 1>> {
        bool in_path;
        explicit latin_space(bool path_too) : in_path(path_too) {}
        std::size_t decisions() const { return 1; }
        std::size_t cardinality(std::size_t) const { return 2; }
        std::string path(std::size_t) const { return in_path ? "\xe9" : "a"; }
        std::string label(std::size_t, std::size_t choice) const { return choice == 1 ? "\xe9t\xe9" : "x"; }
    };
    CHECK_THROWS_WITH_AS((void)nas::space_to_json(latin_space(false)),
                         "nas::space_to_json: a label of decision 0 ('\xef\xbf\xbdt\xef\xbf\xbd') is not UTF-8",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)nas::space_to_json(latin_space(true)),
                         "nas::space_to_json: the path of decision 0 ('\xef\xbf\xbd') is not UTF-8",
                         std::invalid_argument);
}

TEST_CASE("a table of decisions goes to JSON and back") {
    const nas::choice_space<> space = nas::choice_space_from_json(json::parse(network));
    REQUIRE(space.decisions() == 4);
    CHECK(space.tag(0) == nas::decision_tag::operation);
    CHECK(space.tag(3) == nas::decision_tag::generic);
    REQUIRE(space.when(1).has_value());
    CHECK(space.when(1)->decision == 0);
    CHECK(space.when(1)->values == nas::choice_mask{0, 1});
    CHECK(space.size() == (1 + 2 * (1 + 4)) * 12);
    CHECK(space.describe(space.parse("op=pool, kernel=3, filters=2, repeats=11")) ==
          "op=pool, kernel=3, filters=2, repeats=11");

    CHECK(nas::space_to_json(space) == json::parse(network));
    CHECK(nas::choice_space_from_json(nas::space_to_json(space)) == space);
}

TEST_CASE("a numeric decision goes to JSON and back with its values") {
    nas::decision units = nas::numeric_decision("units", {{64, 32.5, 16}});
    units.labels = {"many", "some", "few"};
    units.when = nas::condition{0, {1}};
    const nas::choice_space<> space{std::vector<nas::decision>{
        nas::numeric_decision("rate", nas::log_between(1e-3, 1e-1, 3)), units, {"op", 2, {"conv", "pool"}}}};
    const std::string text = nas::space_to_json(space).dump();
    CHECK(text == R"({"decisions":[{"path":"rate","values":[0.001,0.01,0.1],"scale":"logarithmic"},)"
                  R"({"path":"units","labels":["many","some","few"],"values":[64.0,32.5,16.0],)"
                  R"("when":{"decision":"rate","is":["0.01"]}},{"path":"op","labels":["conv","pool"]}]})");
    const nas::choice_space<> back = nas::choice_space_from_json(json::parse(text));
    CHECK(back == space);
    CHECK(back.numeric());
    std::string spelt = text;
    spelt.replace(spelt.find("\"0.01\""), 6, "\"1e-2\"");
    CHECK(nas::choice_space_from_json(json::parse(spelt)) == space);
    CHECK(
        nas::choice_space_from_json(json::parse(R"({"decisions":[{"path":"n","values":[1,2,3],"scale":"linear"}]})")) ==
        nas::choice_space<>{std::vector{nas::numeric_decision("n", nas::between(1, 3, 3))}});
    CHECK(nas::choice_space_from_json(json::parse(
              R"({"decisions":[{"path":"n","between":[0,1,11]},{"path":"m","log_between":[1e-5,1e-1,5]}]})")) ==
          nas::choice_space<>{std::vector{nas::numeric_decision("n", nas::between(0, 1, 11)),
                                          nas::numeric_decision("m", nas::log_between(1e-5, 1e-1, 5))}});
    // Every bit of odd values.
    nas::rng random{1};
    std::vector<double> odd;
    for (int i = 0; i < 200; ++i) odd.push_back((odd.empty() ? 0 : odd.back()) + std::exp(-20 * nas::unit(random)));
    const nas::choice_space<> exact{std::vector{nas::numeric_decision("x", {odd})}};
    CHECK(nas::choice_space_from_json(json::parse(nas::space_to_json(exact).dump())) == exact);
    for (std::uint64_t i = 0; i < exact.size(); ++i) CHECK(exact.parse(exact.describe(exact.at(i))) == exact.at(i));

    CHECK_THROWS_WITH_AS(
        nas::choice_space_from_json(json::parse(R"({"decisions":[{"path":"a","labels":["x","y"],"values":[1,2,3]}]})")),
        "nas::choice_space: decision 0 ('a') has 2 labels for 3 choices", std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        nas::choice_space_from_json(json::parse(R"({"decisions":[{"path":"a","values":[1,3,2]}]})")),
        "nas::choice_space: decision 0 ('a') has the value 2 after 3; values must only rise or only fall",
        std::invalid_argument);
}

TEST_CASE("choices without names keep their codes") {
    const nas::choice_space<> mixed{std::vector<int>{12, 4, 256}};
    CHECK(nas::space_to_json(mixed).dump() == R"({"choices":[12,4,256]})");
    CHECK(nas::choice_space_from_json(nas::space_to_json(mixed)) == mixed);
    CHECK(nas::space_to_json(nas::choice_space<3>{5}).dump() == R"({"choices":[5,5,5]})");
    CHECK(nas::space_to_json(nas::choice_space<>{2, 36}).dump() == R"({"choices":[36,36]})");

    // A table that says no more than the numbers still has texts of its own.
    const nas::choice_space<> numbered{std::vector<nas::decision>{{"0", 3}, {"1", 2}}};
    CHECK(nas::space_to_json(numbered).dump() ==
          R"({"decisions":[{"path":"0","choices":3},{"path":"1","choices":2}]})");
    CHECK(nas::choice_space_from_json(nas::space_to_json(numbered)) == numbered);
}

TEST_CASE("labels and paths of any text survive") {
    const nas::choice_space<> odd{std::vector<nas::decision>{{"a/\"b\"\n", 2, {"\t", "x=1, y=\xc3\xa4"}}}};
    CHECK(nas::choice_space_from_json(json::parse(nas::space_to_json(odd).dump())) == odd);
}

TEST_CASE("a mask is more than a table can say") {
    const json all = nas::space_to_json(masked_space{});
    CHECK(all.dump() == R"({"decisions":[{"path":"a","choices":3},{"path":"b","choices":3}],"masked":true})");
    refuses(all.dump(), "/masked: a nas::choice_space cannot restrict choices by a mask");
}

TEST_CASE("what is wrong with a space is said with its place") {
    refuses("[]", "/: a space must be an object");
    refuses("{}", "/: a space needs \"decisions\" or \"choices\"");
    refuses(R"({"choices":[5],"decisions":[]})", "/choices: there is no such key; there is class, decisions");
    refuses(R"({"choice":[5]})", "/choice: there is no such key; there is class, choices");
    refuses(R"({"choices":5})", "/choices: it must be an array");
    refuses(R"({"choices":[5,0]})", "/choices/1: the number of choices (0) must be an integer in [1, 256]");
    refuses(R"({"choices":[257]})", "/choices/0: the number of choices (257) must be an integer in [1, 256]");
    refuses(R"({"choices":[2.5]})", "/choices/0: the number of choices (2.5) must be an integer in [1, 256]");
    refuses(R"({"choices":[-1]})", "/choices/0: the number of choices (-1) must be an integer in [1, 256]");
    refuses(R"({"choices":[[2]]})", "/choices/0: the number of choices (array) must be an integer in [1, 256]");
    refuses(R"({"decisions":{}})", "/decisions: it must be an array");
    refuses(R"({"decisions":[5]})", "/decisions/0: a decision must be an object");
    refuses(R"({"decisions":[{"choices":2}]})", "/decisions/0: \"path\" is missing");
    refuses(R"({"decisions":[{"path":1,"choices":2}]})", "/decisions/0/path: it must be a text");
    refuses(R"({"decisions":[{"path":"a"}]})", "/decisions/0: \"labels\", \"values\" or \"choices\" is missing");
    refuses(R"({"decisions":[{"path":"a","choices":2,"labels":["x","y"]}]})",
            "/decisions/0: \"labels\" and \"choices\" exclude each other");
    refuses(R"({"decisions":[{"path":"a","labels":[]}]})",
            "/decisions/0/labels: it must be an array of texts, not empty");
    refuses(R"({"decisions":[{"path":"a","labels":["x",3]}]})", "/decisions/0/labels/1: it must be a text");
    refuses(R"({"decisions":[{"path":"a","choices":2,"size":3}]})",
            "/decisions/0/size: there is no such key; there is path, tag, choices, labels, values, scale, between, "
            "log_between, when");
    refuses(R"({"decisions":[{"path":"a","choices":2,"tag":"colour"}]})", "/decisions/0/tag: there is no tag 'colour'");

    refuses(R"({"decisions":[{"path":"a","choices":2,"values":[1,2]}]})",
            "/decisions/0: \"choices\" and \"values\" exclude each other");
    refuses(R"({"decisions":[{"path":"a","values":[]}]})",
            "/decisions/0/values: it must be an array of numbers, not empty");
    refuses(R"({"decisions":[{"path":"a","values":3}]})",
            "/decisions/0/values: it must be an array of numbers, not empty");
    refuses(R"({"decisions":[{"path":"a","values":[1,"2"]}]})", "/decisions/0/values/1: it must be a number");
    refuses(R"({"decisions":[{"path":"a","values":[1,2],"scale":"log"}]})",
            "/decisions/0/scale: there is no scale 'log'");
    refuses(R"({"decisions":[{"path":"a","choices":2,"scale":"linear"}]})",
            "/decisions/0/scale: it needs \"values\" beside it");
    const std::string three =
        "/decisions/0/between: it must have three numbers: the first value, the last, and how many there are";
    refuses(R"({"decisions":[{"path":"a","between":[1,2]}]})", three);
    refuses(R"({"decisions":[{"path":"a","between":[1,2,2.5]}]})", three);
    refuses(R"({"decisions":[{"path":"a","between":[2,1,3]}]})",
            "/decisions/0/between: first must be smaller than last, and both finite (first is 2, last is 1)");
    refuses(R"({"decisions":[{"path":"a","log_between":[0,1,3]}]})",
            "/decisions/0/log_between: first must be above 0 on a logarithmic scale (first is 0, last is 1)");
    refuses(R"({"decisions":[{"path":"a","log_between":[1,2,300]}]})",
            "/decisions/0/log_between: the number of levels (300) must be in [2, 256]");
    refuses(R"({"decisions":[{"path":"a","values":[1,2],"between":[1,2,2]}]})",
            "/decisions/0: \"values\" and \"between\" exclude each other");

    const std::string start = R"({"decisions":[{"path":"a","labels":["x","y"]},{"path":"b","choices":2,"when":)";
    refuses(start + "3}]}", "/decisions/1/when: a condition must be an object");
    refuses(start + R"({"is":["x"]}}]})", "/decisions/1/when: \"decision\" is missing");
    refuses(start + R"({"decision":"b","is":["0"]}}]})",
            "/decisions/1/when/decision: there is no earlier decision 'b'");
    refuses(start + R"({"decision":"a","is":["z"]}}]})", "/decisions/1/when/is: 'a' has no choice 'z'");
    refuses(start + R"({"decision":"a"}}]})", "/decisions/1/when: \"is\" is missing");

    CHECK_THROWS_WITH_AS(nas::choice_space_from_json(json::parse(R"({"decisions":[{"path":"a","labels":["x","x"]}]})")),
                         "nas::choice_space: decision 0 ('a') has the label 'x' twice", std::invalid_argument);
}
