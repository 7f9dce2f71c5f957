// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <nas/core/rng.hpp>
#include <nas/core/trial.hpp>
#include <nas/run/search/evaluate.hpp>
#include <nas/run/search/trial_numbers.hpp>

// Sanitizers make a flattened loop slow to compile, and nobody times them.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define NAS_DETAIL_FLATTEN [[gnu::flatten]]
#else
#define NAS_DETAIL_FLATTEN
#endif

namespace nas::detail {

enum class plain_end : std::uint8_t { trials, exhausted, unusual };

/// What a serial search's loop does when none of its cases arises, with what is known to be the same for all trials left out:
/// half of the time of a step. Flattened, because `ask` is too large to be inlined otherwise, and its answer would go through
/// memory: another quarter.
///
/// Every trial so far was plain (`history::plain`), told, and has its row as its number. Ends after `trials` of them, where
/// the searcher has no more, or early at one that is not plain: `told` and `curve` then hold it, evaluated and not told. Where the
/// evaluator throws a fatal error, `told` holds what was asked.
template <class Searcher, class Evaluator, class History>
NAS_DETAIL_FLATTEN plain_end run_plainly(std::size_t trials, Searcher& searcher, Evaluator& evaluator,
                                         const streams& random, trial_numbers& numbers, std::size_t enqueued,
                                         History& history, typename History::trial_type& out, learning_curve& curve) {
    using arch_type = typename History::arch_type;
    struct counter {  // of the numbers taken, also where something throws
        trial_numbers& numbers;
        trial_id told = 0;
        ~counter() { numbers.take(told); }
    } taken{numbers};
    // `told`'s own: a local one's address nobody else knows, so that what is written to it need not be read back from memory.
    struct handed_over {
        typename History::trial_type& to;
        typename History::trial_type trial = std::move(to);
        ~handed_over() { to = std::move(trial); }
    } kept{out};
    auto& told = kept.trial;
    const trial_numbers::number first = numbers.next();
    const std::size_t not_asked = first.id - (first.place - enqueued);
    const std::size_t metrics = history.metric_names().size();
    bool never = false;  // nothing interrupts
    for (; taken.told < trials; ++taken.told) {
        const trial_id id = first.id + taken.told;
        const ask_view<arch_type> view{id, id, id - not_asked, {}};
        rng for_ask = random(id, purpose::ask);
        std::optional<proposal<arch_type>> asked = static_cast<const Searcher&>(searcher).ask(view, for_ask);
        if (!asked) return plain_end::exhausted;
        told.arch = std::move(asked->arch);
        told.parent = asked->parent;
        told.fidelity = asked->fidelity;
        told.origin = trial_origin::asked;
        told.id = id;
        evaluate(evaluator, told, random, {}, metrics, told.result, curve, never);
        const bool plain = told.completed() && told.result.cost == 0 && told.fidelity == full_fidelity &&
                           told.result.metrics.empty() && told.result.reason.empty() && curve.empty();
        if (!plain) return plain_end::unusual;
        history.append_usual(told, told.result.values);
        rng for_tell = random(id, purpose::tell);
        searcher.tell(told, for_tell);
    }
    return plain_end::trials;
}

}  // namespace nas::detail

#undef NAS_DETAIL_FLATTEN
