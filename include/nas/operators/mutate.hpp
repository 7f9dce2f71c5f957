// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <nas/core/draws.hpp>
#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/operators/numeric_step.hpp>

namespace nas {

namespace detail {

/// How many other values decision `i` of a valid genotype could take.
template <DecisionSpace Space>
constexpr std::size_t alternatives(const Space& space, const typename Space::genotype_type& genotype, std::size_t i) {
    if (!has_dependences(space)) return space.cardinality(i) - 1;
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    return is_active(space, all, i) ? choices_of(space, all, i).count() - 1 : 0;
}

/// Changes decision `i`, which has alternatives, to the `rank`-th other value it may have, without repair.
template <DecisionSpace Space>
constexpr void take_alternative(const Space& space, typename Space::genotype_type& genotype, std::size_t i,
                                std::size_t rank) {
    const std::uint8_t current = genotype[i];
    if (!has_dependences(space)) {
        genotype[i] = static_cast<std::uint8_t>(rank + (rank >= current ? 1 : 0));
        return;
    }
    choice_mask choices = choices_of(space, std::span<const std::uint8_t>(genotype.data(), genotype.size()), i);
    choices.erase(current);
    genotype[i] = static_cast<std::uint8_t>(choices.nth(rank));
}

/// Changes decision `i`, which has `others` > 0 alternatives, without repair: to a level that draw_level draws among those
/// allowed where it is numeric, to any alternative else.
template <DecisionSpace Space>
constexpr void change_decision(const Space& space, typename Space::genotype_type& genotype, std::size_t i,
                               std::size_t others, double step_scale, rng& random) {
    if (!is_numeric(space, i)) {
        take_alternative(space, genotype, i, below(random, others));
        return;
    }
    std::size_t level = genotype[i];
    if (!has_dependences(space)) {
        level = draw_level(level, others + 1, step_scale, random);
    } else {
        const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
        const choice_mask choices = choices_of(space, all, i);
        level = choices.nth(draw_level(choices.rank(level), others + 1, step_scale, random));
    }
    genotype[i] = static_cast<std::uint8_t>(level);
}

/// mutate_decision where decisions depend on each other, some are numeric, or the first draw hit one that has no other value.
template <DecisionSpace Space>
[[gnu::noinline]] constexpr auto mutate_some_decision(const Space& space, typename Space::genotype_type genotype,
                                                      std::size_t i, double step_scale, rng& random) {
    const std::size_t count = space.decisions();
    if (count == 0) return genotype;
    if (alternatives(space, genotype, i) == 0) {
        // One more draw, over those that are not fixed, keeps them equally likely.
        std::size_t free = 0;
        for (std::size_t k = 0; k < count; ++k) free += alternatives(space, genotype, k) > 0 ? 1 : 0;
        if (free == 0) return genotype;
        std::size_t rank = below(random, free);
        for (i = 0;; ++i)
            if (alternatives(space, genotype, i) > 0 && rank-- == 0) break;
    }
    const auto before = genotype;
    change_decision(space, genotype, i, alternatives(space, before, i), step_scale, random);
    repair(space, genotype, before, i + 1, random);
    return genotype;
}

}  // namespace detail

/// Changes one decision to another value: the decision is uniform over the active ones that have at least two allowed
/// values, the new value uniform over the others it may have, or, where it is numeric, some levels up or down, near ones most
/// often (see draw_level). What became active is drawn, what became inactive is 0. Where nothing can change, the genotype comes
/// back as it is.
template <DecisionSpace Space>
constexpr auto mutate_decision(const Space& space, const typename Space::genotype_type& genotype, rng& random,
                               double step_scale = usual_step_scale) {
    const std::size_t i = below(random, space.decisions());
    if (has_dependences(space) || has_numeric(space) || space.decisions() == 0 || space.cardinality(i) < 2)
        return detail::mutate_some_decision(space, genotype, i, step_scale, random);
    const std::size_t rank = below(random, space.cardinality(i) - 1);
    return with_decision(genotype, i, rank + (rank >= genotype[i] ? 1 : 0));
}

/// Changes each active decision with probability `probability`, independently, to another value, drawn as mutate_decision draws
/// it. What became active or is no longer allowed is drawn, what became inactive is 0. Nothing at all may change.
template <DecisionSpace Space>
constexpr auto mutate_each_decision(const Space& space, typename Space::genotype_type genotype, double probability,
                                    rng& random, double step_scale = usual_step_scale) {
    const std::size_t count = space.decisions();
    if (!has_dependences(space)) {
        for (std::size_t i = 0; i < count; ++i) {
            if (!chance(random, probability)) continue;
            const std::size_t others = space.cardinality(i) - 1;
            if (others > 0) detail::change_decision(space, genotype, i, others, step_scale, random);
        }
        return genotype;
    }
    const auto before = genotype;
    const std::span<const std::uint8_t> now(genotype.data(), count);
    const std::span<const std::uint8_t> then(before.data(), count);
    for (std::size_t i = 0; i < count; ++i) {
        const bool change = chance(random, probability);
        if (!is_active(space, now, i)) {
            genotype[i] = 0;
        } else if (!is_active(space, then, i) || !choices_of(space, now, i).contains(genotype[i])) {
            draw_decision(space, genotype, i, random);
        } else if (const std::size_t others = detail::alternatives(space, genotype, i); change && others > 0) {
            detail::change_decision(space, genotype, i, others, step_scale, random);
        }
    }
    return genotype;
}

/// One step away from `arch`: the space's own `mutate`, or `mutate_decision`. A space that shall take other steps along its
/// numeric decisions has a `mutate` of its own, which calls mutate_decision with another scale.
template <MutableSpace Space>
constexpr arch_t<Space> mutate(const Space& space, const arch_t<Space>& arch, rng& random) {
    if constexpr (HasMutate<Space>) {
        return space.mutate(arch, random);
    } else {
        return space.architecture(mutate_decision(space, space.genotype(arch), random));
    }
}

}  // namespace nas
