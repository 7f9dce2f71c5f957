// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/report/gnuplot.hpp>
#include <nas/report/statistics.hpp>

namespace nas {

/// One search as a line of steps: what its incumbent, the best trial so far, is worth.
struct best_so_far {
    /// A trial that became the incumbent.
    struct step {
        std::size_t trials;  ///< how many trials there were, itself included
        double cost;         ///< their cost in seconds, its own included
        double value;        ///< what it is worth
    };
    std::vector<step> steps;
    std::size_t trials = 0;  ///< of the whole search
    double cost = 0;         ///< of the whole search, in seconds
};

/// The incumbents of a search, those of history.best_row() after each trial. `judge(arch)` says what one is worth, which may
/// be another number than the one that made it the incumbent: its mean over replicates, or its accuracy on other data. So
/// values need not rise.
template <class Space, std::size_t Objectives, class Judge>
best_so_far trace_best(const history<Space, Objectives>& past, Judge&& judge) {
    best_so_far line;
    double best = 0;
    for (std::size_t row = 0; row < past.size(); ++row) {
        line.cost += past.cost(row);
        if (!past.completed(row) || (!line.steps.empty() && past.value(row) <= best)) continue;
        best = past.value(row);
        line.steps.push_back({row + 1, line.cost, static_cast<double>(judge(past.arch(row)))});
    }
    line.trials = past.size();
    return line;
}

/// The mean over the first `trials` trials of a search of the incumbent's distance to `optimum`: the area under its curve of
/// regret, a trial being 1 / trials wide. Before there is an incumbent that of the first one counts; a search that ends earlier keeps
/// its last. Throws std::invalid_argument where there is no incumbent, or no trial.
inline double regret_area(const best_so_far& search, double optimum, std::size_t trials) {
    if (search.steps.empty() || trials == 0)
        throw std::invalid_argument("nas::regret_area: there must be an incumbent and at least one trial");
    double sum = 0;
    for (std::size_t i = 0; i < search.steps.size(); ++i) {
        const std::size_t begin = i == 0 ? 1 : search.steps[i].trials;
        const std::size_t end =
            i + 1 < search.steps.size() ? std::min(search.steps[i + 1].trials, trials + 1) : trials + 1;
        if (begin < end) sum += static_cast<double>(end - begin) * std::abs(optimum - search.steps[i].value);
    }
    return sum / static_cast<double>(trials);
}

/// What searches are compared against.
enum class effort : std::uint8_t { trials, cost };

/// At most `points` efforts, evenly spaced up to `end`; whole numbers of trials. Throws std::invalid_argument where `end` is
/// not finite and above 0, or there are no points.
inline std::vector<double> effort_grid(effort axis, double end, std::size_t points) {
    if (!(end > 0 && std::isfinite(end)) || points == 0)
        throw std::invalid_argument("nas::effort_grid: end (" + std::to_string(end) +
                                    ") must be finite and above 0, with at least one point (" + std::to_string(points) +
                                    ")");
    std::vector<double> grid;
    for (std::size_t k = 1; k <= points; ++k) {
        double at = end * static_cast<double>(k) / static_cast<double>(points);
        if (axis == effort::trials) at = std::ceil(at);
        if (grid.empty() || at > grid.back()) grid.push_back(at);
    }
    return grid;
}

/// Mean and quartiles over searches of what the incumbent is worth, at the efforts of `grid` (ascending) and at two more:
/// where the last search has its first incumbent, before which there is no mean, and where the longest search ends. A search
/// that ends earlier keeps its last value. Throws std::invalid_argument where there is no search, or one without incumbent.
inline curve average(std::string name, std::span<const best_so_far> searches, effort axis,
                     std::span<const double> grid) {
    const auto place = [axis](const auto& at) {
        return axis == effort::trials ? static_cast<double>(at.trials) : at.cost;
    };
    double begin = 0;
    double end = 0;
    for (const best_so_far& search : searches) {
        if (search.steps.empty())
            throw std::invalid_argument("nas::average: a search of '" + name + "' has no incumbent");
        begin = std::max(begin, place(search.steps.front()));
        end = std::max(end, place(search));
    }
    if (searches.empty()) throw std::invalid_argument("nas::average: there is no search of '" + name + "'");

    curve line;
    line.name = std::move(name);
    line.x.push_back(begin);
    std::copy_if(grid.begin(), grid.end(), std::back_inserter(line.x), [&](double x) { return x > begin && x < end; });
    if (end > begin) line.x.push_back(end);

    std::vector<std::size_t> at(searches.size(), 0);  // the step that each search is on
    std::vector<double> values(searches.size());
    for (const double x : line.x) {
        for (std::size_t i = 0; i < searches.size(); ++i) {
            const auto& steps = searches[i].steps;
            while (at[i] + 1 < steps.size() && place(steps[at[i] + 1]) <= x) ++at[i];
            values[i] = steps[at[i]].value;
        }
        std::sort(values.begin(), values.end());
        line.mean.push_back(detail::mean(values));
        line.lower_quartile.push_back(detail::sorted_quantile(values, 0.25));
        line.upper_quartile.push_back(detail::sorted_quantile(values, 0.75));
    }
    return line;
}

}  // namespace nas
