// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
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
#include <nas/networks/scratch.hpp>
#include <nas/networks/shared_columns.hpp>
#include <nas/operators/decisions.hpp>
#include <nas/policies/lstm_policy/controller_decisions.hpp>
#include <nas/policies/lstm_policy/controller_network.hpp>
#include <nas/policies/lstm_policy/controller_plan.hpp>
#include <nas/policies/lstm_policy_options.hpp>
#include <nas/policies/policy.hpp>

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
/// log-probabilities, those that the weights of add_gradient are made of too, are those of the whole network. What the critic
/// expects of a step that is learned from is that of the network with what was dropped.
/// With options.critic > 0 there is a critic, which reads the LSTM's state in each step and learns what will be returned: a
/// baseline that knows what was decided so far (A2C, Mnih et al. 2016, where the reward comes at the end).
/// Where options.descriptor > 0 every member takes the descriptor of the task, or of each genotype's task one after another.
///
/// Weights are one flat array: of each LSTM layer its matrix, 2 units x 4 units, row by row; the first input; the embeddings,
/// then the softmax weights, of each decision that has its own, a vector for each choice; W1, W2 (row by row) and v of the
/// attention; embeddings, then weights, of the input blocks; weights of the output blocks; the descriptor network; the critic's, its
/// constant last.
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
    /// Whether the space's decisions are in steps like those of the one that the policy was made for.
    template <DecisionSpace Space>
    bool fits(const Space& space) const {
        return make_controller_plan(space) == plan();
    }
    const controller_network<Scalar>& network() const noexcept { return network_; }
    std::span<const Scalar> parameters() const noexcept { return parameters_; }

    template <class Step>
    void change(Step&& step) {
        kept_ = false;
        step(std::span<Scalar>(parameters_));
    }

    /// New weights, uniform in +-options.initial; see descriptor_network for its own.
    void initialize(rng& random) {
        kept_ = false;
        for (Scalar& weight : parameters_) weight = static_cast<Scalar>(options().initial * (2 * unit(random) - 1));
        if (options().descriptor > 0)
            network_.describer().initialize(parameters_.data() + network_.at().descriptor, random);
        reseed(random);
    }
    /// What dropout drops from now on follows from `random`. A file of the weights does not have where it is.
    void reseed(rng& random) { dropout_random_ = rng{random()}; }

    template <DecisionSpace Space>
    typename Space::genotype_type sample(const Space& space, rng& random,
                                         std::span<const double> descriptor = {}) const {
        auto genotype = blank_genotype<typename Space::genotype_type>(space.decisions());
        sample(space, std::span(&random, 1), std::span(&genotype, 1), descriptor);
        return genotype;
    }
    /// As many as there are generators, each as if drawn alone, in less time. Throws std::invalid_argument where `out` is not as
    /// long.
    template <DecisionSpace Space>
    [[gnu::noinline]] void sample(const Space& space, std::span<rng> randoms,
                                  std::span<typename Space::genotype_type> out,
                                  std::span<const double> descriptors = {}) const {
        check_length("generators", randoms.size(), out.size());
        make_blank(out, space.decisions());
        pass(space, out, randoms.data(), descriptors, [](std::size_t, const memory&, const auto&) {});
    }
    /// The same, and what was computed is kept: add_gradient with this space and these genotypes, in this order, need not do it
    /// again as long as the weights stay as they are. It finds out by itself, and its result is the same.
    template <DecisionSpace Space>
    [[gnu::noinline]] void draw(const Space& space, std::span<rng> randoms,
                                std::span<typename Space::genotype_type> out,
                                std::span<const double> descriptors = {}) {
        check_length("generators", randoms.size(), out.size());
        check_descriptors(descriptors, out.size());
        kept_ = false;
        if (out.empty()) return;
        make_blank(out, space.decisions());
        memory m = lay_out(learning_, out.size(), true, false);
        roll(space, m, out, randoms.data(), learning_.scores.data(), descriptors);
        kept_genotypes_.clear();
        for (const auto& genotype : out)
            kept_genotypes_.insert(kept_genotypes_.end(), genotype.data(), genotype.data() + genotype.size());
        kept_descriptors_.assign(descriptors.begin(), descriptors.end());
        kept_ = true;
    }

    template <DecisionSpace Space>
    double log_probability(const Space& space, const typename Space::genotype_type& genotype,
                           std::span<const double> descriptor = {}) const {
        return score_of(space, genotype, descriptor).log_probability;
    }
    /// Of each of a batch, in less time: the same as of each alone. Throws std::invalid_argument where `out` is
    /// not as long as `genotypes`.
    template <DecisionSpace Space>
    void log_probabilities(const Space& space, std::span<const typename Space::genotype_type> genotypes,
                           std::span<double> out, std::span<const double> descriptors = {}) const {
        check_length("log-probabilities", out.size(), genotypes.size());
        pass(space, genotypes, nullptr, descriptors,
             [&](std::size_t begin, const memory& m, std::span<const score> scores) {
                 for (std::size_t b = 0; b < m.batch(); ++b) out[begin + b] = scores[b].log_probability;
             });
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
        pass(space, std::span(&genotype, 1), nullptr, descriptor, [&](std::size_t, const memory& m, const auto&) {
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
        pass(space, std::span(&genotype, 1), nullptr, descriptor,
             [&](std::size_t, const memory& m, const auto&) { sum = decisions_.regularization(plan(), m, 0); });
        if (options().descriptor > 0)
            sum += network_.describer().penalty(parameters_.data() + network_.at().descriptor, options().descriptor_l1,
                                                options().descriptor_l2);
        return sum;
    }

    /// Calls `visit(t, expected)` for each step of the plan, with what the critic expects before it, of a policy that has one.
    template <DecisionSpace Space, class Visit>
    void expectations(const Space& space, const typename Space::genotype_type& genotype, Visit&& visit,
                      std::span<const double> descriptor = {}) const {
        if (options().critic == 0) return;
        pass(space, std::span(&genotype, 1), nullptr, descriptor, [&](std::size_t, const memory& m, const auto&) {
            for (std::size_t t = 0; t < plan().steps.size(); ++t)
                visit(t, static_cast<double>(network_.expected(m.expected, m, t, 0)));
        });
    }

    /// Adds the gradient of the loss  sum_k weight_k log P(genotype_k) + entropy_weight sum_k entropy(genotype_k)
    /// + mean_k regularization(genotype_k),  weight_k = `weight(k, log P(genotype_k))` a constant to the derivative.
    ///
    /// With a critic the loss has  + critic * mean over k and steps of (expected - returns_k)^2  too, and a weight may be that of
    /// a step: `weight(k, log P(genotype_k), expected)`, where what is expected is a constant to the derivative as well. Throws
    /// std::invalid_argument where there is a critic and not as many returns as genotypes.
    /// Memory is taken when more genotypes than before come, and kept; that of other members too.
    template <DecisionSpace Space, class Weight>
    void add_gradient(const Space& space, std::span<const typename Space::genotype_type> genotypes, Weight&& weight,
                      double entropy_weight, std::span<Scalar> gradient, std::span<const double> descriptors = {},
                      std::span<const double> returns = {}) {
        check_descriptors(descriptors, genotypes.size());
        if (options().critic > 0 && returns.size() != genotypes.size())
            throw std::invalid_argument("nas::lstm_policy: the critic must be told what each of the " +
                                        std::to_string(genotypes.size()) + " architectures returned, not of " +
                                        std::to_string(returns.size()));
        if (genotypes.empty() || plan().steps.empty()) return;
        const bool known = is_kept(genotypes, descriptors);
        kept_ = false;
        memory m = lay_out(learning_, genotypes.size(), true, false);
        if (!known) roll(space, m, genotypes, nullptr, learning_.scores.data(), descriptors);
        if (options().dropout > 0) {
            m = lay_out(learning_, genotypes.size(), true, true);
            network_.recurrent().draw_dropout(m.states, options().dropout, dropout_random_);
            roll(space, m, genotypes, nullptr, nullptr, descriptors);
        }
        const bool has_critic = options().critic > 0;
        weigh(m, weight, returns);
        decisions_.set_gradients(plan(), m, genotypes, factors_, has_critic ? genotypes.size() : 0, entropy_weight);
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
        return {std::move(plan),
                lstm<Scalar>(options.units, options.layers),
                uses,
                options.descriptor > 0,
                descriptor_network<Scalar>(options.descriptor, options.descriptor_units, options.descriptor_activation,
                                           options.units),
                options.critic > 0};
    }

    static void check_length(const char* what, std::size_t there, std::size_t architectures) {
        if (there == architectures) return;
        throw std::invalid_argument("nas::lstm_policy: there must be as many " + std::string(what) + " (" +
                                    std::to_string(there) + ") as architectures (" + std::to_string(architectures) +
                                    ")");
    }
    void check_descriptors(std::span<const double> descriptors, std::size_t batch) const {
        if (descriptors.size() == options().descriptor * batch) return;
        throw std::invalid_argument("nas::lstm_policy: the descriptors of " + std::to_string(batch) +
                                    " architectures (" + std::to_string(descriptors.size()) + " numbers) must have " +
                                    std::to_string(options().descriptor) + " numbers each, as options.descriptor says");
    }

    template <class Genotype>
    static void make_blank(std::span<Genotype> out, std::size_t decisions) {
        for (Genotype& genotype : out) {
            if (genotype.size() == decisions) {
                std::fill_n(genotype.data(), decisions, std::uint8_t{0});
            } else {
                genotype = blank_genotype<Genotype>(decisions);
            }
        }
    }

    /// The weights of the genotypes, or, with a critic, of their steps one after another; and the gradient of its error.
    template <class Weight>
    void weigh(const memory& m, Weight& weight, std::span<const double> returns) {
        const std::size_t batch = m.batch();
        const std::size_t steps = plan().steps.size();
        const double error_weight = 2 * options().critic / static_cast<double>(batch * steps);
        factors_.resize(options().critic > 0 ? batch * steps : batch);
        if (options().critic > 0) std::fill_n(m.of_expected, batch * steps, Scalar{0});
        for (std::size_t at = 0; at < factors_.size(); ++at) {
            const std::size_t k = at % batch;
            const double log_probability = learning_.scores[k].log_probability;
            double expected = 0;
            if (options().critic > 0) {
                expected = static_cast<double>(network_.expected(m.expected, m, at / batch, k));
                network_.expected(m.of_expected, m, at / batch, k) +=
                    static_cast<Scalar>(error_weight * (expected - returns[k]));
            }
            if constexpr (std::invocable<Weight&, std::size_t, double, double>) {
                factors_[at] = weight(k, log_probability, expected);
            } else {
                factors_[at] = weight(k, log_probability);
            }
        }
    }

    // What a pass is made in.
    struct workspace {
        // A vector register of numbers shall not lie across two lines of the cache.
        std::vector<Scalar, Eigen::aligned_allocator<Scalar>> numbers;
        shared_columns columns;
        std::vector<score> scores;
    };
    memory lay_out(workspace& room, std::size_t batch, bool learning, bool dropout) const {
        memory m;
        const std::size_t size = network_.lay_out(m, batch, learning, dropout, nullptr, nullptr);
        if (room.numbers.size() < size) room.numbers.resize(size);
        if (room.scores.size() < batch) room.scores.resize(batch);
        network_.lay_out(m, batch, learning, dropout, room.numbers.data(), &room.columns);
        return m;
    }

    /// Whether `learning_` has what a pass over these would leave there.
    template <class Genotype>
    bool is_kept(std::span<const Genotype> genotypes, std::span<const double> descriptors) const {
        const std::uint8_t* kept = kept_genotypes_.data();
        const std::uint8_t* const end = kept + kept_genotypes_.size();
        if (!kept_) return false;
        for (const Genotype& genotype : genotypes) {
            if (!std::equal(genotype.data(), genotype.data() + genotype.size(), kept,
                            kept + std::min<std::ptrdiff_t>(end - kept, std::ssize(genotype))))
                return false;
            kept += genotype.size();
        }
        return kept == end &&
               std::equal(descriptors.begin(), descriptors.end(), kept_descriptors_.begin(), kept_descriptors_.end());
    }

    /// A pass in memory of its own, by parts that stay in the cache; `use(begin, memory, scores)` after each, which begins with
    /// genotype `begin`.
    template <class Space, class Genotype, class Use>
    void pass(const Space& space, std::span<Genotype> genotypes, rng* randoms, std::span<const double> descriptors,
              Use&& use) const {
        constexpr std::size_t at_once = 64;
        check_descriptors(descriptors, genotypes.size());
        spare_.lend([&](workspace& room) {
            for (std::size_t begin = 0; begin < genotypes.size(); begin += at_once) {
                const auto some = genotypes.subspan(begin, std::min(at_once, genotypes.size() - begin));
                memory m = lay_out(room, some.size(), false, false);
                roll(space, m, some, randoms == nullptr ? nullptr : randoms + begin,
                     randoms == nullptr ? room.scores.data() : nullptr,
                     descriptors.subspan(begin * options().descriptor, some.size() * options().descriptor));
                use(begin, std::as_const(m), std::span<const score>(room.scores));
            }
        });
    }
    template <class Space>
    score score_of(const Space& space, const typename Space::genotype_type& genotype,
                   std::span<const double> descriptor) const {
        score result;
        pass(space, std::span(&genotype, 1), nullptr, descriptor,
             [&](std::size_t, const memory&, std::span<const score> scores) { result = scores[0]; });
        return result;
    }

    /// Through all decisions of the genotypes: drawn with `randoms`, or, where that is nullptr, as they are. `scores` may be
    /// nullptr.
    template <class Space, class Genotype>
    void roll(const Space& space, memory& m, std::span<Genotype> genotypes, rng* randoms, score* scores,
              std::span<const double> descriptors) const {
        if (scores != nullptr) std::fill_n(scores, genotypes.size(), score{});
        if (plan().steps.empty()) return;
        const Scalar* const weights = parameters_.data();
        network_.begin(weights, m, descriptors);
        const auto decide_all = [&](const controller_step& step) {
            for (std::size_t b = 0; b < genotypes.size(); ++b)
                decisions_.decide(space, plan(), m, step, b, genotypes[b], randoms == nullptr ? nullptr : randoms + b,
                                  scores == nullptr ? nullptr : scores + b);
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
    workspace learning_;
    std::vector<double> factors_;
    // What `learning_` has a pass over, where `kept_`: genotypes one after another.
    bool kept_ = false;
    std::vector<std::uint8_t> kept_genotypes_;
    std::vector<double> kept_descriptors_;
    scratch<workspace> spare_;
};

}  // namespace nas
