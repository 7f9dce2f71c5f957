// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/plans/layer_plans.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <nas/core/rng.hpp>

namespace {

using nas::layer_operation;
using nas::layer_plans;
using nas::layer_space;
using layers = std::vector<layer_operation>;

const layer_operation identity("identity");

layer_operation dense(std::int64_t units, const char* function = "linear") {
    return layer_operation("dense", {{"units", units}, {"activation", function}});
}
layer_operation conv(std::int64_t filters, std::int64_t size, const char* padding = "valid") {
    return layer_operation("conv1d",
                           {{"filters", filters}, {"kernel_size", size}, {"activation", "relu"}, {"padding", padding}});
}

// A chain of these layers and an output of two sums.
nas::network_plan chain(const nas::plan_shape& input, const layers& all, const nas::layer_plans_options& options = {}) {
    nas::model_space model;
    for (const layer_operation& one : all) model.add_operation(static_cast<std::ptrdiff_t>(model.layers()), one);
    const layer_space space{model, {.skips = false}};
    return layer_plans(space, {input}, {2}, options)(space.at(0));
}
// What one layer makes of it: its lines.
std::string lines_of(const nas::plan_shape& input, const layer_operation& layer,
                     const nas::layer_plans_options& options = {}) {
    const std::string text = chain(input, {layer}, options).describe();
    return text.substr(text.find('\n') + 1, text.rfind("dense(") - text.find('\n') - 1);
}

std::string fault(const nas::plan_shape& input, const layers& all, const nas::layer_plans_options& options = {}) {
    try {
        chain(input, all, options);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

// conv, pool, what makes features, dense: AMBER's 216 networks of a simulated task.
nas::model_space bionas() {
    const auto named = [](std::int64_t size, const char* type, std::vector<nas::layer_attribute> more) {
        std::vector<nas::layer_attribute> all{{"filters", 3}, {"kernel_size", size}};
        all.insert(all.end(), more.begin(), more.end());
        all.push_back({"name", "conv1"});
        return layer_operation(type, all);
    };
    layers first;
    for (const std::int64_t size : {8, 14, 20})
        first.push_back(named(size, "conv1d", {{"kernel_initializer", "glorot_uniform"}, {"activation", "relu"}}));
    for (const std::int64_t size : {8, 14, 20})
        first.push_back(named(size, "denovo", {{"lambda_pos", 1e-4}, {"lambda_l1", 1e-4}, {"lambda_filter", 1e-8}}));
    const std::vector<nas::layer_attribute> eight{{"pool_size", 8}, {"strides", 8}};
    const layer_operation sfc("SFC", {{"output_dim", 10},
                                      {"symmetric", true},
                                      {"smoothness_penalty", 1.0},
                                      {"smoothness_l1", true},
                                      {"smoothness_second_diff", true},
                                      {"curvature_constraint", 10.0},
                                      {"name", "sfc"}});
    return nas::model_space(
        {first,
         {identity, layer_operation("maxpool1d", eight), layer_operation("avgpool1d", eight)},
         {layer_operation("Flatten"), layer_operation("GlobalMaxPool1D"), layer_operation("GlobalAvgPool1D"), sfc},
         {dense(3, "relu"), dense(10, "relu"), identity}});
}

TEST_CASE("networks/plans/layer_plans: all of AMBER's 216 networks") {
    const layer_space space{bionas(), {.skips = false}};
    CHECK_THROWS_WITH_AS(
        layer_plans(space, {{4, 1, 200}}, {1}),
        "nas::layer_plans: denovo:{'filters': 3, 'kernel_size': 8, 'lambda_pos': 0.0001, 'lambda_l1': 0.0001, "
        "'lambda_filter': 1e-08, 'name': 'conv1'}: no network has the attribute 'lambda_pos' of this layer; list it in the "
        "option ignored to build it without",
        std::invalid_argument);
    const layer_plans plans{
        space, {{4, 1, 200}}, {1}, {.ignored = {"lambda_pos", "lambda_filter", "curvature_constraint"}}};
    REQUIRE(space.size() == 216);
    for (std::uint64_t i = 0; i < 216; ++i) {
        const auto arch = space.at(i);
        const std::size_t kernel = 8 + 6 * (arch[0] % 3U);
        const std::size_t length = arch[1] == 0 ? 201 - kernel : (201 - kernel) / 8;
        const std::size_t features = arch[2] == 0 ? 3 * length : arch[2] == 3 ? 10 : 3;
        const std::size_t units = arch[3] == 0 ? 3 : 10;
        CHECK(plans(arch).parameters() == (4 * kernel * 3 + 3) + (arch[2] == 3 ? 10 * ((length + 1) / 2 + 3) : 0) +
                                              (arch[3] == 2 ? features : (features + 1) * units + units) + 1);
    }
    const nas::network_plan best = plans(space.at(58));  // conv_f3_k14_relu maxpool1d sfc dense_u10_relu
    CHECK(best.parameters() == (4 * 14 * 3 + 3) + 10 * (12 + 3) + (10 * 10 + 10) + 11);
    CHECK(best.describe() ==
          "0 input() 4x1x200\n1 convolution(0) 3x1x187 kernel=1x14 bias\n2 activate(1) 3x1x187 function=relu\n"
          "3 max_pool(2) 3x1x23 kernel=1x8 stride=1x8\n"
          "4 separable_dense(3) 10 smoothness=1 absolute second_difference symmetric\n5 dense(4) 10 bias\n"
          "6 activate(5) 10 function=relu\n7 dense(6) 1 bias\noutput 7\n");
}

TEST_CASE("networks/plans/layer_plans: every type of layer, with what it has where nothing is said") {
    const nas::plan_shape sequence{3, 1, 20};
    const nas::plan_shape image{3, 9, 8};
    const auto one = [&](const nas::plan_shape& input, const char* text, const nas::layer_plans_options& options = {}) {
        return lines_of(input, layer_operation::parse(text), options);
    };
    CHECK(one(sequence, "conv1d:{'filters': 2, 'kernel_size': 5}") ==
          "1 convolution(0) 2x1x16 kernel=1x5 bias\n2 flatten(1) 32\n3 ");
    CHECK(one(sequence,
              "conv1d:{'filters': 2, 'kernel_size': (5,), 'padding': 'same', 'strides': 2, 'activation': 'elu', "
              "'use_bias': False, 'kernel_initializer': 'glorot_uniform'}") ==
          "1 convolution(0) 2x1x10 kernel=1x5 stride=1x2 before=0x1 after=0x2\n2 activate(1) 2x1x10 function=elu\n"
          "3 flatten(2) 20\n4 ");
    for (const char* name : {"dilation", "dilation_rate"})
        CHECK(one(sequence, ("conv1d:{'filters': 2, 'kernel_size': 5, '" + std::string(name) + "': 3}").c_str()) ==
              "1 convolution(0) 2x1x8 kernel=1x5 dilation=1x3 bias\n2 flatten(1) 16\n3 ");
    CHECK(one(image, "conv2d:{'filters': 4, 'kernel_size': (3, 2), 'strides': (2, 1), 'dilation_rate': (1, 2)}") ==
          "1 convolution(0) 4x4x6 kernel=3x2 stride=2x1 dilation=1x2 bias\n2 flatten(1) 96\n3 ");
    CHECK(one(sequence, "denovo:{'filters': 2, 'kernel_size': 5, 'lambda_l1': 0.5, 'lambda_filter': 0}") ==
          "1 convolution(0) 2x1x16 kernel=1x5 l1=15 bias\n2 activate(1) 2x1x16 function=sigmoid\n3 flatten(2) 32\n4 ");
    CHECK(one(sequence, "dense:{'units': 6}") == "1 convolution(0) 6x1x20 bias\n2 flatten(1) 120\n3 ");
    CHECK(one({.channels = 5, .flat = true}, "dense:{'units': 6, 'activation': 'tanh'}") ==
          "1 dense(0) 6 bias\n2 activate(1) 6 function=tanh\n3 ");
    CHECK(one(sequence, "sfc:{'output_dim': 4}") == "1 separable_dense(0) 4 symmetric\n2 ");
    CHECK(one(sequence,
              "sfc:{'output_dim': 4, 'symmetric': False, 'smoothness_penalty': 2, "
              "'smoothness_second_diff': False}") == "1 separable_dense(0) 4 smoothness=2\n2 ");
    CHECK(one(sequence, "maxpool1d:{}") == "1 max_pool(0) 3x1x10 kernel=1x2 stride=1x2\n2 flatten(1) 30\n3 ");
    CHECK(one(sequence, "avgpool1d:{'pool_size': 4, 'strides': 3, 'padding': 'same'}") ==
          "1 average_pool(0) 3x1x7 kernel=1x4 stride=1x3 before=0x1 after=0x1\n2 flatten(1) 21\n3 ");
    CHECK(one(image, "maxpool2d:{'pool_size': 3}") == "1 max_pool(0) 3x3x2 kernel=3x3 stride=3x3\n2 flatten(1) 18\n3 ");
    CHECK(one(image, "avgpool2d:{}") == "1 average_pool(0) 3x4x4 kernel=2x2 stride=2x2\n2 flatten(1) 48\n3 ");
    CHECK(one(sequence, "globalmaxpool1d:{}") == "1 global_max_pool(0) 3\n2 ");
    CHECK(one(sequence, "globalavgpool1d:{}") == "1 global_average_pool(0) 3\n2 ");
    CHECK(one(image, "globalmaxpool2d:{}") == "1 global_max_pool(0) 3\n2 ");
    CHECK(one(image, "globalavgpool2d:{'name': 'last'}") == "1 global_average_pool(0) 3\n2 ");
    CHECK(one(image, "flatten:{}") == "1 flatten(0) 216\n2 ");
    CHECK(one({.channels = 5, .flat = true}, "identity:{}") == "1 ");
    CHECK(one(sequence, "dropout:{'rate': 0.25}") == "1 dropout(0) 3x1x20 rate=0.25\n2 flatten(1) 60\n3 ");
    CHECK(one(sequence, "batchnorm:{}") == "1 batch_norm(0) 3x1x20\n2 flatten(1) 60\n3 ");
    CHECK(one(sequence, "flatten:{'data_format': 'channels_last'}", {.ignored = {"data_format"}}) ==
          "1 flatten(0) 60\n2 ");
}

TEST_CASE("networks/plans/layer_plans: a layer reads those that it skips to, joined") {
    nas::model_space model({{conv(4, 3)}, {layer_operation("maxpool1d")}, {conv(6, 3, "same")}, {dense(5)}});
    const layer_space space{model};
    // Layer 2 reads 0 (8 long) beside 1 (4 long); layer 3 reads 2, as always, and 1. That layer 1 skips to 0 changes nothing.
    const auto arch = space.parse("conv_f4_k3_relu maxpool1d(0) conv_f6_k3_relu(0) dense_u5_linear(1)");
    const auto plan_of = [&](nas::layer_join join) {
        return layer_plans(space, {{2, 1, 10}}, {1}, {.join = join})(arch);
    };
    CHECK(plan_of(nas::layer_join::concatenate).describe() ==
          "0 input() 2x1x10\n1 convolution(0) 4x1x8 kernel=1x3 bias\n2 activate(1) 4x1x8 function=relu\n"
          "3 max_pool(2) 4x1x4 kernel=1x2 stride=1x2\n"
          "4 average_pool(2) 4x1x4 kernel=1x2 stride=1x2\n5 concatenate(3,4) 8x1x4\n"
          "6 convolution(5) 6x1x4 kernel=1x3 before=0x1 after=0x1 bias\n7 activate(6) 6x1x4 function=relu\n"
          "8 concatenate(7,3) 10x1x4\n9 convolution(8) 5x1x4 bias\n10 flatten(9) 20\n11 dense(10) 1 bias\noutput 11\n");
    CHECK(plan_of(nas::layer_join::add).describe() ==
          "0 input() 2x1x10\n1 convolution(0) 4x1x8 kernel=1x3 bias\n2 activate(1) 4x1x8 function=relu\n"
          "3 max_pool(2) 4x1x4 kernel=1x2 stride=1x2\n"
          "4 average_pool(2) 4x1x4 kernel=1x2 stride=1x2\n5 add(3,4) 4x1x4\n"
          "6 convolution(5) 6x1x4 kernel=1x3 before=0x1 after=0x1 bias\n7 activate(6) 6x1x4 function=relu\n"
          "8 convolution(3) 6x1x4\n9 add(7,8) 6x1x4\n10 convolution(9) 5x1x4 bias\n11 flatten(10) 20\n"
          "12 dense(11) 1 bias\noutput 12\n");
}

TEST_CASE("networks/plans/layer_plans: what differs in size is pooled over all of it, or flattened beside features") {
    for (std::size_t width : {std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{12}})
        for (std::size_t from = width; from < 40; ++from) {
            nas::network_plan plan;
            const std::size_t at = nas::detail::pooled_to(plan, plan.input({2, 5, from}), 2, width);
            const nas::plan_node& node = plan.nodes()[at];
            CHECK(plan.shape(at) == nas::plan_shape{2, 2, width});
            CHECK((width - 1) * node.stride[1] + node.kernel[1] == from);  // no column is left out
            CHECK(node.kernel[1] >= node.stride[1]);
        }
    nas::network_plan plan;
    const std::size_t image = plan.input({2, 1, 4});
    const std::size_t features = plan.input(3);
    CHECK(plan.shape(nas::detail::join_nodes(plan, {image, features}, nas::layer_join::concatenate)) ==
          nas::plan_shape{.channels = 11, .flat = true});
    CHECK(plan.shape(nas::detail::join_nodes(plan, {features, image}, nas::layer_join::add)) ==
          nas::plan_shape{.channels = 3, .flat = true});
}

TEST_CASE("networks/plans/layer_plans: several inputs and outputs") {
    nas::model_space model({{identity, dense(3)}, {identity, dense(4)}, {identity, dense(5)}});
    const layer_space space{model, {.skips = true, .input_blocks = 2, .output_blocks = 2}};
    const layer_plans plans{space, {{.channels = 7, .flat = true}, {.channels = 2, .flat = true}}, {1, 6}};
    const auto text_of = [&](const char* text) { return plans(space.parse(text)).describe(); };
    CHECK(text_of("dense_u3_linear(in0) dense_u4_linear(in1) dense_u5_linear(0) out0(2) out1(0)") ==
          "0 input() 7\n1 input() 2\n2 dense(0) 3 bias\n3 concatenate(2,1) 5\n4 dense(3) 4 bias\n5 concatenate(4,2) 7\n"
          "6 dense(5) 5 bias\n7 dense(6) 1 bias\n8 dense(2) 6 bias\noutput 7\noutput 8\n");
    // The first layer reads both inputs where both come later; layers after the last output are not built.
    CHECK(text_of("dense_u3_linear dense_u4_linear(in1) dense_u5_linear(in0) out0(1) out1(0)") ==
          "0 input() 7\n1 input() 2\n2 concatenate(0,1) 9\n3 dense(2) 3 bias\n4 concatenate(3,1) 5\n5 dense(4) 4 bias\n"
          "6 dense(5) 1 bias\n7 dense(3) 6 bias\noutput 6\noutput 7\n");
    // Every architecture is a network, and an output of several layers reads all of them.
    const layer_space free{
        model, {.skips = true, .input_blocks = 2, .unique_inputs = false, .output_blocks = 1, .unique_outputs = false}};
    const layer_plans of_free{free, {{.channels = 7, .flat = true}, {.channels = 2, .flat = true}}, {1}};
    nas::rng random(5);
    for (int i = 0; i < 100; ++i) CHECK(of_free(free.sample(random)).parameters() > 0);
    CHECK(of_free(free.parse("dense_u3_linear(in0+in1) dense_u4_linear dense_u5_linear out0(0+2)"))
              .describe()
              .find("concatenate(3,5) 8\n7 dense(6) 1 bias") != std::string::npos);
    // Without output blocks the last layer has all outputs.
    const layer_space plain{model, {.skips = false}};
    CHECK(layer_plans(plain, {{.channels = 7, .flat = true}}, {1, 3})(plain.at(0)).describe() ==
          "0 input() 7\n1 dense(0) 1 bias\n2 dense(0) 3 bias\noutput 1\noutput 2\n");
}

TEST_CASE("networks/plans/layer_plans: branches with an input each, and a stem") {
    const nas::model_space sequence({{conv(4, 3)}, {layer_operation("globalmaxpool1d")}});
    const nas::model_space features({{dense(6)}});
    const nas::model_space stem({{dense(5)}, {dense(3)}});
    const auto text_of = [&](const char* join, bool skips) {
        const nas::branched_model_space branches({sequence, features}, stem, join);
        const layer_space space{branches.flat(), {.skips = skips}};
        auto arch = space.at(0);
        if (skips) arch[space.skip_decision(4, 2)] = 1;  // the stem's last layer skips to the second branch
        return layer_plans(space, branches, {{2, 1, 10}, {.channels = 7, .flat = true}}, {1})(arch).describe();
    };
    CHECK(text_of("concatenate", true) ==
          "0 input() 2x1x10\n1 input() 7\n2 convolution(0) 4x1x8 kernel=1x3 bias\n3 activate(2) 4x1x8 function=relu\n"
          "4 global_max_pool(3) 4\n5 dense(1) 6 bias\n6 concatenate(4,5) 10\n7 dense(6) 5 bias\n8 concatenate(7,5) 11\n"
          "9 dense(8) 3 bias\n10 dense(9) 1 bias\noutput 10\n");
    CHECK(
        text_of("add", false) ==
        "0 input() 2x1x10\n1 input() 7\n2 convolution(0) 4x1x8 kernel=1x3 bias\n3 activate(2) 4x1x8 function=relu\n"
        "4 global_max_pool(3) 4\n5 dense(1) 6 bias\n6 dense(5) 4\n7 add(4,6) 4\n8 dense(7) 5 bias\n9 dense(8) 3 bias\n"
        "10 dense(9) 1 bias\noutput 10\n");
    CHECK_THROWS_WITH_AS(text_of("mean", false), "nas::layer_plans: concat_op ('mean') must be concatenate or add",
                         std::invalid_argument);
    const nas::branched_model_space branches({features}, stem);
    CHECK_THROWS_WITH_AS(layer_plans(layer_space{stem}, branches, {{.channels = 7, .flat = true}}, {1}),
                         "nas::layer_plans: the space must be one of the branches' layers, flat()",
                         std::invalid_argument);
    CHECK_THROWS_AS(
        layer_plans(layer_space{branches.flat(), {.input_blocks = 1}}, branches, {{.channels = 7, .flat = true}}, {1}),
        std::invalid_argument);
}

TEST_CASE("networks/plans/layer_plans: what is no network is refused by name") {
    const nas::plan_shape sequence{3, 1, 20};
    const auto of = [&](const char* text) { return fault(sequence, {layer_operation::parse(text)}); };
    CHECK(
        of("lstm:{'units': 3}")
            .starts_with(
                "nas::layer_plans: lstm:{'units': 3}: no network has layers of this type; there are conv1d, conv2d, "));
    CHECK(of("dense:{'units': 3, 'kernel_regularizer': 'l2'}") ==
          "nas::layer_plans: dense:{'units': 3, 'kernel_regularizer': 'l2'}: no network has the attribute "
          "'kernel_regularizer' of this layer; list it in the option ignored to build it without");
    CHECK(of("conv1d:{'filters': 3}") ==
          "nas::layer_plans: conv1d:{'filters': 3}: it needs the attribute 'kernel_size'");
    CHECK(of("dense:{'units': 0}") == "nas::layer_plans: dense:{'units': 0}: the attribute 'units' must be at least 1");
    CHECK(of("dense:{'units': 3.5}").ends_with("the attribute 'units' must be an integer"));
    CHECK(of("dense:{'units': 3, 'activation': 'softmax'}")
              .ends_with("the attribute 'activation' must be sigmoid, tanh, relu, elu or linear"));
    CHECK(of("dense:{'units': 3, 'use_bias': 1}").ends_with("the attribute 'use_bias' must be True or False"));
    CHECK(of("dense:{'units': 3, 'kernel_initializer': 'zeros'}")
              .ends_with("the attribute 'kernel_initializer' must be glorot_uniform"));
    CHECK(of("maxpool1d:{'pool_size': (2, 2)}").ends_with("the attribute 'pool_size' must be an integer"));
    CHECK(of("maxpool2d:{'pool_size': (2, 2, 2)}").ends_with("the attribute 'pool_size' must be one integer or two"));
    CHECK(of("maxpool1d:{'padding': 'causal'}").ends_with("the attribute 'padding' must be valid or same"));
    CHECK(of("maxpool1d:{'strides': -1}").ends_with("the attribute 'strides' must be at least 1"));
    CHECK(of("dropout:{'rate': 1}").ends_with("the attribute 'rate' must be in [0, 1)"));
    CHECK(of("dropout:{'rate': 'much'}").ends_with("the attribute 'rate' must be a number"));
    CHECK(of("denovo:{'filters': 3, 'kernel_size': 8, 'lambda_l1': -1}")
              .ends_with("the attribute 'lambda_l1' must be at least 0"));
    CHECK(of("identity:{'units': 3}").find("no network has the attribute 'units'") != std::string::npos);
    // Only what comes to a layer tells.
    CHECK(
        fault(sequence, {layer_operation("flatten"), conv(4, 3)}) ==
        "nas::layer_plans: layer 1, conv1d:{'filters': 4, 'kernel_size': 3, 'activation': 'relu', 'padding': 'valid'}: "
        "nas::network_plan: convolution reads images, and node 1 makes features");
    CHECK(fault({3, 4, 4}, {layer_operation("globalmaxpool1d")}) ==
          "nas::layer_plans: layer 0, globalmaxpool1d:{}: it reads sequences, images of height 1, not 3x4x4");
    const layer_space space{nas::model_space({{identity}}), {.skips = false}};
    CHECK_THROWS_WITH_AS(layer_plans(space, {sequence, sequence}, {1}),
                         "nas::layer_plans: there are 2 inputs; the space has 1", std::invalid_argument);
    CHECK_THROWS_WITH_AS(layer_plans(space, {sequence}, {}), "nas::layer_plans: there must be an output",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(layer_plans(space, {sequence}, {0}), "nas::layer_plans: output 0 (0) must be at least 1",
                         std::invalid_argument);
    CHECK_THROWS_AS(layer_plans(space, {{0, 1, 5}}, {1}), std::invalid_argument);
}

}  // namespace
