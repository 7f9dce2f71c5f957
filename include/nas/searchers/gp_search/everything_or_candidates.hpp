// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <type_traits>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>
#include <nas/operators/neighbors.hpp>

namespace nas {

/// The optimiser of gp_search, which looks at one architecture after the other: at all where the surrogate has them at hand, and else
/// at `candidates` random ones and the neighbours of the best five trials, and then up to `climbs` steps from the best of these to the
/// best of its neighbours, as long as that promises more. Of the neighbours of an architecture no more than `candidates` are looked at,
/// at random. A step that asks for the neighbours of the best three trials looks at nothing else, unless none of them is new.
struct everything_or_candidates {
    std::size_t candidates = 500;
    std::size_t climbs = 20;

    /// Of these, or of the options of a searcher that has them too.
    template <class O = everything_or_candidates>
    static constexpr void fields(auto&& visit) {
        visit(&O::candidates, field{"candidates", 1, 1e6, "measured, with those around the best five",
                                    "random architectures to compare in larger spaces"});
        visit(&O::climbs,
              field{"climbs", 0, 1e4, "measured", "steps from the best of these to a better neighbour, at most"});
    }

    /// `looks`: detail::step_looks.
    template <class Looks>
    void maximize(Looks& looks, rng& random) const {
        if (looks.around_best()) {
            look_at_neighbors(looks, looks.best_trials(step_neighborhoods), random);
            if (looks.found()) return;
        }
        if (looks.enumerated()) return looks.look_at_all(random);
        look_at_neighbors(looks, looks.best_trials(start_neighborhoods), random);
        std::vector<arch_t<std::remove_cvref_t<decltype(looks.space())>>> drawn;
        for (std::size_t k = 0; k < candidates; ++k) drawn.push_back(looks.space().sample(random));
        looks.look(drawn, random);
        for (std::size_t climb = 0; climb < climbs; ++climb) {
            const auto from = looks.found();
            if (!from) return;
            const double before = looks.most();
            look_at_neighbors(looks, std::vector{*from}, random);
            if (!(looks.most() > before)) return;
        }
    }

  private:
    template <class Looks, class Arch>
    void look_at_neighbors(Looks& looks, const std::vector<Arch>& of, rng& random) const {
        std::vector<Arch> all;
        for (const Arch& arch : of) neighbors(looks.space(), arch, random, all, candidates);
        looks.look(all, random);
    }

    static constexpr std::size_t step_neighborhoods = 3;
    static constexpr std::size_t start_neighborhoods = 5;
};

}  // namespace nas
