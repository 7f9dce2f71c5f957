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

struct reinforce_options {
    std::size_t batch = 1;
    optimizer_kind optimizer = optimizer_kind::adam;
    double learning_rate = 0.25;
    rate_schedule schedule = rate_schedule::inverse;
    double decay = 0;
    baseline_kind baseline = baseline_kind::moving_average;
    double constant = 0.5;
    double momentum = 0.9;
    advantage_scale scale = advantage_scale::running;
    double advantage_limit = 0;
    double entropy = 0.8;
    double entropy_decay = 0.1;
    std::size_t epochs = 1;
    std::size_t minibatch = 0;
    std::size_t replay = 1;
    bool fresh_advantages = false;
    double kl_target = 0;
    double gradient_norm = 0;
    double l2 = 0;
    double least_entropy = 0;

    static constexpr void fields(auto&& visit) {
        using self = reinforce_options;
        visit(&self::batch, field{"batch", 1, 1e6, "NATS-Bench: 1", "trials told before the policy is changed"});
        visit(&self::learning_rate,
              field{"learning_rate", 0, 1e6, "measured; NATS-Bench: 0.01, which needs thousands of trials",
                    "how much it is changed"});
        visit(&self::baseline,
              field{"baseline", 0, 0, "NATS-Bench: moving_average", "what is subtracted from rewards"});
        visit(&self::scale, field{"scale", 0, 0, "measured; NATS-Bench: none",
                                  "what the difference of reward and baseline is divided by"});
        visit(&self::entropy, field{"entropy", 0, 1e6, "measured; NATS-Bench: 0",
                                    "weight of the policy's entropy, which keeps it exploring"});
        visit(&self::epochs, field{"epochs", 1, 1e6, "NATS-Bench: 1; AMBER: 10", "passes over the batch"});
        visit_learner_fields<self>(visit);
    }
};

/// The policy gradient (REINFORCE, Williams 1992), as Zoph and Le (2017) brought it to architecture search: a policy, from
/// which architectures are drawn, is changed so that the better ones become more probable.
///
///     ask:   return a sample of the policy
///     tell:  collect the trial; with `batch` of them:
///            advantage = (reward - baseline) / scale
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
/// Defaults: those that were best over AMBER's table, NAS-Bench-201 and multilayer perceptrons at 100 and 300 trials.
/// NATS-Bench's: `.learning_rate = 0.01, .scale = none, .entropy = 0`.
/// It proposes what it has proposed before, ever more often; nas::deduplicated prevents that.
/// The space must be a DecisionSpace. One objective.
template <class Space, class Policy = softmax_policy>
class reinforce {
    static_assert(check_decision_space<Space>());
    static_assert(
        SequencePolicy<Policy, Space>,
        "nas: nas::reinforce needs a policy over the decisions of its space: see nas::SequencePolicy for its members");

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using policy_type = Policy;
    using options_type = reinforce_options;

    explicit reinforce(const Space& space, reinforce_options options = {})
        : learner_("nas::reinforce", space, options, Policy(space), true) {}
    /// From a policy that was made for `space`; std::invalid_argument where it is seen to be for another, see check_policy.
    reinforce(Space space, reinforce_options options, Policy policy)
        : learner_("nas::reinforce", std::move(space), options, std::move(policy), false) {}

    const Space& space() const noexcept { return learner_.space(); }
    const reinforce_options& options() const noexcept { return learner_.options(); }
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
        learner_.tell(told, random, [](double advantage) { return advantage; });
        learner_.draw_ahead(random);
    }

  private:
    policy_learner<Space, Policy, reinforce_options> learner_;
};

}  // namespace nas
