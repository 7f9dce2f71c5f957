// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/learning_rate.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>

TEST_CASE("MLPNAS oracle 39: a learning rate of 0.01 with a decay of 0.1") {
    const double expected[] = {.01,      .0090909, .0083333, .0076923, .0071429,
                               .0066667, .00625,   .0058824, .0055556, .0052632};
    for (std::size_t step = 0; step < 10; ++step)
        CHECK(std::abs(nas::decayed_rate(0.01, 0.1, step) - expected[step]) < 5e-8);
    CHECK(nas::decayed_rate(0.3, 0, 1000) == 0.3);
}

TEST_CASE("learning_rate: schedules") {
    using nas::rate_schedule, nas::scheduled_rate;
    CHECK(scheduled_rate(rate_schedule::inverse, 0.01, 0.1, 7) == nas::decayed_rate(0.01, 0.1, 7));
    CHECK(scheduled_rate(rate_schedule::exponential, 0.5, 0.1, 0) == 0.5);
    CHECK(std::abs(scheduled_rate(rate_schedule::exponential, 0.5, 0.1, 20) - 0.5 * std::exp(-2.0)) < 1e-15);
    CHECK(scheduled_rate(rate_schedule::exponential, 0.5, 0, 1000) == 0.5);
}
