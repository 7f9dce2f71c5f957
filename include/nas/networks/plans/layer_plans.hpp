// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/networks/network_plan.hpp>
#include <nas/networks/plans/layer_plans/join_nodes.hpp>
#include <nas/networks/plans/layer_plans/layer_step.hpp>
#include <nas/spaces/branched_model_space.hpp>
#include <nas/spaces/layer_space.hpp>

namespace nas {

/// How the networks of a layer_space are built.
struct layer_plans_options {
    /// What a layer reads: `concatenate` needs no weights and loses nothing, `add` is that of residual networks.
    layer_join join = layer_join::concatenate;
    /// Attributes of layers that are left out without a word: penalties and constraints of training that no network here has, as
    /// AMBER's `curvature_constraint`, `lambda_pos` and `lambda_filter`.
    std::vector<std::string> ignored = {};

    friend bool operator==(const layer_plans_options&, const layer_plans_options&) = default;
};

/// The networks of a layer_space as plans (AMBER, Zhang et al. 2021), with its layers as Keras and AMBER have them:
///
/// - `conv1d`, `conv2d`: filters, kernel_size; strides 1, padding valid, dilation_rate (or dilation) 1
/// - `denovo`, a conv1d for motifs (Ploenzke and Irizarry 2018): lambda_l1, times the sum of its absolute weights, is added to
///   the loss; activation sigmoid
/// - `dense`: units; of an image, of each position alone
/// - `sfc` (Alexandari, Shrikumar and Kundaje 2017), separable_dense of a plan, without bias: output_dim; symmetric True,
///   smoothness_penalty 0, smoothness_l1 False, smoothness_second_diff True
/// - `maxpool1d`, `maxpool2d`, `avgpool1d`, `avgpool2d`: pool_size 2, strides as pool_size, padding valid
/// - `globalmaxpool1d`, `globalmaxpool2d`, `globalavgpool1d`, `globalavgpool2d`, `flatten`, `identity`, `batchnorm`
/// - `dropout`: rate
///
/// with activation linear, use_bias True and kernel_initializer glorot_uniform of what has weights. A sequence is an image of
/// height 1. Everything else in a layer but its name is refused, or `ignored`.
///
/// A layer reads what the layer before it makes, its input blocks, and the layers that it skips to, joined: images are pooled to
/// the smallest of them, and flattened where there are features among them. That a layer skips to the one before it changes
/// nothing. The first layer reads the network's only input; of several input blocks its own, and all where it has none.
/// With branches, the first layer of each reads the branch's input, and the first of the stem all branches, joined as `concat_op`
/// says: concatenate or add.
/// Each output is a dense layer, after flatten, of what its layers make, joined; without output blocks of the last layer. Layers
/// that lead to no output are not built.
class layer_plans {
  public:
    using arch_type = layer_space::arch_type;

    /// `inputs`: a shape for each input block, or one. `outputs`: sums of each output block, or of all outputs that the last layer
    /// has; 1 of two classes. Throws std::invalid_argument where their number is another, one is empty, or a layer has a type or
    /// an attribute that no network has.
    layer_plans(layer_space space, std::vector<plan_shape> inputs, std::vector<std::size_t> outputs,
                layer_plans_options options = {})
        : space_(std::move(space)),
          inputs_(std::move(inputs)),
          outputs_(std::move(outputs)),
          options_(std::move(options)) {
        const std::size_t blocks = space_.options().input_blocks;
        check(blocks == 0 ? 1 : blocks);
    }
    /// Of a layer_space of branches.flat(), without input blocks; an input for each branch. Throws std::invalid_argument also where
    /// that is not so, or concat_op is unknown.
    layer_plans(layer_space space, branched_model_space branches, std::vector<plan_shape> inputs,
                std::vector<std::size_t> outputs, layer_plans_options options = {})
        : space_(std::move(space)),
          branches_(std::move(branches)),
          inputs_(std::move(inputs)),
          outputs_(std::move(outputs)),
          options_(std::move(options)) {
        if (space_.model() != branches_->flat()) fail("the space must be one of the branches' layers, flat()");
        if (space_.options().input_blocks > 0) fail("a space of branches must have no input blocks");
        if (branches_->concat_op() == "add") {
            branch_join_ = layer_join::add;
        } else if (branches_->concat_op() != "concatenate") {
            fail("concat_op ('" + branches_->concat_op() + "') must be concatenate or add");
        }
        check(branches_->branches());
    }

    const layer_space& space() const noexcept { return space_; }
    const layer_plans_options& options() const noexcept { return options_; }

    /// Throws std::invalid_argument, with the layer, where one cannot read what comes to it, as a convolution features.
    network_plan operator()(const arch_type& arch) const {
        const layer_graph graph = space_.graph(arch);
        const std::vector<std::vector<std::size_t>> ends = ends_of(graph);
        const std::vector<bool> needed = needed_for(graph, ends);
        network_plan plan;
        std::vector<std::size_t> inputs;
        for (const plan_shape& shape : inputs_) inputs.push_back(plan.input(shape));
        std::vector<std::size_t> made(steps_.size());
        for (std::size_t l = 0; l < steps_.size(); ++l) {
            if (!needed[l]) continue;
            try {
                made[l] =
                    detail::add_layer_step(plan, read_by(plan, graph, l, inputs, made), steps_[l][graph.operations[l]]);
            } catch (const std::invalid_argument& error) {
                fail("layer " + std::to_string(l) + ", " + space_.layers(arch)[l].text() + ": " + error.what());
            }
        }
        for (std::size_t o = 0; o < outputs_.size(); ++o) {
            std::vector<std::size_t> nodes;
            for (const std::size_t l : ends[o]) nodes.push_back(made[l]);
            const std::size_t joined = detail::join_nodes(plan, std::move(nodes), options_.join);
            plan.output(plan.dense(plan.flatten(joined), outputs_[o]));
        }
        return plan;
    }

  private:
    [[noreturn]] static void fail(const std::string& what) { throw std::invalid_argument("nas::layer_plans: " + what); }

    void check(std::size_t inputs) {
        const std::size_t blocks = space_.options().output_blocks;
        if (inputs_.size() != inputs)
            fail("there are " + std::to_string(inputs_.size()) + " inputs; the space has " + std::to_string(inputs));
        if (blocks > 0 && outputs_.size() != blocks)
            fail("there are " + std::to_string(outputs_.size()) + " outputs; the space has " + std::to_string(blocks));
        if (outputs_.empty()) fail("there must be an output");
        network_plan shapes;
        for (const plan_shape& shape : inputs_) shapes.input(shape);
        for (std::size_t o = 0; o < outputs_.size(); ++o)
            if (outputs_[o] < 1) fail("output " + std::to_string(o) + " (0) must be at least 1");
        for (std::size_t l = 0; l < space_.model().layers(); ++l) {
            std::vector<detail::layer_step>& steps = steps_.emplace_back();
            for (const layer_operation& one : space_.model().layer(static_cast<std::ptrdiff_t>(l)))
                steps.push_back(detail::layer_step_reader(one, options_.ignored).step());
        }
    }

    static std::vector<std::size_t> set_bits(const std::vector<std::uint8_t>& bits) {
        std::vector<std::size_t> all;
        for (std::size_t i = 0; i < bits.size(); ++i)
            if (bits[i] != 0) all.push_back(i);
        return all;
    }

    // The layers of each output.
    std::vector<std::vector<std::size_t>> ends_of(const layer_graph& graph) const {
        std::vector<std::vector<std::size_t>> ends(outputs_.size(), {steps_.size() - 1});
        for (std::size_t o = 0; o < graph.outputs.size(); ++o) ends[o] = set_bits(graph.outputs[o]);
        return ends;
    }

    // The layers whose outputs come to layer `l` in any case.
    std::vector<std::size_t> usual_sources(std::size_t l) const {
        std::vector<std::size_t> sources;
        if (!branches_) {
            if (l > 0) sources.push_back(l - 1);
        } else if (const std::optional<std::size_t> branch = branches_->layer_to_branch(l);
                   l != branches_->branch_to_layer(branch).front()) {
            sources.push_back(l - 1);
        } else if (!branch) {
            for (std::size_t b = 0; b < branches_->branches(); ++b)
                sources.push_back(branches_->branch_to_layer(b).back());
        }
        return sources;
    }
    // And those that it skips to besides.
    std::vector<std::size_t> skipped_sources(const layer_graph& graph, std::size_t l) const {
        if (l == 0 || graph.skips.empty()) return {};
        std::vector<std::size_t> sources = set_bits(graph.skips[l - 1]);
        for (const std::size_t usual : usual_sources(l)) std::erase(sources, usual);
        return sources;
    }

    std::vector<bool> needed_for(const layer_graph& graph, const std::vector<std::vector<std::size_t>>& ends) const {
        std::vector<bool> needed(steps_.size());
        for (const std::vector<std::size_t>& layers : ends)
            for (const std::size_t l : layers) needed[l] = true;
        for (std::size_t l = steps_.size(); l-- > 0;) {
            if (!needed[l]) continue;
            for (const std::size_t source : usual_sources(l)) needed[source] = true;
            for (const std::size_t source : skipped_sources(graph, l)) needed[source] = true;
        }
        return needed;
    }

    // The inputs that come to layer `l`.
    std::vector<std::size_t> inputs_of(const layer_graph& graph, std::size_t l) const {
        if (branches_) {
            const std::optional<std::size_t> branch = branches_->layer_to_branch(l);
            if (!branch || l != branches_->branch_to_layer(branch).front()) return {};
            return {*branch};
        }
        std::vector<std::size_t> own;
        if (!graph.inputs.empty()) own = set_bits(graph.inputs[l]);
        if (l == 0 && own.empty())
            for (std::size_t i = 0; i < inputs_.size(); ++i) own.push_back(i);
        return own;
    }

    std::size_t read_by(network_plan& plan, const layer_graph& graph, std::size_t l,
                        const std::vector<std::size_t>& inputs, const std::vector<std::size_t>& made) const {
        std::vector<std::size_t> usual;
        for (const std::size_t source : usual_sources(l)) usual.push_back(made[source]);
        const layer_join first = usual.size() > 1 ? branch_join_ : options_.join;
        std::vector<std::size_t> nodes;
        if (!usual.empty()) nodes.push_back(detail::join_nodes(plan, std::move(usual), first));
        for (const std::size_t input : inputs_of(graph, l)) nodes.push_back(inputs[input]);
        for (const std::size_t source : skipped_sources(graph, l)) nodes.push_back(made[source]);
        return detail::join_nodes(plan, std::move(nodes), options_.join);
    }

    layer_space space_;
    std::optional<branched_model_space> branches_;
    layer_join branch_join_ = layer_join::concatenate;
    std::vector<plan_shape> inputs_;
    std::vector<std::size_t> outputs_;
    layer_plans_options options_;
    std::vector<std::vector<detail::layer_step>> steps_;  // of each layer, one an operation
};

}  // namespace nas
