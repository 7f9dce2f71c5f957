// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <nas/core/checks.hpp>
#include <nas/core/options.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/operators/told_networks.hpp>
#include <nas/policies/advantages.hpp>
#include <nas/policies/reward_ranks.hpp>
#include <nas/predictors/accuracy_predictor.hpp>
#include <nas/searchers/reinforce.hpp>

namespace nas {

struct mlpnas_options {
    std::size_t candidates = 32;
    std::size_t local = 4;
    std::size_t parents = 5;
    bool repeats = false;
    reward_transform transform = reward_transform::rank;
    double ridge = 0.3;
    std::size_t batch = 10;
    double learning_rate = 0.2;
    double decay = 0;
    baseline_kind baseline = baseline_kind::constant;
    double constant = 0.5;
    double momentum = 0.9;
    advantage_scale scale = advantage_scale::none;
    double entropy = 0.1;

    /// The original's, but that its controller learned ten times from each batch, which needs nas::reinforce's epochs.
    static constexpr mlpnas_options sable_2020() {
        return {.candidates = 1,
                .local = 0,
                .transform = reward_transform::none,
                .ridge = 1,
                .learning_rate = 0.01,
                .decay = 0.1,
                .baseline = baseline_kind::batch_mean,
                .scale = advantage_scale::batch,
                .entropy = 0};
    }
    static constexpr void presets(auto&& visit) { visit(preset{"sable_2020", "MLPNAS (Sable 2020)"}, sable_2020()); }

    static constexpr void fields(auto&& visit) {
        visit(&mlpnas_options::candidates,
              field{"candidates", 1, 1e6, "measured; MLPNAS: 1, its predictor chooses nothing",
                    "samples of the policy among which the predictor chooses"});
        visit(&mlpnas_options::local,
              field{"local", 0, 1e6, "measured; MLPNAS: 0",
                    "every so manyth time the candidates are mutations of the best so far; 0: never"});
        visit(&mlpnas_options::parents,
              field{"parents", 1, 1e6, "measured", "how many of the best are mutated, in turn"});
        visit(&mlpnas_options::repeats,
              field{"repeats", 0, 0, "MLPNAS: false", "whether a network may be proposed again"});
        visit(&mlpnas_options::transform, field{"transform", 0, 0, "measured; MLPNAS: none",
                                                "what rewards become before they are compared and predicted: rank, "
                                                "normal scores of their ranks"});
        visit(&mlpnas_options::ridge,
              field{"ridge", ridge_regression_options::least_ridge, 1e9, "measured: 0.1 to 3 differ little",
                    "what a squared weight of the predictor costs, beside the squared errors"});
        visit(&mlpnas_options::batch, field{"batch", 1, 1e6, "MLPNAS: 10", "trials told before the policy is changed"});
        visit(&mlpnas_options::learning_rate,
              field{"learning_rate", 0, 1e6, "measured; MLPNAS: 0.01, ten times a batch",
                    "how much Adam changes the policy"});
        visit(&mlpnas_options::decay, field{"decay", 0, 1e6, "measured; MLPNAS: 0.1, starting anew in each batch",
                                            "the learning rate is divided by 1 + decay * changes so far"});
        visit(&mlpnas_options::baseline, field{"baseline", 0, 0, "measured; MLPNAS: 0.5, then the mean of the batch",
                                               "what is subtracted from rewards"});
        visit(&mlpnas_options::constant, field{"constant", -1e300, 1e300, "MLPNAS: 0.5",
                                               "that of the constant baseline; of ranks a normal score"});
        visit(&mlpnas_options::momentum, field{"momentum", 0, 0.9999999, "NATS-Bench: 0.9",
                                               "how much of the averages, of rewards and of squares, is kept"});
        visit(&mlpnas_options::scale, field{"scale", 0, 0, "measured, with ranks; MLPNAS: batch",
                                            "what the difference of reward and baseline is divided by"});
        visit(&mlpnas_options::entropy, field{"entropy", 0, 1e6, "measured; MLPNAS: 0",
                                              "weight of the policy's entropy, which keeps it exploring"});
    }
};

/// MLPNAS (Sable 2020, "Neural architecture search", Paperspace): a policy trained by REINFORCE proposes architectures, and a
/// predictor of their accuracy, trained on the same trials, chooses among them.
///
///     ask:   draw `candidates` architectures from the policy, or, every `local`th time, mutate the best `parents` trials;
///            for each new one draw what it may be worth from the predictor; return the one with the largest
///     tell:  train the predictor on the trial; reinforce.tell
///
/// Where no candidate is new it goes on around the policy's samples (see nas::told_networks), and ends when all networks were
/// proposed. The predictor learns ranks of rewards (see nas::accuracy_predictor), the policy too.
/// The policy is a softmax a decision (nas::lstm_policy is recurrent), the predictor a ridge regression on the space's features.
/// The loss is that of REINFORCE, where the original's ignored what had been chosen and learned nothing.
/// Draws, each from the distribution of a prediction, in place of the predictions are independent Thompson sampling (White et
/// al. 2021, BANANAS).
/// What is not completed counts as the worst completed trial so far, for both.
/// As in the original, no network is proposed twice. Mutations of the best are ours: where decisions interact, what a linear
/// predictor thinks of the policy's samples does not lead to the optimum. preset=sable_2020 is near the original.
/// The best learner where trials are few: after 300 on tables it was not tuned on, an eighth of random search's regret.
/// The space must be a DecisionSpace. One objective.
template <class Space, class Policy = softmax_policy>
class mlpnas {
    static_assert(check_decision_space<Space>());
    static_assert(
        SequencePolicy<Policy, Space>,
        "nas: nas::mlpnas needs a policy over the decisions of its space: see nas::SequencePolicy for its members");

  public:
    using space_type = Space;
    using arch_type = arch_t<Space>;
    using options_type = mlpnas_options;

    explicit mlpnas(const Space& space, mlpnas_options options = {})
        : options_(checked(options)),
          learner_("nas::mlpnas", space, training_options(options), Policy(space), true),
          predictor_(space, {options.ridge, options.transform}) {}
    /// From a policy that was made for `space`.
    mlpnas(Space space, mlpnas_options options, Policy policy)
        : options_(checked(options)),
          learner_("nas::mlpnas", std::move(space), training_options(options), std::move(policy), false),
          predictor_(learner_.space(), {options.ridge, options.transform}) {}

    const Space& space() const noexcept { return learner_.space(); }
    const mlpnas_options& options() const noexcept { return options_; }
    const Policy& policy() const noexcept { return learner_.policy(); }
    const accuracy_predictor<Space>& predictor() const noexcept { return predictor_; }

    const auto& given_weights() const noexcept { return learner_.given_weights(); }
    void begin(rng& random) { learner_.begin(random); }

    /// An architecture as the policy is now, whatever is predicted.
    arch_type sample_policy(rng& random) const { return learner_.sample(random); }

    std::optional<proposal<arch_type>> ask(const ask_view<arch_type>& view, rng& random) const {
        const auto sampled = [this](rng& own) { return proposal<arch_type>(sample_policy(own)); };
        if (options_.candidates > 1 && predictor_.model().observations() > 0) {
            std::optional<arch_type> best = choose(view, random);
            if (best) return propose(std::move(*best));
        } else if (options_.repeats) {
            return sampled(random);
        }
        return told_.propose_new(space(), view, random, detail::policy_draws, sampled);
    }

    void tell(const trial<arch_type>& told, rng& random) {
        if (!options_.repeats) told_.insert(space(), told);
        const double reward = reward_(told);
        if (reward == reward) predictor_.learn(space(), told.arch, reward);
        if (told.completed() && options_.local > 0) keep_if_best(told.arch, told.value());
        learner_.tell(told, random, [](double advantage) { return advantage; });
    }

  private:
    struct valued {
        arch_type arch;
        double value;
    };

    static const mlpnas_options& checked(const mlpnas_options& options) {
        check_options("nas::mlpnas", options);
        check_advantages("nas::mlpnas", options.batch, options.baseline, options.constant, options.scale);
        return options;
    }
    /// The candidate that promises most; none where no candidate is new.
    std::optional<arch_type> choose(const ask_view<arch_type>& view, rng& random) const {
        const bool local = options_.local > 0 && !best_.empty() && view.asked % options_.local == 0;
        std::optional<arch_type> best;
        double most = 0;
        for (std::size_t i = 0; i < options_.candidates; ++i) {
            arch_type rival =
                local ? mutate(space(), best_[i % best_.size()].arch, random) : arch_type(sample_policy(random));
            if (!options_.repeats && !told_.is_new(space(), view, rival)) continue;
            const double worth = predictor_.draw(space(), rival, random);
            if (best && !(worth > most)) continue;
            most = worth;
            best = std::move(rival);
        }
        return best;
    }

    /// Of equal values the first stays the better.
    void keep_if_best(const arch_type& arch, double value) {
        for (const valued& other : best_)
            if (other.arch == arch) return;
        if (best_.size() == options_.parents) {
            if (!(value > best_.back().value)) return;
            best_.pop_back();
        }
        const auto worse = [&](const valued& other) { return other.value < value; };
        best_.insert(std::find_if(best_.begin(), best_.end(), worse), {arch, value});
    }

    static reinforce_options training_options(const mlpnas_options& options) {
        return {.batch = options.batch,
                .transform = options.transform,
                .learning_rate = options.learning_rate,
                .decay = options.decay,
                .baseline = options.baseline,
                .constant = options.constant,
                .momentum = options.momentum,
                .scale = options.scale,
                .entropy = options.entropy,
                .entropy_decay = 0};
    }

    mlpnas_options options_;
    policy_learner<Space, Policy, reinforce_options> learner_;
    accuracy_predictor<Space> predictor_;
    reward_or_worst reward_;
    told_networks<Space> told_;
    std::vector<valued> best_;  // those to mutate, the best first
};

}  // namespace nas
