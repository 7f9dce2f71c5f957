// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/data/csv.hpp>

namespace nas::detail {

/// What a column loses where different numbers become one float.
struct float_loss {
    std::size_t rows = 0;  ///< of each such float, those without its most frequent number
    bool matters = false;  ///< whether one float loses more than chance would, see losses_at
    double first = 0;      ///< two different numbers of the float that loses most
    double second = 0;     ///< ...
    std::size_t most = 0;  ///< rows that it loses
    double middle = 0;     ///< the median of all numbers that share a float with others
};

inline float float_at(double number, double offset) { return static_cast<float>(number - offset); }

/// The losses of a column, all its numbers in ascending order, where distances from `offset` are kept as floats.
///
/// A loss matters where one float loses over 1/1000 of the rows: then not even the numbers' order is right. 100 million
/// different reals are more than there are floats, but the few that share one are neighbours in order. Of reals, two
/// rows may always meet by chance (1 in 50 files of 1000 uniform ones has such a pair), and what differs by 2^-40 of
/// its size is one number with rounding errors, as 0.3 and 0.30000000000000004. Whole numbers are what they are, below
/// 2^53, from where on all doubles are whole.
inline float_loss losses_at(const std::vector<double>& sorted, double offset, bool whole) {
    const double allowed = std::max(static_cast<double>(sorted.size()) / 1000, whole ? 0.0 : 1.0);
    float_loss loss;
    std::vector<double> sharing;
    std::size_t last = 0;
    for (std::size_t first = 0; first < sorted.size(); first = last) {
        // Subtraction and rounding keep the order, so that equal floats are neighbours.
        const float shared = float_at(sorted[first], offset);
        std::size_t frequent = 0;
        std::size_t same = 0;
        for (last = first; last < sorted.size() && float_at(sorted[last], offset) == shared; ++last) {
            same = last > first && sorted[last] == sorted[last - 1] ? same + 1 : 1;
            frequent = std::max(frequent, same);
        }
        const double low = sorted[first];
        const double high = sorted[last - 1];
        const double noise = whole ? 0 : std::max(std::abs(low), std::abs(high)) * 0x1p-40;
        if (high - low <= std::max(noise, static_cast<double>(std::numeric_limits<float>::min()))) continue;
        const std::size_t lost = last - first - frequent;
        for (std::size_t i = first; i < last; ++i) sharing.push_back(sorted[i]);
        loss.rows += lost;
        loss.matters = loss.matters || static_cast<double>(lost) > allowed;
        if (lost <= loss.most) continue;
        loss.most = lost;
        loss.first = low;
        loss.second = high;
    }
    if (!sharing.empty()) loss.middle = sharing[sharing.size() / 2];
    return loss;
}

/// The offset from which a column is kept best, and what it loses even so.
struct column_offset {
    double offset = 0;
    float_loss loss;
};

/// `sorted` are the column's numbers in ascending order, not all equal.
inline column_offset choose_offset(const std::vector<double>& sorted) {
    const std::size_t rows = sorted.size();
    const bool whole =
        std::all_of(sorted.begin(), sorted.end(), [](double x) { return x == std::floor(x) && std::abs(x) < 0x1p53; });
    const column_offset none{0, losses_at(sorted, 0, whole)};
    const double median = sorted[rows / 2];
    // Quartiles, so that an outlier or a code for what is missing decides nothing.
    const double quartiles = sorted[rows - 1 - rows / 4] - sorted[rows / 4];
    const double spread = quartiles > 0 ? quartiles : sorted.back() - sorted.front();
    double offset = 0;
    if (spread < std::abs(median) / 1024) {
        offset = median;  // a float is right to 2^-24 of its size, which leaves less than 2^-14 of the spread
    } else if (none.loss.matters || (whole && none.loss.rows > 0)) {
        offset = none.loss.middle;
    }
    const double farthest = std::max(sorted.back() - offset, offset - sorted.front());
    if (offset == 0 || farthest > static_cast<double>(std::numeric_limits<float>::max())) return none;
    const column_offset moved{offset, losses_at(sorted, offset, whole)};
    return moved.loss.rows <= none.loss.rows ? moved : none;
}

/// Numbers of some columns, row-major. Each column is `offsets` (none: 0) plus what `values` holds.
struct read_numbers {
    std::vector<float> values = {};
    std::vector<double> offsets = {};
};

/// Refuses a column of which different numbers of two rows cannot but become one.
[[noreturn]] inline void fail_loss(const csv_table& table, std::size_t column, std::size_t a, std::size_t b) {
    const auto shown = [&](std::size_t row) {
        return std::string(table.field(row, column)) + " (row " + std::to_string(row + 1) + " of the data)";
    };
    table.fail(std::max(a, b), column,
               shown(std::max(a, b)) + " and " + shown(std::min(a, b)) +
                   " become one float, as the column's numbers lie too far apart for their digits; drop it, or split "
                   "it into columns of fewer digits, such as the day and the second of a time");
}

inline std::size_t row_of(const csv_table& table, std::size_t column, double number) {
    std::size_t row = 0;
    while (table.number(row, column) != number) ++row;
    return row;
}

/// Refuses whole numbers that are different but one double, as identifiers of 19 digits are.
inline void check_digits(const csv_table& table, std::size_t column) {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const std::string_view text = table.field(row, column);
        if (text.size() >= 16 && text.find_first_not_of("0123456789", text[0] == '-' ? 1 : 0) == text.npos)
            rows.push_back(row);
    }
    const auto text = [&](std::size_t i) { return table.field(rows[i], column); };
    std::sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) {
        return std::pair(table.field(a, column).size(), table.field(a, column)) <
               std::pair(table.field(b, column).size(), table.field(b, column));
    });
    for (std::size_t i = 1; i < rows.size(); ++i)
        if (text(i).size() == text(i - 1).size() && text(i) != text(i - 1) &&
            table.number(rows[i], column) == table.number(rows[i - 1], column))
            fail_loss(table, column, rows[i - 1], rows[i]);
}

inline read_numbers read_columns(const csv_table& table, const std::vector<std::size_t>& columns) {
    const std::size_t width = columns.size();
    read_numbers read;
    std::vector<bool> rounded(width, false);
    read.values.reserve(table.rows() * width);
    for (std::size_t row = 0; row < table.rows(); ++row)
        for (std::size_t i = 0; i < width; ++i) {
            const double value = table.number(row, columns[i]);
            if (std::abs(value) > static_cast<double>(std::numeric_limits<float>::max()))
                table.fail(row, columns[i],
                           "the number is out of a float's range, 3.4e38; give the column a larger unit");
            read.values.push_back(static_cast<float>(value));
            // From 2^53 on, what was written may differ where the double does not.
            if (static_cast<double>(read.values.back()) != value || std::abs(value) >= 0x1p53) rounded[i] = true;
        }
    // What a float cannot hold is read once more, so that the doubles of all columns need not be kept.
    std::vector<double> sorted;
    for (std::size_t i = 0; i < width; ++i) {
        if (!rounded[i]) continue;
        sorted.clear();
        for (std::size_t row = 0; row < table.rows(); ++row) sorted.push_back(table.number(row, columns[i]));
        std::sort(sorted.begin(), sorted.end());
        const double spread = sorted.back() - sorted.front();
        if (std::max(-sorted.front(), sorted.back()) >= 0x1p53) check_digits(table, columns[i]);
        if (spread == 0) continue;
        if (spread < static_cast<double>(std::numeric_limits<float>::min()))
            table.fail(0, columns[i],
                       "the column's numbers differ by less than a float can tell, 1.2e-38; give it a smaller unit");
        const auto [offset, loss] = choose_offset(sorted);
        if (loss.matters)
            fail_loss(table, columns[i], row_of(table, columns[i], loss.first), row_of(table, columns[i], loss.second));
        if (offset == 0) continue;
        read.offsets.resize(width, 0.0);
        read.offsets[i] = offset;
        for (std::size_t row = 0; row < table.rows(); ++row)
            read.values[row * width + i] = float_at(table.number(row, columns[i]), offset);
    }
    return read;
}

}  // namespace nas::detail
