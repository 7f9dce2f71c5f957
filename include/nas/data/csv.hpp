// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#if defined(NAS_HAS_ZLIB) && NAS_HAS_ZLIB
#include <zlib.h>
#endif

namespace nas {

/// What is wrong with a file of comma-separated values: `file:line:column: what is wrong, and what to do`. Lines and
/// columns count from 1; a column is a byte.
struct csv_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// How a file of comma-separated values is written.
struct csv_options {
    /// The byte between two fields; not a quote, a line end or NUL. A file whose first line is `sep=;` (any byte), as Excel
    /// writes it, says it itself.
    char separator = ',';
    /// Whether the first row holds the columns' names.
    bool header = true;
};

namespace detail {

[[noreturn]] inline void csv_fail(const std::string& name, std::string_view text, std::size_t offset,
                                  const std::string& what) {
    const std::string_view before = text.substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
    throw csv_error(name + ':' + std::to_string(line) + ':' + std::to_string(offset - line_start + 1) + ": " + what);
}

/// Cuts a text into fields, one call of `next` each.
class csv_scanner {
  public:
    /// Bytes [first, last) of the text, without the enclosing quotes.
    struct token {
        std::size_t first;
        std::size_t last;
        bool quoted;
        bool has_doubled_quotes;
        bool ends_row;
    };

    csv_scanner(const std::string& name, std::string_view text, std::size_t start, char separator)
        : name_(name), text_(text), separator_(separator), at_(start) {
        for (const char stop : {separator, '"', '\n', '\r'}) {
            stops_[static_cast<unsigned char>(stop)] = true;
        }
    }

    bool at_end() const { return at_ == text_.size(); }

    /// Whether no more than blanks and line ends follow.
    bool only_blanks_follow() const { return text_.find_first_not_of(" \t\r\n", at_) == std::string_view::npos; }

    token next() {
        if (!at_end() && text_[at_] == '"') {
            return next_quoted();
        }
        const std::size_t first = at_;
        while (!at_end() && !stops_[static_cast<unsigned char>(text_[at_])]) {
            ++at_;
        }
        if (!at_end() && text_[at_] == '"') {
            fail(
                "a quote inside a field that does not begin with one; enclose the whole field in quotes and write "
                "each quote in it twice");
        }
        const std::size_t last = at_;
        return {first, last, false, false, pass_field_end()};
    }

  private:
    [[noreturn]] void fail(const std::string& what) const { csv_fail(name_, text_, at_, what); }

    token next_quoted() {
        const std::size_t open = at_;
        bool doubled = false;
        for (++at_;; at_ += 2) {
            at_ = text_.find('"', at_);
            if (at_ == std::string_view::npos) {
                csv_fail(name_, text_, open,
                         "the quote that opens here is never closed; close it, or restore the "
                         "end of the file if it was cut off");
            }
            if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') {
                break;
            }
            doubled = true;
        }
        const std::size_t last = at_++;
        if (!at_end() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') {
            fail("text after a closing quote; write each quote inside a quoted field twice");
        }
        return {open + 1, last, true, doubled, pass_field_end()};
    }

    /// Steps over the separator (false), or over the line end or the end of the text (true).
    bool pass_field_end() {
        if (at_end()) {
            return true;
        }
        const char c = text_[at_];
        if (c == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] != '\n')) {
            fail("a carriage return without a line feed; end lines with LF or CR LF, or quote the field");
        }
        at_ += c == '\r' ? 2 : 1;
        return c != separator_;
    }

    const std::string& name_;
    std::string_view text_;
    char separator_;
    std::size_t at_;
    std::array<bool, 256> stops_{};
};

}  // namespace detail

/// A table of text fields, read from comma-separated values as RFC 4180 has them: fields may be quoted, and a quoted
/// one may hold separators, line ends and doubled quotes; lines end with LF or CR LF, the last one may lack it; a UTF-8
/// byte order mark is skipped; blanks belong to their field; every row has as many fields as the first one, but blank lines
/// at the end of a file of several columns are skipped. The table keeps the text in one buffer (16 more bytes a field), and
/// fields are views into it.
class csv_table {
  public:
    /// The table in the file `path`, which may be compressed by gzip (told by its first bytes, not by its name; zeros behind
    /// it, as tapes leave them, are skipped) where the program is built with zlib (NAS_HAS_ZLIB defined to 1). Throws
    /// csv_error, also when the file cannot be read.
    static csv_table read(const std::filesystem::path& path, const csv_options& options = {}) {
        const std::string name = path.string();
        std::string content = read_file(path, name);
        if (content.starts_with("\x1f\x8b")) {
            content = unzip(content, name);
        }
        return csv_table(std::move(content), name, options);
    }

    /// The table in `text`; `name` stands for the file in messages. Throws csv_error.
    static csv_table parse(std::string text, const std::string& name = "text", const csv_options& options = {}) {
        return csv_table(std::move(text), name, options);
    }

    /// The file's name as it was given, for messages about its content.
    const std::string& name() const { return name_; }

    /// The number of rows, not counting the header.
    std::size_t rows() const { return fields_.size() / columns_; }

    /// The number of fields in each row, at least 1.
    std::size_t columns() const { return columns_; }

    /// The columns' names in the order of the file; empty without a header. Two may be the same.
    const std::vector<std::string>& names() const { return names_; }

    /// The index of the column called `wanted`. Throws csv_error, with the names that exist, where there is none, and where
    /// there are two.
    std::size_t column(std::string_view wanted) const {
        const auto found = std::find(names_.begin(), names_.end(), wanted);
        if (found != names_.end()) {
            const auto index = static_cast<std::size_t>(found - names_.begin());
            if (const std::size_t again = next_column(wanted, index + 1); again < columns_) {
                fail_name(again, "two columns are called '" + names_[again] + "'; rename one");
            }
            return index;
        }
        std::string message = name_ + ": no column '" + std::string(wanted) + "'; ";
        if (names_.empty()) {
            throw csv_error(message + "the table was read without a header, so use column numbers from 0 to " +
                            std::to_string(columns_ - 1));
        }
        message += "the columns are ";
        for (std::size_t i = 0; i < names_.size(); ++i) {
            message += (i == 0 ? "'" : ", '") + names_[i] + '\'';
        }
        throw csv_error(message);
    }

    /// The first column from `first` on that is called `wanted`; columns() where there is none. For files in which two may
    /// have one name.
    std::size_t next_column(std::string_view wanted, std::size_t first) const {
        const auto start = names_.begin() + static_cast<std::ptrdiff_t>(std::min(first, names_.size()));
        const auto found = std::find(start, names_.end(), wanted);
        return found == names_.end() ? columns_ : static_cast<std::size_t>(found - names_.begin());
    }

    /// Refuses a column's name: throws csv_error with its place.
    [[noreturn]] void fail_name(std::size_t column, const std::string& what) const {
        assert(column < names_.size());
        detail::csv_fail(name_, text_, find_token(column).first, what);
    }

    /// The text of a field, valid as long as the table is neither changed, moved nor destroyed. `row` must be below
    /// rows() and `column` below columns().
    std::string_view field(std::size_t row, std::size_t column) const {
        assert(row < rows() && column < columns_);
        const slice& s = fields_[row * columns_ + column];
        return s.first < text_.size() ? std::string_view(text_.data() + s.first, s.length)
                                      : std::string_view(unescaped_.data() + (s.first - text_.size()), s.length);
    }

    /// A field as a finite number; blanks and tabs around it and a leading `+` are allowed. Throws csv_error with the
    /// field's place where it is empty, no decimal number, nan, infinite or beyond a double's range.
    double number(std::size_t row, std::size_t column) const {
        std::string_view text = field(row, column);
        while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
            text.remove_prefix(1);
        }
        while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
            text.remove_suffix(1);
        }
        if (text.size() > 1 && text[0] == '+' && text[1] != '-') {
            text.remove_prefix(1);
        }
        double value = 0;
        const char* const end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        if (error == std::errc{} && stop == end && value - value == 0) {  // nan and infinity fail the last test
            return value;
        }
        fail_number(row, column, text, error == std::errc::result_out_of_range && stop == end);
    }

    /// Refuses a field: throws csv_error with its place, its column and `what` is wrong with it. For those who ask more
    /// of a field than the table does.
    [[noreturn]] void fail(std::size_t row, std::size_t column, const std::string& what) const {
        assert(row < rows() && column < columns_);
        const std::size_t number = (row + (names_.empty() ? 0 : 1)) * columns_ + column;
        detail::csv_fail(name_, text_, find_token(number).first,
                         "column '" + (names_.empty() ? std::to_string(column) : names_[column]) + "': " + what);
    }

  private:
    /// A field's place in text_ or, past text_.size(), in unescaped_. Offsets instead of views keep copies whole.
    struct slice {
        std::size_t first;
        std::size_t length;
    };

    csv_table(std::string text, std::string name, const csv_options& options)
        : text_(std::move(text)), name_(std::move(name)), separator_(options.separator) {
        if (separator_ == '"' || separator_ == '\n' || separator_ == '\r' || separator_ == '\0') {
            throw std::invalid_argument("nas::csv_table: the separator must not be a quote, a line end or NUL");
        }
        if (text_.starts_with("\xef\xbb\xbf")) {
            text_.erase(0, 3);
        }
        read_separator();
        if (start_ == text_.size()) {
            throw csv_error(name_ + ": the file is empty; expected at least one row of values separated by '" +
                            separator_ + "'");
        }
        if (const std::size_t nul = text_.find('\0'); nul != std::string::npos) {
            detail::csv_fail(name_, text_, nul, "a NUL byte; the file is binary or UTF-16, save it as UTF-8 text");
        }
        read_rows(options.header);
    }

    /// Passes a first line `sep=;`.
    void read_separator() {
        const std::string_view text = text_;
        if (!text.starts_with("sep=") && !text.starts_with("SEP=")) return;
        constexpr std::size_t length = 5;
        const std::size_t line_end = text.substr(0, length + 2).find('\n', length);
        const bool whole =
            text.size() == length || line_end == length || (line_end == length + 1 && text[length] == '\r');
        if (text.size() < length || !whole || text[4] == '"' || text[4] == '\r' || text[4] == '\n') return;
        separator_ = text[4];
        start_ = text.size() == length ? length : line_end + 1;
    }

    void read_rows(bool header) {
        detail::csv_scanner scanner(name_, text_, start_, separator_);
        while (!scanner.at_end()) {
            const std::size_t row_start = fields_.size();
            detail::csv_scanner::token token = scanner.next();
            const detail::csv_scanner::token first = token;
            store(token);
            while (!token.ends_row) {
                token = scanner.next();
                store(token);
            }
            const std::size_t width = fields_.size() - row_start;
            if (columns_ == 0) {
                columns_ = width;
                if (header) {
                    take_names();
                }
                // Each field takes a byte of the text at least, which bounds what a damaged file can reserve.
                const auto lines = static_cast<std::size_t>(std::count(text_.begin(), text_.end(), '\n'));
                fields_.reserve(columns_ <= text_.size() / (lines + 1) ? columns_ * (lines + 1) : text_.size());
            } else if (width != columns_) {
                if (width == 1 && is_blank(first) && scanner.only_blanks_follow()) {
                    fields_.pop_back();
                    break;
                }
                fail_width(first, width, header);
            }
        }
    }

    bool is_blank(const detail::csv_scanner::token& token) const {
        const auto field = std::string_view(text_).substr(token.first, token.last - token.first);
        return !token.quoted && field.find_first_not_of(" \t") == std::string_view::npos;
    }

    void store(const detail::csv_scanner::token& token) {
        const std::size_t length = token.last - token.first;
        if (!token.has_doubled_quotes) {
            // A field at the very end of the text is empty, and any place will do for it.
            fields_.push_back({length == 0 ? 0 : token.first, length});
            return;
        }
        const std::size_t start = unescaped_.size();
        for (std::size_t i = token.first; i < token.last; ++i) {
            unescaped_ += text_[i];
            i += text_[i] == '"' ? 1 : 0;  // the scanner saw to it that quotes come in pairs
        }
        fields_.push_back({text_.size() + start, unescaped_.size() - start});
    }

    void take_names() {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < columns_; ++i) {
            names.emplace_back(field(0, i));
        }
        names_ = std::move(names);
        fields_.clear();
        unescaped_.clear();
    }

    /// The field with that number, counted from the file's first, header included, found by cutting the text again:
    /// messages alone need places, so they are not stored.
    detail::csv_scanner::token find_token(std::size_t number) const {
        detail::csv_scanner scanner(name_, text_, start_, separator_);
        detail::csv_scanner::token token = scanner.next();
        for (std::size_t i = 0; i < number; ++i) {
            token = scanner.next();
        }
        return token;
    }

    [[noreturn]] void fail_width(const detail::csv_scanner::token& first, std::size_t width, bool header) const {
        const std::size_t offset = first.first - (first.quoted ? 1 : 0);
        if (width == 1 && is_blank(first)) {
            detail::csv_fail(name_, text_, offset, "a blank line; remove it");
        }
        detail::csv_fail(name_, text_, offset,
                         "a row of " + std::to_string(width) + (width == 1 ? " field" : " fields") + " where the " +
                             (header ? "header" : "first row") + " has " + std::to_string(columns_) +
                             "; complete the row, or quote a field that holds the separator");
    }

    [[noreturn]] void fail_number(std::size_t row, std::size_t column, std::string_view text, bool out_of_range) const {
        if (text.empty()) {
            fail(row, column, "the field is empty; write a number");
        }
        constexpr std::size_t shown = 40;
        fail(row, column,
             '\'' + std::string(text.substr(0, shown)) + (text.size() > shown ? "..." : "") +
                 (!out_of_range    ? "' is no finite number; write one such as 12, -0.5 or 1e-3"
                  : is_small(text) ? "' is too small for a double, and not 0; write 0"
                                   : "' is out of a double's range; write a smaller exponent"));
    }

    /// Whether a number that is out of range is too near to 0: by its exponent, or by where its first digit stands.
    static bool is_small(std::string_view number) {
        const std::size_t exponent = number.find_first_of("eE");
        if (exponent != std::string_view::npos) return number.substr(exponent + 1).starts_with('-');
        return number.find('.') < number.find_first_of("123456789");
    }

    static std::string read_file(const std::filesystem::path& path, const std::string& name) {
        std::error_code unknown;
        // A pipe ends; a device such as /dev/zero may not.
        if (std::filesystem::is_character_file(path, unknown) || std::filesystem::is_block_file(path, unknown)) {
            throw csv_error(name + ": cannot read: it is a device; check the path");
        }
        const auto close = [](std::FILE* f) { std::fclose(f); };
        const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rbe"), close);
        if (!file) {
            throw csv_error(name + ": cannot open: " + std::generic_category().message(errno) + "; check the path");
        }
        // The size spares copies as the buffer grows; a pipe has none, so the loop below does not rely on it.
        std::error_code no_size;
        const std::uintmax_t size = std::filesystem::file_size(path, no_size);
        std::string content;
        constexpr std::size_t chunk = std::size_t{1} << 16;
        std::size_t used = 0;
        std::size_t wanted = no_size ? chunk : static_cast<std::size_t>(size) + 1;
        for (;;) {
            content.resize(used + wanted);
            const std::size_t got = std::fread(content.data() + used, 1, wanted, file.get());
            used += got;
            if (got < wanted) {
                break;
            }
            wanted = std::max(chunk, used);
        }
        if (std::ferror(file.get()) != 0) {
            throw csv_error(name + ": cannot read: " + std::generic_category().message(errno) + "; check the file");
        }
        content.resize(used);
        return content;
    }

#if defined(NAS_HAS_ZLIB) && NAS_HAS_ZLIB
    static std::string unzip(const std::string& packed, const std::string& name) {
        z_stream stream{};
        constexpr int gzip_only = 16 + MAX_WBITS;
        if (inflateInit2(&stream, gzip_only) != Z_OK) {
            throw std::bad_alloc();
        }
        const auto end = [](z_stream* s) { inflateEnd(s); };
        const std::unique_ptr<z_stream, decltype(end)> guard(&stream, end);
        std::string content;
        std::size_t read = 0;
        std::size_t written = 0;
        for (;;) {
            if (written == content.size()) {
                content.resize(std::max(2 * content.size(), 4 * packed.size()));
            }
            constexpr std::size_t most = std::numeric_limits<uInt>::max();  // what one call of zlib can count
            const std::size_t in = std::min(packed.size() - read, most);
            const std::size_t out = std::min(content.size() - written, most);
            // zlib does not write to its input; its older interface lacks the const.
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data() + read));
            stream.avail_in = static_cast<uInt>(in);
            stream.next_out = reinterpret_cast<Bytef*>(content.data() + written);
            stream.avail_out = static_cast<uInt>(out);
            const int status = inflate(&stream, Z_NO_FLUSH);
            read += in - stream.avail_in;
            written += out - stream.avail_out;
            if (status == Z_STREAM_END) {
                if (packed.find_first_not_of('\0', read) == std::string::npos) {
                    break;
                }
                inflateReset(&stream);           // a gzip file may hold several members, one after the other
            } else if (status == Z_BUF_ERROR) {  // there is room for output, so it lacks input
                throw csv_error(name + ": gzip data ends early, after " + std::to_string(packed.size()) +
                                " bytes; get the file again");
            } else if (status != Z_OK) {
                throw csv_error(name + ": damaged gzip data near byte " + std::to_string(read + 1) + " (" +
                                (stream.msg != nullptr ? stream.msg : "unknown cause") + "); get the file again");
            }
        }
        content.resize(written);
        return content;
    }
#else
    static std::string unzip(const std::string&, const std::string& name) {
        throw csv_error(name +
                        ": compressed by gzip, which this program was built without; unpack it with gunzip, or "
                        "build with zlib");
    }
#endif

    std::string text_;
    std::string unescaped_;
    std::vector<slice> fields_;
    std::size_t columns_ = 0;
    std::vector<std::string> names_;
    std::string name_;
    char separator_;
    std::size_t start_ = 0;  // of the first row
};

}  // namespace nas
