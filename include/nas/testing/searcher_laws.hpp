// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/report/statistics.hpp>
#include <nas/run/search.hpp>
#include <nas/testing/easy_landscape.hpp>
#include <nas/testing/failing_evaluator.hpp>
#include <nas/testing/histories.hpp>
#include <nas/testing/law_searches.hpp>
#include <nas/testing/report.hpp>

namespace nas::testing {

/// Calls the tasks of a batch in the opposite order.
struct reversed_executor {
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        while (count > 0) task(--count);
    }
};

namespace detail {

template <class Searcher, class Landscape>
class searcher_laws {
    using searches = law_searches<Searcher, Landscape>;
    using space_type = typename searches::space_type;
    using arch_type = typename searches::arch_type;
    using search_type = typename searches::search_type;
    using history_type = typename searches::history_type;

  public:
    searcher_laws(const Searcher& fresh, const Landscape& landscape, const searcher_law_options& options)
        : searches_(fresh, landscape, options), options_(options) {}

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

    void expect_equal(const history_type& a, const history_type& b, const char* law, const std::string& which = "") {
        const std::string difference = testing::difference(a, b);
        report_.expect(difference.empty(), law, [&] { return which + difference; });
    }

    // What holds for every history.
    void check_history(const history_type& history, const char* which) {
        const space_type& space = searches_.space();
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
                search_type first = searches_.make(when);
                first.run(limit(options_.trials, batch));
                check_history(first.history(), which);
                check_reason(first, which);
                search_type second = searches_.make(when);
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
            search_type plain = searches_.make(when);
            plain.run(limit(options_.trials, options_.batch));
            search_type other = searches_.make(when);
            other.run(limit(options_.trials, options_.batch), executor);
            expect_equal(plain.history(), other.history(), "the order of evaluations changes nothing");
        }
    }

    void check_resume() {
        for (const std::size_t batch : {std::size_t{1}, options_.batch})
            for (const bool foreign : {false, true}) {
                const auto enqueued = searches_.samples(foreign ? 3 : 0);
                const auto fresh = [&] { return searches_.make(failing::every_third, enqueued); };
                const history_type elsewhere = foreign ? searches_.imported() : history_type(searches_.space());
                const auto play = [&](search_type& search) {
                    search.warm_start(elsewhere);
                    search.run(limit(options_.trials, batch));
                };
                search_type whole = fresh();
                play(whole);
                for (std::size_t rows = 0; rows <= whole.history().size(); ++rows) {
                    search_type resumed = fresh();
                    resumed.resume(first_rows(whole.history(), rows));
                    play(resumed);
                    expect_equal(whole.history(), resumed.history(), "resuming gives what would have followed",
                                 "batch " + std::to_string(batch) +
                                     (foreign ? " with enqueued and imported trials" : "") + " after " +
                                     std::to_string(rows) + " rows, ");
                }
            }
        search_type whole = searches_.make();
        whole.run(limit(options_.trials));
        for (std::size_t rows = 0; rows <= options_.trials; ++rows) {
            search_type parts = searches_.make();
            parts.run(limit(rows));
            parts.run(limit(options_.trials));
            expect_equal(whole.history(), parts.history(), "two runs give what one does",
                         std::to_string(rows) + " trials first, ");
        }
    }

    void check_by_hand() {
        const history_type history = searches_.by_hand();
        check_history(history, "told out of order");
        expect_equal(history, searches_.by_hand(), "the same seed gives the same history", "told out of order, ");
    }

    void check_foreign_trials() {
        const auto enqueued = searches_.samples(3);
        search_type search = searches_.make(failing::never, enqueued);
        const history_type past = searches_.imported();
        search.warm_start(past);
        search.run(limit(options_.trials));
        check_history(search.history(), "with enqueued and imported trials");
        for (std::size_t i = 0; i < enqueued.size(); ++i)
            report_.expect(search.history().arch(past.size() + i) == enqueued[i], "enqueued architectures come first",
                           [] { return ""; });
    }

    void check_end() {
        search_type search = searches_.make();
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
        search_type whole = searches_.make();
        whole.run(limit(options_.trials));
        search_type parts = searches_.make();
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
            search_type search = searches_.make_seeded(seed, failing::never);
            search.run(limit(options_.comparison_trials));
            if (!search.history().has_best())
                return report_.violated("it beats random search", "it completes no trial");
            its_best.push_back(search.history().value(search.history().best_row()));
            random_best.push_back(searches_.best_of_random(seed));
        }
        const rank_test test = mann_whitney(its_best, random_best);
        report_.expect(test.superiority > 0.5 && test.p_value < 0.01, "it beats random search", [&] {
            return "it is better in a share of " + std::to_string(test.superiority) + " of all pairs of " +
                   std::to_string(options_.comparison_seeds) + " seeds, p = " + std::to_string(test.p_value) +
                   "; if both find the optimum, take fewer trials or a larger space";
        });
    }

    searches searches_;
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
std::vector<std::string> searcher_violations(const Searcher& fresh, const searcher_law_options& options = {}) requires
    DecisionSpace<typename Searcher::space_type> {
    return searcher_violations(fresh, easy_landscape<typename Searcher::space_type>(fresh.space()), options);
}

/// That an executor (`nas::threads`) leaves the history as it is without one.
template <class Searcher, class Landscape, class Executor>
std::vector<std::string> executor_violations(const Searcher& fresh, const Landscape& landscape, Executor& executor,
                                             const searcher_law_options& options = {}) {
    return detail::searcher_laws<Searcher, const Landscape>(fresh, landscape, options).run_on(executor);
}

}  // namespace nas::testing
