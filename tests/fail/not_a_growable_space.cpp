// expect: nas: this searcher goes from small architectures to larger ones: the space needs `roots() const` and
// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <string_view>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/progressive.hpp>

struct my_space {
    using arch_type = int;
    arch_type sample(nas::rng& random) const { return static_cast<int>(nas::below(random, 2)); }
    bool contains(const arch_type& arch) const { return arch == 0 || arch == 1; }
    std::string describe(const arch_type& arch) const { return std::to_string(arch); }
    arch_type parse(std::string_view text) const { return text == "1"; }
};

int main() { nas::progressive searcher{my_space{}}; }
