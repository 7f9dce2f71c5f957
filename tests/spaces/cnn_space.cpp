// SPDX-License-Identifier: Apache-2.0
#include <nas/spaces/cnn_space.hpp>

#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

TEST_CASE("spaces/cnn_space: Archai's tutorial space, its texts and features") {
    const auto space = nas::cnn_space();
    CHECK(space.size() == 192);
    const nas::cnn arch{.layers = 3, .kernel_size = 5, .channels = 64};
    CHECK(space.describe(arch) == "L=3, K=5, H=64");
    CHECK(space.parse("L=3, K=5, H=64") == arch);
    CHECK(space.to_json(arch) == "{\"nb_layers\":3,\"kernel_size\":5,\"hidden_dim\":64}");
    std::vector<double> features(space.encoding_size());
    space.encode(arch, features);
    CHECK(features == std::vector<double>{3, 5, 64});
    CHECK(space.contains(nas::cnn{.layers = 12, .kernel_size = 7, .channels = 128}));
    CHECK_FALSE(space.contains(nas::cnn{.layers = 13, .kernel_size = 7, .channels = 128}));
}

TEST_CASE("spaces/cnn_space: other ranges by arguments") {
    const auto space = nas::cnn_space(nas::between(2, 3), {3}, {8, 24});
    CHECK(space.size() == 4);
    CHECK(space.describe(space.at(3)) == "L=3, K=3, H=24");
    CHECK_THROWS_AS(nas::cnn_space(nas::between(1, 3), {}, {8}), std::invalid_argument);
}
