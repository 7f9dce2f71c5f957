// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
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
#include <nas/operators/told_networks.hpp>

namespace nas {

struct regularized_evolution_options {
    std::size_t population = 50;
    std::size_t tournament = 50;
    std::size_t initial = 10;
    bool repeats = false;
    bool replacement = true;

    /// As in the paper.
    static constexpr regularized_evolution_options real_2019() {
        return {.population = 100, .tournament = 25, .initial = 100, .repeats = true};
    }
    /// As in NAS-Bench-201 and NATS-Bench (Dong and Yang 2020, Dong et al. 2021).
    static constexpr regularized_evolution_options nats_bench() {
        return {.population = 10, .tournament = 3, .initial = 10, .repeats = true};
    }

    static constexpr void fields(auto&& visit) {
        using options = regularized_evolution_options;
        visit(&options::population, field{"population", 1, 1e9, "measured: 20 to 100 are alike", "individuals alive"});
        visit(&options::tournament, field{"tournament", 1, 1e9, "measured: as many as the population",
                                          "individuals drawn, of which the best becomes the parent"});
        visit(&options::initial, field{"initial", 1, 1e9, "measured: 10 to 20 are alike",
                                       "random architectures before the first tournament, at most the population"});
        visit(&options::repeats,
              field{"repeats", 0, 1, "measured: without", "whether a network may be proposed again"});
        visit(&options::replacement, field{"replacement", 0, 1, "NATS-Bench, naszilla and NASLib: with",
                                           "whether one individual can be drawn twice for a tournament"});
    }
    static constexpr void presets(auto&& visit) {
        visit(preset{"real_2019", "Real et al. 2019: P = 100, S = 25"}, real_2019());
        visit(preset{"nats_bench", "NAS-Bench-201 and NATS-Bench: P = 10, S = 3"}, nats_bench());
    }
};

/// Regularized (ageing) evolution (Real, Aggarwal, Huang and Le 2019, arXiv 1802.01548).
///
///     ask:   if fewer than `initial` individuals are alive or pending: return a sample of the space
///            up to 5 times: draw S individuals; parent = the best of them; child = mutate(parent); if it is new: return it
///            return a network a few mutations away from the last child
///     tell:  if completed: append the trial to the population; where it exceeds P, the oldest dies
///
/// P and S are `population` and `tournament`. The first of equals wins. With `repeats` the first child is returned, new or not,
/// as in the paper; that is random search for as many trials as the population has.
///
/// Regret as a share of random search's, after 100 and 300 trials (means of 200 searches; `real_2019`; the defaults):
///
///     NAS-Bench-201, c100_val200_pct   1.00 0.01   0.11 0.00      NK 13x3, K = 1   1.00 0.24   0.33 0.09
///     NAS-Bench-201, in16_val200_pct   1.00 0.15   0.16 0.04      HPOBench, credit_g   1.00 0.49   0.57 0.39
///
/// A step of the defaults costs about a microsecond with six decisions, and a tenth of that with `repeats`.
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
    std::size_t initial_trials() const noexcept { return initial_; }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        if (options_.repeats) return is_filling(view) ? propose(space_.sample(random)) : child(random);
        if (is_filling(view)) return told_.sample_new(space_, view, random);
        return told_.propose_new(space_, view, random, most_tournaments, [this](rng& own) { return *child(own); });
    }

    void tell(const trial<arch_type>& told, rng&) {
        if (!options_.repeats) remember(told);
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
    static constexpr std::size_t most_tournaments = 5;  // measured: no fewer regrets with 50

    bool is_filling(const ask_view<arch_type>& view) const {
        const std::size_t alive = values_.size();
        return alive == 0 || alive + view.pending.size() < initial_;
    }

    [[gnu::noinline]] void remember(const trial<arch_type>& told) { told_.insert(space_, told); }

    [[gnu::always_inline]] std::optional<proposal<arch_type>> child(rng& random) const {
        const std::size_t parent = draw_parent(random);
        return propose(mutate(space_, archs_[parent], random), ids_[parent]);
    }

    std::size_t draw_parent(rng& random) const {
        return options_.replacement ? tournament(random) : tournament_without_replacement(random);
    }

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
    std::size_t initial_ = std::min(options_.initial, options_.population);
    // The population as a ring: parallel arrays, so that a tournament touches values only.
    std::vector<double> values_;
    std::vector<arch_type> archs_;
    std::vector<trial_id> ids_;
    std::size_t oldest_ = 0;
    told_networks<Space> told_;  // empty where they may be repeated
};

}  // namespace nas
