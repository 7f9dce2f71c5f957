// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <nas/core/options.hpp>
#include <nas/networks/optimizers.hpp>
#include <nas/policies/advantages.hpp>
#include <nas/policies/learner_options.hpp>
#include <nas/policies/lstm_policy_options.hpp>
#include <nas/policies/reward_ranks.hpp>

namespace nas {

/// Defaults of nas::controller_options.
struct controller_defaults {
    static constexpr sourced batch{std::size_t{5}, "measured; AMBER: 3"};
    static constexpr sourced learning_rate{0.04, "measured; AMBER: 0.001"};
    static constexpr sourced baseline{baseline_kind::constant, "measured; AMBER: lagged_average"};
    static constexpr sourced scale{advantage_scale::none, "measured, with ranks; AMBER: none"};
    static constexpr sourced entropy{0.06, "measured; AMBER: 0"};
    static constexpr double entropy_decay = 0.1;
    static constexpr sourced epochs{std::size_t{5}, "measured; AMBER: 20"};
    static constexpr sourced clip{0.8, "measured; Schulman et al. 2017: 0.2"};
    static lstm_policy_options network() { return {.layers = 1, .initial = 0.7}; }
    static void presets(auto&& visit);
};
using controller_options = learner_options<controller_defaults>;

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
///
/// preset=amber_general and so on are the same in texts.
inline controller_options amber_controller_options(amber_controller kind) {
    controller_options options{.batch = 3,
                               .repeats = true,
                               .transform = reward_transform::none,
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
                               .kl_target = 0.05,
                               .network = {}};
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

/// ENAS' controller (Pham et al. 2018), but for what it has for skip connections: where the space has some, its skip_target is
/// 0.4 and its skip_weight 0.8. A batch is what its program has.
inline controller_options enas_controller_options() {
    return {.batch = 20,
            .repeats = true,
            .transform = reward_transform::none,
            .learning_rate = 0.00035,
            .baseline = baseline_kind::moving_average,
            .momentum = 0.99,
            .scale = advantage_scale::none,
            .entropy = 0.0001,
            .entropy_decay = 0,
            .epochs = 1,
            .clip = 0,
            .network = {.units = 64, .layers = 1, .temperature = 5, .tanh_constant = 2.5}};
}

inline void controller_defaults::presets(auto&& visit) {
    constexpr std::string_view amber = "AMBER (Zhang et al. 2021)";
    visit(preset{"amber_general", amber}, amber_controller_options(amber_controller::general));
    visit(preset{"amber_multi_input", amber}, amber_controller_options(amber_controller::multi_input));
    visit(preset{"amber_multi_input_output", amber}, amber_controller_options(amber_controller::multi_input_output));
    visit(preset{"amber_operation", amber}, amber_controller_options(amber_controller::operation));
    visit(preset{"enas", "ENAS (Pham et al. 2018)"}, enas_controller_options());
}

}  // namespace nas
