// SPDX-License-Identifier: Apache-2.0

// Tables over choices: by a program, and of landscapes.

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>

#include <nas/evaluators/command_evaluator.hpp>
#include <nas/evaluators/landscapes.hpp>
#include <nas/io/space_json.hpp>
#include <nas/spaces/choice_space.hpp>

#include "make_table.hpp"

namespace tabulate {

namespace {

/// `12x4`: 12 decisions of 4 choices; else a JSON file.
nas::choice_space<> open_space(const std::string& text) {
    const std::size_t cross = text.find('x');
    std::size_t decisions = 0;
    std::size_t choices = 0;
    if (cross == std::string::npos || !nas::detail::parse_option(std::string_view(text).substr(0, cross), decisions) ||
        !nas::detail::parse_option(std::string_view(text).substr(cross + 1), choices))
        return nas::choice_space_from_json(read_space(text));
    if (decisions < 1 || decisions > 32 || choices < 1 || choices > nas::max_cardinality)
        throw usage_error("--space ('" + text + "') must be a file, or DECISIONSxCHOICES of at most 32x256");
    return nas::choice_space<>(decisions, choices);
}

}  // namespace

bool tabulate_command(const program_options& options) {
    const nas::choice_space<> space = open_space(options.space);
    const std::vector<std::string> words = CLI::detail::split_up(options.command);
    // A table spends no budget, and is the same every time.
    const nas::command_evaluator evaluator(
        space, words, {.timeout = options.timeout, .metrics = options.metrics, .measure_failures = false});
    json facts = {{"command", words}};
    if (std::isfinite(options.timeout)) facts["timeout"] = options.timeout;
    return make_table(space, nas::space_to_json(space), evaluator, facts, evaluator.metric_names(), options);
}

bool tabulate_landscape(const program_options& options) {
    const nas::choice_space<> space = open_space(options.space);
    return nas::visit_landscape(options.landscape, space, [&](const auto& landscape) {
        return make_table(space, nas::space_to_json(space), landscape, {{"landscape", options.landscape}}, {}, options);
    });
}

}  // namespace tabulate
