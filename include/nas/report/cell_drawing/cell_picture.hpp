// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/report/cell_drawing/drawn_cell.hpp>
#include <nas/report/xml_text.hpp>

namespace nas::detail {

/// Lays a cell out: a column for each block, which lies below all that it reads; what reads it goes down in the gap below it,
/// along a track of its own, and down again in the reader's column, where nothing is in the way.
class cell_picture {
  public:
    explicit cell_picture(drawn_cell cell) : cell_(std::move(cell)) {
        std::size_t letters = 8;
        for (const drawn_cell::block& one : cell_.blocks)
            for (const std::string& name : one.operations) letters = std::max(letters, length(name));
        operation_width_ = static_cast<int>(std::min<std::size_t>(letters, 60)) * 7 + 14;
        place_rows();
    }

    std::string svg(const std::string& title) const {
        std::string lines;
        std::string boxes;
        for (const int input : cell_.previous) {
            box(boxes, previous_x_.at(input) - 40, rows_[0], 80, box_height, "#ffffff", cell_.previous_name(input));
            draw_readers(lines, input);
        }
        for (std::size_t b = 0; b < cell_.blocks.size(); ++b) {
            draw_block(boxes, b);
            draw_readers(lines, static_cast<int>(b));
        }
        draw_output(lines, boxes);
        const std::string size = std::to_string(width()) + "\" height=\"" + std::to_string(height_);
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + size + "\" viewBox=\"0 0 " +
               std::to_string(width()) + ' ' + std::to_string(height_) +
               "\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n<title>" + xml_text(title) +
               "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" + lines + boxes + "</svg>\n";
    }

  private:
    static constexpr int box_height = 28;
    static constexpr int block_height = 96;
    static constexpr int margin = 16;
    static constexpr int pad = 12;

    // Letters, not bytes.
    static std::size_t length(std::string_view text) {
        return static_cast<std::size_t>(std::count_if(
            text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
    }
    // Colours that people who see few of them tell apart (Okabe and Ito 2008), without yellow.
    static std::string colour(std::size_t source) {
        constexpr const char* colours[]{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#444444"};
        return colours[source % std::size(colours)];
    }

    int block_width() const { return 2 * operation_width_ + 3 * pad; }
    int width() const {
        return std::max(static_cast<int>(cell_.blocks.size()) * (block_width() + pad) - pad,
                        static_cast<int>(cell_.previous.size()) * 100) +
               2 * margin;
    }
    int column(std::size_t b) const {  // its middle
        return (width() * (2 * static_cast<int>(b) + 1)) / (2 * static_cast<int>(cell_.blocks.size()));
    }
    int operation_x(std::size_t b, std::size_t k) const {  // its middle
        const int half = (operation_width_ + pad) / 2;
        return column(b) + (k == 0 ? -half : half);
    }
    std::size_t row_of(int source) const { return source < 0 ? 0 : depth_[static_cast<std::size_t>(source)]; }
    int source_x(int source) const {
        return source < 0 ? previous_x_.at(source) : column(static_cast<std::size_t>(source));
    }
    int source_bottom(int source) const { return rows_[row_of(source)] + (source < 0 ? box_height : block_height); }
    std::size_t source_number(int source) const {
        if (source >= 0) return cell_.previous.size() + static_cast<std::size_t>(source);
        return static_cast<std::size_t>(std::find(cell_.previous.begin(), cell_.previous.end(), source) -
                                        cell_.previous.begin());
    }

    void place_rows() {
        std::map<int, std::size_t> read;  // sources that blocks read
        std::size_t deepest = 0;
        for (std::size_t b = 0; b < cell_.blocks.size(); ++b) {
            std::size_t depth = 1;
            for (const int input : cell_.blocks[b].inputs) {
                if (input >= 0) depth = std::max(depth, depth_[static_cast<std::size_t>(input)] + 1);
                ++read[input];
            }
            depth_.push_back(depth);
            deepest = std::max(deepest, depth);
        }
        std::vector<int> tracks(deepest + 1, 0);
        for (const auto& [source, times] : read) track_[source] = tracks[row_of(source)]++;
        int y = margin;
        for (std::size_t row = 0; row <= deepest; ++row) {
            rows_.push_back(y);
            y += (row == 0 ? box_height : block_height) + 26 + 9 * tracks[row];
        }
        output_y_ = y;
        height_ = y + box_height + margin;
        for (std::size_t i = 0; i < cell_.previous.size(); ++i) {
            int x = width() * (2 * static_cast<int>(i) + 1) / (2 * static_cast<int>(cell_.previous.size()));
            // Not where a line goes down to an operation.
            for (std::size_t b = 0; b < cell_.blocks.size(); ++b)
                for (std::size_t k = 0; k < 2; ++k)
                    if (std::abs(operation_x(b, k) - x) < 8) x = operation_x(b, k) + 8;
            previous_x_[cell_.previous[i]] = x;
        }
    }

    static std::string line(int x1, int y1, int x2, int y2, const std::string& colour) {
        return "<path d=\"M" + std::to_string(x1) + ' ' + std::to_string(y1) + 'L' + std::to_string(x2) + ' ' +
               std::to_string(y2) + "\" stroke=\"" + colour + "\" stroke-width=\"1.8\" stroke-linecap=\"round\"/>\n";
    }
    static std::string arrow_head(int x, int y, const std::string& colour) {
        return "<path d=\"M" + std::to_string(x) + ' ' + std::to_string(y) + "l-4 -7h8z\" fill=\"" + colour + "\"/>\n";
    }
    static void box(std::string& out, int x, int y, int w, int h, const std::string& fill, const std::string& text) {
        out += "<rect x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" width=\"" + std::to_string(w) +
               "\" height=\"" + std::to_string(h) + "\" rx=\"6\" fill=\"" + fill + "\" stroke=\"#868e96\"/>\n";
        if (!text.empty())
            out += "<text x=\"" + std::to_string(x + w / 2) + "\" y=\"" + std::to_string(y + h / 2 + 4) +
                   "\" text-anchor=\"middle\">" + xml_text(text) + "</text>\n";
    }

    void draw_readers(std::string& out, int source) const {
        const auto found = track_.find(source);
        if (found == track_.end()) return;
        const std::string ink = colour(source_number(source));
        const int x = source_x(source);
        const int y = source_bottom(source) + 12 + 9 * found->second;
        int left = x;
        int right = x;
        for (std::size_t b = 0; b < cell_.blocks.size(); ++b)
            for (std::size_t k = 0; k < 2; ++k) {
                if (cell_.blocks[b].inputs[k] != source) continue;
                const int to = operation_x(b, k);
                const int top = rows_[depth_[b]] + pad;
                out += line(to, y, to, top - 2, ink) + arrow_head(to, top, ink);
                left = std::min(left, to);
                right = std::max(right, to);
            }
        out += line(x, source_bottom(source), x, y, ink) + line(left, y, right, y, ink);
    }

    void draw_block(std::string& out, std::size_t b) const {
        const int x = column(b);
        const int y = rows_[depth_[b]];
        const drawn_cell::block& one = cell_.blocks[b];
        box(out, x - block_width() / 2, y, block_width(), block_height, "none", {});
        out += "<text x=\"" + std::to_string(x - block_width() / 2 + 10) + "\" y=\"" +
               std::to_string(y + block_height - 12) + "\" fill=\"#868e96\">block " + std::to_string(b) + "</text>\n";
        for (std::size_t k = 0; k < 2; ++k) {
            const int at = operation_x(b, k);
            out += line(at, y + pad + box_height, x, y + 68, "#868e96");
            box(out, at - operation_width_ / 2, y + pad, operation_width_, box_height, "#e7f5ff", one.operations[k]);
        }
        const int half = cell_.combination == "+" ? 12 : 28;
        box(out, x - half, y + 60, 2 * half, 24, "#fff3bf", cell_.combination);
        out += line(x, y + 84, x, y + block_height, colour(source_number(static_cast<int>(b))));
    }

    void draw_output(std::string& lines, std::string& boxes) const {
        const int left = column(cell_.outputs.front()) - 40;
        const int right = column(cell_.outputs.back()) + 40;
        for (const std::size_t b : cell_.outputs) {
            const std::string ink = colour(source_number(static_cast<int>(b)));
            lines += line(column(b), source_bottom(static_cast<int>(b)), column(b), output_y_ - 2, ink) +
                     arrow_head(column(b), output_y_, ink);
        }
        box(boxes, left, output_y_, right - left, box_height, "#ffffff", "concat");
    }

    drawn_cell cell_;
    int operation_width_ = 0;
    std::vector<std::size_t> depth_;  // of each block: its row, 1 where it reads previous cells only
    std::vector<int> rows_;           // where each begins
    std::map<int, int> track_;        // of each source, in the gap below its row
    std::map<int, int> previous_x_;
    int output_y_ = 0;
    int height_ = 0;
};

}  // namespace nas::detail
