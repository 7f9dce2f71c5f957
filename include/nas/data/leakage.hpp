// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/data/dataset.hpp>
#include <nas/data/split.hpp>

namespace nas {

struct leak_options {
    double score = 0.99;
    std::size_t rows_per_bin = 6;
    std::size_t small_rows = 1000;
    std::vector<std::string> accepted =
        {};  ///< names of features that may tell the answer: they are known when predicting

    static constexpr void fields(auto&& visit) {
        visit(&leak_options::score,
              field{"score", 0.5, 1, "ours", "accuracy or R^2 from which on a single feature is a leak"});
        visit(&leak_options::rows_per_bin,
              field{"rows_per_bin", 1, 1e9, "Holte 1993: 6", "training rows of its class that a bin holds at least"});
        visit(&leak_options::small_rows,
              field{"small_rows", 0, 1e9, "ours", "training rows up to which two classes that lie apart are no leak"});
    }
};

/// A feature that tells by itself what is to be learned.
struct leak {
    std::size_t feature;  ///< index into dataset::feature_names
    std::size_t output;   ///< multilabel and regression: index into dataset::output_names; classification: 0
    double score;         ///< on the validation rows: accuracy; regression: R^2
    double chance;        ///< the same of the answer that is best without features: the most frequent class; 0 for R^2
};

namespace detail {

/// What is to be learned of each row: a class below `classes`, or a number where `classes` is 0.
struct leak_target {
    std::vector<double> truth;
    std::size_t classes;
};

inline leak_target target_of(const dataset& data, std::size_t output) {
    if (data.task == learning_task::classification) return {{data.labels.begin(), data.labels.end()}, data.outputs()};
    std::vector<double> truth;
    for (std::size_t i = output; i < data.targets.size(); i += data.outputs())
        truth.push_back(static_cast<double>(data.targets[i]));
    return {std::move(truth), data.task == learning_task::multilabel ? std::size_t{2} : std::size_t{0}};
}

/// The answer without features: the most frequent class, or the mean, of the training rows.
inline double constant_answer(const leak_target& target, std::span<const std::uint32_t> train) {
    std::vector<std::size_t> counts(target.classes, 0);
    double sum = 0;
    for (const std::uint32_t row : train) {
        sum += target.truth[row];
        if (target.classes > 0) ++counts[static_cast<std::size_t>(target.truth[row])];
    }
    if (target.classes == 0) return sum / static_cast<double>(train.size());
    return static_cast<double>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

/// Answers by one feature's value: Holte's 1R.
struct one_rule {
    std::vector<float> last;      ///< largest value of each bin
    std::vector<double> answers;  ///< most frequent class, or mean, of each bin

    double operator()(float value) const {
        const auto bin = std::lower_bound(last.begin(), last.end() - 1, value) - last.begin();
        return answers[static_cast<std::size_t>(bin)];
    }
};

/// A bin grows until its class has `rows_per_bin` rows and the next row is of another class (a bin of numbers: until it
/// has as many rows), and never ends between equal values.
inline one_rule fit_one_rule(const dataset& data, std::size_t feature, const leak_target& target,
                             std::vector<std::uint32_t> train, std::size_t rows_per_bin) {
    const auto value = [&](std::uint32_t row) { return data.row(row)[feature]; };
    std::sort(train.begin(), train.end(),
              [&](std::uint32_t a, std::uint32_t b) { return value(a) != value(b) ? value(a) < value(b) : a < b; });
    one_rule rule;
    std::vector<std::size_t> counts(target.classes, 0);
    std::size_t majority = 0;
    std::size_t rows = 0;
    double sum = 0;
    for (std::size_t i = 0; i < train.size(); ++i) {
        const double truth = target.truth[train[i]];
        ++rows;
        sum += truth;
        if (target.classes > 0) {
            const auto of = static_cast<std::size_t>(truth);
            if (++counts[of] > counts[majority]) majority = of;
        }
        if (i + 1 < train.size()) {
            const bool full = target.classes > 0 ? counts[majority] >= rows_per_bin &&
                                                       target.truth[train[i + 1]] != static_cast<double>(majority)
                                                 : rows >= rows_per_bin;
            if (!full || value(train[i + 1]) == value(train[i])) continue;
        }
        rule.last.push_back(value(train[i]));
        rule.answers.push_back(target.classes > 0 ? static_cast<double>(majority) : sum / static_cast<double>(rows));
        std::fill(counts.begin(), counts.end(), std::size_t{0});
        majority = rows = 0;
        sum = 0;
    }
    return rule;
}

/// Accuracy of answer(row) over `rows`; of numbers, R^2 about `constant`.
template <class Answer>
double leak_score(const leak_target& target, std::span<const std::uint32_t> rows, double constant,
                  const Answer& answer) {
    double right = 0;
    double error = 0;
    double spread = 0;
    for (const std::uint32_t row : rows) {
        const double truth = target.truth[row];
        const double given = answer(row);
        right += given == truth ? 1 : 0;
        error += (given - truth) * (given - truth);
        spread += (constant - truth) * (constant - truth);
    }
    if (target.classes > 0) return right / static_cast<double>(rows.size());
    return spread > 0 ? 1 - error / spread : 0;
}

/// Whether two classes lie apart along a feature as two kinds of flowers do: the gap between them is wider than any within
/// one of them. What a label was made from by a threshold has its widest gap elsewhere, a row number has none, and of a
/// code a class has but a few values.
inline bool lie_apart(const dataset& data, std::size_t feature, const leak_target& target,
                      std::span<const std::uint32_t> train) {
    constexpr std::size_t fewest_values = 4;
    std::vector<std::pair<float, double>> sorted;
    for (const std::uint32_t row : train) sorted.emplace_back(data.row(row)[feature], target.truth[row]);
    std::sort(sorted.begin(), sorted.end());
    float within = 0;
    float between = 0;
    std::size_t borders = 0;
    std::array<std::size_t, 2> values{1, 1};  // on either side of the border
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        const float gap = sorted[i].first - sorted[i - 1].first;
        if (sorted[i].second != sorted[i - 1].second) {
            between = gap;
            if (++borders > 1) return false;
        } else {
            within = std::max(within, gap);
            values[borders] += gap > 0 ? 1U : 0U;
        }
    }
    return borders == 1 && between > within && std::min(values[0], values[1]) >= fewest_values;
}

}  // namespace detail

/// The features of `data` that each alone tell what is to be learned: most often what the label was made from, its
/// copy, or a row number of sorted rows. For each feature (and each output of a multilabel or regression task)
///
///     fit 1R on the training rows: bins of its values, each answering its most frequent class (numbers: its mean)
///     a leak: accuracy (numbers: R^2) >= score, and at most half the errors of always answering the most frequent
///             class, on the validation rows and on the training rows
///
/// 1R is Holte's (1993, Very simple classification rules perform well on most commonly used datasets). Bins that follow
/// the classes tell apart what bins of equal frequency would cut through; the training rows keep a few lucky validation
/// rows from accusing an honest feature, and the second condition unbalanced classes. A leak needs validation rows of
/// more than the most frequent class to show. No leak, in up to `small_rows` training rows, is a feature along which two
/// classes lie apart, with the widest gap of all between them (setosa's petals and those of another iris): few rows of two
/// kinds are honestly so. `accepted` features are not looked at. Costs features x outputs x n log n.
///
/// Throws std::invalid_argument where an option is out of range, an accepted feature does not exist, there are no validation
/// rows, or check_dataset or check_split does.
inline std::vector<leak> find_leaks(const dataset& data, const data_split& split, const leak_options& options = {}) {
    check_options("nas::find_leaks", options);
    check_dataset(data);
    check_split(data, split);
    if (split.validation.empty())
        throw std::invalid_argument("nas::find_leaks: the split of " + data.name + " must have validation rows");
    std::vector<bool> looked_at(data.features(), true);
    for (const std::string& name : options.accepted) {
        const auto found = std::find(data.feature_names.begin(), data.feature_names.end(), name);
        if (found == data.feature_names.end())
            throw std::invalid_argument("nas::find_leaks: accepted '" + name + "' must be a feature of " + data.name);
        looked_at[static_cast<std::size_t>(found - data.feature_names.begin())] = false;
    }
    std::vector<leak> leaks;
    const std::size_t outputs = data.task == learning_task::classification ? 1 : data.outputs();
    for (std::size_t output = 0; output < outputs; ++output) {
        const detail::leak_target target = detail::target_of(data, output);
        const double constant = detail::constant_answer(target, split.train);
        for (std::size_t feature = 0; feature < data.features(); ++feature) {
            if (!looked_at[feature]) continue;
            const detail::one_rule rule =
                detail::fit_one_rule(data, feature, target, split.train, options.rows_per_bin);
            const auto judge = [&](std::span<const std::uint32_t> rows) {
                return leak{feature, output,
                            detail::leak_score(target, rows, constant,
                                               [&](std::uint32_t row) { return rule(data.row(row)[feature]); }),
                            detail::leak_score(target, rows, constant, [&](std::uint32_t) { return constant; })};
            };
            const auto tells = [&](const leak& found) {
                return found.score >= options.score && found.chance < 1 && 2 * (1 - found.score) <= 1 - found.chance;
            };
            const leak found = judge(split.validation);
            if (!tells(found) || !tells(judge(split.train))) continue;
            const bool honest = split.train.size() <= options.small_rows && target.classes > 0 &&
                                detail::lie_apart(data, feature, target, split.train);
            if (!honest) leaks.push_back(found);
        }
    }
    return leaks;
}

/// Throws std::invalid_argument, in one sentence that names them, where find_leaks finds features: call it before a
/// search is spent on data that give the answer away. Throws where find_leaks does, too.
inline void check_leakage(const dataset& data, const data_split& split, const leak_options& options = {}) {
    const std::vector<leak> leaks = find_leaks(data, split, options);
    if (leaks.empty()) return;
    const bool numbers = data.task == learning_task::regression;
    const auto text = [&](double score) {
        char digits[32];
        std::snprintf(digits, sizeof digits, numbers ? "%.4f" : "%.1f %%", numbers ? score : 100 * score);
        return std::string(digits);
    };
    constexpr std::size_t shown = 5;
    std::string names;
    for (std::size_t i = 0; i < std::min(shown, leaks.size()); ++i) {
        names += (i == 0 ? "'" : ", '") + data.feature_names[leaks[i].feature] + "' (";
        if (data.task != learning_task::classification) names += "of '" + data.output_names[leaks[i].output] + "', ";
        names += numbers ? "R^2 " + text(leaks[i].score)
                         : text(leaks[i].score) + " right, the most frequent class " + text(leaks[i].chance);
        names += ')';
    }
    if (leaks.size() > shown) names += " and " + std::to_string(leaks.size() - shown) + " more";
    throw std::invalid_argument("nas::check_leakage: " + data.name +
                                ": a single feature tells the answer on held-out rows: " + names +
                                "; drop what would not be known when predicting; what would be, name in "
                                "leak_options::accepted, or set the trainer's option leakage_guard to false");
}

}  // namespace nas
