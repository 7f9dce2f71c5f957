// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>

#include <nas/core/checks.hpp>
#include <nas/core/context.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/run/tabulate/ordered_rows.hpp>
#include <nas/run/tabulate/row_evaluator.hpp>
#include <nas/run/tabulate/tabulated.hpp>

namespace nas {

/// How many rows a table of the space has. Throws std::invalid_argument where an option is impossible or there are too many.
template <class Space>
std::uint64_t tabulated_rows(const Space& space, const tabulate_options& options) {
    static_assert(check_enumerable_space<Space>());
    const auto fail = [](const std::string& what) { throw std::invalid_argument("nas::tabulate: " + what); };
    if (options.repeats < 1) fail("repeats (0) must be at least 1");
    if (options.batch < 1) fail("batch (0) must be at least 1");
    double before = 0;
    for (const double fidelity : options.fidelities) {
        if (!(fidelity > before && std::isfinite(fidelity)))
            fail("fidelities (" + detail::option_text(fidelity) + " after " + detail::option_text(before) +
                 ") must rise from above 0, and be finite");
        before = fidelity;
    }
    const std::uint64_t rows = detail::saturating_product(space.size(), options.repeats);
    if (rows >= no_trial)
        fail("there must be fewer than 2^32 - 1 rows, not those of " + std::to_string(options.repeats) +
             (space.size() == uncountable ? " x 2^64 - 1 or more" : " x " + std::to_string(space.size())) +
             " evaluations");
    return rows;
}

/// Evaluates every architecture of a space, each `repeats` times, and hands the rows to `sink(const tabulated<Arch, N>&)` in
/// the order of (index, repeat), one at a time.
///
///     nas::threads pool{8};
///     std::vector<double> accuracies;
///     nas::tabulate(space, evaluator, {.repeats = 3}, pool, [&](const auto& row) { accuracies.push_back(row.values[0][0]); });
///
/// A row is a function of the evaluator, its architecture, its repeat and `seed`, whatever the executor and `first_row`.
/// Where there are several fidelities, an evaluator that reports a learning curve is called once, at the largest: the values
/// are the curve's at the steps of these numbers, and fatal_error says where the curve lacks one (of the largest it may). One
/// that reports none is called for each. A row is not completed where a call was not: then the result says why.
/// `stop()`, called from any thread, ends it early: rows under way whose evaluators do not give up are finished, and those that
/// follow a row given up are lost. Returns whether all rows were handed on.
/// Throws what the sink throws, fatal_error, and std::invalid_argument as `tabulated_rows`.
template <class Space, class E, class Executor, class Sink, class Stop>
bool tabulate(const Space& space, const E& evaluator, const tabulate_options& options, Executor&& executor, Sink&& sink,
              Stop&& stop) {
    using row_evaluator = detail::row_evaluator<Space, E>;
    const std::uint64_t rows = tabulated_rows(space, options);
    if (options.first_row >= rows) return true;
    const row_evaluator evaluate(space, evaluator, options);
    detail::ordered_rows<typename row_evaluator::row_type, std::remove_reference_t<Sink>> ordered(options.first_row,
                                                                                                  sink);
    std::atomic<bool> ended = false;
    const auto wanted = [&] { return ended.load() || stop(); };
    const stop_query query{[](const void* ask) { return (*static_cast<const decltype(wanted)*>(ask))(); }, &wanted};
    const auto left = static_cast<std::size_t>(rows - options.first_row);
    const std::size_t batch = evaluate.batch();
    executor.for_each((left + batch - 1) / batch, [&](std::size_t task) {
        if (wanted()) return;
        try {
            const std::size_t first = task * batch;
            for (auto& row : evaluate(options.first_row + first, std::min(batch, left - first), query))
                ordered.add(std::move(row));
        } catch (...) {
            ended = true;  // the others need not be evaluated to say what is wrong
            throw;
        }
    });
    return ordered.next() == rows;
}
template <class Space, class E, class Executor, class Sink>
bool tabulate(const Space& space, const E& evaluator, const tabulate_options& options, Executor&& executor,
              Sink&& sink) {
    return tabulate(space, evaluator, options, executor, sink, [] { return false; });
}

}  // namespace nas
