// SPDX-License-Identifier: Apache-2.0
#include <nas/io/model_space_json.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using nas::layer_operation;
using nas::model_space;
using nlohmann::ordered_json;

model_space read(const std::string& text) { return nas::model_space_from_json(ordered_json::parse(text)); }

void refuses(const std::string& text, const std::string& sentence) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS((void)read(text), ("nas::model_space_from_json: " + sentence).c_str(), std::invalid_argument);
}

}  // namespace

TEST_CASE("model_space_json: a space goes to JSON and back") {
    const model_space space({{layer_operation("conv1d", {{"filters", 64},
                                                         {"rate", 1.},
                                                         {"bias", true},
                                                         {"activation", "relu"},
                                                         {"size", std::vector<std::int64_t>{3, -1}},
                                                         {"small", 1e-8}}),
                              layer_operation("identity")},
                             {layer_operation("flatten", {{"none", std::vector<std::int64_t>{}}})}});
    const std::string text = nas::model_space_to_json(space).dump();
    CHECK(text == R"([[{"Layer_type":"conv1d","filters":64,"rate":1.0,"bias":true,"activation":"relu","size":[3,-1],)"
                  R"("small":1e-08},{"Layer_type":"identity"}],[{"Layer_type":"flatten","none":[]}]])");
    CHECK(read(text) == space);
    for (std::ptrdiff_t l = 0; l < 2; ++l)
        for (std::size_t k = 0; k < space.layer(l).size(); ++k)
            CHECK(read(text).layer(l)[k].text() == space.layer(l)[k].text());  // the order of attributes too
}

TEST_CASE("model_space_json: AMBER's two forms") {
    const model_space space = read(R"([[{"Layer_type": "Dense", "units": 3}], [{"a": 2, "Layer_type": "x", "b": 1}]])");
    CHECK(space.layer(0)[0].text() == "dense:{'units': 3}");
    CHECK(space.layer(1)[0].text() == "x:{'a': 2, 'b': 1}");
    CHECK(read(R"({"1": [{"Layer_type": "x", "b": 1, "a": 2}], "0": [{"Layer_type": "dense", "units": 3}]})") == space);
    CHECK(read(R"([[{"Layer_type": "x", "a": 1, "b": -9223372036854775808}]])").layer(0)[0].text() ==
          "x:{'a': 1, 'b': -9223372036854775808}");
}

TEST_CASE("model_space_json: what is wrong is said with its place") {
    refuses("3", "/: a model space must be a list of layers, or an object of layers with the keys \"0\", \"1\", ...");
    refuses("[]", "/: there must be at least one layer");
    refuses("{}", "/: there must be at least one layer");
    refuses(R"({"1": [{"Layer_type": "x"}]})", "/: there must be a layer \"0\": the keys of one layer are \"0\"");
    refuses(R"({"0": [{"Layer_type": "x"}], "2": [{"Layer_type": "x"}]})",
            "/: there must be a layer \"1\": the keys of 2 layers are \"0\" to \"1\"");
    refuses(R"([{"Layer_type": "x"}])", "/0: a layer must be a list of operations, not empty");
    refuses(R"([[{"Layer_type": "x"}], []])", "/1: a layer must be a list of operations, not empty");
    refuses(R"([["x"]])", "/0/0: an operation must be an object with a \"Layer_type\"");
    refuses(R"([[{"Layer_type": "x"}, {"filters": 3}]])", "/0/1: \"Layer_type\" is missing");
    refuses(R"([[{"Layer_type": 3}]])", "/0/0/Layer_type: it must be a text, such as \"conv1d\"");
    refuses(R"({"0": [{"Layer_type": ""}]})", "/0/0: nas::layer_operation: the type must not be empty");
    refuses(R"([[{"Layer_type": "x", "": 3}]])", "/0/0: nas::layer_operation: an attribute of x has no name");
    const std::string kinds = "an attribute must be a number, a text, true, false or a list of whole numbers";
    refuses(R"([[{"Layer_type": "x", "a": null}]])", "/0/0/a: " + kinds);
    refuses(R"([[{"Layer_type": "x", "a": {"b": 1}}]])", "/0/0/a: " + kinds);
    refuses(R"([[{"Layer_type": "x", "a": [1, 2.0]}]])", "/0/0/a/1: a list may hold whole numbers only");
    refuses(R"([[{"Layer_type": "x", "a": [true]}]])", "/0/0/a/0: a list may hold whole numbers only");
    refuses(R"([[{"Layer_type": "x", "a": 9223372036854775808}]])",
            "/0/0/a: the number 9223372036854775808 must be at most 9223372036854775807");
    refuses(R"([[{"Layer_type": "x", "a": [1, 18446744073709551615]}]])",
            "/0/0/a/1: the number 18446744073709551615 must be at most 9223372036854775807");
    refuses(R"([[{"Layer_type": "x"}, {"Layer_type": "conv1d", "filters": "64"}]])",
            "/0/1/filters: the text \"64\" stands where a number belongs; write 64");
    refuses(R"([[{"Layer_type": "x", "a/b~": null}]])", "/0/0/a~1b~0: " + kinds);
}

TEST_CASE("model_space_json: what has no JSON") {
    model_space space({{layer_operation("x")}, {layer_operation("x", {{"Layer_type", "y"}})}});
    CHECK_THROWS_WITH_AS((void)nas::model_space_to_json(space),
                         "nas::model_space_to_json: x:{'Layer_type': 'y'} has an attribute with the name of the type, "
                         "Layer_type; rename it",
                         std::invalid_argument);
    space.delete_layer(0);
    CHECK_THROWS_WITH_AS((void)nas::model_space_to_json(space),
                         "nas::model_space_to_json: the layers must be 0, 1, ... without a gap; there is no layer 0",
                         std::invalid_argument);
}
