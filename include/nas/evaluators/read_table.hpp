// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/data/csv.hpp>
#include <nas/evaluators/read_table/table_codes.hpp>
#include <nas/evaluators/table.hpp>
#include <nas/spaces/choice_space.hpp>

namespace nas {

/// What an empty reward, or one of `nan`, is.
enum class table_gaps : std::uint8_t {
    error,    ///< table_gap_error, with its place
    skipped,  ///< a training that was not done: no row. An architecture of which all are gaps is unknown
};
constexpr std::array<std::string_view, 2> enum_names(table_gaps) { return {"error", "skipped"}; }

/// A reward is missing, and nobody said that it may be.
struct table_gap_error : csv_error {
    using csv_error::csv_error;
};

/// Which columns of a file `read_table` takes, and how.
struct table_columns {
    std::string reward;                        ///< the column that the search sees
    std::vector<std::string> replicates = {};  ///< further columns of rewards: each is one more row of its architecture
    table_gaps gaps = table_gaps::error;
    std::vector<std::string> report = {};  ///< columns that the search does not see, kept as they are
    std::string cost = {};                 ///< column of costs; empty: a trial costs nothing
    double cost_scale = 1;                 ///< seconds in one unit of the cost column
    bool minimize = false;                 ///< whether lower rewards are better: they are negated
    std::string code = "code";             ///< column of architectures as codes, one base-36 digit a decision
    std::string arch = {};                 ///< column of architectures in the words of the space, which is read instead
};

namespace detail {

/// The rows to read: all, less those of which a table of nas_tabulate's says in its column `reason` why there are no values. By
/// its other columns it is known: what somebody else calls a reason is a column as others are.
inline std::vector<std::size_t> completed_rows(const csv_table& file) {
    auto at = file.names().begin();
    bool tabulated = true;
    for (const char* name : {"index", "arch", "repeat", "seed", "seconds", "reason"}) {
        at = std::find(at, file.names().end(), name);
        tabulated = tabulated && at != file.names().end();
    }
    const auto reason = static_cast<std::size_t>(at - file.names().begin());
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < file.rows(); ++row)
        if (!tabulated || file.field(row, reason).empty()) rows.push_back(row);
    return rows;
}

/// Whether there is no number in a field where one should be.
inline bool is_gap(std::string_view field) {
    const std::size_t first = field.find_first_not_of(" \t");
    if (first == std::string_view::npos) return true;
    std::string_view text = field.substr(first, field.find_last_not_of(" \t") + 1 - first);
    if (text.front() == '+' || text.front() == '-') text.remove_prefix(1);
    constexpr std::string_view nan = "nan";
    return std::equal(text.begin(), text.end(), nan.begin(), nan.end(),
                      [](char c, char small) { return c == small || c == small - 'a' + 'A'; });
}

[[noreturn]] inline void fail_gap(const csv_table& file, std::size_t row, std::size_t column) {
    std::string what;
    try {
        (void)file.number(row, column);  // says where, and what it is
    } catch (const csv_error& error) {
        what = error.what();
    }
    throw table_gap_error(what + ", or have gaps skipped");
}

/// Where the rewards are: the fields of one row after those of another.
struct reward_fields {
    std::vector<std::size_t> rows;
    std::vector<std::size_t> columns;
};

inline reward_fields find_rewards(const csv_table& file, const table_columns& columns) {
    std::vector<std::size_t> replicates{file.column(columns.reward)};
    for (const std::string& name : columns.replicates) {
        replicates.push_back(file.column(name));
        if (std::count(replicates.begin(), replicates.end(), replicates.back()) > 1)
            throw std::invalid_argument("nas::read_table: the column '" + name + "' is given twice as a reward");
    }
    reward_fields found;
    for (const std::size_t row : completed_rows(file)) {
        for (const std::size_t column : replicates) {
            if (is_gap(file.field(row, column))) {
                if (columns.gaps == table_gaps::skipped) continue;
                fail_gap(file, row, column);
            }
            found.rows.push_back(row);
            found.columns.push_back(column);
        }
    }
    return found;
}

/// All columns but the architectures. Throws csv_error, std::invalid_argument.
template <class Arch>
table_data<Arch> read_table_numbers(const csv_table& file, const reward_fields& rewards, const table_columns& columns) {
    if (!(columns.cost_scale >= 0 && std::isfinite(columns.cost_scale)))
        throw std::invalid_argument("nas::read_table: cost_scale (" + std::to_string(columns.cost_scale) +
                                    ") must be finite and at least 0");
    const std::size_t cost = columns.cost.empty() ? 0 : file.column(columns.cost);
    std::vector<std::size_t> report;
    for (const std::string& name : columns.report) report.push_back(file.column(name));

    table_data<Arch> data{.archs = {}, .rewards = {}, .report_names = columns.report};
    for (std::size_t i = 0; i < rewards.rows.size(); ++i) {
        const std::size_t row = rewards.rows[i];
        const double value = file.number(row, rewards.columns[i]);
        data.rewards.push_back(columns.minimize ? -value : value);
        if (!columns.cost.empty()) {
            data.costs.push_back(file.number(row, cost) * columns.cost_scale);
            if (data.costs.back() < 0)
                table_fail(file, row, "the cost " + std::string(file.field(row, cost)) + " is negative");
        }
        for (const std::size_t column : report) data.reports.push_back(file.number(row, column));
    }
    return data;
}

template <SearchSpace Space>
std::vector<arch_t<Space>> read_texts(const Space& space, const csv_table& file, const std::vector<std::size_t>& rows,
                                      std::size_t column) {
    std::vector<arch_t<Space>> archs;
    archs.reserve(rows.size());
    for (const std::size_t row : rows) {
        try {
            archs.push_back(space.parse(file.field(row, column)));
        } catch (const std::invalid_argument& error) {
            table_fail(file, row, error.what());
        }
    }
    return archs;
}

}  // namespace detail

/// A table over its own space: as many decisions as its codes have digits, as many choices for each as its largest digit says.
/// The file is CSV with a header, gzip where built with zlib. Of a table that nas_tabulate made, rows with a text in its column
/// `reason` are left out: it says there why an evaluation has no values. Where an architecture's replicates are columns, all of them
/// have its costs and reports. Throws csv_error, with file and row, where the file or
/// a column is missing or a field is not what it should be; std::invalid_argument where `columns` has an impossible value.
inline table_evaluator<choice_space<>> read_table(const std::filesystem::path& path, const table_columns& columns,
                                                  table_options options = {}) {
    const csv_table file = csv_table::read(path);
    const std::size_t code = file.column(columns.code);
    const detail::reward_fields rewards = detail::find_rewards(file, columns);
    auto data = detail::read_table_numbers<choice_space<>::arch_type>(file, rewards, columns);
    choice_space<> space = detail::space_of_codes(file, code);
    data.archs = detail::read_codes(space, file, rewards.rows, code);
    return table_evaluator<choice_space<>>(std::move(space), data, options);
}

/// A table over a given space. Its architectures are in the column of codes where the space has decisions and neither
/// `columns.arch` is named nor that column is missing; otherwise they are texts that `space.parse` reads, in the column
/// `columns.arch`, or `arch` where that is not named.
template <SearchSpace Space>
table_evaluator<Space> read_table(Space space, const std::filesystem::path& path, const table_columns& columns,
                                  table_options options = {}) {
    const csv_table file = csv_table::read(path);
    const detail::reward_fields rewards = detail::find_rewards(file, columns);
    auto data = detail::read_table_numbers<arch_t<Space>>(file, rewards, columns);
    if constexpr (DecisionSpace<Space>) {
        const auto& names = file.names();
        if (columns.arch.empty() && std::find(names.begin(), names.end(), columns.code) != names.end())
            data.archs = detail::read_codes(space, file, rewards.rows, file.column(columns.code));
    }
    if (data.archs.empty())
        data.archs =
            detail::read_texts(space, file, rewards.rows, file.column(columns.arch.empty() ? "arch" : columns.arch));
    return table_evaluator<Space>(std::move(space), data, options);
}

}  // namespace nas
