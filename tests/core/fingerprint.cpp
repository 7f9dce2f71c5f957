// SPDX-License-Identifier: Apache-2.0
#include <nas/core/fingerprint.hpp>

#include <string_view>

#include <doctest/doctest.h>

using nas::detail::fingerprint;
using nas::detail::fingerprint_text;

TEST_CASE("fingerprint: FNV-1a, by its authors' test vectors") {
    const auto of = [](std::string_view text) {
        fingerprint print;
        print.add(text);
        return fingerprint_text(print);
    };
    CHECK(of("") == "0xcbf29ce484222325");
    CHECK(of("a") == "0xaf63dc4c8601ec8c");
    CHECK(of("foobar") == "0x85944171f73967e8");
}

TEST_CASE("fingerprint: a word is its bytes, the lowest first") {
    fingerprint word;
    word.add(0x6867666564636261U);
    fingerprint text;
    text.add(std::string_view("abcdefgh"));
    CHECK(word == text);
    word.add_byte(0);
    CHECK_FALSE(word == text);
}
