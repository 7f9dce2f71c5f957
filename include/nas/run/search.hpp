// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/history.hpp>
#include <nas/run/callback.hpp>
#include <nas/run/stop_rules.hpp>

// Sanitizers make a flattened loop slow to compile, and nobody times them.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define NAS_DETAIL_FLATTEN [[gnu::flatten]]
#else
#define NAS_DETAIL_FLATTEN
#endif

namespace nas {

/// What a search is a function of, with its searcher, its evaluator and the batch sizes of its runs.
template <class Arch>
struct search_options {
    std::uint64_t seed = 0;
    stop_rules stop = {};            ///< for `ask` and for every `run`
    std::vector<Arch> enqueue = {};  ///< evaluated first, in this order
};

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

inline double monotonic_seconds() noexcept {  // <chrono> costs a user's compile 0.4 s
    std::timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Runs tasks one after the other.
struct serial_executor {
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        for (std::size_t i = 0; i < count; ++i) task(i);
    }
};

}  // namespace detail

/// An evaluator that may be called from several threads at once: callable as const.
template <class E, class Arch>
concept ConcurrentEvaluator = Evaluator<typename detail::callee<E>::type, Arch>;

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

    /// Throws std::invalid_argument where an enqueued architecture is not in the space.
    // `measure`, because g++ warns that a function called `evaluator` shadows the member.
    explicit search(Searcher searcher, Evaluator measure, search_options<searched> options = {})
        : searcher_(std::move(searcher)),
          evaluator_(std::move(measure)),
          options_(std::move(options)),
          streams_(options_.seed),
          history_(searcher_.space(), detail::metric_names_of(evaluator_)),
          start_(detail::monotonic_seconds()) {
        for (const arch_type& arch : options_.enqueue)
            if (!searcher_.space().contains(arch))
                throw std::invalid_argument("nas::search: an enqueued architecture is not in the space: " +
                                            std::string(searcher_.space().describe(arch)));
        if constexpr (BeginningSearcher<Searcher>) {
            rng random = streams_(0, purpose::begin);
            searcher_.begin(random);
        }
    }

    const history_type& history() const noexcept { return history_; }
    const Searcher& searcher() const noexcept { return searcher_; }
    const Evaluator& evaluator() const noexcept { return evaluator_; }
    const options_type& options() const noexcept { return options_; }
    const space_type& space() const noexcept { return searcher_.space(); }

    /// Why the last `ask` had no answer, or the last `run` ended.
    stop_reason reason() const noexcept { return reason_; }

    /// Proposals that were asked and not told yet, in the order of asking.
    std::span<const proposal_type> pending() const noexcept { return pending_; }

    /// The next architecture to evaluate; nothing where a stop rule holds, or the searcher has nothing more.
    std::optional<proposal_type> ask() {
        tell_recorded();
        reason_ = check_rules(both({}));
        if (reason_ != stop_reason::none) return std::nullopt;
        proposal_type next;
        if (!draw(next)) {
            reason_ = stop_reason::exhausted;
            return std::nullopt;
        }
        keep_open(next, true);
        return next;
    }

    /// What became of a proposal, in any order. Throws std::invalid_argument where it is not pending.
    void tell(const proposal_type& asked, evaluation_type result) {
        const std::size_t place = find_pending(asked.id);
        if (const std::string wrong = wrong_metrics(result); !wrong.empty()) throw std::invalid_argument(wrong);
        fail_unless_finite(result);
        flights_[place].result = std::move(result);
        settle(place);
    }
    void tell(const proposal_type& asked, double value) requires(count == 1) { tell(asked, evaluation_type(value)); }

    /// Gives a proposal up: a failed trial.
    void abandon(const proposal_type& asked, std::string reason = "abandoned") {
        tell(asked, evaluation_type::failure(std::move(reason)));
    }

    /// Searches until a rule of `options` or of the search's own holds, or the searcher has nothing more; returns which.
    /// Goes on where an earlier run ended: `trials` counts from the beginning.
    stop_reason run(const run_options& options = {}) {
        if (options.batch == 1) tell_recorded();
        if (options.batch == 1 && pending_.empty()) return reason_ = run_serially(options.rules());
        return run(options, detail::serial_executor{});
    }

    /// The same, with the evaluations of a batch done by `executor`, whose `for_each(count, task)` calls task(0) to
    /// task(count - 1), in any order and on any threads, and returns when all are done. The history does not depend on it.
    template <class Executor>
    stop_reason run(const run_options& options, Executor&& executor) {
        if constexpr (!std::is_same_v<std::remove_cvref_t<Executor>, detail::serial_executor>)
            static_assert(check_visible_callee<Evaluator>());
        static_assert(
            std::is_same_v<std::remove_cvref_t<Executor>, detail::serial_executor> ||
                ConcurrentEvaluator<Evaluator, arch_type>,
            "nas: this evaluator changes when it is called, so that it cannot be called from several threads; make its call "
            "operator const, or run without an executor");
        if (options.batch < 1) throw std::invalid_argument("nas::search: batch (0) must be at least 1");
        return reason_ = run_batches(options, executor);
    }

    /// Puts a new search where the search that wrote `past` was, given the same searcher, evaluator, options and batch
    /// sizes: what follows is what would have followed. What `run` had asked and not told is asked again; what was asked by hand
    /// and not told is lost.
    /// Throws std::logic_error where this search has begun.
    void resume(const history_type& past) {
        if (next_id_ != 0) throw std::logic_error("nas::search: only a search that has not begun can resume");
        history_.reserve(past.size());
        const std::size_t settled = settled_rows(past);
        for (std::size_t row = 0; row < past.size(); ++row) {
            trial_type told = past[row];
            if (told.id >= next_id_) next_id_ = told.id + 1;
            enqueued_ += told.origin == trial_origin::enqueued ? 1U : 0U;
            imported_ += told.origin == trial_origin::imported ? 1U : 0U;
            learning_curve curve = past.curve(row);
            history_.append(told, past.told_when_asked(row), curve);
            if (row < settled) {
                tell_searcher(told);
            } else {
                pending_.push_back(told);
                flights_.push_back({.told_when_asked = settled, .recorded = true, .result = std::move(told.result)});
                ++recorded_;
            }
        }
        for (const auto& observer : observers_) observer(history_);
    }

    /// Tells the searcher the trials of another search over the same space, as imported. Their costs do not count.
    void warm_start(const history_type& past) {
        for (std::size_t row = 0; row < past.size(); ++row) {
            trial_type told = past[row];
            if (!searcher_.space().contains(told.arch))
                throw std::invalid_argument("nas::search: trial " + std::to_string(told.id) +
                                            " of the imported history is not in the space: " +
                                            std::string(searcher_.space().describe(told.arch)));
            told.id = next_id_++;
            told.parent = no_trial;
            told.origin = trial_origin::imported;
            told.result.cost = 0;
            ++imported_;
            learning_curve curve = past.curve(row);
            record(told, history_.size(), curve);
        }
    }

    /// Calls `observer(history())` after every trial told, of which it is the last row, and once after a resume.
    template <class F>
    void observe(F observer) {
        observers_.emplace_back(std::move(observer));
    }

    /// Ends `run` with stop_reason::interrupted as soon as `wanted()` is true. It is called before every evaluation and by
    /// evaluators that ask their context, from several threads at once where an executor has several.
    template <class F>
    void stop_when(F wanted) {
        stops_.emplace_back(std::move(wanted));
    }

  private:
    // What is known of a pending proposal, beside the proposal itself.
    struct flight {
        std::size_t told_when_asked = 0;
        bool by_hand = false;                                  // the caller asked for it and will tell
        bool recorded = false;                                 // resumed: in the history, but the searcher was not told
        std::optional<evaluation_type> result = std::nullopt;  // evaluated, not told yet
        learning_curve curve = {};
        std::exception_ptr error = nullptr;  // a fatal one
    };

    // ---- stopping

    bool interrupted() const {
        for (const auto& stop : stops_)
            if (stop()) return true;
        return false;
    }

    stop_rules both(const stop_rules& rules) const {
        const stop_rules& own = options_.stop;
        constexpr std::size_t most = no_trial;  // ids are what a trial_id can hold
        const auto least = [](auto a, auto b) { return b < a ? b : a; };
        return {least(least(own.trials, rules.trials), most), least(own.cost, rules.cost),
                least(own.wall_time, rules.wall_time), least(own.target, rules.target),
                least(own.patience, rules.patience)};
    }

    // Own trials, told or under way.
    std::size_t begun_trials() const noexcept { return history_.size() - imported_ + pending_.size() - recorded_; }

    stop_reason check_rules(const stop_rules& rules) const {
        if (begun_trials() >= rules.trials) return stop_reason::trials;
        if (history_.total_cost() >= rules.cost) return stop_reason::cost;
        if (history_.has_best() && history_.value(history_.best_row()) >= rules.target) return stop_reason::target;
        if (rules.patience != unlimited) {
            const std::size_t since = history_.has_best() ? history_.size() - 1 - history_.best_row() : history_.size();
            if (since >= rules.patience) return stop_reason::patience;
        }
        if (rules.wall_time < no_limit && detail::monotonic_seconds() - start_ >= rules.wall_time)
            return stop_reason::wall_time;
        return stop_reason::none;
    }

    // ---- asking, evaluating, telling one trial

    // Fills `next` with the next proposal; false where the searcher has none. Members are assigned one by one: copying the
    // proposal as a block, just after its parts were written, costs more than everything else here (stalled store forwarding).
    bool draw(proposal_type& next) {
        if (enqueued_ < options_.enqueue.size()) {
            next = proposal_type(options_.enqueue[enqueued_++]);
            next.origin = trial_origin::enqueued;
        } else {
            const ask_view<arch_type> view{next_id_, history_.size() - recorded_, next_id_ - enqueued_ - imported_,
                                           pending_};
            rng random = streams_(next_id_, purpose::ask);
            std::optional<proposal_type> asked = searcher_.ask(view, random);
            if (!asked) return false;
            next.arch = std::move(asked->arch);
            next.parent = asked->parent;
            next.fidelity = asked->fidelity;
            next.origin = trial_origin::asked;
        }
        next.id = next_id_++;
        return true;
    }

    // Lets fatal errors out. `gave_up`: the evaluator was told that the search is interrupted, the result means nothing.
    // `result` is new, or what the trial before left: a plain number touches neither its string nor its vector.
    void evaluate(const proposal_type& asked, evaluation_type& result, learning_curve& curve, bool& gave_up) {
        try {
            if constexpr (detail::CallableWithContext<Evaluator, arch_type>) {
                const std::uint64_t seed = streams_.seed(asked.id, purpose::evaluate);
                const stop_query stop{[](const void* self) { return static_cast<const search*>(self)->interrupted(); },
                                      this};
                assign(result,
                       evaluator_(asked.arch, context(asked.id, seed, asked.fidelity, &curve, stop, &gave_up, count)));
            } else {
                assign(result, evaluator_(asked.arch));
            }
        } catch (const fatal_error&) {
            throw;
        } catch (const std::exception& error) {
            result = evaluation_type::failure(error.what());
        } catch (...) {
            result = evaluation_type::failure("the evaluator threw something that is not a std::exception");
        }
        if (!result.metrics.empty())
            if (const std::string wrong = wrong_metrics(result); !wrong.empty()) throw fatal_error(wrong);
        fail_unless_finite(result);
    }

    std::string wrong_metrics(const evaluation_type& result) const {
        const std::size_t names = history_.metric_names().size();
        if (result.metrics.empty() || result.metrics.size() == names) return {};
        return "nas::search: the evaluation has " + std::to_string(result.metrics.size()) +
               " metrics, but the evaluator's metric_names() has " + std::to_string(names);
    }

    template <class Answer>
    static void assign(evaluation_type& result, Answer&& answer) {
        using plain = std::remove_cvref_t<Answer>;
        if constexpr (std::is_same_v<plain, evaluation_type>) {
            const bool numbers_only =
                result.metrics.empty() && result.reason.empty() && answer.metrics.empty() && answer.reason.empty();
            if (!numbers_only) {
                result = std::forward<Answer>(answer);
                return;
            }
            result.values = answer.values;
            result.cost = answer.cost;
            result.status = answer.status;
        } else {
            if (!result.completed()) result = evaluation_type();
            if constexpr (std::is_arithmetic_v<plain>) {
                result.values[0] = static_cast<double>(answer);
            } else {
                result.values = answer;
            }
        }
    }

    static void fail_unless_finite(evaluation_type& result) {
        if (!result.completed() || detail::all_finite(result.values)) return;
        result.status = trial_status::failed;
        result.reason = "the evaluator's value is not finite";
    }

    void tell_searcher(const trial_type& told) {
        rng random = streams_(told.id, purpose::tell);
        searcher_.tell(told, random);
    }

    void record(const trial_type& told, std::size_t told_when_asked, learning_curve& curve) {
        history_.append(told, told_when_asked, curve);
        tell_searcher(told);
        for (const auto& observer : observers_) observer(history_);
    }

    // ---- proposals under way

    std::size_t find_pending(trial_id id) const {
        for (std::size_t i = 0; i < pending_.size(); ++i)
            if (pending_[i].id == id && flights_[i].by_hand) return i;
        throw std::invalid_argument("nas::search: proposal " + std::to_string(id) +
                                    " is not pending: it was told already, or never asked here");
    }

    void keep_open(const proposal_type& asked, bool by_hand = false) {
        pending_.push_back(asked);
        flights_.push_back({.told_when_asked = history_.size() - recorded_, .by_hand = by_hand});
    }

    // Tells pending proposal `place`, which has a result, and removes it.
    void settle(std::size_t place) {
        const auto at = static_cast<std::ptrdiff_t>(place);
        trial_type told{std::move(pending_[place]), *std::move(flights_[place].result)};
        flight ended = std::move(flights_[place]);
        pending_.erase(pending_.begin() + at);
        flights_.erase(flights_.begin() + at);
        if (ended.recorded) {
            --recorded_;
            tell_searcher(told);
        } else {
            record(told, ended.told_when_asked, ended.curve);
        }
    }

    void tell_recorded() {
        while (recorded_ > 0) settle(0);
    }

    // Rows of a resumed history after which the searcher was in the state that its last batch was asked in. The rest of that
    // batch, if any, was asked before the rows after these were told, and so must be asked again before they are.
    static std::size_t settled_rows(const history_type& past) {
        if (past.empty() || past.origin(past.size() - 1) == trial_origin::imported) return past.size();  // never asked
        const std::size_t settled = past.told_when_asked(past.size() - 1);
        for (std::size_t row = settled; row < past.size(); ++row)
            if (past.told_when_asked(row) != settled) return past.size();  // asked by hand, in no batches
        return settled;
    }

    // ---- runs

    void reserve_for(const stop_rules& rules) {
        constexpr std::size_t most = std::size_t{1} << 20;  // beyond, growing by doubling is as good
        // Not for a few more trials: many short runs would copy the history each time.
        if (rules.trials <= most && rules.trials / 2 >= history_.size()) history_.reserve(rules.trials);
    }

    stop_reason run_serially(const stop_rules& given) {
        const stop_rules rules = both(given);
        reserve_for(rules);
        trial_type told{};  // one for all trials: see evaluate
        learning_curve curve;
        for (;;) {
            if (interrupted()) return stop_reason::interrupted;
            if (const stop_reason reason = check_rules(rules); reason != stop_reason::none) return reason;
            if (const std::size_t trials = plain_trials(rules); trials > 0) {
                if (!run_plainly(trials, told)) return stop_reason::exhausted;
                continue;
            }
            if (!draw(told)) return stop_reason::exhausted;
            bool gave_up = false;
            try {
                evaluate(told, told.result, curve, gave_up);
            } catch (const fatal_error&) {
                keep_open(told);
                throw;
            }
            if (gave_up) {
                keep_open(told);
                return stop_reason::interrupted;
            }
            record(told, history_.size(), curve);
        }
    }

    // How many trials can go without anything but asking, evaluating and telling in between.
    std::size_t plain_trials(const stop_rules& rules) const {
        const bool counts_only = rules.cost == no_limit && rules.wall_time == no_limit && rules.target == no_limit &&
                                 rules.patience == unlimited;
        const bool watched = !stops_.empty() || !observers_.empty();
        const bool plain = history_.plain() && next_id_ == history_.size() && enqueued_ == options_.enqueue.size();
        return counts_only && !watched && plain ? rules.trials - begun_trials() : 0;
    }

    // What run_serially's loop does when none of its cases arises, with what is known to be the same for all trials left
    // out: half of the time of a step. Flattened, because ask is too large to be inlined otherwise, and its answer would go
    // through memory: another quarter. Returns early after a trial that is not plain; false where the searcher has no more.
    NAS_DETAIL_FLATTEN bool run_plainly(std::size_t trials, trial_type& told) {
        learning_curve curve;
        bool gave_up = false;
        try {
            for (; trials > 0; --trials) {
                const ask_view<arch_type> view{next_id_, next_id_, next_id_ - enqueued_ - imported_, {}};
                rng random = streams_(next_id_, purpose::ask);
                std::optional<proposal_type> asked = searcher_.ask(view, random);
                if (!asked) return false;
                told.arch = std::move(asked->arch);
                told.parent = asked->parent;
                told.fidelity = asked->fidelity;
                told.id = next_id_++;
                evaluate(told, told.result, curve, gave_up);
                const bool plain = told.completed() && told.result.cost == 0 && told.fidelity == full_fidelity &&
                                   told.result.metrics.empty() && told.result.reason.empty() && curve.empty();
                if (!plain) {
                    record(told, history_.size(), curve);
                    return true;
                }
                history_.append_usual(told, told.result.values);
                tell_searcher(told);
            }
        } catch (const fatal_error&) {
            keep_open(told);
            throw;
        }
        return true;
    }

    template <class Executor>
    stop_reason run_batches(const run_options& options, Executor& executor) {
        const stop_rules rules = both(options.rules());
        reserve_for(rules);
        for (;;) {
            if (interrupted()) return stop_reason::interrupted;
            std::size_t own = own_flights();
            if (own == 0)
                if (const stop_reason reason = check_rules(rules); reason != stop_reason::none) return reason;
            // What an interrupted run left is finished first; only a batch of which nothing was told is filled up.
            if (own == recorded_) {
                while (own < options.batch && begun_trials() < rules.trials) {
                    proposal_type next;
                    if (!draw(next)) break;
                    keep_open(next);
                    ++own;
                }
                if (own == 0) return stop_reason::exhausted;
            }
            evaluate_pending(executor);
            if (!settle_batch()) return stop_reason::interrupted;
        }
    }

    std::size_t own_flights() const noexcept {
        std::size_t own = 0;
        for (const flight& one : flights_) own += one.by_hand ? 0U : 1U;
        return own;
    }

    template <class Executor>
    void evaluate_pending(Executor& executor) {
        executor.for_each(flights_.size(), [this](std::size_t i) {
            flight& one = flights_[i];
            if (one.by_hand || one.result || interrupted()) return;
            evaluation_type result;
            learning_curve curve;
            bool gave_up = false;
            try {
                evaluate(pending_[i], result, curve, gave_up);
                if (gave_up) return;
                one.result = std::move(result);
                one.curve = std::move(curve);
            } catch (const fatal_error&) {
                one.error = std::current_exception();
            }
        });
    }

    // Tells the batch in the order of asking, up to the first that has no result; false where there is one.
    bool settle_batch() {
        std::size_t place = 0;
        while (place < flights_.size()) {
            if (flights_[place].by_hand) {
                ++place;
            } else if (flights_[place].result) {
                settle(place);
            } else if (flights_[place].error) {
                std::rethrow_exception(std::exchange(flights_[place].error, nullptr));
            } else {
                return false;
            }
        }
        return true;
    }

    Searcher searcher_;
    Evaluator evaluator_;
    options_type options_;
    streams streams_;
    history_type history_;
    double start_;
    stop_reason reason_ = stop_reason::none;
    trial_id next_id_ = 0;
    trial_id enqueued_ = 0;  // how many of the enqueued architectures were asked
    trial_id imported_ = 0;
    std::size_t recorded_ = 0;            // resumed trials that wait to be told, at the front of pending_
    std::vector<proposal_type> pending_;  // in the order of asking
    std::vector<flight> flights_;         // parallel to pending_
    std::vector<callback<void(const history_type&)>> observers_;
    std::vector<callback<bool()>> stops_;
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

#undef NAS_DETAIL_FLATTEN
