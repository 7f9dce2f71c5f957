// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

#include <nas/core/decision.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/policies/controller_heads.hpp>
#include <nas/policies/lstm_policy/controller_masks.hpp>
#include <nas/policies/lstm_policy/controller_network.hpp>
#include <nas/policies/lstm_policy/controller_plan.hpp>
#include <nas/policies/lstm_policy_options.hpp>

namespace nas {

/// Between the logits of a controller's network and a genotype: what may be decided and with what probability, what is drawn,
/// and the gradient of the loss with respect to the logits. See nas::lstm_policy for what the loss is.
template <std::floating_point Scalar>
class controller_decisions {
  public:
    using memory = typename controller_network<Scalar>::memory;

    /// Of one genotype; natural logarithm and nats.
    struct score {
        double log_probability = 0;
        double entropy = 0;
    };

    explicit controller_decisions(lstm_policy_options options)
        : options_(std::move(options)), squeeze_(options_.temperature, options_.tanh_constant) {}

    const lstm_policy_options& options() const noexcept { return options_; }

    /// Whether one of a step's numbers is decided for, rather than each of them yes or no.
    bool is_softmax(const controller_step& step) const noexcept {
        return step.kind == step_kind::choice || (step.kind == step_kind::outputs && options_.unique_outputs);
    }

    /// From logits to probabilities, in `m`, of one step of sequence b. Where the genotype can be changed the step's decisions
    /// are drawn. What the decisions are is added to `sum`, where there is one.
    template <class Space, class Genotype>
    void decide(const Space& space, const controller_plan& plan, memory& m, const controller_step& step, std::size_t b,
                Genotype& genotype, rng* random, score* sum) const {
        if (is_softmax(step)) return decide_choice(space, m, step, b, genotype, random, sum);
        const std::span<const std::uint8_t> prefix(genotype.data(), genotype.size());
        for (std::size_t j = 0; j < step.count; ++j) {
            const choice_mask allowed = bit_choices(space, plan, options_, step, prefix, j);
            Scalar& q = m.logits[m.begin(step, b) + j];
            q = !allowed.contains(1) ? -infinity : !allowed.contains(0) ? infinity : squeeze_(q);
            const double p = bit_probability(static_cast<double>(q));
            m.probabilities[m.begin(step, b) + j] = static_cast<Scalar>(p);
            if constexpr (!std::is_const_v<Genotype>) {
                const bool bit = std::isinf(q) ? q > 0 : chance(*random, p);
                genotype[step.first + j] = bit ? 1 : 0;
            }
            if (sum == nullptr) continue;
            sum->log_probability += bit_log_probability(static_cast<double>(q), genotype[step.first + j] != 0);
            sum->entropy += bit_entropy(static_cast<double>(q));
        }
    }

    /// What depends on the probabilities of sequence b among that which is added to the loss.
    double regularization(const controller_plan& plan, const memory& m, std::size_t b) const {
        double sum = 0;
        for (const controller_step& step : plan.steps)
            if (step.kind == step_kind::skips && options_.skip_weight > 0)
                for (std::size_t j = 0; j < step.count; ++j)
                    sum += skip_share(plan, step) *
                           bit_divergence(static_cast<double>(m.logits[m.begin(step, b) + j]), options_.skip_target);
        if (options_.diversity_weight > 0)
            for (std::size_t layer = 0; layer < plan.layers; ++layer)
                sum -= options_.diversity_weight / static_cast<double>(plan.layers) * spread(plan, m, layer, b).second;
        return sum;
    }

    /// The gradient of the loss with respect to the logits as the network gave them, into `m`. `factors` are the weights of
    /// log P of each genotype, in a step those from number of the step times `apart` on.
    template <class Genotype>
    void set_gradients(const controller_plan& plan, memory& m, std::span<const Genotype> genotypes,
                       std::span<const double> factors, std::size_t apart, double entropy_weight) const {
        const double share = 1 / static_cast<double>(genotypes.size());
        std::size_t t = 0;
        plan.for_each([&](const controller_step& step) {
            // Output blocks are decided after the last step.
            const double* const factor = factors.data() + std::min(t++, plan.steps.size() - 1) * apart;
            for (std::size_t b = 0; b < genotypes.size(); ++b) {
                const std::size_t begin = m.begin(step, b);
                const Scalar* const logits = m.logits + begin;
                Scalar* const gradient = m.of_logits + begin;
                if (is_softmax(step)) {
                    softmax_gradient(logits, m.probabilities + begin, step.count, taken_of(step, genotypes[b]),
                                     factor[b], entropy_weight, gradient);
                } else {
                    const double weight = step.kind == step_kind::skips ? share * skip_share(plan, step) : 0;
                    for (std::size_t j = 0; j < step.count; ++j) {
                        const auto q = static_cast<double>(logits[j]);
                        double slope = bit_gradient(q, genotypes[b][step.first + j] != 0, factor[b], entropy_weight);
                        if (weight > 0) slope += weight * bit_divergence_gradient(q, options_.skip_target);
                        gradient[j] = static_cast<Scalar>(slope);
                    }
                }
                if (step.kind == step_kind::outputs && options_.diversity_weight > 0)
                    add_diversity_gradient(plan, m, step, b, share);
                for (std::size_t j = 0; j < step.count; ++j) gradient[j] *= squeeze_.slope(logits[j]);
            }
        });
    }

  private:
    template <class Space, class Genotype>
    void decide_choice(const Space& space, memory& m, const controller_step& step, std::size_t b, Genotype& genotype,
                       rng* random, score* sum) const {
        Scalar* const logits = m.logits + m.begin(step, b);
        Scalar* const p = m.probabilities + m.begin(step, b);
        const choice_mask allowed =
            step.kind == step_kind::outputs
                ? output_choices(space, step, genotype)
                : step_choices(space, std::span<const std::uint8_t>(genotype.data(), genotype.size()), step.first);
        const double log_sum = weigh(logits, p, step.count, allowed);
        if constexpr (!std::is_const_v<Genotype>) {
            const std::size_t drawn = draw(p, step.count, allowed, *random);
            if (step.kind == step_kind::outputs) {
                for (std::size_t j = 0; j < step.count; ++j) genotype[step.first + j] = j == drawn ? 1 : 0;
            } else {
                genotype[step.first] = static_cast<std::uint8_t>(drawn);
            }
        }
        if (sum == nullptr) return;
        const std::size_t taken = taken_of(step, genotype);
        sum->log_probability += taken < step.count ? static_cast<double>(logits[taken]) - log_sum
                                                   : -std::numeric_limits<double>::infinity();
        sum->entropy += softmax_entropy(logits, p, step.count, log_sum);
    }
    /// From logits to probabilities; the logarithm of the sum of exponentials. Not inlined, so that it is the same in drawing as
    /// in learning.
    [[gnu::noinline]] double weigh(Scalar* logits, Scalar* p, std::size_t count, const choice_mask& allowed) const {
        for (std::size_t i = 0; i < count; ++i) logits[i] = allowed.contains(i) ? squeeze_(logits[i]) : -infinity;
        return softmax(logits, count, p);
    }
    template <class Genotype>
    static std::size_t taken_of(const controller_step& step, const Genotype& genotype) {
        return step.kind == step_kind::outputs ? layer_read(step, genotype) : genotype[step.first];
    }
    static std::size_t draw(const Scalar* p, std::size_t count, const choice_mask& allowed, rng& random) {
        if (allowed.count() == 1) return allowed.nth(0);
        double left = unit(random);
        std::size_t drawn = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (!allowed.contains(i)) continue;
            drawn = i;
            left -= static_cast<double>(p[i]);
            if (left < 0) break;  // never where rounding left no choice: the last one
        }
        return drawn;
    }

    double skip_share(const controller_plan& plan, const controller_step& step) const {
        std::size_t steps = 0;
        for (const controller_step& other : plan.steps) steps += other.kind == step_kind::skips ? 1U : 0U;
        return options_.skip_weight / static_cast<double>(steps * step.count);
    }

    /// Mean and standard deviation (divisor: their number) over the output blocks of the probability that they read `layer`.
    std::pair<double, double> spread(const controller_plan& plan, const memory& m, std::size_t layer,
                                     std::size_t b) const {
        double sum = 0;
        double squares = 0;
        const auto blocks = static_cast<double>(plan.outputs.size());
        const auto p = [&](const controller_step& block) {
            return static_cast<double>(m.probabilities[m.begin(block, b) + layer]);
        };
        for (const controller_step& block : plan.outputs) sum += p(block);
        for (const controller_step& block : plan.outputs)
            squares += (p(block) - sum / blocks) * (p(block) - sum / blocks);
        return {sum / blocks, std::sqrt(squares / blocks)};
    }
    void add_diversity_gradient(const controller_plan& plan, memory& m, const controller_step& block, std::size_t b,
                                double share) const {
        const std::size_t begin = m.begin(block, b);
        const auto p = [&](std::size_t layer) { return static_cast<double>(m.probabilities[begin + layer]); };
        const double weight =
            -share * options_.diversity_weight / static_cast<double>(plan.layers * plan.outputs.size());
        const auto of_p = [&](std::size_t layer) {
            const auto [mean, deviation] = spread(plan, m, layer, b);
            return deviation > 0 ? weight * (p(layer) - mean) / deviation : 0;
        };
        double mean = 0;
        if (options_.unique_outputs)
            for (std::size_t layer = 0; layer < block.count; ++layer) mean += p(layer) * of_p(layer);
        for (std::size_t layer = 0; layer < block.count; ++layer)
            m.of_logits[begin + layer] +=
                static_cast<Scalar>(options_.unique_outputs ? p(layer) * (of_p(layer) - mean)
                                                            : 2 * p(layer) * (1 - p(layer)) * of_p(layer));
    }

    static constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();

    lstm_policy_options options_;
    logit_squeezing<Scalar> squeeze_;
};

}  // namespace nas
