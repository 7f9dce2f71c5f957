// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nas {

/// What is to be learned of a row.
enum class learning_task : std::uint8_t {
    classification,  ///< one of several classes
    multilabel,      ///< for each of several outputs whether it holds: 0 or 1
    regression,      ///< numbers
};
constexpr std::array<std::string_view, 3> enum_names(learning_task) {
    return {"classification", "multilabel", "regression"};
}

/// Rows of numbers with what is to be learned of them, in memory. The functions of this library that make one give a
/// whole one; who fills in the members calls check_dataset.
///
/// Numbers are float, which tells some 2^24 apart: where a column's numbers lie far from 0 and close together (the seconds
/// since 1970 within an hour), their distances from an offset are kept. standardize scales the targets of a regression.
struct dataset {
    std::string name = "data";  ///< for messages: the file it came from
    learning_task task = learning_task::classification;
    std::vector<std::string> feature_names = {};  ///< one a feature
    std::vector<float> inputs = {};               ///< row-major [row][feature], finite
    std::vector<std::string> output_names = {};   ///< the classes, or the columns of `targets`
    std::vector<std::uint32_t> labels = {};       ///< classification: class of each row, below output_names.size()
    std::vector<float> targets = {};              ///< otherwise: row-major [row][output], finite
    std::vector<double> input_offsets = {};       ///< one a feature, which is this plus its input; none: 0
    std::vector<double> target_offsets = {};      ///< regression: one an output, which is this plus ...; none: 0
    std::vector<double> target_scales = {};       ///< ... this (above 0) times its target; none: 1

    std::size_t features() const noexcept { return feature_names.size(); }
    std::size_t outputs() const noexcept { return output_names.size(); }
    std::size_t rows() const noexcept { return features() == 0 ? 0 : inputs.size() / features(); }
    std::span<const float> row(std::size_t i) const noexcept { return {inputs.data() + i * features(), features()}; }

    double input_offset(std::size_t feature) const noexcept {
        return input_offsets.empty() ? 0 : input_offsets[feature];
    }
    double target_offset(std::size_t output) const noexcept {
        return target_offsets.empty() ? 0 : target_offsets[output];
    }
    double target_scale(std::size_t output) const noexcept { return target_scales.empty() ? 1 : target_scales[output]; }
    /// A feature of a row in the unit of its file.
    double input(std::size_t i, std::size_t feature) const noexcept {
        return input_offset(feature) + static_cast<double>(inputs[i * features() + feature]);
    }
    /// What is to be learned of a row, in the unit of its file. Not of a classification.
    double target(std::size_t i, std::size_t output) const noexcept {
        return target_offset(output) + target_scale(output) * static_cast<double>(targets[i * outputs() + output]);
    }
};

/// Rows of a data set, by number, for each purpose.
struct data_split {
    std::vector<std::uint32_t> train;
    std::vector<std::uint32_t> validation;
    std::vector<std::uint32_t> test = {};
};

namespace detail {

/// What holds of a part of a data set too: sizes that fit, finite numbers, labels in range.
inline void check_rows(const std::string& owner, const dataset& data) {
    const auto fail = [&](const std::string& what) { throw std::invalid_argument(owner + ": " + what); };
    const auto number = [](std::size_t value) { return std::to_string(value); };
    const std::size_t features = data.features();
    const std::size_t outputs = data.outputs();
    if (features == 0) fail("feature_names must name at least one feature");
    if (outputs == 0) fail("output_names must name the classes, or the columns of targets");
    if (data.inputs.size() % features != 0)
        fail("inputs (" + number(data.inputs.size()) + " numbers) must be whole rows of " + number(features) +
             " features");
    const std::size_t rows = data.rows();
    const bool classes = data.task == learning_task::classification;
    if (classes && (data.labels.size() != rows || !data.targets.empty()))
        fail("a classification must have a label for each of " + number(rows) + " rows and no target; it has " +
             number(data.labels.size()) + " labels and " + number(data.targets.size()) + " targets");
    if (!classes && (data.targets.size() != rows * outputs || !data.labels.empty()))
        fail("a task other than classification must have " + number(outputs) + " targets for each of " + number(rows) +
             " rows and no label; it has " + number(data.targets.size()) + " targets and " +
             number(data.labels.size()) + " labels");
    const auto check_units = [&](const std::vector<double>& units, std::size_t count, const std::string& what,
                                 bool scales) {
        if (!units.empty() && units.size() != count)
            fail(what + " (" + number(units.size()) + ") must be none or " + number(count));
        for (const double unit : units)
            if (!std::isfinite(unit) || (scales && !(unit > 0)))
                fail(what + " must be finite numbers" + (scales ? " above 0" : ""));
    };
    check_units(data.input_offsets, features, "input_offsets", false);
    if (data.task != learning_task::regression && !(data.target_offsets.empty() && data.target_scales.empty()))
        fail("target_offsets and target_scales must be none where the task is not regression");
    check_units(data.target_offsets, outputs, "target_offsets", false);
    check_units(data.target_scales, outputs, "target_scales", true);
    for (std::size_t i = 0; i < data.inputs.size(); ++i)
        if (!std::isfinite(data.inputs[i]))
            fail("feature '" + data.feature_names[i % features] + "' of row " + number(i / features) +
                 " must be a finite number");
    for (std::size_t i = 0; i < data.labels.size(); ++i)
        if (data.labels[i] >= outputs)
            fail("the label of row " + number(i) + " (" + number(data.labels[i]) + ") must be below the " +
                 number(outputs) + " classes");
    for (std::size_t i = 0; i < data.targets.size(); ++i) {
        const float target = data.targets[i];
        const auto where = [&] {
            return "target '" + data.output_names[i % outputs] + "' of row " + number(i / outputs);
        };
        if (!std::isfinite(target)) fail(where() + " must be a finite number");
        if (data.task == learning_task::multilabel && target != 0 && target != 1)
            fail(where() + " (" + std::to_string(target) + ") must be 0 or 1");
    }
}

}  // namespace detail

/// Throws std::invalid_argument, in one sentence, where `data` is not a data set that can be learned from: a size that
/// does not fit, a number that is not finite, a label out of range, no rows or too many to number in 32 bits, or a
/// classification whose rows are all of one class. A class without rows is fine: data may be a part of larger ones.
inline void check_dataset(const dataset& data) {
    const std::string owner = "nas::check_dataset: " + data.name;
    detail::check_rows(owner, data);
    if (data.rows() == 0 || data.rows() > std::numeric_limits<std::uint32_t>::max())
        throw std::invalid_argument(owner + ": the number of rows (" + std::to_string(data.rows()) +
                                    ") must be in [1, 2^32)");
    if (data.task == learning_task::classification &&
        std::all_of(data.labels.begin(), data.labels.end(), [&](std::uint32_t c) { return c == data.labels[0]; }))
        throw std::invalid_argument(owner + ": all rows are of the class '" + data.output_names[data.labels[0]] +
                                    "'; a classification must have rows of two classes at least");
}

namespace detail {

inline std::vector<std::string> numbered_names(const std::string& stem, std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(stem + std::to_string(i));
    return names;
}

}  // namespace detail

/// A classification from memory: `inputs` row-major [row][feature], a label below `classes` for each row. Features are
/// called x0, x1, ..., classes 0, 1, ... Throws std::invalid_argument where check_dataset does.
inline dataset make_dataset(std::span<const float> inputs, std::size_t features, std::span<const std::uint32_t> labels,
                            std::size_t classes) {
    dataset data{.feature_names = detail::numbered_names("x", features),
                 .inputs = {inputs.begin(), inputs.end()},
                 .output_names = detail::numbered_names("", classes),
                 .labels = {labels.begin(), labels.end()}};
    check_dataset(data);
    return data;
}

/// A regression or a multilabel task from memory: `inputs` row-major [row][feature], `targets` row-major
/// [row][output]. Features are called x0, x1, ..., outputs y0, y1, ... Throws std::invalid_argument where check_dataset
/// does.
inline dataset make_dataset(std::span<const float> inputs, std::size_t features, std::span<const float> targets,
                            std::size_t outputs, learning_task task) {
    dataset data{.task = task,
                 .feature_names = detail::numbered_names("x", features),
                 .inputs = {inputs.begin(), inputs.end()},
                 .output_names = detail::numbered_names("y", outputs),
                 .targets = {targets.begin(), targets.end()}};
    check_dataset(data);
    return data;
}

namespace detail {

/// Gives a data set the offsets and scales of another one.
inline void take_units(const dataset& of, dataset& data) {
    if (data.input_offsets == of.input_offsets && data.target_offsets == of.target_offsets &&
        data.target_scales == of.target_scales)
        return;
    for (std::size_t i = 0; i < data.rows(); ++i) {
        for (std::size_t j = 0; j < data.features(); ++j)
            data.inputs[i * data.features() + j] = static_cast<float>(data.input(i, j) - of.input_offset(j));
        for (std::size_t k = 0; k < data.outputs() && !data.targets.empty(); ++k)
            data.targets[i * data.outputs() + k] =
                static_cast<float>((data.target(i, k) - of.target_offset(k)) / of.target_scale(k));
    }
    data.input_offsets = of.input_offsets;
    data.target_offsets = of.target_offsets;
    data.target_scales = of.target_scales;
}

}  // namespace detail

/// One data set of the batches that `next()` gives, a std::optional<dataset> each time, until it gives none. Batches
/// must agree in task, feature names and output names; the first one names the whole, and its offsets and scales hold.
/// Throws std::invalid_argument, with the batch's number counted from 1, where they do not, and where check_dataset does.
template <class Next>
    requires std::same_as<std::invoke_result_t<Next&>, std::optional<dataset>> dataset collect_batches(Next&& next) {
        std::optional<dataset> whole;
        for (std::size_t number = 1; std::optional<dataset> batch = next(); ++number) {
            const std::string owner = "nas::collect_batches: batch " + std::to_string(number);
            detail::check_rows(owner, *batch);
            if (!whole) {
                whole = std::move(batch);
                continue;
            }
            if (batch->task != whole->task || batch->feature_names != whole->feature_names ||
                batch->output_names != whole->output_names)
                throw std::invalid_argument(owner + " must have the task, features and outputs of batch 1");
            detail::take_units(*whole, *batch);
            whole->inputs.insert(whole->inputs.end(), batch->inputs.begin(), batch->inputs.end());
            whole->labels.insert(whole->labels.end(), batch->labels.begin(), batch->labels.end());
            whole->targets.insert(whole->targets.end(), batch->targets.begin(), batch->targets.end());
        }
        if (!whole) throw std::invalid_argument("nas::collect_batches: there must be one batch at least");
        check_dataset(*whole);
        return *std::move(whole);
    }

}  // namespace nas
