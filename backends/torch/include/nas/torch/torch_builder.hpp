// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <torch/torch.h>
#include <nas/core/context.hpp>
#include <nas/core/rng.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/torch/plan_module.hpp>

namespace nas {

/// A network as a trainer calls it. Copies are the same network.
struct torch_model {
    std::shared_ptr<::torch::nn::Module> module;
    /// From a tensor for each input, [rows, ...], to one for each output, [rows, units]: sums, to which a trainer applies what its
    /// loss needs (softmax, sigmoid).
    std::function<std::vector<::torch::Tensor>(const std::vector<::torch::Tensor>&)> forward;
    std::shared_ptr<plan_module> plan = {};          ///< `module`, where it was built from a network_plan
    bool penalized = false;                          ///< whether the plan adds to a loss
    std::vector<plan_shape> input_shapes = {};       ///< of a row of each input; none: as the data have it
    std::shared_ptr<std::vector<rng>> randoms = {};  ///< what it draws from
};

namespace detail {

/// The class of the module that a std::shared_ptr or a ModuleHolder (what TORCH_MODULE makes) holds; otherwise void.
template <class T>
struct held_module {
    using type = void;
};
template <class Module>
    requires std::derived_from<Module, ::torch::nn::Module>
struct held_module<std::shared_ptr<Module>> {
    using type = Module;
};
template <class Holder>
    requires(std::is_base_of_v<::torch::detail::ModuleHolderIndicator, Holder>)
struct held_module<Holder> {
    using type = typename Holder::ContainedType;
};

template <class Module>
concept ReadsTensor = requires(Module& module, const ::torch::Tensor& input) {
    module.forward(input);
};
template <class Module>
concept ReadsTensors = requires(Module& module, const std::vector<::torch::Tensor>& inputs) {
    module.forward(inputs);
};

template <class Result>
concept MakesTensors = std::same_as<std::remove_cvref_t<Result>, ::torch::Tensor> ||
    std::same_as<std::remove_cvref_t<Result>, std::vector<::torch::Tensor>>;

/// Whether `Module` has a forward that a trainer can call.
template <class Module>
consteval bool has_forward() {
    if constexpr (std::is_void_v<Module>) {
        return false;
    } else if constexpr (ReadsTensor<Module>) {
        return MakesTensors<decltype(std::declval<Module&>().forward(std::declval<const ::torch::Tensor&>()))>;
    } else if constexpr (ReadsTensors<Module>) {
        return MakesTensors<decltype(std::declval<Module&>().forward(
            std::declval<const std::vector<::torch::Tensor>&>()))>;
    } else {
        return false;
    }
}

template <class Result>
inline constexpr bool is_torch_network = std::same_as<Result, network_plan> ||
                                         has_forward<typename held_module<Result>::type>();

inline std::vector<::torch::Tensor> as_list(::torch::Tensor tensor) { return {std::move(tensor)}; }
inline std::vector<::torch::Tensor> as_list(std::vector<::torch::Tensor> tensors) { return tensors; }

template <class Module>
torch_model model_of(std::shared_ptr<Module> module) {
    if (!module) throw std::invalid_argument("nas::torch_trainer: the builder answered no module");
    torch_model model{.module = module, .forward = {}};
    model.forward = [module](const std::vector<::torch::Tensor>& inputs) {
        if constexpr (ReadsTensor<Module>)
            if (inputs.size() == 1) return as_list(module->forward(inputs.front()));
        if constexpr (ReadsTensors<Module>) return as_list(module->forward(inputs));
        throw fatal_error("nas::torch_trainer: the network reads one tensor, but the data have " +
                          std::to_string(inputs.size()) +
                          " inputs; give it `std::vector<torch::Tensor> forward(const std::vector<torch::Tensor>&)`");
    };
    return model;
}

}  // namespace detail

/// What turns architectures into networks, as const and maybe from several threads at once: a callable from an architecture to a
/// network_plan, or to a torch module, a ModuleHolder (what TORCH_MODULE makes) or a std::shared_ptr of one, with
/// `Tensor forward(Tensor)` or, for several inputs or outputs,
/// `std::vector<Tensor> forward(const std::vector<Tensor>&)`. Outputs are sums, [rows, units].
///
/// A builder may say by `std::vector<nas::plan_shape> input_shapes() const` which shapes the rows of a data set take for it.
template <class Builder, class Arch>
concept TorchBuilder = std::invocable<const Builder&, const Arch&> &&
    detail::is_torch_network<std::remove_cvref_t<std::invoke_result_t<const Builder&, const Arch&>>>;

/// Whether a builder makes plans, which have a number of operations and can be trained side by side.
template <class Builder, class Arch>
inline constexpr bool builds_plans =
    std::same_as<std::remove_cvref_t<std::invoke_result_t<const Builder&, const Arch&>>, network_plan>;

/// `copies` networks of a plan, side by side.
inline torch_model make_torch_model(const network_plan& plan, std::size_t copies = 1) {
    auto module = std::make_shared<plan_module>(plan, copies);
    torch_model model = detail::model_of(module);
    model.plan = std::move(module);
    for (const plan_node& node : plan.nodes()) model.penalized = model.penalized || !node.penalty.none();
    for (const std::size_t input : plan.inputs()) model.input_shapes.push_back(plan.shape(input));
    return model;
}

/// The network of any answer of a builder.
template <class Network>
    requires(detail::is_torch_network<Network> && !std::same_as<Network, network_plan>)
torch_model make_torch_model(const Network& network) {
    using module = typename detail::held_module<Network>::type;
    if constexpr (std::same_as<Network, std::shared_ptr<module>>) {
        return detail::model_of(network);
    } else {
        return detail::model_of(network.is_empty() ? nullptr : network.ptr());
    }
}

}  // namespace nas
