// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <nas/core/options.hpp>

namespace nas {

struct gaussian_process_options {
    double noise_share = 0.5;
    std::size_t iterations = 16;
    std::size_t fitted = 64;
    std::size_t networks = 500;

    static constexpr void fields(auto&& visit) {
        using o = gaussian_process_options;
        visit(
            &o::noise_share,
            field{"noise_share", 0, 1, "measured, where evaluations are noisy",
                  "part of what no factor explains that is expected to be noise, until repeats tell; 0: all is exact"});
        visit(&o::iterations, field{"iterations", 1, 1e4, "measured", "steps of a fit of the hyper-parameters"});
        visit(&o::fitted, field{"fitted", 2, 4096, "measured: 128 are as good", "networks to fit these to, at most"});
        visit(&o::networks, field{"networks", 2, 4096, "10 ms of time", "networks that it remembers, at most"});
    }
};

}  // namespace nas
