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

    /// Returns whether it was new.
    template <std::size_t Objectives>
    bool insert(const Space& space, const trial<arch_type, Objectives>& told) {
        return told.fidelity != full_fidelity || told_.insert(network_of(space, told.arch));
    }

    bool was_told(const Space& space, const arch_type& arch) const { return told_.contains(network_in(space, arch)); }

    /// Whether it was not told and is not pending.
    bool is_new(const Space& space, const ask_view<arch_type>& view, const arch_type& arch) const {
        const auto& network = network_in(space, arch);
        if (told_.contains(network)) return false;
        for (const proposal<arch_type>& other : view.pending)
            if (network_in(space, other.arch) == network) return false;
        return true;
    }

    /// A new network, from the proposals that `draw(random)` makes:
    ///
    ///     up to `draws` times: proposal = draw(random); if it is new: return it
    ///     up to 20 times: proposal = mutate(proposal), one step further each time; if it is new: return it
    ///     return a new sample, without a parent
    ///
    /// So a searcher whose proposals have become all the same goes on around them. `draws` >= 1. Spaces that cannot be mutated
    /// leave the second step out.
    template <class Draw>
    std::optional<proposal<arch_type>> propose_new(const Space& space, const ask_view<arch_type>& view, rng& random,
                                                   std::size_t draws, Draw draw) const {
        return with_copies(view, random, [&](const ask_view<arch_type>& seen, rng& own) {
            return draw_new(space, seen, own, draws, std::move(draw));
        });
    }

    /// A new network at random:
    ///
    ///     up to `draws` times: arch = sample; if it is new: return it
    ///     in a countable space: return the first new one from a random architecture on (in one with keys, of a million)
    ///     return nothing: every network was told or is pending, or, in a space that cannot be counted, might as well be
    std::optional<proposal<arch_type>> sample_new(const Space& space, const ask_view<arch_type>& view, rng& random,
                                                  std::size_t draws = usual_draws) const {
        return with_copies(view, random, [&](const ask_view<arch_type>& seen, rng& own) {
            return draw_sample(space, seen, own, draws);
        });
    }

  private:
    static constexpr std::size_t usual_draws = 500;
    static constexpr std::size_t steps = 20;

    /// What `draw(view, random)` proposes, drawn with copies and copied: a driver's loop that this is inlined into can keep its
    /// own in registers, though what is not inlined knows the addresses of the copies. Without it evolution that may repeat
    /// itself is a tenth slower.
    template <class Draw>
    static std::optional<proposal<arch_type>> with_copies(const ask_view<arch_type>& view, rng& random, Draw draw) {
        const ask_view<arch_type> seen = view;
        rng own = random;
        std::optional<proposal<arch_type>> next = draw(seen, own);
        random = own;
        return std::optional<proposal<arch_type>>(std::move(next));
    }

    template <class Draw>
    [[gnu::noinline]] std::optional<proposal<arch_type>> draw_new(const Space& space, const ask_view<arch_type>& view,
                                                                  rng& random, std::size_t draws, Draw draw) const {
        proposal<arch_type> next = draw(random);
        for (std::size_t n = 1; !is_new(space, view, next.arch); ++n) {
            if (n == draws) return around(space, view, random, std::move(next));
            next = draw(random);
        }
        return next;
    }

    [[gnu::noinline]] std::optional<proposal<arch_type>> draw_sample(const Space& space,
                                                                     const ask_view<arch_type>& view, rng& random,
                                                                     std::size_t draws) const {
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

    // Rare.
    [[gnu::noinline]] std::optional<proposal<arch_type>> around(const Space& space, const ask_view<arch_type>& view,
                                                                rng& random, proposal<arch_type> from) const {
        if constexpr (MutableSpace<Space>) {
            for (std::size_t step = 0; step < steps; ++step) {
                from.arch = mutate(space, from.arch, random);
                if (is_new(space, view, from.arch)) return from;
            }
        }
        return draw_sample(space, view, random, usual_draws);
    }

    identity_set<network_t<Space>> told_;
};

}  // namespace nas
