// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <charconv>
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
#include <nas/evaluators/table.hpp>
#include <nas/spaces/choice_space.hpp>

namespace nas {

/// How AMBER's metrics become a reward: reward = -(loss + lambda * knowledge).
struct amber_table_columns {
    double lambda = 1;  ///< weight of the metric `knowledge`
    /// What the numbers of the metrics column are, in their order; `loss` and `knowledge` must be among them. AMBER sorts
    /// them by name. All of them are reported columns of the table.
    std::vector<std::string> metric_names = {"acc", "knowledge", "loss"};
};

namespace detail {

/// Reads `[0.493, 0.966, 0.692]`, adding the numbers to `out`; false where it is anything else.
inline bool parse_number_list(std::string_view text, std::size_t count, std::vector<double>& out) {
    const auto skip_blanks = [&] {
        while (text.starts_with(' ')) text.remove_prefix(1);
    };
    const auto skip = [&](char wanted) {
        skip_blanks();
        if (!text.starts_with(wanted)) return false;
        text.remove_prefix(1);
        skip_blanks();
        return true;
    };
    if (!skip('[')) return false;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0 && !skip(',')) return false;
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || !std::isfinite(value)) return false;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        out.push_back(value);
    }
    return skip(']') && text.empty();
}

}  // namespace detail

/// The table that AMBER's train histories make together, its MockReward: files without a header whose columns are the trial,
/// the list of metrics, the reward (not used), then one text or token for each layer. Rows of one architecture, in one file or
/// several, are its replicates. The space has a decision L1, L2, ... for each of these columns; its choices are the different
/// texts in the order in which they first appear, and are its labels.
/// Throws csv_error, with file and row, where a file cannot be read or does not have that form; std::invalid_argument where
/// no file is given, a metric is missing, or lambda is not finite.
///
/// AMBER's own fallback for unknown architectures (a row of the first file that its look-up of the largest loss happens to
/// hit) has no counterpart: see table_unknown.
inline table_evaluator<choice_space<>> read_amber_table(const std::vector<std::filesystem::path>& files,
                                                        const amber_table_columns& columns = {},
                                                        table_options options = {}) {
    constexpr std::size_t metrics_column = 1;
    constexpr std::size_t first_layer = 3;
    const std::vector<std::string>& names = columns.metric_names;
    const auto place_of = [&](const char* name) {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end())
            throw std::invalid_argument("nas::read_amber_table: metric_names must contain '" + std::string(name) + "'");
        return static_cast<std::size_t>(found - names.begin());
    };
    const std::size_t loss = place_of("loss");
    const std::size_t knowledge = place_of("knowledge");
    if (files.empty()) throw std::invalid_argument("nas::read_amber_table: there must be at least one file");
    if (!std::isfinite(columns.lambda))
        throw std::invalid_argument("nas::read_amber_table: lambda (" + std::to_string(columns.lambda) +
                                    ") must be finite");

    table_data<choice_space<>::arch_type> data{.archs = {}, .rewards = {}, .report_names = names};
    std::vector<decision> layers;
    for (const std::filesystem::path& path : files) {
        const csv_table file = csv_table::read(path, {.header = false});
        if (file.columns() <= first_layer || (!layers.empty() && file.columns() != first_layer + layers.size()))
            throw csv_error(file.name() + ": there are " + std::to_string(file.columns()) + " columns; there must be " +
                            (layers.empty() ? "trial, metrics, reward and one for each layer"
                                            : std::to_string(first_layer + layers.size()) + ", as in the first file"));
        for (std::size_t i = layers.size(); i + first_layer < file.columns(); ++i)
            layers.push_back({.path = std::string(1, 'L') + std::to_string(i + 1), .tag = decision_tag::operation});
        for (std::size_t row = 0; row < file.rows(); ++row) {
            const std::string start = file.name() + ": row " + std::to_string(row + 1) + ": ";
            const std::size_t begin = data.reports.size();
            if (!detail::parse_number_list(file.field(row, metrics_column), names.size(), data.reports))
                throw csv_error(start + "the metrics '" + std::string(file.field(row, metrics_column)) +
                                "' must be a list of " + std::to_string(names.size()) +
                                " finite numbers, such as [0.5, 1.25]");
            data.rewards.push_back(-(data.reports[begin + loss] + columns.lambda * data.reports[begin + knowledge]));
            auto& arch = data.archs.emplace_back(layers.size());
            for (std::size_t i = 0; i < layers.size(); ++i) {
                std::vector<std::string>& labels = layers[i].labels;
                const std::string_view text = file.field(row, first_layer + i);
                const auto label = std::find(labels.begin(), labels.end(), text);
                arch[i] = static_cast<std::uint8_t>(label - labels.begin());
                if (label != labels.end()) continue;
                if (labels.size() == max_cardinality)
                    throw csv_error(start + "layer " + std::to_string(i + 1) + " has more than 256 different texts");
                labels.emplace_back(text);
            }
        }
    }
    for (decision& layer : layers) layer.cardinality = layer.labels.size();
    return table_evaluator<choice_space<>>(choice_space<>(std::move(layers)), data, options);
}

}  // namespace nas
