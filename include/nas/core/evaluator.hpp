// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
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
/// is_machine_limit), which ends the search with the trial open. Callable as const, and no std::function, which is that
/// whatever it holds: it may be called from several threads at once. What const does not see, as a lambda that changes what it
/// captured by reference, is up to the user.
template <class E, class Arch>
concept Evaluator = (detail::count_objectives<E, Arch>() >= 1);

/// How many objectives evaluator `E` answers for an architecture of type `Arch`.
template <class E, class Arch>
inline constexpr std::size_t objectives_of = detail::count_objectives<E, Arch>();

/// The evaluator names the metrics that it puts into `evaluation::metrics`, in that order.
template <class E>
concept HasMetricNames = requires(const E& evaluator) {
    { evaluator.metric_names() } -> std::convertible_to<std::vector<std::string>>;
};

/// The evaluator says whether it is noisy, which nobody can see from a history without repeats.
template <class E>
concept HasNoise = requires(const E& evaluator) {
    { evaluator.noise() } -> std::same_as<evaluation_noise>;
};

namespace detail {

/// Evaluates many architectures at once, each with a context of its own.
template <class E, class Arch, std::size_t Objectives>
concept EvaluatesBatches = requires(const E& evaluator, std::span<const Arch> archs, std::span<const context> abouts) {
    { evaluator.evaluate_batch(archs, abouts) } -> std::same_as<std::vector<evaluation<Objectives>>>;
};

/// Whether a class is made for a signature, as std::function<double(const arch&)> is: such a one is called as const whatever
/// it holds. Without <functional>, which is not light, and without its members, which are not there under -fno-rtti.
template <class E>
inline constexpr bool erases_call = false;
template <template <class> class Function, class Result, class... Arguments>
inline constexpr bool erases_call<Function<Result(Arguments...)>> = true;

/// Stands for what a std::function holds.
struct unknown_callee {};

/// What is really called, if it may be called from several threads: a const std::reference_wrapper still lets what it refers
/// to change, and a const std::function what it holds, so that nobody knows.
template <class E>
struct callee {
    using type = std::conditional_t<erases_call<std::remove_const_t<E>>, unknown_callee, const E>;
};
template <class E>
    requires requires(E wrapper) {
        wrapper.get();
        typename E::type;
    }
struct callee<E> {
    using type = typename callee<typename E::type>::type;
};

/// Whether a std::function is called in the end, by std::ref or by evaluators that wrap others.
template <class E>
consteval bool hides_callee() {
    if constexpr (std::is_same_v<typename callee<E>::type, unknown_callee>) {
        return true;
    } else if constexpr (requires(const E& wrapper) { wrapper.evaluator(); }) {
        return hides_callee<std::remove_cvref_t<decltype(std::declval<const E&>().evaluator())>>();
    } else {
        return false;
    }
}

/// What `std::cref` refers to, or the evaluator itself.
template <class E>
const auto& unwrapped(const E& evaluator) noexcept {
    if constexpr (requires {
                      evaluator.get();
                      typename E::type;
                  }) {
        return unwrapped(evaluator.get());
    } else {
        return evaluator;
    }
}

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

/// What an evaluator says of its noise, also where it was passed by std::ref; `otherwise` where it says nothing.
template <class E>
evaluation_noise noise_of(const E& evaluator, evaluation_noise otherwise = evaluation_noise::unknown) {
    evaluation_noise said = evaluation_noise::unknown;
    if constexpr (HasNoise<E>) {
        said = evaluator.noise();
    } else if constexpr (HasNoise<typename callee<E>::type>) {
        said = evaluator.get().noise();
    }
    return said == evaluation_noise::unknown ? otherwise : said;
}

}  // namespace detail

/// An evaluator that takes many architectures at once, as one that trains networks side by side on a GPU:
/// `std::vector<nas::evaluation<N>> evaluate_batch(std::span<const Arch> archs, std::span<const nas::context> abouts) const`
/// has an answer for each, which is what a call of that one alone would have answered; one that fails is an
/// `evaluation::failure`. What it throws is the answer for all. Also where it is passed by std::cref.
template <class E, class Arch>
concept BatchEvaluator = Evaluator<E, Arch> &&
    detail::EvaluatesBatches<std::remove_cvref_t<decltype(detail::unwrapped(std::declval<const E&>()))>, Arch,
                             objectives_of<E, Arch>>;

}  // namespace nas
