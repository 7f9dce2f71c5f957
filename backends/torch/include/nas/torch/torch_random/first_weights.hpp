// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <torch/torch.h>
#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/networks/normal_quantile.hpp>

/// The first weights of libtorch's modules.
namespace nas::detail {

template <class... Kinds>
bool is_any(const ::torch::nn::Module& module) {
    return ((dynamic_cast<const Kinds*>(&module) != nullptr) || ...);
}

/// Fills it by `draw()`, number by number.
template <class Draw>
void fill_each(::torch::Tensor& tensor, Draw&& draw) {
    const ::torch::Tensor values = ::torch::empty(tensor.sizes(), ::torch::kFloat);
    std::generate_n(values.data_ptr<float>(), values.numel(), [&draw] { return static_cast<float>(draw()); });
    tensor.copy_(values);
}

/// All own parameters uniform in +-1 / sqrt(size).
inline void set_uniform(::torch::nn::Module& module, std::int64_t size, rng& random) {
    const double limit = 1 / std::sqrt(static_cast<double>(size));
    for (auto& one : module.named_parameters(false))
        fill_each(one.value(), [&random, limit] { return limit * (2 * unit(random) - 1); });
}

inline bool draws_from_the_process(const ::torch::nn::Module& module) {
    using namespace ::torch::nn;
    if (is_any<DropoutImpl, Dropout2dImpl, Dropout3dImpl, AlphaDropoutImpl, FeatureAlphaDropoutImpl, RReLUImpl,
               FractionalMaxPool2dImpl, FractionalMaxPool3dImpl>(module))
        return true;
    const auto* const lstm = dynamic_cast<const LSTMImpl*>(&module);
    const auto* const gru = dynamic_cast<const GRUImpl*>(&module);
    const auto* const rnn = dynamic_cast<const RNNImpl*>(&module);
    return (lstm != nullptr && lstm->options.dropout() > 0) || (gru != nullptr && gru->options.dropout() > 0) ||
           (rnn != nullptr && rnn->options.dropout() > 0);
}

template <class Kind>
bool set_recurrent(::torch::nn::Module& module, rng& random) {
    const auto* const of = dynamic_cast<const Kind*>(&module);
    if (of != nullptr) set_uniform(module, of->options.hidden_size(), random);
    return of != nullptr;
}

/// Each number normal, but 0 for what pads.
template <class Kind>
bool set_embedding(::torch::nn::Module& module, rng& random) {
    auto* const of = dynamic_cast<Kind*>(&module);
    if (of == nullptr) return false;
    // Half a step away from 0, of which the quantile is not finite.
    fill_each(of->weight, [&random] { return normal_quantile(unit(random) + 0x1.0p-54); });
    if (of->options.padding_idx()) of->weight[*of->options.padding_idx()].zero_();
    return true;
}

/// Of one module, not of those in it.
inline void set_first_weights(::torch::nn::Module& module, const std::string& name, rng& random) {
    using namespace ::torch::nn;
    const auto fail = [&](const std::string& why) {
        throw std::invalid_argument("nas::initialize: " + (name.empty() ? "the module" : "module '" + name + "'") +
                                    " (" + module.name() + ") " + why);
    };
    if (draws_from_the_process(module))
        fail(
            "draws from the generator of the whole process, so that trials depend on each other; use nas::torch_dropout");
    const auto own = module.named_parameters(false);
    if (is_any<LinearImpl, BilinearImpl, Conv1dImpl, Conv2dImpl, Conv3dImpl, ConvTranspose1dImpl, ConvTranspose2dImpl,
               ConvTranspose3dImpl>(module)) {
        const ::torch::Tensor& weight = own["weight"];
        const bool bilinear = is_any<BilinearImpl>(module);
        set_uniform(module, bilinear ? weight.size(1) : weight[0].numel(), random);
    } else if (is_any<BatchNorm1dImpl, BatchNorm2dImpl, BatchNorm3dImpl, InstanceNorm1dImpl, InstanceNorm2dImpl,
                      InstanceNorm3dImpl, LayerNormImpl, GroupNormImpl>(module)) {
        for (const auto& one : own) one.value().fill_(one.key() == "weight" ? 1 : 0);
        for (const auto& one : module.named_buffers(false)) one.value().fill_(one.key() == "running_var" ? 1 : 0);
    } else if (const auto* const prelu = dynamic_cast<const PReLUImpl*>(&module)) {
        own["weight"].fill_(prelu->options.init());
    } else if (set_recurrent<LSTMImpl>(module, random) || set_recurrent<GRUImpl>(module, random) ||
               set_recurrent<RNNImpl>(module, random) || set_recurrent<LSTMCellImpl>(module, random) ||
               set_recurrent<GRUCellImpl>(module, random) || set_recurrent<RNNCellImpl>(module, random) ||
               set_embedding<EmbeddingImpl>(module, random) || set_embedding<EmbeddingBagImpl>(module, random)) {
        return;
    } else if (!own.is_empty()) {
        fail("has parameters of its own ('" + own.front().key() +
             "'), and nothing says how they begin; derive it from nas::torch_initialized, too");
    }
}

}  // namespace nas::detail
