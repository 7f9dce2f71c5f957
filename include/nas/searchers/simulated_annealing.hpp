// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/operators/told_networks.hpp>

namespace nas {

/// What simulated annealing measures a step in.
enum class annealing_scale : std::uint8_t {
    ranks,   ///< the share of the values told that lie between
    values,  ///< the difference of the values
};
constexpr std::array<std::string_view, 2> enum_names(annealing_scale) noexcept { return {"ranks", "values"}; }

struct simulated_annealing_options {
    std::size_t initial = 10;
    annealing_scale scale = annealing_scale::ranks;
    double temperature = 0.03;
    double cooling = 0.999;
    bool repeats = false;

    /// As customary: differences of values, and a first temperature from their deviation.
    static constexpr simulated_annealing_options kirkpatrick_1983() {
        return {.scale = annealing_scale::values, .temperature = 0, .cooling = 0.99, .repeats = true};
    }

    static constexpr void fields(auto&& visit) {
        using options = simulated_annealing_options;
        visit(&options::initial, field{"initial", 1, 1e9, "as many as local search in naszilla and NASLib",
                                       "random architectures, of which the best is where it starts"});
        visit(&options::scale, field{"scale", 0, 1, "measured: ranks, whatever the unit of the values",
                                     "what a loss is measured in: ranks among the values told, or their unit"});
        visit(
            &options::temperature,
            field{
                "temperature", 0, 1e300, "measured: 0.02 to 0.03",
                "the first temperature: a share of all ranks; or in the unit of the values, 0 for the deviation of the initial ones"});
        visit(&options::cooling, field{"cooling", 0, 1, "measured; for values customary: 0.99",
                                       "factor on the temperature after every step"});
        visit(&options::repeats,
              field{"repeats", 0, 1, "measured: without", "whether a network may be proposed again"});
    }
    static constexpr void presets(auto&& visit) {
        visit(preset{"kirkpatrick_1983", "Kirkpatrick et al. 1983: differences of values"}, kirkpatrick_1983());
    }
};

/// Simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983) with geometric cooling.
///
///     ask:   if fewer than `initial` trials are completed or pending: return a sample of the space
///            up to 50 times: child = mutate(current); if it is new: return it
///            return a network a few mutations away from the last child
///     tell:  of the initial trials: current = the best
///            afterwards: with probability exp(-loss / T), or 1 where it is not worse: current = the trial
///                        T = cooling * T
///
/// The loss is in ranks: the share of the values told so far that are better than the trial's and not better than that of the
/// current one. So nothing depends on the unit or the spread of the values, and the walk is confined to the best of what it
/// knows, which cools it more than `cooling` does. By `scale` the loss is the difference of the values instead, and a temperature
/// of 0 then stands for the standard deviation of the initial ones. With `repeats` the first child is returned, new or not.
///
/// Regret as a share of random search's, after 100 and 300 trials (means of 200 searches; differences of values, with repeats; the
/// defaults):
///
///     NAS-Bench-201, c100_val200_pct   0.86 0.32   0.14 0.00      NK 13x3, K = 1   0.73 0.27   0.33 0.13
///     NAS-Bench-201, in16_val200_pct   0.67 0.30   0.25 0.08      HPOBench, credit_g   0.95 0.75   0.66 0.45
///
/// Trials that are not completed are no steps. Enqueued and imported trials count among the initial ones; those told
/// later replace a worse current one but do not cool. With `cooling` 1 it is the Metropolis walk at a fixed temperature.
/// The space must be a MutableSpace. One objective. Of the values told, the best 1000 are kept.
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
        if (options_.scale == annealing_scale::values && options_.initial == 1 && options_.temperature == 0)
            throw std::invalid_argument(
                "nas::simulated_annealing: initial (1) must be at least 2 where temperature (0) is to be estimated");
        if (options_.scale == annealing_scale::ranks) temperature_ = options_.temperature;
    }

    const Space& space() const noexcept { return space_; }
    const simulated_annealing_options& options() const noexcept { return options_; }

    std::size_t initial_trials() const noexcept { return options_.initial; }

    /// T, in shares of the ranks or the unit of the values; for values 0 until the initial trials are told.
    double temperature() const noexcept { return temperature_; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        const bool filling =
            (samples_ < options_.initial && samples_ + view.pending.size() < options_.initial) || samples_ == 0;
        if (options_.repeats)
            return filling ? propose(space_.sample(random)) : propose(mutate(space_, current_, random), id_);
        if (filling) return told_.sample_new(space_, view, random);
        return told_.propose_new(space_, view, random, most_children,
                                 [this](rng& own) { return proposal<arch_type>(mutate(space_, current_, own), id_); });
    }

    void tell(const trial<arch_type>& told, rng& random) {
        if (!options_.repeats) told_.insert(space_, told);
        if (!told.completed()) return;
        const double value = told.value();
        if (options_.scale == annealing_scale::ranks) remember(value);
        if (samples_ < options_.initial) {
            take_sample(value);
            if (value > value_) move_to(told);
        } else if (told.origin != trial_origin::asked) {
            if (value > value_) move_to(told);
        } else {
            if (value >= value_ || chance(random, std::exp(-loss(value) / temperature_))) move_to(told);
            temperature_ *= options_.cooling;
        }
    }

  private:
    static constexpr std::size_t most_children = 50;
    static constexpr std::size_t most_ranks = 1000;

    /// Of a value that is worse than the current one. Where more were told than are kept, those that are not are too bad.
    double loss(double value) const {
        if (options_.scale == annealing_scale::values) return value_ - value;
        const auto better = std::greater<double>();
        const auto ours = std::lower_bound(best_values_.begin(), best_values_.end(), value_, better);
        const auto other = std::lower_bound(ours, best_values_.end(), value, better);
        if (other == best_values_.end()) return std::numeric_limits<double>::infinity();  // not kept
        return static_cast<double>(other - ours) / static_cast<double>(ranked_);
    }

    void remember(double value) {
        ++ranked_;
        if (best_values_.size() == most_ranks) {
            if (value <= best_values_.back()) return;
            best_values_.pop_back();
        }
        best_values_.insert(std::upper_bound(best_values_.begin(), best_values_.end(), value, std::greater<double>()),
                            value);
    }

    // Mean and sum of squared deviations as they grow (Welford 1962).
    void take_sample(double value) {
        ++samples_;
        const double before = value - mean_;
        mean_ += before / static_cast<double>(samples_);
        squares_ += before * (value - mean_);
        if (samples_ < options_.initial || options_.scale == annealing_scale::ranks) return;
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
    std::size_t ranked_ = 0;           // how many were told
    std::vector<double> best_values_;  // told, best first
    told_networks<Space> told_;        // empty where they may be repeated
};

}  // namespace nas
