// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nas/data/csv.hpp>
#include <nas/data/dataset.hpp>

namespace nas::detail {

/// Refuses labels that are the numbers of a regression whose task was forgotten, and would become a class nearly every row:
/// finite numbers all of them, with more different ones than half the rows, and more than `most_classes`. Digits, grades and
/// codes of classes come again and again; numbers that do not, such as a row's own, are no classes that can be learned either.
inline void refuse_number_labels(const csv_table& table, std::size_t column) {
    constexpr std::size_t most_classes = 20;
    std::vector<double> numbers;
    try {
        for (std::size_t row = 0; row < table.rows(); ++row) numbers.push_back(table.number(row, column));
    } catch (const csv_error&) {
        return;  // a text, so they are classes
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    if (numbers.size() <= most_classes || numbers.size() <= table.rows() / 2) return;
    throw csv_error(table.name() + ": column '" + table.names()[column] + "' has " + std::to_string(numbers.size()) +
                    " different numbers in " + std::to_string(table.rows()) +
                    " rows; for a regression set task = learning_task::regression");
}

/// Fills in the classes, sorted as bytes, and each row's class.
inline void read_classes(const csv_table& table, std::size_t column, dataset& data) {
    std::vector<std::string_view> classes;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        classes.push_back(table.field(row, column));
        if (classes.back().find_first_not_of(" \t") == std::string_view::npos)
            table.fail(row, column, "the label is empty; write the row's class, or remove the row");
    }
    const std::vector<std::string_view> labels = classes;
    std::sort(classes.begin(), classes.end());
    classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
    if (classes.size() == 1)
        table.fail(0, column, "every row has the same label; a classification needs rows of two classes at least");
    if (classes.size() > table.rows() / 2) refuse_number_labels(table, column);
    for (const std::string_view label : labels)
        data.labels.push_back(
            static_cast<std::uint32_t>(std::lower_bound(classes.begin(), classes.end(), label) - classes.begin()));
    data.output_names.assign(classes.begin(), classes.end());
}

}  // namespace nas::detail
