// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nas/networks/network_plan.hpp>
#include <nas/networks/plans/layer_plans/attribute_reader.hpp>
#include <nas/spaces/layer_operation.hpp>
#include <nas/spaces/mlp_layer.hpp>

namespace nas::detail {

/// What a layer_operation does, read and checked once.
struct layer_step {
    enum class kind : std::uint8_t {
        identity,
        convolution,
        dense,
        separable_dense,
        max_pool,
        average_pool,
        global_max_pool,
        global_average_pool,
        flatten,
        dropout,
        batch_norm
    };

    kind what = kind::identity;
    bool sequence = false;  ///< it reads images of height 1 only
    std::size_t units = 0;  ///< or channels
    plan_window window = {};
    plan_weights weights = {};
    bool sum_of_weights = false;  ///< the penalty's l1 is one of the sum of absolute weights, not of their mean
    bool symmetric = false;
    activation function = activation::linear;
    double rate = 0;
};

class layer_step_reader {
  public:
    layer_step_reader(const layer_operation& layer, const std::vector<std::string>& ignored)
        : type_(layer.type()), read_(layer, ignored) {}

    layer_step step() {
        step_.sequence = type_.ends_with("1d") || type_ == "denovo";
        if (type_ == "conv1d" || type_ == "conv2d") {
            convolution("linear");
        } else if (type_ == "denovo") {
            convolution("sigmoid");
            step_.weights.penalty.l1 = penalty("lambda_l1");
            step_.sum_of_weights = true;
            for (const char* const name : {"lambda_pos", "lambda_filter", "lambda_offset"}) read_.accept_zero(name);
        } else if (type_ == "dense") {
            step_.what = kind::dense;
            step_.units = read_.count("units");
            weights_and_activation("linear");
        } else if (type_ == "sfc") {
            separable_dense();
        } else if (type_ == "maxpool1d" || type_ == "maxpool2d") {
            pool(kind::max_pool);
        } else if (type_ == "avgpool1d" || type_ == "avgpool2d") {
            pool(kind::average_pool);
        } else if (type_ == "globalmaxpool1d" || type_ == "globalmaxpool2d") {
            step_.what = kind::global_max_pool;
        } else if (type_ == "globalavgpool1d" || type_ == "globalavgpool2d") {
            step_.what = kind::global_average_pool;
        } else if (type_ == "flatten") {
            step_.what = kind::flatten;
        } else if (type_ == "dropout") {
            step_.what = kind::dropout;
            step_.rate = read_.number("rate");
            if (!(step_.rate >= 0 && step_.rate < 1)) read_.fail("the attribute 'rate' must be in [0, 1)");
        } else if (type_ == "batchnorm") {
            step_.what = kind::batch_norm;
        } else if (type_ != "identity") {
            read_.fail(
                "no network has layers of this type; there are conv1d, conv2d, denovo, dense, sfc, maxpool1d, maxpool2d, "
                "avgpool1d, avgpool2d, globalmaxpool1d, globalmaxpool2d, globalavgpool1d, globalavgpool2d, flatten, "
                "dropout, batchnorm and identity");
        }
        read_.finish();
        return step_;
    }

  private:
    using kind = layer_step::kind;

    void weights_and_activation(std::string_view usual) {
        const std::vector<std::string_view> functions{"sigmoid", "tanh", "relu", "elu", "linear"};
        std::size_t otherwise = 0;
        while (functions[otherwise] != usual) ++otherwise;
        step_.function = static_cast<activation>(read_.word("activation", functions, otherwise));
        step_.weights.bias = read_.flag("use_bias", true);
        read_.word("kernel_initializer", {"glorot_uniform"}, 0);
    }

    void moves(const plan_extent& stride) {
        step_.window.stride = read_.extent("strides", step_.sequence, stride);
        step_.window.same = read_.word("padding", {"valid", "same"}, 0) == 1;
    }

    void convolution(std::string_view usual_activation) {
        step_.what = kind::convolution;
        step_.units = read_.count("filters");
        step_.window.kernel = read_.extent("kernel_size", step_.sequence);
        moves({1, 1});
        const plan_extent dilation = read_.extent("dilation", step_.sequence, plan_extent{1, 1});
        step_.window.dilation = read_.extent("dilation_rate", step_.sequence, dilation);
        weights_and_activation(usual_activation);
    }

    void pool(kind what) {
        step_.what = what;
        step_.window.kernel =
            read_.extent("pool_size", step_.sequence, step_.sequence ? plan_extent{1, 2} : plan_extent{2, 2});
        moves(step_.window.kernel);
    }

    void separable_dense() {
        step_.what = kind::separable_dense;
        step_.units = read_.count("output_dim");
        step_.symmetric = read_.flag("symmetric", true);
        step_.weights.bias = false;
        weight_penalty& penalties = step_.weights.penalty;
        penalties.smoothness = penalty("smoothness_penalty");
        penalties.squared = !read_.flag("smoothness_l1", false);
        penalties.second_difference = read_.flag("smoothness_second_diff", true);
        if (penalties.smoothness == 0) penalties = {};
    }

    double penalty(const char* name) {
        const double value = read_.number(name, 0.0);
        if (value < 0) read_.fail("the attribute '" + std::string(name) + "' must be at least 0");
        return value;
    }

    std::string type_;
    attribute_reader read_;
    layer_step step_;
};

/// What the step makes of node `from`. Throws std::invalid_argument where it cannot read that.
inline std::size_t add_layer_step(network_plan& plan, std::size_t from, const layer_step& step) {
    using kind = layer_step::kind;
    const plan_shape read = plan.shape(from);
    if (step.sequence && !read.flat && read.height != 1)
        throw std::invalid_argument("it reads sequences, images of height 1, not " + nas::describe(read));
    const auto activated = [&](std::size_t node) {
        return step.function == activation::linear ? node : plan.activate(node, step.function);
    };
    plan_weights weights = step.weights;
    switch (step.what) {
        case kind::convolution:
            if (step.sum_of_weights)
                weights.penalty.l1 *=
                    static_cast<double>(read.channels * step.units * step.window.kernel[0] * step.window.kernel[1]);
            return activated(plan.convolution(from, step.units, step.window, weights));
        case kind::dense:  // of each position alone where it reads an image
            return activated(read.flat ? plan.dense(from, step.units, weights)
                                       : plan.convolution(from, step.units, {.kernel = {1, 1}}, weights));
        case kind::separable_dense:
            return plan.separable_dense(from, step.units, step.symmetric, weights);
        case kind::max_pool:
            return plan.max_pool(from, step.window);
        case kind::average_pool:
            return plan.average_pool(from, step.window);
        case kind::global_max_pool:
            return plan.global_max_pool(from);
        case kind::global_average_pool:
            return plan.global_average_pool(from);
        case kind::flatten:
            return plan.flatten(from);
        case kind::dropout:
            return plan.dropout(from, step.rate);
        case kind::batch_norm:
            return plan.batch_norm(from);
        default:
            return from;
    }
}

}  // namespace nas::detail
