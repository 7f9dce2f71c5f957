// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <nas/io/history_reader.hpp>
#include <nas/io/history_writer.hpp>

namespace nas {

namespace detail {

inline void cut_file(const std::filesystem::path& path, std::size_t bytes) {
    std::error_code error;
    if (std::filesystem::file_size(path, error) != bytes && !error) std::filesystem::resize_file(path, bytes, error);
    if (error) throw history_error(path.string() + ": the file cannot be written: " + error.message());
}

}  // namespace detail

/// Keeps a new search in a file: where the file exists, the search first goes on from where the file ends; from then on every
/// trial told is a line more. Returns the number of trials read. A file that is missing or empty is begun.
///
///     nas::search search{nas::regularized_evolution{space}, evaluator, {.seed = 42}};
///     nas::resume(search, "run.jsonl");
///     search.run({.trials = 1000});  // stopped and started again, the program ends with the same 1000 trials
///
/// Nobody else can write the file as long as the search lives: of two processes the second one gets a history_error that says
/// who writes it (a job that was started again while the first one runs), and so does a second search in one process.
///
/// A last line without its end, as a kill within a write leaves it, is taken away: that trial is evaluated again.
///
/// Throws history_error where the file cannot be read, or belongs to another search: seed, space, searcher, its options,
/// metrics, number of objectives and enqueued architectures must be equal, and the sentence names what differs. Throws
/// std::logic_error where the search has begun and the file too.
template <class Search>
std::size_t resume(Search& search, const std::filesystem::path& path) {
    detail::file_lock lock = history_writer::lock(path);  // before it is read: what is read stays what there is
    std::error_code none;
    if (!std::filesystem::exists(path, none) || std::filesystem::is_empty(path, none)) {
        search.observe(history_writer(path, search, std::move(lock)));
        return 0;
    }
    detail::history_lines lines(path);
    const std::size_t whole = lines.drop_torn_line();
    if (whole == 0) {
        detail::cut_file(path, 0);
        search.observe(history_writer(path, search, std::move(lock)));
        return 0;
    }
    using history_type = typename Search::history_type;
    detail::history_reader<typename Search::space_type, history_type::objectives> reader(std::move(lines),
                                                                                         search.space());
    const auto here = detail::history_header(search);
    for (const std::string key : {"seed", "searcher", "metrics", "enqueue"}) reader.check_same(key, here[key]);
    const history_type past = reader.read();
    search.resume(past);
    detail::cut_file(path, whole);
    search.observe(history_writer::append(path, past.size(), std::move(lock)));
    return past.size();
}

}  // namespace nas
