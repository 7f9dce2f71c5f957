// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nas/core/checks.hpp>
#include <nas/operators/decisions.hpp>

namespace nas::detail {

/// Throws std::invalid_argument where the space has no decisions, or some depend on others: the optimum of a landscape would
/// no longer be known.
template <DecisionSpace Space>
void check_independent_decisions(std::string_view owner, const Space& space) {
    if (space.decisions() == 0)
        throw std::invalid_argument(std::string(owner) + ": the space must have at least one decision");
    if (has_dependences(space))
        throw std::invalid_argument(std::string(owner) + ": the decisions of the space must not depend on each other");
}

/// A random genotype, the planted optimum, and how many decisions of another agree with it.
template <DecisionSpace Space>
class planted_optimum {
  public:
    using genotype_type = typename Space::genotype_type;

    planted_optimum(const Space& space, std::uint64_t seed) {
        rng random(mix64(seed));
        genotype_ = sample_decisions(space, random);
    }

    const genotype_type& genotype() const noexcept { return genotype_; }

    /// Agreements among decisions `begin` to `end` - 1.
    std::size_t agreements(const genotype_type& other, std::size_t begin, std::size_t end) const noexcept {
        std::size_t count = 0;
        for (std::size_t i = begin; i < end; ++i) count += other[i] == genotype_[i] ? 1U : 0U;
        return count;
    }

  private:
    genotype_type genotype_;
};

}  // namespace nas::detail
