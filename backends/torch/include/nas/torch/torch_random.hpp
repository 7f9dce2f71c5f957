// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <stdexcept>
#include <string>

#include <torch/torch.h>
#include <nas/core/rng.hpp>
#include <nas/networks/dropout_mask.hpp>
#include <nas/torch/torch_random/first_weights.hpp>

namespace nas {

/// What a module of yours is, besides torch::nn::Module, that draws while training: libtorch's own generator is one of the whole
/// process, and what a trial draws from it depends on the others.
class torch_random {
  public:
    virtual ~torch_random() = default;
    /// From now on it draws from `random`, which must live as long as it trains.
    virtual void draw_from(rng& random) = 0;
};

/// What a module of yours is, besides torch::nn::Module, that has parameters of its own.
class torch_initialized {
  public:
    virtual ~torch_initialized() = default;
    /// Gives its own parameters, not those of modules in it, their first values.
    virtual void initialize(rng& random) = 0;
};

namespace detail {

/// `see(module, name)` for the module and all in it, in the order in which they were registered.
template <class See>
void for_each_module(::torch::nn::Module& module, See&& see) {
    see(module, std::string());
    for (const auto& one : module.named_modules(std::string(), /*include_self=*/false)) see(*one.value(), one.key());
}

/// A mask of this shape, on the CPU.
inline ::torch::Tensor dropout_mask(rng& random, double keep, ::torch::IntArrayRef sizes) {
    ::torch::Tensor mask = ::torch::empty(sizes, ::torch::kFloat);
    draw_dropout_mask<float>(random, keep, {mask.data_ptr<float>(), static_cast<std::size_t>(mask.numel())});
    return mask;
}

}  // namespace detail

/// Gives all parameters of a module their first values, as functions of `random`, whatever they were before: of libtorch's linear,
/// convolution, normalisation, embedding and recurrent modules by the formulas that libtorch has for them, of those that are
/// torch_initialized by their own. What normalisation remembers is forgotten.
///
/// Throws std::invalid_argument where a module has parameters of its own and is neither, or draws from libtorch's generator, as
/// torch::nn::Dropout does. That a forward calls torch::dropout or torch::rand nobody can see: use torch_dropout, or draw from a
/// torch_random's generator.
inline void initialize(::torch::nn::Module& module, rng& random) {
    const ::torch::NoGradGuard none;
    detail::for_each_module(module, [&random](::torch::nn::Module& one, const std::string& name) {
        if (auto* const own = dynamic_cast<torch_initialized*>(&one)) {
            own->initialize(random);
        } else {
            detail::set_first_weights(one, name, random);
        }
    });
}

/// From now on all that draws in a module, as torch_dropout, draws from `random`, which must live as long as it trains.
inline void draw_from(::torch::nn::Module& module, rng& random) {
    detail::for_each_module(module, [&random](::torch::nn::Module& one, const std::string&) {
        if (auto* const draws = dynamic_cast<torch_random*>(&one)) draws->draw_from(random);
    });
}

/// See torch_dropout.
class torch_dropout_impl : public ::torch::nn::Module, public torch_random {
  public:
    /// Throws std::invalid_argument where the rate is not in [0, 1).
    explicit torch_dropout_impl(double rate = 0.5) : rate_(rate) {
        if (!(rate >= 0 && rate < 1))
            throw std::invalid_argument("nas::torch_dropout: rate (" + std::to_string(rate) + ") must be in [0, 1)");
    }

    double rate() const noexcept { return rate_; }
    void draw_from(rng& random) override { random_ = &random; }

    /// Throws std::logic_error while training where it has no generator.
    ::torch::Tensor forward(const ::torch::Tensor& x) {
        if (!is_training() || rate_ == 0) return x;
        if (random_ == nullptr)
            throw std::logic_error("nas::torch_dropout: there is no generator to train with; call nas::draw_from");
        return x * detail::dropout_mask(*random_, 1 - rate_, x.sizes()).to(x.device(), x.scalar_type());
    }

    void pretty_print(std::ostream& stream) const override { stream << "nas::torch_dropout(" << rate_ << ")"; }

  private:
    double rate_;
    rng* random_ = nullptr;
};

/// Dropout as torch::nn::Dropout, but drawn from the trial's generator, by nas::mlp's rule: `rate` is the share that is dropped
/// while training. Masks are drawn on the CPU, in the order of the numbers.
TORCH_MODULE_IMPL(torch_dropout, torch_dropout_impl);

}  // namespace nas
