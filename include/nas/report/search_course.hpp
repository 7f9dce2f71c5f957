// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/report/csv_writer.hpp>
#include <nas/report/gnuplot.hpp>

namespace nas {

/// One completed trial of a search, in the order of telling.
struct course_point {
    std::size_t trials = 0;  ///< how many trials there were, itself included
    double value = 0;        ///< its first objective
    double best = 0;         ///< the best so far, itself included
    double cost = 0;         ///< of the search until then, in seconds, its own included
};

/// The completed trials of a search.
template <class Space, std::size_t Objectives>
std::vector<course_point> search_course(const history<Space, Objectives>& past) {
    std::vector<course_point> course;
    double best = -std::numeric_limits<double>::infinity();
    double cost = 0;
    for (std::size_t row = 0; row < past.size(); ++row) {
        cost += past.cost(row);
        if (!past.completed(row)) continue;
        best = std::max(best, past.value(row));
        course.push_back({row + 1, past.value(row), best, cost});
    }
    return course;
}

/// A course as a table: trials, value, best, cost.
inline std::string course_csv(std::span<const course_point> course) {
    csv_writer table;
    for (const char* name : {"trials", "value", "best", "cost"}) table.add(name);
    table.end_row();
    for (const course_point& point : course)
        table.add(point.trials).add(point.value).add(point.best).add(point.cost).end_row();
    return table.text();
}

/// What each trial of a search was worth, and the best so far; labels are plain text.
struct course_plot {
    std::string title = {};
    std::string x_label = "trials";
    /// What the trials are worth, with its unit; `(higher is better)` is added.
    std::string y_label = {};
    /// A dashed horizontal line, such as a known optimum, or the share of the largest class.
    std::optional<double> reference = std::nullopt;
    std::string reference_label = "optimum";
    std::vector<course_point> course = {};
};

/// Writes and draws as nas::draw of a curve_plot, and throws for the same reasons: a dot for each completed trial, the
/// best so far as a line of steps.
inline bool draw(const course_plot& plot, const std::filesystem::path& stem) {
    if (plot.course.empty()) throw std::invalid_argument("nas::draw: a course without completed trials");
    detail::plot_check_reference(plot.reference);
    double low = plot.reference.value_or(plot.course.front().value);
    double high = plot.reference.value_or(plot.course.front().value);
    std::string data = "# trials value best cost\n";
    for (const course_point& point : plot.course) {
        detail::plot_check({point.value, point.best, point.cost}, 3, plot.title);
        low = std::min(low, point.value);
        high = std::max(high, point.best);
        data += std::to_string(point.trials) + ' ' + detail::plot_number(point.value) + ' ' +
                detail::plot_number(point.best) + ' ' + detail::plot_number(point.cost) + '\n';
    }

    std::string axes = "set xlabel " + detail::plot_quote(plot.x_label) + '\n';
    axes += "set ylabel " + detail::plot_quote(plot.y_label) + ".\"\\n\"." +
            detail::plot_quote(detail::plot_better(true)) + '\n';
    axes += "set key title ' '\n";  // keeps off the axis label
    axes += "set xrange [0:" + detail::plot_number(1.02 * static_cast<double>(plot.course.back().trials)) + "]\n";
    axes += "set yrange " + detail::plot_range(low, high) + '\n';
    const std::string from = detail::plot_quote(detail::plot_file(stem, ".dat"));
    const auto colour = [](std::size_t i) { return " lc rgb " + detail::plot_quote(detail::plot_colour(i)); };
    std::string lines = from + " using 1:2 with points pt 7 ps 0.45" + colour(0) + " title 'each trial', \\\n  ";
    lines += from + " using 1:3 with steps lw 2.4" + colour(1) + " title 'best so far'";
    if (plot.reference)
        lines += ", \\\n  " + detail::plot_number(*plot.reference) + " with lines" + detail::plot_reference_style +
                 " title " + detail::plot_quote(plot.reference_label);
    return detail::plot_run(stem, data, detail::plot_script(stem, 540, plot.title, axes, "plot " + lines));
}

}  // namespace nas
