// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <torch/script.h>
#include <torch/torch.h>
#include <nas/core/options.hpp>
#include <nas/data/replace_file.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/torch/plan_module.hpp>

namespace nas {

namespace detail {

/// A plan as the source of a TorchScript function of a module that has the parameters and buffers of a plan_module, a line a node.
/// The network evaluates: batch normalisation goes by what it remembers, and nothing is dropped.
class torchscript_source {
  public:
    explicit torchscript_source(const network_plan& plan) : plan_(plan) {
        std::string arguments = "self";
        for (std::size_t k = 0; k < plan.inputs().size(); ++k) arguments += ", x" + std::to_string(k);
        text_ = "def forward(" + arguments + "):\n";
        for (std::size_t k = 0; k < plan.inputs().size(); ++k)
            line(plan.inputs()[k], "x" + std::to_string(k) + ".reshape(" + sizes_of(plan.inputs()[k], "-1") + ")");
        for (std::size_t i = 0; i < plan.nodes().size(); ++i)
            if (!plan.nodes()[i].inputs.empty()) line(i, expression(i));
        text_ += "    return ";
        for (std::size_t k = 0; k < plan.outputs().size(); ++k)
            text_ += (k == 0 ? "" : ", ") + value(plan.outputs()[k]);
        text_ += "\n";
    }

    const std::string& text() const noexcept { return text_; }

  private:
    static std::string value(std::size_t i) { return "v" + std::to_string(i); }
    static std::string own(std::size_t i, const char* name) { return "self.node" + std::to_string(i) + "_" + name; }
    static std::string call(const std::string& function, const std::vector<std::string>& arguments) {
        std::string text = "torch." + function + "(";
        for (std::size_t i = 0; i < arguments.size(); ++i) text += (i == 0 ? "" : ", ") + arguments[i];
        return text + ")";
    }
    static std::string list(const plan_extent& extent) {
        return "[" + std::to_string(extent[0]) + ", " + std::to_string(extent[1]) + "]";
    }

    void line(std::size_t i, const std::string& what) { text_ += "    " + value(i) + " = " + what + "\n"; }

    std::string sizes_of(std::size_t i, const std::string& rows) const {
        const plan_shape& shape = plan_.shape(i);
        const std::string channels = "[" + rows + ", " + std::to_string(shape.channels);
        if (shape.flat) return channels + "]";
        return channels + ", " + std::to_string(shape.height) + ", " + std::to_string(shape.width) + "]";
    }

    // The image with such numbers around it, and the pads that are left for the window.
    static bool is_even(const plan_node& node) { return node.before == node.after; }
    static std::string padded(const std::string& x, const plan_node& node, const char* around) {
        if (is_even(node)) return x;
        return call("constant_pad_nd",
                    {x,
                     "[" + std::to_string(node.before[1]) + ", " + std::to_string(node.after[1]) + ", " +
                         std::to_string(node.before[0]) + ", " + std::to_string(node.after[0]) + "]",
                     around});
    }
    static std::string pads_left(const plan_node& node) { return is_even(node) ? list(node.before) : "[0, 0]"; }

    std::string expression(std::size_t i) const {
        const plan_node& node = plan_.nodes()[i];
        const std::string x = value(node.inputs[0]);
        switch (node.operation) {
            case plan_operation::dense:
                return node.bias ? call("addmm", {own(i, "bias"), x, own(i, "weight")})
                                 : call("mm", {x, own(i, "weight")});
            case plan_operation::separable_dense:
                return separable_dense(i);
            case plan_operation::convolution:
                return call("conv2d",
                            {padded(x, node, "0."), own(i, "weight"), node.bias ? own(i, "bias") : "None",
                             list(node.stride), pads_left(node), list(node.dilation), std::to_string(node.groups)});
            case plan_operation::batch_norm:
                return call("batch_norm",
                            {x, own(i, "weight"), own(i, "bias"), own(i, "mean"), own(i, "variance"), "False",
                             option_text(batch_norm_momentum), option_text(batch_norm_epsilon), "False"});
            case plan_operation::activate:
                return node.function == activation::linear ? x : call(option_text(node.function), {x});
            case plan_operation::max_pool:
                return call("max_pool2d",
                            {padded(x, node, "float('-inf')"), list(node.kernel), list(node.stride), pads_left(node)});
            case plan_operation::average_pool:
                return average_pool(x, node);
            case plan_operation::global_max_pool:
                return call("amax", {x, "[2, 3]"});
            case plan_operation::global_average_pool:
                return call("mean", {x, "[2, 3]"});
            case plan_operation::flatten:
                return call("flatten", {x, "1"});
            case plan_operation::add:
                return joined(node, " + ");
            case plan_operation::concatenate:
                return call("cat", {"[" + joined(node, ", ") + "]", "1"});
            case plan_operation::zero:
                return call("zeros", {sizes_of(i, x + ".size(0)"), "dtype=" + x + ".dtype", "device=" + x + ".device"});
            default:
                return x;
        }
    }

    static std::string joined(const plan_node& node, const char* between) {
        std::string text;
        for (const std::size_t from : node.inputs) text += (text.empty() ? "" : between) + value(from);
        return text;
    }

    static std::string average_pool(const std::string& x, const plan_node& node) {
        const auto pool = [&node](const std::string& image) {
            return call("avg_pool2d", {padded(image, node, "0."), list(node.kernel), list(node.stride), pads_left(node),
                                       "False", /*count_include_pad*/ "False"});
        };
        return is_even(node) ? pool(x) : pool(x) + " / " + pool("torch.ones_like(" + x + ")");
    }

    std::string separable_dense(std::size_t i) const {
        const plan_node& node = plan_.nodes()[i];
        const plan_shape& read = plan_.shape(node.inputs[0]);
        const std::size_t positions = read.height * read.width;
        std::string weights = own(i, "position");
        if (node.symmetric)
            weights = call("cat", {"[" + weights + ", " + call("flip", {weights, "[0]"}) + ".narrow(0, " +
                                       std::to_string(positions % 2) + ", " + std::to_string(positions / 2) + ")]",
                                   "0"});
        const std::string sums = call("matmul", {value(node.inputs[0]) + ".flatten(2)", weights});
        return call("sum", {sums + " * " + own(i, "channel"), "[1]"}) + (node.bias ? " + " + own(i, "bias") : "");
    }

    const network_plan& plan_;
    std::string text_;
};

}  // namespace detail

/// A network as a TorchScript module, which Python and C++ run without this library: its `forward` takes a tensor for each input,
/// [rows, numbers...], and answers the sums of the one output, [rows, units], or a tuple of several. It evaluates. Throws
/// std::invalid_argument where `net` is several networks side by side.
inline ::torch::jit::Module to_torchscript(const plan_module& net) {
    if (net.copies() != 1)
        throw std::invalid_argument("nas::to_torchscript: there are " + std::to_string(net.copies()) +
                                    " networks; give one of them to a plan_module of its own");
    ::torch::jit::Module script("__torch__.nas_network");
    for (const auto& one : net.named_parameters())
        script.register_parameter(one.key(), one.value().detach().clone(), /*is_buffer=*/false);
    for (const auto& one : net.named_buffers()) script.register_buffer(one.key(), one.value().detach().clone());
    script.define(detail::torchscript_source(net.plan()).text());
    script.register_attribute("training", c10::BoolType::get(), false);
    return script;
}

/// Writes it, for torch::jit::load (Python: torch.jit.load), in place of an earlier file, which is whole until the new one is. Throws
/// std::runtime_error where that is not possible.
///
/// ONNX is made from that file by Python's torch, which has what C++ lacks for it:
///
///     torch.onnx.export(torch.jit.load("net.pt"), (torch.zeros(1, 3, 32, 32),), "net.onnx", dynamo=False)
inline void write_torchscript(const std::filesystem::path& path, const plan_module& net) {
    std::ostringstream bytes;
    to_torchscript(net).save(bytes);
    detail::replace_file(path, bytes.str());
}

}  // namespace nas
