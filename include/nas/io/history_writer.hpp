// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include <nas/core/trial.hpp>
#include <nas/io/history_format.hpp>

namespace nas {

/// Writes a search's history to a file, as it grows: each trial is a line, handed to the operating system at once, so that
/// it outlives the process.
///
///     search.observe(nas::history_writer{"run.jsonl", search});  // every trial from now on, and those already told
///     nas::history_writer{"run.jsonl", search};                  // those already told
///
/// nas::resume is for a file that exists.
class history_writer {
    using json = nlohmann::ordered_json;

  public:
    /// Begins a file. Throws history_error where `path` cannot be written, or exists and is not empty.
    template <class Search>
    history_writer(const std::filesystem::path& path, const Search& search) : path_(path.string()) {
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
        return history_writer(path, rows, {});
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
    struct appending {};
    history_writer(const std::filesystem::path& path, std::size_t rows, appending) : path_(path.string()), rows_(rows) {
        open();
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw history_error(path_ + ": " + what + ": " + std::generic_category().message(errno));
    }

    void open() {
        errno = 0;
        out_.open(path_, std::ios::binary | std::ios::app);
        if (!out_) fail("the file cannot be opened for writing");
    }

    void write_line() {
        errno = 0;
        line_ += '\n';
        out_.write(line_.data(), static_cast<std::streamsize>(line_.size())).flush();
        if (!out_) fail("the file cannot be written");  // nor will a later one: the stream stays as it is
    }

    template <class History>
    void compose(const History& history, std::size_t row) {
        line_ = "{\"row\":" + std::to_string(row);
        if (history.id(row) != row) line_ += ",\"id\":" + std::to_string(history.id(row));
        add_text("arch", history.space().describe(history.arch(row)), json::error_handler_t::strict);
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

    // What is not UTF-8 is replaced in a message, which only people read, and refused in an architecture.
    void add_text(std::string_view key, std::string_view text,
                  json::error_handler_t handler = json::error_handler_t::replace) {
        line_ += ",\"" + std::string(key) + "\":";
        try {
            line_ += json(text).dump(-1, ' ', false, handler);
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
    std::ofstream out_;
    std::size_t rows_ = 0;
    std::string line_;
};

}  // namespace nas
