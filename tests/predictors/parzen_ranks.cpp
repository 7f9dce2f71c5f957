// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/parzen_ranks.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include <nas/core/draws.hpp>

TEST_CASE("parzen ranks: the good ones are the first of all trials in order, and each turn is told once") {
    nas::parzen_ranks ranks(nas::parzen_split::linear, 0.2, 6);
    std::vector<double> values;
    std::set<std::size_t> good;
    nas::rng random{4};
    for (std::size_t n = 0; n < 300; ++n) {
        values.push_back(static_cast<double>(nas::below(random, 20)));  // with ties
        const std::vector<std::int32_t> codes{static_cast<std::int32_t>(n)};
        const auto slot = ranks.insert({values.back(), n, static_cast<nas::trial_id>(n + 7)}, codes);
        if (slot) CHECK(*slot <= 6);
        ranks.split([&](const nas::parzen_ranks::member& one) {
            CHECK(one.codes == std::vector<std::int32_t>{static_cast<std::int32_t>(one.number)});
            CHECK(one.id == one.number + 7);
            if (one.good) {
                CHECK(good.insert(one.number).second);
            } else {
                CHECK(good.erase(one.number) == 1);
            }
        });
        std::vector<std::size_t> order(values.size());
        for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
        const std::size_t count = nas::good_trials(nas::parzen_split::linear, 0.2, 6, values.size());
        REQUIRE(ranks.good() == count);
        CHECK(good == std::set<std::size_t>(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count)));
        std::set<std::size_t> slots;
        for (std::size_t k = 0; k < count; ++k) {
            CHECK(ranks[k].number == order[k]);
            CHECK(slots.insert(ranks[k].slot).second);
        }
    }
}
