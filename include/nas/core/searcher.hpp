// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <type_traits>

#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>

namespace nas {

namespace detail {

/// A reference, as `space()` must return one: of a copy nothing is left after the call.
template <class R, class T>
concept ReferenceTo = std::is_lvalue_reference_v<R> && std::derived_from<std::remove_cvref_t<R>, T>;

}  // namespace detail

/// A search algorithm, without a loop of its own. `ask` is const and only `tell` (and `begin`) change its state, which hence
/// follows from the seed, the options and the trials told. Randomness comes as an argument, never from inside.
///
/// - `space()`: a reference to the space it searches;
/// - `ask(view, random)`: the next proposal, or nothing where the space is exhausted, or where what comes next depends on
///   pending proposals;
/// - `tell(trial, random)`: every proposal comes back exactly once, completed or not; also enqueued and imported trials,
///   which it did not propose;
/// - `begin(random)`, optional: called once, before the first ask and on every resume;
/// - `initial_trials()`, optional: see nas::initial_trials.
// clang-format off
template <class T, std::size_t Objectives = 1>
concept Searcher = SearchSpace<typename T::space_type> &&
                   requires(T& searcher, const T& fixed, const ask_view<arch_t<typename T::space_type>>& view,
                            const trial<arch_t<typename T::space_type>, Objectives>& told, rng& random) {
                       { fixed.space() } -> detail::ReferenceTo<typename T::space_type>;
                       { fixed.ask(view, random) } -> std::convertible_to<std::optional<proposal<arch_t<typename T::space_type>>>>;
                       { searcher.tell(told, random) } -> std::same_as<void>;
                   };
// clang-format on

/// A searcher that draws before the first ask.
template <class T>
concept BeginningSearcher = requires(T& searcher, rng& random) {
    { searcher.begin(random) } -> std::same_as<void>;
};

/// A searcher that says how many trials it samples first.
template <class T>
concept SamplingSearcher = requires(const T& fixed) {
    { fixed.initial_trials() } -> std::same_as<std::size_t>;
};

/// How many trials a searcher samples at random before anything that it was told can tell in what it proposes: a first
/// population, a sample, a batch. A search of no more trials is random search under another name, and programs say so. 0 where
/// the searcher does not say. Not counted are those that fail, of which more may be sampled.
template <class T>
constexpr std::size_t initial_trials(const T& searcher) {
    if constexpr (SamplingSearcher<T>) {
        return searcher.initial_trials();
    } else {
        return 0;
    }
}

}  // namespace nas
