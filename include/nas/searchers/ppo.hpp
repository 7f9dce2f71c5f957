// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/options.hpp>
#include <nas/networks/learning_rate.hpp>
#include <nas/networks/optimizers.hpp>
#include <nas/policies/advantages.hpp>
#include <nas/policies/policy_learner.hpp>
#include <nas/policies/softmax_policy.hpp>

namespace nas {

struct ppo_options {
    std::size_t batch = 20;
    optimizer_kind optimizer = optimizer_kind::adam;
    double learning_rate = 0.3;
    rate_schedule schedule = rate_schedule::inverse;
    double decay = 0;
    baseline_kind baseline = baseline_kind::batch_mean;
    double constant = 0.5;
    double momentum = 0.9;
    advantage_scale scale = advantage_scale::batch;
    double advantage_limit = 0;
    double entropy = 0.2;
    double entropy_decay = 0.06;
    std::size_t epochs = 6;
    double clip = 0.5;
    std::size_t minibatch = 0;
    std::size_t replay = 1;
    bool fresh_advantages = false;
    double kl_target = 0;
    double gradient_norm = 0;
    double l2 = 0;
    double least_entropy = 0;

    static constexpr void fields(auto&& visit) {
        using self = ppo_options;
        visit(&self::batch, field{"batch", 1, 1e6, "measured; NNI: 20", "trials told before the policy is changed"});
        visit(&self::learning_rate, field{"learning_rate", 0, 1e6, "measured; NNI: 1e-4", "how much it is changed"});
        visit(&self::baseline,
              field{"baseline", 0, 0, "measured; NASNet: an average", "what is subtracted from rewards"});
        visit(&self::scale, field{"scale", 0, 0, "measured; Spinning Up: batch",
                                  "what the difference of reward and baseline is divided by"});
        visit(&self::entropy, field{"entropy", 0, 1e6, "measured; NASNet: 1e-5",
                                    "weight of the policy's entropy, which keeps it exploring"});
        visit(&self::epochs,
              field{"epochs", 1, 1e6, "measured; Schulman et al. 2017: 3 to 15", "passes over the batch"});
        visit(&self::clip, field{"clip", 1e-6, 1e6, "measured; Schulman et al. 2017: 0.2",
                                 "by what share a probability may change before it is left alone"});
        visit_learner_fields<self>(visit);
    }
};

/// Proximal policy optimization (Schulman et al. 2017), with which NASNet (Zoph et al. 2018) searches: like REINFORCE, but
/// each batch is learned from several times, and an architecture whose probability has changed enough no more.
///
///     ask:   return a sample of the policy
///     tell:  collect the trial; with `batch` of them:
///            advantage = (reward - baseline) / scale
///            for `epochs` passes over the batch, in minibatches:
///                r = P(architecture) / P(architecture) before the first pass, for each architecture
///                loss = -mean (min(r * advantage, clip(r, 1 - clip, 1 + clip) * advantage) + entropy weight * entropy)
///                one step of the optimizer along the gradient of the loss
///
/// See nas::policy_learner for minibatches, replay of former batches, and the stop by kl_target. A trial that is not
/// completed counts as the worst completed one so far, and not at all before there is one. With least_entropy it ends, as
/// one that has proposed everything.
/// An architecture is one action: AMBER's ratio, one for all architectures of a batch, and its division by the reward are
/// not what the paper has.
///
/// Defaults: those that were best over AMBER's table, NAS-Bench-201 and multilayer perceptrons at 100 and 300 trials.
/// The space must be a DecisionSpace. One objective.
template <class Space, class Policy = softmax_policy>
class ppo {
    static_assert(check_decision_space<Space>());
    static_assert(
        SequencePolicy<Policy, Space>,
        "nas: nas::ppo needs a policy over the decisions of its space: see nas::SequencePolicy for its members");

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using policy_type = Policy;
    using options_type = ppo_options;

    explicit ppo(const Space& space, ppo_options options = {})
        : learner_("nas::ppo", space, options, Policy(space), true) {}
    /// From a policy that was made for `space`; std::invalid_argument where it is seen to be for another, see check_policy.
    ppo(Space space, ppo_options options, Policy policy)
        : learner_("nas::ppo", std::move(space), options, std::move(policy), false) {}

    const Space& space() const noexcept { return learner_.space(); }
    const ppo_options& options() const noexcept { return learner_.options(); }
    const Policy& policy() const noexcept { return learner_.policy(); }
    const auto& given_weights() const noexcept { return learner_.given_weights(); }
    void begin(rng& random) {
        learner_.begin(random);
        learner_.draw_ahead(random);
    }

    /// How often the policy was changed.
    std::size_t changes() const noexcept { return learner_.changes(); }

    /// An architecture as the policy is now.
    arch_type sample_policy(rng& random) const { return learner_.sample(random); }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        return learner_.ask(view, random);
    }

    void tell(const trial<arch_type>& told, rng& random) {
        learner_.tell(told, random, [clip = options().clip](double advantage, double log_ratio) {
            return clipped_weight(advantage, log_ratio, clip);
        });
        learner_.draw_ahead(random);
    }

  private:
    policy_learner<Space, Policy, ppo_options> learner_;
};

}  // namespace nas
