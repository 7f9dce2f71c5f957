// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <micro/searches.hpp>
#include <nas/searchers/genetic_algorithm.hpp>
#include <nas/spaces/choice_space.hpp>
#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/sga.hpp>
#include <pagmo/config.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <pagmo/types.hpp>

// Task A by pagmo's genetic algorithm, beside ours. pagmo keeps its population only, ours every trial.
namespace {

constexpr unsigned population = 100;

/// Six integers in [0, 4]; pagmo minimizes.
struct look_up_problem {
    pagmo::vector_double fitness(const pagmo::vector_double& x) const {
        std::size_t at = 0;
        for (const double digit : x) at = at * 5 + static_cast<std::size_t>(digit);
        return {-searches::table()[at]};
    }
    std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
        return {pagmo::vector_double(6, 0.0), pagmo::vector_double(6, 4.0)};
    }
    pagmo::vector_double::size_type get_nix() const { return 6; }
};

/// Populations of `population`, the first of which is random; the counter `trial` is seconds an evaluation.
void add_sga(const std::string& name, double mutation_probability, const std::string& crossover,
             const std::string& mutation) {
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
        constexpr unsigned generations = searches::usual / population - 1;
        std::size_t evaluations = 0;
        unsigned seed = 0;
        for (auto _ : state) {
            pagmo::algorithm algorithm{pagmo::sga(generations, 0.9, 1.0, mutation_probability, 1.0, 2, crossover,
                                                  mutation, "tournament", ++seed)};
            pagmo::population alive{pagmo::problem{look_up_problem{}}, population, seed};
            alive = algorithm.evolve(alive);
            benchmark::DoNotOptimize(alive.champion_f());
            evaluations += static_cast<std::size_t>(alive.get_problem().get_fevals());
        }
        state.counters["trial"] = benchmark::Counter(static_cast<double>(evaluations),
                                                     benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    });
}

[[maybe_unused]] const bool added = [] {
    benchmark::AddCustomContext("pagmo", PAGMO_VERSION);
    add_sga("pagmo/sga", 0.02, "exponential", "polynomial");       // its defaults
    add_sga("pagmo/sga_uniform", 1.0 / 6, "binomial", "uniform");  // the operators of our genetic algorithm
    const nas::choice_space<6> cells{5};
    const searches::look_up reward{&searches::table()};
    searches::add_search("ours/rea_100_25", searches::usual, nas::regularized_evolution{cells, searches::large},
                         reward);
    const nas::genetic_algorithm_options options{.population = population,
                                                 .offspring = population,
                                                 .tournament = 2,
                                                 .initial = population,
                                                 .mutations = 1,
                                                 .repeats = true};
    searches::add_search("ours/genetic_algorithm", searches::usual, nas::genetic_algorithm{cells, options}, reward);
    return true;
}();

}  // namespace
