// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <nas/searchers/controller.hpp>

namespace nas {

/// The controllers of AMBER (Zhang et al. 2021) that search one data set.
enum class amber_controller : std::uint8_t {
    general,             ///< operations, and skip connections where the space has them
    multi_input,         ///< of a space with skip connections and input blocks
    multi_input_output,  ///< and with output blocks
    operation,           ///< operations only, a small network trained by PPO
};

/// What AMBER's controllers do by default, for nas::controller. What they decide is the space's: nas::layer_space_options has
/// AMBER's options of wiring.
///
///     nas::layer_space space{model, {.skips = true, .input_blocks = 2}};
///     nas::controller searcher{space, nas::amber_controller_options(nas::amber_controller::multi_input)};
///
/// A step of AMBER's environment is a batch of 3 architectures; the buffer holds as many batches as `replay` says. Where AMBER
/// has a mistake, this has what was meant: KL divergence stops the passes without being verbose too, the operation
/// controller reads what was chosen and keeps its learning rate, ratios are those of single architectures, losses are means.
inline controller_options amber_controller_options(amber_controller kind) {
    controller_options options{.batch = 3,
                               .learning_rate = 0.001,
                               .baseline = baseline_kind::lagged_average,
                               .momentum = 1 - 1.0 / 15,
                               .scale = advantage_scale::none,
                               .advantage_limit = 10,
                               .entropy = 0,
                               .entropy_decay = 0,
                               .epochs = 20,
                               .clip = 0,
                               .minibatch = 5,
                               .replay = 15,
                               .kl_target = 0.05};
    switch (kind) {
        case amber_controller::general:
            break;
        case amber_controller::multi_input:
        case amber_controller::multi_input_output:
            options.network.skip_weight = 0.5;
            break;
        case amber_controller::operation:
            options.optimizer = optimizer_kind::rmsprop;
            options.learning_rate = 0.005;
            options.momentum = 1 - 1.0 / 50;
            options.entropy = 0.001;
            options.epochs = 100;
            options.clip = 0.2;
            options.replay = 50;
            options.network = {.units = 16, .layers = 1};
            break;
    }
    return options;
}

}  // namespace nas
