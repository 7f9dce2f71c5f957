// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <exception>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/run/search/executor.hpp>
#include <nas/run/search/plain_run.hpp>
#include <nas/run/search/state.hpp>

namespace nas::detail {

template <class State>
void reserve_for(State& search, const stop_rules& rules) {
    constexpr std::size_t most = std::size_t{1} << 20;  // beyond, growing by doubling is as good
    // Not for a few more trials: many short runs would copy the history each time.
    if (rules.trials <= most && rules.trials / 2 >= search.history.size()) search.history.reserve(rules.trials);
}

/// How many trials can go without anything but asking, evaluating and telling in between.
template <class State>
std::size_t plain_trials(const State& search, const stop_rules& rules) {
    const bool counts_only = !looks_at_trials(rules) && rules.wall_time == no_limit && !search.options.measure_times;
    const bool watched = !search.stops.empty() || !search.observers.empty();
    const trial_numbers::number next = search.numbers.next();
    const bool plain =
        search.history.plain() && next.id == search.history.size() && next.place >= search.options.enqueue.size();
    return counts_only && !watched && plain ? rules.trials - search.begun_trials() : 0;
}

/// What a serial run asked for and could not evaluate is a batch of one.
template <class State>
void keep_open(State& search, const typename State::proposal_type& asked) {
    search.batch = {asked.id, 1};
    search.numbers.take();
    search.open.open(asked, {.told_when_asked = search.history.size()});
}

/// One trial at a time; nothing is open.
template <class State>
stop_reason run_serially(State& search, const stop_rules& rules) {
    typename State::trial_type trial{};  // one for all: a plain number touches neither its string nor its vector
    learning_curve curve;
    for (;;) {
        if (const stop_reason reason = search.why_to_end(rules, true); reason != stop_reason::none) return reason;
        if (search.interrupted()) return stop_reason::interrupted;
        bool gave_up = false;
        try {
            if (const std::size_t trials = plain_trials(search, rules); trials > 0) {
                const plain_end end =
                    run_plainly(trials, search.searcher, search.evaluator, search.random, search.numbers,
                                search.options.enqueue.size(), search.history, trial, curve);
                if (end == plain_end::exhausted) return stop_reason::exhausted;
                if (end == plain_end::trials) continue;
            } else {
                if (!search.draw(trial, search.numbers.next(), {})) return stop_reason::exhausted;
                const stopwatch waiting(search.measured(search.times.evaluate));
                search.evaluate(trial, trial.result, curve, gave_up, search.times.evaluations);
            }
        } catch (const fatal_error&) {
            keep_open(search, trial);
            throw;
        }
        if (gave_up) {
            keep_open(search, trial);
            return stop_reason::interrupted;
        }
        search.numbers.take();
        search.record(trial, search.history.size(), curve);
    }
}

template <class State>
bool ask_batch(State& search, std::size_t most, const stop_rules& rules) {
    search.batch = {search.numbers.next().id, 0};
    std::size_t& size = search.batch.size;
    const std::size_t place = search.open.size();
    while (size < most && search.begun_trials() < rules.trials) {
        // The numbers of a batch follow each other: numbers that are given out again are batches of their own.
        const trial_numbers::number number = search.numbers.next();
        typename State::proposal_type next;
        if (number.id != search.batch.first + size || !search.draw(next, number, search.open.proposals())) break;
        search.numbers.take();
        search.open.open(next, {.told_when_asked = search.history.size()});
        ++size;
    }
    for (std::size_t i = 0; i < size; ++i) search.open.state(place + i).batch_rest = size - 1 - i;
    return size > 0;
}

/// The trials of a batch that are evaluated without a gap, from its beginning: whether they end the run, so that those after
/// them need not be evaluated. Called from several threads.
template <class State>
class evaluated_prefix {
  public:
    evaluated_prefix(const State& search, const stop_rules& rules)
        : search_(search), rules_(rules), looks_(looks_at_trials(rules)), sum_(search.told) {}

    bool ends_before(std::size_t place) {
        while (__atomic_test_and_set(&locked_, __ATOMIC_ACQUIRE)) {  // held for a few steps
        }
        while (!ends_ && next_ < search_.open.size() && passes(search_.open.state(next_))) ++next_;
        const bool ends = ends_ && place > next_;
        __atomic_clear(&locked_, __ATOMIC_RELEASE);
        return ends;
    }

  private:
    bool passes(const typename State::open_type& one) {
        if (one.by_hand) return true;
        const auto reached = one.state();
        if (reached == State::open_type::waiting) return false;
        if (reached == State::open_type::evaluated && looks_)
            sum_.add(one.result->completed(), one.result->values[0], one.result->cost);
        ends_ = reached == State::open_type::broken || (looks_ && sum_.reached(rules_) != stop_reason::none);
        return !ends_;
    }

    const State& search_;
    const stop_rules& rules_;
    bool looks_;
    bool locked_ = false;
    bool ends_ = false;
    std::size_t next_ = 0;  // the first that is not evaluated, or ends the run
    tally sum_;
};

/// Evaluates the batch by one call of the evaluator, which has evaluate_batch.
template <class State>
void evaluate_together(State& search, const stop_rules& rules) {
    using arch_type = typename State::arch_type;
    struct slot {
        std::size_t place;
        learning_curve curve = {};
        bool gave_up = false;
    };
    std::vector<slot> slots;
    std::vector<arch_type> archs;
    for (std::size_t i = 0; i < search.open.size(); ++i) {
        if (search.open.state(i).by_hand || search.open.state(i).result) continue;
        slots.push_back({.place = i});
        archs.push_back(search.open[i].arch);
    }
    if (slots.empty() || search.interrupted() || search.out_of_time(rules)) return;
    std::vector<context> abouts;
    for (slot& one : slots) {
        const auto& asked = search.open[one.place];
        abouts.emplace_back(asked.id, search.random.seed(asked.id, purpose::evaluate), asked.fidelity, &one.curve,
                            search.stop(), &one.gave_up, State::objectives);
    }
    const stopwatch waiting(search.measured(search.times.evaluate));
    const stopwatch evaluating(search.measured(search.times.evaluations));
    auto results = evaluate_together<State::objectives>("nas::search", search.evaluator,
                                                        std::span<const arch_type>(archs), abouts);
    for (std::size_t i = 0; i < slots.size(); ++i) {
        if (slots[i].gave_up) continue;
        check_answer(results[i], search.history.metric_names().size());
        auto& one = search.open.state(slots[i].place);
        one.result = std::move(results[i]);
        one.curve = std::move(slots[i].curve);
        one.set_state(State::open_type::evaluated);
    }
}

template <class State, class Executor>
void evaluate_batch(State& search, const stop_rules& rules, Executor& executor) {
    using progress = typename State::open_type::progress;
    for (std::size_t i = 0; i < search.open.size(); ++i) {  // what was broken at an earlier run is tried again
        auto& one = search.open.state(i);
        if (one.state() != progress::broken) continue;
        one.error = nullptr;
        one.set_state(progress::waiting);
    }
    if constexpr (std::is_same_v<std::remove_const_t<Executor>, serial_executor> &&
                  BatchEvaluator<typename State::evaluator_type, typename State::arch_type>)
        return evaluate_together(search, rules);
    evaluated_prefix before(search, rules);
    const stopwatch waiting(search.measured(search.times.evaluate));
    executor.for_each(search.open.size(), [&search, &rules, &before](std::size_t i) {
        auto& one = search.open.state(i);
        if (one.by_hand || one.result || search.interrupted() || search.out_of_time(rules) || before.ends_before(i))
            return;
        typename State::evaluation_type result;
        learning_curve curve;
        bool gave_up = false;
        try {
            search.evaluate(search.open[i], result, curve, gave_up, one.seconds);
            if (gave_up) return;
            one.result = std::move(result);
            one.curve = std::move(curve);
            one.set_state(progress::evaluated);
        } catch (const fatal_error&) {
            one.error = std::current_exception();
            one.set_state(progress::broken);
        }
    });
    for (std::size_t i = 0; i < search.open.size(); ++i)
        search.times.evaluations += std::exchange(search.open.state(i).seconds, 0);
}

/// Tells the batch in the order of asking. Returns why it must stop before all are told, or none.
template <class State>
stop_reason settle_batch(State& search, const stop_rules& rules) {
    for (;;) {
        const std::size_t place = search.open.first_of_batch();
        if (place == search.open.size()) return stop_reason::none;
        auto& one = search.open.state(place);
        if (one.error) std::rethrow_exception(std::exchange(one.error, nullptr));
        if (!one.result) {
            const bool time = search.out_of_time(rules) && !search.interrupted();
            return time ? stop_reason::wall_time : stop_reason::interrupted;
        }
        search.settle(place, std::move(*one.result));
        if (const stop_reason reason = search.reached_by_told(rules); reason != stop_reason::none) return reason;
    }
}

/// Batch by batch: asks, evaluates, tells. What an earlier run left of a batch comes first.
template <class State, class Executor>
stop_reason run_batches(State& search, const stop_rules& rules, std::size_t size, Executor& executor) {
    for (;;) {
        const bool asking = search.open.first_of_batch() == search.open.size();
        if (const stop_reason reason = search.why_to_end(rules, asking); reason != stop_reason::none) return reason;
        if (search.interrupted()) return stop_reason::interrupted;
        if (asking && !ask_batch(search, size, rules))
            return search.open.empty() ? stop_reason::exhausted : stop_reason::waiting;
        evaluate_batch(search, rules, executor);
        if (const stop_reason reason = settle_batch(search, rules); reason != stop_reason::none) return reason;
    }
}

}  // namespace nas::detail
