// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/operators/text.hpp>

namespace nas {

/// Base of spaces made of decisions: everything that follows from the table of decisions. `Derived` provides
/// `decisions()`, `cardinality(i)`, `path(i)` and `label(i, choice)`; `tag(i)` where decisions differ in kind; `conditional()`
/// and `when(i)`, or `allowed(prefix, i, mask)`, where they depend on each other; and `genotype(arch)` and
/// `architecture(genotype)` where an architecture is not simply its genotype. What it declares itself replaces what is here.
template <class Derived, Genotype G, class Arch = G>
class decision_space {
  public:
    using genotype_type = G;
    using arch_type = Arch;

    constexpr decision_tag tag(std::size_t) const noexcept { return decision_tag::generic; }

    constexpr const genotype_type& genotype(const arch_type& arch) const noexcept requires std::same_as<G, Arch> {
        return arch;
    }
    constexpr const arch_type& architecture(
        const genotype_type& genotype) const noexcept requires std::same_as<G, Arch> {
        return genotype;
    }

    /// A random architecture: each decision uniform over what it may be, in order.
    constexpr arch_type sample(rng& random) const { return self().architecture(sample_decisions(self(), random)); }

    constexpr bool contains(const arch_type& arch) const { return is_valid(self(), self().genotype(arch)); }

    /// `path=label, path=label`, active decisions only.
    std::string describe(const arch_type& arch) const { return describe_decisions(self(), self().genotype(arch)); }
    /// Inverse of describe; std::invalid_argument names the column and what was expected.
    arch_type parse(std::string_view text) const { return self().architecture(parse_decisions(self(), text)); }

    // Templates, because a constraint on Derived must wait until Derived is complete.

    /// Number of architectures; `uncountable` (2^64 - 1) if there are more.
    template <class Self = Derived>
        requires(!MaskedSpace<Self>)
    constexpr std::uint64_t size() const { return count_architectures(self()); }
    /// Architecture number `index`; std::out_of_range where there is none.
    template <class Self = Derived>
        requires(!MaskedSpace<Self>)
    constexpr arch_type at(std::uint64_t index) const { return self().architecture(genotype_at(self(), index)); }
    /// Inverse of `at`.
    template <class Self = Derived>
        requires(!MaskedSpace<Self>)
    constexpr std::uint64_t index(const arch_type& arch) const { return index_of(self(), self().genotype(arch)); }

    friend constexpr bool operator==(const decision_space&, const decision_space&) = default;  // for that of Derived

  private:
    constexpr const Derived& self() const noexcept { return static_cast<const Derived&>(*this); }
};

}  // namespace nas
