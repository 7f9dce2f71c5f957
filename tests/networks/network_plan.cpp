// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/network_plan.hpp>

#include <cstddef>
#include <limits>
#include <stdexcept>

#include <doctest/doctest.h>

namespace {

// L x (convolution, batch_norm, relu), then pooled and a 1x1 convolution to 10 classes.
nas::network_plan archai_cnn(std::size_t layers, std::size_t kernel, std::size_t channels) {
    nas::network_plan plan;
    std::size_t at = plan.input({1, 28, 28});
    for (std::size_t i = 0; i < layers; ++i) {
        at = plan.convolution(at, channels, {.kernel = {kernel, kernel}});
        at = plan.activate(plan.batch_norm(at), nas::activation::relu);
    }
    plan.output(plan.dense(plan.global_average_pool(at), 10));
    return plan;
}

TEST_CASE("networks/network_plan: parameters and operations of Archai's tutorial networks (O24)") {
    struct row {
        std::size_t layers, kernel, channels, flops, parameters;
    };
    for (const row& one : {row{1, 3, 16, 288842, 362}, row{1, 5, 16, 690250, 618}, row{1, 7, 16, 1292362, 1002},
                           row{1, 7, 64, 5169418, 3978}, row{2, 3, 16, 3951690, 2714}, row{2, 5, 16, 10775626, 0},
                           row{4, 3, 16, 11277386, 0}, row{7, 7, 16, 119607370, 76554}, row{8, 3, 32, 102434954, 65898},
                           row{10, 7, 16, 178764874, 0}, row{7, 7, 32, 475242634, 0}, row{10, 7, 32, 711571594, 0},
                           row{7, 5, 64, 967344394, 0}, row{8, 5, 64, 1128108298, 720586}}) {
        const nas::network_plan plan = archai_cnn(one.layers, one.kernel, one.channels);
        CHECK(plan.flops() == one.flops);
        if (one.parameters != 0) CHECK(plan.parameters() == one.parameters);
    }
}

TEST_CASE("networks/network_plan: windows and what is around the image") {
    nas::network_plan plan;
    const std::size_t in = plan.input({3, 7, 10});
    const auto node = [&](std::size_t i) { return plan.nodes()[i]; };
    const std::size_t same = plan.convolution(in, 4, {.kernel = {2, 5}, .stride = {2, 3}});
    CHECK(plan.shape(same) == nas::plan_shape{4, 4, 4});
    CHECK(node(same).before == nas::plan_extent{0, 2});  // 8 - 7 and 14 - 10, the larger half after
    CHECK(node(same).after == nas::plan_extent{1, 2});
    const std::size_t valid = plan.max_pool(in, {.kernel = {3, 4}, .stride = {2, 2}, .same = false});
    CHECK(plan.shape(valid) == nas::plan_shape{3, 3, 4});
    const std::size_t wide =
        plan.convolution(in, 3, {.kernel = {3, 3}, .same = false, .dilation = {3, 1}}, {.groups = 3});
    CHECK(plan.shape(wide) == nas::plan_shape{3, 1, 8});
    CHECK(plan.weights(wide) == 27);
    CHECK(plan.shape(plan.zero(in, {2, 2})) == nas::plan_shape{3, 4, 5});
    CHECK(plan.shape(plan.concatenate({in, in})) == nas::plan_shape{6, 7, 10});
    const std::size_t flat = plan.flatten(in);
    CHECK(plan.flatten(flat) == flat);
    CHECK(plan.weights(plan.separable_dense(in, 5, true)) == 5 * (35 + 3));
}

TEST_CASE("networks/network_plan: equal texts are equal networks") {
    CHECK(archai_cnn(2, 3, 16).describe() == archai_cnn(2, 3, 16).describe());
    CHECK(archai_cnn(2, 3, 16).describe() != archai_cnn(2, 5, 16).describe());
    CHECK(archai_cnn(1, 3, 16).describe() ==
          "0 input() 1x28x28\n1 convolution(0) 16x28x28 kernel=3x3 before=1x1 after=1x1 bias\n"
          "2 batch_norm(1) 16x28x28\n3 activate(2) 16x28x28 function=relu\n4 global_average_pool(3) 16\n"
          "5 dense(4) 10 bias\noutput 5\n");
}

TEST_CASE("networks/network_plan: what cannot be built is refused in one sentence") {
    nas::network_plan plan;
    const std::size_t image = plan.input({3, 8, 8});
    const std::size_t row = plan.input(4);
    CHECK_THROWS_WITH_AS(plan.dense(image, 3),
                         "nas::network_plan: dense reads features, not images: flatten or pool node 0",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(plan.convolution(row, 3, {}),
                         "nas::network_plan: convolution reads images, and node 1 makes features",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(plan.convolution(image, 4, {}, {.groups = 2}),
                         "nas::network_plan: groups (2) must divide 3 and 4 channels", std::invalid_argument);
    CHECK_THROWS_WITH_AS(plan.max_pool(image, {.kernel = {9, 1}, .same = false}),
                         "nas::network_plan: max_pool reaches over 9 numbers, but the image of node 0 is 3x8x8",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(plan.add({image, row}),
                         "nas::network_plan: what is added must have one shape; node 1 has 4, node 0 has 3x8x8",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        plan.concatenate({image, row}),
        "nas::network_plan: what is concatenated must differ in channels only; node 1 has 4, node 0 has 3x8x8",
        std::invalid_argument);
    CHECK_THROWS_WITH_AS(plan.dense(7, 3), "nas::network_plan: there is no node 7 of 2", std::invalid_argument);
    CHECK_THROWS_WITH_AS(plan.output(image), "nas::network_plan: an output must be features: flatten or pool node 0",
                         std::invalid_argument);
    CHECK_THROWS_AS(plan.activate(row, nas::activation::softmax), std::invalid_argument);
    CHECK_THROWS_AS(plan.dropout(row, 1), std::invalid_argument);
    CHECK_THROWS_AS(plan.input({0, 1, 1}), std::invalid_argument);
    CHECK_THROWS_AS(plan.add({}), std::invalid_argument);
    CHECK_THROWS_AS(plan.convolution(image, 3, {.stride = {0, 1}}), std::invalid_argument);
    CHECK(plan.nodes().size() == 2);
}

TEST_CASE("networks/network_plan: sizes that wrap around are refused, not counted wrongly") {
    nas::network_plan plan;
    const std::size_t image = plan.input({1, 4, 4});
    const std::size_t row = plan.input(4);
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    constexpr std::size_t quarter = (std::size_t{1} << 62) + 1;
    CHECK_THROWS_WITH_AS(
        plan.dense(row, most / 4),
        "nas::network_plan: dense of 4611686018427387903 would be more than 2^52 numbers or multiplications",
        std::invalid_argument);
    CHECK_THROWS_AS(plan.convolution(image, quarter, {}), std::invalid_argument);
    CHECK_THROWS_AS(plan.separable_dense(image, most / 2, true), std::invalid_argument);
    CHECK_THROWS_AS(plan.input({(std::size_t{1} << 32) + 1, std::size_t{1} << 32, 1}), std::invalid_argument);
    CHECK_THROWS_AS(plan.max_pool(image, {.stride = {most, 1}}), std::invalid_argument);
    CHECK_THROWS_AS(plan.convolution(image, 1, {.kernel = {quarter, 1}, .same = false, .dilation = {4, 1}}),
                    std::invalid_argument);
    CHECK_THROWS_AS(plan.zero(image, {most, 1}), std::invalid_argument);
    CHECK(plan.nodes().size() == 2);
    const std::size_t wide = plan.dense(row, std::size_t{1} << 30);
    CHECK_THROWS_AS(plan.dense(wide, std::size_t{1} << 30), std::invalid_argument);
    CHECK(plan.convolution(image, std::size_t{1} << 20, {}, {.groups = 1}) == 3);
    CHECK(plan.convolution(3, std::size_t{1} << 20, {}, {.groups = std::size_t{1} << 20}) == 4);
}

}  // namespace
