// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>

#include <nas/core/options.hpp>
#include <nas/rewards/finished_model.hpp>

namespace nas {

/// Which of n epochs weigh more in a mean over them.
enum class epoch_weights : std::uint8_t {
    rising,   ///< 1, 2, ..., n: what was learned in the end counts most
    falling,  ///< n, ..., 2, 1: networks that learn fast are preferred
};
constexpr std::array<std::string_view, 2> enum_names(epoch_weights) { return {"rising", "falling"}; }

/// The mean of one value an epoch, weighted by w = 1..n or n..1: sum(w_i * v_i) / (n * (n + 1) / 2). Throws
/// std::invalid_argument without values.
inline double epoch_weighted_mean(std::span<const double> values, epoch_weights weights = epoch_weights::rising) {
    if (values.empty()) throw std::invalid_argument("nas::epoch_weighted_mean: there must be at least one value");
    double sum = 0;
    double total = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto weight = static_cast<double>(weights == epoch_weights::rising ? i + 1 : values.size() - i);
        sum += weight * values[i];
        total += weight;
    }
    return sum / total;
}

/// The mean validation accuracy of all epochs that were trained, whichever of them was kept, weighted by epoch. Less
/// noisy than that of one epoch. Throws fatal_error for regression, which has no accuracy.
struct weighted_accuracy_reward {
    static constexpr bool needs_accuracy = true;
    static constexpr bool reads_curves_only = true;
    epoch_weights weights = epoch_weights::rising;

    static constexpr void fields(auto&& visit) {
        visit(&weighted_accuracy_reward::weights, field{"weights", 0, 1, "MLPNAS: rising", "which epochs weigh more"});
    }

    double operator()(const finished_model& model) const {
        return epoch_weighted_mean(model.checked_accuracies(), weights);
    }
};
static_assert(Reward<weighted_accuracy_reward>);

}  // namespace nas
