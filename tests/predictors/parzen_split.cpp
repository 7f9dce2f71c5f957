// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/parzen_split.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <utility>
#include <vector>

using nas::good_trials, nas::parzen_split;

TEST_CASE("parzen split: Optuna's and hyperopt's") {
    using cases = std::vector<std::pair<std::size_t, std::size_t>>;
    for (const auto& [trials, good] : cases{{1, 1}, {10, 1}, {11, 2}, {100, 10}, {250, 25}, {1000, 25}})
        CHECK(good_trials(parzen_split::linear, 0.1, 25, trials) == good);
    for (const auto& [trials, good] : cases{{16, 1}, {17, 2}, {100, 3}, {10000, 25}, {1000000, 25}})
        CHECK(good_trials(parzen_split::square_root, 0.25, 25, trials) == good);
}

TEST_CASE("parzen split: never more than there are, and none of none") {
    CHECK(good_trials(parzen_split::linear, 0.1, 25, 0) == 0);
    CHECK(good_trials(parzen_split::linear, 0, 25, 100) == 0);
    CHECK(good_trials(parzen_split::linear, 1e9, 25, 7) == 7);
    CHECK(good_trials(parzen_split::linear, 1e300, 1000, 7) == 7);
    CHECK(good_trials(parzen_split::square_root, 1, 25, 1) == 1);
}
