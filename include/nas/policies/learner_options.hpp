// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>

#include <nas/core/options.hpp>
#include <nas/networks/learning_rate.hpp>
#include <nas/networks/optimizers.hpp>
#include <nas/policies/advantages.hpp>
#include <nas/policies/reward_ranks.hpp>

namespace nas {

/// A default, and where it comes from.
template <class T>
struct sourced {
    T value;
    std::string_view source;
};
template <class T>
sourced(T, std::string_view) -> sourced<T>;

/// Options of a searcher that trains a policy with nas::policy_learner. `Defaults` has what differs between searchers: `sourced`
/// batch, learning_rate, baseline, scale, entropy, epochs and clip (of no_options where a searcher does not clip), the number
/// entropy_decay, and `network()`, options of the policy (no_options where it has none); it may have `presets(visit)`.
template <class Defaults>
struct learner_options {
    using clip_type = std::remove_cv_t<decltype(Defaults::clip.value)>;
    using network_type = decltype(Defaults::network());

    std::size_t batch = Defaults::batch.value;
    bool repeats = false;
    reward_transform transform = reward_transform::rank;
    optimizer_kind optimizer = optimizer_kind::adam;
    double learning_rate = Defaults::learning_rate.value;
    rate_schedule schedule = rate_schedule::inverse;
    double decay = 0;
    baseline_kind baseline = Defaults::baseline.value;
    double constant = 0.5;
    double momentum = 0.9;
    advantage_scale scale = Defaults::scale.value;
    double advantage_limit = 0;
    double entropy = Defaults::entropy.value;
    double entropy_decay = Defaults::entropy_decay;
    std::size_t epochs = Defaults::epochs.value;
    clip_type clip = Defaults::clip.value;
    std::size_t minibatch = 0;
    std::size_t replay = 1;
    bool fresh_advantages = false;
    double kl_target = 0;
    double gradient_norm = 0;
    double l2 = 0;
    double least_entropy = 0;
    network_type network = Defaults::network();

    static constexpr void presets(auto&& visit) requires requires { Defaults::presets(visit); }
    { Defaults::presets(visit); }

    static constexpr void fields(auto&& visit) {
        using self = learner_options;
        visit(&self::batch, field{"batch", 1, 1e6, Defaults::batch.source, "trials told before the policy is changed"});
        visit(&self::repeats,
              field{"repeats", 0, 0, "measured; the papers: true", "whether a network may be proposed again"});
        visit(&self::transform,
              field{"transform", 0, 0, "measured; the papers: none",
                    "what rewards become before they are compared: rank, normal scores of their ranks"});
        visit(&self::learning_rate,
              field{"learning_rate", 0, 1e6, Defaults::learning_rate.source, "how much it is changed"});
        visit(&self::baseline, field{"baseline", 0, 0, Defaults::baseline.source, "what is subtracted from rewards"});
        visit(&self::scale,
              field{"scale", 0, 0, Defaults::scale.source, "what the difference of reward and baseline is divided by"});
        visit(&self::entropy, field{"entropy", 0, 1e6, Defaults::entropy.source,
                                    "weight of the policy's entropy, which keeps it exploring"});
        visit(&self::epochs, field{"epochs", 1, 1e6, Defaults::epochs.source, "passes over the batch"});
        visit(&self::clip, field{"clip", 0, 1e6, Defaults::clip.source,
                                 "by what share a probability may change before it is left alone; 0: by any"});
        visit(&self::optimizer, field{"optimizer", 0, 0, "NATS-Bench: adam", "how the policy is changed"});
        visit(&self::schedule,
              field{"schedule", 0, 0, "MLPNAS: inverse; ENAS: exponential", "how the learning rate falls"});
        visit(&self::decay, field{"decay", 0, 1e6, "NATS-Bench: 0; MLPNAS: 0.1",
                                  "the learning rate falls as 1 / (1 + decay * changes), or as exp(-decay * changes)"});
        visit(&self::entropy_decay,
              field{"entropy_decay", 0, 1e6, "measured; NASNet: 0",
                    "the entropy's weight falls as exp(-entropy_decay * trials / ln(combinations of choices))"});
        visit(&self::constant, field{"constant", -1e300, 1e300, "MLPNAS: 0.5",
                                     "that of the constant baseline; of ranks a normal score"});
        visit(&self::momentum, field{"momentum", 0, 0.9999999, "NATS-Bench: 0.9",
                                     "how much of the averages, of rewards and of squares, is kept"});
        visit(&self::advantage_limit, field{"advantage_limit", 0, 1e300, "AMBER: 10",
                                            "advantages are clipped to +-advantage_limit; 0: they are not"});
        visit(&self::minibatch,
              field{"minibatch", 0, 1e9, "AMBER: 5", "trials in a step of the optimizer, shuffled; 0: all at once"});
        visit(&self::replay, field{"replay", 1, 1e6, "AMBER: 5", "batches learned from: the new one and those before"});
        visit(&self::fresh_advantages,
              field{"fresh_advantages", 0, 0, "AMBER: false; its ReplayBuffer: true",
                    "batches before are compared with what is expected now, not with what was"});
        visit(&self::kl_target, field{"kl_target", 0, 1e6, "AMBER: 0.05, unused",
                                      "no further epoch once the policy has moved so far, in nats; 0: all epochs"});
        visit(&self::gradient_norm,
              field{"gradient_norm", 0, 1e300, "ENAS: 0", "longer gradients are cut to that norm; 0: they are not"});
        visit(&self::l2, field{"l2", 0, 1e6, "ENAS: 0", "weight of the sum of the squares of the policy's parameters"});
        visit(&self::least_entropy,
              field{"least_entropy", 0, 1e6, "AMBER: 0.01, unused",
                    "nothing more is proposed once the policy's entropy, in nats, is less; 0: for ever"});
        visit(&self::network, field{"network", 0, 0, "", "of the recurrent policy"});
    }
};

}  // namespace nas
