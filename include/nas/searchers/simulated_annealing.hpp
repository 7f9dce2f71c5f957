// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/mutate.hpp>

namespace nas {

struct simulated_annealing_options {
    std::size_t initial = 10;
    double temperature = 0;
    double cooling = 0.99;

    static constexpr void fields(auto&& visit) {
        visit(&simulated_annealing_options::initial,
              field{"initial", 1, 1e9, "as many as local search in naszilla and NASLib",
                    "random architectures, of which the best is where it starts"});
        visit(&simulated_annealing_options::temperature,
              field{"temperature", 0, 1e300, "0: the standard deviation of the initial values",
                    "the first temperature, in the unit of the values; 0: estimated"});
        visit(&simulated_annealing_options::cooling,
              field{"cooling", 0, 1, "customary: 0.99", "factor on the temperature after every step"});
    }
};

/// Simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983) with geometric cooling.
///
///     ask:   if fewer than `initial` trials are completed or pending: return a sample of the space
///            return mutate(current)
///     tell:  of the initial trials: current = the best, T = the standard deviation of their values
///            afterwards: with probability min(1, exp((value - value of current) / T)): current = the trial
///                        T = cooling * T
///
/// Trials that are not completed are no steps. Enqueued and imported trials count among the initial ones; those told
/// later replace a worse current one but do not cool. With `cooling` 1 it is the Metropolis walk at a fixed temperature.
/// The space must be a MutableSpace. One objective.
template <class Space>
class simulated_annealing {
    static_assert(check_mutable_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = simulated_annealing_options;

    explicit simulated_annealing(Space space, simulated_annealing_options options = {})
        : space_(std::move(space)), options_(options) {
        check_options("nas::simulated_annealing", options_);
        if (options_.initial == 1 && options_.temperature == 0)
            throw std::invalid_argument(
                "nas::simulated_annealing: initial (1) must be at least 2 where temperature (0) is to be estimated");
    }

    const Space& space() const noexcept { return space_; }
    const simulated_annealing_options& options() const noexcept { return options_; }

    /// T, in the unit of the values; 0 until the initial trials are told.
    double temperature() const noexcept { return temperature_; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        const bool filling = samples_ + view.pending.size() < options_.initial;
        if (filling || samples_ == 0) return propose(space_.sample(random));
        return propose(mutate(space_, current_, random), id_);
    }

    void tell(const trial<arch_type>& told, rng& random) {
        if (!told.completed()) return;
        const double gain = told.value() - value_;
        if (samples_ < options_.initial) {
            take_sample(told.value());
            if (gain > 0) move_to(told);
        } else if (told.origin != trial_origin::asked) {
            if (gain > 0) move_to(told);
        } else {
            if (gain >= 0 || chance(random, std::exp(gain / temperature_))) move_to(told);
            temperature_ *= options_.cooling;
        }
    }

  private:
    // Mean and sum of squared deviations as they grow (Welford 1962).
    void take_sample(double value) {
        ++samples_;
        const double before = value - mean_;
        mean_ += before / static_cast<double>(samples_);
        squares_ += before * (value - mean_);
        if (samples_ < options_.initial) return;
        temperature_ =
            options_.temperature > 0 ? options_.temperature : std::sqrt(squares_ / static_cast<double>(samples_ - 1));
    }

    void move_to(const trial<arch_type>& told) {
        value_ = told.value();
        current_ = told.arch;
        id_ = told.id;
    }

    Space space_;
    simulated_annealing_options options_;
    arch_type current_{};
    double value_ = -std::numeric_limits<double>::infinity();
    trial_id id_ = no_trial;
    double temperature_ = 0;
    std::size_t samples_ = 0;
    double mean_ = 0;
    double squares_ = 0;
};

}  // namespace nas
