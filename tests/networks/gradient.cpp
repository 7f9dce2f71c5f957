// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/gradient.hpp>

#include <doctest/doctest.h>

#include <vector>

TEST_CASE("gradient: one that is too long is cut in its direction") {
    std::vector<double> gradient{3, 0, -4};
    nas::clip_to_norm<double>(gradient, 5);
    CHECK((gradient == std::vector<double>{3, 0, -4}));
    nas::clip_to_norm<double>(gradient, 2.5);
    CHECK((gradient == std::vector<double>{1.5, 0, -2}));
    std::vector<float> zero(3);
    nas::clip_to_norm<float>(zero, 1e-9);
    CHECK((zero == std::vector<float>(3)));
}

TEST_CASE("gradient: that of the sum of squares") {
    std::vector<float> gradient{1, 2};
    nas::add_l2_gradient<float>(std::vector<float>{3, -4}, 0.25, gradient);
    CHECK((gradient == std::vector<float>{2.5F, 0}));
}
