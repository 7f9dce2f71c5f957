// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <nas/core/evaluator.hpp>
#include <nas/core/searcher.hpp>
#include <nas/core/space.hpp>

/// The concepts again, as sentences. A class template opens with `static_assert(check_...<Type>())`, so that the first line
/// a user sees of a mistake says what to write. Every sentence has a must-not-compile test.

// Whether class T has a member of that name, of whatever kind and signature: if so, the name is ambiguous in a class that
// inherits it twice. Final classes and non-classes are taken to have none.
#define NAS_DETAIL_NAMES_MEMBER(name)                              \
    namespace nas::detail {                                        \
    struct name##_bait {                                           \
        int name;                                                  \
    };                                                             \
    template <class T>                                             \
    struct name##_trap : T, name##_bait {};                        \
    template <class T>                                             \
    consteval bool names_##name() {                                \
        if constexpr (std::is_class_v<T> && !std::is_final_v<T>) { \
            return !requires { &name##_trap<T>::name; };           \
        } else {                                                   \
            return false;                                          \
        }                                                          \
    }                                                              \
    }

NAS_DETAIL_NAMES_MEMBER(mutate)
NAS_DETAIL_NAMES_MEMBER(crossover)
NAS_DETAIL_NAMES_MEMBER(neighbors)
NAS_DETAIL_NAMES_MEMBER(encode)
NAS_DETAIL_NAMES_MEMBER(key)
NAS_DETAIL_NAMES_MEMBER(allowed)
NAS_DETAIL_NAMES_MEMBER(when)
NAS_DETAIL_NAMES_MEMBER(numeric)
NAS_DETAIL_NAMES_MEMBER(begin)
NAS_DETAIL_NAMES_MEMBER(initial_trials)
NAS_DETAIL_NAMES_MEMBER(metric_names)
NAS_DETAIL_NAMES_MEMBER(ended)
NAS_DETAIL_NAMES_MEMBER(noise)
NAS_DETAIL_NAMES_MEMBER(evaluate_batch)
NAS_DETAIL_NAMES_MEMBER(learn)
NAS_DETAIL_NAMES_MEMBER(predict_all)

#undef NAS_DETAIL_NAMES_MEMBER

namespace nas {

/// Every search algorithm needs at least a SearchSpace.
template <class S>
consteval bool check_search_space() {
    static_assert(
        requires { typename S::arch_type; },
        "nas: this type is not a search space: it has no arch_type; write `using arch_type = ...;`, the type of its architectures");
    if constexpr (requires { typename S::arch_type; }) {
        using A = typename S::arch_type;
        static_assert(
            std::regular<A>,
            "nas: the space's arch_type must be a plain value: default-constructible, copyable, comparable with ==");
        static_assert(
            requires(const S& s, rng& r) {
                { s.sample(r) } -> std::convertible_to<A>;
            },
            "nas: the space needs `arch_type sample(nas::rng&) const`, a random architecture");
        static_assert(
            requires(const S& s, const A& a) {
                { s.contains(a) } -> std::same_as<bool>;
            },
            "nas: the space needs `bool contains(const arch_type&) const`");
        static_assert(
            requires(const S& s, const A& a) {
                { s.describe(a) } -> std::convertible_to<std::string>;
            },
            "nas: the space needs `std::string describe(const arch_type&) const`, one line of text");
        static_assert(
            requires(const S& s, std::string_view t) {
                { s.parse(t) } -> std::convertible_to<A>;
            },
            "nas: the space needs `arch_type parse(std::string_view) const`, the inverse of describe");
        if constexpr (SearchSpace<S>) {
            // What is there with a wrong signature would be ignored silently otherwise.
            static_assert(!detail::names_mutate<S>() || HasMutate<S>,
                          "nas: the space's mutate must be `arch_type mutate(const arch_type&, nas::rng&) const`");
            static_assert(
                !detail::names_crossover<S>() || HasCrossover<S>,
                "nas: the space's crossover must be `arch_type crossover(const arch_type&, const arch_type&, nas::rng&) const`");
            static_assert(
                !detail::names_neighbors<S>() || HasNeighbors<S>,
                "nas: the space's neighbors must be `void neighbors(const arch_type&, std::vector<arch_type>& out) const`");
            static_assert(!detail::names_encode<S>() || HasEncode<S>,
                          "nas: a space with encode needs `std::size_t encoding_size() const` and "
                          "`void encode(const arch_type&, std::span<double>) const`");
            static_assert(!detail::names_key<S>() || KeyedSpace<S>,
                          "nas: the space's key must be `Key key(const arch_type&) const`, Key a regular type");
            static_assert(
                !detail::names_allowed<S>() || MaskedSpace<S>,
                "nas: the space's allowed must be `void allowed(std::span<const std::uint8_t> prefix, std::size_t decision, "
                "nas::choice_mask&) const` of a decision space");
            static_assert(
                !detail::names_when<S>() || ConditionalSpace<S>,
                "nas: a space with conditions needs `bool conditional() const` and "
                "`std::optional<nas::condition> when(std::size_t decision) const`, and to be a decision space");
            static_assert(!detail::names_numeric<S>() || NumericSpace<S>,
                          "nas: a space with numeric decisions needs `bool numeric() const`, "
                          "`std::span<const double> values(std::size_t decision) const` and "
                          "`nas::value_scale scale(std::size_t decision) const`, and to be a decision space");
        }
    }
    return true;
}

// In the checks below the first sentence must be that of the first one that fails. g++ writes the errors of a function that is
// called at the end, so its answer is asked for, and what builds on it is checked only where that holds.

template <class S>
consteval bool check_decision_space() {
    if constexpr (check_search_space<S>() && SearchSpace<S>)
        static_assert(
            DecisionSpace<S>,
            "nas: this needs a decision space: add genotype_type, decisions(), cardinality(i), path(i), tag(i), "
            "label(i, choice), genotype(arch) and architecture(genotype), or derive from nas::decision_space");
    return true;
}

template <class S>
consteval bool check_mutable_space() {
    if constexpr (check_search_space<S>() && SearchSpace<S>)
        static_assert(
            MutableSpace<S>,
            "nas: this searcher mutates: the space needs `arch_type mutate(const arch_type&, nas::rng&) const`, or decisions");
    return true;
}

template <class S>
consteval bool check_crossable_space() {
    if constexpr (check_mutable_space<S>() && MutableSpace<S>)
        static_assert(CrossableSpace<S>,
                      "nas: this searcher recombines: the space needs "
                      "`arch_type crossover(const arch_type&, const arch_type&, nas::rng&) const`, or decisions");
    return true;
}

template <class S>
consteval bool check_neighbor_space() {
    if constexpr (check_search_space<S>() && SearchSpace<S>)
        static_assert(NeighborSpace<S>,
                      "nas: this searcher visits neighbours: the space needs "
                      "`void neighbors(const arch_type&, std::vector<arch_type>& out) const`, or decisions");
    return true;
}

template <class S>
consteval bool check_enumerable_space() {
    if constexpr (check_search_space<S>() && SearchSpace<S>)
        static_assert(
            EnumerableSpace<S>,
            "nas: this needs a space that can be counted: `size() const`, `at(std::uint64_t) const` and `index(arch) const`");
    return true;
}

template <class S>
consteval bool check_growable_space() {
    if constexpr (check_search_space<S>() && SearchSpace<S>)
        static_assert(
            GrowableSpace<S>,
            "nas: this searcher goes from small architectures to larger ones: the space needs `roots() const` and "
            "`grow(const arch_type&) const`, ranges of architectures");
    return true;
}

template <class T>
consteval bool check_space_type() {
    static_assert(
        requires { typename T::space_type; },
        "nas: this type is not a searcher: it has no space_type; write `using space_type = ...;`, the space it searches");
    return true;
}

/// `Objectives` is the number of objectives of the evaluator that the searcher shall work with.
template <class T, std::size_t Objectives = 1>
consteval bool check_searcher() {
    check_space_type<T>();
    if constexpr (requires { typename T::space_type; }) {
        check_search_space<typename T::space_type>();
        if constexpr (SearchSpace<typename T::space_type>) {
            using S = typename T::space_type;
            using A = arch_t<S>;
            constexpr bool has_space = requires(const T& t) {
                { t.space() } -> std::convertible_to<const S&>;
            };
            static_assert(has_space, "nas: the searcher needs `const space_type& space() const`");
            if constexpr (has_space) {
                static_assert(
                    requires(const T& t) {
                        { t.space() } -> detail::ReferenceTo<S>;
                    },
                    "nas: the searcher's space() returns a copy, of which nothing is left after the call; write "
                    "`const space_type& space() const`, a reference to the searcher's own");
            }
            static_assert(
                requires(const T& t, const ask_view<A>& v, rng& r) {
                    { t.ask(v, r) } -> std::convertible_to<std::optional<proposal<A>>>;
                },
                "nas: the searcher needs `std::optional<nas::proposal<arch_type>> ask(const nas::ask_view<arch_type>&, "
                "nas::rng&) const`; it must be const");
            static_assert(
                requires(T & t, const trial<A, Objectives>& told, rng& r) {
                    { t.tell(told, r) } -> std::same_as<void>;
                },
                "nas: searcher and evaluator do not fit: the searcher needs `void tell(const nas::trial<arch_type, N>&, "
                "nas::rng&)` where N is the evaluator's number of objectives");
            static_assert(!detail::names_begin<T>() || BeginningSearcher<T>,
                          "nas: the searcher's begin must be `void begin(nas::rng&)`");
            static_assert(!detail::names_initial_trials<T>() || SamplingSearcher<T>,
                          "nas: the searcher's initial_trials must be `std::size_t initial_trials() const`");
        }
    }
    return true;
}

template <class E, class Arch>
consteval bool check_evaluator() {
    static_assert(detail::CallableWithContext<E, Arch> || detail::CallableWithArch<E, Arch>,
                  "nas: the evaluator cannot be called with an architecture of this space; write "
                  "`double operator()(const arch_type&)`, or with a second parameter `const nas::context&`");
    if constexpr (detail::CallableWithContext<E, Arch> || detail::CallableWithArch<E, Arch>) {
        static_assert(Evaluator<E, Arch>,
                      "nas: the evaluator must return a number, a std::array<double, N> or a nas::evaluation<N>");
    }
    using seen = std::remove_cvref_t<decltype(detail::unwrapped(std::declval<const E&>()))>;  // also by std::cref
    static_assert(!detail::names_metric_names<seen>() || HasMetricNames<seen>,
                  "nas: the evaluator's metric_names must be `std::vector<std::string> metric_names() const`");
    static_assert(!detail::names_noise<seen>() || HasNoise<seen>,
                  "nas: the evaluator's noise must be `nas::evaluation_noise noise() const`");
    static_assert(!detail::names_evaluate_batch<seen>() || BatchEvaluator<E, Arch>,
                  "nas: the evaluator's evaluate_batch must be `std::vector<nas::evaluation<N>> "
                  "evaluate_batch(std::span<const arch_type>, std::span<const nas::context>) const`");
    return true;
}

/// An evaluator that is to be called from several threads.
template <class E>
consteval bool check_visible_callee() {
    static_assert(
        !detail::hides_callee<E>(),
        "nas: a std::function hides whether its call changes what it holds, so that it cannot be called from several "
        "threads; pass what it holds, or a lambda that calls it where you know that calls may overlap");
    return true;
}

/// A searcher and an evaluator that a driver can put together.
template <class T, class E>
concept SearchPair =
    Evaluator<E, arch_t<typename T::space_type>> && Searcher<T, objectives_of<E, arch_t<typename T::space_type>>>;

}  // namespace nas
