// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/data/open_file.hpp>
#include <nas/data/parse_json.hpp>
#include <nas/io/history_format.hpp>

namespace nas::detail {

/// A word of a command that is pasted into a shell, whatever characters it has.
inline std::string shell_word(const std::string& text) {
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
    return word + '\'';
}

/// One line of a history file: a JSON object whose members are taken out one by one, with sentences that say where.
class history_line {
  public:
    history_line(std::string path, std::size_t number, std::string_view text)
        : path_(std::move(path)), number_(number) {
        const auto refuse = [&](std::size_t column, const std::string& what) {
            // Of a first line that does not even name a history, the rest is not worth a word.
            if (number_ == 1 && text.find("\"nas_history\"") == text.npos)
                fail_at(1, "this is not a history file of nas");
            fail_at(column, what);
        };
        try {
            object_ = parse_json<json>(text);
        } catch (const json_error& error) {
            refuse(error.byte, error.what());
        }
        if (!object_.is_object()) refuse(1, "expected a JSON object");
        find_members(text);
    }

    bool has(const std::string& key) const { return object_.contains(key); }
    const json& member(const std::string& key) const {
        if (!has(key)) fail_at(1, "'" + key + "' is missing");
        return object_[key];
    }

    void check_keys(std::initializer_list<std::string_view> known) const {
        for (const auto& [key, column] : columns_)
            if (std::find(known.begin(), known.end(), key) == known.end())
                fail_at(column, "there is no member '" + key + "'");
    }

    std::uint64_t integer(const std::string& key, std::uint64_t most) const {
        const json& value = member(key);
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most)
            fail(key, value.dump() + " must be an integer in [0, " + std::to_string(most) + "]");
        return value.get<std::uint64_t>();
    }
    double number(const std::string& key) const {
        const std::optional<double> read = number_in(member(key));
        if (!read) fail(key, "it must be a number, null, \"inf\" or \"-inf\"");
        return *read;
    }
    std::vector<double> numbers(const std::string& key) const { return numbers(key, member(key)); }
    std::vector<double> numbers(const std::string& key, const json& values) const {
        if (!values.is_array()) fail(key, "it must be an array of numbers");
        std::vector<double> read;
        for (const json& value : values) {
            const std::optional<double> one = number_in(value);
            if (!one) fail(key, value.dump() + " must be a number, null, \"inf\" or \"-inf\"");
            read.push_back(*one);
        }
        return read;
    }
    std::string text(const std::string& key) const {
        const json& value = member(key);
        if (!value.is_string()) fail(key, "it must be a text");
        return value.get<std::string>();
    }
    std::vector<std::string> texts(const std::string& key) const {
        const json& values = member(key);
        if (!values.is_array() ||
            !std::all_of(values.begin(), values.end(), [](const json& value) { return value.is_string(); }))
            fail(key, "it must be an array of texts");
        return values.get<std::vector<std::string>>();
    }
    const json& object(const std::string& key) const {
        if (!member(key).is_object()) fail(key, "it must be an object");
        return member(key);
    }
    /// Place of the text in `names`.
    template <std::size_t N>
    std::size_t one_of(const std::string& key, const std::array<std::string_view, N>& names) const {
        const std::string name = text(key);
        const auto found = std::find(names.begin(), names.end(), name);
        std::string all;
        for (const std::string_view one : names) all += (all.empty() ? "" : ", ") + std::string(one);
        if (found == names.end()) fail(key, "'" + name + "' must be one of " + all);
        return static_cast<std::size_t>(found - names.begin());
    }

    /// At the value of `key`.
    [[noreturn]] void fail(const std::string& key, const std::string& what) const {
        std::size_t column = 1;
        for (const auto& [name, at] : columns_)
            if (name == key) column = at;
        fail_at(column, key + ": " + what);
    }
    [[noreturn]] void fail_at(std::size_t column, const std::string& what) const {
        throw history_error(path_ + ":" + std::to_string(number_) + ":" +
                            std::to_string(std::max<std::size_t>(column, 1)) + ": " + what);
    }

  private:
    // The columns of the members' values, which the parser does not keep. `text` is known to be a valid object.
    void find_members(std::string_view text) {
        int depth = 0;
        std::size_t start = 0;  // of the last string
        bool is_key = false;
        for (std::size_t at = 0; at < text.size(); ++at) {
            const char c = text[at];
            if (c == '"') {
                start = at;
                for (++at; text[at] != '"'; ++at) at += text[at] == '\\' ? 1U : 0U;
                if (is_key) add_member(parse_json<json>(text.substr(start, at + 1 - start)), text, at + 1);
                is_key = false;
            } else if (c == '{' || c == '[') {
                is_key = ++depth == 1;
            } else if (c == '}' || c == ']') {
                --depth;
            } else if (c == ',') {
                is_key = depth == 1;
            }
        }
    }
    void add_member(const std::string& key, std::string_view text, std::size_t after) {
        const std::size_t value = text.find_first_not_of(" \t\r", text.find(':', after) + 1);
        for (const auto& [name, column] : columns_)
            if (name == key) fail_at(value + 1, "'" + key + "' is there twice");
        columns_.emplace_back(key, value + 1);
    }

    std::string path_;
    std::size_t number_;
    json object_;
    std::vector<std::pair<std::string, std::size_t>> columns_;
};

/// The lines of a file, of which each must have its end.
class history_lines {
  public:
    /// `path` is what sentences call the file that has this text.
    history_lines(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
        if (text_.empty()) throw history_error(path_ + ":1:1: the file is empty");
    }
    explicit history_lines(const std::filesystem::path& path)
        : history_lines(path.string(), with_error<history_error>([&] { return read_whole_file(path); })) {}

    /// The next line, without its end; nothing after the last.
    std::optional<history_line> next() {
        if (at_ == text_.size()) return std::nullopt;
        const std::string_view rest = std::string_view(text_).substr(at_);
        const std::size_t end = rest.find('\n');
        ++number_;
        if (end == rest.npos) fail_torn(rest);
        at_ += end + 1;
        return history_line(path_, number_, rest.substr(0, end));
    }

    /// Takes away a last line that has no end, as a kill within a write leaves it. Returns how many bytes are left; none where
    /// the header was cut off. Whether it is a history file at all is still to be seen.
    std::size_t drop_torn_line() {
        const std::size_t whole = text_.rfind('\n') + 1;  // npos + 1 is 0
        if (whole > 0 || is_torn_header(text_)) text_.resize(whole);
        return text_.size();
    }

  private:
    static bool is_torn_header(std::string_view text) {
        constexpr std::string_view magic = "{\"nas_history\":";
        const std::size_t common = std::min(text.size(), magic.size());
        return text.substr(0, common) == magic.substr(0, common);
    }

    [[noreturn]] void fail_torn(std::string_view rest) const {
        const std::string start = path_ + ":" + std::to_string(number_) + ":" + std::to_string(rest.size() + 1) + ": ";
        if (number_ > 1)
            throw history_error(start +
                                "the last line was cut off while it was written; to go on without it: truncate -s " +
                                std::to_string(at_) + " -- " + shell_word(path_));
        if (is_torn_header(rest))
            throw history_error(
                start + "the header was cut off while it was written; it holds no trial, so begin anew: rm -- " +
                shell_word(path_));
        throw history_error(path_ + ":1:1: this is not a history file of nas");
    }

    std::string path_;
    std::string text_;
    std::size_t at_ = 0;
    std::size_t number_ = 0;
};

}  // namespace nas::detail
