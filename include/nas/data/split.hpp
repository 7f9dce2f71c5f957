// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/core/rng.hpp>
#include <nas/data/dataset.hpp>
#include <nas/data/split/class_cuts.hpp>

namespace nas {

/// The parts of a data set, as fractions of its rows that sum to 1.
struct split_fractions {
    double train = 0.9;
    double validation = 0.1;
    double test = 0.0;

    static constexpr void fields(auto&& visit) {
        visit(&split_fractions::train, field{"train", 0, 1, "MLPNAS: 1 - 0.1", "rows to learn from"});
        visit(&split_fractions::validation,
              field{"validation", 0, 1, "MLPNAS: validation_split 0.1", "rows by which a search judges"});
        visit(&split_fractions::test,
              field{"test", 0, 1, "MLPNAS: none", "rows for the last word, which no search sees"});
    }
};

namespace detail {

inline std::array<double, 3> check_fractions(std::string_view owner, const split_fractions& fractions) {
    check_options(owner, fractions);
    const std::array<double, 3> parts{fractions.train, fractions.validation, fractions.test};
    const double sum = parts[0] + parts[1] + parts[2];
    if (!(std::abs(sum - 1) <= 1e-12))  // what is left of 0.7 + 0.2 + 0.1
        throw std::invalid_argument(std::string(owner) + ": train + validation + test (" + option_text(sum) +
                                    ") must be 1");
    return parts;
}

/// Each part ends where its running sum of fractions, rounded down, does; the last part asked for takes what is left.
inline part_sizes cut_evenly(std::size_t rows, const std::array<double, 3>& parts) {
    if (parts[1] == 0 && parts[2] == 0) return {rows, 0, 0};
    const std::size_t train = floor_part(rows, parts[0]);
    const std::size_t validation = parts[2] == 0 ? rows - train : floor_part(rows, parts[0] + parts[1]) - train;
    return {train, validation, rows - train - validation};
}

/// Appends the next rows to each part.
inline void deal(std::span<const std::uint32_t> rows, const part_sizes& sizes, data_split& split) {
    auto next = rows.begin();
    std::size_t part = 0;
    for (auto* into : {&split.train, &split.validation, &split.test}) {
        const auto end = next + static_cast<std::ptrdiff_t>(sizes[part++]);
        into->insert(into->end(), next, end);
        next = end;
    }
}

/// Sorts each part, after a check that none asked for is empty.
inline data_split finish_split(std::string_view owner, data_split split, const std::array<double, 3>& parts) {
    std::size_t part = 0;
    const std::size_t rows = split.train.size() + split.validation.size() + split.test.size();
    for (const auto& [name, of] : {std::pair{"train", &split.train}, std::pair{"validation", &split.validation},
                                   std::pair{"test", &split.test}}) {
        const double fraction = parts[part++];
        if (of->empty() && (fraction > 0 || of == &split.train))
            throw std::invalid_argument(std::string(owner) + ": " + name + " (" + option_text(fraction) + " of " +
                                        std::to_string(rows) + " rows) must get a row at least");
        std::sort(of->begin(), of->end());
    }
    return split;
}

inline std::vector<std::uint32_t> all_rows(std::string_view owner, std::size_t rows) {
    if (rows > std::numeric_limits<std::uint32_t>::max())
        throw std::invalid_argument(std::string(owner) + ": rows (" + std::to_string(rows) + ") must be below 2^32");
    std::vector<std::uint32_t> all(rows);
    std::iota(all.begin(), all.end(), std::uint32_t{0});
    return all;
}

/// A stream that no trial of a search has.
inline rng split_rng(std::uint64_t seed) {
    return streams{seed}(std::numeric_limits<std::uint64_t>::max(), purpose::begin);
}

}  // namespace detail

/// The first rows to train, the next ones to validate, the last ones to test, as Keras' validation_split has it: the
/// first floor(rows * train) train, and so on with the running sum of fractions. Every row is in one part. Throws
/// std::invalid_argument where fractions do not sum to 1, or a part asked for (train always is) would be empty.
inline data_split ordered_split(std::size_t rows, const split_fractions& fractions = {}) {
    constexpr std::string_view owner = "nas::ordered_split";
    const std::array<double, 3> parts = detail::check_fractions(owner, fractions);
    data_split split;
    detail::deal(detail::all_rows(owner, rows), detail::cut_evenly(rows, parts), split);
    return detail::finish_split(owner, std::move(split), parts);
}

/// Parts of the sizes that ordered_split gives, of rows drawn at random; the same for the same seed on every platform.
/// Each part is in ascending order. Throws as ordered_split does.
inline data_split random_split(std::size_t rows, const split_fractions& fractions, std::uint64_t seed) {
    constexpr std::string_view owner = "nas::random_split";
    const std::array<double, 3> parts = detail::check_fractions(owner, fractions);
    std::vector<std::uint32_t> order = detail::all_rows(owner, rows);
    rng random = detail::split_rng(seed);
    shuffle(std::span(order), random);
    data_split split;
    detail::deal(order, detail::cut_evenly(rows, parts), split);
    return detail::finish_split(owner, std::move(split), parts);
}

/// Each class divided at random in the proportions asked for, so that a part has each class as often as the whole does, and
/// has its share of all rows: both are rounded down or up, to the nearer where that can be (the first part of equals gets a
/// row left over). A class of few rows may be absent from the smaller parts. Each part is in ascending order; the same for
/// the same seed on every platform. Throws as ordered_split does, and where `data` is no classification or check_dataset
/// throws.
inline data_split stratified_split(const dataset& data, const split_fractions& fractions, std::uint64_t seed) {
    constexpr std::string_view owner = "nas::stratified_split";
    const std::array<double, 3> parts = detail::check_fractions(owner, fractions);
    check_dataset(data);
    if (data.task != learning_task::classification)
        throw std::invalid_argument(std::string(owner) + ": the task of " + data.name + " (" +
                                    detail::option_text(data.task) + ") must be classification; use nas::random_split");
    std::vector<std::vector<std::uint32_t>> classes(data.outputs());
    for (std::uint32_t row = 0; row < data.labels.size(); ++row) classes[data.labels[row]].push_back(row);
    rng random = detail::split_rng(seed);
    std::vector<std::size_t> counts;
    for (std::vector<std::uint32_t>& rows : classes) {
        shuffle(std::span(rows), random);
        counts.push_back(rows.size());
    }
    const detail::class_cuts cuts(counts, parts, random);
    data_split split;
    for (std::size_t of = 0; of < classes.size(); ++of) detail::deal(classes[of], cuts[of], split);
    return detail::finish_split(owner, std::move(split), parts);
}

/// Throws std::invalid_argument, in one sentence, where `split` is none that `data` can be learned by: no rows to
/// train, a row that does not exist or is listed twice, or a classification whose training rows are all of one class.
/// It need not hold every row. `data` must be one that check_dataset accepts.
inline void check_split(const dataset& data, const data_split& split) {
    const std::string owner = "nas::check_split: " + data.name + ": ";
    if (split.train.empty()) throw std::invalid_argument(owner + "train must have a row at least");
    std::vector<bool> seen(data.rows(), false);
    for (const auto* part : {&split.train, &split.validation, &split.test}) {
        for (const std::uint32_t row : *part) {
            if (row >= seen.size())
                throw std::invalid_argument(owner + "row " + std::to_string(row) +
                                            " must be below the number of rows (" + std::to_string(seen.size()) + ")");
            if (seen[row])
                throw std::invalid_argument(owner + "row " + std::to_string(row) +
                                            " must be in one part only, and there once");
            seen[row] = true;
        }
    }
    if (data.task == learning_task::classification &&
        std::all_of(split.train.begin(), split.train.end(),
                    [&](std::uint32_t row) { return data.labels[row] == data.labels[split.train[0]]; }))
        throw std::invalid_argument(owner + "train must have rows of two classes at least, all are '" +
                                    data.output_names[data.labels[split.train[0]]] + "'; use nas::stratified_split");
}

}  // namespace nas
