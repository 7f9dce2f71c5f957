// SPDX-License-Identifier: Apache-2.0
#if __has_include(<nlohmann/json.hpp>)  // as nas::io, an option

#include <nas/data/parse_json.hpp>

#include <cstddef>
#include <string>

#include <doctest/doctest.h>

namespace {

using nas::detail::json_error;
using nas::detail::parse_json;

std::string fault(const std::string& text) {
    try {
        (void)parse_json(text);
    } catch (const json_error& error) {
        const std::string line = error.in("f");
        CHECK(line.find('\n') == std::string::npos);
        CHECK(nas::detail::is_utf8(line));
        return line;
    }
    return "";
}

std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += '1';
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
}

}  // namespace

TEST_CASE("parse_json: what is not JSON is refused with line and column") {
    CHECK(
        fault("") ==
        "f:1:1: bad JSON: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal");
    CHECK(fault("{\"a\":\n  tru}") ==
          "f:2:6: bad JSON: syntax error while parsing value - invalid literal; last read: '\"a\":<U+000A>  tru}'");
    CHECK(fault("[1e999]") == "f:1:1: bad JSON: number overflow parsing '1e999'");
    CHECK(fault("[\"Schl\xFCssel\"]") ==
          "f:1:7: bad JSON: syntax error while parsing value - invalid string: ill-formed UTF-8 byte; last read: "
          "'\"Schl\xEF\xBF\xBD'");
    CHECK(fault('"' + std::string(1'000'000, 'x')).size() < 300);
    CHECK(parse_json(" [1, {\"a\": null}] ").dump() == "[1,{\"a\":null}]");
    CHECK(parse_json<nlohmann::ordered_json>("{\"b\":1,\"a\":2}").dump() == "{\"b\":1,\"a\":2}");
}

TEST_CASE("parse_json: what is nested without end is refused where it is too much") {
    const std::string sentence = "bad JSON: more than 100 arrays and objects lie within each other";
    CHECK(fault(nested(100, "[", "]")) == "");
    CHECK(fault(nested(100, "{\"a\":", "}")) == "");
    CHECK(fault(nested(101, "[", "]")) == "f:1:101: " + sentence);
    CHECK(fault(nested(101, "{\"a\":\n", "}")) == "f:101:1: " + sentence);
    for (const std::size_t depth : {70'000U, 10'000'000U}) {
        CHECK(fault(nested(depth, "[", "]")) == "f:1:101: " + sentence);
        CHECK(fault(std::string(depth, '[')) == "f:1:101: " + sentence);
        CHECK(fault(std::string(depth, '{')) == "f:1:101: " + sentence);
    }
    // Brackets side by side, or in a text, are not nested.
    std::string many = "[0";
    for (int i = 0; i < 1000; ++i) many += ",[{}]";
    CHECK(fault(many + ']') == "");
    CHECK(fault("[\"" + std::string(1000, '[') + "\\\"" + std::string(1000, '{') + "\"]") == "");
    CHECK(fault("\"" + std::string(1000, '[')).starts_with("f:1:1002: bad JSON: syntax error"));
    CHECK(fault(std::string(1000, ']')).starts_with("f:1:1: bad JSON: syntax error"));
    CHECK(fault("\"\\").starts_with("f:1:3: bad JSON: syntax error"));
}

#endif
