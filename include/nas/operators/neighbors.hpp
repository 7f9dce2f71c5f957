// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/operators/mutate.hpp>

namespace nas {

namespace detail {

/// Calls `visit` for every way to complete decisions `i` and later of `genotype` after an earlier one was changed: what
/// became active, or is no longer allowed, takes each value it may have in turn; all else keeps its value.
template <DecisionSpace Space, class Visit>
void for_each_completion(const Space& space, typename Space::genotype_type& genotype,
                         const typename Space::genotype_type& before, std::size_t i, Visit&& visit) {
    if (i == space.decisions()) {
        visit(genotype);
        return;
    }
    const std::uint8_t kept = genotype[i];
    const std::span<const std::uint8_t> now(genotype.data(), genotype.size());
    const std::span<const std::uint8_t> then(before.data(), before.size());
    if (!is_active(space, now, i)) {
        genotype[i] = 0;
        for_each_completion(space, genotype, before, i + 1, visit);
    } else if (const choice_mask choices = choices_of(space, now, i);
               is_active(space, then, i) && choices.contains(kept)) {
        for_each_completion(space, genotype, before, i + 1, visit);
    } else {
        for (std::size_t rank = 0; rank < choices.count(); ++rank) {
            genotype[i] = static_cast<std::uint8_t>(choices.nth(rank));
            for_each_completion(space, genotype, before, i + 1, visit);
        }
    }
    genotype[i] = kept;
}

}  // namespace detail

/// Calls `visit(genotype)` for everything that `mutate_decision` can make of `genotype`, each once, in order of the decision
/// that changes.
template <DecisionSpace Space, class Visit>
void for_each_neighbor(const Space& space, const typename Space::genotype_type& genotype, Visit&& visit) {
    auto neighbor = genotype;
    for (std::size_t i = 0; i < space.decisions(); ++i) {
        const std::size_t others = detail::alternatives(space, genotype, i);
        for (std::size_t rank = 0; rank < others; ++rank) {
            neighbor[i] = genotype[i];
            detail::take_alternative(space, neighbor, i, rank);
            if (has_dependences(space)) {
                detail::for_each_completion(space, neighbor, genotype, i + 1, visit);
            } else {
                visit(neighbor);
            }
        }
        neighbor[i] = genotype[i];
    }
}

/// Appends every architecture one step from `arch` to `out`: the space's own `neighbors`, or all single changes of decisions.
template <NeighborSpace Space>
void neighbors(const Space& space, const arch_t<Space>& arch, std::vector<arch_t<Space>>& out) {
    if constexpr (HasNeighbors<Space>) {
        space.neighbors(arch, out);
    } else {
        for_each_neighbor(space, space.genotype(arch),
                          [&](const auto& genotype) { out.push_back(space.architecture(genotype)); });
    }
}

}  // namespace nas
