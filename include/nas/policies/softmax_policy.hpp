// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nas/core/decision.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/options.hpp>
#include <nas/core/space.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/policies/controller_heads.hpp>
#include <nas/policies/policy.hpp>

namespace nas {

struct softmax_policy_options {
    double temperature = 1;
    double tanh_constant = 0;

    static constexpr void fields(auto&& visit) {
        using self = softmax_policy_options;
        visit(&self::temperature, field{"temperature", 1e-6, 1e6, "TuNAS: 1", "logits are divided by it"});
        visit(&self::tanh_constant, field{"tanh_constant", 0, 1e6, "AMBER: none",
                                          "c: logits become c tanh(logit), after that; 0: they do not"});
    }
};

/// A softmax of its own for each decision, as NATS-Bench's REINFORCE and TuNAS (Bender et al. 2020) have it: one logit
/// for each choice, 0 at first, the logits of a decision in a row, the decisions in order. What a decision may not be
/// has probability 0, and the rest is scaled to sum 1; the choice depends on the decisions before it in no other way.
/// Only decisions that are active count: log-probability and entropy are those of the way taken.
///
/// In place of a logit that is, after the options, more than 690 below the largest of its decision counts one that is
/// just that far below.
class softmax_policy {
  public:
    using scalar_type = double;
    using options_type = softmax_policy_options;

    /// Every allowed choice is as probable as every other. Throws std::invalid_argument where an option is out of its
    /// range.
    template <DecisionSpace Space>
    explicit softmax_policy(const Space& space, const softmax_policy_options& options = {})
        : options_(options),
          squeeze_(options.temperature, options.tanh_constant),
          is_plain_(options.temperature == 1 && options.tanh_constant == 0) {
        check_options("nas::softmax_policy", options);
        first_.reserve(space.decisions() + 1);
        for (std::size_t i = 0; i < space.decisions(); ++i) first_.push_back(first_.back() + space.cardinality(i));
        logits_.resize(first_.back());
        log_weights_.resize(first_.back());
        weights_.resize(first_.back());
        slopes_.resize(first_.back());
        totals_.resize(space.decisions());
        weigh();
    }

    const softmax_policy_options& options() const noexcept { return options_; }
    /// Whether the space has as many decisions, each of as many choices, as that which the policy was made for.
    template <DecisionSpace Space>
    bool fits(const Space& space) const {
        if (space.decisions() + 1 != first_.size()) return false;
        for (std::size_t i = 0; i < space.decisions(); ++i)
            if (first_[i] + space.cardinality(i) != first_[i + 1]) return false;
        return true;
    }
    /// The logits, before the options are applied.
    std::span<const double> parameters() const noexcept { return logits_; }

    template <class Step>
    void change(Step&& step) {
        step(std::span<double>(logits_));
        weigh();
    }

    template <DecisionSpace Space>
    typename Space::genotype_type sample(const Space& space, rng& random) const {
        using genotype_type = typename Space::genotype_type;
        if (!has_dependences(space))
            return make_genotype<genotype_type>(space.decisions(), [&](std::size_t i) { return draw(i, random); });
        auto genotype = blank_genotype<genotype_type>(space.decisions());
        const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
        for (std::size_t i = 0; i < all.size(); ++i)
            if (is_active(space, all, i))
                genotype[i] = static_cast<std::uint8_t>(draw(i, choices_of(space, all, i), random));
        return genotype;
    }

    template <DecisionSpace Space>
    double log_probability(const Space& space, const typename Space::genotype_type& genotype) const {
        double sum = 0;
        for_each_step(space, genotype, [&](std::size_t i, const choice_mask& choices) {
            sum += log_weights_[first_[i] + genotype[i]] - std::log(weight_of(i, choices));
        });
        return sum;
    }

    template <DecisionSpace Space>
    double entropy(const Space& space, const typename Space::genotype_type& genotype) const {
        double sum = 0;
        for_each_step(space, genotype, [&](std::size_t i, const choice_mask& choices) {
            sum += entropy_of(i, choices, weight_of(i, choices));
        });
        return sum;
    }

    /// Calls `visit(i, probabilities)` for each decision in order, those of its choices after the earlier decisions of
    /// `genotype`; one that is inactive is 0 for sure. TuNAS has them by path and by tag: space.path(i), space.tag(i).
    template <DecisionSpace Space, class Visit>
    void probabilities(const Space& space, const typename Space::genotype_type& genotype, Visit&& visit) const {
        const std::span<const std::uint8_t> all(genotype.data(), genotype.size());
        std::vector<double> values;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const choice_mask choices = is_active(space, all, i) ? choices_of(space, all, i) : choice_mask{0};
            const double total = weight_of(i, choices);
            values.assign(space.cardinality(i), 0);
            for_each_choice(i, choices, [&](std::size_t at) { values[at - first_[i]] = weights_[at] / total; });
            visit(i, std::span<const double>(values));
        }
    }

    // With logits after the options, d log p_a / d logit_c = [c = a] - p_c, and d H / d logit_c = -p_c (log p_c + H).
    template <DecisionSpace Space, class Weight>
    void add_gradient(const Space& space, std::span<const typename Space::genotype_type> genotypes, Weight&& weight,
                      double entropy_weight, std::span<double> gradient) const {
        for (std::size_t k = 0; k < genotypes.size(); ++k) {
            const auto& genotype = genotypes[k];
            const double factor = weight(k, log_probability(space, genotype));
            for_each_step(space, genotype, [&](std::size_t i, const choice_mask& choices) {
                const double total = weight_of(i, choices);
                const double log_total = std::log(total);
                const double entropy = entropy_weight == 0 ? 0 : entropy_of(i, choices, total);
                gradient[first_[i] + genotype[i]] += factor * slope_of(first_[i] + genotype[i]);
                for_each_choice(i, choices, [&](std::size_t at) {
                    const double log_p = log_weights_[at] - log_total;
                    gradient[at] -= weights_[at] / total * (factor + entropy_weight * (log_p + entropy)) * slope_of(at);
                });
            });
        }
    }

  private:
    // Weights are what a softmax sums up: e to the logit, after the options, less the largest of the decision. Their
    // floor keeps the sum over what a mask leaves above 0.
    static constexpr double least_log_weight = -690;

    double slope_of(std::size_t at) const { return is_plain_ ? 1 : slopes_[at]; }

    void weigh() {
        if (is_plain_) return weigh([](double logit) { return logit; });
        weigh([this](double logit) { return squeeze_(logit); });
        for (std::size_t at = 0; at < logits_.size(); ++at) slopes_[at] = squeeze_.slope(squeeze_(logits_[at]));
    }
    /// `squeeze` keeps the order of logits.
    template <class Squeeze>
    void weigh(Squeeze squeeze) {
        for (std::size_t i = 0; i + 1 < first_.size(); ++i) {
            const auto begin = logits_.begin() + static_cast<std::ptrdiff_t>(first_[i]);
            const double largest =
                squeeze(*std::max_element(begin, logits_.begin() + static_cast<std::ptrdiff_t>(first_[i + 1])));
            double total = 0;
            for (std::size_t at = first_[i]; at < first_[i + 1]; ++at) {
                log_weights_[at] = std::max(squeeze(logits_[at]) - largest, least_log_weight);
                weights_[at] = std::exp(log_weights_[at]);
                total += weights_[at];
            }
            totals_[i] = total;
        }
    }

    /// Calls `visit(at)` with the number of the parameter of each of the choices of decision i.
    template <class Visit>
    void for_each_choice(std::size_t i, const choice_mask& choices, Visit&& visit) const {
        for (std::size_t at = first_[i]; at < first_[i + 1]; ++at)
            if (choices.contains(at - first_[i])) visit(at);
    }

    double weight_of(std::size_t i, const choice_mask& choices) const {
        double sum = 0;
        for_each_choice(i, choices, [&](std::size_t at) { sum += weights_[at]; });
        return sum;
    }

    double entropy_of(std::size_t i, const choice_mask& choices, double total) const {
        double sum = 0;
        for_each_choice(i, choices, [&](std::size_t at) { sum += weights_[at] * log_weights_[at]; });
        return std::log(total) - sum / total;
    }

    std::size_t draw(std::size_t i, rng& random) const {
        double left = unit(random) * totals_[i];
        std::size_t at = first_[i];
        for (; at + 1 < first_[i + 1]; ++at) {
            left -= weights_[at];
            if (left < 0) break;
        }
        return at - first_[i];
    }

    std::size_t draw(std::size_t i, const choice_mask& choices, rng& random) const {
        double left = unit(random) * weight_of(i, choices);
        std::size_t drawn = 0;
        for (std::size_t at = first_[i]; at < first_[i + 1]; ++at) {
            if (!choices.contains(at - first_[i])) continue;
            drawn = at - first_[i];
            left -= weights_[at];
            if (left < 0) break;  // never where rounding, or a logit that is no number, left no choice: the last one
        }
        return drawn;
    }

    softmax_policy_options options_;
    logit_squeezing<double> squeeze_;
    bool is_plain_;  // the options change nothing; to apply them all the same takes a fifth of the time of weigh
    std::vector<std::size_t> first_{0};  // parameter of each decision's choice 0; the number of parameters at the end
    std::vector<double> logits_;
    std::vector<double> log_weights_;
    std::vector<double> weights_;
    std::vector<double> slopes_;  // of squeeze_, where it changes something
    std::vector<double> totals_;  // of each decision's weights
};

}  // namespace nas
