// expect: nas: this type is not a search space: it has no arch_type; write `using arch_type = ...;`
// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <string_view>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>

struct my_space {
    int sample(nas::rng& random) const { return static_cast<int>(nas::below(random, 2)); }
    bool contains(const int& arch) const { return arch == 0 || arch == 1; }
    std::string describe(const int& arch) const { return std::to_string(arch); }
    int parse(std::string_view text) const { return text == "1"; }
};

int main() { nas::random_search searcher{my_space{}}; }
