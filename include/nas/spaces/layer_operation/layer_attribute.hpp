// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

namespace nas {

/// The value of a layer's attribute: `64`, `1e-4`, `true`, `"relu"`, or a tuple of integers. Types are part of the value, as
/// they are of its text: 1, 1.0 and true differ.
using attribute_value = std::variant<std::int64_t, double, bool, std::string, std::vector<std::int64_t>>;

/// One attribute of a layer: `{"filters", 64}`. Numbers must be finite.
struct layer_attribute {
    std::string name;
    attribute_value value;

    friend bool operator==(const layer_attribute&, const layer_attribute&) = default;
};

namespace detail {

/// Whether a text is nothing but a number, as 64, -1 or 1e-4.
inline bool is_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    if (text.find_first_of("0123456789") == std::string_view::npos) return false;  // inf and nan are words
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec != std::errc::invalid_argument && read.ptr == text.data() + text.size();
}

/// Python's repr of a float: the shortest digits that read back as the same number, an exponent below 1e-4 and from 1e16 on.
inline std::string python_text(double value) {
    const double size = std::abs(value);
    const bool exponent = value != 0 && (size < 1e-4 || size >= 1e16);
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value,
                                   exponent ? std::chars_format::scientific : std::chars_format::fixed)
                         .ptr;
    std::string written(text, end);
    if (!exponent && written.find('.') == std::string::npos) written += ".0";
    return written;
}

/// Python's repr of a string in UTF-8. Every character above U+00FF counts as printable.
inline std::string python_text(std::string_view value) {
    constexpr std::string_view digits = "0123456789abcdef";
    const bool apostrophe = value.find('\'') != std::string_view::npos && value.find('"') == std::string_view::npos;
    const char quote = apostrophe ? '"' : '\'';
    std::string text(1, quote);
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char character = value[i];
        auto code = static_cast<unsigned char>(character);
        const auto next = static_cast<unsigned char>(i + 1 < value.size() ? value[i + 1] : '\0');
        // U+0080 to U+00A0 and U+00AD are the characters of two bytes up to U+00FF that Python does not print.
        const bool hidden = code == 0xC2 && ((next >= 0x80 && next <= 0xA0) || next == 0xAD);
        if (character == quote || character == '\\') {
            text += '\\';
            text += character;
        } else if (character == '\n' || character == '\r' || character == '\t') {
            text += character == '\n' ? "\\n" : character == '\r' ? "\\r" : "\\t";
        } else if (code < 0x20 || code == 0x7F || hidden) {
            if (hidden) {
                code = next;
                ++i;
            }
            text += "\\x";
            text += digits[code / 16U];
            text += digits[code % 16U];
        } else {
            text += character;
        }
    }
    return text += quote;
}

/// Python's repr of any value; a tuple of one integer is `(3,)`.
inline std::string python_text(const attribute_value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* number = std::get_if<double>(&value)) return python_text(*number);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "True" : "False";
    if (const auto* text = std::get_if<std::string>(&value)) return python_text(std::string_view(*text));
    const auto& numbers = std::get<std::vector<std::int64_t>>(value);
    std::string text = "(";
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (i > 0) text += ", ";
        text += std::to_string(numbers[i]);
    }
    if (numbers.size() == 1) text += ',';
    return text += ')';
}

/// Reads Python literals from left to right. Blanks between them do not count.
class python_reader {
  public:
    /// `owner` starts the sentences of what is wrong.
    python_reader(std::string_view owner, std::string_view text) : owner_(owner), text_(text) {}

    /// Throws std::invalid_argument with the column (from 1).
    [[noreturn]] void fail(const std::string& expected) const {
        throw std::invalid_argument(std::string(owner_) + ": column " + std::to_string(at_ + 1) + " of '" +
                                    std::string(text_) + "': expected " + expected);
    }

    bool at_end() const noexcept { return at_ == text_.size(); }

    /// What stands before the next `stop`, which is read too.
    std::string_view until(char stop) {
        const std::size_t end = text_.find(stop, at_);
        if (end == std::string_view::npos) {
            at_ = text_.size();
            fail(quoted(stop));
        }
        const std::string_view part = text_.substr(at_, end - at_);
        at_ = end + 1;
        return part;
    }

    bool skip(char wanted) {
        skip_blanks();
        if (at_end() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    void expect(char wanted) {
        if (!skip(wanted)) fail(quoted(wanted));
    }

    attribute_value value() {
        skip_blanks();
        if (skip_word("True")) return true;
        if (skip_word("False")) return false;
        if (!at_end() && (text_[at_] == '\'' || text_[at_] == '"')) return string();
        if (skip('(')) return tuple();
        const std::string_view word = number_word();
        if (is_integer(word)) return integer(word);
        double number = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
        if (error != std::errc{} || end != word.data() + word.size())
            fail("a finite number, a text in quotes, True, False or a tuple of integers");
        at_ += word.size();
        return number;
    }

    std::string string() {
        skip_blanks();
        if (at_end() || (text_[at_] != '\'' && text_[at_] != '"')) fail("a text in quotes");
        const char quote = text_[at_++];
        std::string read;
        while (true) {
            if (at_end()) fail("the text's closing quote");
            const char character = text_[at_++];
            if (character == quote) return read;
            if (character == '\\') {
                escaped(read);
            } else {
                read += character;
            }
        }
    }

  private:
    static std::string quoted(char character) { return std::string("'") + character + "'"; }

    void skip_blanks() noexcept {
        while (!at_end() && text_[at_] == ' ') ++at_;
    }

    bool skip_word(std::string_view word) noexcept {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    std::string_view number_word() const noexcept {
        const std::string_view rest = text_.substr(at_);
        return rest.substr(0, rest.find_first_not_of("+-.0123456789eE"));
    }

    static bool is_integer(std::string_view word) noexcept {
        if (word.starts_with('-')) word.remove_prefix(1);
        return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
    }

    std::int64_t integer(std::string_view word) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
        if (!is_integer(word) || error != std::errc{}) fail("an integer of at most 64 bits");
        at_ += word.size();
        return number;
    }

    std::vector<std::int64_t> tuple() {
        std::vector<std::int64_t> numbers;
        while (!skip(')')) {
            skip_blanks();
            numbers.push_back(integer(number_word()));
            if (skip(',')) continue;
            if (numbers.size() < 2) fail("',' after the only integer of a tuple");
            expect(')');
            break;
        }
        return numbers;
    }

    void escaped(std::string& read) {
        constexpr std::string_view letters = "\\'\"nrt";
        constexpr std::string_view meanings = "\\'\"\n\r\t";
        const char letter = at_end() ? '\0' : text_[at_];
        if (const std::size_t found = letters.find(letter); found != std::string_view::npos) {
            read += meanings[found];
            ++at_;
            return;
        }
        const std::size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
        const std::string_view rest = text_.substr(at_);
        const std::string_view hex = rest.substr(rest.empty() ? 0 : 1, digits);
        std::uint32_t code = 0;
        const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
        if (digits == 0 || hex.size() != digits || error != std::errc{} || end != hex.data() + digits ||
            code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
            fail("one of the escapes \\\\ \\' \\\" \\n \\r \\t \\xhh \\uhhhh \\Uhhhhhhhh");
        at_ += 1 + digits;
        append_utf8(code, read);
    }

    static void append_utf8(std::uint32_t code, std::string& text) {
        const auto append = [&](std::uint32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
        if (code < 0x80) return append(code);
        if (code < 0x800) {
            append(0xC0U | (code >> 6));
        } else {
            if (code < 0x10000) {
                append(0xE0U | (code >> 12));
            } else {
                append(0xF0U | (code >> 18));
                append(0x80U | ((code >> 12) & 0x3FU));
            }
            append(0x80U | ((code >> 6) & 0x3FU));
        }
        append(0x80U | (code & 0x3FU));
    }

    std::string_view owner_;
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace detail

}  // namespace nas
