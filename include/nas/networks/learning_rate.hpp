// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nas {

/// How a learning rate falls with time.
enum class rate_schedule : std::uint8_t {
    inverse,      ///< rate / (1 + decay * step), as Keras and MLPNAS have it
    exponential,  ///< rate * exp(-decay * step), as ENAS has it
};
constexpr std::array<std::string_view, 2> enum_names(rate_schedule) { return {"inverse", "exponential"}; }

/// The learning rate of step number `step` >= 0, by the inverse schedule. With `decay` 0 it stays.
constexpr double decayed_rate(double rate, double decay, std::size_t step) noexcept {
    return rate / (1 + decay * static_cast<double>(step));
}

/// The learning rate of step number `step` >= 0. With `decay` 0 it stays.
inline double scheduled_rate(rate_schedule schedule, double rate, double decay, std::size_t step) noexcept {
    if (schedule == rate_schedule::inverse) return decayed_rate(rate, decay, step);
    return rate * std::exp(-decay * static_cast<double>(step));
}

}  // namespace nas
