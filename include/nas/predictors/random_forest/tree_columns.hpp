// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>

namespace nas::detail {

/// What a tree reads of an architecture: a number for each decision, 0 where it is inactive and else 1 more than its choice, then
/// the space's own features, where it encodes itself. Those of numeric decisions are split by thresholds too.
template <EncodableSpace Space>
class tree_columns {
  public:
    explicit tree_columns(const Space& space) {
        if constexpr (DecisionSpace<Space>)
            for (std::size_t i = 0; i < space.decisions(); ++i)
                levels_.push_back(is_numeric(space, i) ? 0 : space.cardinality(i) + 1);
        if constexpr (HasEncode<Space>) levels_.resize(levels_.size() + space.encoding_size(), 0);
    }

    std::size_t size() const noexcept { return levels_.size(); }
    /// Of each column how many values it may have, from 0; 0: it is a real number.
    std::span<const std::size_t> levels() const noexcept { return levels_; }

    void read(const Space& space, const arch_t<Space>& arch, double* row) const {
        if constexpr (DecisionSpace<Space>) {
            const auto& genotype = space.genotype(arch);
            const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
            for (std::size_t i = 0; i < all.size(); ++i) *row++ = is_active(space, all, i) ? all[i] + 1 : 0;
        }
        if constexpr (HasEncode<Space>) space.encode(arch, std::span<double>(row, space.encoding_size()));
    }

  private:
    std::vector<std::size_t> levels_;
};

}  // namespace nas::detail
