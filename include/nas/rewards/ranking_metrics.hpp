// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace nas {

namespace detail {

/// How many rows of each class share a score.
struct tied_rows {
    std::uint64_t positives = 0;
    std::uint64_t negatives = 0;
};

/// The rows of one column by score, the highest first; and their sums.
struct ranked_rows {
    std::vector<tied_rows> ties;
    tied_rows all;
};

inline ranked_rows rank_rows(std::span<const float> scores, std::span<const float> targets,
                             const std::string& function) {
    const auto fail = [&](const std::string& what) { throw std::invalid_argument(function + ": " + what); };
    if (scores.size() != targets.size())
        fail("there are " + std::to_string(scores.size()) + " scores for " + std::to_string(targets.size()) +
             " targets");
    ranked_rows ranked;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (std::isnan(scores[i])) fail("the score of row " + std::to_string(i) + " is not a number");
        if (targets[i] != 0 && targets[i] != 1)
            fail("the target of row " + std::to_string(i) + " (" + std::to_string(targets[i]) + ") must be 0 or 1");
        ++(targets[i] == 1 ? ranked.all.positives : ranked.all.negatives);
    }
    if (ranked.all.positives == 0 || ranked.all.negatives == 0)
        throw std::domain_error(function + ": the targets must hold both 0 and 1");

    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i == 0 || scores[order[i]] != scores[order[i - 1]]) ranked.ties.emplace_back();
        ++(targets[order[i]] == 1 ? ranked.ties.back().positives : ranked.ties.back().negatives);
    }
    return ranked;
}

}  // namespace detail

/// Area under the receiver operating characteristic of one output: the chance that a row with target 1 has a higher
/// score than one with target 0, equal scores counted by half. In [0, 1]; 0.5 is chance. n log n steps.
///
/// `scores` and `targets` have a number for each row. Throws std::domain_error where all targets are the same;
/// std::invalid_argument where the sizes differ, a target is neither 0 nor 1, or a score is NaN.
inline double roc_auc(std::span<const float> scores, std::span<const float> targets) {
    const detail::ranked_rows ranked = detail::rank_rows(scores, targets, "nas::roc_auc");
    std::uint64_t twice_won = 0;  // pairs, exactly
    std::uint64_t above = 0;      // positives with a higher score
    for (const detail::tied_rows& tie : ranked.ties) {
        twice_won += tie.negatives * (2 * above + tie.positives);
        above += tie.positives;
    }
    return static_cast<double>(twice_won) /
           (2 * static_cast<double>(ranked.all.positives) * static_cast<double>(ranked.all.negatives));
}

/// Average precision of one output, step-wise: the sum over all thresholds, highest first, of (recall gained) *
/// precision; rows with equal scores pass the threshold together. In (0, 1]; the share of rows with target 1 is chance.
/// n log n steps.
///
/// Parameters and errors as of roc_auc: it is not defined where all targets are the same.
inline double average_precision(std::span<const float> scores, std::span<const float> targets) {
    const detail::ranked_rows ranked = detail::rank_rows(scores, targets, "nas::average_precision");
    double sum = 0;
    detail::tied_rows above;
    for (const detail::tied_rows& tie : ranked.ties) {
        above.positives += tie.positives;
        above.negatives += tie.negatives;
        sum += static_cast<double>(tie.positives) * static_cast<double>(above.positives) /
               static_cast<double>(above.positives + above.negatives);
    }
    return sum / static_cast<double>(ranked.all.positives);
}

}  // namespace nas
