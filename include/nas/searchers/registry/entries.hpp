// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <nas/core/space.hpp>
#include <nas/searchers/bananas.hpp>
#include <nas/searchers/controller.hpp>
#include <nas/searchers/deduplicated.hpp>
#include <nas/searchers/genetic_algorithm.hpp>
#include <nas/searchers/gp_search.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/searchers/hill_climbing.hpp>
#include <nas/searchers/local_search.hpp>
#include <nas/searchers/mlpnas.hpp>
#include <nas/searchers/npenas.hpp>
#include <nas/searchers/ppo.hpp>
#include <nas/searchers/predictor_search.hpp>
#include <nas/searchers/progressive.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/reevaluated.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/searchers/reinforce.hpp>
#include <nas/searchers/simulated_annealing.hpp>
#include <nas/searchers/smac.hpp>
#include <nas/searchers/tpe.hpp>

/// The one list of all searchers. A new one gets a struct here and a place in `all`; one around another searcher a place in
/// `wrappers`.
namespace nas::registered {

/// What every struct of the list has besides its name and one line about it: the class template and its options.
template <template <class...> class Template, class Options>
struct entry {
    using options_type = Options;
    template <class Argument>
    using type = Template<Argument>;
};

// What a space must have (`fits`, and `needs` in words).

struct needs_samples {
    static constexpr std::string_view needs = "sample, contains, describe and parse";
    template <class Space>
    static constexpr bool fits = SearchSpace<Space>;
};
struct needs_index {
    static constexpr std::string_view needs = "size, at and index";
    template <class Space>
    static constexpr bool fits = EnumerableSpace<Space>;
};
struct needs_neighbors {
    static constexpr std::string_view needs = "neighbors, or decisions";
    template <class Space>
    static constexpr bool fits = NeighborSpace<Space>;
};
struct needs_mutation {
    static constexpr std::string_view needs = "mutate, or decisions";
    template <class Space>
    static constexpr bool fits = MutableSpace<Space>;
};
struct needs_crossover {
    static constexpr std::string_view needs = "crossover and mutate, or decisions";
    template <class Space>
    static constexpr bool fits = CrossableSpace<Space>&& MutableSpace<Space>;
};
struct needs_decisions {
    static constexpr std::string_view needs = "decisions";
    template <class Space>
    static constexpr bool fits = DecisionSpace<Space>;
};
struct needs_growth {
    static constexpr std::string_view needs = "roots and grow, and blocks of tokens";
    template <class Space>
    static constexpr bool fits = GrowableSpace<Space>&& BlockSpace<Space>;
};

// The searchers.

struct random_search : entry<nas::random_search, random_search_options>, needs_samples {
    static constexpr std::string_view name = "random_search";
    static constexpr std::string_view summary = "uniform samples, with or without replacement";
};
struct grid_search : entry<nas::grid_search, grid_search_options>, needs_index {
    static constexpr std::string_view name = "grid_search";
    static constexpr std::string_view summary = "every architecture once, in order or shuffled";
};
struct local_search : entry<nas::local_search, local_search_options>, needs_neighbors {
    static constexpr std::string_view name = "local_search";
    static constexpr std::string_view summary = "to a better neighbour until there is none, then from a new start";
};
struct hill_climbing : entry<nas::hill_climbing, hill_climbing_options>, needs_mutation {
    static constexpr std::string_view name = "hill_climbing";
    static constexpr std::string_view summary = "mutates the best so far, and starts again where that does not help";
};
struct simulated_annealing : entry<nas::simulated_annealing, simulated_annealing_options>, needs_mutation {
    static constexpr std::string_view name = "simulated_annealing";
    static constexpr std::string_view summary = "mutates the current one and accepts worse ones ever more rarely";
};
struct regularized_evolution : entry<nas::regularized_evolution, regularized_evolution_options>, needs_mutation {
    static constexpr std::string_view name = "regularized_evolution";
    static constexpr std::string_view summary = "evolution in which the oldest dies: tournament, then mutation";
};
struct genetic_algorithm : entry<nas::genetic_algorithm, genetic_algorithm_options>, needs_crossover {
    static constexpr std::string_view name = "genetic_algorithm";
    static constexpr std::string_view summary = "evolution in which the best survive: crossover, then mutation";
};
struct reinforce : entry<nas::reinforce, reinforce_options>, needs_decisions {
    static constexpr std::string_view name = "reinforce";
    static constexpr std::string_view summary = "policy gradient: a softmax a decision, trained on its own samples";
};
struct ppo : entry<nas::ppo, ppo_options>, needs_decisions {
    static constexpr std::string_view name = "ppo";
    static constexpr std::string_view summary = "policy gradient, several steps a batch, each of them clipped";
};
struct controller : entry<nas::controller, controller_options>, needs_decisions {
    static constexpr std::string_view name = "controller";
    static constexpr std::string_view summary = "policy gradient: an LSTM that makes one decision after the other";
};
struct mlpnas : entry<nas::mlpnas, mlpnas_options>, needs_decisions {
    static constexpr std::string_view name = "mlpnas";
    static constexpr std::string_view summary = "policy gradient, with a predictor that chooses among its samples";
};
struct tpe : entry<nas::tpe, tpe_options>, needs_decisions {
    static constexpr std::string_view name = "tpe";
    static constexpr std::string_view summary = "draws from the density of the good trials what is rare among the bad";
};
struct gp_search : entry<nas::gp_search, gp_search_options>, needs_decisions {
    static constexpr std::string_view name = "gp_search";
    static constexpr std::string_view summary = "Bayesian optimisation: a Gaussian process over decisions";
};
struct smac : entry<nas::smac, smac_options>, needs_decisions {
    static constexpr std::string_view name = "smac";
    static constexpr std::string_view summary = "a random forest, and expected improvement by local search";
};
struct bananas : entry<nas::bananas, bananas_options>, needs_decisions {
    static constexpr std::string_view name = "bananas";
    static constexpr std::string_view summary = "mutates the best; an ensemble of networks and its doubts choose";
};
struct npenas : entry<nas::npenas, npenas_options>, needs_decisions {
    static constexpr std::string_view name = "npenas";
    static constexpr std::string_view summary = "evolution with many children, of which a predictor keeps the best";
};
struct predictor_search : entry<nas::predictor_search, predictor_search_options>, needs_decisions {
    static constexpr std::string_view name = "predictor_search";
    static constexpr std::string_view summary =
        "ranks the whole space; takes the best, and draws from a shrinking pool";
};
struct progressive : entry<nas::progressive, progressive_options>, needs_growth {
    static constexpr std::string_view name = "progressive";
    static constexpr std::string_view summary =
        "from small networks to larger ones; a predictor keeps the best of a level";
};

template <class... Entries>
struct list {};

using all = list<random_search, grid_search, local_search, hill_climbing, simulated_annealing, regularized_evolution,
                 genetic_algorithm, reinforce, ppo, controller, mlpnas, tpe, gp_search, smac, bananas, npenas,
                 predictor_search, progressive>;

// Those around another one: `type<any_searcher>`, made of the searcher and the options, gives it out by `searcher()`.

struct deduplicated : entry<nas::deduplicated, deduplicated_options> {
    static constexpr std::string_view name = "deduplicated";
    static constexpr std::string_view summary = "asks again where a network was proposed already";
};
struct reevaluated : entry<nas::reevaluated, reevaluated_options> {
    static constexpr std::string_view name = "reevaluated";
    static constexpr std::string_view summary = "evaluates the leading network again now and then, against noise";
};

using wrappers = list<deduplicated, reevaluated>;

}  // namespace nas::registered
