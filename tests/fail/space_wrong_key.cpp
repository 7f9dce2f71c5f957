// expect: nas: the space's key must be `Key key(const arch_type&) const`, Key a regular type
// SPDX-License-Identifier: Apache-2.0

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
    int key(const arch_type& arch) { return arch; }
};

int main() { nas::random_search searcher{my_space{}}; }
