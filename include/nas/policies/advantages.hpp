// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
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
    /// AMBER: the mean of the first batch, then the exponential average of that and the means of the batches before this one.
    /// That is a critic: a search has one state, and a value v of it, trained by v += (1 - decay) * (mean - v) once a batch.
    lagged_average,
    leave_one_out,  ///< for each trial the mean of the others of the batch (Kool et al. 2019)
};
constexpr std::array<std::string_view, 5> enum_names(baseline_kind) {
    return {"constant", "moving_average", "batch_mean", "lagged_average", "leave_one_out"};
}

/// By what the differences are divided. Where it is 0 or not finite, all become 0.
enum class advantage_scale : std::uint8_t {
    none,      ///< 1
    batch,     ///< the standard deviation (divisor n) of the batch, which must be larger than one trial
    running,   ///< the root of the moving average of their squares, so far, those of the batch included
    baseline,  ///< the magnitude of what was expected: AMBER's rescale_advantage_by_reward
    reward,    ///< the magnitude of the reward: the same of AMBER's ReplayBuffer
};
constexpr std::array<std::string_view, 5> enum_names(advantage_scale) {
    return {"none", "batch", "running", "baseline", "reward"};
}

/// Throws std::invalid_argument where the batch is one trial and a mean or deviation of it is wanted, or where advantages
/// would be divided by 0; `owner` (`nas::reinforce`) starts the sentence.
inline void check_advantages(std::string_view owner, std::size_t batch, baseline_kind baseline, double constant,
                             advantage_scale scale) {
    if (batch < 2 && (baseline == baseline_kind::batch_mean || baseline == baseline_kind::leave_one_out ||
                      scale == advantage_scale::batch))
        throw std::invalid_argument(
            std::string(owner) + ": batch (" + std::to_string(batch) +
            ") must be at least 2 where baseline is batch_mean or leave_one_out, or scale is batch");
    if (baseline == baseline_kind::constant && constant == 0 && scale == advantage_scale::baseline)
        throw std::invalid_argument(std::string(owner) +
                                    ": constant (0) must not be 0 where baseline is constant and scale is baseline");
}

/// The average of a sequence in which each value weighs `decay` times as much as the next, right from the first value on (as
/// NATS-Bench's is; Adam's bias correction is the same).
class moving_average {
  public:
    explicit moving_average(double decay) noexcept : decay_(decay) {}

    void add(double value) noexcept {
        weight_ = decay_ * weight_ + (1 - decay_);
        // As a step from where it is: the average of equal values is exactly that. The first is where it begins.
        value_ = value_ == value_ ? value_ + (1 - decay_) / weight_ * (value - value_) : value;
    }
    /// NaN before the first value.
    double value() const noexcept { return value_; }

  private:
    double decay_;
    double weight_ = 0;
    double value_ = std::numeric_limits<double>::quiet_NaN();
};

/// The number that a baseline subtracts.
class baseline {
  public:
    /// `constant` is used by that kind, `decay` in [0, 1) by the averages.
    baseline(baseline_kind kind, double constant, double decay) noexcept
        : kind_(kind), constant_(constant), decay_(decay), average_(decay) {}

    baseline_kind kind() const noexcept { return kind_; }

    /// What is expected of the batch, which is counted in; of leave_one_out the mean of all.
    double operator()(std::span<const double> rewards) noexcept {
        switch (kind_) {
            case baseline_kind::constant:
                return constant_;
            case baseline_kind::lagged_average:
                return lagged(mean(rewards));
            case baseline_kind::moving_average:
                for (const double reward : rewards) average_.add(reward);
                return average_.value();
            case baseline_kind::batch_mean:
            case baseline_kind::leave_one_out:
                break;
        }
        return mean(rewards);
    }

    /// Measured from the first value, so that the mean of equal values is exactly that.
    static double mean(std::span<const double> values) noexcept {
        double sum = 0;
        for (const double value : values) sum += value - values[0];
        return values[0] + sum / static_cast<double>(values.size());
    }

  private:
    double lagged(double mean) noexcept {
        value_ = value_ == value_ ? decay_ * value_ + (1 - decay_) * last_mean_ : mean;
        last_mean_ = mean;
        return value_;
    }

    baseline_kind kind_;
    double constant_;
    double decay_;
    moving_average average_;
    // Of the lagged average; NaN before the first batch.
    double value_ = std::numeric_limits<double>::quiet_NaN();
    double last_mean_ = std::numeric_limits<double>::quiet_NaN();
};

/// Rewards less a baseline, scaled, clipped.
class advantages {
  public:
    /// `decay` is that of the running scale. Advantages beyond +-`limit` become that; 0: they stay.
    advantages(nas::baseline expected, advantage_scale scale, double decay, double limit = 0) noexcept
        : expected_(expected), scale_(scale), squares_(decay), limit_(limit) {}

    /// Turns the rewards of a batch, at least one, into their advantages.
    void operator()(std::span<double> rewards) noexcept {
        last_expected_ = expected_(rewards);
        const auto others = static_cast<double>(rewards.size() - 1);
        const bool leaves_out = expected_.kind() == baseline_kind::leave_one_out;
        for (double& reward : rewards)
            reward =
                difference(reward, leaves_out ? last_expected_ - (reward - last_expected_) / others : last_expected_);
        last_scale_ = scale_of(rewards);
        for (double& advantage : rewards) advantage = scaled(advantage);
    }

    /// The advantage of a reward of an earlier batch by what was expected of the last one, and its scale.
    double again(double reward) const noexcept { return scaled(difference(reward, last_expected_)); }

  private:
    static double finite_quotient(double value, double divisor) noexcept {
        const double quotient = divisor > 0 ? value / divisor : 0;
        return std::isfinite(quotient) ? quotient : 0;
    }

    double difference(double reward, double expected) const noexcept {
        if (scale_ == advantage_scale::baseline) return finite_quotient(reward - expected, std::abs(expected));
        if (scale_ == advantage_scale::reward) return finite_quotient(reward - expected, std::abs(reward));
        return reward - expected;
    }
    double scaled(double difference) const noexcept {
        const double advantage = finite_quotient(difference, last_scale_);
        return limit_ > 0 ? std::clamp(advantage, -limit_, limit_) : advantage;
    }

    double scale_of(std::span<const double> differences) noexcept {
        if (scale_ != advantage_scale::batch && scale_ != advantage_scale::running) return 1;
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
    double limit_;
    // Of the last batch.
    double last_expected_ = 0;
    double last_scale_ = 1;
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
