// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

#include <nas/operators/identity.hpp>

namespace nas {

/// A network at a fidelity: what an evaluation answers for. Trials of one network at different fidelities are different.
template <detail::Hashable Network>
struct network_at {
    Network network;
    double fidelity;

    friend bool operator==(const network_at&, const network_at&) = default;
};

/// That of this architecture in `space`.
template <SearchSpace Space>
network_at<network_t<Space>> network_of(const Space& space, const arch_t<Space>& arch, double fidelity) {
    return {network_of(space, arch), fidelity};
}

}  // namespace nas

template <class Network>
struct std::hash<nas::network_at<Network>> {
    std::size_t operator()(const nas::network_at<Network>& key) const noexcept {
        return nas::detail::hash_of(key.network) + nas::detail::mix64(std::bit_cast<std::uint64_t>(key.fidelity));
    }
};
