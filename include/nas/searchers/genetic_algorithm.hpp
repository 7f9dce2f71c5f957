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

namespace nas {

struct genetic_algorithm_options {
    std::size_t population = 50;
    std::size_t offspring = 50;
    std::size_t tournament = 2;
    double crossover = 0.9;
    double swap = 0.5;
    double mutations = 1;

    static constexpr void fields(auto&& visit) {
        using options = genetic_algorithm_options;
        visit(&options::population,
              field{"population", 1, 1e9, "Optuna: 50", "mu, individuals that survive a generation"});
        visit(&options::offspring,
              field{"offspring", 1, 1e9, "as many as parents, as in Optuna", "lambda, children of a generation"});
        visit(&options::tournament, field{"tournament", 1, 1e9, "Deb et al. 2002: binary",
                                          "individuals drawn, of which the best becomes a parent"});
        visit(&options::crossover, field{"crossover", 0, 1, "Optuna: 0.9", "probability that a child has two parents"});
        visit(&options::swap,
              field{"swap", 0, 1, "Optuna: 0.5", "probability of a decision to come from the second parent"});
        visit(
            &options::mutations,
            field{
                "mutations", 0, 256, "Optuna: each decision with probability 1/d",
                "decisions of a child that change, on average; the probability of the space's own mutate, if it has one"});
    }
};

/// A (mu + lambda) genetic algorithm with tournament selection, uniform crossover and mutation (Holland 1975; Baeck
/// 1996).
///
///     ask:   if fewer than mu trials are completed or pending: return a sample of the space
///            child = winner of a tournament among the parents
///            with probability `crossover`: child = crossover(child, winner of another tournament)
///            change each decision of the child with probability `mutations` / d
///     tell:  if completed: the first mu become parents, later ones wait among the children
///            where there are lambda children: of all parents and children the best mu become parents
///
/// mu and lambda are `population` and `offspring`; lambda = 1 is the steady-state algorithm. Children become parents
/// when their generation is complete, however many are asked for at a time. The first of equals wins.
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

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        const std::size_t alive = parents_.size();
        if (alive + view.pending.size() < options_.population) return propose(space_.sample(random));
        if (alive == 0) return propose(space_.sample(random));
        const member& a = tournament(random);
        if (!chance(random, options_.crossover)) return propose(mutated(a.arch, random), a.id);
        const member& b = tournament(random);
        return propose(mutated(crossed(a.arch, b.arch, random), random), a.id);
    }

    void tell(const trial<arch_type>& told, rng&) {
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
};

}  // namespace nas
