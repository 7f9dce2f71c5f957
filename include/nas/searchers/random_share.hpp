// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>
#include <nas/operators/told_networks.hpp>

/// Searchers that learn draw a share of their proposals at random: what the model takes for bad is looked at too.
namespace nas::detail {

/// How that option presents itself.
constexpr field random_share_field(std::string_view source = "measured; SMAC3: 0.2") {
    return {"random", 0, 1, source, "share of proposals that are drawn at random"};
}

/// With probability `share`, where `has_learned` is false, and where `choose()` finds nothing: a random new architecture; else what
/// `choose()` finds.
template <class Space, class Choose>
std::optional<proposal<arch_t<Space>>> choose_or_sample(const told_networks<Space>& told, const Space& space,
                                                        const ask_view<arch_t<Space>>& view, bool has_learned,
                                                        double share, rng& random, Choose choose) {
    if (has_learned && !chance(random, share))
        if (std::optional<proposal<arch_t<Space>>> chosen = choose()) return chosen;
    return told.sample_new(space, view, random);
}

}  // namespace nas::detail
