// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>
#include <nas/operators/enumerate.hpp>
#include <nas/operators/identity.hpp>
#include <nas/operators/mutate.hpp>

namespace nas {

/// The networks that a searcher was told, for searchers that propose none of them again. Networks are told apart by the space's
/// key where it has one, else by the architecture. Trials at a lower fidelity are not remembered: what was trained for an
/// epoch may still be trained in full.
template <class Space>
class told_networks {
    static_assert(check_search_space<Space>());

  public:
    using arch_type = arch_t<Space>;

    /// How many different ones.
    std::size_t size() const noexcept { return told_.size(); }

    // Out of the loops that drivers inline, as much else here: they stay small, and as fast for those that repeat themselves.
    template <std::size_t Objectives>
    [[gnu::noinline]] void insert(const Space& space, const trial<arch_type, Objectives>& told) {
        if (told.fidelity == full_fidelity) told_.insert(network_of(space, told.arch));
    }

    bool was_told(const Space& space, const arch_type& arch) const { return told_.contains(network_of(space, arch)); }

    /// Whether it was not told and is not pending.
    bool is_new(const Space& space, const ask_view<arch_type>& view, const arch_type& arch) const {
        const auto network = network_of(space, arch);
        if (told_.contains(network)) return false;
        for (const proposal<arch_type>& other : view.pending)
            if (network_of(space, other.arch) == network) return false;
        return true;
    }

    /// A new network, from the proposals that `draw()` makes:
    ///
    ///     up to `draws` times: proposal = draw(); if it is new: return it
    ///     up to 20 times: proposal = mutate(proposal), one step further each time; if it is new: return it
    ///     return a new sample, without a parent
    ///
    /// So a searcher whose proposals have become all the same goes on around them. `draws` >= 1. Spaces that cannot be mutated
    /// leave the second step out.
    template <class Draw>
    std::optional<proposal<arch_type>> propose_new(const Space& space, const ask_view<arch_type>& view, rng& random,
                                                   std::size_t draws, Draw&& draw) const {
        proposal<arch_type> next = draw();
        for (std::size_t n = 1; !is_new(space, view, next.arch); ++n) {
            if (n == draws) return around(space, view, random, std::move(next));
            next = draw();
        }
        return next;
    }

    /// A new network at random:
    ///
    ///     up to `draws` times: arch = sample; if it is new: return it
    ///     in a countable space: return the first new one from a random architecture on (in one with keys, of a million)
    ///     return nothing: every network was told or is pending, or, in a space that cannot be counted, might as well be
    [[gnu::noinline]] std::optional<proposal<arch_type>> sample_new(const Space& space, const ask_view<arch_type>& view,
                                                                    rng& random,
                                                                    std::size_t draws = usual_draws) const {
        for (std::size_t n = 0; n < draws; ++n) {
            arch_type arch = space.sample(random);
            if (is_new(space, view, arch)) return propose(std::move(arch));
        }
        if constexpr (EnumerableSpace<Space>) {
            const std::uint64_t size = space.size();
            if (size == uncountable) return std::nullopt;
            // Among one more in a row than there are old ones, one is new, unless several are one network.
            constexpr std::uint64_t most_of_keyed = std::uint64_t{1} << 20U;
            const std::uint64_t old = told_.size() + view.pending.size();
            std::uint64_t left = std::min(size, KeyedSpace<Space> ? most_of_keyed : old + 1);
            for (std::uint64_t index = below(random, size); left > 0; --left) {
                arch_type arch = space.at(index);
                if (is_new(space, view, arch)) return propose(std::move(arch));
                index = index + 1 == size ? 0 : index + 1;
            }
        }
        return std::nullopt;
    }

  private:
    static constexpr std::size_t usual_draws = 500;
    static constexpr std::size_t steps = 20;

    // Rare, and best kept out of the loops that drivers inline.
    [[gnu::noinline]] std::optional<proposal<arch_type>> around(const Space& space, const ask_view<arch_type>& view,
                                                                rng& random, proposal<arch_type> from) const {
        if constexpr (MutableSpace<Space>) {
            for (std::size_t step = 0; step < steps; ++step) {
                from.arch = mutate(space, from.arch, random);
                if (is_new(space, view, from.arch)) return from;
            }
        }
        return sample_new(space, view, random);
    }

    identity_set<network_t<Space>> told_;
};

}  // namespace nas
