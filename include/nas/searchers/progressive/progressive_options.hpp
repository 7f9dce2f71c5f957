// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <nas/core/options.hpp>
#include <nas/policies/reward_ranks.hpp>
#include <nas/predictors/block_mlp_ensemble/block_mlp_options.hpp>

namespace nas {

struct progressive_options {
    std::size_t beam = 32;
    std::size_t roots = 0;
    double explore = 0.5;
    std::size_t most = 1'000'000;
    reward_transform transform = reward_transform::none;
    block_mlp_options ensemble = {};

    static constexpr progressive_options liu_2018() {
        return {.beam = 256, .explore = 0, .ensemble = block_mlp_options::liu_2018()};
    }
    static constexpr void presets(auto&& visit) {
        visit(preset{"liu_2018", "Liu et al. 2018: rewards in [0, 1]"}, liu_2018());
    }

    static constexpr void fields(auto&& visit) {
        using o = progressive_options;
        visit(&o::beam, field{"beam", 0, 1e9, "measured; Liu et al. 2018: 256",
                              "architectures of a level that are trained, and grown; 0 for all"});
        visit(&o::roots, field{"roots", 0, 1e9, "Liu et al. 2018: all",
                               "of the smallest architectures, how many are trained, drawn at random; 0 for all"});
        visit(&o::explore, field{"explore", 0, 1, "measured; Liu et al. 2018: 0",
                                 "share of the beam for the best that have a token that no trial had"});
        visit(&o::most, field{"most", 1, 1e8, "by choice", "architectures that a level may have where all are wanted"});
        visit(&o::transform, field{"transform", 0, 0, "Liu et al. 2018: none",
                                   "what rewards become before they are learned: rank, normal scores of their ranks"});
        visit(&o::ensemble, field{"ensemble", 0, 0, "", ""});
    }
};

}  // namespace nas
