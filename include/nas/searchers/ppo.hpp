// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>

#include <nas/core/options.hpp>
#include <nas/policies/advantages.hpp>
#include <nas/policies/learner_options.hpp>
#include <nas/policies/softmax_policy.hpp>
#include <nas/searchers/policy_gradient.hpp>

namespace nas {

/// Defaults of nas::ppo_options.
struct ppo_defaults {
    static constexpr sourced batch{std::size_t{15}, "measured; NASNet, NNI: 20"};
    static constexpr sourced learning_rate{0.3, "measured; NASNet: 0.00035, NNI: 1e-4"};
    static constexpr sourced baseline{baseline_kind::constant, "measured; NASNet: an average"};
    static constexpr sourced scale{advantage_scale::none, "measured, with ranks; Spinning Up: batch"};
    static constexpr sourced entropy{0.1, "measured; NASNet: 1e-5"};
    static constexpr double entropy_decay = 0.06;
    static constexpr sourced epochs{std::size_t{6}, "measured; Schulman et al. 2017: 3 to 15"};
    static constexpr sourced clip{0.8, "measured; Schulman et al. 2017: 0.2"};
    static constexpr no_options network() { return {}; }
    static constexpr void presets(auto&& visit);
};
using ppo_options = learner_options<ppo_defaults>;

/// NASNet's PPO (Zoph et al. 2018, appendix A.3), which needs thousands of trials: preset=nasnet. How often it learned from a
/// batch is not published; 4 times is within what Schulman et al. (2017) do.
constexpr ppo_options nasnet_options() {
    return {.batch = 20,
            .repeats = true,
            .transform = reward_transform::none,
            .learning_rate = 0.00035,
            .baseline = baseline_kind::moving_average,
            .momentum = 0.95,
            .scale = advantage_scale::none,
            .entropy = 1e-5,
            .entropy_decay = 0,
            .epochs = 4,
            .clip = 0.2};
}
constexpr void ppo_defaults::presets(auto&& visit) {
    visit(preset{"nasnet", "NASNet (Zoph et al. 2018)"}, nasnet_options());
}

/// Proximal policy optimization (Schulman et al. 2017), with which NASNet (Zoph et al. 2018) searches: like REINFORCE, but
/// each batch is learned from several times, and an architecture whose probability has changed enough no more.
///
///     ask:   return a sample of the policy that was not told before (with `repeats`: any)
///     tell:  collect the trial; with `batch` of them:
///            advantage = (rank of the reward among the last ones, as a normal score - baseline) / scale
///            for `epochs` passes over the batch, in minibatches:
///                r = P(architecture) / P(architecture) before the first pass, for each architecture
///                loss = -mean (min(r * advantage, clip(r, 1 - clip, 1 + clip) * advantage) + entropy weight * entropy)
///                one step of the optimizer along the gradient of the loss
///
/// See nas::policy_learner for minibatches, replay of former batches, and the stop by kl_target. A trial that is not
/// completed counts as the worst completed one so far, and not at all before there is one. With least_entropy it ends, as
/// when all networks were told. A policy that has become certain goes on around its favourite (see nas::told_networks).
/// An architecture is one action: AMBER's ratio, one for all architectures of a batch, and its division by the reward are
/// not what the paper has.
///
/// Wins where a policy over independent decisions can say what is good: after 300 trials on tables it was not tuned on, about
/// a sixth of random search's regret; nas::mlpnas comes to an eighth. Where the trained policy is wanted, take `repeats=true`.
///
/// Defaults: those that were best at 50 to 300 trials over NAS-Bench-201, tables of networks and landscapes, exact and noisy.
/// The space must be a DecisionSpace. One objective.
template <class Space, class Policy = softmax_policy>
class ppo : public policy_gradient<Space, Policy, ppo_options> {
    using base = policy_gradient<Space, Policy, ppo_options>;

  public:
    explicit ppo(const Space& space, ppo_options options = {})
        : base("nas::ppo", space, options, Policy(space), true) {}
    /// From a policy that was made for `space`; std::invalid_argument where it is seen to be for another, see check_policy.
    ppo(Space space, ppo_options options, Policy policy)
        : base("nas::ppo", std::move(space), options, std::move(policy), false) {}
};

}  // namespace nas
