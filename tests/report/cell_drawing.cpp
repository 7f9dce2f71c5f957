// SPDX-License-Identifier: Apache-2.0
#include <nas/report/cell_drawing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/rng.hpp>

#include "spaces/cell_space.hpp"

namespace {

struct rectangle {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};
struct segment {
    int x1 = 0;
    int y1 = 0;
    int x2 = 0;
    int y2 = 0;
    std::string colour;
};

/// What an SVG of a cell shows, read from its text.
struct picture {
    int width = 0;
    int height = 0;
    std::vector<rectangle> boxes;      // with a text
    std::vector<rectangle> blocks;     // the frames around them
    std::vector<segment> connections;  // between blocks
    std::size_t arrows = 0;

    explicit picture(const std::string& svg) {
        std::istringstream text(svg);
        for (std::string line; std::getline(text, line);) {
            rectangle box;
            segment drawn;
            char fill[16] = {};
            if (std::sscanf(line.c_str(), "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"%15[^\"]",
                            &box.x, &box.y, &box.width, &box.height, fill) == 5)
                (std::string(fill) == "none" ? blocks : boxes).push_back(box);
            if (std::sscanf(line.c_str(), "<path d=\"M%d %dL%d %d\" stroke=\"%15[^\"]", &drawn.x1, &drawn.y1, &drawn.x2,
                            &drawn.y2, fill) == 5) {
                drawn.colour = fill;
                if (drawn.colour != "#868e96") connections.push_back(drawn);
            }
            if (line.find("l-4 -7h8z") != std::string::npos) ++arrows;
            if (line.starts_with("<svg "))
                std::sscanf(line.c_str() + line.find("width="), "width=\"%d\" height=\"%d\"", &width, &height);
        }
    }
};

bool crosses(const segment& line, const rectangle& box) {
    return std::max(line.x1, line.x2) > box.x && std::min(line.x1, line.x2) < box.x + box.width &&
           std::max(line.y1, line.y2) > box.y && std::min(line.y1, line.y2) < box.y + box.height;
}
/// Whether two lines of different colours share more than a point.
bool overlap(const segment& a, const segment& b) {
    const bool upright = a.x1 == a.x2;
    if (a.colour == b.colour || upright != (b.x1 == b.x2)) return false;
    if (upright)
        return a.x1 == b.x1 && std::max(std::min(a.y1, a.y2), std::min(b.y1, b.y2)) <
                                   std::min(std::max(a.y1, a.y2), std::max(b.y1, b.y2));
    return a.y1 == b.y1 &&
           std::max(std::min(a.x1, a.x2), std::min(b.x1, b.x2)) < std::min(std::max(a.x1, a.x2), std::max(b.x1, b.x2));
}

}  // namespace

TEST_CASE("cell_drawing: a cell as a graph for Graphviz") {
    const nas::cell_space space({.operations = {"conv", "pool \"3\\3\""}});
    CHECK(nas::cell_dot(space, space.parse("(-2, conv, -1, conv) (0, pool \"3\\3\", -1, conv)")) ==
          R"dot(digraph cell {
  node [shape=box, style="rounded,filled", fillcolor=white];
  previous2 [label="H(c-2)"];
  previous1 [label="H(c-1)"];
  subgraph cluster_block0 {
    label="block 0"; style="rounded,filled"; fillcolor="#f1f3f5";
    block0_1 [label="conv"];
    block0_1 -> block0;
    block0_2 [label="conv"];
    block0_2 -> block0;
    block0 [label="+", shape=oval];
  }
  previous2 -> block0_1;
  previous1 -> block0_2;
  subgraph cluster_block1 {
    label="block 1"; style="rounded,filled"; fillcolor="#f1f3f5";
    block1_1 [label="pool \"3\\3\""];
    block1_1 -> block1;
    block1_2 [label="conv"];
    block1_2 -> block1;
    block1 [label="+", shape=oval];
  }
  block0 -> block1_1;
  previous1 -> block1_2;
  output [label="concat"];
  block1 -> output;
}
)dot");
}

TEST_CASE("cell_drawing: the picture of PNASNet-5") {
    const nas::cell_space space({.output = nas::cell_output::all});
    const std::string svg = nas::cell_svg(space, space.parse(cells::pnasnet5));
    CHECK(svg.find("<title>" + std::string(cells::pnasnet5) + "</title>") != std::string::npos);
    for (const char* text : {">H(c-2)<", ">H(c-1)<", ">7x7 dconv<", ">block 4<", ">+<", ">concat<"})
        CHECK_MESSAGE(svg.find(text) != std::string::npos, text);
    const picture seen(svg);
    CHECK(seen.blocks.size() == 5);
    CHECK(seen.boxes.size() == 2 + 5 * 3 + 1);  // previous cells; operations and their sum; the output
    CHECK(seen.arrows == 10 + 5);
    // Block 3 reads block 2 and stands below it; the others stand side by side.
    CHECK(seen.blocks[3].y > seen.blocks[2].y + seen.blocks[2].height);
    for (const std::size_t b : {0U, 1U, 4U}) CHECK(seen.blocks[b].y == seen.blocks[2].y);
    CHECK(picture(nas::cell_svg(nas::cell_space{}, space.parse(cells::pnasnet5))).arrows == 10 + 4);
}

TEST_CASE("cell_drawing: names that mean something in XML, and flat cells") {
    const nas::cell_space space({.blocks = 2,
                                 .operations = {"a<b & \"c\"", "\x01"},
                                 .lookback = 0,
                                 .lookforward = 0,
                                 .combination = nas::block_combination::concat});
    const std::string svg = nas::cell_svg(space, space.from_indices(std::vector<std::size_t>{0, 0, 0, 1, 0, 1, 0, 1}));
    CHECK(svg.find(">a&lt;b &amp; &quot;c&quot;<") != std::string::npos);
    CHECK(svg.find('\x01') == std::string::npos);
    CHECK(svg.find(">input<") != std::string::npos);
    CHECK(picture(svg).arrows == 4 + 2);
}

TEST_CASE("cell_drawing: no line goes through a box or along another, and all is in the picture") {
    nas::rng random{11};
    for (const nas::cell_space& space :
         {nas::cell_space{}, nas::cell_space{{.blocks = 12, .operations = {"conv"}, .lookback = 1}},
          nas::cell_space{{.blocks = 3, .operations = {"a", "b"}, .lookback = 9, .output = nas::cell_output::all}}})
        for (std::size_t n = 0; n < 100; ++n) {
            const auto arch = space.sample(random);
            const picture seen(nas::cell_svg(space, arch));
            CAPTURE(space.describe(arch));
            CHECK(seen.arrows == 2 * space.block_count(arch) + space.outputs(arch).size());
            bool clear = true;
            for (std::size_t i = 0; i < seen.connections.size(); ++i) {
                const segment& line = seen.connections[i];
                for (const rectangle& box : seen.boxes) clear = clear && !crosses(line, box);
                for (std::size_t k = 0; k < i; ++k) clear = clear && !overlap(line, seen.connections[k]);
                clear = clear && std::max(line.x1, line.x2) < seen.width && std::min(line.x1, line.x2) > 0;
            }
            for (const rectangle& box : seen.boxes)
                clear = clear && box.x > 0 && box.x + box.width < seen.width && box.y + box.height < seen.height;
            for (std::size_t i = 0; i < seen.blocks.size(); ++i)
                for (std::size_t k = 0; k < i; ++k)
                    clear = clear && (seen.blocks[i].x > seen.blocks[k].x + seen.blocks[k].width ||
                                      seen.blocks[k].x > seen.blocks[i].x + seen.blocks[i].width);
            CHECK(clear);
        }
}
