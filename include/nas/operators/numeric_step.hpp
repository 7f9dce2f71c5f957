// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include <nas/core/decision.hpp>
#include <nas/core/draws.hpp>

namespace nas {

/// The share of a numeric decision's range that is the scale of steps along it.
inline constexpr double usual_step_scale = 0.1;

/// Another level than `level` of `count` >= 2, at most 256, from one draw: d levels away with a probability in proportion to
/// 1 / (1 + (d / s)^2), a Cauchy distribution, where s is `scale` of the range of count - 1 levels. `scale` is above 0 and at most
/// 1000: of a small one the next levels come most often, of a large one all come alike.
///
/// Cauchy steps are those of fast annealing (Szu and Hartley 1987) and of fast evolutionary programming (Yao, Liu and Lin 1999):
/// local as normal ones are, but now and then far. ConfigSpace and SMAC take normal steps with a deviation of 0.2 of the range; of
/// harmonic ones, in proportion to 1 / d, Doerr, Doerr and Kötzing (2016, arXiv 1604.03277) show that no number of levels needs a
/// scale. The scale is measured. Regret as a share of random search's after 100 and 300 trials, regularized_evolution, means of 100
/// searches, where below 0.01 taken for 0.01; geometric means over two tables (hpobench_mlp_australian, fcnet), over landscapes in
/// which the order that is declared means nothing (nk of 4 and 8 choices), and over four (quadratics and waves) of six to eight
/// decisions with so many levels:
///
///                    tables       no order     8 levels     32 levels    256 levels
///     any other      0.41 0.20    0.42 0.29    0.08 0.01    0.16 0.05    0.18 0.05
///     harmonic       0.39 0.18    0.43 0.28    0.03 0.01    0.09 0.01    0.28 0.02
///     normal, 0.2    0.36 0.16    0.51 0.37    0.02 0.01    0.07 0.01    0.11 0.02
///     Cauchy, 0.05   0.38 0.17    0.47 0.31    0.02 0.01    0.11 0.01    0.23 0.01
///     Cauchy, 0.1    0.40 0.17    0.45 0.29    0.02 0.01    0.08 0.01    0.13 0.01
///     Cauchy, 0.2    0.38 0.17    0.41 0.29    0.02 0.01    0.09 0.01    0.12 0.02
///
/// hill_climbing and simulated_annealing agree. Steps to the next level alone are worse than random search at 256 levels.
constexpr std::size_t draw_level(std::size_t level, std::size_t count, double scale, rng& random) {
    const std::size_t above = count - 1 - level;
    const double reach = scale * static_cast<double>(count - 1);
    // Of each length of a step, the sum over all up to it; both ways have the same.
    std::array<double, max_cardinality> sums;
    sums[0] = 0;
    for (std::size_t d = 1; d <= level || d <= above; ++d)
        sums[d] = sums[d - 1] + 1 / (reach * reach + static_cast<double>(d * d));
    const double down = sums[level];
    double part = unit(random) * (down + sums[above]);
    const bool falls = part < down || above == 0;
    if (!falls) part -= down;
    // The first length whose sum is above `part`, by halves.
    std::size_t length = 1;
    for (std::size_t most = falls ? level : above; length < most;) {
        const std::size_t middle = (length + most) / 2;
        if (sums[middle] > part) {
            most = middle;
        } else {
            length = middle + 1;
        }
    }
    return falls ? level - length : level + length;
}

}  // namespace nas
