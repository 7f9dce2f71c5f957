// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <nas/core/number_text.hpp>
#include <nas/io/score_rows.hpp>

namespace nas {

/// The rows of files of scores (nas/io/score_rows.hpp), file after file.
struct score_list {
    struct row {
        double score = 0;
        std::string architecture;
        std::uint32_t file = 0;  ///< its number
        std::size_t line = 0;    ///< in it, from 1
    };
    std::vector<std::string> files = {};
    std::vector<row> rows = {};
};

/// Throws csv_error, see for_each_score_row.
inline score_list read_score_list(std::span<const std::filesystem::path> files) {
    score_list list;
    for (const std::filesystem::path& file : files) {
        const auto number = static_cast<std::uint32_t>(list.files.size());
        list.files.push_back(file.string());
        for_each_score_row(file, [&](const score_row& row) {
            list.rows.push_back({row.score, row.text(), number, row.line});
        });
    }
    return list;
}

/// The numbers of all rows, the best first; of equal scores those that come first.
inline std::vector<std::size_t> best_first(const score_list& list) {
    std::vector<std::size_t> order(list.rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return list.rows[a].score > list.rows[b].score; });
    return order;
}

/// The numbers of all rows, the best last; of equal scores those that come first.
inline std::vector<std::size_t> best_last(const score_list& list) {
    std::vector<std::size_t> order(list.rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return list.rows[a].score < list.rows[b].score; });
    return order;
}

/// The first of these rows as a table for people: rank, score, architecture.
inline std::string rank_table(const score_list& list, std::span<const std::size_t> rows) {
    std::vector<std::string> scores;
    std::size_t width = std::string("score").size();
    for (const std::size_t row : rows) {
        scores.push_back(detail::number_text(list.rows[row].score));
        width = std::max(width, scores.back().size());
    }
    const std::size_t ranks = std::max<std::size_t>(4, std::to_string(rows.size()).size());
    const auto padded = [](std::string text, std::size_t to) {
        text.resize(std::max(text.size(), to), ' ');
        return text;
    };
    std::string table = padded("rank", ranks) + "  " + padded("score", width) + "  architecture\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string rank = std::to_string(i + 1);
        table += std::string(ranks - rank.size(), ' ') + rank + "  " + padded(scores[i], width) + "  " +
                 list.rows[rows[i]].architecture + '\n';
    }
    return table;
}

}  // namespace nas
