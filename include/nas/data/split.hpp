// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <queue>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/core/rng.hpp>
#include <nas/data/dataset.hpp>

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

/// The parts in the order train, validation, test.
using part_sizes = std::array<std::size_t, 3>;

inline std::array<double, 3> check_fractions(std::string_view owner, const split_fractions& fractions) {
    check_options(owner, fractions);
    const std::array<double, 3> parts{fractions.train, fractions.validation, fractions.test};
    const double sum = parts[0] + parts[1] + parts[2];
    if (!(std::abs(sum - 1) <= 1e-12))  // what is left of 0.7 + 0.2 + 0.1
        throw std::invalid_argument(std::string(owner) + ": train + validation + test (" + option_text(sum) +
                                    ") must be 1");
    return parts;
}

/// floor(rows * fraction), where 0.29 * 100 is 29 and not the 28.999999999999996 of binary fractions.
inline std::size_t floor_part(std::size_t rows, double fraction) {
    return std::min(rows, static_cast<std::size_t>(std::floor(static_cast<double>(rows) * fraction + 1e-6)));
}

/// Each part ends where its running sum of fractions, rounded down, does; the last part asked for takes what is left.
inline part_sizes cut_evenly(std::size_t rows, const std::array<double, 3>& parts) {
    if (parts[1] == 0 && parts[2] == 0) return {rows, 0, 0};
    const std::size_t train = floor_part(rows, parts[0]);
    const std::size_t validation = parts[2] == 0 ? rows - train : floor_part(rows, parts[0] + parts[1]) - train;
    return {train, validation, rows - train - validation};
}

/// The largest remainder method: each part gets its share rounded down, the rows left go one each to the parts that
/// lost most by it, the first of equals first.
inline part_sizes cut_by_largest_remainder(std::size_t rows, const std::array<double, 3>& parts) {
    part_sizes sizes{};
    std::array<double, 3> lost{};
    for (std::size_t i = 0; i < 3; ++i) {
        sizes[i] = floor_part(rows, parts[i]);
        lost[i] = static_cast<double>(rows) * parts[i] - static_cast<double>(sizes[i]);
    }
    for (std::size_t left = rows - sizes[0] - sizes[1] - sizes[2]; left > 0; --left) {
        const auto most = static_cast<std::size_t>(std::max_element(lost.begin(), lost.end()) - lost.begin());
        ++sizes[most];
        lost[most] -= 1;
    }
    return sizes;
}

/// Sizes of the parts of each class, such that classes in parts and parts as a whole are their shares rounded down or up.
///
///     round each class by itself, by the largest remainder
///     while a part has too many rows or too few:
///         move one row of a class, where it changes that class's rounding least, of equals at random,
///         or two rows of two classes by way of the third part
///
/// As long as a part is off there is such a move: rows of classes and parts are a transport problem, whose shares are a
/// solution in fractions, so that there is one in whole numbers between their roundings. n log n in the number of classes.
class class_cuts {
  public:
    class_cuts(const std::vector<std::size_t>& counts, const std::array<double, 3>& parts, rng& random) {
        std::size_t rows = 0;
        for (const std::size_t count : counts) {
            cut_class one{.sizes = cut_by_largest_remainder(count, parts)};
            for (std::size_t part = 0; part < 3; ++part) {
                one.floors[part] = floor_part(count, parts[part]);
                one.lost[part] = static_cast<double>(count) * parts[part] - static_cast<double>(one.floors[part]);
                totals_[part] += one.sizes[part];
            }
            rows += count;
            classes_.push_back(one);
        }
        for (std::size_t part = 0; part < 3; ++part) {
            least_[part] = floor_part(rows, parts[part]);
            const bool whole = static_cast<double>(rows) * parts[part] - static_cast<double>(least_[part]) <= nothing;
            most_[part] = least_[part] + (whole ? 0U : 1U);
        }
        if (balanced()) return;
        for (cut_class& one : classes_) one.tie = random();
        for (std::size_t of = 0; of < classes_.size(); ++of) offer_moves(of);
        while (improve()) {
        }
    }

    const part_sizes& operator[](std::size_t of) const { return classes_[of].sizes; }

  private:
    static constexpr double nothing = 1e-6;  // what floor_part takes for rounding

    struct cut_class {
        part_sizes sizes;
        part_sizes floors = {};
        std::array<double, 3> lost = {};  // by rounding down
        std::uint64_t tie = 0;

        bool can_move(std::size_t from, std::size_t to) const {
            return sizes[from] > floors[from] && sizes[to] == floors[to] && lost[to] > nothing;
        }
    };

    struct move {
        double loss = std::numeric_limits<double>::infinity();
        std::uint64_t tie = 0;
        std::size_t of = 0;
    };
    struct is_worse {
        bool operator()(const move& a, const move& b) const {
            return std::tie(a.loss, a.tie, a.of) > std::tie(b.loss, b.tie, b.of);
        }
    };
    using moves = std::priority_queue<move, std::vector<move>, is_worse>;

    bool balanced() const {
        for (std::size_t part = 0; part < 3; ++part)
            if (totals_[part] < least_[part] || totals_[part] > most_[part]) return false;
        return true;
    }

    void offer_moves(std::size_t of) {
        const cut_class& one = classes_[of];
        for (std::size_t from = 0; from < 3; ++from)
            for (std::size_t to = 0; to < 3; ++to)
                if (from != to && one.can_move(from, to))
                    moves_[from][to].push({one.lost[from] - one.lost[to], one.tie, of});
    }

    // The best that is still possible; an infinite loss where there is none.
    move best(std::size_t from, std::size_t to) {
        moves& all = moves_[from][to];
        while (!all.empty() && !classes_[all.top().of].can_move(from, to)) all.pop();
        return all.empty() ? move{} : all.top();
    }

    void make(const move& chosen, std::size_t from, std::size_t to) {
        --classes_[chosen.of].sizes[from];
        ++classes_[chosen.of].sizes[to];
        --totals_[from];
        ++totals_[to];
        offer_moves(chosen.of);
    }

    // Takes a row from one part to another where that brings one nearer and puts none off.
    bool improve() {
        double least = std::numeric_limits<double>::infinity();
        std::array<std::size_t, 3> path{};  // the middle is the end where the way is straight
        for (std::size_t from = 0; from < 3; ++from) {
            for (std::size_t to = 0; to < 3; ++to) {
                if (from == to || totals_[from] <= least_[from] || totals_[to] >= most_[to]) continue;
                if (totals_[from] <= most_[from] && totals_[to] >= least_[to]) continue;
                const std::size_t middle = 3 - from - to;
                const double straight = best(from, to).loss;
                const double around = best(from, middle).loss + best(middle, to).loss;
                if (std::min(straight, around) >= least) continue;
                least = std::min(straight, around);
                path = {from, around < straight ? middle : to, to};
            }
        }
        if (least == std::numeric_limits<double>::infinity()) return false;
        const bool two = path[1] != path[2];
        const move second = two ? best(path[1], path[2]) : move{};
        make(best(path[0], path[1]), path[0], path[1]);
        if (two) make(second, path[1], path[2]);
        return true;
    }

    std::vector<cut_class> classes_;
    part_sizes totals_{};
    part_sizes least_{};
    part_sizes most_{};
    std::array<std::array<moves, 3>, 3> moves_;
};

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
/// row left over). A class of few rows may be absent from the smaller parts. Each part is in ascending order; the same for the same seed on every
/// platform. Throws as ordered_split does, and where `data` is no classification or check_dataset throws.
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
