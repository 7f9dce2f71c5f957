// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <numbers>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/rounded.hpp>

/// How much an architecture promises, from what a model says of its value: a normal distribution, with `mean` and `deviation` (at
/// least 0), given the `best` value so far. Higher is better. Policies of searchers: `value(mean, deviation, best)`, or, where
/// they draw, `draw(mean, deviation, random)`. nas::acquire calls whichever there is. What believes a member of an ensemble
/// instead has `choose(members, random)`, see nas::EnsemblePredictor. `with_chance(value, completes)`, where there is one, is the
/// value where a trial completes with that chance only.
namespace nas {

namespace detail {

inline double normal_density(double z) noexcept {
    return rounded(std::exp(-z * z / 2) * (std::numbers::inv_sqrtpi / std::numbers::sqrt2));
}
inline double normal_probability(double z) noexcept { return std::erfc(-z / std::numbers::sqrt2) / 2; }

/// log(z Phi(z) + phi(z)), as exact for z = -1e6 as for z = 1. That is what naive sums lose: the two terms cancel, then underflow
/// (Ament et al. 2023, arXiv 2310.20708). With t = -z and Mills' ratio Phi(-t) / phi(t) = 1 / (t + K), K = 1 / (t + 2 / (t + 3 / ...)),
/// the sum is phi(t) K / (t + K): nothing cancels.
inline double log_improvement(double z) noexcept {
    if (z > -3) return std::log(rounded(z * normal_probability(z)) + normal_density(z));
    const double t = -z;
    double fraction = 0;
    for (double k = std::floor(4 + 130 / t); k >= 1; --k) fraction = k / (t + fraction);
    return std::log(fraction / (t + fraction)) - t * t / 2 - std::log(2 * std::numbers::pi) / 2;
}

}  // namespace detail

/// The mean of what the value exceeds the best by, 0 where it does not (Mockus 1975; Jones et al. 1998).
struct expected_improvement {
    double value(double mean, double deviation, double best) const noexcept {
        const double gain = mean - best;
        if (!(deviation > 0)) return gain > 0 ? gain : 0;
        const double z = gain / deviation;
        return deviation * (detail::rounded(z * detail::normal_probability(z)) + detail::normal_density(z));
    }
    double with_chance(double value, double completes) const noexcept { return completes * value; }
};

/// Its logarithm, which still tells apart what is hopeless from what is more so: log(0) only where the deviation is 0.
struct log_expected_improvement {
    double value(double mean, double deviation, double best) const noexcept {
        const double gain = mean - best;
        if (!(deviation > 0)) return std::log(gain > 0 ? gain : 0);
        return detail::log_improvement(gain / deviation) + std::log(deviation);
    }
    double with_chance(double value, double completes) const noexcept { return value + std::log(completes); }
};

/// The probability that the value is more than `margin` better than the best (Kushner 1964).
struct probability_of_improvement {
    double margin = 0;

    double value(double mean, double deviation, double best) const noexcept {
        const double gain = mean - best - margin;
        if (!(deviation > 0)) return gain > 0 ? 1 : 0;
        return detail::normal_probability(gain / deviation);
    }
    double with_chance(double value, double completes) const noexcept { return completes * value; }
};

/// The mean and so many deviations (Auer 2002; Srinivas et al. 2010): naszilla and NASLib take 0.5. With 0, the mean alone.
struct upper_confidence_bound {
    double deviations = 0.5;

    double value(double mean, double deviation, double) const noexcept {
        return mean + detail::rounded(deviations * deviation);
    }
};

/// The mean alone: what is predicted best is tried, however sure that is.
struct predicted_mean {
    double value(double mean, double, double) const noexcept { return mean; }
};

/// A draw from the distribution of each architecture, independent of the others' (White et al. 2021).
struct independent_thompson_sampling {
    double draw(double mean, double deviation, rng& random) const {
        boost::random::normal_distribution<double> normal;
        return mean + detail::rounded(deviation * normal(random));
    }
};

/// A draw of a function, which decides over all architectures of one choice (Thompson 1933): of the members of an ensemble, each
/// a function that the data allow, the one that is believed.
struct thompson_sampling {
    std::size_t choose(std::size_t members, rng& random) const noexcept {
        return static_cast<std::size_t>(below(random, members));
    }
};

// clang-format off
template <class A>
concept ValueAcquisition = requires(const A& acquisition, double number) {
    { acquisition.value(number, number, number) } -> std::convertible_to<double>;
};
template <class A>
concept DrawnAcquisition = requires(const A& acquisition, double number, rng& random) {
    { acquisition.draw(number, number, random) } -> std::convertible_to<double>;
};
template <class A>
concept Acquisition = ValueAcquisition<A> || DrawnAcquisition<A>;
template <class A>
concept MemberAcquisition = requires(const A& acquisition, std::size_t members, rng& random) {
    { acquisition.choose(members, random) } -> std::same_as<std::size_t>;
};
// clang-format on

/// What the acquisition says of an architecture that completes with a chance of `completes`, by whichever member it has.
template <Acquisition A>
double acquire(const A& acquisition, double mean, double deviation, double best, rng& random, double completes = 1) {
    double value = 0;
    if constexpr (ValueAcquisition<A>) {
        value = acquisition.value(mean, deviation, best);
    } else {
        value = acquisition.draw(mean, deviation, random);
    }
    if (completes >= 1) return value;
    if constexpr (requires { acquisition.with_chance(value, completes); }) {
        return acquisition.with_chance(value, completes);
    } else {
        return value + 2 * (completes - 1);
    }
}

}  // namespace nas
