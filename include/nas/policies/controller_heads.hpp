// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>

/// From logits to probabilities and back to gradients. A logit of minus infinity is that of what may not be chosen. A bit has
/// the logits -q and q: it is 1 with probability sigmoid(2 q), and plus or minus infinity is that of a bit without choice.
namespace nas {

/// What is done to logits before anything else: they are divided by a temperature, then become c tanh(logit) with c > 0.
template <std::floating_point Scalar>
class logit_squeezing {
  public:
    /// `constant` is c; 0: no tanh.
    logit_squeezing(double temperature, double constant) noexcept
        : inverse_(static_cast<Scalar>(1 / temperature)), constant_(static_cast<Scalar>(constant)) {}

    Scalar operator()(Scalar logit) const {
        return constant_ > 0 ? constant_ * std::tanh(logit * inverse_) : logit * inverse_;
    }
    /// Its derivative, where it is `squeezed`; 0 where that is infinite.
    Scalar slope(Scalar squeezed) const {
        if (std::isinf(squeezed)) return 0;
        if (!(constant_ > 0)) return inverse_;
        const Scalar tanh = squeezed / constant_;
        return inverse_ * constant_ * (1 - tanh * tanh);
    }

  private:
    Scalar inverse_;
    Scalar constant_;
};

/// Probabilities of `count` logits, one of them at least finite; the logarithm of the sum of their exponentials.
template <std::floating_point Scalar>
double softmax(const Scalar* logits, std::size_t count, Scalar* probabilities) {
    Scalar largest = logits[0];
    for (std::size_t i = 1; i < count; ++i) largest = logits[i] > largest ? logits[i] : largest;
    Scalar sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        probabilities[i] = std::exp(logits[i] - largest);
        sum += probabilities[i];
    }
    for (std::size_t i = 0; i < count; ++i) probabilities[i] /= sum;
    return static_cast<double>(largest + std::log(sum));
}

/// In nats.
template <std::floating_point Scalar>
double softmax_entropy(const Scalar* logits, const Scalar* probabilities, std::size_t count, double log_sum) {
    double sum = log_sum;
    for (std::size_t i = 0; i < count; ++i)
        if (probabilities[i] > 0) sum -= static_cast<double>(probabilities[i]) * static_cast<double>(logits[i]);
    return sum;
}

/// The gradient, with respect to the logits, of  factor log p_taken + entropy_weight entropy. Where `taken` is none of them,
/// or may not be, the first term is 0.
template <std::floating_point Scalar>
void softmax_gradient(const Scalar* logits, const Scalar* probabilities, std::size_t count, std::size_t taken,
                      double factor, double entropy_weight, Scalar* gradient) {
    if (taken >= count || std::isinf(logits[taken])) {
        factor = 0;
        taken = count;
    }
    double entropy = 0;
    const auto log_of = [&](std::size_t i) { return std::log(static_cast<double>(probabilities[i])); };
    if (entropy_weight != 0)
        for (std::size_t i = 0; i < count; ++i)
            if (probabilities[i] > 0) entropy -= static_cast<double>(probabilities[i]) * log_of(i);
    for (std::size_t i = 0; i < count; ++i) {
        const auto p = static_cast<double>(probabilities[i]);
        double slope = factor * ((i == taken ? 1.0 : 0.0) - p);
        if (entropy_weight != 0 && p > 0) slope -= entropy_weight * p * (log_of(i) + entropy);
        gradient[i] = static_cast<Scalar>(slope);
    }
}

inline double log_sigmoid(double x) { return x < 0 ? x - std::log1p(std::exp(x)) : -std::log1p(std::exp(-x)); }

/// Of its being 1.
inline double bit_probability(double q) { return 1 / (1 + std::exp(-2 * q)); }
inline double bit_log_probability(double q, bool bit) {
    if (std::isinf(q)) return (q > 0) == bit ? 0 : -std::numeric_limits<double>::infinity();
    return log_sigmoid(bit ? 2 * q : -2 * q);
}
/// In nats.
inline double bit_entropy(double q) {
    if (std::isinf(q)) return 0;
    const double p = bit_probability(q);
    return -p * log_sigmoid(2 * q) - (1 - p) * log_sigmoid(-2 * q);
}
/// With respect to q, of  factor log P(bit) + entropy_weight entropy.
inline double bit_gradient(double q, bool bit, double factor, double entropy_weight) {
    if (std::isinf(q)) return 0;
    const double p = bit_probability(q);
    return 2 * factor * ((bit ? 1.0 : 0.0) - p) - 4 * entropy_weight * q * p * (1 - p);
}

/// How far a bit is from being 1 with probability `target` in (0, 1): the Kullback-Leibler divergence, in nats.
inline double bit_divergence(double q, double target) {
    if (std::isinf(q)) return q > 0 ? -std::log(target) : -std::log1p(-target);
    const double p = bit_probability(q);
    return p * (log_sigmoid(2 * q) - std::log(target)) + (1 - p) * (log_sigmoid(-2 * q) - std::log1p(-target));
}
inline double bit_divergence_gradient(double q, double target) {
    if (std::isinf(q)) return 0;
    const double p = bit_probability(q);
    return 2 * p * (1 - p) * (2 * q - std::log(target) + std::log1p(-target));
}

}  // namespace nas
