// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>

namespace nas {

namespace detail {

/// Number of objectives of what an evaluator returns: a number, an array of double, or an evaluation; 0 for all else.
template <class T>
inline constexpr std::size_t objectives_in = std::is_arithmetic_v<T> ? 1 : 0;
template <std::size_t N>
inline constexpr std::size_t objectives_in<std::array<double, N>> = N;
template <std::size_t N>
inline constexpr std::size_t objectives_in<evaluation<N>> = N;

template <class E, class Arch>
concept CallableWithContext = std::invocable<E&, const Arch&, const context&>;
template <class E, class Arch>
concept CallableWithArch = std::invocable<E&, const Arch&>;

template <class E, class Arch>
consteval std::size_t count_objectives() {
    if constexpr (CallableWithContext<E, Arch>) {
        return objectives_in<std::remove_cvref_t<std::invoke_result_t<E&, const Arch&, const context&>>>;
    } else if constexpr (CallableWithArch<E, Arch>) {
        return objectives_in<std::remove_cvref_t<std::invoke_result_t<E&, const Arch&>>>;
    } else {
        return 0;
    }
}

}  // namespace detail

/// Any callable from an architecture, or from an architecture and a `const context&`, to a number, a std::array<double, N>
/// or an evaluation<N>; higher is better. It may throw: that is a failed trial, unless the machine lacks something (see
/// is_machine_limit), which ends the search with the trial open. Callable as const: it may be called from
/// several threads at once.
template <class E, class Arch>
concept Evaluator = (detail::count_objectives<E, Arch>() >= 1);

/// How many objectives evaluator `E` answers for an architecture of type `Arch`.
template <class E, class Arch>
inline constexpr std::size_t objectives_of = detail::count_objectives<E, Arch>();

/// What an evaluator throws to end the search, where a failed trial would hide a mistake in the set-up (a table that does not
/// have the architecture). Every other exception is a failed trial.
class fatal_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The evaluator names the metrics that it puts into `evaluation::metrics`, in that order.
template <class E>
concept HasMetricNames = requires(const E& evaluator) {
    { evaluator.metric_names() } -> std::convertible_to<std::vector<std::string>>;
};

namespace detail {

/// What is really called where an evaluator was passed by std::ref, if it may be called from several threads: a const
/// std::reference_wrapper still lets what it refers to change.
template <class E>
struct callee {
    using type = const E;
};
template <class E>
    requires requires(E wrapper) {
        wrapper.get();
        typename E::type;
    }
struct callee<E> {
    using type = const typename E::type;
};

/// The names of an evaluator's metrics, also where it was passed by std::ref; none where it has none.
template <class E>
std::vector<std::string> metric_names_of(const E& evaluator) {
    if constexpr (HasMetricNames<E>) {
        return evaluator.metric_names();
    } else if constexpr (HasMetricNames<typename callee<E>::type>) {
        return evaluator.get().metric_names();
    } else {
        return {};
    }
}

}  // namespace detail

}  // namespace nas
