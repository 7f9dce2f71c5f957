// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <nas/core/version.hpp>
#include <nas/data/replace_file.hpp>
#include <nas/io/history_file.hpp>
#include <nas/io/history_format.hpp>
#include <nas/report/top_n.hpp>
#include <nas/run/stop_rules.hpp>

namespace nas {

/// The folder that holds the files of one run: its history, its summary, and what else a program puts there.
///
///     const auto latest = nas::latest_run("runs");
///     const auto run = resumed && latest ? *latest : nas::new_run("runs");
///     nas::resume(search, run.history());  // from now on each trial is saved as soon as it is told
///     search.run({.trials = 100});
///     nas::write_summary(run, search);
///
/// Two processes that go on with the same run do not: nas::resume refuses the second.
/// Runs of one root are numbered from 1, `run-0001`, and so in the order in which they were begun, whatever happens to
/// the times of their folders.
struct run_folder {
    std::uint64_t number = 0;
    std::filesystem::path path;

    std::filesystem::path history() const { return path / "history.jsonl"; }
    std::filesystem::path summary() const { return path / "summary.json"; }
};

namespace detail {

[[noreturn]] inline void fail_run(const std::filesystem::path& path, const std::string& what, std::error_code why) {
    throw std::runtime_error("nas::run_folder: '" + path.string() + "' cannot be " + what + ": " + why.message());
}

inline std::string run_name(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    return "run-" + std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

/// The number of the run that `name` is of; 0 where it is none.
inline std::uint64_t run_number(std::string_view name) {
    std::uint64_t number = 0;
    if (name.substr(0, 4) != "run-") return 0;
    std::from_chars(name.data() + 4, name.data() + name.size(), number);
    return run_name(number) == name ? number : 0;
}

/// The largest number of a run in `root`, with or without what is no folder; 0 where there is none, or no `root`.
inline std::uint64_t largest_run(const std::filesystem::path& root, bool folders_only) {
    std::error_code error;
    std::uint64_t largest = 0;
    std::filesystem::directory_iterator entry(root, error);
    if (error == std::errc::no_such_file_or_directory) return 0;
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::uint64_t number = run_number(entry->path().filename().string());
        std::error_code unknown;
        if (number > largest && (!folders_only || entry->is_directory(unknown))) largest = number;
    }
    if (error) fail_run(root, "read", error);
    return largest;
}

}  // namespace detail

/// Makes the folder of a new run in `root`, which is made too where it does not exist. Its number is the largest there
/// is plus one; processes that do so at the same time get different ones. Throws std::runtime_error where that is not
/// possible.
inline run_folder new_run(const std::filesystem::path& root) {
    std::error_code error;
    std::filesystem::create_directories(root, error);
    if (error) detail::fail_run(root, "made", error);
    for (std::uint64_t number = detail::largest_run(root, false) + 1;; ++number) {
        const std::filesystem::path path = root / detail::run_name(number);
        if (std::filesystem::create_directory(path, error)) return {number, path};
        if (error) detail::fail_run(path, "made", error);
        // No error, but not made either: another process was faster.
    }
}

/// The run of the largest number in `root`; nothing where there is none, or no `root`. Throws std::runtime_error where
/// `root` cannot be read.
inline std::optional<run_folder> latest_run(const std::filesystem::path& root) {
    const std::uint64_t number = detail::largest_run(root, true);
    if (number == 0) return std::nullopt;
    return run_folder{number, root / detail::run_name(number)};
}

/// Writes what a search came to into the run's `summary.json`, in place of an earlier one, which is whole until the new
/// one is: `run`, `nas`, `seed`, `searcher`, `trials` (how many, by status), `cost` (seconds), `ended` (why) and `top`,
/// the `n` best architectures, each with `trial` (its id), `arch`, `value` or `values`, `cost` and `metrics` by name
/// (null for NaN). Throws std::runtime_error where that is not possible.
template <class Search>
void write_summary(const run_folder& run, const Search& search, std::size_t n = 5) {
    using json = nlohmann::ordered_json;
    const auto& past = search.history();
    json top = json::array();
    for (const std::size_t row : top_n(past, n, top_entries::architectures)) {
        json entry = {{"trial", past.id(row)}, {"arch", std::string(past.space().describe(past.arch(row)))}};
        if constexpr (Search::history_type::objectives == 1) {
            entry["value"] = past.value(row);
        } else {
            entry["values"] = past.values(row);
        }
        entry["cost"] = past.cost(row);
        const auto metrics = past.metrics(row);
        for (std::size_t i = 0; i < metrics.size(); ++i) entry["metrics"][past.metric_names()[i]] = metrics[i];
        top.push_back(std::move(entry));
    }
    std::array<std::size_t, detail::status_names.size()> counts{};
    for (std::size_t row = 0; row < past.size(); ++row) ++counts[static_cast<std::size_t>(past.status(row))];
    json trials = {{"all", past.size()}};
    for (std::size_t i = 0; i < counts.size(); ++i) trials[std::string(detail::status_names[i])] = counts[i];
    const json summary = {{"run", run.number},
                          {"nas", version},
                          {"seed", search.options().seed},
                          {"searcher", detail::searcher_json(search.searcher())},
                          {"trials", std::move(trials)},
                          {"cost", past.total_cost()},
                          {"ended", to_string(search.reason())},
                          {"top", std::move(top)}};

    const std::string text = summary.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
    detail::with_error<std::runtime_error>([&] { detail::replace_file(run.summary(), text); });
}

}  // namespace nas
