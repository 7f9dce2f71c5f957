// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace nas {

/// A learning rate that falls with time, that of step number `step` >= 0: rate / (1 + decay * step), as Keras and MLPNAS have
/// it. With `decay` 0 it stays.
constexpr double decayed_rate(double rate, double decay, std::size_t step) noexcept {
    return rate / (1 + decay * static_cast<double>(step));
}

}  // namespace nas
