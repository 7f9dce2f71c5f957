// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <nas/core/decision.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/space.hpp>

/// Conditions and masks, as every operator over decisions needs them.
namespace nas {

/// Whether what a decision may be can depend on earlier ones in `space`.
template <DecisionSpace Space>
constexpr bool has_dependences(const Space& space) noexcept {
    if constexpr (MaskedSpace<Space>) {
        return true;
    } else if constexpr (ConditionalSpace<Space>) {
        return space.conditional();
    } else {
        return false;
    }
}

/// Whether some decisions of `space` are numeric.
template <DecisionSpace Space>
constexpr bool has_numeric(const Space& space) noexcept {
    if constexpr (NumericSpace<Space>) return space.numeric();
    return false;
}

/// Whether decision `i` is: its choices are levels of a quantity, in order.
template <DecisionSpace Space>
constexpr bool is_numeric(const Space& space, std::size_t i) {
    if constexpr (NumericSpace<Space>) return space.numeric() && !std::span<const double>(space.values(i)).empty();
    return false;
}

/// Whether decision `i` counts, given the values of the decisions before it (`prefix`, at least i values).
template <DecisionSpace Space>
constexpr bool is_active(const Space& space, std::span<const std::uint8_t> prefix, std::size_t i) {
    if constexpr (ConditionalSpace<Space>) {
        if (!space.conditional()) return true;
        for (auto when = space.when(i); when; when = space.when(when->decision))
            if (!when->values.contains(prefix[when->decision])) return false;
    }
    return true;
}

/// The choices that active decision `i` has, given the values of the decisions before it.
template <DecisionSpace Space>
constexpr choice_mask choices_of(const Space& space, std::span<const std::uint8_t> prefix, std::size_t i) {
    choice_mask mask = choice_mask::first(space.cardinality(i));
    if constexpr (MaskedSpace<Space>) space.allowed(prefix.first(i), i, mask);
    return mask;
}

/// Whether the genotype is one of the space's: every value in range, inactive ones 0, active ones allowed.
template <DecisionSpace Space>
constexpr bool is_valid(const Space& space, const typename Space::genotype_type& genotype) {
    const std::size_t count = space.decisions();
    if (genotype.size() != count) return false;
    const std::span<const std::uint8_t> all(genotype.data(), count);
    for (std::size_t i = 0; i < count; ++i) {
        if (genotype[i] >= space.cardinality(i)) return false;
        if (!has_dependences(space)) continue;
        if (!is_active(space, all, i)) {
            if (genotype[i] != 0) return false;
        } else if (!choices_of(space, all, i).contains(genotype[i])) {
            return false;
        }
    }
    return true;
}

/// Gives decision `i` of `genotype`, whose earlier decisions are set, a uniform value of those it may have; 0 if inactive.
template <DecisionSpace Space>
constexpr void draw_decision(const Space& space, typename Space::genotype_type& genotype, std::size_t i, rng& random) {
    if (!has_dependences(space)) {
        genotype[i] = static_cast<std::uint8_t>(below(random, space.cardinality(i)));
        return;
    }
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    genotype[i] = 0;
    if (!is_active(space, all, i)) return;
    const choice_mask choices = choices_of(space, all, i);
    genotype[i] = static_cast<std::uint8_t>(choices.nth(below(random, choices.count())));
}

/// A random genotype: each decision in turn, uniform over what it may be.
template <DecisionSpace Space>
constexpr auto sample_decisions(const Space& space, rng& random) {
    using genotype_type = typename Space::genotype_type;
    const std::size_t count = space.decisions();
    if (!has_dependences(space))
        return make_genotype<genotype_type>(count, [&](std::size_t i) { return below(random, space.cardinality(i)); });
    auto genotype = blank_genotype<genotype_type>(count);
    for (std::size_t i = 0; i < count; ++i) draw_decision(space, genotype, i, random);
    return genotype;
}

/// Makes `genotype` valid again after some decisions were changed, keeping all it can: what became inactive is 0, what
/// became active (it was inactive in `before`) or is no longer allowed is drawn anew. Decisions before `first` stay.
template <DecisionSpace Space>
constexpr void repair(const Space& space, typename Space::genotype_type& genotype,
                      const typename Space::genotype_type& before, std::size_t first, rng& random) {
    if (!has_dependences(space)) return;
    const std::span<const std::uint8_t> now(genotype.data(), genotype.size());
    const std::span<const std::uint8_t> then(before.data(), before.size());
    for (std::size_t i = first; i < genotype.size(); ++i) {
        if (!is_active(space, now, i)) {
            genotype[i] = 0;
        } else if (!is_active(space, then, i) || !choices_of(space, now, i).contains(genotype[i])) {
            draw_decision(space, genotype, i, random);
        }
    }
}

}  // namespace nas
