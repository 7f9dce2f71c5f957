// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <nas/core/trial.hpp>
#include <nas/data/file_lock.hpp>
#include <nas/data/open_file.hpp>
#include <nas/io/history_format.hpp>

namespace nas {

/// Writes a search's history to a file, as it grows: each trial is a line, handed to the operating system at once, so that
/// it outlives the process. A line that cannot be written whole is not there at all. As long as the writer lives, nobody else
/// can write the file (see detail::file_lock).
///
///     search.observe(nas::history_writer{"run.jsonl", search});  // every trial from now on, and those already told
///     nas::history_writer{"run.jsonl", search};                  // those already told
///
/// nas::resume is for a file that exists.
class history_writer {
    using json = nlohmann::ordered_json;

  public:
    /// Begins a file. Throws history_error where `path` cannot be written, is being written, or exists and is not empty.
    template <class Search>
    history_writer(const std::filesystem::path& path, const Search& search)
        : history_writer(path, search, lock(path)) {}
    /// The same with the lock of the file.
    template <class Search>
    history_writer(const std::filesystem::path& path, const Search& search, detail::file_lock lock)
        : path_(path.string()), lock_(std::move(lock)) {
        std::error_code none;
        if (std::filesystem::is_regular_file(path, none) && std::filesystem::file_size(path, none) != 0)
            throw history_error(path_ + ": the file exists; nas::resume continues it, or choose another name");
        open();
        line_ = detail::history_header(search).dump();
        write_line();
        (*this)(search.history());
    }

    /// For a file that holds the first `rows` trials and their header already.
    static history_writer append(const std::filesystem::path& path, std::size_t rows) {
        return append(path, rows, lock(path));
    }
    static history_writer append(const std::filesystem::path& path, std::size_t rows, detail::file_lock lock) {
        return history_writer(path, rows, std::move(lock));
    }

    /// The lock of a file that is going to be written. Throws history_error where another has it.
    static detail::file_lock lock(const std::filesystem::path& path) {
        return detail::with_error<history_error>([&] { return detail::file_lock(path); });
    }

    /// Writes the rows that are not in the file yet. Throws history_error where that fails.
    template <class History>
    void operator()(const History& history) {
        for (; rows_ < history.size(); ++rows_) {
            compose(history, rows_);
            write_line();
        }
    }

  private:
    history_writer(const std::filesystem::path& path, std::size_t rows, detail::file_lock lock)
        : path_(path.string()), lock_(std::move(lock)), rows_(rows) {
        open();
    }

    void open() {
        out_ = detail::with_error<history_error>([&] { return detail::open_file::to_append(path_); });
    }

    void write_line() {
        line_ += '\n';
        detail::with_error<history_error>([&] { out_.append(line_); });
    }

    template <class History>
    void compose(const History& history, std::size_t row) {
        line_ = "{\"row\":" + std::to_string(row);
        if (history.id(row) != row) line_ += ",\"id\":" + std::to_string(history.id(row));
        add_text("arch", history.space().describe(history.arch(row)));
        if constexpr (History::objectives == 1) {
            add_number("value", history.value(row));
        } else {
            add_numbers(",\"values\":", history.values(row));
        }
        if (history.parent(row) != no_trial) line_ += ",\"parent\":" + std::to_string(history.parent(row));
        if (history.fidelity(row) != full_fidelity) add_number("fidelity", history.fidelity(row));
        if (history.told_when_asked(row) != row) line_ += ",\"told\":" + std::to_string(history.told_when_asked(row));
        if (history.batch_rest(row) != 0) line_ += ",\"rest\":" + std::to_string(history.batch_rest(row));
        if (history.origin(row) != trial_origin::asked)
            add_text("origin", detail::origin_names[static_cast<std::size_t>(history.origin(row))]);
        if (!history.completed(row))
            add_text("status", detail::status_names[static_cast<std::size_t>(history.status(row))]);
        if (const std::string reason = history.reason(row); !reason.empty()) add_text("reason", reason);
        if (history.cost(row) != 0) add_number("cost", history.cost(row));
        if (const auto metrics = history.metrics(row); !metrics.empty()) add_numbers(",\"metrics\":", metrics);
        if (const learning_curve& curve = history.curve(row); !curve.empty()) {
            add_numbers(",\"curve\":{\"steps\":", curve.steps);
            add_numbers(",\"values\":", curve.values);
            line_ += '}';
        }
        line_ += '}';
    }

    void add_text(std::string_view key, std::string_view text) {
        line_ += ",\"" + std::string(key) + "\":";
        try {
            line_ += json(text).dump();
        } catch (const json::exception&) {
            throw history_error(path_ + ": the text of an architecture is not UTF-8, and cannot be written");
        }
    }
    void add_number(std::string_view key, double value) {
        line_ += ",\"" + std::string(key) + "\":";
        detail::append_number(line_, value);
    }
    template <class Numbers>
    void add_numbers(std::string_view start, const Numbers& numbers) {
        line_ += start;
        char separator = '[';
        for (const double number : numbers) {
            line_ += separator;
            detail::append_number(line_, number);
            separator = ',';
        }
        line_ += separator == '[' ? "[]" : "]";
    }

    std::string path_;
    detail::file_lock lock_;
    detail::open_file out_;
    std::size_t rows_ = 0;
    std::string line_;
};

}  // namespace nas
