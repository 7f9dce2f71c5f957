// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

namespace nas::detail {

/// One step of the cycle of gp_search.
struct acquisition_step {
    bool tail_scores;    ///< the model sees the best rewards as they are (tail_scores), else all by their ranks
    bool expected_best;  ///< improvement on what is expected of the best that was evaluated, else on the best reward
    bool around_best;    ///< among the neighbours of the three best, else anywhere
    bool thompson;       ///< a draw for each architecture instead of its expected improvement
};

inline constexpr std::array<acquisition_step, 5> acquisition_cycle{{
    {false, false, false, false},
    {false, true, false, false},
    {true, false, true, false},
    {true, true, false, false},
    {false, false, false, true},
}};

}  // namespace nas::detail
