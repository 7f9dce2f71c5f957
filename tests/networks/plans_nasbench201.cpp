// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/plans/nasbench201_plans.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

namespace {

using space = nas::nasbench201_space;

// As the benchmark counts: multiplications of convolutions and of the last layer, and its biases.
std::uint64_t multiplications(const nas::network_plan& plan) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < plan.nodes().size(); ++i) {
        const nas::plan_node& node = plan.nodes()[i];
        if (node.operation == nas::plan_operation::convolution)
            sum += plan.weights(i) * node.shape.height * node.shape.width;
        if (node.operation == nas::plan_operation::dense) sum += plan.weights(i) + plan.biases(i);
    }
    return sum;
}

TEST_CASE("networks/plans/nasbench201_plans: parameters and operations are the benchmark's, on its three data sets") {
    for (const auto data : {space::data_set::cifar10, space::data_set::cifar100, space::data_set::imagenet16_120}) {
        const nas::nasbench201_plans plans{data};
        // 97 is prime to 5, so all operations of all edges come.
        for (std::uint64_t i = 0; i < space{}.size(); i += 97) {
            const auto arch = space{}.at(i);
            const nas::network_plan plan = plans(arch);
            CHECK(plan.parameters() == space::parameters(arch, data));
            CHECK(static_cast<double>(multiplications(plan)) / 1e6 ==
                  doctest::Approx(space::megaflops(arch, data)).epsilon(1e-12));
        }
    }
}

TEST_CASE("networks/plans/nasbench201_plans: a cell adds what comes from each earlier node") {
    const auto arch = space::parse("|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|");
    const nas::network_plan plan = nas::nasbench201_plans({3, 8, 8}, 2, {.channels = 4, .cells = 1})(arch);
    const std::string text = plan.describe();
    CHECK(text.substr(0, text.find("\n13 ") + 1) ==
          "0 input() 3x8x8\n1 convolution(0) 4x8x8 kernel=3x3 before=1x1 after=1x1\n2 batch_norm(1) 4x8x8\n"
          "3 average_pool(2) 4x8x8 kernel=3x3 before=1x1 after=1x1\n"  // node 1
          "4 activate(2) 4x8x8 function=relu\n5 convolution(4) 4x8x8\n6 batch_norm(5) 4x8x8\n"
          "7 add(6,3) 4x8x8\n"  // node 2
          "8 activate(7) 4x8x8 function=relu\n9 convolution(8) 4x8x8 kernel=3x3 before=1x1 after=1x1\n"
          "10 batch_norm(9) 4x8x8\n"  // node 3
          "11 activate(10) 4x8x8 function=relu\n12 convolution(11) 8x4x4 kernel=3x3 stride=2x2 after=1x1\n");
    CHECK(plan.shape(plan.nodes().size() - 2) == nas::plan_shape{.channels = 16, .flat = true});
}

TEST_CASE("networks/plans/nasbench201_plans: a node that nothing reaches is 0") {
    const nas::nasbench201_plans plans{{3, 8, 8}, 2, {.channels = 4, .cells = 1}};
    const auto operations = [&](const char* code) {
        std::size_t zeros = 0;
        const nas::network_plan plan = plans(space::from_code(code));
        for (const nas::plan_node& node : plan.nodes()) zeros += node.operation == nas::plan_operation::zero ? 1 : 0;
        return zeros;
    };
    CHECK(operations("000000") == 9);
    CHECK(operations("100100") == 3);  // node 2 only
    CHECK(operations("222222") == 0);
}

TEST_CASE("networks/plans/nasbench201_plans: what is no network is refused") {
    CHECK_THROWS_WITH_AS(nas::nasbench201_plans({.channels = 4, .flat = true}, 3),
                         "nas::nasbench201_plans: input (4) must be an image", std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::nasbench201_plans({3, 8, 8}, 3, {.cells = 0}),
                         "nas::nasbench201_plans: cells (0) must be in [1, 1000]", std::invalid_argument);
}

}  // namespace
