// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/dropout_mask.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <numeric>
#include <vector>

TEST_CASE("dropout_mask: four decisions a draw, and a factor that keeps the mean") {
    nas::rng random(7);
    nas::rng same(7);
    std::vector<float> mask(6);
    nas::detail::draw_dropout_mask<float>(random, 0.75, mask);
    for (std::size_t at = 0; at < mask.size(); at += 4) {
        const std::uint64_t bits = same();
        for (std::size_t k = at; k < mask.size() && k < at + 4; ++k)
            CHECK(mask[k] == (((bits >> (16 * (k - at))) & 65535U) < 49152U ? 4.0F / 3 : 0.0F));
    }
    CHECK(random == same);  // two draws for six decisions

    std::vector<double> many(100000);
    nas::detail::draw_dropout_mask<double>(random, 0.75, many);
    const double mean = std::accumulate(many.begin(), many.end(), 0.0) / 100000;
    CHECK(mean == doctest::Approx(1).epsilon(0.01));  // standard error 0.0018

    nas::detail::draw_dropout_mask<double>(random, 1, many);
    for (const double one : many) REQUIRE(one == 1);
}
