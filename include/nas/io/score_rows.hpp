// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/core/options.hpp>
#include <nas/core/utf8.hpp>
#include <nas/data/csv.hpp>
#include <nas/data/file_lock.hpp>
#include <nas/data/open_file.hpp>
#include <nas/data/replace_file.hpp>
#include <nas/report/csv_writer.hpp>

/// Architectures with their scores in the files of the first open code of progressive search (titu1994): `train_history.csv`, of what
/// was trained, and `scores_2.csv`, `scores_3.csv`, ..., of what a surrogate predicts for the cells of so many blocks.
///
///     0.4288,0,3x3 maxpool,0,1x7-7x1 conv
///     0.4836,0,1x7-7x1 conv,0,1x7-7x1 conv,0,3x3 maxpool,0,3x3 maxpool
///
/// There is no header. A row is a score, then input and operation twice for each block: 1 + 4 x blocks columns. Where architectures
/// are no cells, all rows of a file have two columns: a score and a text.
namespace nas {

struct score_row {
    double score = 0;
    std::vector<std::string> fields;  ///< of a cell its inputs and operations, else one text
    std::size_t line = 0;             ///< in its file, from 1

    /// The architecture as cell_space::describe has it.
    std::string text() const {
        if (fields.size() == 1) return fields[0];
        std::string all;
        for (std::size_t i = 0; i < fields.size(); ++i) all += (i % 4 != 0 ? ", " : i == 0 ? "(" : ") (") + fields[i];
        return all + ')';
    }
};

namespace detail {

/// Reads the rows of a text, one call of `next` each.
class score_row_reader {
  public:
    /// `name` stands for the file in messages.
    score_row_reader(std::string_view text, std::string name)
        : text_(text), name_(std::move(name)), scanner_(name_, text_, text_.starts_with(mark) ? mark.size() : 0, ',') {
        if (const std::size_t nul = text_.find('\0'); nul != text_.npos)
            csv_fail(name_, text_, nul, "a NUL byte; the file is binary or UTF-16, save it as UTF-8 text");
        if (scanner_.only_blanks_follow()) throw csv_error(name_ + ": the file has no rows");
    }
    score_row_reader(const score_row_reader&) = delete;
    score_row_reader& operator=(const score_row_reader&) = delete;

    /// False at the end.
    bool next(score_row& row) {
        if (scanner_.at_end()) return false;
        row.fields.clear();
        const csv_scanner::token first = scanner_.next();
        const std::size_t begin = first.first - (first.quoted ? 1 : 0);
        row.line = line_of(begin);
        std::string score = text_of(first);
        const bool blank = !first.quoted && score.find_first_not_of(" \t") == score.npos;
        if (blank && first.ends_row) {
            if (scanner_.only_blanks_follow()) return false;
            csv_fail(name_, text_, begin, "a blank line; remove it");
        }
        row.score = number_in(score, begin);
        for (csv_scanner::token each = first; !each.ends_row;) {
            each = scanner_.next();
            row.fields.push_back(text_of(each));
            check_field(row.fields.size() - 1, row.fields.back(), each);
        }
        const std::size_t width = row.fields.size();
        cells_ = cells_.value_or(width != 1);
        if (*cells_ ? width == 0 || width % 4 != 0 : width != 1)
            csv_fail(name_, text_, begin,
                     "a row of " + std::to_string(1 + width) + (width == 0 ? " column" : " columns") +
                         "; a score and the cell's input, operation, input, operation of each block are 5, 9, 13, ... "
                         "columns, those of other architectures a score and a text, and a file has one kind");
        if (width > 1)
            for (std::size_t i = 0; i < width; i += 2) check_input(row.fields[i], begin);
        return true;
    }

  private:
    static constexpr std::string_view mark = "\xef\xbb\xbf";

    std::size_t line_of(std::size_t offset) {
        const std::string_view passed = text_.substr(counted_, offset - counted_);
        line_ += static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n'));
        counted_ = offset;
        return line_;
    }
    std::string text_of(const csv_scanner::token& token) const {
        const std::string_view raw = text_.substr(token.first, token.last - token.first);
        if (!token.has_doubled_quotes) return std::string(raw);
        std::string text;
        for (std::size_t i = 0; i < raw.size(); ++i) {
            text += raw[i];
            if (raw[i] == '"') ++i;  // the scanner saw to it that they come in pairs
        }
        return text;
    }
    static std::string quoted(std::string_view text) {
        const std::string_view shown = cut_utf8(text, 40);
        return '\'' + std::string(shown) + (shown.size() < text.size() ? "...'" : "'");
    }
    double number_in(std::string_view text, std::size_t offset) const {
        while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
        while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
            csv_fail(name_, text_, offset, "the score (" + quoted(text) + ") must be a finite number, such as 0.4288");
        return value;
    }
    void check_field(std::size_t i, const std::string& field, const csv_scanner::token& token) const {
        if (!field.empty()) return;
        csv_fail(name_, text_, token.first - (token.quoted ? 1 : 0), "column " + std::to_string(2 + i) + " is empty");
    }
    void check_input(const std::string& text, std::size_t offset) const {
        int value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size())
            csv_fail(
                name_, text_, offset,
                "the input " + quoted(text) + " must be a whole number: -1 for the last cell, 0 for the first block");
    }

    std::string_view text_;
    std::string name_;
    csv_scanner scanner_;
    std::size_t counted_ = 0;  // line ends before it are
    std::size_t line_ = 1;
    std::optional<bool> cells_;  // what all rows are, as the first
};

}  // namespace detail

/// Calls `visit(row)` for each row of a file, with LF, CR LF or no line end at the end, and fields that may be quoted. Throws
/// csv_error, `file:line:column: what is wrong`.
template <class Visit>
void for_each_score_row(const std::filesystem::path& path, Visit&& visit) {
    const std::string text = detail::with_error<csv_error>([&] { return detail::read_whole_file(path); });
    detail::score_row_reader reader(text, path.string());
    for (score_row row; reader.next(row);) visit(row);
}

inline std::vector<score_row> read_score_rows(const std::filesystem::path& path) {
    std::vector<score_row> rows;
    for_each_score_row(path, [&](const score_row& row) { rows.push_back(row); });
    return rows;
}

/// Such a file while it is written, row by row, in place of an earlier one, which is whole until `finish`. All functions throw
/// std::runtime_error, whose sentence starts with the file's name. Scores are written so that they are read back exactly.
class score_file {
  public:
    explicit score_file(const std::filesystem::path& path)
        : path_(path),
          lock_(path),
          target_(detail::meant_by(path)),
          file_(detail::open_file::to_write(detail::draft_of(target_))) {}
    score_file(const score_file&) = delete;
    score_file& operator=(const score_file&) = delete;
    ~score_file() {
        if (!finished_) ::unlink(detail::draft_of(target_).c_str());
    }

    void add(double score, std::span<const std::string> fields) {
        rows_.add(detail::option_text(score));
        for (const std::string& field : fields) rows_.add(field);
        rows_.end_row();
        constexpr std::size_t together = std::size_t{1} << 16U;
        if (rows_.text().size() >= together) write();
    }
    void finish() {
        write();
        file_.sync();
        detail::put_in_place(detail::draft_of(target_), target_, path_);
        finished_ = true;
    }

  private:
    void write() {
        file_.append(rows_.text());
        rows_ = csv_writer();
    }

    std::filesystem::path path_;
    detail::file_lock lock_;
    std::filesystem::path target_;
    detail::open_file file_;
    csv_writer rows_;
    bool finished_ = false;
};

/// Writes the completed trials of a history in their order, with their first objective, in place of an earlier file: what nas_rank and
/// `nas_score --train` read. An architecture of a space that has `fields`, as nas::cell_space, becomes these, another's its text.
/// Throws std::runtime_error, whose sentence starts with the file's name.
template <class Space, std::size_t Objectives>
void write_train_history(const history<Space, Objectives>& past, const std::filesystem::path& path) {
    score_file file(path);
    for (std::size_t row = 0; row < past.size(); ++row) {
        if (!past.completed(row)) continue;
        if constexpr (requires { past.space().fields(past.arch(row)); }) {
            file.add(past.value(row), past.space().fields(past.arch(row)));
        } else {
            const std::string text(past.space().describe(past.arch(row)));
            file.add(past.value(row), std::span(&text, 1));
        }
    }
    file.finish();
}

}  // namespace nas
