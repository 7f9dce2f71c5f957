// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <nas/io/table_file.hpp>
#include <nas/run/interrupt.hpp>
#include <nas/run/parallel.hpp>
#include <nas/run/tabulate.hpp>

#include "options.hpp"
#include "progress.hpp"

namespace tabulate {

using json = nlohmann::ordered_json;

/// The compiler and the flags of this program: numbers may differ from those of another in their last digits.
json compiler_facts();

/// A space as JSON, from a file of it, or from what this program wrote beside a table. Throws as nas::read_json.
json read_space(const std::filesystem::path& path);

/// Makes the table, or goes on with it. Whether it is complete; false where it was interrupted.
template <class Space, class Evaluator>
bool make_table(const Space& space, json space_facts, const Evaluator& evaluator, json evaluator_facts,
                std::vector<std::string> metrics, const program_options& options) {
    json recipe = json::object();
    if (!options.about.empty()) recipe["about"] = options.about;
    if (!options.date.empty()) recipe["date"] = options.date;
    recipe["space"] = std::move(space_facts);
    recipe["evaluator"] = std::move(evaluator_facts);
    recipe.update(compiler_facts());
    nas::tabulate_options how{.seed = options.seed,
                              .repeats = options.repeats,
                              .fidelities = options.fidelities,
                              .first_row = 0,
                              .batch = 4096};
    nas::table_file file{options.out,
                         space,
                         how,
                         {.objectives = {options.objective}, .metrics = std::move(metrics), .digits = options.digits},
                         recipe};
    how.first_row = file.rows();
    std::ostream quiet(nullptr);
    std::ostream& say = options.quiet ? quiet : std::cout;
    if (file.rows() == file.total()) {
        say << options.out.string() << " is complete.\n";
        return true;
    }
    if (file.dropped_line()) say << "An interrupted line was dropped.\n";
    if (file.rows() > 0) say << "Going on after " << file.rows() << " of " << file.total() << " rows." << std::endl;

    nas::threads pool(options.cuda ? 1 : options.threads);
    std::size_t failed = 0;
    std::string first_failure;
    {
        progress shown(file.rows(), file.total(), options.quiet);
        const auto keep = [&](const auto& row) {
            file(row);
            shown.show(file.rows());
            if (row.result.completed() || failed++ > 0) return;
            first_failure = "row " + std::to_string(row.number) + ": " + row.result.reason;
        };
        nas::tabulate(space, evaluator, how, pool, keep, nas::interrupt_requested);
    }
    if (failed > 0)
        say << failed << (failed == 1 ? " row is" : " rows are") << " not completed, the first of them "
            << first_failure << ".\n";
    if (file.rows() < file.total()) {
        say << "Interrupted after " << file.rows() << " of " << file.total() << " rows; the same command goes on.\n";
        return false;
    }
    say << options.out.string() << " has " << file.total() << " rows.\n";
    return true;
}

/// Trains multilayer perceptrons.
bool tabulate_mlps(const program_options& options);
/// Calls a program.
bool tabulate_command(const program_options& options);
/// Evaluates a landscape.
bool tabulate_landscape(const program_options& options);

}  // namespace tabulate
