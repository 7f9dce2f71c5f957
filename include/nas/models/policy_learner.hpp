// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/trial.hpp>
#include <nas/models/advantages.hpp>
#include <nas/models/gradient.hpp>
#include <nas/models/learning_rate.hpp>
#include <nas/models/optimizers.hpp>
#include <nas/models/policy.hpp>

namespace nas {

/// Visits those fields of the options of a nas::policy_learner that mean the same, and default alike, in all its users. Their
/// own sources have batch, learning_rate, baseline, scale, entropy and epochs.
template <class Options>
constexpr void visit_learner_fields(auto&& visit) {
    visit(&Options::optimizer, field{"optimizer", 0, 0, "NATS-Bench: adam", "how the policy is changed"});
    visit(&Options::schedule,
          field{"schedule", 0, 0, "MLPNAS: inverse; ENAS: exponential", "how the learning rate falls"});
    visit(&Options::decay, field{"decay", 0, 1e6, "NATS-Bench: 0; MLPNAS: 0.1",
                                 "the learning rate falls as 1 / (1 + decay * changes), or as exp(-decay * changes)"});
    visit(&Options::constant, field{"constant", -1e300, 1e300, "MLPNAS: 0.5", "that of the constant baseline"});
    visit(&Options::momentum, field{"momentum", 0, 0.9999999, "NATS-Bench: 0.9",
                                    "how much of the averages, of rewards and of squares, is kept"});
    visit(&Options::advantage_limit, field{"advantage_limit", 0, 1e300, "AMBER: 10",
                                           "advantages are clipped to +-advantage_limit; 0: they are not"});
    visit(&Options::minibatch,
          field{"minibatch", 0, 1e9, "AMBER: 5", "trials in a step of the optimizer, shuffled; 0: all at once"});
    visit(&Options::replay, field{"replay", 1, 1e6, "AMBER: 5", "batches learned from: the new one and those before"});
    visit(&Options::kl_target, field{"kl_target", 0, 1e6, "AMBER: 0.05, unused",
                                     "no further epoch once the policy has moved so far, in nats; 0: all epochs"});
    visit(&Options::gradient_norm,
          field{"gradient_norm", 0, 1e300, "ENAS: 0", "longer gradients are cut to that norm; 0: they are not"});
    visit(&Options::l2, field{"l2", 0, 1e6, "ENAS: 0", "weight of the sum of the squares of the policy's parameters"});
    visit(&Options::least_entropy,
          field{"least_entropy", 0, 1e6, "AMBER: 0.01, unused",
                "nothing more is proposed once the policy's entropy, in nats, is less; 0: for ever"});
}

/// Trains a policy on trials, for searchers; `Options` are theirs, with the members of visit_learner_fields and
/// batch, learning_rate, baseline, scale, entropy, epochs.
///
///     tell: collect the trial; with `batch` of them:
///           advantages of the new batch, which it keeps
///           for `epochs` passes over the last `replay` batches, in minibatches:
///               loss = -mean over the minibatch of (weight * log P(architecture) + entropy weight * entropy) + l2 * squares
///               cut the gradient to gradient_norm; one step of the optimizer
///               stop after a pass where the mean of r - 1 - log r exceeds kl_target
///
/// r is the probability of an architecture now, by that before the first pass that it took part in; r - 1 - log r estimates
/// the divergence KL(then || now) without bias (Schulman 2020, "Approximating KL divergence"). A pass is shuffled where it has
/// more than one minibatch; the last one may be short.
///
/// A trial that is not completed counts as the worst completed one so far, and not at all before there is one.
template <class Space, class Policy, class Options>
class policy_learner {
  public:
    /// `owner` (`nas::reinforce`) starts the sentences of std::invalid_argument: options that are out of range or do not go
    /// together, a policy that has not as many parameters as one for `space`.
    policy_learner(std::string_view owner, Space space, const Options& options, Policy policy)
        : space_(std::move(space)),
          options_(checked(owner, options)),
          policy_(std::move(policy)),
          optimizer_(options_.optimizer, policy_.parameters().size()),
          advantages_({options_.baseline, options_.constant, options_.momentum}, options_.scale, options_.momentum,
                      options_.advantage_limit),
          gradient_(policy_.parameters().size()) {
        const std::size_t given = policy_.parameters().size();
        const std::size_t wanted = one_for_the_space().parameters().size();
        if (given != wanted)
            throw std::invalid_argument(std::string(owner) + ": the policy has " + std::to_string(given) +
                                        " parameters; one for this space has " + std::to_string(wanted));
    }

    /// With a policy of its own, whose first weights are drawn in `begin` where it has any.
    policy_learner(std::string_view owner, const Space& space, const Options& options)
        : policy_learner(owner, space, options, Policy(space)) {
        own_policy_ = true;
    }

    /// Once, before the first ask. A policy that was given stays as it is.
    void begin(rng& random) {
        if constexpr (requires { policy_.initialize(random); }) {
            if (own_policy_) policy_.initialize(random);
        }
    }

    const Space& space() const noexcept { return space_; }
    const Options& options() const noexcept { return options_; }
    const Policy& policy() const noexcept { return policy_; }
    /// How often the policy was changed.
    std::size_t changes() const noexcept { return changes_; }
    /// Whether the policy's entropy, the mean over a batch, was less than least_entropy.
    bool converged() const noexcept { return converged_; }

    auto sample(rng& random) const { return space_.architecture(policy_.sample(space_, random)); }

    /// `weight(advantage)`, or `weight(advantage, log r)`, is that of an architecture in the loss. Draws only for minibatches.
    template <class Arch, class Weight>
    void tell(const trial<Arch>& told, rng& random, Weight&& weight) {
        const double reward = reward_(told);
        if (reward != reward) return;
        const std::size_t at = collected_ % (options_.batch * options_.replay);
        if (at == genotypes_.size()) {
            genotypes_.push_back(space_.genotype(told.arch));
            values_.push_back(reward);
            log_probabilities_.push_back(0);
            order_.push_back(at);
        } else {
            genotypes_[at] = space_.genotype(told.arch);
            values_[at] = reward;
        }
        ++collected_;
        if (collected_ % options_.batch == 0) learn(at + 1 - options_.batch, random, weight);
    }

  private:
    using genotype_type = typename Space::genotype_type;
    using scalar_type = typename Policy::scalar_type;

    static const Options& checked(std::string_view owner, const Options& options) {
        check_options(owner, options);
        check_advantages(owner, options.batch, options.baseline, options.constant, options.scale);
        if (options.minibatch > options.batch * options.replay)
            throw std::invalid_argument(std::string(owner) + ": minibatch (" + std::to_string(options.minibatch) +
                                        ") must be at most batch * replay (" +
                                        std::to_string(options.batch * options.replay) + ")");
        if (options.kl_target > 0 && options.epochs == 1)
            throw std::invalid_argument(std::string(owner) +
                                        ": epochs (1) must be at least 2 where kl_target is above 0, which ends them");
        return options;
    }

    Policy one_for_the_space() const {
        if constexpr (requires { Policy(space_, policy_.options()); }) {
            return Policy(space_, policy_.options());
        } else {
            return Policy(space_);
        }
    }

    /// From all batches there are, of which that from `first` on is new. Not inlined: nas::search flattens its loop, and all of
    /// this would be compiled again in it, for minutes.
    template <class Weight>
    [[gnu::noinline]] void learn(std::size_t first, rng& random, Weight& weight) {
        advantages_(std::span(values_).subspan(first, options_.batch));
        if (std::invocable<Weight&, double, double> || options_.kl_target > 0)
            for (std::size_t k = first; k < first + options_.batch; ++k)
                log_probabilities_[k] = policy_.log_probability(space_, genotypes_[k]);
        for (std::size_t pass = 1;; ++pass) {
            learn_once(random, weight);
            if (pass == options_.epochs || (options_.kl_target > 0 && divergence() > options_.kl_target)) break;
        }
        if (options_.least_entropy == 0) return;
        double entropy = 0;
        for (std::size_t k = first; k < first + options_.batch; ++k) entropy += policy_.entropy(space_, genotypes_[k]);
        converged_ = converged_ || entropy / static_cast<double>(options_.batch) < options_.least_entropy;
    }

    template <class Weight>
    void learn_once(rng& random, Weight& weight) {
        const std::size_t size = options_.minibatch;
        if (size == 0 || size >= genotypes_.size()) return step(genotypes_, order_, weight);
        shuffle(std::span<std::size_t>(order_), random);
        for (std::size_t begin = 0; begin < order_.size(); begin += size) {
            const auto numbers = std::span(order_).subspan(begin, std::min(size, order_.size() - begin));
            drawn_.resize(numbers.size());
            for (std::size_t k = 0; k < numbers.size(); ++k) drawn_[k] = genotypes_[numbers[k]];
            step(drawn_, numbers, weight);
        }
    }

    /// `numbers` are those of the genotypes among all.
    template <class Weight>
    void step(std::span<const genotype_type> genotypes, std::span<const std::size_t> numbers, Weight& weight) {
        const double share = -1 / static_cast<double>(genotypes.size());
        const auto weight_of = [&](std::size_t k, double log_probability) {
            const double advantage = values_[numbers[k]];
            if constexpr (std::invocable<Weight&, double, double>) {
                return share * weight(advantage, log_probability - log_probabilities_[numbers[k]]);
            } else {
                return share * weight(advantage);
            }
        };
        const std::span<scalar_type> gradient(gradient_);
        std::fill(gradient.begin(), gradient.end(), scalar_type{0});
        policy_.add_gradient(space_, genotypes, weight_of, share * options_.entropy, gradient);
        if (options_.l2 > 0) add_l2_gradient(std::span<const scalar_type>(policy_.parameters()), options_.l2, gradient);
        if (options_.gradient_norm > 0) clip_to_norm(gradient, options_.gradient_norm);
        const double rate = scheduled_rate(options_.schedule, options_.learning_rate, options_.decay, changes_);
        policy_.change([&](std::span<scalar_type> parameters) { optimizer_.step(parameters, gradient, rate); });
        ++changes_;
    }

    /// Of the policy from those before.
    double divergence() const {
        double sum = 0;
        for (std::size_t k = 0; k < genotypes_.size(); ++k) {
            const double log_ratio = policy_.log_probability(space_, genotypes_[k]) - log_probabilities_[k];
            // What the policy never proposes has no finite one, and is not learned from.
            if (std::isfinite(log_ratio)) sum += std::expm1(log_ratio) - log_ratio;
        }
        return sum / static_cast<double>(genotypes_.size());
    }

    Space space_;
    Options options_;
    Policy policy_;
    any_optimizer<scalar_type> optimizer_;
    advantages advantages_;
    reward_or_worst reward_;
    std::size_t collected_ = 0;
    std::size_t changes_ = 0;
    bool converged_ = false;
    bool own_policy_ = false;
    // The last batches: a ring, of which a batch is being collected.
    std::vector<genotype_type> genotypes_;
    std::vector<double> values_;             // rewards, then advantages
    std::vector<double> log_probabilities_;  // before they were learned from
    std::vector<std::size_t> order_;         // of the numbers of all
    // What is needed while learning.
    std::vector<genotype_type> drawn_;
    std::vector<scalar_type> gradient_;
};

}  // namespace nas
