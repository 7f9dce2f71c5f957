// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <utility>

#include <nas/policies/lstm_policy.hpp>
#include <nas/searchers/controller_options.hpp>
#include <nas/searchers/policy_gradient.hpp>

namespace nas {

/// The recurrent controller (Zoph and Le 2017; with skip connections ENAS, Pham et al. 2018; with input and output blocks AMBER,
/// Zhang et al. 2021): an LSTM that makes one decision after the other, each knowing those before, and is trained by
/// proximal policy optimization, or, with `.clip = 0`, by the plain policy gradient.
///
///     ask:   return a sample of the LSTM's policy that was not told before (with `repeats`: any)
///     tell:  collect the trial; with `batch` of them:
///            advantage = (rank of the reward among the last ones, as a normal score - baseline) / scale
///            for `epochs` passes over the batch, in minibatches:
///                r = P(architecture) / P(architecture) before the first pass, for each architecture
///                loss = -mean (min(r * advantage, clip(r, 1 - clip, 1 + clip) * advantage) + entropy weight * entropy)
///                       + what the network's options add to it
///                one step of the optimizer along the gradient of the loss
///
/// One class serves all of AMBER's controllers: what is decided, and what is read when, follows from the space (see
/// nas::lstm_policy and nas::layer_space); nas::amber_controller_options has their options. For several data sets at once see
/// nas::zero_shot; for minibatches, replay, the stop by kl_target and trials that fail nas::policy_learner. With least_entropy
/// it ends, as one that has proposed everything.
///
/// Wins where one decision changes what another is worth and trials are few: on NK landscapes, after 100 trials, 0.5 to 0.7 of
/// random search's regret. On the tables of networks nas::ppo does as well at a tenth of the time, and nas::mlpnas better.
///
/// Defaults: those that were best at 50 to 300 trials over NAS-Bench-201, tables of networks and landscapes, exact and noisy.
/// Its network has one layer, and first weights of up to 0.7; `.network = {.units = 64}` has AMBER's two and 0.1 instead, as all
/// other lstm_policy_options: begin with controller_options{} and change what you want (`options.network.units = 64`).
/// The space must be a DecisionSpace. One objective.
template <class Space, std::floating_point Scalar = float>
class controller : public policy_gradient<Space, lstm_policy<Scalar>, controller_options> {
    using base = policy_gradient<Space, lstm_policy<Scalar>, controller_options>;

  public:
    /// First weights follow from the search's seed. Throws std::invalid_argument where an option is out of range, or the
    /// network's need what the space does not have.
    explicit controller(const Space& space, controller_options options = {})
        : base("nas::controller", space, options, lstm_policy<Scalar>(space, options.network), true) {}
    /// From a policy that was made for `space`, as one that was loaded, whose options take the place of options.network.
    controller(Space space, controller_options options, lstm_policy<Scalar> policy)
        : base("nas::controller", std::move(space), std::move(options), std::move(policy), false) {}
};

}  // namespace nas
