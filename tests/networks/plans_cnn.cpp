// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/plans/cnn_plans.hpp>

#include <cstddef>
#include <stdexcept>

#include <doctest/doctest.h>

namespace {

TEST_CASE("networks/plans/cnn_plans: parameters and operations of Archai's tutorial (O24)") {
    const auto space = nas::cnn_space();
    const nas::cnn_plans plans{{1, 28, 28}, 10};
    struct row {
        const char* text;
        std::size_t flops, parameters;  // 0: not known
    };
    for (const row& one : {row{"L=1, K=3, H=16", 288842, 362}, row{"L=1, K=5, H=16", 690250, 618},
                           row{"L=1, K=7, H=64", 5169418, 3978}, row{"L=2, K=3, H=16", 3951690, 2714},
                           row{"L=7, K=7, H=16", 119607370, 76554}, row{"L=8, K=3, H=32", 102434954, 65898},
                           row{"L=10, K=7, H=32", 711571594, 0}, row{"L=8, K=5, H=64", 1128108298, 720586}}) {
        const nas::network_plan plan = plans(space.parse(one.text));
        CHECK(plan.flops() == one.flops);
        if (one.parameters != 0) CHECK(plan.parameters() == one.parameters);
    }
}

TEST_CASE("networks/plans/cnn_plans: of colour images, for other outputs") {
    const nas::network_plan plan = nas::cnn_plans({3, 32, 24}, 1)(nas::cnn{2, 4, 8});
    CHECK(plan.describe() ==
          "0 input() 3x32x24\n1 convolution(0) 8x32x24 kernel=4x4 before=1x1 after=2x2 bias\n2 batch_norm(1) 8x32x24\n"
          "3 activate(2) 8x32x24 function=relu\n4 convolution(3) 8x32x24 kernel=4x4 before=1x1 after=2x2 bias\n"
          "5 batch_norm(4) 8x32x24\n6 activate(5) 8x32x24 function=relu\n7 global_average_pool(6) 8\n"
          "8 dense(7) 1 bias\noutput 8\n");
}

TEST_CASE("networks/plans/cnn_plans: what is no network is refused") {
    CHECK_THROWS_WITH_AS(nas::cnn_plans({.channels = 64, .flat = true}, 10),
                         "nas::cnn_plans: input (64) must be an image", std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::cnn_plans({1, 28, 28}, 0), "nas::cnn_plans: outputs (0) must be at least 1",
                         std::invalid_argument);
    const nas::cnn_plans plans{{1, 8, 8}, 2};
    CHECK_THROWS_WITH_AS(plans({0, 3, 8}), "nas::cnn_plans: layers (0) must be at least 1", std::invalid_argument);
    CHECK_THROWS_WITH_AS(plans({1, -3, 8}), "nas::cnn_plans: kernel_size (-3) must be at least 1",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(plans({1, 3, 0}), "nas::cnn_plans: channels (0) must be at least 1", std::invalid_argument);
}

}  // namespace
