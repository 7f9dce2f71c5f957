// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <nas/core/space.hpp>

namespace nas::detail {

/// Which tokens of each kind were in architectures so far.
class used_tokens {
  public:
    template <BlockSpace Space>
    void add(const Space& space, const arch_t<Space>& arch) {
        used_.resize(space.token_kinds());
        tokens_of(space, arch, [&](std::size_t kind, std::uint8_t token) { used_[kind].set(token); });
    }

    /// Whether `arch` has one that was not.
    template <BlockSpace Space>
    bool lacks(const Space& space, const arch_t<Space>& arch) const {
        bool missing = used_.empty();
        tokens_of(space, arch,
                  [&](std::size_t kind, std::uint8_t token) { missing = missing || !used_[kind].test(token); });
        return missing;
    }

  private:
    template <class Space, class Visit>
    static void tokens_of(const Space& space, const arch_t<Space>& arch, Visit visit) {
        std::vector<std::uint8_t> tokens;
        tokens.reserve(64);  // g++ 12 warns of a copy to nowhere
        space.append_blocks(arch, tokens);
        for (std::size_t i = 0; i < tokens.size(); ++i) visit(space.token_kind(i % space.block_tokens()), tokens[i]);
    }

    std::vector<std::bitset<256>> used_;
};

}  // namespace nas::detail
