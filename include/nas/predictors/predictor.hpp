// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nas/core/checks.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>

/// What an architecture may be worth, learned from those that were evaluated. A predictor is made for a space, which its members
/// get; it is not to be used with another. Searchers, reports and users' own programs take any class of this shape.
namespace nas {

/// What a predictor says of an architecture: the mean of what it may be worth, and the standard deviation of that mean, how far it
/// may be off. Both are NaN where nothing was learned.
struct prediction {
    double mean = 0;
    double deviation = 0;

    friend bool operator==(const prediction&, const prediction&) = default;
};

// clang-format off

/// `fit` learns these values, all of which are finite, and forgets all others: the same values give the same predictor.
template <class P, class Space>
concept Predictor =
    std::constructible_from<P, const Space&> && std::copyable<P> &&
    requires(P& predictor, const P& fitted, const Space& space, const arch_t<Space>& arch,
             std::span<const arch_t<Space>> archs, std::span<const double> values) {
        { predictor.fit(space, archs, values) } -> std::same_as<void>;
        { fitted.predict(space, arch) } -> std::same_as<double>;
        { fitted.deviation(space, arch) } -> std::same_as<double>;
    };

// Optional members.

/// It learns one value more for less than a fit.
template <class P, class Space>
concept IncrementalPredictor =
    Predictor<P, Space> && requires(P& predictor, const Space& space, const arch_t<Space>& arch, double value) {
        { predictor.learn(space, arch, value) } -> std::same_as<void>;
    };
/// Its fit draws: where no generator is given, from that of its own seed.
template <class P, class Space>
concept DrawingPredictor =
    Predictor<P, Space> && requires(P& predictor, const Space& space, std::span<const arch_t<Space>> archs,
                                    std::span<const double> values, rng& random) {
        { predictor.fit(space, archs, values, random) } -> std::same_as<void>;
    };
/// Mean and deviation of many at once cost less than one by one.
template <class P, class Space>
concept BatchPredictor =
    Predictor<P, Space> && requires(const P& fitted, const Space& space, std::span<const arch_t<Space>> archs,
                                    std::span<prediction> out) {
        { fitted.predict_all(space, archs, out) } -> std::same_as<void>;
    };
/// It is an ensemble, each member of which predicts by itself.
template <class P, class Space>
concept EnsemblePredictor =
    Predictor<P, Space> && requires(const P& fitted, const Space& space, std::size_t member,
                                    std::span<const arch_t<Space>> archs, std::span<double> out) {
        { fitted.members() } -> std::same_as<std::size_t>;  // 0 where nothing was learned
        { fitted.predict_member(space, member, archs, out) } -> std::same_as<void>;
    };
/// It says without another fit what it would predict of an architecture that it learned, had it not learned its network.
template <class P, class Space>
concept LeaveOneOutPredictor =
    Predictor<P, Space> && requires(const P& fitted, const Space& space, const arch_t<Space>& arch) {
        { fitted.leave_one_out(space, arch) } -> std::same_as<prediction>;
    };

// clang-format on

/// The concept again, as sentences: what a class template that takes a predictor opens with.
template <class P, class Space>
consteval bool check_predictor() {
    using A = arch_t<Space>;
    static_assert(std::constructible_from<P, const Space&> && std::copyable<P>,
                  "nas: a predictor is made for a space, `P(const Space&)`, and can be copied");
    static_assert(
        requires(P & p, const Space& s, std::span<const A> archs, std::span<const double> values) {
            { p.fit(s, archs, values) } -> std::same_as<void>;
        },
        "nas: the predictor needs `void fit(const Space&, std::span<const arch_type> archs, std::span<const double> values)`");
    static_assert(
        requires(const P& p, const Space& s, const A& arch) {
            { p.predict(s, arch) } -> std::same_as<double>;
        },
        "nas: the predictor needs `double predict(const Space&, const arch_type&) const`, the mean of what it is worth");
    static_assert(
        requires(const P& p, const Space& s, const A& arch) {
            { p.deviation(s, arch) } -> std::same_as<double>;
        },
        "nas: the predictor needs `double deviation(const Space&, const arch_type&) const`, that of the predicted mean");
    if constexpr (Predictor<P, Space>) {
        static_assert(!detail::names_learn<P>() || IncrementalPredictor<P, Space>,
                      "nas: the predictor's learn must be `void learn(const Space&, const arch_type&, double value)`");
        static_assert(
            !detail::names_predict_all<P>() || BatchPredictor<P, Space>,
            "nas: the predictor's predict_all must be `void predict_all(const Space&, std::span<const arch_type>, "
            "std::span<nas::prediction> out) const`");
    }
    return true;
}

/// Fits with draws from `random` where the predictor draws.
template <class Space, Predictor<Space> P>
void fit(P& predictor, const Space& space, std::span<const arch_t<Space>> archs, std::span<const double> values,
         rng& random) {
    if constexpr (DrawingPredictor<P, Space>) {
        predictor.fit(space, archs, values, random);
    } else {
        predictor.fit(space, archs, values);
    }
}

/// The predictions of `archs`, into `out`, which has as many.
template <class Space, Predictor<Space> P>
void predict_all(const P& predictor, const Space& space, std::span<const arch_t<Space>> archs,
                 std::span<prediction> out) {
    if constexpr (BatchPredictor<P, Space>) {
        predictor.predict_all(space, archs, out);
    } else {
        for (std::size_t i = 0; i < archs.size(); ++i)
            out[i] = {predictor.predict(space, archs[i]), predictor.deviation(space, archs[i])};
    }
}

namespace detail {

/// The model of a searcher that has options of its usual one: made with them, or another model as it usually is.
template <class Model, class Space, class Options>
Model usual_model(const Space& space, const Options& options) {
    if constexpr (std::constructible_from<Model, const Space&, Options>) {
        return Model(space, options);
    } else {
        return Model(space);
    }
}

/// What every fit asks of its arguments; `owner` (`nas::random_forest`) starts the sentence.
inline void check_observations(std::string_view owner, std::size_t archs, std::span<const double> values) {
    if (archs != values.size())
        throw std::invalid_argument(std::string(owner) + ": there are " + std::to_string(archs) +
                                    " architectures and " + std::to_string(values.size()) + " values");
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!(values[i] - values[i] == 0))
            throw std::invalid_argument(std::string(owner) + ": value " + std::to_string(i) + " is not finite");
}

}  // namespace detail

}  // namespace nas
