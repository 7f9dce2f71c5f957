// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/options.hpp>
#include <nas/models/advantages.hpp>
#include <nas/models/learning_rate.hpp>
#include <nas/models/optimizers.hpp>
#include <nas/models/softmax_policy.hpp>

namespace nas {

struct reinforce_options {
    std::size_t batch = 1;
    optimizer_kind optimizer = optimizer_kind::adam;
    double learning_rate = 0.2;
    double decay = 0;
    baseline_kind baseline = baseline_kind::moving_average;
    double constant = 0.5;
    double momentum = 0.9;
    advantage_scale scale = advantage_scale::running;
    double entropy = 0.2;

    static constexpr void fields(auto&& visit) {
        visit(&reinforce_options::batch,
              field{"batch", 1, 1e6, "NATS-Bench: 1", "trials told before the policy is changed"});
        visit(&reinforce_options::optimizer, field{"optimizer", 0, 0, "NATS-Bench: adam", "how it is changed"});
        visit(&reinforce_options::learning_rate,
              field{"learning_rate", 0, 1e6, "measured; NATS-Bench: 0.01, which needs thousands of trials",
                    "how much it is changed"});
        visit(&reinforce_options::decay, field{"decay", 0, 1e6, "NATS-Bench: none; MLPNAS: 0.1",
                                               "the learning rate is divided by 1 + decay * changes so far"});
        visit(&reinforce_options::baseline,
              field{"baseline", 0, 0, "NATS-Bench: moving_average", "what is subtracted from rewards"});
        visit(&reinforce_options::constant,
              field{"constant", -1e300, 1e300, "MLPNAS: 0.5", "that of the constant baseline"});
        visit(&reinforce_options::momentum,
              field{"momentum", 0, 0.9999999, "NATS-Bench: 0.9",
                    "how much of the moving averages, of rewards and of squares, is kept"});
        visit(&reinforce_options::scale, field{"scale", 0, 0, "measured; NATS-Bench: none",
                                               "what the difference of reward and baseline is divided by"});
        visit(&reinforce_options::entropy, field{"entropy", 0, 1e6, "measured; NATS-Bench: 0",
                                                 "weight of the policy's entropy, which keeps it exploring"});
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
///
/// Defaults: those that were best over NAS-Bench-201, AMBER's table, multilayer perceptrons with noise and synthetic
/// landscapes at 100 and 300 trials. NATS-Bench's: `.learning_rate = 0.01, .scale = none, .entropy = 0`.
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

    explicit reinforce(Space space, reinforce_options options = {}) : reinforce(space, options, Policy(space)) {}
    /// From a policy that was made for `space`; std::invalid_argument where it has not as many parameters as such a one.
    reinforce(Space space, reinforce_options options, Policy policy)
        : space_(std::move(space)),
          options_(checked(options)),
          policy_(std::move(policy)),
          optimizer_(options_.optimizer, policy_.parameters().size()),
          advantages_({options_.baseline, options_.constant, options_.momentum}, options_.scale, options_.momentum),
          gradient_(policy_.parameters().size()) {
        const std::size_t given = policy_.parameters().size();
        const std::size_t wanted = Policy(space_).parameters().size();
        if (given != wanted)
            throw std::invalid_argument("nas::reinforce: the policy has " + std::to_string(given) +
                                        " parameters; one for this space has " + std::to_string(wanted));
        genotypes_.reserve(options_.batch);
        rewards_.reserve(options_.batch);
    }

    const Space& space() const noexcept { return space_; }
    const reinforce_options& options() const noexcept { return options_; }
    const Policy& policy() const noexcept { return policy_; }
    /// How often the policy was changed.
    std::size_t changes() const noexcept { return changes_; }

    /// An architecture as the policy is now.
    arch_type sample_policy(rng& random) const { return space_.architecture(policy_.sample(space_, random)); }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>&, rng& random) const {
        return propose(sample_policy(random));
    }

    void tell(const trial<arch_type>& told, rng&) {
        const double reward = reward_(told);
        if (reward != reward) return;
        genotypes_.push_back(space_.genotype(told.arch));
        rewards_.push_back(reward);
        if (rewards_.size() < options_.batch) return;
        learn();
        genotypes_.clear();
        rewards_.clear();
    }

  private:
    using genotype_type = typename Space::genotype_type;
    using scalar_type = typename Policy::scalar_type;

    static const reinforce_options& checked(const reinforce_options& options) {
        check_options("nas::reinforce", options);
        check_batch("nas::reinforce", options.batch, options.baseline, options.scale);
        return options;
    }

    void learn() {
        advantages_(rewards_);
        const double share = -1 / static_cast<double>(rewards_.size());
        std::fill(gradient_.begin(), gradient_.end(), scalar_type{0});
        policy_.add_gradient(
            space_, std::span<const genotype_type>(genotypes_),
            [&](std::size_t k, double) { return share * rewards_[k]; }, share * options_.entropy,
            std::span<scalar_type>(gradient_));
        const double rate = decayed_rate(options_.learning_rate, options_.decay, changes_);
        policy_.change([&](std::span<scalar_type> parameters) { optimizer_.step(parameters, gradient_, rate); });
        ++changes_;
    }

    Space space_;
    reinforce_options options_;
    Policy policy_;
    any_optimizer<scalar_type> optimizer_;
    advantages advantages_;
    reward_or_worst reward_;
    std::size_t changes_ = 0;
    // The batch, and what is needed while learning from it.
    std::vector<genotype_type> genotypes_;
    std::vector<double> rewards_;
    std::vector<scalar_type> gradient_;
};

}  // namespace nas
