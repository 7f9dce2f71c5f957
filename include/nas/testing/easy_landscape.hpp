// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>

namespace nas::testing {

/// The easiest landscape there is: the share of decisions, in [0, 1], that are those of a hidden architecture. Every decision
/// can be improved on its own, so that whatever learns beats random search.
template <DecisionSpace Space>
class easy_landscape {
  public:
    explicit easy_landscape(Space space, std::uint64_t seed = 2)
        : space_(std::move(space)), target_(draw(space_, seed)) {}

    double operator()(const arch_t<Space>& arch) const {
        const auto& genotype = space_.genotype(arch);
        std::size_t equal = 0;
        for (std::size_t i = 0; i < target_.size(); ++i) equal += genotype[i] == target_[i] ? 1U : 0U;
        return static_cast<double>(equal) / static_cast<double>(target_.size());
    }

    arch_t<Space> best() const { return space_.architecture(target_); }

  private:
    static typename Space::genotype_type draw(const Space& space, std::uint64_t seed) {
        rng random{seed};
        const arch_t<Space> arch = space.sample(random);
        return space.genotype(arch);
    }

    Space space_;
    typename Space::genotype_type target_;
};

}  // namespace nas::testing
