// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/number_text.hpp>
#include <nas/core/utf8.hpp>
#include <nas/report/score_list.hpp>
#include <nas/report/score_page/axis_ticks.hpp>
#include <nas/report/score_page/page_script.hpp>
#include <nas/report/xml_text.hpp>

namespace nas {

/// Where each score lies between the least, 0, and the greatest, 1; all 0.5 where they are equal.
inline std::vector<double> score_shares(std::span<const double> scores) {
    std::vector<double> shares(scores.size(), 0.5);
    if (scores.empty()) return shares;
    const auto [low, high] = std::minmax_element(scores.begin(), scores.end());
    // Halves: the difference of two numbers may be no number.
    const double range = *high / 2 - *low / 2;
    if (range > 0)
        for (std::size_t i = 0; i < scores.size(); ++i) shares[i] = (scores[i] / 2 - *low / 2) / range;
    return shares;
}

/// A colour from blue, 0, over grey to red, 1: `coolwarm` (Moreland 2009, "Diverging Color Maps for Scientific Visualization"), of
/// which five are given and those between them mixed.
inline std::string coolwarm(double share) {
    constexpr std::array<std::array<double, 3>, 5> known{
        {{59, 76, 192}, {124, 159, 249}, {221, 221, 221}, {245, 156, 125}, {180, 4, 38}}};
    const double at = std::clamp(share, 0.0, 1.0) * (known.size() - 1);
    const std::size_t left = std::min(static_cast<std::size_t>(at), known.size() - 2);
    const double part = at - static_cast<double>(left);
    std::array<int, 3> mixed{};
    for (std::size_t k = 0; k < 3; ++k)
        mixed[k] = static_cast<int>(std::lround(known[left][k] * (1 - part) + known[left + 1][k] * part));
    char text[8];
    std::snprintf(text, sizeof text, "#%02x%02x%02x", static_cast<unsigned>(mixed[0]) & 0xffU,
                  static_cast<unsigned>(mixed[1]) & 0xffU, static_cast<unsigned>(mixed[2]) & 0xffU);
    return text;
}

struct score_page_options {
    bool sorted = false;         ///< points by score, the best at the right; else in the order of files
    std::size_t top = 10;        ///< rows of the table, the best
    std::size_t points = 20000;  ///< drawn at most: of more rows an even share, and those of the table
};

namespace detail {

/// Draws the points of a list, and says what they are.
class score_plot {
  public:
    /// `best`: all rows, the best first.
    score_plot(const score_list& list, std::span<const std::size_t> best, const score_page_options& options)
        : list_(list), sorted_(options.sorted), rank_(list.rows.size()), point_(list.rows.size()) {
        const std::size_t count = list.rows.size();
        for (std::size_t i = 0; i < count; ++i) rank_[best[i]] = i;
        const std::vector<std::size_t> ascending = sorted_ ? best_last(list) : std::vector<std::size_t>();
        step_ = options.points == 0 ? 1 : (count + options.points - 1) / options.points;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t row = sorted_ ? ascending[i] : i;
            if (i % step_ != 0 && rank_[row] >= options.top) continue;
            point_[row] = drawn_.size();
            drawn_.push_back({row, i});
        }
        std::vector<double> scores;
        for (const score_list::row& row : list.rows) scores.push_back(row.score);
        shares_ = score_shares(scores);
        const auto [low, high] = std::minmax_element(scores.begin(), scores.end());
        low_ = *low;
        high_ = *high;
    }

    /// One row in so many is drawn.
    std::size_t step() const { return step_; }
    /// The number of the point of a row that is drawn.
    std::size_t point_of(std::size_t row) const { return point_[row]; }

    std::string svg() const {
        std::string out = "<svg id=\"plot\" viewBox=\"0 0 " + std::to_string(width) + ' ' + std::to_string(height) +
                          "\" tabindex=\"0\" role=\"img\" aria-label=\"Scores of " + std::to_string(list_.rows.size()) +
                          " architectures; the arrow keys go from one to the next\">\n";
        draw_axes(out);
        draw_files(out);
        out += drawn_.size() < 4000 ? "<g id=\"points\">\n" : "<g id=\"points\" class=\"many\">\n";
        for (const point& one : drawn_) draw_point(out, one);
        return out + "</g>\n<circle id=\"ring\" r=\"" + std::to_string(radius() + 3) + "\"/>\n</svg>\n";
    }

  private:
    static constexpr int width = 960;
    static constexpr int height = 480;
    static constexpr int left = 76;
    static constexpr int right = width - 20;
    static constexpr int top = 34;
    static constexpr int bottom = height - 54;

    struct point {
        std::size_t row;
        std::size_t place;  // on the axis, from 0
    };

    int radius() const { return drawn_.size() < 60 ? 6 : drawn_.size() < 600 ? 4 : drawn_.size() < 4000 ? 3 : 2; }
    static std::string tenths(double at) {
        char text[32];
        std::snprintf(text, sizeof text, "%.1f", at);
        return text;
    }
    double x(double place) const {
        const auto last = static_cast<double>(list_.rows.size() - 1);
        return last == 0 ? (left + right) / 2.0 : left + 12 + (right - left - 24) * place / last;
    }
    static double y(double share) { return bottom - 12 - (bottom - top - 24) * share; }
    double share_of(double score) const {
        const double range = high_ / 2 - low_ / 2;
        return range > 0 ? (score / 2 - low_ / 2) / range : 0.5;
    }

    static std::string line(double x1, double y1, double x2, double y2) {
        return "<path d=\"M" + tenths(x1) + ' ' + tenths(y1) + 'L' + tenths(x2) + ' ' + tenths(y2) + "\"/>\n";
    }
    static std::string text(double at_x, double at_y, const std::string& anchor, const std::string& what) {
        return "<text x=\"" + tenths(at_x) + "\" y=\"" + tenths(at_y) + "\" text-anchor=\"" + anchor + "\">" +
               xml_text(what) + "</text>\n";
    }

    void draw_axes(std::string& out) const {
        std::string lines;
        std::string texts;
        for (const axis_tick& tick : score_ticks(low_, high_)) {
            lines += line(left, y(share_of(tick.value)), right, y(share_of(tick.value)));
            texts += text(left - 8, y(share_of(tick.value)) + 4, "end", tick.text);
        }
        for (const axis_tick& tick : place_ticks(list_.rows.size())) {
            lines += line(x(tick.value - 1), bottom, x(tick.value - 1), bottom + 5);
            texts += text(x(tick.value - 1), bottom + 20, "middle", tick.text);
        }
        out += "<g class=\"lines\">\n" + lines + "</g>\n<g class=\"axis\">\n" + line(left, top, left, bottom) +
               line(left, bottom, right, bottom) + "</g>\n<g class=\"texts\">\n" + texts +
               text((left + right) / 2.0, height - 10, "middle",
                    sorted_ ? "rows by score, the best at the right" : "rows in the order of the files") +
               "<text transform=\"translate(16 " + std::to_string((top + bottom) / 2) +
               ") rotate(-90)\" text-anchor=\"middle\">score</text>\n</g>\n";
    }

    // Where each file begins.
    void draw_files(std::string& out) const {
        if (sorted_ || list_.files.size() < 2) return;
        out += "<g class=\"files\">\n";
        double free = left;  // where a name has a place
        for (std::size_t i = 0; i < list_.rows.size(); ++i) {
            if (i > 0 && list_.rows[i].file == list_.rows[i - 1].file) continue;
            const double at = i == 0 ? left : (x(static_cast<double>(i) - 1) + x(static_cast<double>(i))) / 2;
            if (i > 0) out += line(at, top, at, bottom);
            const std::string& file = list_.files[list_.rows[i].file];
            const std::string name = valid_utf8(file.substr(file.rfind('/') + 1));
            const double wide = 6.5 * static_cast<double>(name.size()) + 8;
            if (at < free || at + wide > right) continue;
            out += text(at + 4, top - 8, "start", name);
            free = at + wide;
        }
        out += "</g>\n";
    }

    void draw_point(std::string& out, const point& one) const {
        const score_list::row& row = list_.rows[one.row];
        const double share = shares_[one.row];
        out += "<circle cx=\"" + tenths(x(static_cast<double>(one.place))) + "\" cy=\"" + tenths(y(share)) + "\" r=\"" +
               std::to_string(radius()) + "\" fill=\"" + coolwarm(share) + "\"><title>" + number_text(row.score) +
               ", rank " + std::to_string(rank_[one.row] + 1) + " of " + std::to_string(list_.rows.size()) + "\n" +
               xml_lines(row.architecture) + "\n" + xml_lines(list_.files[row.file]) + ", line " +
               std::to_string(row.line) + "</title></circle>\n";
    }
    static std::string xml_lines(const std::string& of) { return xml_text(valid_utf8(of)); }

    const score_list& list_;
    bool sorted_;
    std::vector<std::size_t> rank_;   // of each row, from 0
    std::vector<std::size_t> point_;  // of each row that is drawn
    std::size_t step_ = 1;
    std::vector<point> drawn_;
    std::vector<double> shares_;
    double low_ = 0;
    double high_ = 0;
};

}  // namespace detail

/// A page of HTML that needs nothing else: all rows as points, their scores upwards and in colours from blue to red, with a text that
/// says which architecture one is where it is pointed at, touched or reached by keys (without scripts: pointed at); and the best as
/// a table. Any number of rows from 1 on; scores may be equal.
inline std::string score_page(const score_list& list, const score_page_options& options = {}) {
    if (list.rows.empty()) throw std::invalid_argument("nas::score_page: there are no rows");
    const std::vector<std::size_t> best = best_first(list);
    const detail::score_plot plot(list, best, options);
    const std::size_t count = list.rows.size();
    std::string files;
    for (const std::string& file : list.files) files += (files.empty() ? "" : ", ") + file;
    std::string page =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Scores: ";
    page += detail::xml_text(detail::valid_utf8(files)) + "</title>\n<style>\n" + std::string(detail::page_style) +
            "</style>\n</head>\n<body>\n<h1>" + std::to_string(count) +
            (count == 1 ? " architecture" : " architectures") + "</h1>\n<p>" +
            detail::xml_text(detail::valid_utf8(files));
    if (plot.step() > 1)
        page += ": one row in " + std::to_string(plot.step()) + " is drawn, and all of the table below";
    page += "</p>\n<div id=\"box\">\n" + plot.svg() +
            "<div id=\"tip\" role=\"status\"></div>\n</div>\n<p class=\"hint\">Point at a dot, or touch it; keys: "
            "&larr; &rarr; the next dot, &uarr; &darr; the next better or worse, Home and End.</p>\n";
    const std::size_t shown = std::min(options.top, count);
    if (shown > 0) {
        page += "<h2>The best " + std::to_string(shown) +
                "</h2>\n<table>\n<thead><tr><th>rank</th><th>score</th><th>architecture</th></tr></thead>\n<tbody>\n";
        for (std::size_t i = 0; i < shown; ++i) {
            const score_list::row& row = list.rows[best[i]];
            page += "<tr tabindex=\"0\" data-point=\"" + std::to_string(plot.point_of(best[i])) + "\"><td>" +
                    std::to_string(i + 1) + "</td><td>" + detail::number_text(row.score) + "</td><td>" +
                    detail::xml_text(detail::valid_utf8(row.architecture)) + "</td></tr>\n";
        }
        page += "</tbody>\n</table>\n";
    }
    return page + "<script>\n" + std::string(detail::page_script) + "</script>\n</body>\n</html>\n";
}

}  // namespace nas
