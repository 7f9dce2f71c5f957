// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nas/rewards/finished_model.hpp>

namespace nas {

/// The validation accuracy of the weights that were kept. Throws fatal_error for regression, which has none.
struct accuracy_reward {
    static constexpr bool needs_accuracy = true;
    static constexpr bool reads_curves_only = true;
    double operator()(const finished_model& model) const { return model.accuracy(); }
};
static_assert(Reward<accuracy_reward>);

}  // namespace nas
