// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
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

/// The bandwidth of the kernel at each of these positions in [0, 1]. Of few levels it is wider than `bandwidth`, so that about a tenth
/// of its mass is on other levels: narrower ones never leave their own. 0.3 of the distance between even levels, or, where that is
/// larger, to the nearest other one. (Measured on eight decisions of three to six uneven levels; narrower ones where levels are
/// near are worse.)
inline std::vector<double> parzen_bandwidths(std::span<const double> positions, double bandwidth) {
    const std::size_t count = positions.size();
    const double even = 1 / static_cast<double>(std::max<std::size_t>(count - 1, 1));
    std::vector<double> widths;
    for (std::size_t i = 0; i < count; ++i) {
        double gap = 1;
        if (i > 0) gap = std::fabs(positions[i] - positions[i - 1]);
        if (i + 1 < count) gap = std::min(gap, std::fabs(positions[i + 1] - positions[i]));
        if (gap < even + 1e-9) gap = even;  // with even steps that of all, whatever rounding makes of them
        widths.push_back(std::max(bandwidth, 0.3 * gap));
    }
    return widths;
}

/// The decisions of a space as densities see them.
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
            decisions.back().levels =
                std::make_shared<const parzen_levels>(positions, parzen_bandwidths(positions, bandwidth));
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

/// The genotype that has these codes.
template <class Genotype>
void set_choices(std::span<const std::int32_t> codes, Genotype& genotype) {
    for (std::size_t i = 0; i < genotype.size(); ++i)
        genotype[i] = static_cast<std::uint8_t>(std::max(codes[i], std::int32_t{1}) - 1);
}

}  // namespace nas::detail
