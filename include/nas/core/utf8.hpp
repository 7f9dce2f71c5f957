// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nas::detail {

/// What `text` starts with: the bytes of a UTF-8 character, or of a beginning of one that does not go on as it must (at least
/// one byte). Neither overlong forms nor surrogates nor what lies above U+10FFFF is a character (Unicode 15, table 3-7).
struct utf8_unit {
    std::size_t bytes;
    bool valid;
};
constexpr utf8_unit first_utf8_unit(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) return {1, true};
    if (first < 0xC2 || first > 0xF4) return {1, false};
    const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;   // of the second byte
    const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;  // the others are in [0x80, 0xBF]
    for (std::size_t i = 1; i < length; ++i)
        if (i == text.size() || byte(i) < (i == 1 ? low : 0x80) || byte(i) > (i == 1 ? high : 0xBF)) return {i, false};
    return {length, true};
}

constexpr bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const utf8_unit unit = first_utf8_unit(text);
        if (!unit.valid) return false;
        text.remove_prefix(unit.bytes);
    }
    return true;
}

/// `text` with U+FFFD for what is not UTF-8, so that every file can take what a program or an exception said.
inline std::string valid_utf8(std::string text) {
    if (is_utf8(text)) return text;
    std::string valid;
    for (std::string_view rest = text; !rest.empty();) {
        const utf8_unit unit = first_utf8_unit(rest);
        valid += unit.valid ? rest.substr(0, unit.bytes) : "\xEF\xBF\xBD";
        rest.remove_prefix(unit.bytes);
    }
    return valid;
}

/// The first `most` bytes of a text at most, less a character that would be cut in two.
constexpr std::string_view cut_utf8(std::string_view text, std::size_t most) noexcept {
    if (text.size() <= most) return text;
    const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80; };
    std::size_t end = most;
    while (end > 0 && most - end < 3 && continues(end)) --end;
    return text.substr(0, continues(end) ? most : end);  // bytes that belong to no character are cut anywhere
}

}  // namespace nas::detail
