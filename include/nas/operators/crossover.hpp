// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include <nas/core/draws.hpp>
#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>

namespace nas {

/// Uniform crossover: each decision comes from `b` with probability `swap`, from `a` otherwise. A decision that is inactive
/// in the parent it came from, or not allowed in the child, is taken from the other parent where that works, drawn otherwise.
template <DecisionSpace Space>
constexpr auto crossover_decisions(const Space& space, const typename Space::genotype_type& a,
                                   const typename Space::genotype_type& b, rng& random, double swap = 0.5) {
    auto child = a;
    const std::size_t count = space.decisions();
    if (!has_dependences(space)) {
        for (std::size_t i = 0; i < count; ++i)
            if (chance(random, swap)) child[i] = b[i];
        return child;
    }
    const std::span<const std::uint8_t> built(child.data(), count);
    for (std::size_t i = 0; i < count; ++i) {
        const bool from_b = chance(random, swap);
        child[i] = 0;
        if (!is_active(space, built, i)) continue;
        const choice_mask choices = choices_of(space, built, i);
        const auto usable = [&](const auto& parent) {
            return is_active(space, std::span<const std::uint8_t>(parent.data(), count), i) &&
                   choices.contains(parent[i]);
        };
        const auto& first = from_b ? b : a;
        const auto& second = from_b ? a : b;
        if (usable(first)) {
            child[i] = first[i];
        } else if (usable(second)) {
            child[i] = second[i];
        } else {
            draw_decision(space, child, i, random);
        }
    }
    return child;
}

/// A child of `a` and `b`: the space's own `crossover`, or uniform crossover of decisions.
template <CrossableSpace Space>
constexpr arch_t<Space> crossover(const Space& space, const arch_t<Space>& a, const arch_t<Space>& b, rng& random) {
    if constexpr (HasCrossover<Space>) {
        return space.crossover(a, b, random);
    } else {
        return space.architecture(crossover_decisions(space, space.genotype(a), space.genotype(b), random));
    }
}

}  // namespace nas
