// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/networks/network_plan/plan_counts.hpp>
#include <nas/networks/network_plan/plan_node.hpp>
#include <nas/networks/network_plan/plan_text.hpp>
#include <nas/spaces/mlp_layer.hpp>

namespace nas {

/// How a convolution or a pool moves over an image.
struct plan_window {
    plan_extent kernel = {3, 3};
    plan_extent stride = {1, 1};
    bool same =
        true;  ///< as much around the image that its size is divided by the stride, rounded up; otherwise nothing
    plan_extent dilation = {1, 1};  ///< of convolutions
};

/// How the weights of a node are.
struct plan_weights {
    bool bias = true;
    std::size_t groups = 1;  ///< of a convolution
    weight_penalty penalty = {};
};

/// A network as a list of steps, with the shapes of all that they make: what an architecture is before a library of networks builds
/// it. Parameters and operations are counted without building anything.
///
///     nas::network_plan plan;
///     std::size_t at = plan.input({1, 28, 28});
///     at = plan.convolution(at, 16, {.kernel = {3, 3}});
///     at = plan.activate(plan.batch_norm(at), nas::activation::relu);
///     at = plan.dense(plan.global_average_pool(at), 10);
///     plan.output(at);
///     plan.parameters();  // 362
///
/// Steps are added one by one and read those before them. Outputs are sums, to which a trainer applies what its loss needs
/// (softmax, sigmoid). Every function throws std::invalid_argument where a step cannot read what it is given, or is too large to be
/// counted.
class network_plan {
  public:
    /// What the network reads: rows of this shape.
    std::size_t input(const plan_shape& shape) {
        if (shape.numbers() == 0) fail("an input must have numbers, and has the shape " + nas::describe(shape));
        if (shape.flat && (shape.height != 1 || shape.width != 1)) fail("features have neither height nor width");
        inputs_.push_back(nodes_.size());
        return append({.operation = plan_operation::input, .shape = shape});
    }
    std::size_t input(std::size_t features) { return input({.channels = features, .flat = true}); }

    /// `units` sums of features.
    std::size_t dense(std::size_t from, std::size_t units, const plan_weights& weights = {}) {
        plan_node node = start(plan_operation::dense, from, weights);
        if (!shape(from).flat) fail("dense reads features, not images: flatten or pool node " + std::to_string(from));
        node.shape = features(units);
        return append(std::move(node));
    }
    /// `units` sums over all channels and positions of images, each with weights w_position * w_channel (Alexandari, Shrikumar and
    /// Kundaje 2017).
    std::size_t separable_dense(std::size_t from, std::size_t units, bool symmetric, const plan_weights& weights = {}) {
        plan_node node = start(plan_operation::separable_dense, from, weights);
        check_image(node);
        node.symmetric = symmetric;
        node.shape = features(units);
        return append(std::move(node));
    }
    std::size_t convolution(std::size_t from, std::size_t channels, const plan_window& window,
                            const plan_weights& weights = {}) {
        plan_node node = start(plan_operation::convolution, from, weights);
        node.groups = weights.groups;
        if (channels < 1) fail("a convolution must have channels");
        if (node.groups < 1 || channels % node.groups != 0 || shape(from).channels % node.groups != 0)
            fail("groups (" + std::to_string(node.groups) + ") must divide " + std::to_string(shape(from).channels) +
                 " and " + std::to_string(channels) + " channels");
        node.dilation = window.dilation;
        slide(node, window);
        node.shape.channels = channels;
        return append(std::move(node));
    }
    std::size_t batch_norm(std::size_t from) { return keep_shape(plan_operation::batch_norm, from); }
    /// Not softmax, which is a matter of the loss.
    std::size_t activate(std::size_t from, activation function) {
        if (function == activation::softmax) fail("softmax is applied to outputs by a trainer");
        plan_node node = start(plan_operation::activate, from);
        node.shape = shape(from);
        node.function = function;
        return append(std::move(node));
    }
    std::size_t max_pool(std::size_t from, const plan_window& window) {
        return pool(plan_operation::max_pool, from, window);
    }
    std::size_t average_pool(std::size_t from, const plan_window& window) {
        return pool(plan_operation::average_pool, from, window);
    }
    std::size_t global_max_pool(std::size_t from) { return pool_all(plan_operation::global_max_pool, from); }
    std::size_t global_average_pool(std::size_t from) { return pool_all(plan_operation::global_average_pool, from); }
    /// The node itself where it makes features.
    std::size_t flatten(std::size_t from) {
        plan_node node = start(plan_operation::flatten, from);
        if (shape(from).flat) return from;
        node.shape = features(shape(from).numbers());
        return append(std::move(node));
    }
    std::size_t dropout(std::size_t from, double rate) {
        if (!(rate >= 0 && rate < 1)) fail("dropout (" + std::to_string(rate) + ") must be in [0, 1)");
        plan_node node = start(plan_operation::dropout, from);
        node.shape = shape(from);
        node.rate = rate;
        return append(std::move(node));
    }
    /// The node itself where there is one.
    std::size_t add(const std::vector<std::size_t>& from) {
        plan_node node = start(plan_operation::add, from);
        if (from.size() == 1) return from.front();
        node.shape = shape(from.front());
        for (const std::size_t one : from)
            if (shape(one) != node.shape)
                fail("what is added must have one shape; node " + std::to_string(one) + " has " +
                     nas::describe(shape(one)) + ", node " + std::to_string(from.front()) + " has " +
                     nas::describe(node.shape));
        return append(std::move(node));
    }
    /// The node itself where there is one.
    std::size_t concatenate(const std::vector<std::size_t>& from) {
        plan_node node = start(plan_operation::concatenate, from);
        if (from.size() == 1) return from.front();
        node.shape = shape(from.front());
        for (std::size_t i = 1; i < from.size(); ++i) {
            const plan_shape& other = shape(from[i]);
            if (other.height != node.shape.height || other.width != node.shape.width || other.flat != node.shape.flat)
                fail("what is concatenated must differ in channels only; node " + std::to_string(from[i]) + " has " +
                     nas::describe(other) + ", node " + std::to_string(from.front()) + " has " +
                     nas::describe(shape(from.front())));
            node.shape.channels += other.channels;
        }
        return append(std::move(node));
    }
    std::size_t zero(std::size_t from, const plan_extent& stride = {1, 1}) {
        plan_node node = start(plan_operation::zero, from);
        check_image(node);
        if (!is_length(stride[0]) || !is_length(stride[1])) fail("the stride of zero must be in [1, 2^31]");
        node.stride = stride;
        node.shape = shape(from);
        node.shape.height = (node.shape.height + stride[0] - 1) / stride[0];
        node.shape.width = (node.shape.width + stride[1] - 1) / stride[1];
        return append(std::move(node));
    }

    /// Makes a node one of the network's outputs, which are features.
    void output(std::size_t from) {
        start(plan_operation::flatten, from);
        if (!shape(from).flat) fail("an output must be features: flatten or pool node " + std::to_string(from));
        outputs_.push_back(from);
    }

    const std::vector<plan_node>& nodes() const& noexcept { return nodes_; }
    const std::vector<std::size_t>& inputs() const& noexcept { return inputs_; }
    const std::vector<std::size_t>& outputs() const& noexcept { return outputs_; }
    // Not of a plan that ends with the call.
    void nodes() const&& = delete;
    void inputs() const&& = delete;
    void outputs() const&& = delete;
    const plan_shape& shape(std::size_t node) const { return nodes_.at(node).shape; }

    /// Trained numbers of node `i`: weights, then biases; of batch_norm a factor, then an offset a channel.
    std::size_t weights(std::size_t i) const { return detail::count_weights(nodes_, nodes_.at(i)); }
    std::size_t biases(std::size_t i) const { return detail::count_biases(nodes_.at(i)); }
    /// Trained numbers of all nodes.
    std::size_t parameters() const {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < nodes_.size(); ++i) sum += weights(i) + biases(i);
        return sum;
    }
    /// Floating-point operations of one row forward, as Archai counts them: a multiplication with its addition is two; a bias, an
    /// activation and an addition is one for each number made, a pool one for each number read; batch_norm two.
    std::uint64_t flops() const {
        std::uint64_t sum = 0;
        for (const plan_node& node : nodes_) sum += detail::count_flops(nodes_, node);
        return sum;
    }

    /// One line a node; equal plans have equal texts.
    std::string describe() const { return detail::plan_text(nodes_, outputs_); }

    friend bool operator==(const network_plan&, const network_plan&) = default;

  private:
    [[noreturn]] static void fail(const std::string& what) {
        throw std::invalid_argument("nas::network_plan: " + what);
    }

    static plan_shape features(std::size_t units) {
        if (units < 1) fail("a layer must have units");
        return {.channels = units, .flat = true};
    }

    plan_node start(plan_operation operation, std::vector<std::size_t> from,
                    const plan_weights& weights = {.bias = false}) const {
        if (from.empty()) fail("a step must read a node");
        for (const std::size_t one : from)
            if (one >= nodes_.size())
                fail("there is no node " + std::to_string(one) + " of " + std::to_string(nodes_.size()));
        return {.operation = operation, .inputs = std::move(from), .bias = weights.bias, .penalty = weights.penalty};
    }
    plan_node start(plan_operation operation, std::size_t from, const plan_weights& weights = {.bias = false}) const {
        return start(operation, std::vector<std::size_t>{from}, weights);
    }

    std::size_t append(plan_node node) {
        // So that all that is counted fits into 64 bits.
        if (detail::estimate_products(nodes_, node) > 0x1.0p52)
            fail(name(node) + " of " + nas::describe(node.shape) +
                 " would be more than 2^52 numbers or multiplications");
        nodes_.push_back(std::move(node));
        return nodes_.size() - 1;
    }
    std::size_t keep_shape(plan_operation operation, std::size_t from) {
        plan_node node = start(operation, from);
        node.shape = shape(from);
        return append(std::move(node));
    }
    std::size_t pool(plan_operation operation, std::size_t from, const plan_window& window) {
        plan_node node = start(operation, from);
        if (window.dilation != plan_extent{1, 1}) fail("a pool has no dilation");
        slide(node, window);
        node.shape.channels = shape(from).channels;
        return append(std::move(node));
    }
    std::size_t pool_all(plan_operation operation, std::size_t from) {
        plan_node node = start(operation, from);
        check_image(node);
        node.shape = features(shape(from).channels);
        return append(std::move(node));
    }

    void check_image(const plan_node& node) const {
        if (shape(node.inputs[0]).flat)
            fail(name(node) + " reads images, and node " + std::to_string(node.inputs[0]) + " makes features");
    }
    static std::string name(const plan_node& node) {
        return std::string(enum_names(node.operation)[static_cast<std::size_t>(node.operation)]);
    }

    static bool is_length(std::size_t length) noexcept { return length >= 1 && length <= std::size_t{1} << 31; }

    // How a window moves over the image that `node` reads, and the image that it makes.
    void slide(plan_node& node, const plan_window& window) const {
        check_image(node);
        const plan_shape& from = shape(node.inputs[0]);
        node.kernel = window.kernel;
        node.stride = window.stride;
        const plan_extent size{from.height, from.width};
        plan_extent made{};
        for (std::size_t i = 0; i < 2; ++i) {
            if (!is_length(window.kernel[i]) || !is_length(window.stride[i]) || !is_length(window.dilation[i]))
                fail("kernel, stride and dilation of " + name(node) + " must be in [1, 2^31]");
            const std::size_t reach = (window.kernel[i] - 1) * window.dilation[i] + 1;
            if (window.same) {
                made[i] = (size[i] + window.stride[i] - 1) / window.stride[i];
                const std::size_t needed = (made[i] - 1) * window.stride[i] + reach;
                const std::size_t around = needed > size[i] ? needed - size[i] : 0;
                node.before[i] = around / 2;
                node.after[i] = around - around / 2;
            } else if (reach > size[i]) {
                fail(name(node) + " reaches over " + std::to_string(reach) + " numbers, but the image of node " +
                     std::to_string(node.inputs[0]) + " is " + nas::describe(from));
            } else {
                made[i] = (size[i] - reach) / window.stride[i] + 1;
            }
        }
        node.shape = {.height = made[0], .width = made[1]};
    }

    std::vector<plan_node> nodes_;
    std::vector<std::size_t> inputs_;
    std::vector<std::size_t> outputs_;
};

}  // namespace nas
