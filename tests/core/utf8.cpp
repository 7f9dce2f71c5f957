// SPDX-License-Identifier: Apache-2.0
#include <nas/core/utf8.hpp>

#include <cstddef>
#include <string>

#include <doctest/doctest.h>

using nas::detail::cut_utf8;
using nas::detail::is_utf8;
using nas::detail::valid_utf8;

namespace {

const std::string replacement = "\xEF\xBF\xBD";

/// The character of that number, by the bits that UTF-8 gives to each byte.
std::string encoded(unsigned code) {
    const auto byte = [](unsigned value) { return std::string(1, static_cast<char>(value)); };
    const auto tail = [&](unsigned shift) { return byte(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) return byte(0xC0 | (code >> 6)) + tail(0);
    if (code < 0x10000) return byte(0xE0 | (code >> 12)) + tail(6) + tail(0);
    return byte(0xF0 | (code >> 18)) + tail(12) + tail(6) + tail(0);
}

}  // namespace

TEST_CASE("utf8: every character is valid, and no surrogate or larger number") {
    std::size_t wrong = 0;
    for (unsigned code = 0; code < 0x120000; ++code) {
        const bool character = code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
        wrong += is_utf8(encoded(code)) != character ? 1U : 0U;
    }
    CHECK(wrong == 0);
    CHECK(is_utf8(""));
    for (const char* text : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xF5\x80\x80\x80",
                             "\xFF", "a\xC3", "\xC3\xA4\xE2\x82", "\xE2\x28\xA1"})
        CHECK_FALSE(is_utf8(text));
}

TEST_CASE("utf8: what is not valid is replaced, all else stays") {
    CHECK(valid_utf8("") == "");
    CHECK(valid_utf8("plain, \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80") ==
          "plain, \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80");
    CHECK(valid_utf8("Schl\xFCssel") == "Schl" + replacement + "ssel");  // Latin-1
    CHECK(valid_utf8("\x9F\x98\x80 tail") == replacement + replacement + replacement + " tail");
    CHECK(valid_utf8("cut \xF0\x9F\x98") == "cut " + replacement);
    CHECK(valid_utf8("\xE2\x82x") == replacement + "x");
    CHECK(valid_utf8(std::string("a\0\xFF", 3)) == std::string("a\0", 2) + replacement);
    for (unsigned byte = 0; byte < 256; ++byte)
        for (unsigned next = 0; next < 256; ++next)
            CHECK(is_utf8(valid_utf8({static_cast<char>(byte), static_cast<char>(next)})));
}

TEST_CASE("utf8: a text is cut before a character, never in it") {
    const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z";  // of 1, 2, 3, 4 and 1 bytes
    const std::size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (std::size_t most = 0; most < 13; ++most) {
        CAPTURE(most);
        CHECK(cut_utf8(text, most) == text.substr(0, ends[most]));
    }
    CHECK(cut_utf8(std::string(10, '\x80'), 7).size() == 7);
}
