// SPDX-License-Identifier: Apache-2.0
#include <nas/io/json_place.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <nas/io/branched_model_space_json.hpp>
#include <nas/io/layer_space_json.hpp>
#include <nas/io/mlp_space_json.hpp>
#include <nas/io/model_space_json.hpp>
#include <nas/io/space_json.hpp>

using json = nlohmann::ordered_json;

TEST_CASE("json_place: sentences have the reader's name and the place") {
    const nas::detail::json_place root("nas::reader");
    const auto place = root / "a/b" / 3;
    CHECK_THROWS_WITH_AS(root.fail("no"), "nas::reader: /: no", std::invalid_argument);
    CHECK_THROWS_WITH_AS(place.fail("no"), "nas::reader: /a~1b/3: no", std::invalid_argument);
    CHECK_THROWS_WITH_AS(place.check_object(json::array(), "a thing", {}),
                         "nas::reader: /a~1b/3: a thing must be an object", std::invalid_argument);
    CHECK_THROWS_WITH_AS(place.check_object({{"x", 1}, {"z", 1}}, "a thing", {"x", "y"}),
                         "nas::reader: /a~1b/3/z: there is no such key; there is x, y", std::invalid_argument);
    CHECK_THROWS_WITH_AS(place.need({{"x", 1}}, "y"), "nas::reader: /a~1b/3: \"y\" is missing", std::invalid_argument);
    CHECK(place.need({{"x", 1}}, "x") == 1);
}

TEST_CASE("readers of spaces do not follow what is nested without end, whoever parsed it") {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    // nlohmann's parser may not bear it either, where a key comes after: nas::read_json is for files.
    const auto check = [&](const auto& read, const std::vector<std::string>& documents) {
        for (const std::string& document : documents) {
            CAPTURE(document);
            std::string text = document;
            const json all = json::parse(text.replace(text.find('?'), 1, deep));
            CHECK_THROWS_AS(read(all), std::invalid_argument);
        }
    };
    check([](const json& all) { nas::choice_space_from_json(all); },
          {"?", R"({"choices":?})", R"({"choices":[?]})", R"({"decisions":?})", R"({"decisions":[?]})",
           R"({"decisions":[{"path":?}]})", R"({"decisions":[{"path":"a","choices":?}]})",
           R"({"decisions":[{"path":"a","labels":?}]})", R"({"decisions":[{"path":"a","choices":2,"tag":?}]})",
           R"({"decisions":[{"path":"a","choices":2,"when":?}]})", R"({"masked":?})", R"({"x":?})"});
    check([](const json& all) { nas::mlp_space_from_json(all); },
          {"?", R"({"units":?})", R"({"units":[?]})", R"({"activations":[?]})", R"({"dropout":?})",
           R"({"max_length":?})", R"({"output":?})", R"({"output":{"activation":"relu","units":?}})"});
    const auto layers = [&](const std::string& start, const std::string& end) {
        std::vector<std::string> all;
        for (const char* part : {"?", "[?]", "[[?]]", R"([[{"Layer_type":?}]])", R"([[{"Layer_type":"a","b":?}]])",
                                 R"([[{"Layer_type":"a","b":[?]}]])", R"({"0":?})", R"({"x":?})"})
            all.push_back(start + part + end);
        return all;
    };
    check([](const json& all) { nas::model_space_from_json(all); }, layers("", ""));
    check([](const json& all) { nas::layer_space_from_json(all); }, layers(R"({"layers":)", "}"));
    check([](const json& all) { nas::branched_model_space_from_json(all); },
          layers(R"({"stem":[[{"Layer_type":"a"}]],"branches":[)", "]}"));
}
