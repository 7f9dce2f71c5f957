// expect: nas: the space's arch_type must be a plain value: default-constructible, copyable, comparable with ==
// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <string_view>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>

struct network {
    int layers = 0;
};

struct my_space {
    using arch_type = network;
    arch_type sample(nas::rng&) const { return {}; }
    bool contains(const arch_type&) const { return true; }
    std::string describe(const arch_type& arch) const { return std::to_string(arch.layers); }
    arch_type parse(std::string_view) const { return {}; }
};

int main() { nas::random_search searcher{my_space{}}; }
