// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nas/core/rng.hpp>

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

}  // namespace nas
