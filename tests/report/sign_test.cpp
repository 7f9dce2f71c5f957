// SPDX-License-Identifier: Apache-2.0
#include <nas/report/sign_test.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace {

using numbers = std::vector<double>;

/// So many values above 0, below and equal to it.
numbers sample_of(int above, int below, int equal) {
    numbers all;
    for (int i = 0; i < above; ++i) all.push_back(1 + i);
    for (int i = 0; i < below; ++i) all.push_back(-1 - i);
    for (int i = 0; i < equal; ++i) all.push_back(0);
    return all;
}

}  // namespace

TEST_CASE("sign_test: coins that were thrown") {
    const auto p = [](int above, int below, int equal) {
        return nas::sign_test(sample_of(above, below, equal), 0).p_value;
    };
    CHECK(p(5, 0, 0) == doctest::Approx(2.0 / 32));
    CHECK(p(0, 5, 0) == doctest::Approx(2.0 / 32));
    CHECK(p(9, 1, 0) == doctest::Approx(2 * 11.0 / 1024));
    CHECK(p(9, 1, 30) == p(9, 1, 0));  // what is equal says nothing
    CHECK(p(3, 3, 0) == 1);
    CHECK(p(0, 0, 4) == 1);
    CHECK(p(1, 0, 0) == 1);
    CHECK(nas::sign_test(sample_of(9, 1, 0), 0).exact);
}

TEST_CASE("sign_test: the chance to be higher, equals by half") {
    const nas::rank_test test = nas::sign_test(sample_of(5, 1, 2), 0);
    CHECK(test.u == 6);
    CHECK(test.superiority == 0.75);
}

TEST_CASE("sign_test: the approximation goes on where the exact test ends") {
    const nas::rank_test exact = nas::sign_test(sample_of(540, 460, 0), 0);
    const nas::rank_test close = nas::sign_test(sample_of(541, 460, 0), 0);
    CHECK(exact.exact);
    CHECK_FALSE(close.exact);
    // Twice the share of outcomes with 460 or fewer below, by whole numbers.
    CHECK(std::abs(exact.p_value / 0.01244414627717178 - 1) < 1e-9);
    CHECK(std::abs(close.p_value / 0.011416138921663795 - 1) < 4e-3);
    CHECK(nas::sign_test(sample_of(2000, 2000, 0), 0).p_value == 1);
}

TEST_CASE("sign_test: bad input") {
    CHECK_THROWS_WITH_AS((void)nas::sign_test({}, 0), "nas::sign_test: 0 values, needs at least 1",
                         std::invalid_argument);
    const numbers one{1};
    CHECK_THROWS_WITH_AS((void)nas::sign_test(one, std::numeric_limits<double>::quiet_NaN()),
                         "nas::sign_test: a value is NaN or infinite", std::invalid_argument);
}
