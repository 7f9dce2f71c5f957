// expect: nas: the space needs `arch_type sample(nas::rng&) const`, a random architecture
// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <string_view>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>

struct my_space {
    using arch_type = int;
    bool contains(const arch_type& arch) const { return arch == 0 || arch == 1; }
    std::string describe(const arch_type& arch) const { return std::to_string(arch); }
    arch_type parse(std::string_view text) const { return text == "1"; }
};

int main() { nas::random_search searcher{my_space{}}; }
