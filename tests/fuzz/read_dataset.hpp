// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nas/data/leakage.hpp>
#include <nas/data/read_dataset.hpp>
#include <nas/data/split.hpp>
#include <nas/data/standardize.hpp>

namespace nas::fuzz {

inline void require(bool holds, const char* what) {
    if (!holds) throw std::logic_error(what);
}

/// Reads `input` as a data set and does with it what a user would. Whatever the input, each step succeeds or refuses
/// with an error of its kind, and what succeeds keeps what it promises; anything else leaves as another exception.
///
/// The first byte chooses the schema: m multilabel of columns y and z, r regression of y, others classification of y;
/// a capital takes column a as the only feature and drops b. The second byte is the separator. The rest is the file.
inline void read_any_dataset(std::string_view input) {
    if (input.size() < 2) return;
    dataset_schema schema{.labels = {"y"}, .separator = input[1]};
    const char kind = input[0];
    if (kind == 'm' || kind == 'M') {
        schema.task = learning_task::multilabel;
        schema.labels.push_back("z");
    }
    if (kind == 'r' || kind == 'R') schema.task = learning_task::regression;
    if (kind >= 'A' && kind <= 'Z') {
        schema.features = {"a"};
        schema.dropped = {"b"};
    }
    const bool valid = std::string_view("\"\r\n\0", 4).find(schema.separator) == std::string_view::npos;
    dataset data;
    try {
        data = parse_dataset(input.substr(2), "input", schema);
        require(valid, "a separator that csv_options excludes was accepted");
    } catch (const csv_error& error) {
        require(std::string_view(error.what()).starts_with("input:"), "an error names the file");
        return;
    } catch (const std::invalid_argument&) {
        require(!valid, "only the separator can be the caller's fault");
        return;
    }
    check_dataset(data);
    const split_fractions fractions{.train = 0.6, .validation = 0.3, .test = 0.1};
    data_split split;
    try {
        split = data.task == learning_task::classification ? stratified_split(data, fractions, 1)
                                                           : random_split(data.rows(), fractions, 1);
        check_split(data, split);
    } catch (const std::invalid_argument&) {
        return;  // too few rows
    }
    require(split.train.size() + split.validation.size() + split.test.size() == data.rows(), "a split is complete");
    find_leaks(data, split);
    try {
        data = standardize(std::move(data), split);
    } catch (const std::invalid_argument& error) {
        const std::string_view what = error.what();
        require(what.starts_with("nas::standardizer: feature") || what.starts_with("nas::standardizer: target"),
                "a value too far out");
        return;
    }
    check_dataset(data);
}

}  // namespace nas::fuzz
