// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <nas/core/utf8.hpp>

namespace nas::detail {

/// How many arrays and objects may lie within each other: what comes after the parser (comparisons, `dump`) calls itself for
/// each, and a file must not be able to exhaust the stack.
inline constexpr std::size_t max_json_depth = 100;

/// A text that is not JSON, or nested deeper than `max_json_depth`. The sentence is one line, and does not say where.
class json_error : public std::runtime_error {
  public:
    json_error(const std::string& what, std::string_view text, std::size_t at)
        : std::runtime_error("bad JSON: " + what), byte(std::max<std::size_t>(at, 1)) {
        const std::string_view before = text.substr(0, byte - 1);
        line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
        column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0: the first line
    }

    std::size_t byte;  // from 1, as the others
    std::size_t line;
    std::size_t column;

    /// `FILE:LINE:COLUMN: ` and the sentence.
    std::string in(const std::string& file) const {
        return file + ':' + std::to_string(line) + ':' + std::to_string(column) + ": " + what();
    }
};

/// Place of the first bracket that is nested too deep; npos where there is none. `text` need not be JSON.
inline std::size_t too_deep(std::string_view text) noexcept {
    std::size_t depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        switch (text[at]) {
            case '"':
                for (++at; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\' ? 1U : 0U;
                break;
            case '[':
            case '{':
                if (++depth > max_json_depth) return at;
                break;
            case ']':
            case '}':
                depth -= depth > 0 ? 1U : 0U;
                break;
            default:
                break;
        }
    }
    return std::string_view::npos;
}

/// What every reader of JSON calls. Throws json_error.
template <class Json = nlohmann::json>
Json parse_json(std::string_view text) {
    if (const std::size_t at = too_deep(text); at != text.npos)
        throw json_error("more than " + std::to_string(max_json_depth) + " arrays and objects lie within each other",
                         text, at + 1);
    // "[json.exception.parse_error.101] parse error at line 1, column 5: SENTENCE", which ends with the last token read.
    const auto fail = [&](std::string_view what, std::string_view start, std::size_t at) {
        constexpr std::size_t most = 200;
        if (const std::size_t found = what.find(start); found != what.npos) what.remove_prefix(found + start.size());
        throw json_error(valid_utf8(std::string(cut_utf8(what, most))) + (what.size() > most ? "..." : ""), text, at);
    };
    try {
        return Json::parse(text);
    } catch (const typename Json::parse_error& error) {
        fail(error.what(), ": ", error.byte);
    } catch (const typename Json::exception& error) {  // a number beyond a double's range, wherever it stands
        fail(error.what(), "] ", 1);
    }
    return {};  // not reached
}

}  // namespace nas::detail
