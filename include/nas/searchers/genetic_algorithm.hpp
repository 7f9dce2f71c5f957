// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/crossover.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/operators/told_networks.hpp>

namespace nas {

struct genetic_algorithm_options {
    std::size_t population = 20;
    std::size_t offspring = 1;
    std::size_t tournament = 10;
    std::size_t initial = 10;
    double crossover = 0.9;
    double swap = 0.5;
    double mutations = 0.2;
    bool repeats = false;

    /// As in Optuna's NSGA-II, with one objective.
    static constexpr genetic_algorithm_options optuna() {
        return {.population = 50,
                .offspring = 50,
                .tournament = 2,
                .initial = 50,
                .crossover = 0.9,
                .swap = 0.5,
                .mutations = 1,
                .repeats = true};
    }

    static constexpr void fields(auto&& visit) {
        using options = genetic_algorithm_options;
        visit(&options::population,
              field{"population", 1, 1e9, "measured: 20 to 30 are alike", "mu, individuals that survive a generation"});
        visit(&options::offspring,
              field{"offspring", 1, 1e9, "measured: 1, the steady state", "lambda, children of a generation"});
        visit(&options::tournament, field{"tournament", 1, 1e9, "measured: half of the population",
                                          "individuals drawn, of which the best becomes a parent"});
        visit(&options::initial, field{"initial", 1, 1e9, "measured: 10 to 20 are alike",
                                       "random architectures before the first child, at most the population"});
        visit(&options::crossover, field{"crossover", 0, 1, "Optuna: 0.9", "probability that a child has two parents"});
        visit(&options::swap,
              field{"swap", 0, 1, "Optuna: 0.5", "probability of a decision to come from the second parent"});
        visit(
            &options::mutations,
            field{
                "mutations", 0, 256, "measured: 0.15 to 0.3 are alike",
                "decisions of a child that change, on average; the probability of the space's own mutate, if it has one"});
        visit(&options::repeats,
              field{"repeats", 0, 1, "measured: without", "whether a network may be proposed again"});
    }
    static constexpr void presets(auto&& visit) {
        visit(preset{"optuna", "Optuna's NSGA-II: 50 parents, 50 children"}, optuna());
    }
};

/// A (mu + lambda) genetic algorithm with tournament selection, uniform crossover and mutation (Holland 1975; Baeck
/// 1996).
///
///     ask:   if fewer than `initial` trials are completed or pending: return a sample of the space
///            up to 5 times: make a child; if it is new: return it
///            return a network a few mutations away from the last child
///     child: child = winner of a tournament among the parents
///            with probability `crossover`: child = crossover(child, winner of another tournament)
///            change each decision of the child with probability `mutations` / d
///     tell:  if completed: the first mu become parents, later ones wait among the children
///            where there are lambda children: of all parents and children the best mu become parents
///
/// mu and lambda are `population` and `offspring`; lambda = 1 is the steady-state algorithm. Children become parents
/// when their generation is complete, however many are asked for at a time. The first of equals wins. With `repeats` the first
/// child is returned, new or not.
///
/// Regret as a share of random search's, after 100 and 300 trials (means of 200 searches; `optuna`; the defaults):
///
///     NAS-Bench-201, c100_val200_pct   0.99 0.21   0.12 0.00      NK 13x3, K = 1   0.95 0.55   0.34 0.12
///     NAS-Bench-201, in16_val200_pct   0.92 0.32   0.17 0.03      HPOBench, credit_g   1.00 0.68   0.57 0.45
///
/// The space must be a CrossableSpace. Its own `mutate` and `crossover`, if any, are used (`swap` does not count then).
/// One objective.
template <class Space>
class genetic_algorithm {
    static_assert(check_crossable_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = genetic_algorithm_options;

    explicit genetic_algorithm(Space space, genetic_algorithm_options options = {})
        : space_(std::move(space)), options_(options) {
        check_options("nas::genetic_algorithm", options_);
    }

    const Space& space() const noexcept { return space_; }
    const genetic_algorithm_options& options() const noexcept { return options_; }

    std::size_t initial_trials() const noexcept { return std::min(options_.initial, options_.population); }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        const std::size_t alive = parents_.size();
        const bool filling = alive < initial_trials() && alive + view.pending.size() < initial_trials();
        if (options_.repeats) return filling || alive == 0 ? propose(space_.sample(random)) : child(random);
        if (filling || alive == 0) return told_.sample_new(space_, view, random);
        return told_.propose_new(space_, view, random, most_children, [this](rng& own) { return child(own); });
    }

    void tell(const trial<arch_type>& told, rng&) {
        if (!options_.repeats) told_.insert(space_, told);
        if (!told.completed()) return;
        if (parents_.size() < options_.population) {
            admit({told.value(), told.id, told.arch});
            return;
        }
        children_.push_back({told.value(), told.id, told.arch});
        if (children_.size() < options_.offspring) return;
        for (const member& child : children_) admit(child);
        children_.clear();
    }

  private:
    struct member {
        double value = 0;
        trial_id id = no_trial;
        arch_type arch{};
    };

    static constexpr std::size_t most_children = 5;

    proposal<arch_type> child(rng& random) const {
        const member& a = tournament(random);
        if (!chance(random, options_.crossover)) return {mutated(a.arch, random), a.id};
        const member& b = tournament(random);
        return {mutated(crossed(a.arch, b.arch, random), random), a.id};
    }

    // Parents are sorted, so that the best of a tournament is the one that comes first.
    const member& tournament(rng& random) const {
        std::size_t best = below(random, parents_.size());
        for (std::size_t draw = 1; draw < options_.tournament; ++draw)
            best = std::min<std::size_t>(best, below(random, parents_.size()));
        return parents_[best];
    }

    void admit(const member& one) {
        const auto better = [](const member& a, const member& b) { return a.value > b.value; };
        parents_.insert(std::upper_bound(parents_.begin(), parents_.end(), one, better), one);
        if (parents_.size() > options_.population) parents_.pop_back();
    }

    arch_type crossed(const arch_type& a, const arch_type& b, rng& random) const {
        if constexpr (HasCrossover<Space>) {
            return space_.crossover(a, b, random);
        } else {
            return space_.architecture(
                crossover_decisions(space_, space_.genotype(a), space_.genotype(b), random, options_.swap));
        }
    }

    arch_type mutated(const arch_type& arch, rng& random) const {
        if constexpr (HasMutate<Space>) {
            return chance(random, options_.mutations) ? space_.mutate(arch, random) : arch;
        } else {
            const double probability = options_.mutations / static_cast<double>(space_.decisions());
            return space_.architecture(mutate_each_decision(space_, space_.genotype(arch), probability, random));
        }
    }

    Space space_;
    genetic_algorithm_options options_;
    std::vector<member> parents_;   // best first; of equals the first told
    std::vector<member> children_;  // in the order of telling
    told_networks<Space> told_;     // empty where they may be repeated
};

}  // namespace nas
