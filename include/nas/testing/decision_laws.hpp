// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/levels.hpp>
#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/testing/report.hpp>

namespace nas::testing::detail {

/// The laws of the table of decisions itself.
template <DecisionSpace S>
void check_table(const S& space, law_report& report) {
    const std::size_t count = space.decisions();
    for (std::size_t i = 0; i < count; ++i) {
        const std::string path(space.path(i));
        const auto here = [&] { return "decision " + std::to_string(i) + " ('" + path + "')"; };
        const std::size_t choices = space.cardinality(i);
        report.expect(choices >= 1 && choices <= max_cardinality, "cardinalities are in [1, 256]",
                      [&] { return here() + " has " + std::to_string(choices); });
        for (std::size_t k = 0; k < i; ++k) report.expect(std::string(space.path(k)) != path, "paths are unique", here);
        std::vector<std::string> labels;
        for (std::size_t choice = 0; choice < choices; ++choice) labels.emplace_back(space.label(i, choice));
        std::sort(labels.begin(), labels.end());
        report.expect(std::adjacent_find(labels.begin(), labels.end()) == labels.end(),
                      "labels of a decision are unique", here);
        if constexpr (ConditionalSpace<S>) {
            const std::optional<condition> when = space.when(i);
            report.expect(!when || when->decision < i, "conditions name an earlier decision", here);
            report.expect(!when || space.conditional(), "a space with conditions is conditional", here);
        }
        if constexpr (NumericSpace<S>) {
            const std::span<const double> values = space.values(i);
            report.expect(values.empty() || space.numeric(), "a space with values is numeric", here);
            try {
                nas::detail::check_values(values, space.scale(i), choices, here());
            } catch (const std::invalid_argument& wrong) {
                report.violated("values are levels of a quantity", wrong.what());
            }
        }
    }
}

/// The laws of one architecture as decisions.
template <DecisionSpace S>
void check_decisions(const S& space, const arch_t<S>& arch, law_report& report) {
    const auto text = [&](const arch_t<S>& what) { return std::string(space.describe(what)); };
    const typename S::genotype_type genotype = space.genotype(arch);
    if (!report.expect(genotype.size() == space.decisions(), "genotypes have a value for each decision",
                       [&] { return text(arch); }))
        return;
    report.expect(space.architecture(genotype) == arch, "architecture is the inverse of genotype",
                  [&] { return text(arch); });
    report.expect(space.genotype(space.architecture(genotype)) == genotype, "genotype is the inverse of architecture",
                  [&] { return text(arch); });
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto here = [&] { return std::string(space.path(i)) + " of " + text(arch); };
        report.expect(all[i] < space.cardinality(i), "values are below the cardinality", here);
        if (!is_active(space, all, i)) {
            report.expect(all[i] == 0, "inactive decisions are 0", here);
            continue;
        }
        const choice_mask choices = choices_of(space, all, i);
        report.expect(choices.count() >= 1, "masks leave a choice", here);
        report.expect(choices.contains(all[i]), "active decisions have an allowed value", here);
    }
}

}  // namespace nas::testing::detail
