// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nas/report/cell_drawing/cell_picture.hpp>
#include <nas/report/cell_drawing/drawn_cell.hpp>
#include <nas/spaces/cell_space.hpp>

namespace nas {

namespace detail {

inline std::string dot_quote(std::string_view text) {
    std::string quoted = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') quoted += '\\';
        quoted += letter;
    }
    return quoted + '"';
}

}  // namespace detail

/// A cell as a graph for Graphviz: `dot -Tsvg cell.dot`. What is read is above what reads it.
inline std::string cell_dot(const cell_space& space, const cell_space::arch_type& arch) {
    const detail::drawn_cell cell(space, arch);
    const auto node = [](int input) {
        return input < 0 ? "previous" + std::to_string(-input) : "block" + std::to_string(input);
    };
    std::string text = "digraph cell {\n  node [shape=box, style=\"rounded,filled\", fillcolor=white];\n";
    for (const int input : cell.previous)
        text += "  " + node(input) + " [label=" + detail::dot_quote(cell.previous_name(input)) + "];\n";
    for (std::size_t b = 0; b < cell.blocks.size(); ++b) {
        const std::string name = "block" + std::to_string(b);
        text += "  subgraph cluster_" + name + " {\n    label=\"block " + std::to_string(b) +
                "\"; style=\"rounded,filled\"; fillcolor=\"#f1f3f5\";\n";
        for (std::size_t k = 0; k < 2; ++k) {
            const std::string half = name + "_" + std::to_string(k + 1);
            text += "    " + half + " [label=" + detail::dot_quote(cell.blocks[b].operations[k]) + "];\n    " + half +
                    " -> " + name + ";\n";
        }
        text += "    " + name + " [label=" + detail::dot_quote(cell.combination) + ", shape=oval];\n  }\n";
        for (std::size_t k = 0; k < 2; ++k)
            text += "  " + node(cell.blocks[b].inputs[k]) + " -> " + name + "_" + std::to_string(k + 1) + ";\n";
    }
    text += "  output [label=\"concat\"];\n";
    for (const std::size_t b : cell.outputs) text += "  block" + std::to_string(b) + " -> output;\n";
    return text + "}\n";
}

/// A cell as a picture that needs nothing else, in SVG: previous cells above, blocks with their operations below what they read,
/// the output at the bottom. The cell's text is its title.
inline std::string cell_svg(const cell_space& space, const cell_space::arch_type& arch) {
    return detail::cell_picture(detail::drawn_cell(space, arch)).svg(space.describe(arch));
}

}  // namespace nas
