// SPDX-License-Identifier: Apache-2.0
#include <nas/io/branched_model_space_json.hpp>

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

namespace {

using nas::branched_model_space;
using nas::layer_operation;
using nas::model_space;
using nlohmann::ordered_json;

branched_model_space read(const std::string& text) {
    return nas::branched_model_space_from_json(ordered_json::parse(text));
}

void refuses(const std::string& text, const std::string& sentence) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS((void)read(text), ("nas::branched_model_space_from_json: " + sentence).c_str(),
                         std::invalid_argument);
}

const model_space two({{layer_operation("conv1d", {{"filters", 64}, {"rate", 1.}}), layer_operation("identity")},
                       {layer_operation("flatten")}});
const model_space one({{layer_operation("dense", {{"units", 10}})}});

/// A document of which all but `stem` and what follows is as it should be.
std::string with_stem(const std::string& rest) {
    return R"({"branches": [[[{"Layer_type": "a"}]]], "stem": )" + rest + "}";
}

}  // namespace

TEST_CASE("branched_model_space_json: a space goes to JSON and back") {
    const branched_model_space space({two, one}, one, "add");
    const std::string text = nas::branched_model_space_to_json(space).dump();
    CHECK(text == R"({"branches":[[[{"Layer_type":"conv1d","filters":64,"rate":1.0},{"Layer_type":"identity"}],)"
                  R"([{"Layer_type":"flatten"}]],[[{"Layer_type":"dense","units":10}]]],)"
                  R"("stem":[[{"Layer_type":"dense","units":10}]],"concat_op":"add"})");
    for (const branched_model_space& other :
         {space, branched_model_space({one}, two), branched_model_space({one, two}, one),
          branched_model_space({one, one, one, one}, two, "\xc3\xa4 \"/")}) {
        const branched_model_space back = read(nas::branched_model_space_to_json(other).dump());
        CHECK(back == other);
        CHECK(nas::branched_model_space_to_json(back).dump() == nas::branched_model_space_to_json(other).dump());
    }
    CHECK(read(text) != branched_model_space({one, two}, one, "add"));
}

TEST_CASE("branched_model_space_json: what is left out has its default") {
    const branched_model_space space = read(with_stem(R"({"0": [{"Layer_type": "b"}]})"));
    CHECK(space ==
          branched_model_space({model_space({{layer_operation("a")}})}, model_space({{layer_operation("b")}})));
    CHECK(space.concat_op() == "concatenate");
}

TEST_CASE("branched_model_space_json: what is wrong is said with its place") {
    refuses("[]", "/: a branched model space must be an object");
    refuses("{}", "/: \"branches\" is missing");
    refuses(R"({"branch": []})", "/branch: there is no such key; there is branches, stem, concat_op");
    refuses(R"({"branches": []})", "/branches: it must be a list of model spaces, not empty");
    refuses(R"({"branches": {"0": []}})", "/branches: it must be a list of model spaces, not empty");
    refuses(R"({"branches": [[[{"Layer_type": "a"}]]]})", "/: \"stem\" is missing");
    refuses(R"({"branches": [[[{"Layer_type": "a"}]], []], "stem": 3})",
            "/branches/1: there must be at least one layer");
    refuses(R"({"branches": [[[{"Layer_type": "a"}]], [[{"Layer_type": "a"}, {"Layer_type": ""}]]], "stem": 3})",
            "/branches/1/0/1: nas::layer_operation: the type must not be empty");
    refuses(with_stem("[[]]"), "/stem/0: a layer must be a list of operations, not empty");
    refuses(with_stem(R"([[{"Layer_type": "a", "b": null}]])"),
            "/stem/0/0/b: an attribute must be a number, a text, true, false or a list of whole numbers");
    for (const std::string value : {"3", "\"\"", "null"})
        refuses(with_stem(R"([[{"Layer_type": "a"}]], "concat_op": )" + value),
                "/concat_op: it must be a text, not empty");
}

TEST_CASE("branched_model_space_json: what has no JSON") {
    const model_space odd({{layer_operation("x", {{"Layer_type", "y"}})}});
    CHECK_THROWS_WITH_AS((void)nas::branched_model_space_to_json(branched_model_space({one}, odd)),
                         "nas::branched_model_space_to_json: x:{'Layer_type': 'y'} has an attribute with the name of "
                         "the type, Layer_type; rename it",
                         std::invalid_argument);
}
