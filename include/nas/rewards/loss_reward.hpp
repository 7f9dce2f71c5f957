// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nas/rewards/finished_model.hpp>

namespace nas {

/// The negative validation loss of the weights that were kept (AMBER's LossReward).
struct loss_reward {
    static constexpr bool reads_curves_only = true;
    double operator()(const finished_model& model) const { return -model.loss(); }
};
static_assert(Reward<loss_reward>);

}  // namespace nas
