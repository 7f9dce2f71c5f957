// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/searchers/any_searcher.hpp>
#include <nas/searchers/controller.hpp>
#include <nas/searchers/genetic_algorithm.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/searchers/hill_climbing.hpp>
#include <nas/searchers/local_search.hpp>
#include <nas/searchers/mlpnas.hpp>
#include <nas/searchers/ppo.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/searchers/reinforce.hpp>
#include <nas/searchers/simulated_annealing.hpp>

/// The one list of all searchers: programs choose from it by name, and it drives laws, expected outputs and benchmarks.
/// A new searcher gets a struct in `registered` and a place in `registered::all`.
namespace nas {

namespace registered {

// One struct a searcher: its name, one line about it, what a space must have (`fits`, and `needs` in words), its options
// and the class.

struct random_search {
    static constexpr std::string_view name = "random_search";
    static constexpr std::string_view summary = "uniform samples, with or without replacement";
    static constexpr std::string_view needs = "sample, contains, describe and parse";
    using options_type = random_search_options;
    template <class Space>
    static constexpr bool fits = SearchSpace<Space>;
    template <class Space>
    using type = nas::random_search<Space>;
};

struct grid_search {
    static constexpr std::string_view name = "grid_search";
    static constexpr std::string_view summary = "every architecture once, in order or shuffled";
    static constexpr std::string_view needs = "size, at and index";
    using options_type = grid_search_options;
    template <class Space>
    static constexpr bool fits = EnumerableSpace<Space>;
    template <class Space>
    using type = nas::grid_search<Space>;
};

struct local_search {
    static constexpr std::string_view name = "local_search";
    static constexpr std::string_view summary = "to a better neighbour until there is none, then from a new start";
    static constexpr std::string_view needs = "neighbors, or decisions";
    using options_type = local_search_options;
    template <class Space>
    static constexpr bool fits = NeighborSpace<Space>;
    template <class Space>
    using type = nas::local_search<Space>;
};

struct hill_climbing {
    static constexpr std::string_view name = "hill_climbing";
    static constexpr std::string_view summary = "mutates the best so far, and starts again where that does not help";
    static constexpr std::string_view needs = "mutate, or decisions";
    using options_type = hill_climbing_options;
    template <class Space>
    static constexpr bool fits = MutableSpace<Space>;
    template <class Space>
    using type = nas::hill_climbing<Space>;
};

struct simulated_annealing {
    static constexpr std::string_view name = "simulated_annealing";
    static constexpr std::string_view summary = "mutates the current one and accepts worse ones ever more rarely";
    static constexpr std::string_view needs = "mutate, or decisions";
    using options_type = simulated_annealing_options;
    template <class Space>
    static constexpr bool fits = MutableSpace<Space>;
    template <class Space>
    using type = nas::simulated_annealing<Space>;
};

struct regularized_evolution {
    static constexpr std::string_view name = "regularized_evolution";
    static constexpr std::string_view summary = "evolution in which the oldest dies: tournament, then mutation";
    static constexpr std::string_view needs = "mutate, or decisions";
    using options_type = regularized_evolution_options;
    template <class Space>
    static constexpr bool fits = MutableSpace<Space>;
    template <class Space>
    using type = nas::regularized_evolution<Space>;
};

struct genetic_algorithm {
    static constexpr std::string_view name = "genetic_algorithm";
    static constexpr std::string_view summary = "evolution in which the best survive: crossover, then mutation";
    static constexpr std::string_view needs = "crossover and mutate, or decisions";
    using options_type = genetic_algorithm_options;
    template <class Space>
    static constexpr bool fits = CrossableSpace<Space>&& MutableSpace<Space>;
    template <class Space>
    using type = nas::genetic_algorithm<Space>;
};

struct reinforce {
    static constexpr std::string_view name = "reinforce";
    static constexpr std::string_view summary = "policy gradient: a softmax a decision, trained on its own samples";
    static constexpr std::string_view needs = "decisions";
    using options_type = reinforce_options;
    template <class Space>
    static constexpr bool fits = DecisionSpace<Space>;
    template <class Space>
    using type = nas::reinforce<Space>;
};

struct ppo {
    static constexpr std::string_view name = "ppo";
    static constexpr std::string_view summary = "policy gradient, several steps a batch, each of them clipped";
    static constexpr std::string_view needs = "decisions";
    using options_type = ppo_options;
    template <class Space>
    static constexpr bool fits = DecisionSpace<Space>;
    template <class Space>
    using type = nas::ppo<Space>;
};

struct controller {
    static constexpr std::string_view name = "controller";
    static constexpr std::string_view summary = "policy gradient: an LSTM that makes one decision after the other";
    static constexpr std::string_view needs = "decisions";
    using options_type = controller_options;
    template <class Space>
    static constexpr bool fits = DecisionSpace<Space>;
    template <class Space>
    using type = nas::controller<Space>;
};

struct mlpnas {
    static constexpr std::string_view name = "mlpnas";
    static constexpr std::string_view summary = "policy gradient, with a predictor that chooses among its samples";
    static constexpr std::string_view needs = "decisions";
    using options_type = mlpnas_options;
    template <class Space>
    static constexpr bool fits = DecisionSpace<Space>;
    template <class Space>
    using type = nas::mlpnas<Space>;
};

template <class... Entries>
struct list {};

using all = list<random_search, grid_search, local_search, hill_climbing, simulated_annealing, regularized_evolution,
                 genetic_algorithm, reinforce, ppo, controller, mlpnas>;

}  // namespace registered

namespace detail {

template <class Entry, class Space, std::size_t Objectives>
consteval bool searcher_fits() {
    if constexpr (Entry::template fits<Space>) {
        return Searcher<typename Entry::template type<Space>, Objectives>;
    } else {
        return false;
    }
}

template <class Visit, class... Entries>
constexpr void for_each_registered(Visit&& visit, registered::list<Entries...>) {
    (visit(Entries{}), ...);
}

/// Why a registered searcher cannot search `Space` for `Objectives` objectives; empty where it can.
template <class Entry, class Space, std::size_t Objectives>
std::string obstacle() {
    if constexpr (searcher_fits<Entry, Space, Objectives>()) {
        return "";
    } else if constexpr (Entry::template fits<Space>) {
        return "it does not work for " + std::to_string(Objectives) + " objectives";
    } else {
        return "the space must have " + std::string(Entry::needs);
    }
}

template <class Entry, class Space, std::size_t Objectives>
any_searcher<Space, Objectives> make_registered(const Space& space, std::string_view options) {
    const std::string name(Entry::name);
    if constexpr (searcher_fits<Entry, Space, Objectives>()) {
        using searcher = typename Entry::template type<Space>;
        return {name, searcher(space, parse_options<typename Entry::options_type>("nas::" + name, options))};
    } else {
        throw std::invalid_argument("nas::" + name +
                                    ": it cannot search this space: " + obstacle<Entry, Space, Objectives>());
    }
}

/// Levenshtein's distance: letters to insert, delete or replace.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

[[noreturn]] inline void throw_unknown_searcher(std::string_view wanted) {
    std::string names;
    std::string_view nearest;
    std::size_t distance = wanted.size() / 2 + 1;  // farther is no slip of the pen
    for_each_registered(
        [&](auto entry) {
            names += (names.empty() ? "" : ", ") + std::string(entry.name);
            const std::size_t here = edit_distance(wanted, entry.name);
            if (here >= distance) return;
            distance = here;
            nearest = entry.name;
        },
        registered::all{});
    throw std::invalid_argument("nas: there is no searcher '" + std::string(wanted) + "'" +
                                (nearest.empty() ? "" : " (did you mean '" + std::string(nearest) + "'?)") +
                                "; there is " + names);
}

}  // namespace detail

/// Calls `visit(entry)` for each registered searcher that can search `Space` for `Objectives` objectives, at compile time:
///
///     nas::for_each_searcher<Space>([&](auto entry) {
///         using searcher = typename decltype(entry)::template type<Space>;
///         std::cout << entry.name << ": " << entry.summary << '\n';
///     });
template <class Space, std::size_t Objectives = 1, class Visit>
constexpr void for_each_searcher(Visit&& visit) {
    detail::for_each_registered(
        [&]<class Entry>(Entry entry) {
            if constexpr (detail::searcher_fits<Entry, Space, Objectives>()) visit(entry);
        },
        registered::all{});
}

/// A registered searcher, as seen by a program.
template <class Space, std::size_t Objectives = 1>
struct searcher_info {
    std::string name;
    std::string summary;                      ///< one line
    std::vector<option_description> options;  ///< with the defaults as values
    std::string obstacle;                     ///< why it cannot search the space; empty where it can
    /// The searcher with options `name=value,name=value` (those left out have their defaults). Throws std::invalid_argument
    /// where an option is wrong, or there is an obstacle.
    any_searcher<Space, Objectives> (*make)(const Space& space, std::string_view options);
    std::vector<preset_description> presets = {};  ///< named settings: `preset=name` as the first option
};

/// All registered searchers, those that cannot search `Space` included.
template <class Space, std::size_t Objectives = 1>
std::vector<searcher_info<Space, Objectives>> searchers() {
    std::vector<searcher_info<Space, Objectives>> all;
    detail::for_each_registered(
        [&]<class Entry>(Entry) {
            all.push_back(
                {std::string(Entry::name), std::string(Entry::summary),
                 describe_options(typename Entry::options_type{}), detail::obstacle<Entry, Space, Objectives>(),
                 &detail::make_registered<Entry, Space, Objectives>, describe_presets<typename Entry::options_type>()});
        },
        registered::all{});
    return all;
}

/// The searcher that `text` names: `random_search`, or with options `regularized_evolution:population=10,tournament=3`.
/// Throws std::invalid_argument where there is no such searcher or option, an option's value is wrong, or the searcher cannot
/// search this space.
template <class Space, std::size_t Objectives = 1>
any_searcher<Space, Objectives> make_searcher(const Space& space, std::string_view text) {
    const std::string_view name = text.substr(0, text.find(':'));
    const std::string_view options = name.size() == text.size() ? std::string_view() : text.substr(name.size() + 1);
    any_searcher<Space, Objectives> (*make)(const Space&, std::string_view) = nullptr;
    detail::for_each_registered(
        [&]<class Entry>(Entry) {
            if (Entry::name == name) make = &detail::make_registered<Entry, Space, Objectives>;
        },
        registered::all{});
    if (make == nullptr) detail::throw_unknown_searcher(name);
    return make(space, options);
}

}  // namespace nas
