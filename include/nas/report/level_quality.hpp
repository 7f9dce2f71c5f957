// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <nas/core/number_text.hpp>
#include <nas/report/statistics.hpp>
#include <nas/searchers/progressive/progressive_level.hpp>

namespace nas {

/// How well the surrogate of a progressive search ordered a level that it had not seen.
struct level_quality {
    std::size_t level = 0;         ///< from 1
    std::uint64_t candidates = 0;  ///< that were scored for it, a network as often as it grew
    std::size_t trained = 0;       ///< of those chosen, how many were completed
    double best = 0;               ///< the best value of the level; NaN where none was completed
    double spearman =
        0;  ///< of predictions and values; NaN at level 1, and where there are fewer than two or all are equal
    double error = 0;  ///< mean of the absolute errors, in the unit of the values; NaN at level 1

    /// One line.
    std::string text() const {
        std::string all = "level " + std::to_string(level) + ": " + std::to_string(trained) + " trained of " +
                          std::to_string(candidates) + ", best " + detail::number_text(best, 4);
        if (!std::isnan(error))
            all += ", Spearman " + (std::isnan(spearman) ? "-" : detail::number_text(spearman, 3)) + ", error " +
                   detail::number_text(error, 3);
        return all;
    }
};

/// Of each level of a progressive search: `for (const auto& one : nas::level_qualities(searcher.levels()))`. Errors make sense where
/// the surrogate learns values, not ranks.
template <class Arch>
std::vector<level_quality> level_qualities(std::span<const progressive_level<Arch>> levels) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    std::vector<level_quality> all;
    for (const progressive_level<Arch>& level : levels) {
        level_quality one{all.size() + 1, level.candidates, 0, none, none, none};
        std::vector<double> predicted;
        std::vector<double> values;
        for (std::size_t i = 0; i < level.archs.size(); ++i) {
            if (std::isnan(level.values[i])) continue;
            if (!(one.best >= level.values[i])) one.best = level.values[i];
            predicted.push_back(level.predicted[i]);
            values.push_back(level.values[i]);
        }
        one.trained = values.size();
        bool known = !values.empty();
        for (const double value : predicted) known = known && std::isfinite(value);
        if (known) {
            one.error = 0;
            for (std::size_t i = 0; i < values.size(); ++i)
                one.error += std::abs(predicted[i] - values[i]) / static_cast<double>(values.size());
            if (values.size() > 1) one.spearman = spearman(predicted, values);
        }
        all.push_back(one);
    }
    return all;
}
template <class Searcher>
std::vector<level_quality> level_qualities(const Searcher& searcher) requires requires {
    searcher.levels();
}
{ return level_qualities(searcher.levels()); }

}  // namespace nas
