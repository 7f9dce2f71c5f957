// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include <nas/core/context.hpp>
#include <nas/core/rng.hpp>
#include <nas/evaluators/adapter.hpp>

namespace nas {

/// An evaluator whose values get noise: independent draws from a normal distribution of mean 0 and standard deviation
/// `sigma`, from a stream that belongs to the trial, and is not the one that the evaluator itself draws from.
/// `mean(arch)`, `optimum()`, `best()` and `space()` are those without noise, where the evaluator has them.
/// May be called from several threads where the evaluator may. Any number of objectives.
template <class E>
class noisy_evaluator : public detail::adapter<E> {
  public:
    /// Throws std::invalid_argument where `sigma` is negative or not finite.
    noisy_evaluator(E evaluator, double sigma) : detail::adapter<E>(std::move(evaluator)), sigma_(sigma) {
        if (!(sigma >= 0 && std::isfinite(sigma)))
            throw std::invalid_argument("nas::noisy_evaluator: sigma (" + std::to_string(sigma) +
                                        ") must be finite and at least 0");
    }

    double sigma() const noexcept { return sigma_; }
    evaluation_noise noise() const { return sigma_ > 0 ? evaluation_noise::some : detail::noise_of(this->evaluator_); }

    template <class Arch>
        requires detail::ConstEvaluator<E, Arch>
    auto operator()(const Arch& arch, const context& about) const {
        return with_noise(detail::call_wrapped(this->evaluator_, arch, about), about);
    }
    template <class Arch>
        requires detail::SerialEvaluator<E, Arch>
    auto operator()(const Arch& arch, const context& about) {
        return with_noise(detail::call_wrapped(this->evaluator_, arch, about), about);
    }

    template <class Arch, class F = E>
        requires requires(const F& inner, const Arch& arch) { inner.mean(arch); }
    double mean(const Arch& arch) const { return this->evaluator_.mean(arch); }
    template <class F = E>
        requires requires(const F& inner) { inner.optimum(); }
    double optimum() const { return this->evaluator_.optimum(); }
    template <class F = E>
        requires requires(const F& inner) { inner.best(); }
    auto best() const { return this->evaluator_.best(); }
    template <class F = E>
        requires requires(const F& inner) { inner.space(); }
    const auto& space() const { return this->evaluator_.space(); }

  private:
    template <std::size_t Objectives>
    evaluation<Objectives> with_noise(evaluation<Objectives> result, const context& about) const {
        rng random(detail::mix64(about.seed() + 0x6e6f697365U));
        boost::random::normal_distribution<double> noise(0, sigma_);
        for (double& value : result.values) value += noise(random);
        return result;
    }

    double sigma_;
};

template <class E>
noisy_evaluator<E> noisy(E evaluator, double sigma) {
    return noisy_evaluator<E>(std::move(evaluator), sigma);
}

}  // namespace nas
