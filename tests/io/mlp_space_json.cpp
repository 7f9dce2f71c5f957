// SPDX-License-Identifier: Apache-2.0
#include <nas/io/mlp_space_json.hpp>

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

namespace {

using nlohmann::ordered_json;

void refuses(const std::string& text, const std::string& sentence) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(nas::mlp_space_from_json(ordered_json::parse(text)), sentence.c_str(), std::invalid_argument);
}
void refuses_at(const std::string& text, const std::string& sentence) {
    refuses(text, "nas::mlp_space_from_json: " + sentence);
}

}  // namespace

TEST_CASE("mlp_space_json: a space goes to JSON and back") {
    CHECK(nas::mlp_space_to_json(nas::mlp_space{}).dump() ==
          R"({"units":[8,16,32,64,128,256,512],"activations":["sigmoid","tanh","relu","elu"],"dropout":true,)"
          R"("max_length":3,"dropout_before_output":true,"output":{"units":3,"activation":"softmax"}})");
    const nas::mlp_space other{{.units = {100, 7},
                                .activations = {nas::activation::linear, nas::activation::elu},
                                .dropout = false,
                                .max_length = 6,
                                .dropout_before_output = false,
                                .output = {2, nas::activation::linear}}};
    for (const nas::mlp_space& space : {nas::mlp_space{}, other})
        CHECK(nas::mlp_space_from_json(ordered_json::parse(nas::mlp_space_to_json(space).dump())) == space);
}

TEST_CASE("mlp_space_json: what is left out has its default") {
    CHECK(nas::mlp_space_from_json(ordered_json::parse("{}")) == nas::mlp_space{});
    const auto read = nas::mlp_space_from_json(ordered_json::parse(R"({"max_length": 2, "units": [5]})"),
                                               {.dropout = false, .max_length = 9});
    CHECK(read == nas::mlp_space{{.units = {5}, .dropout = false, .max_length = 2}});
}

TEST_CASE("mlp_space_json: what is wrong is said with its place") {
    refuses_at("[]", "/: a space must be an object");
    refuses_at(
        R"({"unit": [8]})",
        "/unit: there is no such key; there is units, activations, dropout, max_length, dropout_before_output, output");
    refuses_at(R"({"units": 8})", "/units: it must be an array");
    refuses_at(R"({"units": [8, 2.5]})", "/units/1: it must be a whole number from 0 on");
    refuses_at(R"({"units": [-8]})", "/units/0: it must be a whole number from 0 on");
    refuses_at(R"({"activations": "relu"})", "/activations: it must be an array");
    refuses_at(R"({"activations": ["relu", "gelu"]})",
               "/activations/1: it must be one of sigmoid, tanh, relu, elu, linear, softmax");
    refuses_at(R"({"activations": [3]})",
               "/activations/0: it must be one of sigmoid, tanh, relu, elu, linear, softmax");
    refuses_at(R"({"dropout": 1})", "/dropout: it must be true or false");
    refuses_at(R"({"dropout_before_output": "no"})", "/dropout_before_output: it must be true or false");
    refuses_at(R"({"max_length": "3"})", "/max_length: it must be a whole number from 0 on");
    refuses_at(R"({"output": "softmax"})", "/output: a layer must be an object");
    refuses_at(R"({"output": {"units": 3}})", "/output: \"activation\" is missing");
    refuses_at(R"({"output": {"activation": "softmax"}})", "/output: \"units\" is missing");
    refuses_at(R"({"output": {"units": 3, "activation": "softmax", "bias": true}})",
               "/output/bias: there is no such key; there is units, activation");
    refuses_at(R"({"output": {"units": 3, "activation": "hard"}})",
               "/output/activation: it must be one of sigmoid, tanh, relu, elu, linear, softmax");
    refuses(R"({"units": []})", "nas::mlp_space: there must be at least one number of units");
    refuses(R"({"max_length": 1})", "nas::mlp_space: max_length (1) must be in [2, 1000]");
}
