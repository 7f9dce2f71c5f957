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

/// Defaults of nas::reinforce_options.
struct reinforce_defaults {
    static constexpr sourced batch{std::size_t{1}, "NATS-Bench: 1"};
    static constexpr sourced learning_rate{0.25, "measured; NATS-Bench: 0.01, which needs thousands of trials"};
    static constexpr sourced baseline{baseline_kind::constant, "measured; NATS-Bench: moving_average"};
    static constexpr sourced scale{advantage_scale::none, "measured, with ranks; NATS-Bench: none"};
    static constexpr sourced entropy{0.8, "measured; NATS-Bench: 0"};
    static constexpr double entropy_decay = 0.2;
    static constexpr sourced epochs{std::size_t{1}, "NATS-Bench: 1; AMBER: 10"};
    static constexpr sourced clip{no_options{}, ""};
    static constexpr no_options network() { return {}; }
    static constexpr void presets(auto&& visit);
};
using reinforce_options = learner_options<reinforce_defaults>;

/// NATS-Bench's REINFORCE (Dong et al. 2021), which needs thousands of trials: preset=nats_bench.
constexpr reinforce_options nats_bench_options() {
    return {.repeats = true,
            .transform = reward_transform::none,
            .learning_rate = 0.01,
            .baseline = baseline_kind::moving_average,
            .scale = advantage_scale::none,
            .entropy = 0,
            .entropy_decay = 0};
}
constexpr void reinforce_defaults::presets(auto&& visit) {
    visit(preset{"nats_bench", "NATS-Bench (Dong et al. 2021)"}, nats_bench_options());
}

/// The policy gradient (REINFORCE, Williams 1992), as Zoph and Le (2017) brought it to architecture search: a policy, from
/// which architectures are drawn, is changed so that the better ones become more probable.
///
///     ask:   return a sample of the policy that was not told before (with `repeats`: any)
///     tell:  collect the trial; with `batch` of them:
///            advantage = (rank of the reward among the last ones, as a normal score - baseline) / scale
///            loss = -1/batch * sum over the trials (advantage * log P(architecture) + entropy weight * entropy)
///            one step of the optimizer along the gradient of the loss
///
/// log P is that of the policy as it is in tell. The entropy is that of the distributions on the architecture's way, as if
/// the way did not depend on the policy. A trial that is not completed counts as the worst completed one so far, and not at
/// all before there is one. Enqueued and imported trials are learned from like others.
/// With options epochs, minibatch and replay it learns more from each trial, as AMBER does; see nas::policy_learner. It then
/// moves as if its policy were still the one that proposed what it learns from; nas::ppo accounts for that.
/// With least_entropy it ends, as one that has proposed everything.
///
/// Ranks (see nas::reward_ranks) make it the same for errors and their logarithm. A policy that has become certain goes on
/// around its favourite (see nas::told_networks); all networks told, it ends. What it proposes then is learned from like the
/// rest, with nas::ppo measured: left out, 0.111 of random search's regret in place of 0.095 after 300 trials.
/// The constant baseline keeps what a policy learned when only bad networks are left: the mean of a batch would call the best
/// of them good.
///
/// Wins where a policy over independent decisions can say what is good: after 300 trials on tables it was not tuned on, about
/// a seventh to a sixth of random search's regret; nas::mlpnas comes to an eighth. Where the trained policy is wanted, take
/// `repeats=true`.
///
/// Defaults: those that were best at 50 to 300 trials over NAS-Bench-201, tables of networks and landscapes, exact and noisy.
/// The space must be a DecisionSpace. One objective.
template <class Space, class Policy = softmax_policy>
class reinforce : public policy_gradient<Space, Policy, reinforce_options> {
    using base = policy_gradient<Space, Policy, reinforce_options>;

  public:
    explicit reinforce(const Space& space, reinforce_options options = {})
        : base("nas::reinforce", space, options, Policy(space), true) {}
    /// From a policy that was made for `space`; std::invalid_argument where it is seen to be for another, see check_policy.
    reinforce(Space space, reinforce_options options, Policy policy)
        : base("nas::reinforce", std::move(space), options, std::move(policy), false) {}
};

}  // namespace nas
