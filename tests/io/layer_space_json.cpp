// SPDX-License-Identifier: Apache-2.0
#include <nas/io/layer_space_json.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/rng.hpp>

namespace {

using nas::layer_operation;
using nas::layer_space;
using nas::layer_space_options;
using nas::model_space;
using nlohmann::ordered_json;

layer_space read(const std::string& text) { return nas::layer_space_from_json(ordered_json::parse(text)); }

void refuses(const std::string& text, const std::string& sentence) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS((void)read(text), ("nas::layer_space_from_json: " + sentence).c_str(), std::invalid_argument);
}

model_space three_layers() {
    return model_space({{layer_operation("conv1d", {{"filters", 64},
                                                    {"kernel_size", std::vector<std::int64_t>{8, 3}},
                                                    {"rate", 1.},
                                                    {"activation", "relu"}}),
                         layer_operation("identity")},
                        {layer_operation("maxpool1d"), layer_operation("avgpool1d"), layer_operation("identity")},
                        {layer_operation("dense", {{"units", 10}, {"activation", "relu"}})}});
}

const std::string one_layer = R"("layers": [[{"Layer_type": "x"}, {"Layer_type": "y"}]])";

}  // namespace

TEST_CASE("layer_space_json: a space goes to JSON and back") {
    const layer_space wired(three_layers(), {.unique_skips = true, .input_blocks = 2, .unique_inputs = false});
    CHECK(nas::layer_space_to_json(wired).dump() ==
          R"({"layers":[[{"Layer_type":"conv1d","filters":64,"kernel_size":[8,3],"rate":1.0,"activation":"relu"},)"
          R"({"Layer_type":"identity"}],)"
          R"([{"Layer_type":"maxpool1d"},{"Layer_type":"avgpool1d"},{"Layer_type":"identity"}],)"
          R"([{"Layer_type":"dense","units":10,"activation":"relu"}]],)"
          R"("skips":true,"unique_skips":true,"input_blocks":2,"unique_inputs":false,)"
          R"("output_blocks":0,"unique_outputs":true})");
    std::vector<layer_space_options> all{{}, wired.options()};
    for (const bool skips : {false, true})
        for (const bool unique : {false, true}) all.push_back({skips, skips && unique, 3, unique, 1000, !unique});
    for (const layer_space_options& options : all) {
        CAPTURE(nas::to_text(options));
        const layer_space space(three_layers(), options);
        const layer_space back = read(nas::layer_space_to_json(space).dump());
        CHECK(back == space);
        CHECK(nas::layer_space_to_json(back).dump() == nas::layer_space_to_json(space).dump());
        nas::rng random(1);
        nas::rng again(1);
        CHECK(back.describe(back.sample(random)) == space.describe(space.sample(again)));
    }
}

TEST_CASE("layer_space_json: what is left out has its default") {
    CHECK(read("{" + one_layer + "}") == layer_space(model_space({{layer_operation("x"), layer_operation("y")}})));
    CHECK(read("{" + one_layer + R"(, "output_blocks": 3, "skips": false})").options() ==
          layer_space_options{.skips = false, .output_blocks = 3});
    const auto given = ordered_json::parse("{" + one_layer + R"(, "unique_inputs": true, "skips": true})");
    CHECK(nas::layer_space_from_json(given, {.skips = false, .input_blocks = 2, .unique_inputs = false}).options() ==
          layer_space_options{.skips = true, .input_blocks = 2, .unique_inputs = true});
    // AMBER's other form of layers, and a document made of C++'s own numbers.
    CHECK(read(R"({"layers": {"1": [{"Layer_type": "b"}], "0": [{"Layer_type": "a"}]}})").model() ==
          model_space({{layer_operation("a")}, {layer_operation("b")}}));
    ordered_json made = ordered_json::parse("{" + one_layer + "}");
    made["input_blocks"] = 4;
    CHECK(nas::layer_space_from_json(made).options().input_blocks == 4);
}

TEST_CASE("layer_space_json: what is wrong is said with its place") {
    refuses("3", "/: a layer space must be an object");
    refuses(R"([[{"Layer_type": "x"}]])", "/: a layer space must be an object");
    refuses("{}", "/: \"layers\" is missing");
    refuses(R"({"layers": [], "skip": true})",
            "/skip: there is no such key; there is layers, skips, unique_skips, input_blocks, unique_inputs, "
            "output_blocks, unique_outputs");
    refuses(R"({"layers": []})", "/layers: there must be at least one layer");
    refuses(R"({"layers": 3})",
            "/layers: a model space must be a list of layers, or an object of layers with the keys \"0\", \"1\", ...");
    refuses(R"({"layers": [[{"Layer_type": "x"}, {"Layer_type": "x", "filters": null}]]})",
            "/layers/0/1/filters: an attribute must be a number, a text, true, false or a list of whole numbers");
    for (const std::string key : {"skips", "unique_skips", "unique_inputs", "unique_outputs"})
        for (const std::string value : {"1", "\"true\"", "null"})
            refuses("{" + one_layer + ", \"" + key + "\": " + value + "}", "/" + key + ": it must be true or false");
    for (const std::string key : {"input_blocks", "output_blocks"})
        for (const std::string value : {"1001", "-1", "2.0", "true", "\"2\"", "[2]", "18446744073709551615"})
            refuses("{" + one_layer + ", \"" + key + "\": " + value + "}",
                    "/" + key + ": it must be a whole number in [0, 1000]");
    refuses("{" + one_layer + R"(, "skips": false, "unique_skips": true})",
            "/: nas::layer_space: unique_skips needs skips");
    ordered_json wide{{"layers", {std::vector<ordered_json>(257, {{"Layer_type", "x"}})}}};
    refuses(wide.dump(), "/: nas::layer_space: layer 0 has 257 operations; it must have at most 256");
}

TEST_CASE("layer_space_json: what has no JSON") {
    const layer_space space(model_space({{layer_operation("x", {{"Layer_type", "y"}})}}));
    CHECK_THROWS_WITH_AS((void)nas::layer_space_to_json(space),
                         "nas::layer_space_to_json: x:{'Layer_type': 'y'} has an attribute with the name of the type, "
                         "Layer_type; rename it",
                         std::invalid_argument);
}

TEST_CASE("layer_space_json: a document cut off or changed anywhere is refused with a sentence or is another space") {
    const std::string whole = nas::layer_space_to_json(layer_space(three_layers(), {.input_blocks = 2})).dump();
    std::size_t spaces = 0;
    std::size_t refused = 0;
    const auto try_reading = [&](const std::string& text) {
        const auto document = ordered_json::parse(text, nullptr, false);
        if (document.is_discarded()) return;
        try {
            (void)nas::layer_space_from_json(document);
            ++spaces;
        } catch (const std::invalid_argument& error) {
            CHECK(std::string(error.what()).starts_with("nas::layer_space_from_json: /"));
            ++refused;
        }
    };
    for (std::size_t i = 0; i < whole.size(); ++i) {
        try_reading(whole.substr(0, i));
        for (const char other : {'0', '9', '"', '[', '}', ',', '-', ' '}) {
            std::string changed = whole;
            changed[i] = other;
            try_reading(changed);
        }
    }
    CHECK(spaces > 300);
    CHECK(refused > 300);
}
