// expect: nas: the space's allowed must be `void allowed(std::span<const std::uint8_t> prefix, std::size_t decision, nas::choice_mask&) const` of a decision space
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>

struct my_space {
    using arch_type = int;
    arch_type sample(nas::rng& random) const { return static_cast<int>(nas::below(random, 2)); }
    bool contains(const arch_type& arch) const { return arch == 0 || arch == 1; }
    std::string describe(const arch_type& arch) const { return std::to_string(arch); }
    arch_type parse(std::string_view text) const { return text == "1"; }
    bool allowed(std::span<const std::uint8_t>, std::size_t) const { return true; }
};

int main() { nas::random_search searcher{my_space{}}; }
