// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/operators/told_networks.hpp>

namespace nas {

struct hill_climbing_options {
    std::size_t initial = 10;
    bool accept_equal = true;
    std::size_t patience = 35;
    bool repeats = false;

    /// As in PyGlove.
    static constexpr hill_climbing_options pyglove() {
        return {.initial = 1, .accept_equal = false, .patience = 0, .repeats = true};
    }

    static constexpr void fields(auto&& visit) {
        using options = hill_climbing_options;
        visit(&options::initial, field{"initial", 1, 1e9, "measured: 5 to 20 are alike",
                                       "random architectures, of which the best is where each climb starts"});
        visit(&options::accept_equal, field{"accept_equal", 0, 1, "measured: with, to cross plateaus",
                                            "whether an equally good architecture takes the place of the best"});
        visit(&options::patience, field{"patience", 0, 1e9, "measured: 25 to 50 are alike",
                                        "trials in a row without a better one, after which it starts again; 0: never"});
        visit(&options::repeats,
              field{"repeats", 0, 1, "measured: without", "whether a network may be proposed again"});
    }
    static constexpr void presets(auto&& visit) {
        visit(preset{"pyglove", "PyGlove: from one sample, for ever"}, pyglove());
    }
};

/// Stochastic hill climbing with restarts: mutate the best so far. With `accept_equal` it is the (1+1) evolutionary algorithm
/// (Droste, Jansen and Wegener 2002) with the space's one-step mutation.
///
///     ask:   if fewer than `initial` trials of this climb are completed or pending: return a sample of the space
///            up to 50 times: child = mutate(best); if it is new: return it
///            return a network a few mutations away from the last child
///     tell:  if completed and better than the best, or equal: best = the trial
///            after `patience` trials in a row none of which was better: forget the best (restart)
///
/// With `repeats` the first child is returned, new or not.
///
/// Regret as a share of random search's, after 100 and 300 trials (means of 200 searches; `pyglove`; the defaults):
///
///     NAS-Bench-201, c100_val200_pct   0.33 0.40   0.11 0.00      NK 13x3, K = 1   0.53 0.59   0.37 0.19
///     NAS-Bench-201, in16_val200_pct   0.47 0.68   0.25 0.10      HPOBench, credit_g   0.89 1.10   0.68 0.51
///
/// It is for spaces with a mutation and no neighbours; where there are any, local_search does the same and better.
/// The space must be a MutableSpace. One objective.
template <class Space>
class hill_climbing {
    static_assert(check_mutable_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = hill_climbing_options;

    explicit hill_climbing(Space space, hill_climbing_options options = {})
        : space_(std::move(space)), options_(options) {
        check_options("nas::hill_climbing", options_);
    }

    const Space& space() const noexcept { return space_; }
    const hill_climbing_options& options() const noexcept { return options_; }

    std::size_t initial_trials() const noexcept { return options_.initial; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        const bool filling = completed_ + view.pending.size() < options_.initial;
        if (options_.repeats) {
            if (filling || completed_ == 0) return propose(space_.sample(random));
            return propose(mutate(space_, best_, random), id_);
        }
        if (filling || completed_ == 0) return told_.sample_new(space_, view, random);
        return told_.propose_new(space_, view, random, most_children,
                                 [this](rng& own) { return proposal<arch_type>(mutate(space_, best_, own), id_); });
    }

    void tell(const trial<arch_type>& told, rng&) {
        if (!options_.repeats) told_.insert(space_, told);
        if (!told.completed()) return;
        ++completed_;
        const double value = told.value();
        failures_ = value > value_ || completed_ <= options_.initial ? 0 : failures_ + 1;
        if (value > value_ || (options_.accept_equal && value == value_)) {
            value_ = value;
            best_ = told.arch;
            id_ = told.id;
        }
        if (options_.patience > 0 && failures_ >= options_.patience) {
            completed_ = 0;
            failures_ = 0;
            value_ = -std::numeric_limits<double>::infinity();
        }
    }

  private:
    static constexpr std::size_t most_children = 50;

    Space space_;
    hill_climbing_options options_;
    std::size_t completed_ = 0;  // of this climb
    std::size_t failures_ = 0;   // in a row
    arch_type best_{};
    double value_ = -std::numeric_limits<double>::infinity();
    trial_id id_ = no_trial;
    told_networks<Space> told_;  // empty where they may be repeated
};

}  // namespace nas
