// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/mutate.hpp>

namespace nas {

struct regularized_evolution_options {
    std::size_t population = 100;
    std::size_t tournament = 25;
    bool replacement = true;

    static constexpr void fields(auto&& visit) {
        visit(&regularized_evolution_options::population,
              field{"population", 1, 1e9, "Real et al. 2019: P = 100", "individuals alive"});
        visit(&regularized_evolution_options::tournament,
              field{"tournament", 1, 1e9, "Real et al. 2019: S = 25",
                    "individuals drawn, of which the best becomes the parent"});
        visit(&regularized_evolution_options::replacement,
              field{"replacement", 0, 1, "NATS-Bench, naszilla and NASLib: with",
                    "whether one individual can be drawn twice for a tournament"});
    }
};

/// Regularized (ageing) evolution (Real, Aggarwal, Huang and Le 2019, arXiv 1802.01548).
///
///     ask:   if fewer than P individuals are alive or pending: return a sample of the space
///            draw S individuals; parent = the best of them
///            return mutate(parent)
///     tell:  if completed: append the trial to the population; where it exceeds P, the oldest dies
///
/// P and S are `population` and `tournament`. NAS-Bench-201's authors use P = 10, S = 3. The first of equals wins.
/// The space must be a MutableSpace. One objective.
template <class Space>
class regularized_evolution {
    static_assert(check_mutable_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = regularized_evolution_options;

    explicit regularized_evolution(Space space, regularized_evolution_options options = {})
        : space_(std::move(space)), options_(options) {
        check_options("nas::regularized_evolution", options_);
        if (options_.tournament > options_.population)
            throw std::invalid_argument("nas::regularized_evolution: tournament (" +
                                        std::to_string(options_.tournament) + ") must be in [1, population (" +
                                        std::to_string(options_.population) + ")]");
    }

    const Space& space() const noexcept { return space_; }
    const regularized_evolution_options& options() const noexcept { return options_; }
    std::size_t initial_trials() const noexcept { return options_.population; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        const std::size_t alive = values_.size();
        if (alive < options_.population && alive + view.pending.size() < options_.population)
            return propose(space_.sample(random));
        if (alive == 0) return propose(space_.sample(random));
        const std::size_t parent = options_.replacement ? tournament(random) : tournament_without_replacement(random);
        return propose(mutate(space_, archs_[parent], random), ids_[parent]);
    }

    void tell(const trial<arch_type>& told, rng&) {
        if (!told.completed()) return;
        if (values_.size() < options_.population) {
            values_.push_back(told.value());
            archs_.push_back(told.arch);
            ids_.push_back(told.id);
            return;
        }
        values_[oldest_] = told.value();
        archs_[oldest_] = told.arch;
        ids_[oldest_] = told.id;
        oldest_ = oldest_ + 1 == values_.size() ? 0 : oldest_ + 1;
    }

  private:
    std::size_t tournament(rng& random) const {
        const double* const values = values_.data();
        const std::size_t alive = values_.size();
        std::size_t best = below(random, alive);
        for (std::size_t draw = 1; draw < options_.tournament; ++draw) {
            const std::size_t rival = below(random, alive);
            best = values[rival] > values[best] ? rival : best;
        }
        return best;
    }

    // Selection sampling (Knuth, The Art of Computer Programming 3.4.2, Algorithm S): P draws, but no memory.
    std::size_t tournament_without_replacement(rng& random) const {
        const std::size_t alive = values_.size();
        std::size_t left = options_.tournament < alive ? options_.tournament : alive;
        std::size_t best = alive;
        for (std::size_t rival = 0; left > 0; ++rival) {
            if (below(random, alive - rival) >= left) continue;
            --left;
            if (best == alive || values_[rival] > values_[best]) best = rival;
        }
        return best;
    }

    Space space_;
    regularized_evolution_options options_;
    // The population as a ring: parallel arrays, so that a tournament touches values only.
    std::vector<double> values_;
    std::vector<arch_type> archs_;
    std::vector<trial_id> ids_;
    std::size_t oldest_ = 0;
};

}  // namespace nas
