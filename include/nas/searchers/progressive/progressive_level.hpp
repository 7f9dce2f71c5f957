// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace nas {

/// A level of a progressive search: what was to be trained, and what came of it.
template <class Arch>
struct progressive_level {
    std::uint64_t candidates = 0;   ///< scored for it, a network as often as it grew; at level 1, the smallest
    std::vector<Arch> archs;        ///< the most promising first, then those to explore
    std::vector<double> predicted;  ///< of each; NaN at the first level
    std::vector<double> values;     ///< of each trial: NaN where it was not told, or not completed
};

}  // namespace nas
