// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <nas/core/options.hpp>

namespace nas {

/// When the process is fitted, and how much it remembers. gp_search_options have these too.
struct process_surrogate_options {
    std::size_t initial = 10;
    std::size_t iterations = 8;
    std::size_t fitted = 128;
    double fit_growth = 0.2;
    std::size_t observations = 1000;
    std::size_t enumerated = 262'144;

    template <class O>
    static constexpr void size_fields(auto&& visit) {
        visit(&O::initial, field{"initial", 2, 1e6, "measured: 5 to 10 are alike",
                                 "random architectures before the model is asked"});
        visit(&O::enumerated,
              field{"enumerated", 0, 1e8, "10 ms a step",
                    "how many architectures a space may have for all of them to be compared at each step"});
    }
    template <class O>
    static constexpr void fit_fields(auto&& visit) {
        visit(&O::iterations, field{"iterations", 1, 1e4, "measured; twice as many at the first",
                                    "steps of a fit of the hyper-parameters"});
        visit(&O::fitted, field{"fitted", 2, 4096, "1 ms of time a trial", "trials to fit these to, at most"});
        visit(&O::fit_growth, field{"fit_growth", 0, 100, "measured: more and fewer fits are alike",
                                    "by which share the trials grow from fit to fit, but by four at least"});
        visit(&O::observations, field{"observations", 16, 1e5, "10 ms a step",
                                      "trials that the model remembers, at most; then it forgets half of them"});
    }
    static constexpr void fields(auto&& visit) {
        size_fields<process_surrogate_options>(visit);
        fit_fields<process_surrogate_options>(visit);
    }
};

}  // namespace nas
