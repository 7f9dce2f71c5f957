// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/history.hpp>
#include <nas/run/search/entered.hpp>
#include <nas/run/search/executor.hpp>
#include <nas/run/search/observer_call.hpp>
#include <nas/run/search/past.hpp>
#include <nas/run/search/runs.hpp>
#include <nas/run/search/state.hpp>
#include <nas/run/stop_rules.hpp>

namespace nas {

namespace detail {

/// The architecture type of a searcher; int for what is not one, so that `search`'s own sentence comes first.
template <class T>
struct searched_arch {
    using type = int;
};
template <class T>
    requires requires { typename T::space_type::arch_type; }
struct searched_arch<T> {
    using type = typename T::space_type::arch_type;
};

}  // namespace detail

/// The driver: asks the searcher, evaluates, tells, and keeps the history, which is a function of the searcher, the
/// evaluator, the options and the batch sizes alone.
///
///     nas::search search{nas::regularized_evolution{space}, evaluator, {.seed = 42}};
///     search.run({.trials = 500});
///     std::cout << space.describe(search.history().best().arch);
///
/// or step by step, with the evaluator elsewhere:
///
///     while (auto proposal = search.ask()) search.tell(*proposal, measure(proposal->arch));
///
/// Exceptions of the evaluator and values that are not finite are failed trials; nas::fatal_error comes out of `run`, with
/// the trial it belongs to still open.
template <class Searcher, class Evaluator>
class search {
    using searched = typename detail::searched_arch<Searcher>::type;
    static_assert(check_space_type<Searcher>());
    static_assert(check_evaluator<Evaluator, searched>());
    static constexpr std::size_t count = objectives_of<Evaluator, searched>;
    static_assert(check_searcher<Searcher, count>());
    static_assert(SearchPair<Searcher, Evaluator>);

  public:
    using searcher_type = Searcher;
    using evaluator_type = Evaluator;
    using space_type = typename Searcher::space_type;
    using arch_type = arch_t<space_type>;
    using proposal_type = proposal<arch_type>;
    using evaluation_type = evaluation<count>;
    using trial_type = trial<arch_type, count>;
    using history_type = nas::history<space_type, count>;
    using options_type = search_options<arch_type>;

    /// Throws std::invalid_argument where an enqueued architecture is not in the space, or a limit is NaN.
    // `measure`, because g++ warns that a function called `evaluator` shadows the member.
    explicit search(Searcher searcher, Evaluator measure, search_options<searched> options = {})
        : state_(std::move(searcher), std::move(measure), std::move(options)) {}

    const history_type& history() const noexcept { return state_.history; }
    const Searcher& searcher() const noexcept { return state_.searcher; }
    const Evaluator& evaluator() const noexcept { return state_.evaluator; }
    const options_type& options() const noexcept { return state_.options; }
    const space_type& space() const noexcept { return state_.searcher.space(); }

    /// Why the last `ask` had no answer, or the last `run` ended.
    stop_reason reason() const noexcept { return reason_; }

    /// Where the time went, if `options.measure_times` is set.
    const search_times& times() const noexcept { return state_.times; }

    /// Proposals that were asked and not told yet, in the order of asking.
    std::span<const proposal_type> pending() const noexcept { return state_.open.proposals(); }

    /// The next architecture to evaluate; nothing where a stop rule holds, or the searcher has nothing more, or, with
    /// stop_reason::waiting, nothing before a pending trial is told. What a run left of a batch of which it told a part comes
    /// first.
    std::optional<proposal_type> ask() {
        const detail::entered inside = enter("ask");
        state_.give_back_untold_batch();
        const std::size_t left = state_.open.first_of_batch();
        const bool any_left = left < state_.open.size();
        reason_ = state_.why_to_end(state_.both({}), !any_left);
        if (reason_ != stop_reason::none) return std::nullopt;
        if (any_left) {
            auto& one = state_.open.state(left);
            one = {.told_when_asked = one.told_when_asked, .by_hand = true};
            return state_.open[left];
        }
        proposal_type next;
        if (!state_.draw(next, state_.numbers.next(), pending())) {
            reason_ = pending().empty() ? stop_reason::exhausted : stop_reason::waiting;
            return std::nullopt;
        }
        state_.numbers.take();
        state_.open.open(next, {.told_when_asked = history().size(), .by_hand = true});
        return next;
    }

    /// What became of a proposal that `ask` gave, in any order. Throws std::invalid_argument where it is not pending, or has
    /// another architecture than it was asked with.
    void tell(const proposal_type& asked, evaluation_type result) {
        const detail::entered inside = enter("tell");
        if (state_.open.find_by_hand(asked.id) == state_.open.size())
            throw std::invalid_argument("nas::search: proposal " + std::to_string(asked.id) +
                                        " is not pending: it was told already, or never asked here");
        if (const proposal_type& open = state_.open[state_.open.find_by_hand(asked.id)]; !(open.arch == asked.arch))
            throw std::invalid_argument("nas::search: proposal " + std::to_string(asked.id) + " was asked with " +
                                        std::string(space().describe(open.arch)) + ", and is told with " +
                                        std::string(space().describe(asked.arch)));
        const std::string wrong = detail::wrong_metrics(result, history().metric_names().size());
        if (!wrong.empty()) throw std::invalid_argument(wrong);
        detail::fail_unless_sound(result);
        state_.give_back_untold_batch();
        state_.settle(state_.open.find_by_hand(asked.id), std::move(result));
    }
    void tell(const proposal_type& asked, double value) requires(count == 1) { tell(asked, evaluation_type(value)); }

    /// Gives a proposal up: a failed trial.
    void abandon(const proposal_type& asked, std::string reason = "abandoned") {
        tell(asked, evaluation_type::failure(std::move(reason)));
    }

    /// Searches until a rule of `options` or of the search's own holds, or the searcher has nothing more; returns which.
    /// Goes on where an earlier run ended: `trials` counts from the beginning. Throws std::invalid_argument where the batch is
    /// not in its range, or a limit NaN.
    stop_reason run(const run_options& options = {}) { return run(options, detail::serial_executor{}); }

    /// The same, with the evaluations of a batch done by `executor`, whose `for_each(count, task)` calls task(0) to
    /// task(count - 1), in any order and on any threads, and returns when all are done. The history does not depend on it.
    template <class Executor>
    stop_reason run(const run_options& options, Executor&& executor) {
        static_assert(detail::runs_tasks<Executor>,
                      "nas: the second argument of run must have `for_each(count, task)`, as nas::threads has");
        constexpr bool serial = std::is_same_v<std::remove_cvref_t<Executor>, detail::serial_executor>;
        if constexpr (!serial) static_assert(check_visible_callee<Evaluator>());
        static_assert(
            serial || ConcurrentEvaluator<Evaluator, arch_type>,
            "nas: this evaluator changes when it is called, so that it cannot be called from several threads; make its call "
            "operator const, or run without an executor");
        if (options.batch < 1 || options.batch > most_batch)
            throw std::invalid_argument("nas::search: batch (" + std::to_string(options.batch) + ") must be in [1, " +
                                        std::to_string(most_batch) + "]");
        check_limits(options.rules());
        const detail::entered inside = enter("run");
        state_.give_back_untold_batch();
        const stop_rules rules = state_.both(options.rules());
        detail::reserve_for(state_, rules);
        if constexpr (serial)
            if (options.batch == 1 && state_.open.empty()) return end(detail::run_serially(state_, rules));
        return end(detail::run_batches(state_, rules, options.batch, executor));
    }

    /// Puts a new search where the search that wrote `past` was, given the same searcher, evaluator and options: what follows is
    /// what would have followed, and a batch that `past` ends within is open again. What was asked by hand and not told is asked
    /// again, under its number; a batch that was asked meanwhile saw it pending, and its rest may be asked otherwise now.
    /// Throws std::logic_error where this search has begun, and std::invalid_argument where `past` is of a search with other
    /// enqueued architectures.
    void resume(const history_type& past) {
        const detail::entered inside = enter("resume");
        if (state_.numbers.end() != 0)
            throw std::logic_error(
                "nas::search: only a search that has not begun can resume: call resume before warm_start, ask and run");
        detail::resume(state_, past);
    }

    /// Tells the searcher the trials of another search over the same space, as imported. They cost nothing, and count for no
    /// stop rule. Metrics go by their names.
    ///
    /// A program that is started again says the same again, after `resume`: imported trials that the resumed history holds are
    /// compared with those of `past`, and only the others are told.
    ///
    ///     nas::resume(search, "run.jsonl");
    ///     search.warm_start(past);
    ///     search.run({.trials = 500});
    ///
    /// Throws std::invalid_argument, and has told nothing, where an architecture is not in the space, where the resumed history
    /// holds other imported trials, or `past` is this search's own history, read from its file too.
    void warm_start(const history_type& past) {
        const detail::entered inside = enter("warm_start");
        if (&past == &history()) throw std::invalid_argument("nas::search: a search cannot import its own history");
        state_.give_back_untold_batch();
        detail::warm_start(state_, past);
    }

    /// Calls `observer(history())` after every trial told, of which it is the last row, and once after a resume. One with a
    /// member `ended(history(), why)` has it called when a run ends, unless by an exception. An observer may add others; it cannot
    /// ask, tell or run.
    template <class F>
    void observe(F observer) {
        state_.observers.emplace_back(detail::observer_call<F, history_type>{std::move(observer)});
    }

    /// Ends `run` with stop_reason::interrupted as soon as `wanted()` is true. It is called before every evaluation and by
    /// evaluators that ask their context, from several threads at once where an executor has several.
    template <class F>
    void stop_when(F wanted) {
        state_.stops.emplace_back(std::move(wanted));
    }

  private:
    /// A call that changes the search, for as long as what it returns lives.
    detail::entered enter(const char* what) { return {busy_, state_.measured(state_.times.total), what}; }

    /// What a run's end is for those who wait for it.
    stop_reason end(stop_reason why) {
        reason_ = why;
        state_.call_observers(why);
        return why;
    }

    detail::search_state<Searcher, Evaluator, count> state_;
    stop_reason reason_ = stop_reason::none;
    bool busy_ = false;
};

template <class Searcher, class Evaluator>
search(Searcher, Evaluator) -> search<Searcher, Evaluator>;
template <class Searcher, class Evaluator>
search(Searcher, Evaluator, search_options<typename detail::searched_arch<Searcher>::type>)
    -> search<Searcher, Evaluator>;

/// A search by its policies: `nas::search_for<nas::regularized_evolution, Space, Evaluator>`.
template <template <class...> class Algorithm, class Space, class Evaluator>
using search_for = search<Algorithm<Space>, Evaluator>;

}  // namespace nas
