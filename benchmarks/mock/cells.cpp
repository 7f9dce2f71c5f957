// SPDX-License-Identifier: Apache-2.0
#include "cells.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/evaluators/landscapes/cells.hpp>
#include <nas/spaces/cell_space.hpp>

#include "format.hpp"
#include "problem_over.hpp"

namespace mock_bench {

namespace {

constexpr std::string_view landscape_name = "cells";

/// So many of the paper's operations, and then some without names.
nas::cell_space space_of(const std::string& text) {
    const std::size_t cross = text.find('x');
    std::size_t blocks = 0;
    std::size_t count = 0;
    if (cross == text.npos || !nas::detail::parse_option(std::string_view(text).substr(0, cross), blocks) ||
        !nas::detail::parse_option(std::string_view(text).substr(cross + 1), count) || count > nas::max_cardinality)
        throw usage_error("--space: '" + text + "' must be blocks and operations of cells, as 5x8");
    std::vector<std::string> operations = nas::pnas_operations();
    while (operations.size() < count) operations.push_back("operation " + std::to_string(operations.size()));
    operations.resize(count);
    return nas::cell_space({.blocks = blocks, .operations = std::move(operations)});
}

}  // namespace

bool is_cells(std::string_view landscape) { return landscape.substr(0, landscape.find(':')) == landscape_name; }

std::unique_ptr<problem> open_cells(const bench_options& options) {
    const std::string given = options.space.empty() ? "5x8" : options.space;
    const nas::cell_space space = space_of(given);
    const std::string rest = options.landscape.substr(std::min(options.landscape.size(), landscape_name.size() + 1));
    const auto landscape = std::make_shared<const nas::cell_landscape>(
        space, nas::parse_options<nas::cell_landscape_options>("landscape cells", rest));
    problem_facts facts;
    facts.title = "landscape " + options.landscape;
    facts.recommendation = options.recommend;
    facts.space = given;
    facts.decisions = space.decisions();
    for (std::size_t b = 1; b <= space.options().blocks; ++b)
        facts.space_size += static_cast<double>(space.unique_cells(b));
    facts.architectures = facts.space_size;
    facts.detail = "cells of up to " + std::to_string(space.options().blocks) + " blocks of " +
                   std::to_string(space.options().operations.size()) + " operations, " + grouped(facts.space_size) +
                   " different ones";
    facts.reward_name = facts.score_name = "value";
    facts.optimum = landscape->optimum();
    judged_evaluator<nas::cell_space> evaluator;
    evaluator.evaluate.kind = landscape->noise();
    facts.draws = evaluator.evaluate.kind == nas::evaluation_noise::some;
    using arch_type = nas::cell_space::arch_type;
    evaluator.evaluate.call = [landscape](const arch_type& arch, const nas::context& about) {
        return (*landscape)(arch, about);
    };
    evaluator.reward = [landscape](const arch_type& arch) { return landscape->mean(arch); };
    evaluator.reports = [](const arch_type&) { return std::vector<double>(); };
    return std::make_unique<problem_over<nas::cell_space>>(std::move(facts), space, std::move(evaluator));
}

}  // namespace mock_bench
