// expect: nas: the space needs `arch_type parse(std::string_view) const`, the inverse of describe
// SPDX-License-Identifier: Apache-2.0

#include <string>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>

struct my_space {
    using arch_type = int;
    arch_type sample(nas::rng& random) const { return static_cast<int>(nas::below(random, 2)); }
    bool contains(const arch_type& arch) const { return arch == 0 || arch == 1; }
    std::string describe(const arch_type& arch) const { return std::to_string(arch); }
};

int main() { nas::random_search searcher{my_space{}}; }
