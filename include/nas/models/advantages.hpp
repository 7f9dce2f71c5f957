// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

/// How much better than expected: what a policy gradient makes of the rewards of a batch of trials, in the order of telling.
namespace nas {

/// What is expected: subtracted from the rewards of a batch.
enum class baseline_kind : std::uint8_t {
    constant,        ///< a number
    moving_average,  ///< exponential, over all rewards so far, those of the batch included
    batch_mean,      ///< the mean of the batch, which must be larger than one trial
};
constexpr std::array<std::string_view, 3> enum_names(baseline_kind) {
    return {"constant", "moving_average", "batch_mean"};
}

/// By what the differences are divided. Where it is 0 or not finite, all become 0.
enum class advantage_scale : std::uint8_t {
    none,     ///< 1
    batch,    ///< the standard deviation (divisor n) of the batch, which must be larger than one trial
    running,  ///< the root of the moving average of their squares, so far, those of the batch included
};
constexpr std::array<std::string_view, 3> enum_names(advantage_scale) { return {"none", "batch", "running"}; }

/// Throws std::invalid_argument where the batch is one trial and a mean or deviation of it is wanted; `owner`
/// (`nas::reinforce`) starts the sentence.
inline void check_batch(std::string_view owner, std::size_t batch, baseline_kind baseline, advantage_scale scale) {
    if (batch > 1 || (baseline != baseline_kind::batch_mean && scale != advantage_scale::batch)) return;
    throw std::invalid_argument(std::string(owner) + ": batch (" + std::to_string(batch) +
                                ") must be at least 2 where baseline is batch_mean or scale is batch");
}

/// The average of a sequence in which each value weighs `decay` times as much as the next: kept as numerator and
/// denominator, so that it is right from the first value on (as NATS-Bench does; Adam's bias correction is the same).
class moving_average {
  public:
    explicit moving_average(double decay) noexcept : decay_(decay) {}

    void add(double value) noexcept {
        sum_ = decay_ * sum_ + (1 - decay_) * value;
        weight_ = decay_ * weight_ + (1 - decay_);
    }
    /// NaN before the first value.
    double value() const noexcept { return sum_ / weight_; }

  private:
    double decay_;
    double sum_ = 0;
    double weight_ = 0;
};

/// The number that a baseline subtracts.
class baseline {
  public:
    /// `constant` is used by that kind, `decay` in [0, 1) by the moving average.
    baseline(baseline_kind kind, double constant, double decay) noexcept
        : kind_(kind), constant_(constant), average_(decay) {}

    /// What is expected of the batch, which is counted in.
    double operator()(std::span<const double> rewards) noexcept {
        if (kind_ == baseline_kind::constant) return constant_;
        if (kind_ == baseline_kind::batch_mean) return mean(rewards);
        for (const double reward : rewards) average_.add(reward);
        return average_.value();
    }

    /// Measured from the first value, so that the mean of equal values is exactly that.
    static double mean(std::span<const double> values) noexcept {
        double sum = 0;
        for (const double value : values) sum += value - values[0];
        return values[0] + sum / static_cast<double>(values.size());
    }

  private:
    baseline_kind kind_;
    double constant_;
    moving_average average_;
};

/// Rewards less a baseline, scaled.
class advantages {
  public:
    /// `decay` is that of the running scale.
    advantages(nas::baseline expected, advantage_scale scale, double decay) noexcept
        : expected_(expected), scale_(scale), squares_(decay) {}

    /// Turns the rewards of a batch, at least one, into their advantages.
    void operator()(std::span<double> rewards) noexcept {
        const double expected = expected_(rewards);
        for (double& reward : rewards) reward -= expected;
        const double scale = scale_of(rewards);
        for (double& advantage : rewards) {
            advantage = scale > 0 ? advantage / scale : 0;
            if (!std::isfinite(advantage)) advantage = 0;
        }
    }

  private:
    double scale_of(std::span<const double> differences) noexcept {
        if (scale_ == advantage_scale::none) return 1;
        if (scale_ == advantage_scale::running) {
            for (const double difference : differences) squares_.add(difference * difference);
            return std::sqrt(squares_.value());
        }
        const double mean = nas::baseline::mean(differences);
        double sum = 0;
        for (const double difference : differences) sum += (difference - mean) * (difference - mean);
        return std::sqrt(sum / static_cast<double>(differences.size()));
    }

    nas::baseline expected_;
    advantage_scale scale_;
    moving_average squares_;
};

/// The reward of a trial for one that learns from failures too: its value, or, where it is not completed, the worst value of
/// a completed trial so far. A learner that passed failures over would propose what fails over and over again once its
/// policy has got there.
class reward_or_worst {
  public:
    /// NaN where the trial is not completed and none was so far.
    template <class Trial>
    double operator()(const Trial& told) noexcept {
        if (!told.completed()) return worst_;
        const double value = told.value();
        if (!(value >= worst_)) worst_ = value;
        return value;
    }

  private:
    double worst_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace nas
