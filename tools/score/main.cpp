// SPDX-License-Identifier: Apache-2.0

// nas_score: what a surrogate says of all cells of a level; and surrogates of cells with scores.

#include <vector>

#include "arguments.hpp"
#include "cells.hpp"
#include "options.hpp"

int main(int argc, char** argv) {
    return tools::run("nas_score", [&] {
        const auto options = score::parse_command_line({argv + 1, argv + argc});
        if (!options) return;
        if (options->train.empty()) {
            score::score(*options);
        } else {
            score::train(*options);
        }
    });
}
