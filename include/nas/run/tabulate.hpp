// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/context.hpp>
#include <nas/core/options.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/utf8.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/run/search/evaluate.hpp>

namespace nas {

/// How a space is tabulated.
struct tabulate_options {
    std::uint64_t seed = 0;
    std::size_t repeats = 1;              ///< rows of each architecture, at least 1
    std::vector<double> fidelities = {};  ///< rising, above 0, in the evaluator's unit (epochs); empty: full fidelity
    std::uint64_t first_row = 0;          ///< the rows before it are there already
    std::size_t batch = 1;  ///< rows that are evaluated at once, at least 1, by an evaluator that has evaluate_batch
};

/// What a row of a table says: the repeat-th evaluation of architecture number `index`.
template <class Arch, std::size_t Objectives = 1>
struct tabulated {
    std::uint64_t number = 0;  ///< of the row, from 0: index * repeats + repeat
    std::uint64_t index = 0;   ///< of the architecture in its space
    std::size_t repeat = 0;
    std::uint64_t seed = 0;  ///< of the evaluation
    Arch arch = {};
    std::vector<std::array<double, Objectives>> values = {};  ///< one a fidelity; NaN where it is not completed
    evaluation<Objectives> result = {};                       ///< at the largest fidelity, or why it is not completed
};

/// Seed of the evaluation of architecture number `index` for the `repeat`-th time, in a table of that seed.
constexpr std::uint64_t tabulated_seed(std::uint64_t seed, std::uint64_t index, std::size_t repeat) noexcept {
    return streams(streams(seed).seed(repeat, purpose::evaluate)).seed(index, purpose::evaluate);
}

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

namespace detail {

/// Evaluates rows of a table.
template <class Space, class E>
class row_evaluator {
    using arch_type = arch_t<Space>;
    static_assert(check_evaluator<E, arch_type>());
    static_assert(check_visible_callee<E>());
    static_assert(
        Evaluator<typename callee<E>::type, arch_type>,
        "nas: this evaluator changes when it is called, so that rows would depend on their order; make its call "
        "operator const");
    static constexpr std::size_t objectives = objectives_of<const E, arch_type>;
    using evaluation_type = evaluation<objectives>;

  public:
    using row_type = tabulated<arch_type, objectives>;

    row_evaluator(const Space& space, const E& evaluator, const tabulate_options& options)
        : space_(space), evaluator_(evaluator), options_(options), fidelities_(options.fidelities) {
        if (fidelities_.empty()) fidelities_ = {full_fidelity};
    }

    /// How many rows one call evaluates.
    std::size_t batch() const noexcept { return BatchEvaluator<E, arch_type> ? options_.batch : 1; }

    /// Rows `first` to `first` + `count`; without those whose evaluator was told to stop. Throws fatal_error.
    std::vector<row_type> operator()(std::uint64_t first, std::size_t count, stop_query stop) const {
        std::vector<started> all(count);
        for (std::size_t i = 0; i < count; ++i) start(first + i, all[i]);
        evaluate(all, stop);
        std::vector<row_type> rows;
        for (started& one : all) {
            if (!one.gave_up) finish(one, stop);
            if (!one.gave_up) rows.push_back(std::move(one.row));
        }
        return rows;
    }

  private:
    struct started {
        row_type row = {};
        learning_curve curve = {};
        bool gave_up = false;
    };

    void start(std::uint64_t number, started& one) const {
        row_type& row = one.row;
        row.number = number;
        row.index = number / options_.repeats;
        row.repeat = static_cast<std::size_t>(number % options_.repeats);
        row.seed = tabulated_seed(options_.seed, row.index, row.repeat);
        row.arch = space_.at(row.index);
        row.values.resize(fidelities_.size());
    }

    static context about(started& one, double fidelity, learning_curve* curve, stop_query stop) {
        return {static_cast<trial_id>(one.row.number), one.row.seed, fidelity, curve, stop, &one.gave_up, objectives};
    }

    // At the largest fidelity.
    void evaluate(std::vector<started>& all, stop_query stop) const {
        if constexpr (BatchEvaluator<E, arch_type>) {
            std::vector<arch_type> archs;
            std::vector<context> abouts;
            for (started& one : all) {
                archs.push_back(one.row.arch);
                abouts.push_back(about(one, fidelities_.back(), &one.curve, stop));
            }
            auto results =
                evaluate_together<objectives>("nas::tabulate", evaluator_, std::span<const arch_type>(archs), abouts);
            for (std::size_t i = 0; i < all.size(); ++i) all[i].row.result = std::move(results[i]);
        } else {
            for (started& one : all)
                one.row.result = call(one.row.arch, about(one, fidelities_.back(), &one.curve, stop));
        }
    }

    // What the curve says of lower fidelities, or else the evaluator.
    void finish(started& one, stop_query stop) const {
        row_type& row = one.row;
        for (std::size_t i = fidelities_.size(); i-- > 0 && row.result.completed() && !one.gave_up;) {
            if (find(one.curve, fidelities_[i], row.values[i])) continue;
            if (i + 1 == fidelities_.size()) {
                row.values[i] = row.result.values;
            } else if (one.curve.empty()) {
                evaluation_type less = call(row.arch, about(one, fidelities_[i], nullptr, stop));
                row.values[i] = less.values;
                if (!less.completed()) row.result = std::move(less);
            } else {
                throw fatal_error("nas::tabulate: the learning curve of " + std::string(space_.describe(row.arch)) +
                                  " has no step " + option_text(fidelities_[i]));
            }
        }
        fail_unless_sound(row.result);
        for (const auto& values : row.values)
            if (row.result.completed() && !all_finite(values))
                row.result = evaluation_type::failure("the evaluator's value is not finite", row.result.cost);
        row.result.reason = valid_utf8(std::move(row.result.reason));  // whatever a program or an exception said
        if (!row.result.completed())
            for (auto& values : row.values) values.fill(std::numeric_limits<double>::quiet_NaN());
    }

    evaluation_type call(const arch_type& arch, const context& about) const {
        evaluation_type answer;
        catch_failure(
            "nas::tabulate",
            [&] {
                if constexpr (CallableWithContext<const E, arch_type>) {
                    answer = evaluation_type(evaluator_(arch, about));
                } else {
                    answer = evaluation_type(evaluator_(arch));
                }
            },
            [&](const char* reason) { answer = evaluation_type::failure(reason); });
        return answer;
    }

    /// The values that were reported at `step`, the last time.
    static bool find(const learning_curve& curve, double step, std::array<double, objectives>& values) {
        for (std::size_t i = curve.steps.size(); i-- > 0;) {
            if (curve.steps[i] != step) continue;
            std::copy_n(curve.values.begin() + static_cast<std::ptrdiff_t>(i * objectives), objectives, values.begin());
            return true;
        }
        return false;
    }

    const Space& space_;
    const E& evaluator_;
    const tabulate_options& options_;
    std::vector<double> fidelities_;
};

/// Hands rows on in their order, whatever the order in which they come.
template <class Row, class Sink>
class ordered_rows {
  public:
    ordered_rows(std::uint64_t first, Sink& sink) : next_(first), sink_(sink) {}

    /// May be called from several threads. Nothing is handed on after the sink has thrown.
    void add(Row row) {
        const std::lock_guard lock(mutex_);
        waiting_.emplace(row.number, std::move(row));
        while (!waiting_.empty() && waiting_.begin()->first == next_) {
            const auto ready = waiting_.extract(waiting_.begin());
            sink_(ready.mapped());
            ++next_;  // not reached where the sink throws, so that no later row is the next one
        }
    }

    std::uint64_t next() const noexcept { return next_; }

  private:
    std::uint64_t next_;
    Sink& sink_;
    std::mutex mutex_;
    std::map<std::uint64_t, Row> waiting_;
};

}  // namespace detail

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
