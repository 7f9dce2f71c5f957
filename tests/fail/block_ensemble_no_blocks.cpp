// expect: nas: an ensemble over blocks needs them: the space needs `std::size_t block_tokens() const`, `std::size_t token_kinds() const`
// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <string_view>

#include <nas/core/draws.hpp>
#include <nas/predictors/block_mlp_ensemble.hpp>

struct my_space {
    using arch_type = int;
    arch_type sample(nas::rng& random) const { return static_cast<int>(nas::below(random, 2)); }
    bool contains(const arch_type& arch) const { return arch == 0 || arch == 1; }
    std::string describe(const arch_type& arch) const { return std::to_string(arch); }
    arch_type parse(std::string_view text) const { return text == "1"; }
};

nas::block_mlp_ensemble<my_space> made(my_space{});
