// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/mutate.hpp>

namespace nas {

struct hill_climbing_options {
    std::size_t initial = 1;
    bool accept_equal = false;

    static constexpr void fields(auto&& visit) {
        visit(&hill_climbing_options::initial,
              field{"initial", 1, 1e9, "PyGlove: 1",
                    "random architectures, of which the best is the first to be mutated"});
        visit(&hill_climbing_options::accept_equal,
              field{"accept_equal", 0, 1, "PyGlove: only better ones",
                    "whether an equally good architecture takes the place of the best, to cross plateaus"});
    }
};

/// Stochastic hill climbing: mutate the best so far. With `accept_equal` it is the (1+1) evolutionary algorithm
/// (Droste, Jansen and Wegener 2002) with the space's one-step mutation.
///
///     ask:   if fewer than `initial` trials are completed or pending: return a sample of the space
///            return mutate(best)
///     tell:  if completed and better than the best: best = the trial
///
/// It never restarts: local_search and simulated_annealing leave local optima.
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

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        const bool filling = completed_ + view.pending.size() < options_.initial;
        if (filling || completed_ == 0) return propose(space_.sample(random));
        return propose(mutate(space_, best_, random), id_);
    }

    void tell(const trial<arch_type>& told, rng&) {
        if (!told.completed()) return;
        ++completed_;
        const double value = told.value();
        if (value > value_ || (options_.accept_equal && value == value_)) {
            value_ = value;
            best_ = told.arch;
            id_ = told.id;
        }
    }

  private:
    Space space_;
    hill_climbing_options options_;
    std::size_t completed_ = 0;
    arch_type best_{};
    double value_ = -std::numeric_limits<double>::infinity();
    trial_id id_ = no_trial;
};

}  // namespace nas
