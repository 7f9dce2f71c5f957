// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>

namespace nas {

namespace detail {

template <class T>
concept ByteRange = requires(const T& value) {
    { value.data() } -> std::convertible_to<const std::uint8_t*>;
    { value.size() } -> std::convertible_to<std::size_t>;
};
template <class T>
concept Hashable = ByteRange<T> || requires(const T& value) {
    { std::hash<T>{}(value) } -> std::convertible_to<std::size_t>;
};

template <Hashable T>
std::uint64_t hash_of(const T& value) noexcept {
    if constexpr (ByteRange<T>) {
        std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a, mixed at the end
        for (std::size_t i = 0; i < value.size(); ++i) hash = (hash ^ value.data()[i]) * 0x100000001b3U;
        return mix64(hash);
    } else {
        return mix64(std::hash<T>{}(value));
    }
}

}  // namespace detail

/// A value that stands for exactly this architecture and has a hash: its genotype, itself, or its description.
template <SearchSpace Space>
constexpr auto identity_of(const Space& space, const arch_t<Space>& arch) {
    if constexpr (DecisionSpace<Space>) {
        return typename Space::genotype_type(space.genotype(arch));
    } else if constexpr (detail::Hashable<arch_t<Space>>) {
        return arch;
    } else {
        return std::string(space.describe(arch));
    }
}

/// A value that stands for the network that this architecture describes: its key, where the space knows which architectures
/// are the same network; `identity_of` otherwise.
template <SearchSpace Space>
constexpr auto network_of(const Space& space, const arch_t<Space>& arch) {
    if constexpr (KeyedSpace<Space>) {
        static_assert(detail::Hashable<decltype(space.key(arch))>, "nas: the space's keys need a std::hash");
        return space.key(arch);
    } else {
        return identity_of(space, arch);
    }
}

/// The same for a look-up: a reference into `arch` where that does, so that nothing is copied.
template <SearchSpace Space>
constexpr decltype(auto) network_in(const Space& space, const arch_t<Space>& arch) {
    if constexpr (DecisionSpace<Space> && !KeyedSpace<Space>) {
        return space.genotype(arch);
    } else {
        return network_of(space, arch);
    }
}

template <SearchSpace Space>
using identity_t = decltype(identity_of(std::declval<const Space&>(), std::declval<const arch_t<Space>&>()));
template <SearchSpace Space>
using network_t = decltype(network_of(std::declval<const Space&>(), std::declval<const arch_t<Space>&>()));

/// Identities in the order in which they came, each once, with look-up. Open addressing: inserting allocates only when the
/// table doubles, where a node-based set would allocate for every member.
template <detail::Hashable Identity>
class identity_set {
  public:
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    std::size_t size() const noexcept { return members_.size(); }

    /// Position of `identity` in the order of insertion; npos where it is not a member.
    std::size_t find(const Identity& identity) const {
        if (slots_.empty()) return npos;
        const std::uint32_t member = slots_[slot_of(identity)];
        return member == free_slot ? npos : member;
    }
    bool contains(const Identity& identity) const { return find(identity) != npos; }

    /// Returns whether it was new.
    bool insert(Identity identity) {
        if (2 * (members_.size() + 1) > slots_.size()) rehash(slots_.empty() ? 16 : 2 * slots_.size());
        const std::size_t slot = slot_of(identity);
        if (slots_[slot] != free_slot) return false;
        slots_[slot] = static_cast<std::uint32_t>(members_.size());
        members_.push_back(std::move(identity));
        return true;
    }

  private:
    static constexpr std::uint32_t free_slot = static_cast<std::uint32_t>(-1);

    std::size_t slot_of(const Identity& identity) const {
        const std::size_t mask = slots_.size() - 1;
        std::size_t slot = detail::hash_of(identity) & mask;
        while (slots_[slot] != free_slot && !(members_[slots_[slot]] == identity)) slot = (slot + 1) & mask;
        return slot;
    }

    void rehash(std::size_t size) {
        slots_.assign(size, free_slot);
        for (std::size_t i = 0; i < members_.size(); ++i) slots_[slot_of(members_[i])] = static_cast<std::uint32_t>(i);
    }

    std::vector<Identity> members_;
    std::vector<std::uint32_t> slots_;  // a power of two of them, at most half in use
};

/// Whether exactly this architecture is among the pending proposals.
template <class Arch>
bool is_pending(const ask_view<Arch>& view, const Arch& arch) {
    for (const proposal<Arch>& other : view.pending)
        if (other.arch == arch) return true;
    return false;
}

}  // namespace nas
