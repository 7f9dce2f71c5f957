// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>

/// Counting the architectures of a space without masks. Without conditions that is a mixed radix number, decision 0 the most
/// significant digit. With conditions the decisions form a forest, each below the one it depends on: a decision has
/// sum over its values of the product of what the decisions that this value activates have. Then every call counts the
/// forest anew: time and memory in proportion to the sum of all cardinalities.
namespace nas {

/// Size of a space too large to be counted in 64 bits.
inline constexpr std::uint64_t uncountable = std::numeric_limits<std::uint64_t>::max();

namespace detail {

constexpr std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? uncountable : product;
}
constexpr std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? uncountable : sum;
}

/// A conditional space as a forest, each decision below the one it depends on, with the number of combinations everywhere.
struct decision_forest {
    std::vector<std::size_t> start;    // of each decision: its first entry in `below`
    std::vector<std::uint64_t> below;  // of each value of each decision: of the decisions that it activates
    std::vector<std::uint64_t> with;   // of each decision, where active: of itself and all below it
    std::uint64_t total = 1;
};

/// One pass from the last decision to the first, because a decision comes after the one it depends on.
template <ConditionalSpace Space>
decision_forest count_forest(const Space& space) {
    const std::size_t count = space.decisions();
    decision_forest forest;
    forest.start.resize(count + 1);
    for (std::size_t i = 0; i < count; ++i) forest.start[i + 1] = forest.start[i] + space.cardinality(i);
    forest.below.assign(forest.start[count], 1);
    forest.with.assign(count, 0);
    for (std::size_t i = count; i-- > 0;) {
        for (std::size_t at = forest.start[i]; at < forest.start[i + 1]; ++at)
            forest.with[i] = saturating_sum(forest.with[i], forest.below[at]);
        const std::optional<condition> when = space.when(i);
        if (!when) {
            forest.total = saturating_product(forest.total, forest.with[i]);
            continue;
        }
        for (std::size_t value = 0; value < space.cardinality(when->decision); ++value) {
            std::uint64_t& there = forest.below[forest.start[when->decision] + value];
            if (when->values.contains(value)) there = saturating_product(there, forest.with[i]);
        }
    }
    return forest;
}

/// A mixed radix number as it is put together or taken apart. Its digits are the decisions right below one value, or the
/// roots; the first decision is the most significant digit.
struct forest_digits {
    std::uint64_t rank = 0;
    std::uint64_t scale = 0;
};

template <ConditionalSpace Space>
std::uint64_t rank_in_forest(const Space& space, const typename Space::genotype_type& genotype) {
    const decision_forest forest = count_forest(space);
    std::vector<forest_digits> inner(space.decisions(), {0, 1});
    forest_digits roots{0, 1};
    for (std::size_t i = space.decisions(); i-- > 0;) {
        const std::optional<condition> when = space.when(i);
        if (when && !when->values.contains(genotype[when->decision])) continue;
        std::uint64_t rank = inner[i].rank;
        for (std::size_t value = 0; value < genotype[i]; ++value) rank += forest.below[forest.start[i] + value];
        forest_digits& outer = when ? inner[when->decision] : roots;
        outer.rank += rank * outer.scale;
        outer.scale *= forest.with[i];
    }
    return roots.rank;
}

template <ConditionalSpace Space>
auto unrank_in_forest(const Space& space, const decision_forest& forest, std::uint64_t index) {
    auto genotype = blank_genotype<typename Space::genotype_type>(space.decisions());
    std::vector<forest_digits> inner(space.decisions());  // a scale of 0 stays where the decision is inactive
    forest_digits roots{index, forest.total};
    for (std::size_t i = 0; i < space.decisions(); ++i) {
        const std::optional<condition> when = space.when(i);
        forest_digits& outer = when ? inner[when->decision] : roots;
        if (outer.scale == 0 || (when && !when->values.contains(genotype[when->decision]))) continue;
        outer.scale /= forest.with[i];
        std::uint64_t rank = outer.rank / outer.scale;
        outer.rank %= outer.scale;
        std::size_t at = forest.start[i];
        for (; rank >= forest.below[at]; ++at) rank -= forest.below[at];
        genotype[i] = static_cast<std::uint8_t>(at - forest.start[i]);
        inner[i] = {rank, forest.below[at]};
    }
    return genotype;
}

inline void check_index(std::uint64_t index, std::uint64_t size) {
    if (size == uncountable) throw std::out_of_range("nas: the space is too large to be counted in 64 bits");
    if (index >= size)
        throw std::out_of_range("nas: there is no architecture " + std::to_string(index) + " in a space of " +
                                std::to_string(size));
}

}  // namespace detail

/// Number of architectures; `uncountable` for 2^64 - 1 and more.
template <DecisionSpace Space>
    requires(!MaskedSpace<Space>)
constexpr std::uint64_t count_architectures(const Space& space) {
    if constexpr (ConditionalSpace<Space>)
        if (space.conditional()) return detail::count_forest(space).total;
    std::uint64_t total = 1;
    for (std::size_t i = 0; i < space.decisions(); ++i) total = detail::saturating_product(total, space.cardinality(i));
    return total;
}

/// Rank of a valid genotype in [0, count_architectures(space)), which must be countable.
template <DecisionSpace Space>
    requires(!MaskedSpace<Space>)
constexpr std::uint64_t index_of(const Space& space, const typename Space::genotype_type& genotype) {
    if constexpr (ConditionalSpace<Space>)
        if (space.conditional()) return detail::rank_in_forest(space, genotype);
    std::uint64_t index = 0;
    for (std::size_t i = 0; i < space.decisions(); ++i) index = index * space.cardinality(i) + genotype[i];
    return index;
}

/// The genotype of that rank: inverse of `index_of`. Throws std::out_of_range where there is none.
template <DecisionSpace Space>
    requires(!MaskedSpace<Space>)
constexpr auto genotype_at(const Space& space, std::uint64_t index) {
    if constexpr (ConditionalSpace<Space>) {
        if (space.conditional()) {
            const detail::decision_forest forest = detail::count_forest(space);
            detail::check_index(index, forest.total);
            return detail::unrank_in_forest(space, forest, index);
        }
    }
    const std::uint64_t size = count_architectures(space);
    if (index >= size || size == uncountable) detail::check_index(index, size);
    auto genotype = blank_genotype<typename Space::genotype_type>(space.decisions());
    for (std::size_t i = space.decisions(); i-- > 0;) {
        const std::uint64_t count = space.cardinality(i);
        genotype[i] = static_cast<std::uint8_t>(index % count);
        index /= count;
    }
    return genotype;
}

}  // namespace nas
