// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/local_search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>

#include "array_loops.hpp"

/// Whole searches as benchmarks, beside the loops: one iteration is one search, its history included. Names are
/// task/who/algorithm/trials; the counter `trial` is seconds a trial, `bytes` what is kept of one.
namespace searches {

/// The table of task A and the sum of task B.
inline const std::vector<double>& table() {
    static const std::vector<double> values = [] {
        nas::rng random{7};
        std::vector<double> all(15'625);
        for (double& value : all) value = nas::unit(random);
        return all;
    }();
    return values;
}
inline const array_loops::choice_values& parts() {
    static const array_loops::choice_values values = [] {
        nas::rng random{7};
        array_loops::choice_values all{};
        for (auto& row : all)
            for (double& value : row) value = nas::unit(random);
        return all;
    }();
    return values;
}

/// The same objectives as evaluators, for any genotype.
struct look_up {
    const std::vector<double>* values;
    double operator()(std::span<const std::uint8_t> genotype) const {
        std::size_t at = 0;
        for (const std::uint8_t digit : genotype) at = at * 5 + digit;
        return (*values)[at];
    }
};
struct sum_up {
    const array_loops::choice_values* values;
    double operator()(std::span<const std::uint8_t> genotype) const {
        double sum = 0;
        for (std::size_t i = 0; i < genotype.size(); ++i) sum += (*values)[i][genotype[i]];
        return sum;
    }
};

constexpr auto large = nas::regularized_evolution_options::real_2019();
constexpr auto small = nas::regularized_evolution_options::nats_bench();
constexpr auto steepest = nas::local_search_options::white_2020();
constexpr nas::local_search_options first{
    .improvement = nas::improvement_rule::first, .initial = 1, .continuations = 0, .accept_equal = false};

constexpr std::size_t usual = 20'000;
constexpr std::size_t part_of_space = 5'000;  // what local search sees of task A's 15,625: it repeats none

/// `once(seed)` is a search of `trials` trials and returns the bytes of its history.
template <class Once>
benchmark::internal::Benchmark* add(const std::string& name, std::size_t trials, Once once) {
    const auto run = [=](benchmark::State& state) {
        const auto count = static_cast<double>(trials);
        std::size_t bytes = 0;
        std::uint64_t seed = 0;
        for (auto _ : state) benchmark::DoNotOptimize(bytes = once(++seed));
        state.counters["trial"] =
            benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
        state.counters["bytes"] = static_cast<double>(bytes) / count;
    };
    return benchmark::RegisterBenchmark((name + '/' + std::to_string(trials)).c_str(), run);
}

/// `loop(trials, seed)` returns its columns.
template <class Loop>
void add_loop(const std::string& name, std::size_t trials, Loop loop) {
    add(name, trials, [=](std::uint64_t seed) {
        const auto kept = loop(trials, seed);
        benchmark::DoNotOptimize(kept.values.data());
        return kept.bytes();
    });
}

template <class Searcher, class Evaluator>
benchmark::internal::Benchmark* add_search(const std::string& name, std::size_t trials, Searcher searcher,
                                           Evaluator evaluator) {
    return add(name, trials, [=](std::uint64_t seed) {
        nas::search search{searcher, evaluator, {.seed = seed}};
        search.run({.trials = trials});
        return search.history().bytes();
    });
}

template <class Space, class Evaluator>
void add_searches(const std::string& who, const Space& space, const Evaluator& evaluator, std::size_t trials = usual) {
    add_search(who + "/random", trials, nas::random_search{space}, evaluator);
    add_search(who + "/rea_100_25", trials, nas::regularized_evolution{space, large}, evaluator);
    add_search(who + "/rea_10_3", trials, nas::regularized_evolution{space, small}, evaluator);
}

template <class Space, class Evaluator>
void add_local_searches(const std::string& who, const Space& space, const Evaluator& evaluator, std::size_t trials) {
    add_search(who + "/local_steepest", trials, nas::local_search{space, steepest}, evaluator);
    add_search(who + "/local_first", trials, nas::local_search{space, first}, evaluator);
}

}  // namespace searches
