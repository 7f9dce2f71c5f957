// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <utility>

#include <nas/core/checks.hpp>
#include <nas/core/options.hpp>
#include <nas/networks/learning_rate.hpp>
#include <nas/networks/optimizers.hpp>
#include <nas/policies/advantages.hpp>
#include <nas/policies/lstm_policy.hpp>
#include <nas/policies/policy_learner.hpp>

namespace nas {

struct controller_options {
    std::size_t batch = 15;
    optimizer_kind optimizer = optimizer_kind::adam;
    double learning_rate = 0.02;
    rate_schedule schedule = rate_schedule::inverse;
    double decay = 0;
    baseline_kind baseline = baseline_kind::batch_mean;
    double constant = 0.5;
    double momentum = 0.9;
    advantage_scale scale = advantage_scale::batch;
    double advantage_limit = 0;
    double entropy = 0.2;
    double entropy_decay = 0.08;
    std::size_t epochs = 3;
    double clip = 0.5;
    std::size_t minibatch = 0;
    std::size_t replay = 1;
    bool fresh_advantages = false;
    double kl_target = 0;
    double gradient_norm = 0;
    double l2 = 0;
    double least_entropy = 0;
    lstm_policy_options network = {};

    static constexpr void fields(auto&& visit) {
        using self = controller_options;
        visit(&self::batch, field{"batch", 1, 1e6, "measured; AMBER: 3", "trials told before the policy is changed"});
        visit(&self::learning_rate, field{"learning_rate", 0, 1e6, "measured; AMBER: 0.001", "how much it is changed"});
        visit(&self::baseline,
              field{"baseline", 0, 0, "measured; AMBER: lagged_average", "what is subtracted from rewards"});
        visit(&self::scale, field{"scale", 0, 0, "measured; AMBER: none",
                                  "what the difference of reward and baseline is divided by"});
        visit(&self::entropy, field{"entropy", 0, 1e6, "measured; AMBER: 0",
                                    "weight of the policy's entropy, which keeps it exploring"});
        visit(&self::epochs, field{"epochs", 1, 1e6, "measured; AMBER: 20", "passes over the batch"});
        visit(&self::clip, field{"clip", 0, 1e6, "measured; Schulman et al. 2017: 0.2",
                                 "by what share a probability may change before it is left alone; 0: by any"});
        visit_learner_fields<self>(visit);
        visit(&self::network, field{"network", 0, 0, "", "of the recurrent policy"});
    }
};

/// The recurrent controller (Zoph and Le 2017; with skip connections ENAS, Pham et al. 2018; with input and output blocks AMBER,
/// Zhang et al. 2021): an LSTM that makes one decision after the other, each knowing those before, and is trained by
/// proximal policy optimization, or, with `.clip = 0`, by the plain policy gradient.
///
///     ask:   return a sample of the LSTM's policy
///     tell:  collect the trial; with `batch` of them:
///            advantage = (reward - baseline) / scale
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
/// Defaults: those that were best over AMBER's table, NAS-Bench-201 and multilayer perceptrons at 100 and 300 trials.
/// The space must be a DecisionSpace. One objective.
template <class Space, std::floating_point Scalar = float>
class controller {
    static_assert(check_decision_space<Space>());

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using policy_type = lstm_policy<Scalar>;
    using options_type = controller_options;

    /// First weights follow from the search's seed. Throws std::invalid_argument where an option is out of range, or the
    /// network's need what the space does not have.
    explicit controller(const Space& space, controller_options options = {})
        : learner_("nas::controller", space, options, policy_type(space, options.network), true) {}
    /// From a policy that was made for `space`, as one that was loaded, whose options take the place of options.network.
    controller(Space space, controller_options options, policy_type policy)
        : learner_("nas::controller", std::move(space), std::move(options), std::move(policy), false) {}

    const Space& space() const noexcept { return learner_.space(); }
    const controller_options& options() const noexcept { return learner_.options(); }
    const policy_type& policy() const noexcept { return learner_.policy(); }
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
            return clip > 0 ? clipped_weight(advantage, log_ratio, clip) : advantage;
        });
        learner_.draw_ahead(random);
    }

  private:
    policy_learner<Space, policy_type, controller_options> learner_;
};

}  // namespace nas
