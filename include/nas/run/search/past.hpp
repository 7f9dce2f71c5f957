// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/run/search/open_batch.hpp>
#include <nas/run/search/state.hpp>

/// Going on from a history: one's own (resume) or another search's (warm start).
namespace nas::detail {

/// The numbers that the search had given out which wrote `past`. Throws where it had other architectures in line.
template <class State>
trial_numbers numbers_of(const State& search, const typename State::history_type& past, const open_batch& cut) {
    std::vector<std::pair<trial_id, bool>> taken;
    taken.reserve(past.size() + cut.missing.size());
    for (std::size_t row = 0; row < past.size(); ++row)
        taken.emplace_back(past.id(row), past.origin(row) == trial_origin::imported);
    for (const trial_id id : cut.missing) taken.emplace_back(id, false);
    trial_numbers numbers;
    numbers.restore(taken);
    const auto& enqueue = search.options.enqueue;
    for (std::size_t row = 0; row < past.size(); ++row) {
        if (past.origin(row) == trial_origin::imported) continue;
        const std::size_t place = numbers.place_of(past.id(row));
        const bool enqueued = past.origin(row) == trial_origin::enqueued;
        if (enqueued != (place < enqueue.size()) || (enqueued && !(past.arch(row) == enqueue[place])))
            throw std::invalid_argument("nas::search: trial " + std::to_string(past.id(row)) +
                                        " of the history to resume is of a search with other enqueued architectures");
    }
    return numbers;
}

/// Asks again for the rest of the batch that `past` ends within. Called when all before that batch is told.
template <class State>
void ask_again(State& search, const typename State::history_type& past, const open_batch& cut) {
    const auto recorded = open_then(past, cut);
    std::vector<typename State::proposal_type> open;  // when the next was asked
    std::size_t seen = 0;
    for (const trial_id id : cut.missing) {
        while (seen < recorded.size() && recorded[seen].id < id) open.push_back(recorded[seen++]);
        typename State::proposal_type next;
        if (!search.draw(next, {id, search.numbers.place_of(id)}, open)) break;
        search.open.open(next, {.told_when_asked = cut.told_when_asked, .batch_rest = cut.last - id});
        open.push_back(std::move(next));
    }
}

template <class State>
void resume(State& search, const typename State::history_type& past) {
    const open_batch cut = open_batch_of(past);
    search.numbers = numbers_of(search, past, cut);
    search.history.reserve(past.size());
    for (std::size_t row = 0; row < past.size(); ++row) {
        if (row == cut.told_when_asked) ask_again(search, past, cut);
        const typename State::trial_type trial = past[row];
        learning_curve curve = past.curve(row);
        search.history.append(trial, past.told_when_asked(row), curve, past.batch_rest(row));
        search.tell_searcher(trial);
    }
    search.resumed.rows = past.size();
    search.call_observers();
}

/// Whether `past` begins with what the search told, or the other way round, and not with imports alone: it is the search's own
/// history, as from its file.
template <class History>
bool is_own(const History& past, const History& own) {
    const std::size_t rows = own.size() < past.size() ? own.size() : past.size();
    bool asked = false;
    for (std::size_t row = 0; row < rows; ++row) {
        if (own.id(row) != past.id(row) || own.origin(row) != past.origin(row) ||
            own.told_when_asked(row) != past.told_when_asked(row) || own.parent(row) != past.parent(row) ||
            own.status(row) != past.status(row) || !(own.arch(row) == past.arch(row)) ||
            (own.completed(row) && own.values(row) != past.values(row)))
            return false;
        asked = asked || own.origin(row) != trial_origin::imported;
    }
    return asked;
}

/// How many trials of `past` the search knows from the process that it resumes. Throws where it cannot import the others.
template <class State>
std::size_t known_imports(State& search, const typename State::history_type& past) {
    const auto& own = search.history;
    if (is_own(past, own)) throw std::invalid_argument("nas::search: a search cannot import its own history");
    for (std::size_t row = 0; row < past.size(); ++row)
        if (const auto arch = past.arch(row); !search.searcher.space().contains(arch))
            throw std::invalid_argument("nas::search: trial " + std::to_string(past.id(row)) +
                                        " of the imported history is not in the space: " +
                                        outside_text(search.searcher.space(), arch, past.space()));
    std::size_t known = 0;
    std::size_t row = search.resumed.compared;
    for (; row < search.resumed.rows && known < past.size(); ++row) {
        if (own.origin(row) != trial_origin::imported) continue;
        if (!(own.arch(row) == past.arch(known)) || own.status(row) != past.status(known) ||
            (own.completed(row) && own.values(row) != past.values(known)))
            throw std::invalid_argument(
                "nas::search: trial " + std::to_string(own.id(row)) +
                " of the resumed history was imported from another history than the one to import now, whose trial " +
                std::to_string(past.id(known)) + " differs; import the same, in the same order");
        ++known;
    }
    search.resumed.compared = row;
    return known;
}

template <class State>
void warm_start(State& search, const typename State::history_type& past) {
    // For each of the own metrics its column in the past, one that does not exist where it has none.
    std::vector<std::size_t> columns;
    for (const std::string& name : search.history.metric_names()) {
        std::size_t column = 0;
        while (column < past.metric_names().size() && past.metric_names()[column] != name) ++column;
        columns.push_back(column);
    }
    for (std::size_t row = known_imports(search, past); row < past.size(); ++row) {
        typename State::trial_type trial = past[row];
        trial.id = search.numbers.take_for_import();
        trial.parent = no_trial;
        trial.origin = trial_origin::imported;
        trial.result.cost = 0;
        trial.result.metrics.clear();
        if (const std::span<const double> given = past.metrics(row); !given.empty())
            for (const std::size_t column : columns)
                trial.result.metrics.push_back(column < given.size() ? given[column]
                                                                     : std::numeric_limits<double>::quiet_NaN());
        learning_curve curve = past.curve(row);
        search.record(trial, search.history.size(), curve);
    }
}

}  // namespace nas::detail
