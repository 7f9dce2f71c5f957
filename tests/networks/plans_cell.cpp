// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/plans/cell_plans.hpp>

#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <nas/core/rng.hpp>

namespace {

// One cell of 4 channels on images of 3x8x8, two outputs: a stem of 116 parameters, 10 of the output for 4 channels.
constexpr nas::cell_plans_options one_cell{.filters = 4, .repeats = 1, .reductions = 0};

nas::network_plan plan_of(std::string_view text, const nas::cell_plans_options& options = one_cell,
                          const nas::cell_space_options& rules = {}) {
    const nas::cell_space space{rules};
    return nas::cell_plans(space, {3, 8, 8}, 2, options)(space.parse(text));
}

TEST_CASE("networks/plans/cell_plans: parameters of each operation, by hand") {
    nas::cell_space_options rules;
    rules.operations = {"identity",         "3x3 dconv",   "5x5 dconv",   "7x7 dconv",   "1x7-7x1 conv",
                        "3x3 dilated conv", "3x3 maxpool", "3x3 avgpool", "3x3 conv",    "1x1 conv",
                        "1x3-3x1 conv",     "5x5 maxpool", "3x5 conv",    "11x11 dconv", "2x2 avgpool"};
    // A separable convolution of 3x3 is twice 36 + 16 weights and 8 numbers of batch norm.
    const std::vector<std::size_t> expected{0,       120,    248, 440, 240,     152,  0, 0,
                                            144 + 8, 16 + 8, 112, 0,   240 + 8, 1016, 0};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const std::string text = "(-1, " + rules.operations[i] + ", -1, identity)";
        CHECK_MESSAGE(plan_of(text, one_cell, rules).parameters() == 116 + expected[i] + 10, rules.operations[i]);
        // Each can halve the image too, so that halves fit.
        const nas::network_plan halved = plan_of(text, {.filters = 4, .repeats = 0, .reductions = 1}, rules);
        CHECK(halved.shape(halved.nodes().size() - 2) == nas::plan_shape{.channels = 8, .flat = true});
    }
    nas::cell_plans_options once = one_cell;
    once.separable_layers = 1;
    CHECK(plan_of("(-1, 3x3 dconv, -1, identity)", once).parameters() == 116 + 60 + 10);
    // Convolutions have no bias, so dilation changes nothing but what they read.
    CHECK(plan_of("(-1, 3x3 dilated conv, -1, identity)").describe().find("dilation=2x2 before=2x2 after=2x2") !=
          std::string::npos);
}

TEST_CASE("networks/plans/cell_plans: a small network, step by step") {
    CHECK(plan_of("(-2, 3x3 maxpool, -1, 1x7-7x1 conv) (0, 3x3 conv, 0, identity)",
                  {.filters = 4, .repeats = 0, .reductions = 1}, {.operations = nas::plain_pnas_operations()})
              .describe() ==
          "0 input() 3x8x8\n1 convolution(0) 4x8x8 kernel=3x3 before=1x1 after=1x1\n2 batch_norm(1) 4x8x8\n"
          "3 activate(2) 4x8x8 function=relu\n4 convolution(3) 8x8x8\n5 batch_norm(4) 8x8x8\n"  // -2, the stem
          "6 max_pool(5) 8x4x4 kernel=3x3 stride=2x2 after=1x1\n"
          "7 activate(2) 4x8x8 function=relu\n8 convolution(7) 8x8x8\n9 batch_norm(8) 8x8x8\n"  // -1, the stem
          "10 activate(9) 8x8x8 function=relu\n"
          "11 convolution(10) 8x4x4 kernel=1x7 stride=2x2 before=0x2 after=0x3\n12 batch_norm(11) 8x4x4\n"
          "13 activate(12) 8x4x4 function=relu\n14 convolution(13) 8x4x4 kernel=7x1 before=3x0 after=3x0\n"
          "15 batch_norm(14) 8x4x4\n16 add(6,15) 8x4x4\n"
          "17 activate(16) 8x4x4 function=relu\n18 convolution(17) 8x4x4 kernel=3x3 before=1x1 after=1x1\n"
          "19 batch_norm(18) 8x4x4\n20 add(19,16) 8x4x4\n"
          "21 activate(20) 8x4x4 function=relu\n22 global_average_pool(21) 8\n23 dense(22) 2 bias\noutput 23\n");
}

TEST_CASE("networks/plans/cell_plans: previous cells are brought to the image of the cell before") {
    // After the reduction, -2 is the stem of 8x8 while the cell is one of 4x4.
    const nas::network_plan plan =
        plan_of("(-2, identity, -1, identity)", {.filters = 4, .repeats = 1, .reductions = 1});
    std::size_t strided = 0;
    for (const nas::plan_node& node : plan.nodes()) strided += node.stride == nas::plan_extent{2, 2} ? 1 : 0;
    CHECK(strided == 3);  // two identities of the reduction, and -2 of the cell after it
    // Odd sizes round up at each reduction, and far back over several of them.
    const nas::cell_space far{{.lookback = 5}};
    const nas::network_plan odd = nas::cell_plans(
        far, {3, 15, 9}, 2, {.filters = 2, .repeats = 1, .reductions = 3})(far.parse("(-5, identity, -1, identity)"));
    CHECK(odd.shape(odd.nodes().size() - 3) == nas::plan_shape{16, 2, 2});
}

TEST_CASE("networks/plans/cell_plans: which blocks make the output, and how halves become a block") {
    const char* const text = "(-1, identity, -1, 3x3 maxpool) (0, 3x3 avgpool, -1, identity)";
    const auto channels = [&](const nas::cell_space_options& rules) {
        const nas::network_plan plan = plan_of(text, one_cell, rules);
        return plan.shape(plan.nodes().size() - 2).channels;
    };
    CHECK(channels({}) == 4);
    CHECK(channels({.output = nas::cell_output::all}) == 8);
    CHECK(channels({.combination = nas::block_combination::concat}) == 8);
    CHECK(channels({.output = nas::cell_output::all, .combination = nas::block_combination::concat}) == 16);
    // A block of 8 channels is brought back to 4 once, by 8 * 4 + 8 parameters, though two halves read it.
    CHECK(plan_of("(-1, identity, -1, 3x3 maxpool) (0, 3x3 avgpool, 0, identity)", one_cell,
                  {.combination = nas::block_combination::concat})
              .parameters() == 116 + 40 + (8 * 2 + 2));
    // titu1994's flat cells: all operations read the cell before.
    nas::cell_space_options flat{.lookback = 0, .lookforward = 0, .combination = nas::block_combination::concat};
    const nas::network_plan titu = plan_of("(0, 3x3 maxpool, 0, 3x3 dconv)",
                                           {.filters = 32, .repeats = 0, .reductions = 1, .separable_layers = 1}, flat);
    CHECK(titu.parameters() == 27 * 32 + 64 + (32 * 64 + 128) + (9 * 64 + 64 * 64 + 128) + (128 * 2 + 2));
}

TEST_CASE("networks/plans/cell_plans: architectures that are one cell have equal parameters and operations") {
    const nas::cell_space space{{.blocks = 4}};
    const nas::cell_plans plans{space, {3, 8, 8}, 3, {.filters = 4, .repeats = 1, .reductions = 1}};
    nas::rng random(3);
    std::size_t others = 0;
    for (int i = 0; i < 60; ++i) {
        const auto arch = space.sample(random);
        const auto canonical = space.canonical(arch);
        others += arch == canonical ? 0 : 1;
        CHECK(plans(arch).parameters() == plans(canonical).parameters());
        CHECK(plans(arch).flops() == plans(canonical).flops());
    }
    CHECK(others > 30);
    const nas::network_plan one = plan_of("(-2, 3x3 dconv, -1, 3x3 maxpool)");
    const nas::network_plan swapped = plan_of("(-1, 3x3 maxpool, -2, 3x3 dconv)");
    CHECK(one.parameters() == swapped.parameters());
    CHECK(one.flops() == swapped.flops());
}

TEST_CASE("networks/plans/cell_plans: cells of one block are as many networks as there are different cells") {
    // 136 of 256; inputs matter, so none of them is another's plan.
    const nas::cell_space space{{.blocks = 1}};
    const nas::cell_plans plans{space, {3, 8, 8}, 2, {.filters = 2, .repeats = 2, .reductions = 0}};
    std::set<std::string> texts;
    space.for_each_unique_cell(1, [&](const auto& arch) { texts.insert(plans(arch).describe()); });
    CHECK(texts.size() == 136);
}

TEST_CASE("networks/plans/cell_plans: the cell of PNASNet-5") {
    const char* const text =
        "(-2, 5x5 dconv, -2, 3x3 maxpool) (-1, 7x7 dconv, -1, 3x3 maxpool) (-1, 5x5 dconv, -1, 3x3 dconv) "
        "(2, 3x3 dconv, -1, 3x3 maxpool) (-2, 3x3 dconv, -1, identity)";
    const nas::network_plan plan = plan_of(text, one_cell, {.output = nas::cell_output::all});
    // Each separable convolution of size k is 2 * (4 k k + 24).
    CHECK(plan.parameters() == 116 + 2 * 248 + 440 + 3 * 120 + (20 * 2 + 2));
    CHECK(plan.shape(plan.nodes().size() - 2).channels == 20);
}

TEST_CASE("networks/plans/cell_plans: what is no network is refused") {
    nas::cell_space_options rules;
    const auto fault = [&](const char* operation) -> std::string {
        rules.operations = {"identity", operation};
        try {
            nas::cell_plans(nas::cell_space{rules}, {3, 8, 8}, 2);
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "";
    };
    CHECK(
        fault("3x3 wconv") ==
        "nas::cell_plans: there is no operation '3x3 wconv'; there are identity, 3x3 dconv, 3x3 conv, 1x7-7x1 conv, 3x3 "
        "dilated conv, 3x3 maxpool and 3x3 avgpool, also of other sizes");
    for (const char* name : {"3x", "3 conv", "x3 conv", "0x3 conv", "1000x3 conv", "3x3", "3x3  conv", "3x3conv",
                             "1x7- conv", "1x7-7x1 maxpool", "-3x3 conv", "99999999999999999999x3 conv", "3x3 conv "})
        CHECK_MESSAGE(fault(name) != "", name);
    CHECK(fault("1x5-5x1-3x3 conv") == "");
    const nas::cell_space space;
    CHECK_THROWS_WITH_AS(nas::cell_plans(space, {3, 8, 8}, 2, {.repeats = 0, .reductions = 0}),
                         "nas::cell_plans: repeats and reductions are 0; there must be a cell", std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::cell_plans(space, {3, 8, 8}, 2, {.filters = 0}),
                         "nas::cell_plans: filters (0) must be in [1, 65536]", std::invalid_argument);
    CHECK_THROWS_AS(nas::cell_plans(space, {.channels = 3, .flat = true}, 2), std::invalid_argument);
}

}  // namespace
