// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/operators/neighbors.hpp>

/// Where a searcher looks for the architecture that its acquisition promises most of. Policies of gp_search: `maximize(problem)`
/// looks at whatever it likes, and of the new architectures that it looked at the most promising is proposed:
///
///     problem.look(arch)          what is promised of it; minus infinity where it was told or is pending
///     problem.look_at_all()       at all architectures of a space that can be enumerated; one at random of the most promising
///     problem.enumerated()        whether that costs next to nothing, as the surrogate has them all at hand
///     problem.found(), most()     the most promising so far, and what it promises; minus infinity at first
///     problem.best_trials(count)  the best that were evaluated, best first
///     problem.around_best()       whether the step of the acquisition asks for neighbours of the best three only
///     problem.space(), random()
///
/// Where nothing that was looked at is new, a random new network is proposed.
namespace nas {

/// `count` random architectures.
struct random_pool {
    std::size_t count = 1000;

    template <class Problem>
    void maximize(Problem& problem) const {
        for (std::size_t k = 0; k < count; ++k) problem.look(problem.space().sample(problem.random()));
    }
};

/// Mutants of the `parents` best trials, in turn, each `steps` mutations away at most (BANANAS, White et al. 2021: of the best).
struct mutated_best {
    std::size_t count = 100;
    std::size_t parents = 5;
    std::size_t steps = 2;

    template <class Problem>
    void maximize(Problem& problem) const {
        const auto best = problem.best_trials(parents);
        for (std::size_t k = 0; k < count && !best.empty(); ++k) {
            auto arch = best[k % best.size()];
            for (std::size_t left = 1 + below(problem.random(), steps); left > 0; --left)
                arch = mutate(problem.space(), arch, problem.random());
            problem.look(arch);
        }
    }
};

/// Every architecture of the space, which must be enumerable and not have more than `most`; of larger ones, `most` random ones.
struct whole_space {
    std::size_t most = 262'144;

    template <class Problem>
    void maximize(Problem& problem) const {
        using space_type = std::remove_cvref_t<decltype(problem.space())>;
        static_assert(EnumerableSpace<space_type>, "nas: nas::whole_space needs a space with size() and at(index)");
        if (problem.enumerated() || problem.space().size() <= most) return problem.look_at_all();
        random_pool{most}.maximize(problem);
    }
};

/// The best of `candidates` random architectures and of the neighbours of the `around` best trials, and from there up to `climbs`
/// steps to the best neighbour, as long as that promises more. Of the neighbours of an architecture no more than `candidates`
/// are looked at, at random.
struct climbing_candidates {
    std::size_t candidates = 500;
    std::size_t around = 5;
    std::size_t climbs = 20;

    template <class Problem>
    void maximize(Problem& problem) const {
        look_around(problem, around);
        random_pool{candidates}.maximize(problem);
        for (std::size_t climb = 0; climb < climbs; ++climb) {
            const auto from = problem.found();
            if (!from) return;
            const double before = problem.most();
            look_at_neighbors(problem, std::vector{*from});
            if (!(problem.most() > before)) return;
        }
    }

    /// Looks at the neighbours of the best trials.
    template <class Problem>
    void look_around(Problem& problem, std::size_t trials) const {
        look_at_neighbors(problem, problem.best_trials(trials));
    }

  private:
    template <class Problem, class Arch>
    void look_at_neighbors(Problem& problem, const std::vector<Arch>& of) const {
        std::vector<Arch> all;
        for (const Arch& arch : of) {
            const std::size_t before = all.size();
            neighbors(problem.space(), arch, problem.random(), all);
            const std::span<Arch> added = std::span(all).subspan(before);
            if (added.size() <= candidates) continue;
            sample_to_front(added, candidates, problem.random());
            all.resize(before + candidates);
        }
        for (const Arch& neighbor : all) problem.look(neighbor);
    }
};

/// What gp_search does unless told otherwise: all architectures where the surrogate has them at hand, and else
/// climbing_candidates; at a step that asks for the neighbours of the best trials these, as long as one is new.
struct everything_or_candidates {
    climbing_candidates candidates = {};

    template <class Problem>
    void maximize(Problem& problem) const {
        if (problem.around_best()) {
            candidates.look_around(problem, neighborhoods);
            if (problem.found()) return;
        }
        if (problem.enumerated()) return problem.look_at_all();
        candidates.maximize(problem);
    }

  private:
    static constexpr std::size_t neighborhoods = 3;
};

}  // namespace nas
