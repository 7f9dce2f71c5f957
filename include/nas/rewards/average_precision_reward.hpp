// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nas/rewards/ranking_metrics.hpp>
#include <nas/rewards/scorer_reward.hpp>

namespace nas {

/// Average precision (nas::average_precision), the mean over the network's outputs, each against all others; outputs
/// whose targets are all the same are left out. Throws fatal_error where that leaves none, std::invalid_argument
/// where a target is neither 0 nor 1 or a score is NaN.
struct average_precision_reward {
    double operator()(const finished_model& model) const { return scorer_reward{average_precision}(model); }
};
static_assert(Reward<average_precision_reward>);

}  // namespace nas
