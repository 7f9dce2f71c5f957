// expect: nas: this needs a decision space: add genotype_type, decisions(), cardinality(i), path(i), tag(i), label(i, choice), genotype(arch) and architecture(genotype), or derive from nas::decision_space
// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <string_view>

#include <nas/core/draws.hpp>
#include <nas/run/search.hpp>

struct my_space {
    using arch_type = int;
    arch_type sample(nas::rng& random) const { return static_cast<int>(nas::below(random, 2)); }
    bool contains(const arch_type& arch) const { return arch == 0 || arch == 1; }
    std::string describe(const arch_type& arch) const { return std::to_string(arch); }
    arch_type parse(std::string_view text) const { return text == "1"; }
};

static_assert(nas::check_decision_space<my_space>());
