// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/history.hpp>
#include <nas/core/searcher.hpp>
#include <nas/operators/text.hpp>
#include <nas/run/callback.hpp>
#include <nas/run/search/evaluate.hpp>
#include <nas/run/search/open_trials.hpp>
#include <nas/run/search/search_times.hpp>
#include <nas/run/search/tally.hpp>
#include <nas/run/search/trial_numbers.hpp>
#include <nas/run/stop_rules.hpp>

namespace nas {

/// What a search is a function of, with its searcher, its evaluator and the batch sizes of its runs.
template <class Arch>
struct search_options {
    std::uint64_t seed = 0;
    stop_rules stop = {};            ///< for `ask` and for every `run`
    std::vector<Arch> enqueue = {};  ///< evaluated first, in this order
    bool measure_times = false;      ///< see search_times; changes no history, and costs a clock's look a step
    /// Of an evaluator that does not say it itself, as a function or a program: see nas::recommend. Changes no trial.
    evaluation_noise noise = evaluation_noise::unknown;
};

namespace detail {

/// All that a search holds, and the steps that its runs are made of.
template <class Searcher, class Evaluator, std::size_t Objectives>
struct search_state {
    using space_type = typename Searcher::space_type;
    using arch_type = arch_t<space_type>;
    using proposal_type = proposal<arch_type>;
    using evaluation_type = evaluation<Objectives>;
    using trial_type = trial<arch_type, Objectives>;
    using history_type = nas::history<space_type, Objectives>;
    using open_type = open_trial<Objectives>;
    using evaluator_type = Evaluator;
    static constexpr std::size_t objectives = Objectives;

    search_state(Searcher search_by, Evaluator measure, search_options<arch_type> given)
        : searcher(std::move(search_by)),
          evaluator(std::move(measure)),
          options(std::move(given)),
          random(options.seed),
          history(searcher.space(), metric_names_of(evaluator), noise_of(evaluator, options.noise)) {
        check_limits(options.stop);
        for (const arch_type& arch : options.enqueue)
            if (!searcher.space().contains(arch))
                throw std::invalid_argument("nas::search: an enqueued architecture is not in the space: " +
                                            outside_text(searcher.space(), arch, searcher.space()));
        if constexpr (BeginningSearcher<Searcher>) {
            rng for_begin = random(0, purpose::begin);
            searcher.begin(for_begin);
        }
    }

    // ---- stopping

    bool interrupted() const {
        for (const auto& wanted : stops)
            if (wanted()) return true;
        return false;
    }

    /// The rules of the search and those of a run together.
    stop_rules both(const stop_rules& rules) const {
        const stop_rules& own = options.stop;
        constexpr std::size_t most = no_trial;  // ids are what a trial_id can hold
        const auto least = [](auto a, auto b) { return b < a ? b : a; };
        return {least(least(own.trials, rules.trials), most), least(own.cost, rules.cost),
                least(own.wall_time, rules.wall_time), least(own.target, rules.target),
                least(own.patience, rules.patience)};
    }

    /// Own trials, told or under way.
    std::size_t begun_trials() const noexcept { return history.size() - numbers.imported() + open.size(); }

    bool out_of_time(const stop_rules& rules) const {
        return rules.wall_time < no_limit && monotonic_seconds() - start >= rules.wall_time;
    }
    stop_reason reached_by_told(const stop_rules& rules) {
        if (!looks_at_trials(rules)) return stop_reason::none;
        told.catch_up(history);
        return told.reached(rules);
    }
    /// `asking`: whether the next trial is to be asked for, so that what is under way counts; else it is under way.
    stop_reason why_to_end(const stop_rules& rules, bool asking) {
        if (const stop_reason reached = reached_by_told(rules); reached != stop_reason::none) return reached;
        const std::size_t trials = asking ? begun_trials() : history.size() - numbers.imported();
        if (trials >= rules.trials) return stop_reason::trials;
        return out_of_time(rules) ? stop_reason::wall_time : stop_reason::none;
    }

    /// Where a stopwatch adds to `sum`, if times are measured.
    double* measured(double& sum) const noexcept { return options.measure_times ? &sum : nullptr; }

    // ---- asking, evaluating, telling one trial

    /// Fills `next` with the proposal of that number; false where the searcher has none. Members are assigned one by one:
    /// copying the proposal as a block, just after its parts were written, costs more than everything else here (stalled
    /// store forwarding).
    bool draw(proposal_type& next, const trial_numbers::number& number, std::span<const proposal_type> pending) {
        const std::size_t enqueued = options.enqueue.size();
        if (number.place < enqueued) {
            next = proposal_type(options.enqueue[number.place]);
            next.origin = trial_origin::enqueued;
        } else {
            const ask_view<arch_type> view{number.id, history.size(), number.place - enqueued, pending};
            rng for_ask = random(number.id, purpose::ask);
            const stopwatch asking(measured(times.ask));
            std::optional<proposal_type> asked = static_cast<const Searcher&>(searcher).ask(view, for_ask);
            if (!asked) return false;
            next.arch = std::move(asked->arch);
            next.parent = asked->parent;
            next.fidelity = asked->fidelity;
            next.origin = trial_origin::asked;
        }
        next.id = number.id;
        return true;
    }

    /// What evaluators ask whether to give up.
    stop_query stop() const noexcept {
        return {[](const void* self) { return static_cast<const search_state*>(self)->interrupted(); }, this};
    }

    /// `seconds`: where the length of the evaluation is added. Called from several threads.
    void evaluate(const proposal_type& asked, evaluation_type& result, learning_curve& curve, bool& gave_up,
                  double& seconds) {
        const stopwatch evaluating(measured(seconds));
        detail::evaluate(evaluator, asked, random, stop(), history.metric_names().size(), result, curve, gave_up);
    }

    void tell_searcher(const trial_type& ended) {
        rng for_tell = random(ended.id, purpose::tell);
        const stopwatch telling(measured(times.tell));
        searcher.tell(ended, for_tell);
    }
    void record(const trial_type& ended, std::size_t told_when_asked, learning_curve& curve,
                std::size_t batch_rest = 0) {
        history.append(ended, told_when_asked, curve, batch_rest);
        tell_searcher(ended);
        call_observers();
    }
    /// By place, and not those that are added meanwhile. `ended`: why a run ended; none where a trial was told.
    void call_observers(stop_reason ended = stop_reason::none) {
        const std::size_t those_there = observers.size();
        for (std::size_t i = 0; i < those_there; ++i) observers[i](history, ended);
    }

    /// Tells the open trial at `place`, with what came out of it, and closes it.
    void settle(std::size_t place, evaluation_type&& result) {
        open_type& one = open.state(place);
        const trial_type trial{open[place], std::move(result)};
        const std::size_t told_when_asked = one.told_when_asked;
        const std::size_t batch_rest = one.batch_rest;
        learning_curve curve = std::move(one.curve);
        open.close(place);
        record(trial, told_when_asked, curve, batch_rest);
    }

    /// A batch of which nothing was told might never have been asked: what follows is the same as after a resume, which knows
    /// nothing of it.
    void give_back_untold_batch() {
        const std::size_t place = open.first_of_batch();
        if (place == open.size() || open.state(place).told_when_asked != history.size()) return;
        for (std::size_t i = 0; i < batch.size; ++i) open.close(open.first_of_batch());
        numbers.give_back(batch.first, batch.size);
    }

    Searcher searcher;
    Evaluator evaluator;
    search_options<arch_type> options;
    streams random;
    history_type history;
    double start = monotonic_seconds();
    search_times times;
    trial_numbers numbers;
    open_trials<arch_type, Objectives> open;
    tally told;
    std::vector<callback<void(const history_type&, stop_reason)>> observers;
    std::vector<callback<bool()>> stops;

    struct {
        trial_id first = 0;
        std::size_t size = 0;
    } batch;  ///< the last that a run asked

    struct {
        std::size_t rows = 0;      ///< that an earlier process told
        std::size_t compared = 0;  ///< those of them whose imports were compared
    } resumed;
};

}  // namespace detail

}  // namespace nas
