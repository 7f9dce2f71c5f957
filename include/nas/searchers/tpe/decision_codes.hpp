// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/core/unit_value.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/predictors/parzen_levels.hpp>
#include <nas/predictors/parzen_marginals.hpp>

namespace nas::detail {

/// The decisions of a space as densities see them. The kernels of a numeric decision of few levels are wider than `bandwidth`: by 0.3
/// of the mean distance between levels, so that a tenth of their mass is on other levels. Narrower ones never leave their own.
template <DecisionSpace Space>
std::vector<parzen_decision> parzen_decisions(const Space& space, [[maybe_unused]] double bandwidth) {
    std::vector<parzen_decision> decisions;
    for (std::size_t i = 0; i < space.decisions(); ++i) {
        decisions.push_back({space.cardinality(i)});
        if constexpr (NumericSpace<Space>) {
            if (!is_numeric(space, i)) continue;
            const std::span<const double> values = space.values(i);
            std::vector<double> positions;
            for (std::size_t choice = 0; choice < values.size(); ++choice)
                positions.push_back(unit_value(values, space.scale(i), choice));
            const double gap = 1 / static_cast<double>(std::max<std::size_t>(values.size() - 1, 1));
            decisions.back().levels =
                std::make_shared<const parzen_levels>(std::move(positions), std::max(bandwidth, 0.3 * gap));
        }
    }
    return decisions;
}

/// An architecture as densities see it: 0 where a decision is not active, else 1 + its choice. `codes` has a place for each.
template <DecisionSpace Space>
void set_codes(const Space& space, const arch_t<Space>& arch, std::span<std::int32_t> codes) {
    const auto& genotype = space.genotype(arch);
    const std::span<const std::uint8_t> all(genotype.data(), codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = is_active(space, all, i) ? all[i] + 1 : 0;
}

}  // namespace nas::detail
