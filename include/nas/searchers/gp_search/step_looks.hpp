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

/// What gp_search's own optimiser works on (everything_or_candidates): it looks at architectures one by one, and the most promising new
/// one is proposed. With a pooled surrogate that costs a few operations each.
template <class Space, class Model, class Choice>
class step_looks {
  public:
    using arch_type = arch_t<Space>;
    using beliefs_type = typename Model::beliefs;

    /// `taken`: by their index, which architectures are not new; where all are at hand.
    step_looks(const Space& space, const Model& surrogate, beliefs_type& beliefs, const Choice& choice,
               const acquisition_step& step, const told_networks<Space>& told, const ask_view<arch_type>& view,
               std::span<const std::uint8_t> taken)
        : space_(space),
          surrogate_(surrogate),
          beliefs_(beliefs),
          choice_(choice),
          step_(step),
          told_(told),
          view_(view),
          taken_(taken) {
        if constexpr (is_pooled)
            if (enumerated()) bound_ = improvement_bound(beliefs.most_deviation());
    }

    const Space& space() const noexcept { return space_; }
    /// Whether the acquisition asks for the neighbours of the three best trials.
    bool around_best() const noexcept { return step_.around_best; }
    /// The `count` best trials, or as many as completed, best first.
    std::vector<arch_type> best_trials(std::size_t count) const {
        std::vector<arch_type> archs;
        for (const std::size_t i : surrogate_.trials().best(count)) archs.push_back(surrogate_.trials().archs()[i]);
        return archs;
    }
    /// Whether the surrogate has an opinion of all architectures of the space at hand.
    bool enumerated() const noexcept { return !taken_.empty(); }

    void look(std::span<const arch_type> archs, rng& random) {
        if constexpr (is_pooled) {
            if (enumerated()) {
                for (const arch_type& arch : archs) look_at(static_cast<std::size_t>(space_.index(arch)), random);
                return;
            }
        }
        fresh_.clear();
        for (const arch_type& arch : archs)
            if (told_.is_new(space_, view_, arch)) fresh_.push_back(arch);
        worth_.resize(fresh_.size());
        beliefs_.of(space_, fresh_, worth_);
        for (std::size_t i = 0; i < fresh_.size(); ++i) {
            const double promise = promise_of(choice_, step_, worth_[i], beliefs_.best(), random);
            if (found_ && !(promise > most_)) continue;
            most_ = promise;
            found_ = fresh_[i];
        }
    }
    /// Where all architectures are at hand; of those that promise the most one at random is found.
    void look_at_all(rng& random) {
        if constexpr (is_pooled)
            for (std::size_t i = 0; i < taken_.size(); ++i) look_at(i, random);
    }

    /// The new architecture that promises the most, and what; minus infinity where none was looked at.
    double most() const noexcept { return most_; }
    std::optional<arch_type> found() const {
        if constexpr (EnumerableSpace<Space>)
            if (equal_ > 0) return space_.at(found_at_);
        return found_;
    }

  private:
    static constexpr bool is_cycle = !Acquisition<Choice>;
    static constexpr bool is_pooled = PooledSurrogate<Model, Space> && EnumerableSpace<Space>;

    void look_at(std::size_t i, rng& random) {
        if (taken_[i] != 0) return;
        const belief worth = beliefs_.of_index(i);
        if constexpr (is_cycle || std::is_same_v<Choice, log_expected_improvement>)
            if (!step_.thompson && bound_.is_below(most_, worth.mean, worth.deviation, beliefs_.best())) return;
        const double promise = promise_of(choice_, step_, worth, beliefs_.best(), random);
        if (promise < most_) return;
        if constexpr (KeyedSpace<Space>)
            if (!told_.is_new(space_, view_, space_.at(i))) return;
        equal_ = promise > most_ ? 1 : equal_ + 1;
        most_ = promise;
        if (equal_ == 1 || below(random, equal_) == 0) found_at_ = i;
    }

    const Space& space_;
    const Model& surrogate_;
    beliefs_type& beliefs_;
    const Choice& choice_;
    const acquisition_step& step_;
    const told_networks<Space>& told_;
    const ask_view<arch_type>& view_;
    std::span<const std::uint8_t> taken_;
    improvement_bound bound_{1};
    double most_ = -std::numeric_limits<double>::infinity();
    std::optional<arch_type> found_;
    std::vector<arch_type> fresh_;
    std::vector<belief> worth_;
    std::size_t found_at_ = 0;  // of all architectures of the space
    std::uint64_t equal_ = 0;   // so many of them are as promising
};

}  // namespace nas::detail
