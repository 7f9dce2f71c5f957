// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/trial.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/searchers/gp_search/acquisition_cycle.hpp>
#include <nas/searchers/gp_search/surrogate.hpp>

namespace nas::detail {

/// Rules out what cannot have a larger logarithm of expected improvement than `most`, in a hundredth of the time:
/// log(z Phi(z) + phi(z)) < -z^2 / 2 - log(2 pi) / 2 where z < 0.
class improvement_bound {
  public:
    /// No deviation is larger.
    explicit improvement_bound(double most_deviation)
        : bound_(std::log(most_deviation) - std::log(2 * std::numbers::pi) / 2) {}

    bool is_below(double most, double mean, double deviation, double best) const {
        if (mean >= best) return false;
        const double z = (mean - best) / deviation;
        return bound_ - z * z / 2 < most;
    }

  private:
    double bound_;
};

/// What an optimiser of gp_search's acquisition works on: it looks at architectures, and the most promising new one is proposed.
/// See nas/searchers/acquisition_optimizers.hpp.
template <class Space, class Model, class Choice>
class acquisition_problem {
  public:
    using arch_type = arch_t<Space>;
    using beliefs_type = typename Model::beliefs;

    /// `taken`: by their index, which architectures are not new; where all are at hand.
    acquisition_problem(const Space& space, const Model& surrogate, beliefs_type& beliefs, const Choice& choice,
                        const acquisition_step& step, const told_networks<Space>& told, const ask_view<arch_type>& view,
                        std::span<const std::uint8_t> taken, rng& random)
        : space_(space),
          surrogate_(surrogate),
          beliefs_(beliefs),
          choice_(choice),
          step_(step),
          told_(told),
          view_(view),
          taken_(taken),
          random_(random) {
        if constexpr (PooledSurrogate<Model, Space>)
            if (enumerated()) bound_ = improvement_bound(beliefs.most_deviation());
    }

    const Space& space() const noexcept { return space_; }
    rng& random() const noexcept { return random_; }
    /// Whether the acquisition asks for the neighbours of the three best trials.
    bool around_best() const noexcept { return step_.around_best; }
    /// The `count` best trials, or as many as completed, best first.
    std::vector<arch_type> best_trials(std::size_t count) const { return surrogate_.best(count); }
    /// Whether the surrogate has an opinion of all architectures of the space at hand.
    bool enumerated() const noexcept { return !taken_.empty(); }

    /// What is promised of this architecture; minus infinity where it was told or is pending.
    double look(const arch_type& arch) {
        if constexpr (PooledSurrogate<Model, Space>)
            if (enumerated()) return look_at(static_cast<std::size_t>(space_.index(arch)));
        if (!told_.is_new(space_, view_, arch)) return nothing;
        const double promise = promise_of(beliefs_.of(space_, arch));
        if (found_ && !(promise > most_)) return promise;
        most_ = promise;
        found_ = arch;
        return promise;
    }
    /// Looks at all architectures of the space: of those that promise the most, one at random is found.
    void look_at_all() {
        if constexpr (PooledSurrogate<Model, Space>) {
            if (enumerated()) {
                for (std::size_t i = 0; i < taken_.size(); ++i) look_at(i);
                return;
            }
        }
        if constexpr (EnumerableSpace<Space>)
            for (std::uint64_t i = 0; i < space_.size(); ++i) look(space_.at(i));
    }

    /// Whether a new architecture was looked at, the most that one promised, and the first that did.
    bool has_found() const noexcept { return found_ || equal_ > 0; }
    double most() const noexcept { return most_; }
    std::optional<arch_type> found() const {
        if constexpr (EnumerableSpace<Space>)
            if (equal_ > 0) return space_.at(found_at_);
        return found_;
    }

  private:
    static constexpr double nothing = -std::numeric_limits<double>::infinity();
    static constexpr bool is_cycle = !Acquisition<Choice>;

    double promise_of(const belief& worth) const {
        if constexpr (is_cycle) {
            return acquire(step_, worth.mean, worth.deviation, beliefs_.best(), worth.completes, random_);
        } else {
            return acquire(choice_, worth.mean, worth.deviation, beliefs_.best(), worth.completes, random_);
        }
    }

    double look_at(std::size_t i) {
        if (taken_[i] != 0) return nothing;
        const belief worth = beliefs_.of_index(i);
        if constexpr (is_cycle || std::is_same_v<Choice, log_expected_improvement>)
            if (!step_.thompson && bound_.is_below(most_, worth.mean, worth.deviation, beliefs_.best())) return nothing;
        const double promise = promise_of(worth);
        if (promise < most_) return promise;
        if constexpr (KeyedSpace<Space>)
            if (!told_.is_new(space_, view_, space_.at(i))) return nothing;
        equal_ = promise > most_ ? 1 : equal_ + 1;
        most_ = promise;
        if (equal_ == 1 || below(random_, equal_) == 0) found_at_ = i;
        return promise;
    }

    const Space& space_;
    const Model& surrogate_;
    beliefs_type& beliefs_;
    const Choice& choice_;
    const acquisition_step& step_;
    const told_networks<Space>& told_;
    const ask_view<arch_type>& view_;
    std::span<const std::uint8_t> taken_;
    rng& random_;
    improvement_bound bound_{1};
    double most_ = nothing;
    std::optional<arch_type> found_;
    std::size_t found_at_ = 0;  // of all architectures of the space
    std::uint64_t equal_ = 0;   // so many of them are as promising
};

}  // namespace nas::detail
