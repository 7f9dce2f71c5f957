// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>
#include <nas/core/decision.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/core/space.hpp>
#include <nas/models/controller_decisions.hpp>
#include <nas/models/controller_network.hpp>
#include <nas/models/controller_plan.hpp>
#include <nas/models/lstm_policy_options.hpp>
#include <nas/models/policy.hpp>
#include <nas/operators/decisions.hpp>

namespace nas {

/// A recurrent policy over the decisions of a space (Zoph and Le 2017): an LSTM reads what was decided, step by step, and
/// says with what probabilities the next decision is what. Skip connections, input and output blocks of layers are decided as
/// AMBER (Zhang et al. 2021) does; see nas::controller_plan for how a space asks for them, nas::controller_network for the
/// network.
///
/// What a space does not allow has probability 0, in drawing as in learning. A decision that is inactive, or has one choice
/// only, is a step like others, from which the network reads, but nothing is drawn there.
/// The options unique_inputs, unique_skips and unique_outputs forbid more than the space: the logarithm of the probability
/// of a genotype that breaks them is minus infinity, and nothing is learned from the decisions that do.
///
/// Options tell what the policy adds to the loss that it is trained on, see `regularization`. Dropout is in the gradient only:
/// log-probabilities, those that the weights of add_gradient are made of too, are those of the whole network.
/// Where options.descriptor > 0 every member takes the descriptor of the task, or of each genotype's task one after another.
///
/// Weights are one flat array: of each LSTM layer its matrix, 2 units x 4 units, row by row; the first input; the embeddings,
/// then the softmax weights, of each decision that has its own, a vector for each choice; W1, W2 (row by row) and v of the
/// attention; embeddings, then weights, of the input blocks; weights of the output blocks; the descriptor network.
template <std::floating_point Scalar = float>
class lstm_policy {
  public:
    using scalar_type = Scalar;
    using options_type = lstm_policy_options;

    /// Weights as `initialize` sets them, always the same. Throws std::invalid_argument where an option is out of range or
    /// needs what the space does not have.
    template <DecisionSpace Space>
    explicit lstm_policy(const Space& space, lstm_policy_options options = {})
        : network_(make_network(space, options)), decisions_(std::move(options)) {
        parameters_.resize(network_.at().size);
        rng random{0};
        initialize(random);
    }

    const lstm_policy_options& options() const noexcept { return decisions_.options(); }
    const controller_plan& plan() const noexcept { return network_.plan(); }
    const controller_network<Scalar>& network() const noexcept { return network_; }
    std::span<const Scalar> parameters() const noexcept { return parameters_; }

    template <class Step>
    void change(Step&& step) {
        step(std::span<Scalar>(parameters_));
    }

    /// New weights, uniform in +-options.initial; see descriptor_network for its own.
    void initialize(rng& random) {
        for (Scalar& weight : parameters_) weight = static_cast<Scalar>(options().initial * (2 * unit(random) - 1));
        if (options().descriptor > 0)
            network_.describer().initialize(parameters_.data() + network_.at().descriptor, random);
        dropout_random_ = rng{random()};
    }

    template <DecisionSpace Space>
    typename Space::genotype_type sample(const Space& space, rng& random,
                                         std::span<const double> descriptor = {}) const {
        auto genotype = blank_genotype<typename Space::genotype_type>(space.decisions());
        sample(space, std::span(&random, 1), std::span(&genotype, 1), descriptor);
        return genotype;
    }
    /// As many as there are generators, each as if drawn alone, in less time.
    template <DecisionSpace Space>
    [[gnu::noinline]] void sample(const Space& space, std::span<rng> randoms,
                                  std::span<typename Space::genotype_type> out,
                                  std::span<const double> descriptors = {}) const {
        std::fill(out.begin(), out.end(), blank_genotype<typename Space::genotype_type>(space.decisions()));
        with_memory(space, out, randoms.data(), descriptors, [](const memory&, const auto&) {});
    }

    template <DecisionSpace Space>
    double log_probability(const Space& space, const typename Space::genotype_type& genotype,
                           std::span<const double> descriptor = {}) const {
        return score_of(space, genotype, descriptor).log_probability;
    }
    template <DecisionSpace Space>
    double entropy(const Space& space, const typename Space::genotype_type& genotype,
                   std::span<const double> descriptor = {}) const {
        return score_of(space, genotype, descriptor).entropy;
    }

    /// Calls `visit(i, probabilities)` for each decision in order, those of its choices; for an output block that reads one
    /// layer once, with its first decision and the layers' probabilities.
    template <DecisionSpace Space, class Visit>
    void probabilities(const Space& space, const typename Space::genotype_type& genotype, Visit&& visit,
                       std::span<const double> descriptor = {}) const {
        std::vector<double> values;
        with_memory(space, std::span(&genotype, 1), nullptr, descriptor, [&](const memory& m, const auto&) {
            plan().for_each([&](const controller_step& step) {
                const Scalar* const p = m.probabilities + step.at;
                if (decisions_.is_softmax(step)) {
                    values.assign(p, p + step.count);
                    return visit(step.first, std::span<const double>(values));
                }
                for (std::size_t j = 0; j < step.count; ++j) {
                    values.assign({1 - static_cast<double>(p[j]), static_cast<double>(p[j])});
                    visit(step.first + j, std::span<const double>(values));
                }
            });
        });
    }

    /// What the policy adds to the loss, for one genotype:
    ///   + skip_weight * mean over layers of the mean over their skips of KL(P(skip), skip_target)
    ///   - diversity_weight * mean over layers of the standard deviation over output blocks of P(block reads layer)
    ///   + of the descriptor network's weights, descriptor_l1 * sum of magnitudes + descriptor_l2 * sum of squares
    /// Probabilities are those on the genotype's way, masks included.
    template <DecisionSpace Space>
    double regularization(const Space& space, const typename Space::genotype_type& genotype,
                          std::span<const double> descriptor = {}) const {
        double sum = 0;
        with_memory(space, std::span(&genotype, 1), nullptr, descriptor,
                    [&](const memory& m, const auto&) { sum = decisions_.regularization(plan(), m, 0); });
        if (options().descriptor > 0)
            sum += network_.describer().penalty(parameters_.data() + network_.at().descriptor, options().descriptor_l1,
                                                options().descriptor_l2);
        return sum;
    }

    /// Adds the gradient of the loss  sum_k weight_k log P(genotype_k) + entropy_weight sum_k entropy(genotype_k)
    /// + mean_k regularization(genotype_k),  weight_k = `weight(k, log P(genotype_k))` a constant to the derivative.
    /// Memory is taken when more genotypes than before come, and kept.
    template <DecisionSpace Space, class Weight>
    void add_gradient(const Space& space, std::span<const typename Space::genotype_type> genotypes, Weight&& weight,
                      double entropy_weight, std::span<Scalar> gradient, std::span<const double> descriptors = {}) {
        check_descriptors(descriptors, genotypes.size());
        if (genotypes.empty() || plan().steps.empty()) return;
        scores_.resize(genotypes.size());
        factors_.resize(genotypes.size());
        memory m = learning_memory(genotypes.size(), false);
        roll(space, m, genotypes, nullptr, scores_.data(), descriptors);
        for (std::size_t k = 0; k < genotypes.size(); ++k) factors_[k] = weight(k, scores_[k].log_probability);
        if (options().dropout > 0) {
            m = learning_memory(genotypes.size(), true);
            network_.recurrent().draw_dropout(m.states, options().dropout, dropout_random_);
            roll(space, m, genotypes, nullptr, scores_.data(), descriptors);
        }
        decisions_.set_gradients(plan(), m, genotypes, factors_, entropy_weight);
        network_.backward(parameters_.data(), m, genotypes, gradient.data());
        if (options().descriptor > 0)
            network_.describer().add_penalty_gradient(parameters_.data() + network_.at().descriptor,
                                                      options().descriptor_l1, options().descriptor_l2,
                                                      gradient.data() + network_.at().descriptor);
    }

  private:
    using memory = typename controller_network<Scalar>::memory;
    using score = typename controller_decisions<Scalar>::score;

    template <class Space>
    static controller_network<Scalar> make_network(const Space& space, const lstm_policy_options& options) {
        controller_plan plan = make_controller_plan(space);
        check_lstm_policy(options, plan);
        std::vector<std::size_t> uses(plan.steps.size());
        for (std::size_t t = 0; t < uses.size(); ++t) {
            uses[t] = t;
            const controller_step& step = plan.steps[t];
            if (step.kind != step_kind::choice) continue;
            const auto shared = options.share.find(step.first);
            for (std::size_t s = t; s-- > 0;) {
                const controller_step& earlier = plan.steps[s];
                if (earlier.kind != step_kind::choice) continue;
                const bool alike = options.share_alike && earlier.count == step.count &&
                                   space.tag(earlier.first) == space.tag(step.first);
                if (shared != options.share.end() ? shared->second == earlier.first : alike) {
                    uses[t] = uses[s];
                    break;
                }
            }
        }
        return {std::move(plan), lstm<Scalar>(options.units, options.layers), uses, options.descriptor > 0,
                descriptor_network<Scalar>(options.descriptor, options.descriptor_units, options.descriptor_activation,
                                           options.units)};
    }

    void check_descriptors(std::span<const double> descriptors, std::size_t batch) const {
        if (descriptors.size() == options().descriptor * batch) return;
        throw std::invalid_argument("nas::lstm_policy: the descriptors of " + std::to_string(batch) +
                                    " architectures (" + std::to_string(descriptors.size()) + " numbers) must have " +
                                    std::to_string(options().descriptor) + " numbers each, as options.descriptor says");
    }

    memory learning_memory(std::size_t batch, bool dropout) {
        memory m;
        const std::size_t room = network_.lay_out(m, batch, true, dropout, nullptr) + 16;
        if (arena_.size() < room) arena_.resize(room);
        network_.lay_out(m, batch, true, dropout, aligned(arena_.data()));
        return m;
    }
    static Scalar* aligned(Scalar* data) {
        return data + (64 - reinterpret_cast<std::uintptr_t>(data) % 64) % 64 / sizeof(Scalar);
    }

    /// A pass in memory of its own; then `use(memory, scores)`.
    template <class Space, class Genotype, class Use>
    void with_memory(const Space& space, std::span<Genotype> genotypes, rng* randoms,
                     std::span<const double> descriptors, Use&& use) const {
        check_descriptors(descriptors, genotypes.size());
        memory m;
        const std::size_t room = network_.lay_out(m, genotypes.size(), false, false, nullptr) + 16;
        // On the stack where it fits, as one sequence of a usual network does.
        std::array<Scalar, 8192> inside;
        std::vector<Scalar> outside(room > inside.size() ? room : 0);
        network_.lay_out(m, genotypes.size(), false, false, aligned(outside.empty() ? inside.data() : outside.data()));
        std::array<score, 16> few{};
        std::vector<score> many(genotypes.size() > few.size() ? genotypes.size() : 0);
        score* const scores = many.empty() ? few.data() : many.data();
        roll(space, m, genotypes, randoms, scores, descriptors);
        use(std::as_const(m), scores);
    }
    template <class Space>
    score score_of(const Space& space, const typename Space::genotype_type& genotype,
                   std::span<const double> descriptor) const {
        score result;
        with_memory(space, std::span(&genotype, 1), nullptr, descriptor,
                    [&](const memory&, const score* scores) { result = scores[0]; });
        return result;
    }

    /// Through all decisions of the genotypes: drawn with `randoms`, or, where that is nullptr, as they are.
    template <class Space, class Genotype>
    void roll(const Space& space, memory& m, std::span<Genotype> genotypes, rng* randoms, score* scores,
              std::span<const double> descriptors) const {
        std::fill_n(scores, genotypes.size(), score{});
        if (plan().steps.empty()) return;
        const Scalar* const weights = parameters_.data();
        network_.begin(weights, m, descriptors);
        const auto decide_all = [&](const controller_step& step) {
            for (std::size_t b = 0; b < genotypes.size(); ++b)
                decisions_.decide(space, plan(), m, step, b, genotypes[b], randoms == nullptr ? nullptr : randoms + b,
                                  scores[b]);
        };
        for (std::size_t t = 0, next; t < plan().steps.size(); t = next) {
            next = randoms == nullptr && m.states.learning ? plan().end_of_segment(t) : t + 1;
            network_.forward(weights, m, genotypes, t, next);
            for (std::size_t s = t; s < next; ++s) decide_all(plan().steps[s]);
        }
        network_.forward_outputs(weights, m);
        for (const controller_step& block : plan().outputs) decide_all(block);
    }

    controller_network<Scalar> network_;
    controller_decisions<Scalar> decisions_;
    // A vector register of weights shall not lie across two lines of the cache.
    std::vector<Scalar, Eigen::aligned_allocator<Scalar>> parameters_;
    rng dropout_random_{0};
    // For learning: room for a pass, and what is known of each genotype.
    std::vector<Scalar> arena_;
    std::vector<score> scores_;
    std::vector<double> factors_;
};

}  // namespace nas
