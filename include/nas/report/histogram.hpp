// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/report/csv_writer.hpp>
#include <nas/report/gnuplot.hpp>

namespace nas {

/// Which whole percent a value counts for.
enum class percent_bins : std::uint8_t {
    truncated,  ///< 0.699 counts for 69: the bin 69 is [69 %, 70 %)
    rounded,    ///< 0.699 counts for 70: the bin 70 is [69.5 %, 70.5 %)
};
constexpr std::array<std::string_view, 2> enum_names(percent_bins) { return {"truncated", "rounded"}; }

/// How many values fall on one percent.
struct percent_count {
    int percent = 0;
    std::size_t count = 0;

    friend bool operator==(const percent_count&, const percent_count&) = default;
};

/// The whole percent of `value` in [0, 1]. A value that is a bound of a bin up to rounding errors (within 1e-11) is
/// that bound: 0.29 is 29, although 100 * 0.29 is 28.999999999999996. Throws std::invalid_argument outside [0, 1].
inline int whole_percent(double value, percent_bins bins = percent_bins::truncated) {
    constexpr double rounding_error = 1e-11;
    if (!(value >= -rounding_error && value <= 1 + rounding_error))
        throw std::invalid_argument("nas::whole_percent: value (" + csv_number(value) + ") must be in [0, 1]");
    const double start = bins == percent_bins::rounded ? 0.5 : 0;
    return static_cast<int>(std::floor(100 * (value + rounding_error) + start));
}

/// How many of `values`, accuracies, fall on each percent: those that occur, in rising order. The counts sum to the
/// number of values. Throws std::invalid_argument where a value is outside [0, 1].
inline std::vector<percent_count> percent_histogram(std::span<const double> values,
                                                    percent_bins bins = percent_bins::truncated) {
    std::array<std::size_t, 101> counts{};
    for (const double value : values) ++counts[static_cast<std::size_t>(whole_percent(value, bins))];
    std::vector<percent_count> histogram;
    for (std::size_t percent = 0; percent < counts.size(); ++percent)
        if (counts[percent] > 0) histogram.push_back({static_cast<int>(percent), counts[percent]});
    return histogram;
}

/// The same of the first objectives of all completed trials.
template <class Space, std::size_t Objectives>
std::vector<percent_count> percent_histogram(const history<Space, Objectives>& past,
                                             percent_bins bins = percent_bins::truncated) {
    std::vector<double> values;
    for (std::size_t row = 0; row < past.size(); ++row)
        if (past.completed(row)) values.push_back(past.value(row));
    return percent_histogram(std::span<const double>(values), bins);
}

/// A histogram as a table: percent, count.
inline std::string histogram_csv(std::span<const percent_count> histogram) {
    csv_writer table;
    table.add("percent").add("count").end_row();
    for (const percent_count& bin : histogram) table.add(bin.percent).add(bin.count).end_row();
    return table.text();
}

/// Counts as bars over percents; labels are plain text.
struct histogram_plot {
    std::string title = {};
    /// What is counted, such as `trials`.
    std::string count_label = "trials";
    /// What the percents are of.
    std::string value_label = "accuracy (%)";
    percent_bins bins = percent_bins::truncated;  ///< as the histogram was made
    /// A dashed line at a percent, such as the share of the largest class.
    std::optional<double> reference = std::nullopt;
    std::string reference_label = "largest class";
    std::vector<percent_count> histogram = {};
};

/// Writes and draws as nas::draw of a curve_plot, and throws for the same reasons: bars as wide as their bins.
inline bool draw(const histogram_plot& plot, const std::filesystem::path& stem) {
    if (plot.histogram.empty()) throw std::invalid_argument("nas::draw: a histogram without values");
    detail::plot_check_reference(plot.reference);
    const double middle = plot.bins == percent_bins::truncated ? 0.5 : 0;  // of a bin, from its number on
    double left = plot.reference.value_or(plot.histogram.front().percent);
    double right = plot.reference.value_or(plot.histogram.front().percent);
    std::size_t most = 0;
    std::string data = "# percent count middle\n";
    for (const percent_count& bin : plot.histogram) {
        const double place = bin.percent + middle;
        left = std::min(left, place - 0.5);
        right = std::max(right, place + 0.5);
        most = std::max(most, bin.count);
        data += std::to_string(bin.percent) + ' ' + std::to_string(bin.count) + ' ' + detail::plot_number(place) + '\n';
    }

    std::string axes = "set xlabel " + detail::plot_quote(plot.value_label) + '\n';
    axes += "set ylabel " + detail::plot_quote(plot.count_label) + '\n';
    axes += "set key title ' '\n";  // keeps off the axis label
    axes += "set xrange " + detail::plot_range(left, right) + '\n';
    axes += "set yrange [0:" + detail::plot_number(1.05 * static_cast<double>(most)) + "]\n";
    axes += most < 10 ? "set ytics 1\n" : "";  // counts have no fractions
    axes += "set grid noxtics\n";
    const std::string colour = detail::plot_quote(detail::plot_colour(0));
    std::string bars = detail::plot_quote(detail::plot_file(stem, ".dat"));
    bars += " using 3:2:(0.92) with boxes lc rgb " + colour + " lw 1.4 fs transparent solid 0.35 border notitle";
    if (plot.reference) {
        const std::string x = detail::plot_number(*plot.reference);
        axes += "set arrow from " + x + ", graph 0 to " + x + ", graph 1 nohead" + detail::plot_reference_style + '\n';
        bars += std::string(", \\\n  NaN with lines") + detail::plot_reference_style + " title " +
                detail::plot_quote(plot.reference_label);
    }
    return detail::plot_run(stem, data, detail::plot_script(stem, 480, plot.title, axes, "plot " + bars));
}

}  // namespace nas
