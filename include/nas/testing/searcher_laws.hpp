// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/report/statistics.hpp>
#include <nas/run/search.hpp>
#include <nas/testing/answer.hpp>
#include <nas/testing/easy_landscape.hpp>
#include <nas/testing/histories.hpp>
#include <nas/testing/report.hpp>

namespace nas::testing {

struct searcher_law_options {
    std::uint64_t seed = 1;
    std::size_t trials = 40;              ///< of each search; more than a searcher needs until it learns
    std::size_t batch = 4;                ///< of the searches in batches, >= 2
    bool learns = true;                   ///< whether it must beat random search; not for random search and grid search
    std::size_t comparison_trials = 200;  ///< of the searches that are compared with random search
    std::size_t comparison_seeds = 30;    ///< how many of them
};

/// Calls the tasks of a batch in the opposite order.
struct reversed_executor {
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        while (count > 0) task(--count);
    }
};

namespace detail {

enum class failing : std::uint8_t { never, every_third, always };

/// A landscape as an evaluator that costs 1 or 2 seconds a trial, and fails in all the ways there are.
template <class Landscape, class Arch>
class failing_evaluator {
  public:
    static constexpr std::size_t objectives = objectives_of<Landscape, Arch>;

    failing_evaluator(const Landscape& landscape, failing when) : landscape_(&landscape), when_(when) {}

    evaluation<objectives> operator()(const Arch& arch, const context& about) const {
        if (when_ == failing::always || (when_ == failing::every_third && about.id() % 3 == 2))
            return fail(about.id() / 3);
        evaluation<objectives> result = answer_of(*landscape_, arch, about);
        result.cost = 1 + about.id() % 2;
        return result;
    }

  private:
    static evaluation<objectives> fail(trial_id way) {
        std::array<double, objectives> values{};
        switch (way % 5) {
            case 0:
                throw std::runtime_error("a test's exception");
            case 1:
                throw 1;
            case 2:
                return evaluation<objectives>::infeasible("a test's constraint");
            case 3:
                values.fill(std::numeric_limits<double>::quiet_NaN());
                break;
            default:
                values.fill(std::numeric_limits<double>::infinity());
        }
        return evaluation<objectives>(values);
    }

    const Landscape* landscape_;
    failing when_;
};

template <class Searcher, class Landscape>
class searcher_laws {
    using space_type = typename Searcher::space_type;
    using arch_type = arch_t<space_type>;
    using evaluator_type = failing_evaluator<Landscape, arch_type>;
    using search_type = search<Searcher, evaluator_type>;
    using history_type = typename search_type::history_type;
    using options_type = search_options<arch_type>;

  public:
    searcher_laws(const Searcher& fresh, const Landscape& landscape, const searcher_law_options& options)
        : fresh_(fresh), landscape_(landscape), options_(options) {}

    std::vector<std::string> run() && {
        guarded("a search", [&] { check_runs(); });
        guarded("resuming", [&] { check_resume(); });
        guarded("asking and telling by hand", [&] { check_by_hand(); });
        guarded("enqueued and imported trials", [&] { check_foreign_trials(); });
        guarded("the end of a search", [&] { check_end(); });
        guarded("the searcher as a value", [&] { check_value(); });
        if constexpr (search_type::history_type::objectives == 1)
            if (options_.learns) guarded("a comparison", [&] { check_learning(); });
        return std::move(report_).violations();
    }

    template <class Executor>
    std::vector<std::string> run_on(Executor& executor) && {
        guarded("a search", [&] { check_executor(executor); });
        return std::move(report_).violations();
    }

  private:
    template <class Check>
    void guarded(const char* what, Check&& check) {
        try {
            check();
        } catch (const std::exception& error) {
            report_.violated("nothing throws", std::string(what) + ": " + error.what());
        }
    }

    search_type make(failing when = failing::never, std::vector<arch_type> enqueue = {}) const {
        return make_seeded(options_.seed, when, std::move(enqueue));
    }
    search_type make_seeded(std::uint64_t seed, failing when, std::vector<arch_type> enqueue = {}) const {
        options_type options;
        options.seed = seed;
        options.enqueue = std::move(enqueue);
        return search_type(fresh_, evaluator_type(landscape_, when), std::move(options));
    }

    run_options limit(std::size_t trials, std::size_t batch = 1) const {
        run_options options;
        options.trials = trials;
        options.batch = batch;
        return options;
    }

    void expect_equal(const history_type& a, const history_type& b, const char* law, const std::string& which = "") {
        const std::string difference = testing::difference(a, b);
        report_.expect(difference.empty(), law, [&] { return which + difference; });
    }

    // What holds for every history.
    void check_history(const history_type& history, const char* which) {
        const space_type& space = fresh_.space();
        std::vector<bool> may_be_parent;
        for (std::size_t row = 0; row < history.size(); ++row) {
            const trial_id parent = history.parent(row);
            report_.expect(space.contains(history.arch(row)), "proposals are inside the space",
                           [&] { return std::string(which) + ", row " + std::to_string(row); });
            report_.expect(parent == no_trial || (parent < may_be_parent.size() && may_be_parent[parent]),
                           "parents are completed trials that were told before", [&] {
                               return std::string(which) + ", row " + std::to_string(row) + " has parent " +
                                      std::to_string(parent);
                           });
            if (may_be_parent.size() <= history.id(row)) may_be_parent.resize(history.id(row) + 1);
            may_be_parent[history.id(row)] = history.completed(row);
        }
    }

    void check_reason(const search_type& search, const char* which) {
        const bool full = search.reason() == stop_reason::trials && search.history().size() == options_.trials;
        report_.expect(
            full || search.reason() == stop_reason::exhausted, "a search ends at its limit or is exhausted",
            [&] { return std::string(which) + " ended because " + std::string(to_string(search.reason())); });
    }

    void check_runs() {
        for (const std::size_t batch : {std::size_t{1}, options_.batch}) {
            for (const failing when : {failing::never, failing::every_third, failing::always}) {
                const char* which = when == failing::never         ? "without failures"
                                    : when == failing::every_third ? "where every third trial fails"
                                                                   : "where every trial fails";
                search_type first = make(when);
                first.run(limit(options_.trials, batch));
                check_history(first.history(), which);
                check_reason(first, which);
                search_type second = make(when);
                second.run(limit(options_.trials, batch));
                expect_equal(first.history(), second.history(), "the same seed gives the same history",
                             which + std::string(", "));
            }
        }
        reversed_executor reversed;
        check_executor(reversed);
    }

    template <class Executor>
    void check_executor(Executor& executor) {
        for (const failing when : {failing::never, failing::every_third}) {
            search_type plain = make(when);
            plain.run(limit(options_.trials, options_.batch));
            search_type other = make(when);
            other.run(limit(options_.trials, options_.batch), executor);
            expect_equal(plain.history(), other.history(), "the order of evaluations changes nothing");
        }
    }

    std::vector<arch_type> samples(std::size_t count) const {
        rng random{options_.seed + 1};
        std::vector<arch_type> all;
        for (std::size_t i = 0; i < count; ++i) all.push_back(fresh_.space().sample(random));
        return all;
    }

    void check_resume() {
        for (const std::size_t batch : {std::size_t{1}, options_.batch})
            for (const bool foreign : {false, true}) {
                const auto enqueued = samples(foreign ? 3 : 0);
                const auto fresh = [&] { return make(failing::every_third, enqueued); };
                search_type whole = fresh();
                if (foreign) whole.warm_start(imported());
                const std::size_t imported = whole.history().size();
                whole.run(limit(options_.trials, batch));
                for (std::size_t rows = imported; rows <= whole.history().size(); ++rows) {
                    search_type resumed = fresh();
                    resumed.resume(first_rows(whole.history(), rows));
                    resumed.run(limit(options_.trials, batch));
                    expect_equal(whole.history(), resumed.history(), "resuming gives what would have followed",
                                 "batch " + std::to_string(batch) +
                                     (foreign ? " with enqueued and imported trials" : "") + " after " +
                                     std::to_string(rows) + " rows, ");
                }
            }
        search_type whole = make();
        whole.run(limit(options_.trials));
        for (std::size_t rows = 0; rows <= options_.trials; ++rows) {
            search_type parts = make();
            parts.run(limit(rows));
            parts.run(limit(options_.trials));
            expect_equal(whole.history(), parts.history(), "two runs give what one does",
                         std::to_string(rows) + " trials first, ");
        }
    }

    // Five proposals at a time, told out of order, one of them given up.
    history_type by_hand() const {
        search_type search = make();
        std::size_t asked = 0;
        while (asked < options_.trials) {
            std::vector<proposal<arch_type>> open;
            for (std::size_t i = 0; i < 5; ++i)
                if (auto next = search.ask()) open.push_back(std::move(*next));
            if (open.empty()) break;
            asked += open.size();
            search.abandon(open.back());
            open.pop_back();
            for (std::size_t i = 0; i < open.size(); i += 2) tell(search, open[i]);
            for (std::size_t i = 1; i < open.size(); i += 2) tell(search, open[i]);
        }
        return search.history();
    }
    void tell(search_type& search, const proposal<arch_type>& asked) const {
        const context about(asked.id, asked.id, asked.fidelity);
        search.tell(asked, search.evaluator()(asked.arch, about));
    }

    void check_by_hand() {
        const history_type history = by_hand();
        check_history(history, "told out of order");
        expect_equal(history, by_hand(), "the same seed gives the same history", "told out of order, ");
    }

    // Trials of a search over the same space, some of them failed.
    history_type imported() const {
        history_type past(fresh_.space());
        trial_id id = 0;
        for (const arch_type& arch : samples(8)) {
            typename search_type::trial_type told{{arch}, {}};
            told.id = id++;
            if (told.id % 4 == 3) {
                told.result = evaluation<history_type::objectives>::failure("a test's failure");
            } else {
                const context about(told.id, told.id, full_fidelity);
                told.result = answer_of(landscape_, arch, about);
            }
            past.append(told, past.size());
        }
        return past;
    }

    void check_foreign_trials() {
        const auto enqueued = samples(3);
        search_type search = make(failing::never, enqueued);
        const history_type past = imported();
        search.warm_start(past);
        search.run(limit(options_.trials));
        check_history(search.history(), "with enqueued and imported trials");
        for (std::size_t i = 0; i < enqueued.size(); ++i)
            report_.expect(search.history().arch(past.size() + i) == enqueued[i], "enqueued architectures come first",
                           [] { return ""; });
    }

    void check_end() {
        search_type search = make();
        search.run(limit(options_.trials));
        if (search.reason() != stop_reason::exhausted) return;
        const std::size_t rows = search.history().size();
        report_.expect(!search.ask() && search.reason() == stop_reason::exhausted &&
                           search.run(limit(options_.trials)) == stop_reason::exhausted &&
                           search.history().size() == rows,
                       "an exhausted search stays exhausted", [] { return ""; });
    }

    // ask changes nothing, and copies share nothing.
    void check_value() {
        search_type whole = make();
        whole.run(limit(options_.trials));
        search_type parts = make();
        parts.run(limit(options_.trials / 2));
        Searcher copy = parts.searcher();
        const ask_view<arch_type> view{
            static_cast<trial_id>(parts.history().size()), parts.history().size(), parts.history().size(), {}};
        rng random{options_.seed};
        const auto first = copy.ask(view, random);
        for (std::size_t again = 0; again < 10; ++again) {
            random = rng{options_.seed};
            report_.expect(copy.ask(view, random) == first, "asking changes nothing",
                           [] { return "another ask with the same generator differs"; });
        }
        for (std::size_t row = 0; row < parts.history().size(); ++row) {
            auto told = parts.history()[row];
            for (double& value : told.result.values) value += 1000;  // the copy shall believe something else
            copy.tell(told, random);
        }
        parts.run(limit(options_.trials));
        expect_equal(whole.history(), parts.history(), "a copy is a searcher of its own");
    }

    void check_learning() {
        std::vector<double> its_best;
        std::vector<double> random_best;
        for (std::size_t i = 0; i < options_.comparison_seeds; ++i) {
            const std::uint64_t seed = options_.seed + 1000 + i;
            search_type search = make_seeded(seed, failing::never);
            search.run(limit(options_.comparison_trials));
            if (!search.history().has_best())
                return report_.violated("it beats random search", "it completes no trial");
            its_best.push_back(search.history().value(search.history().best_row()));
            random_best.push_back(best_of_random(seed));
        }
        const rank_test test = mann_whitney(its_best, random_best);
        report_.expect(test.superiority > 0.5 && test.p_value < 0.01, "it beats random search", [&] {
            return "it is better in a share of " + std::to_string(test.superiority) + " of all pairs of " +
                   std::to_string(options_.comparison_seeds) + " seeds, p = " + std::to_string(test.p_value) +
                   "; if both find the optimum, take fewer trials or a larger space";
        });
    }
    double best_of_random(std::uint64_t seed) const {
        rng random{seed};
        double best = -std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < options_.comparison_trials; ++i) {
            const context about(static_cast<trial_id>(i), seed + i, full_fidelity);
            const double value = answer_of(landscape_, fresh_.space().sample(random), about).values[0];
            if (value > best) best = value;
        }
        return best;
    }

    const Searcher& fresh_;
    const Landscape& landscape_;
    const searcher_law_options& options_;
    law_report report_;
};

}  // namespace detail

/// What a searcher does against the laws of searchers: `law: how`; nothing where all hold. `fresh` has not begun; `landscape`
/// is a const callable, an evaluator whose answer depends on the architecture alone, and easy: what learns beats random search
/// on it (Mann-Whitney test, p < 0.01).
///
/// The same seed gives the same history; resuming after any row, inside a batch too, gives what would have followed; the
/// order of evaluations changes nothing; proposals are inside the space, also where trials fail, are told out of order, given
/// up, enqueued or imported; parents are completed; a search ends; asking changes nothing; copies are independent.
template <class Searcher, class Landscape>
std::vector<std::string> searcher_violations(const Searcher& fresh, const Landscape& landscape,
                                             const searcher_law_options& options = {}) {
    static_assert(check_evaluator<const Landscape, arch_t<typename Searcher::space_type>>());
    return detail::searcher_laws<Searcher, const Landscape>(fresh, landscape, options).run();
}

/// The same on the easy landscape that every space made of decisions has.
template <class Searcher>
    requires DecisionSpace<typename Searcher::space_type> std::vector<std::string> searcher_violations(
        const Searcher& fresh, const searcher_law_options& options = {}) {
        return searcher_violations(fresh, easy_landscape<typename Searcher::space_type>(fresh.space()), options);
    }

/// That an executor (`nas::threads`) leaves the history as it is without one.
template <class Searcher, class Landscape, class Executor>
std::vector<std::string> executor_violations(const Searcher& fresh, const Landscape& landscape, Executor& executor,
                                             const searcher_law_options& options = {}) {
    return detail::searcher_laws<Searcher, const Landscape>(fresh, landscape, options).run_on(executor);
}

}  // namespace nas::testing
