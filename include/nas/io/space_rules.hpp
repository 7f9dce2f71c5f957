// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nas/core/fingerprint.hpp>
#include <nas/operators/decisions.hpp>

namespace nas::detail {

/// What `allowed` answers at each decision of a genotype.
template <MaskedSpace Space>
void add_masks(fingerprint& print, const Space& space, const typename Space::genotype_type& genotype) {
    const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!is_active(space, all, i)) continue;
        const choice_mask choices = choices_of(space, all, i);
        for (std::size_t first = 0; first < space.cardinality(i); first += 8) {
            unsigned bits = 0;
            for (std::size_t k = 0; k < 8 && first + k < space.cardinality(i); ++k)
                bits |= choices.contains(first + k) ? 1U << k : 0U;
            print.add_byte(static_cast<unsigned char>(bits));
        }
    }
}

/// Stands for what a space is beyond its table of decisions, so that a file can tell two apart: a fingerprint of what it
/// samples, and of what its masks allow then, for 256 fixed generators, and of its `rules()`. A rule that matters to one sample
/// in fifty is missed once in 170 times. Nothing where the table says it all: there is neither a mask nor a text of rules, and
/// the space samples as the table has it.
template <SearchSpace Space>
std::optional<std::string> space_rules(const Space& space) {
    bool in_table = DecisionSpace<Space> && !MaskedSpace<Space> && !HasRules<Space>;
    fingerprint print;
    if constexpr (HasRules<Space>) print.add(std::string_view(std::string(space.rules())));
    for (std::uint64_t draw = 0; draw < 256; ++draw) {
        rng random(draw);
        const arch_t<Space> arch = space.sample(random);
        const std::string text(space.describe(arch));
        print.add(text.size());
        print.add(std::string_view(text));
        if constexpr (DecisionSpace<Space>) {
            rng again(draw);
            const typename Space::genotype_type drawn = sample_decisions(space, again);
            in_table = in_table && drawn == typename Space::genotype_type(space.genotype(arch));
            if constexpr (MaskedSpace<Space>) add_masks(print, space, drawn);
        }
    }
    if (in_table) return std::nullopt;
    return fingerprint_text(print);
}

}  // namespace nas::detail
