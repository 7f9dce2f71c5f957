// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
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
#include <nas/networks/gradient.hpp>
#include <nas/networks/learning_rate.hpp>
#include <nas/networks/optimizers.hpp>
#include <nas/policies/advantages.hpp>
#include <nas/policies/policy.hpp>
#include <nas/policies/reward_ranks.hpp>

namespace nas {

/// The weight of an architecture in PPO (Schulman et al. 2017): the derivative of
/// min(r * advantage, clip(r, 1 - clip, 1 + clip) * advantage) by log r. r counts as e^50 at most; 0 where log r is not finite,
/// as of what the policy never proposes.
inline double clipped_weight(double advantage, double log_ratio, double clip) noexcept {
    if (!std::isfinite(log_ratio)) return 0;
    const double ratio = std::exp(std::min(log_ratio, 50.0));
    const bool clipped = advantage > 0 ? ratio > 1 + clip : ratio < 1 - clip;
    return clipped ? 0 : advantage * ratio;
}

/// Trains a policy on trials, for searchers; `Options` are theirs, a nas::learner_options.
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
/// entropy weight = entropy * exp(-entropy_decay * trials / ln C), where C is the number of combinations of all
/// choices: the policy explores at first and settles in the end, later where there is more to settle.
/// A trial that is not completed counts as the worst completed one so far, and not at all before there is one.
///
/// Searchers that propose plain samples call draw_ahead after begin and tell: a policy that has `draw` (nas::lstm_policy)
/// then draws what will be asked for as one batch, and learns from it without computing it all again.
template <class Space, class Policy, class Options>
class policy_learner {
  public:
    /// `owner` (`nas::reinforce`) starts the sentences of std::invalid_argument: options that are out of range or do not go
    /// together, a policy that reads descriptors or was made for another space (see check_policy). Where the policy is the
    /// searcher's own, and not one that was given, `begin` draws its first weights.
    policy_learner(std::string_view owner, Space space, Options options, Policy policy, bool own_policy)
        : space_(std::move(space)),
          options_(checked(owner, std::move(options))),
          policy_(std::move(policy)),
          optimizer_(options_.optimizer, policy_.parameters().size()),
          advantages_({options_.baseline, options_.constant, options_.momentum}, options_.scale, options_.momentum,
                      options_.advantage_limit),
          entropy_decay_(entropy_decay(space_, options_)),
          own_policy_(own_policy),
          given_weights_(own_policy ? std::nullopt : std::optional(detail::weights_of(policy_))),
          gradient_(policy_.parameters().size()) {
        // A policy that was given may have other options than those of its searcher.
        if constexpr (requires { options_.network = policy_.options(); }) options_.network = policy_.options();
        if constexpr (requires { policy_.options().descriptor; }) {
            if (policy_.options().descriptor > 0)
                throw std::invalid_argument(std::string(owner) + ": the policy reads descriptors of " +
                                            std::to_string(policy_.options().descriptor) +
                                            " numbers; nas::zero_shot searches for tasks that have some");
        }
        if (!own_policy_) check_policy(owner, policy_, space_);
    }

    /// Once, before the first ask. A policy that was given keeps its weights.
    void begin(rng& random) {
        if constexpr (requires { policy_.initialize(random); }) {
            if (own_policy_) return policy_.initialize(random);
        }
        if constexpr (requires { policy_.reseed(random); }) policy_.reseed(random);
    }

    const Space& space() const noexcept { return space_; }
    const Options& options() const noexcept { return options_; }
    const Policy& policy() const noexcept { return policy_; }
    /// A fingerprint of the weights of a policy that was given, as they were then.
    const std::optional<detail::fingerprint>& given_weights() const noexcept { return given_weights_; }
    /// How often the policy was changed.
    std::size_t changes() const noexcept { return changes_; }
    /// Whether the policy's entropy, the mean over a batch, was less than least_entropy.
    bool converged() const noexcept { return converged_; }

    auto sample(rng& random) const { return space_.architecture(policy_.sample(space_, random)); }

    /// A batch for `ask`, where one was just learned from or nothing was told yet.
    void draw_ahead(rng& random) {
        if constexpr (draws_batches) {
            constexpr std::size_t most = 1024;  // nobody waits for more, nor gives them memory before there is a trial
            if (told_since_change_ > 0 || options_.batch > most) return;
            randoms_.clear();
            for (std::size_t k = 0; k < options_.batch; ++k) randoms_.emplace_back(random());
            drawn_ahead_.resize(options_.batch);
            policy_.draw(space_, std::span<rng>(randoms_), std::span<genotype_type>(drawn_ahead_));
        }
    }

    /// A sample of the policy: the next one that was drawn ahead, while there are any, and then with `random`. Nothing once
    /// it has converged.
    template <class Arch>
    std::optional<proposal<Arch>> ask(const ask_view<Arch>& view, rng& random) const {
        if (converged()) return std::nullopt;
        if constexpr (draws_batches) {
            const std::size_t next = told_since_change_ + view.pending.size();
            if (view.attempt == 0 && next < drawn_ahead_.size())
                return propose(Arch(space_.architecture(drawn_ahead_[next])));
        }
        return propose(Arch(sample(random)));
    }

    /// `weight(advantage)`, or `weight(advantage, log r)`, is that of an architecture in the loss. Draws only for minibatches.
    template <class Arch, class Weight>
    void tell(const trial<Arch>& told, rng& random, Weight&& weight) {
        ++told_since_change_;
        const double reward = reward_(told);
        if (reward != reward) return;
        const std::size_t at = collected_ % (options_.batch * options_.replay);
        if (at == genotypes_.size()) {
            genotypes_.push_back(space_.genotype(told.arch));
            rewards_.push_back(reward);
            values_.push_back(reward);
            log_probabilities_.push_back(0);
            order_.push_back(at);
        } else {
            genotypes_[at] = space_.genotype(told.arch);
            rewards_[at] = reward;
            values_[at] = reward;
        }
        ++collected_;
        if (by_rank()) ranks_.add(reward);
        if (collected_ % options_.batch != 0) return;
        learn(at + 1 - options_.batch, random, weight);
        told_since_change_ = 0;
    }

  private:
    using genotype_type = typename Space::genotype_type;
    using scalar_type = typename Policy::scalar_type;

    static constexpr bool draws_batches =
        requires(Policy & policy, const Space& space, std::span<rng> randoms, std::span<genotype_type> out) {
        policy.draw(space, randoms, out);
    };

    static Options checked(std::string_view owner, Options options) {
        check_options(owner, options);
        check_advantages(owner, options.batch, options.baseline, options.constant, options.scale);
        if (options.minibatch > options.batch * options.replay)
            throw std::invalid_argument(std::string(owner) + ": minibatch (" + std::to_string(options.minibatch) +
                                        ") must be at most batch * replay (" +
                                        std::to_string(options.batch * options.replay) + ")");
        if (options.fresh_advantages && options.replay == 1)
            throw std::invalid_argument(std::string(owner) +
                                        ": replay (1) must be at least 2 where fresh_advantages is true");
        if (options.kl_target > 0 && options.epochs == 1)
            throw std::invalid_argument(std::string(owner) +
                                        ": epochs (1) must be at least 2 where kl_target is above 0, which ends them");
        return options;
    }

    /// From all batches there are, of which that from `first` on is new. Not inlined: nas::search flattens its loop, and all of
    /// this would be compiled again in it, for minutes.
    template <class Weight>
    [[gnu::noinline]] void learn(std::size_t first, rng& random, Weight& weight) {
        constexpr bool has_ratio = std::invocable<Weight&, double, double>;
        const std::span<double> newest = std::span(values_).subspan(first, options_.batch);
        if (by_rank())
            for (double& value : newest) value = ranks_.score(value);
        advantages_(newest);
        if (options_.fresh_advantages)
            for (std::size_t k = 0; k < values_.size(); ++k)
                if (k < first || k >= first + options_.batch)
                    values_[k] = advantages_.again(by_rank() ? ranks_.score(rewards_[k]) : rewards_[k]);
        // A first pass all at once finds the probabilities before it by itself.
        const bool at_once = options_.minibatch == 0 || options_.minibatch >= genotypes_.size();
        noted_ = at_once ? first : genotypes_.size();
        if (!at_once && (has_ratio || options_.kl_target > 0))
            find_log_probabilities(std::span<const genotype_type>(genotypes_).subspan(first, options_.batch),
                                   std::span<double>(log_probabilities_).subspan(first, options_.batch));
        for (std::size_t pass = 1;; ++pass) {
            learn_once(at_once, random, weight);
            noted_ = genotypes_.size();
            if (pass == options_.epochs || (options_.kl_target > 0 && divergence() > options_.kl_target)) break;
        }
        if (options_.least_entropy == 0) return;
        double entropy = 0;
        for (std::size_t k = first; k < first + options_.batch; ++k) entropy += policy_.entropy(space_, genotypes_[k]);
        converged_ = converged_ || entropy / static_cast<double>(options_.batch) < options_.least_entropy;
    }

    template <class Weight>
    void learn_once(bool at_once, rng& random, Weight& weight) {
        if (at_once) return step(genotypes_, order_, weight);
        const std::size_t size = options_.minibatch;
        shuffle(std::span<std::size_t>(order_), random);
        for (std::size_t begin = 0; begin < order_.size(); begin += size) {
            const auto numbers = std::span(order_).subspan(begin, std::min(size, order_.size() - begin));
            minibatch_.resize(numbers.size());
            for (std::size_t k = 0; k < numbers.size(); ++k) minibatch_[k] = genotypes_[numbers[k]];
            step(minibatch_, numbers, weight);
        }
    }

    /// `numbers` are those of the genotypes among all.
    template <class Weight>
    void step(std::span<const genotype_type> genotypes, std::span<const std::size_t> numbers, Weight& weight) {
        const double share = -1 / static_cast<double>(genotypes.size());
        const auto weight_of = [&](std::size_t k, double log_probability, double expected = 0) {
            const std::size_t number = numbers[k];
            const double advantage = values_[number] - expected;
            if (number >= noted_ && number < noted_ + options_.batch) log_probabilities_[number] = log_probability;
            if constexpr (std::invocable<Weight&, double, double>) {
                return share * weight(advantage, log_probability - log_probabilities_[number]);
            } else {
                return share * weight(advantage);
            }
        };
        const std::span<scalar_type> gradient(gradient_);
        std::fill(gradient.begin(), gradient.end(), scalar_type{0});
        if constexpr (requires { policy_.options().critic; }) {
            returns_.clear();
            for (const std::size_t number : numbers) returns_.push_back(values_[number]);
            policy_.add_gradient(space_, genotypes, weight_of, share * entropy_weight(), gradient, {}, returns_);
        } else {
            policy_.add_gradient(space_, genotypes, weight_of, share * entropy_weight(), gradient);
        }
        if (options_.l2 > 0) add_l2_gradient(std::span<const scalar_type>(policy_.parameters()), options_.l2, gradient);
        if (options_.gradient_norm > 0) clip_to_norm(gradient, options_.gradient_norm);
        const double rate = scheduled_rate(options_.schedule, options_.learning_rate, options_.decay, changes_);
        policy_.change([&](std::span<scalar_type> parameters) { optimizer_.step(parameters, gradient, rate); });
        ++changes_;
    }

    bool by_rank() const noexcept { return options_.transform == reward_transform::rank; }

    static double entropy_decay(const Space& space, const Options& options) {
        double nats = 0;
        for (std::size_t i = 0; i < space.decisions(); ++i) nats += std::log(static_cast<double>(space.cardinality(i)));
        return nats > 0 ? options.entropy_decay / nats : 0;
    }
    double entropy_weight() const noexcept {
        return options_.entropy * std::exp(-entropy_decay_ * static_cast<double>(collected_));
    }

    void find_log_probabilities(std::span<const genotype_type> genotypes, std::span<double> out) const {
        if constexpr (requires { policy_.log_probabilities(space_, genotypes, out); }) {
            policy_.log_probabilities(space_, genotypes, out);
        } else {
            for (std::size_t k = 0; k < genotypes.size(); ++k) out[k] = policy_.log_probability(space_, genotypes[k]);
        }
    }

    /// Of the policy from those before.
    double divergence() {
        now_.resize(genotypes_.size());
        find_log_probabilities(genotypes_, now_);
        double sum = 0;
        for (std::size_t k = 0; k < genotypes_.size(); ++k) {
            const double log_ratio = now_[k] - log_probabilities_[k];
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
    reward_ranks ranks_;
    double entropy_decay_;  // a trial
    std::size_t collected_ = 0;
    std::size_t changes_ = 0;
    std::size_t told_since_change_ = 0;
    bool converged_ = false;
    bool own_policy_;
    std::optional<detail::fingerprint> given_weights_;
    // The last batches: a ring, of which a batch is being collected.
    std::vector<genotype_type> genotypes_;
    std::vector<double> rewards_;
    std::vector<double> values_;             // rewards, then advantages
    std::vector<double> log_probabilities_;  // before they were learned from
    std::vector<std::size_t> order_;         // of the numbers of all
    // What is needed while learning.
    std::size_t noted_ = 0;  // log-probabilities of a batch from this number on are to be noted
    std::vector<genotype_type> minibatch_;
    std::vector<double> returns_;  // advantages, from which a critic learns the rest
    std::vector<double> now_;
    std::vector<scalar_type> gradient_;
    // For policies that draw batches: what was drawn after the last change.
    std::vector<rng> randoms_;
    std::vector<genotype_type> drawn_ahead_;
};

}  // namespace nas
