// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nas/data/file_lock.hpp>
#include <nas/data/replace_file.hpp>
#include <nas/evaluators/process.hpp>
#include <nas/report/statistics.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace nas {

/// A named line, the mean, in a band between the quartiles: a value of each for every `x`, in rising order of `x`.
struct curve {
    std::string name;
    std::vector<double> x;
    std::vector<double> mean;
    std::vector<double> lower_quartile;
    std::vector<double> upper_quartile;
};

/// Curves in common axes, in the order of the legend; labels are plain text. No two have the same colour and dashes, but more
/// than eight are hard to tell apart.
struct curve_plot {
    std::string title = {};
    std::string subtitle = {};  ///< below it, smaller; it may have several lines
    std::string x_label = {};
    /// What the curves show, with its unit; `(higher is better)` or `(lower is better)` is added.
    std::string y_label = {};
    bool higher_is_better = true;
    std::size_t bands = 3;  ///< so many of the first curves have their band; those of many hide each other
    std::string note = {};  ///< a line below the legend's title
    /// A logarithmic x axis; all x must be above 0.
    bool log_x = false;
    /// The x axis ends here, or where the longest curve does.
    double right = std::numeric_limits<double>::infinity();
    /// The share of the x axis at its start, in [0, 1), whose values need not fit: a steep start would flatten the
    /// rest.
    double warm_up = 0.05;
    /// A dashed horizontal line, such as a known optimum.
    std::optional<double> reference = std::nullopt;
    std::string reference_label = "optimum";
    std::vector<curve> curves = {};
};

inline constexpr std::size_t grey_box = static_cast<std::size_t>(-1);

/// A named sample.
struct box {
    std::string name;
    sample_summary summary;
    /// The number of the curve whose colour it has, or grey_box; its own number where there is none.
    std::optional<std::size_t> colour = std::nullopt;
};

/// Samples side by side, the first one on top, so best first makes a ranking; labels are plain text.
struct box_plot {
    std::string title = {};
    std::string subtitle = {};  ///< below it, smaller; it may have several lines
    /// What the samples are of, with its unit; `(higher is better)` or `(lower is better)` is added.
    std::string value_label = {};
    bool higher_is_better = true;
    /// A dashed line, such as a known optimum.
    std::optional<double> reference = std::nullopt;
    std::string reference_label = "optimum";
    std::vector<box> boxes = {};
};

namespace detail {

/// Eight colours that people with any colour vision tell apart (Okabe and Ito), yellow darkened for white paper and
/// black lightened to set it off from the axes.
inline constexpr std::array<std::string_view, 8> plot_colours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                                 "#E69F00", "#56B4E9", "#4D4D4D", "#B8A800"};

inline std::string_view plot_colour(std::size_t i) { return plot_colours[i % plot_colours.size()]; }

inline std::string_view plot_box_colour(std::size_t i) { return i == grey_box ? "#8A8A8A" : plot_colour(i); }

/// The dashes of a curve: with its colour they are one of forty.
inline std::string_view plot_dashes(std::size_t i) {
    constexpr std::array<std::string_view, 5> dashes = {"(9,4)", "(3,3)", "(10,3,3,3)", "(18,5)", "(10,3,3,3,3,3)"};
    return i < 3 ? "1" : dashes[(i - 3) % dashes.size()];
}

inline constexpr const char* plot_reference_style = " lw 1.6 dt (6,5) lc rgb '#505050'";

/// A gnuplot string: between single quotes nothing is expanded.
inline std::string plot_quote(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        quoted += byte < 0x20 || byte == 0x7f ? ' ' : c;  // a line end would end the command
        quoted += c == '\'' ? "'" : "";
    }
    return quoted + '\'';
}

inline std::string plot_number(double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

/// A gnuplot range of values in [low, high], with some air.
inline std::string plot_range(double low, double high) {
    const double air = high > low ? 0.04 * (high - low) : std::max(0.05 * std::abs(low), 1e-6);
    return '[' + plot_number(low - air) + ':' + plot_number(high + air) + ']';
}

inline void plot_check(const std::vector<double>& values, std::size_t size, const std::string& name) {
    if (values.size() != size || size == 0) {
        throw std::invalid_argument("nas::draw: '" + name + "' needs as many means and quartiles as x, at least " +
                                    "one; got " + std::to_string(values.size()) + " for " + std::to_string(size));
    }
    if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); })) {
        throw std::invalid_argument("nas::draw: '" + name + "' has a value that is NaN or infinite");
    }
}

inline void plot_check_reference(const std::optional<double>& reference) {
    if (reference && !std::isfinite(*reference)) {
        throw std::invalid_argument("nas::draw: the reference is NaN or infinite");
    }
}

/// The names of a plot's files, in the folder that gnuplot works in. The `./` keeps gnuplot from taking a name's first
/// character for an order, such as `<` or `|` to run a program.
inline std::string plot_file(const std::filesystem::path& stem, std::string_view extension) {
    return "./" + stem.filename().string() + std::string(extension);
}

inline std::string plot_better(bool higher) { return higher ? "(higher is better)" : "(lower is better)"; }

/// A gnuplot string of several lines.
inline std::string plot_lines(const std::string& text) {
    std::string lines;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines += (begin == 0 ? "" : ".\"\\n\".") + plot_quote(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

/// A searcher with many options in lines that leave room for its box.
inline std::string plot_folded(std::string_view name) {
    constexpr std::size_t most = 40;
    std::string folded;
    for (std::size_t line = 0; !name.empty();) {
        const std::size_t part = std::min(name.find_first_of(",:(", 1), name.size() - 1) + 1;
        if (line > 0 && line + part > most) {
            folded += '\n';
            line = 0;
        }
        folded += name.substr(0, part);
        line += part;
        name.remove_prefix(part);
    }
    return folded;
}

/// Lines of text below the title.
inline std::string plot_subtitle(const std::string& text) {
    if (text.empty()) return "";
    const auto breaks = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    const std::string above = plot_number(0.9 + static_cast<double>(breaks));
    return "set tmargin " + std::to_string(5 + breaks) + "\nset title offset 0," + above + "\nset label 1 " +
           plot_lines(text) + " at graph 0.5, graph 1 center offset 0," + above + " font ',12'\n";
}

/// What all plots share: `axes` sets them up, `plot` is the plot command.
inline std::string plot_script(const std::filesystem::path& stem, std::size_t height, const std::string& title,
                               const std::string& axes, const std::string& plot) {
    std::string script =
        "# Draws " + plot_file(stem, ".svg") + " and .png; run gnuplot in this folder to do it again.\n";
    script += "set encoding utf8\n";
    script += "set decimalsign '.'\n";
    script += "set title " + plot_quote(title) + " font ',16' offset 0,-0.2\n";
    script += "set border 3 lw 1.2 lc rgb '#404040'\n";
    script += "set grid back lw 0.8 lt 1 lc rgb '#e4e4e4'\n";
    script += "set tics nomirror out scale 0.6 textcolor rgb '#202020'\n";
    script += "set key outside below center horizontal Left reverse samplen 4 width 1 spacing 1.25\n";
    script += axes;
    script += "set terminal svg size 900," + std::to_string(height);
    script += " font 'sans-serif,14' background '#ffffff' noenhanced\n";
    script += "set output " + plot_quote(plot_file(stem, ".svg")) + '\n';
    script += plot + '\n';
    script += "set terminal pngcairo size 1800," + std::to_string(2 * height);
    script += " font 'sans,13' fontscale 1.7 linewidth 2 pointscale 2 background '#ffffff' noenhanced\n";
    script += "set output " + plot_quote(plot_file(stem, ".png")) + '\n';
    script += "replot\nunset output\n";
    return script;
}

/// Writes the two texts and runs gnuplot on them. Returns false where there is no gnuplot.
inline bool plot_run(const std::filesystem::path& stem, const std::string& data, const std::string& script) {
    const std::string name = stem.filename().string();
    if (name.empty() || std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20; })) {
        throw std::invalid_argument("nas::draw: the file name is empty or holds a control character");
    }
    const auto with = [&](const char* extension) { return std::filesystem::path(stem) += extension; };
    constexpr double patience = 2;                 // seconds, for another plot of that name
    const file_lock lock(with(".svg"), patience);  // gnuplot writes the pictures where they belong
    check_file(with(".png"), "written");
    replace_file(with(".dat"), data);
    replace_file(with(".gp"), script);
    const std::filesystem::path folder = std::filesystem::absolute(stem).parent_path();
    // -d: a user's own start-up file must not change the plots.
    const process_result gnuplot = run_process(
        {"gnuplot", "-d", "-e", "cd " + plot_quote(folder.string()), plot_file(stem, ".gp")}, {}, {.timeout = 120});
    if (gnuplot.end == process_end::not_started) {
        return false;
    }
    if (!gnuplot.ok()) {
        throw std::runtime_error("nas::draw: gnuplot " + gnuplot.reason() + " (script " + with(".gp").string() + ')');
    }
    return true;
}

/// What the axes have to hold.
struct plot_extent {
    double left = std::numeric_limits<double>::infinity();
    double right = -std::numeric_limits<double>::infinity();
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
};

inline plot_extent plot_measure(const curve_plot& plot) {
    if (plot.curves.empty()) {
        throw std::invalid_argument("nas::draw: a plot without curves");
    }
    if (!(plot.warm_up >= 0 && plot.warm_up < 1)) {
        throw std::invalid_argument("nas::draw: warm_up (" + std::to_string(plot.warm_up) + ") must be in [0, 1)");
    }
    plot_check_reference(plot.reference);
    plot_extent extent;
    for (const curve& c : plot.curves) {
        for (const std::vector<double>* values : {&c.x, &c.mean, &c.lower_quartile, &c.upper_quartile}) {
            plot_check(*values, c.x.size(), c.name);
        }
        extent.left = std::min(extent.left, *std::min_element(c.x.begin(), c.x.end()));
        extent.right = std::max(extent.right, *std::max_element(c.x.begin(), c.x.end()));
    }
    extent.right = std::min(extent.right, std::max(plot.right, extent.left));
    if (plot.log_x && !(extent.left > 0)) {
        throw std::invalid_argument("nas::draw: x (" + std::to_string(extent.left) +
                                    ") must be above 0 on a logarithmic axis");
    }
    const double settled = plot.log_x ? extent.left * std::pow(extent.right / extent.left, plot.warm_up)
                                      : extent.left + plot.warm_up * (extent.right - extent.left);
    extent.low = plot.reference.value_or(extent.low);
    extent.high = plot.reference.value_or(extent.high);
    for (std::size_t i = 0; i < plot.curves.size(); ++i) {
        const curve& c = plot.curves[i];
        const bool banded = i < plot.bands;
        for (std::size_t k = 0; k < c.x.size(); ++k) {
            if (c.x[k] >= settled || k + 1 == c.x.size()) {
                extent.low = std::min(extent.low, banded ? std::min(c.mean[k], c.lower_quartile[k]) : c.mean[k]);
                extent.high = std::max(extent.high, banded ? std::max(c.mean[k], c.upper_quartile[k]) : c.mean[k]);
            }
        }
    }
    return extent;
}

}  // namespace detail

/// Writes STEM.dat (the numbers) and STEM.gp (a gnuplot script that can be edited and run again), and draws STEM.svg
/// and STEM.png. Returns false where gnuplot cannot be started: the two texts are there then, and the caller says that
/// the pictures are not. The folder must exist. Throws std::invalid_argument where there is no curve, a curve's columns
/// differ in length or are empty, a number is NaN or infinite, warm_up is out of range, x is not above 0 on a
/// logarithmic axis, or the file name holds a control character; std::runtime_error where a file cannot be written or
/// gnuplot fails.
inline bool draw(const curve_plot& plot, const std::filesystem::path& stem) {
    const detail::plot_extent extent = detail::plot_measure(plot);
    std::string axes = "set xlabel " + detail::plot_quote(plot.x_label) + '\n';
    axes += "set ylabel " + detail::plot_quote(plot.y_label) + ".\"\\n\"." +
            detail::plot_quote(detail::plot_better(plot.higher_is_better)) + '\n';
    const std::size_t bands = std::min(plot.bands, plot.curves.size());
    std::string legend = "line: mean";
    if (bands > 0)
        legend += bands == plot.curves.size() ? ", band: quartiles"
                                              : ", bands of the first " + std::to_string(bands) + ": quartiles";
    axes += "set key title \"\\n\"." + detail::plot_quote(legend);  // the empty line keeps off the axis label
    if (!plot.note.empty()) axes += ".\"\\n\"." + detail::plot_quote(plot.note);
    axes += '\n' + detail::plot_subtitle(plot.subtitle);
    axes += "set yrange " + detail::plot_range(extent.low, extent.high) + '\n';
    axes += plot.log_x ? "set logscale x\n" : "";
    if (extent.left < extent.right) {
        axes += "set xrange [" + detail::plot_number(extent.left) + ':' + detail::plot_number(extent.right) + "]\n";
    }

    std::string data = "# x mean lower_quartile upper_quartile\n";
    std::string areas;
    std::string lines;
    for (std::size_t i = 0; i < plot.curves.size(); ++i) {
        const curve& c = plot.curves[i];
        data += (i == 0 ? "# " : "\n\n# ") + detail::plot_quote(c.name) + '\n';
        for (std::size_t k = 0; k < c.x.size(); ++k) {
            data += detail::plot_number(c.x[k]) + ' ' + detail::plot_number(c.mean[k]) + ' ' +
                    detail::plot_number(c.lower_quartile[k]) + ' ' + detail::plot_number(c.upper_quartile[k]) + '\n';
        }
        const std::string from = detail::plot_quote(detail::plot_file(stem, ".dat")) + " index " + std::to_string(i);
        const std::string colour = " lc rgb " + detail::plot_quote(detail::plot_colour(i));
        const std::string style = " dt " + std::string(detail::plot_dashes(i)) + colour;
        if (i < bands) {
            areas += from + " using 1:3:4 with filledcurves fs transparent solid 0.12 noborder" + colour +
                     " notitle, \\\n  ";
            areas += from + " using 1:3 with lines lw 0.5" + style + " notitle, \\\n  ";
            areas += from + " using 1:4 with lines lw 0.5" + style + " notitle, \\\n  ";
        }
        lines += (i == 0 ? "" : ", \\\n  ") + from + " using 1:2 with lines lw 2.4" + style + " title " +
                 detail::plot_quote(c.name);
    }
    if (plot.reference) {
        lines += ", \\\n  " + detail::plot_number(*plot.reference) + " with lines" + detail::plot_reference_style +
                 " title " + detail::plot_quote(plot.reference_label);
    }
    const std::size_t rows = plot.curves.size() / 2 + 1 + (plot.note.empty() ? 0 : 1);  // the legend has two columns
    const std::size_t height = 520 + 22 * rows;
    return detail::plot_run(stem, data, detail::plot_script(stem, height, plot.title, axes, "plot " + areas + lines));
}

/// Writes and draws as the other overload, and throws for the same reasons: a box from quartile to quartile with a line
/// at the median and a dot at the mean, and whiskers to the lowest and highest value.
inline bool draw(const box_plot& plot, const std::filesystem::path& stem) {
    if (plot.boxes.empty()) {
        throw std::invalid_argument("nas::draw: a plot without boxes");
    }
    detail::plot_check_reference(plot.reference);
    double low = plot.reference.value_or(std::numeric_limits<double>::infinity());
    double high = plot.reference.value_or(-std::numeric_limits<double>::infinity());
    std::string data = "# place minimum lower_quartile median upper_quartile maximum mean colour name\n";
    std::string tics;
    std::ptrdiff_t lines_of_name = 1;
    for (std::size_t i = 0; i < plot.boxes.size(); ++i) {
        const sample_summary& s = plot.boxes[i].summary;
        const std::vector<double> values{s.minimum, s.lower_quartile, s.median, s.upper_quartile, s.maximum, s.mean};
        detail::plot_check(values, values.size(), plot.boxes[i].name);
        low = std::min(low, s.minimum);
        high = std::max(high, s.maximum);
        const std::string place = std::to_string(i + 1);
        data += place;
        for (const double value : values) {
            data += ' ' + detail::plot_number(value);
        }
        data += " 0x" + std::string(detail::plot_box_colour(plot.boxes[i].colour.value_or(i)).substr(1)) + ' ' +
                detail::plot_quote(plot.boxes[i].name) + '\n';
        const std::string name = detail::plot_folded(plot.boxes[i].name);
        lines_of_name = std::max(lines_of_name, 1 + std::count(name.begin(), name.end(), '\n'));
        tics += (i == 0 ? "" : ", ") + detail::plot_lines(name) + ' ' + place;
    }

    std::string axes =
        "set xlabel " + detail::plot_quote(plot.value_label + ' ' + detail::plot_better(plot.higher_is_better)) + '\n';
    axes += detail::plot_subtitle(plot.subtitle);
    axes += "set key title \"\\nbox: quartiles and median, whiskers: lowest and highest\"\n";
    axes += "set xrange " + detail::plot_range(low, high) + '\n';
    axes += "set yrange [" + std::to_string(plot.boxes.size()) + ".6:0.4]\n";
    axes += "set ytics (" + tics + ")\n";
    axes += "set grid noytics\n";
    const std::string from = detail::plot_quote(detail::plot_file(stem, ".dat"));
    const std::string colours = " lc rgb variable notitle, \\\n  ";
    const std::string body = " using 4:1:3:5:($1-0.3):($1+0.3)";
    std::string lines = from + " using 2:1:($6-$2):(0):8 with vectors nohead lw 1.4" + colours;
    lines += from + body + " with boxxyerror fs solid 1 noborder fc rgb 'white' notitle, \\\n  ";
    lines += from + body + ":8 with boxxyerror fs transparent solid 0.35 border lw 1.4" + colours;
    lines += from + " using 4:($1-0.3):(0):(0.6):8 with vectors nohead lw 3.2" + colours;
    lines += from + " using 7:1 with points pt 7 ps 0.6 lc rgb '#000000' title 'mean'";
    if (plot.reference) {
        const std::string x = detail::plot_number(*plot.reference);
        axes += "set arrow from " + x + ", graph 0 to " + x + ", graph 1 nohead" + detail::plot_reference_style + '\n';
        lines += std::string(", \\\n  NaN with lines") + detail::plot_reference_style + " title " +
                 detail::plot_quote(plot.reference_label);
    }
    const std::size_t row = std::max<std::size_t>(46, 22 * static_cast<std::size_t>(lines_of_name));
    const std::size_t height = 190 + row * plot.boxes.size();
    return detail::plot_run(stem, data, detail::plot_script(stem, height, plot.title, axes, "plot " + lines));
}

}  // namespace nas
