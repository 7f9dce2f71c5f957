// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/data/csv.hpp>
#include <nas/data/dataset.hpp>
#include <nas/data/read_dataset/read_classes.hpp>
#include <nas/data/read_dataset/read_columns.hpp>

namespace nas {

/// What the columns of a file mean. Columns go by the names in the file's first row.
///
///     nas::read_dataset("winequality_white.csv", {.labels = {"quality_label"}, .dropped = {"quality"}});
struct dataset_schema {
    /// What is to be learned. classification: one column, of any text. multilabel: columns of 0 and 1. regression:
    /// columns of numbers.
    std::vector<std::string> labels;
    /// The columns to learn from, in this order. None named: all that are neither labels nor dropped, in the file's
    /// order, except row numbers: a column without a name, or with the name `Unnamed: 0` (or 1, 2, ...) that pandas
    /// gives to such a column. Those are features only where they are named here.
    std::vector<std::string> features = {};
    /// The columns to leave out. They must exist. Of a name that two columns have, both.
    std::vector<std::string> dropped = {};
    learning_task task = learning_task::classification;
    /// The byte between two fields; not a quote, a line end or NUL.
    char separator = ',';
};

namespace detail {

inline void check_schema(const dataset_schema& schema) {
    const std::string owner = "nas::dataset_schema: ";
    if (schema.labels.empty()) throw std::invalid_argument(owner + "labels must name a column at least");
    if (schema.task == learning_task::classification && schema.labels.size() != 1)
        throw std::invalid_argument(owner + "labels (" + std::to_string(schema.labels.size()) +
                                    " columns) must name one column for a classification");
    std::vector<std::string> all;
    for (const auto* columns : {&schema.labels, &schema.features, &schema.dropped})
        all.insert(all.end(), columns->begin(), columns->end());
    std::sort(all.begin(), all.end());
    if (const auto twice = std::adjacent_find(all.begin(), all.end()); twice != all.end())
        throw std::invalid_argument(owner + "column '" + *twice +
                                    "' must be named once only, as a label, a feature or a dropped column");
}

/// The columns of a table that a schema chooses.
struct chosen_columns {
    std::vector<std::size_t> labels;
    std::vector<std::size_t> features;
};

inline chosen_columns choose_columns(const csv_table& table, const dataset_schema& schema) {
    chosen_columns chosen;
    std::vector<bool> taken(table.columns(), false);
    for (const std::string& name : schema.labels) chosen.labels.push_back(table.column(name));
    for (const std::string& name : schema.features) chosen.features.push_back(table.column(name));
    for (const std::string& name : schema.dropped) {
        std::size_t column = table.next_column(name, 0);
        if (column == table.columns()) table.column(name);  // says which there are
        for (; column < table.columns(); column = table.next_column(name, column + 1)) taken[column] = true;
    }
    if (!schema.features.empty()) return chosen;
    for (const std::size_t column : chosen.labels) taken[column] = true;
    for (std::size_t column = 0; column < table.columns(); ++column) {
        const std::string& name = table.names()[column];
        if (taken[column] || name.empty() || name.starts_with("Unnamed: ")) continue;
        if (table.next_column(name, 0) != column)
            table.fail_name(column, "two columns are called '" + name +
                                        "'; rename one, or let the schema drop both or name the features");
        chosen.features.push_back(column);
    }
    if (chosen.features.empty())
        throw csv_error(table.name() +
                        ": no feature is left besides labels, dropped columns and columns without a name; drop fewer, "
                        "or name the features in the schema");
    return chosen;
}

/// `load(separator)`, a csv_table that has the schema's columns. Where it fails with the schema's separator and would
/// not with another one, the error says so.
template <class Load>
csv_table load_table(const std::string& name, const dataset_schema& schema, const Load& load) {
    const auto load_fitting = [&](char separator) {
        csv_table table = load(separator);
        choose_columns(table, schema);
        return table;
    };
    const auto fits = [&](char separator) {
        try {
            load_fitting(separator);
            return true;
        } catch (const csv_error&) {
            return false;
        }
    };
    const auto shown = [](char separator) {
        return separator == '\t' ? std::string("'\\t'") : std::string{'\'', separator, '\''};
    };
    try {
        return load_fitting(schema.separator);
    } catch (const csv_error&) {
        for (const char other : {',', ';', '\t', '|'}) {
            if (other == schema.separator || !fits(other)) continue;
            throw csv_error(name + ": the fields are separated by " + shown(other) + ", not by " +
                            shown(schema.separator) + "; set the schema's separator to " + shown(other));
        }
        throw;
    }
}

inline void read_targets(const csv_table& table, const std::vector<std::size_t>& columns, dataset& data) {
    for (const std::size_t column : columns) data.output_names.push_back(table.names()[column]);
    read_numbers read = read_columns(table, columns);
    data.targets = std::move(read.values);
    data.target_offsets = std::move(read.offsets);
    if (data.task != learning_task::multilabel) return;
    for (std::size_t i = 0; i < data.targets.size(); ++i)
        if (const double value = data.target(i / columns.size(), i % columns.size()); value != 0 && value != 1)
            table.fail(i / columns.size(), columns[i % columns.size()], "a label of a multilabel task must be 0 or 1");
}

inline dataset take_dataset(const csv_table& table, const dataset_schema& schema) {
    if (table.rows() == 0)
        throw csv_error(table.name() + ": a row of column names and nothing below; add rows of data");
    const chosen_columns columns = choose_columns(table, schema);
    dataset data{.name = table.name(), .task = schema.task};
    for (const std::size_t column : columns.features) data.feature_names.push_back(table.names()[column]);
    read_numbers read = read_columns(table, columns.features);
    data.inputs = std::move(read.values);
    data.input_offsets = std::move(read.offsets);
    if (schema.task == learning_task::classification) {
        read_classes(table, columns.labels[0], data);
    } else {
        read_targets(table, columns.labels, data);
    }
    return data;
}

}  // namespace detail

/// The data set in a file of comma-separated values (csv_table: quotes, CR LF, a byte order mark and gzip are fine).
/// Features and targets are read as float, without scaling (standardize does that). A class is its label's text as it
/// is written; classes are in the order of their bytes (as pandas' and scikit-learn's one-hot columns), whatever the
/// order of rows. Rows keep the file's order.
///
/// A column is kept as distances from an offset where its numbers lie far from 0 and close together, or different ones
/// would be equal floats without, and the offset makes no more of them equal. A number is right to 2^-24 of what is
/// kept: those between the quartiles to 1/16000 of the distance of the quartiles at least. Where different numbers
/// become equal even so, one float for over 1/1000 of the rows, the file is refused; in less than 1000 rows of whole
/// numbers, and of whole numbers that not even a double tells apart, where any do. Of numbers that are not whole, two
/// rows may meet by chance. Not told apart are what differs by less than 1.2e-38, and, unless all are whole and below
/// 2^53, what differs by 2^-40 of its size, as rounding errors do.
///
/// Throws std::invalid_argument where the schema contradicts itself; csv_error, one line with the file, the place where
/// there is one, and what to do, where the file and the schema do not go together: a column that does not exist, no
/// feature, no rows, a feature or target that is no finite float, an empty label, one class only, numbers of a regression as
/// classes, different numbers that become equal, another separator.
inline dataset read_dataset(const std::filesystem::path& path, const dataset_schema& schema) {
    detail::check_schema(schema);
    const auto load = [&](char separator) { return csv_table::read(path, {.separator = separator}); };
    return detail::take_dataset(detail::load_table(path.string(), schema, load), schema);
}

/// The same from the file's content; `name` stands for the file in messages.
inline dataset parse_dataset(std::string_view text, const std::string& name, const dataset_schema& schema) {
    detail::check_schema(schema);
    const auto load = [&](char separator) {
        return csv_table::parse(std::string(text), name, {.separator = separator});
    };
    return detail::take_dataset(detail::load_table(name, schema, load), schema);
}

}  // namespace nas
