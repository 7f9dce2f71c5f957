// SPDX-License-Identifier: Apache-2.0

// nas_mock_bench: searchers compared on tables and landscapes. README.md says how to use it and what it writes.

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>

#include <nas/core/evaluator.hpp>
#include <nas/run/interrupt.hpp>

#include "options.hpp"
#include "problem.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "study.hpp"

namespace {

using namespace mock_bench;

constexpr int wrong_usage = 2;
constexpr int interrupted = 130;  // what a shell gives for SIGINT

int stop_here(const bench_options& options) {
    if (!options.quiet) std::cerr << "nas_mock_bench: interrupted; no report was written\n";
    return interrupted;
}

int run(const bench_options& options) {
    const auto where = open_problem(options);
    const nas::interrupt ctrl_c;  // before it, there is nothing to keep
    auto [searchers, remarks] = add_searchers(*where, options.searchers);
    remarks += sampling_only(*where, searchers, options.trials.front());
    const auto lock = prepare_folder(options.out);

    std::string note;
    {
        progress shown(searchers.size() * options.seeds, options.quiet);
        const auto studied = run_searches(*where, options, searchers, shown);
        if (!studied) return stop_here(options);
        remarks += studied->left_out;
        shown.say("timing");
        auto timings = time_steps(*where, options, searchers);
        if (!timings) return stop_here(options);
        problem_facts facts = where->facts();
        remarks += raise_optimum(facts, studied->looks);
        const study_report report = make_report(facts, options, studied->looks, std::move(*timings));
        write_files(report);
        shown.say("plotting");
        if (options.plots) note = draw_plots(report);
        if (options.quiet) return 0;
        remarks += unknown_trials(report);
        note = ranked_tables(report) + '\n' + remarks + (remarks.empty() ? "" : "\n") + where_to_look(report, note);
    }
    std::cout << note;
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto options = parse_command_line(argc, argv);
        if (options && options->list) std::cout << list_everything();
        const int code = options && !options->list ? run(*options) : 0;
        if (!std::cout.flush()) throw usage_error("standard output cannot be written; is the disk full?");
        return code;
    } catch (const nas::table_gap_error& error) {
        std::cerr << "nas_mock_bench: " << error.what() << ": --gaps skipped\n";
        return wrong_usage;
    } catch (const std::exception& error) {
        std::string line = error.what();
        std::replace(line.begin(), line.end(), '\n', ' ');
        std::cerr << "nas_mock_bench: " << line << '\n';
        return wrong_usage;
    }
}
