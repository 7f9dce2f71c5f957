// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/operators/encode.hpp>
#include <nas/predictors/gaussian_process/anova_kernel.hpp>

namespace nas::detail {

/// Whether these texts are numbers that only grow or only fall. Those of a decision without labels, 0, 1, 2 and so on, number its
/// choices, and say of no order.
inline bool are_quantities(const std::vector<std::string>& labels) {
    bool rises = true;
    bool falls = true;
    bool numbered = true;
    double before = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        double number = 0;
        const char* const end = labels[i].data() + labels[i].size();
        const auto read = std::from_chars(labels[i].data(), end, number);
        if (read.ec != std::errc{} || read.ptr != end) return false;
        if (i > 0) rises = rises && number > before, falls = falls && number < before;
        numbered = numbered && labels[i] == std::to_string(i);
        before = number;
    }
    return (rises || falls) && !numbered;
}

/// The kernel of a space.
struct space_kernel {
    anova_kernel anova;
    std::vector<std::uint16_t> inactive;  ///< of each decision, the level that it has where it does not count
    std::size_t features = 0;
};

/// `own_features`: whether the features that the space itself encodes count.
template <EncodableSpace Space>
space_kernel kernel_of(const Space& space, bool own_features = true) {
    std::vector<kernel_decision> decisions;
    std::vector<std::uint16_t> inactive;
    std::vector<std::vector<std::size_t>> groups;
    if constexpr (DecisionSpace<Space>) {
        std::vector<std::vector<std::string>> labels;
        for (std::size_t i = 0; i < space.decisions(); ++i) {
            const std::size_t k = space.cardinality(i);
            bool conditional = false;
            if constexpr (ConditionalSpace<Space>) conditional = space.conditional() && space.when(i);
            labels.emplace_back();
            for (std::size_t choice = 0; choice < k; ++choice) labels[i].emplace_back(space.label(i, choice));
            const bool ordered = is_numeric(space, i) || are_quantities(labels[i]);
            decisions.push_back({k + (conditional ? 1 : 0), ordered ? k : 0});
            inactive.push_back(static_cast<std::uint16_t>(k));
            if (k < 3) continue;
            bool placed = false;
            for (auto& group : groups) {
                const std::size_t other = group.front();
                if (placed || decisions[other].levels != decisions[i].levels || space.tag(other) != space.tag(i) ||
                    labels[other] != labels[i])
                    continue;
                group.push_back(i);
                placed = true;
            }
            if (!placed) groups.push_back({i});
        }
        std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
    }
    std::size_t features = 0;
    if constexpr (HasEncode<Space>) features = own_features ? space.encoding_size() : 0;
    return {anova_kernel(std::move(decisions), std::move(groups), features), std::move(inactive), features};
}

/// Features less their means over what was learned from, each over its deviation and the root of their number: then their
/// products are 1 on the mean.
struct feature_scales {
    std::vector<double> means;
    std::vector<double> factors;

    feature_scales() = default;
    /// Of rows of `width` numbers, the last `features` of which are features as they are; they are scaled.
    feature_scales(std::vector<double>& rows, std::size_t width, std::size_t features)
        : means(features), factors(features) {
        if (features == 0 || rows.empty()) return;
        const auto count = static_cast<double>(rows.size() / width);
        const auto each = [&](auto visit) {
            for (std::size_t at = width - features; at < rows.size(); at += width)
                for (std::size_t i = 0; i < features; ++i) visit(rows[at + i], i);
        };
        each([&](double feature, std::size_t i) { means[i] += feature / count; });
        each([&](double feature, std::size_t i) { factors[i] += (feature - means[i]) * (feature - means[i]) / count; });
        for (double& factor : factors) factor = factor > 0 ? 1 / std::sqrt(factor * static_cast<double>(features)) : 0;
        // What is the same everywhere says nothing, whatever rounding leaves of it.
        std::vector<bool> varies(features);
        each([&, first = rows.data() + width - features](double feature, std::size_t i) {
            varies[i] = varies[i] || feature != first[i];
        });
        for (std::size_t i = 0; i < features; ++i)
            if (!varies[i]) factors[i] = 0;
        each([&](double& feature, std::size_t i) { feature = (feature - means[i]) * factors[i]; });
    }
    /// The same of one more row.
    void apply(std::vector<double>& row) const {
        double* const last = row.data() + row.size() - means.size();
        for (std::size_t i = 0; i < means.size(); ++i) last[i] = (last[i] - means[i]) * factors[i];
    }
};

/// The levels of an architecture's decisions.
template <DecisionSpace Space>
void set_levels(const Space& space, const arch_t<Space>& arch, const space_kernel& kernel, std::uint16_t* levels) {
    const auto& genotype = space.genotype(arch);
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    for (std::size_t i = 0; i < all.size(); ++i) levels[i] = is_active(space, all, i) ? all[i] : kernel.inactive[i];
}

/// What the kernel of a space, without features of its own, reads of an architecture.
struct described_architecture {
    std::vector<std::uint16_t> levels;
    std::vector<double> vector;

    template <DecisionSpace Space>
    described_architecture(const Space& space, const arch_t<Space>& arch, const space_kernel& kernel)
        : levels(kernel.anova.decisions()), vector(kernel.anova.vector_size()) {
        set_levels(space, arch, kernel, levels.data());
        kernel.anova.set_vector(levels, vector.data());
    }
};

/// What the kernel reads of an architecture: the levels of its decisions, and its vector with features as they are.
template <EncodableSpace Space>
void describe_to_kernel(const Space& space, const arch_t<Space>& arch, const space_kernel& kernel,
                        std::uint16_t* levels, double* vector) {
    if constexpr (DecisionSpace<Space>) set_levels(space, arch, kernel, levels);
    kernel.anova.set_vector({levels, kernel.anova.decisions()}, vector);
    if constexpr (HasEncode<Space>)
        space.encode(arch, std::span<double>(vector + kernel.anova.vector_size() - kernel.features, kernel.features));
}

}  // namespace nas::detail
