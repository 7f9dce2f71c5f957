// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nas {

/// `value` in at most 10 significant digits, the same characters on every machine and in every locale; empty for NaN.
inline std::string csv_number(double value) {
    if (std::isnan(value)) return {};
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 10).ptr;
    return {text.data(), end};
}

/// Makes a table of comma-separated values (RFC 4180), which nas::csv_table reads: texts are quoted where they must be,
/// numbers are as csv_number has them, what is missing (NaN, no value) is an empty field, lines end with LF.
///
///     nas::csv_writer table;
///     table.add("searcher").add("mean").end_row();
///     table.add("random_search").add(0.5).end_row();
///     file << table.text();
class csv_writer {
  public:
    csv_writer& add(std::string_view text) {
        begin_field();
        if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
            text_ += text;
            return *this;
        }
        text_ += '"';
        for (const char c : text) text_.append(c == '"' ? 2 : 1, c);
        text_ += '"';
        return *this;
    }
    csv_writer& add(double value) {
        begin_field();
        text_ += csv_number(value);
        return *this;
    }
    csv_writer& add(const std::optional<double>& value) {
        begin_field();
        if (value) text_ += csv_number(*value);
        return *this;
    }
    csv_writer& add(std::integral auto value) {
        begin_field();
        text_ += std::to_string(value);
        return *this;
    }
    void end_row() {
        text_ += '\n';
        begun_ = false;
    }

    const std::string& text() const noexcept { return text_; }

  private:
    void begin_field() {
        if (begun_) text_ += ',';
        begun_ = true;
    }

    std::string text_;
    bool begun_ = false;
};

}  // namespace nas
