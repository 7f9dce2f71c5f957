// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <nas/networks/lstm.hpp>
#include <nas/networks/packs.hpp>
#include <nas/networks/shared_columns.hpp>
#include <nas/networks/small_product.hpp>
#include <nas/policies/lstm_policy/anchor_attention.hpp>
#include <nas/policies/lstm_policy/controller_plan.hpp>
#include <nas/policies/lstm_policy/descriptor_network.hpp>

namespace nas {

/// The recurrent network of a controller (Zoph and Le 2017; with skips ENAS, Pham et al. 2018; with blocks AMBER, Zhang et al.
/// 2021): from what was decided before to the logits of what is next, and back to the gradient of its weights.
///
/// Step by step of the plan the LSTM reads
///     first:         a vector of its own, or what the descriptor network makes of the task's descriptor
///     after choices: the embedding of the choice
///     after inputs:  sum of the embeddings of the blocks that are read / (1 + their number)
///     after skips:   sum of the anchors of the layers that are read / (1 + their number)
/// and its top state, times weights of the step, is the logits; the anchor of a layer is its last top state; a bit of inputs
/// and outputs has one logit q, one of skips the attention between state and anchor. Output blocks read the anchors.
///
/// Only the shape is kept here: weights, in the order of `weights_at`, and memory are the caller's. Sequences are a batch:
/// `genotypes[b][i]` is decision i of sequence b. What sequences have in common is computed once, see shared_columns: an
/// embedding that several read, and, where all steps are choices, the states of those that were decided alike so far.
template <std::floating_point Scalar>
class controller_network {
  public:
    /// The first number of each part of the weights. Embeddings, softmax weights, and those of inputs and outputs have a
    /// vector for each choice, bit or block.
    struct weights_at {
        std::size_t start = 0;  // after the LSTM's
        std::vector<std::size_t> embedding;
        std::vector<std::size_t> softmax;
        std::size_t attention = 0;
        std::size_t input_embedding = 0;
        std::size_t inputs = 0;
        std::size_t outputs = 0;
        std::size_t descriptor = 0;
        std::size_t critic = 0;  // a weight for each unit, then the constant
        std::size_t size = 0;
    };

    /// `uses[t]` is the step whose embedding and softmax weights step t uses: itself, or an earlier one. `reads_descriptor`
    /// says whether the descriptor network gives the first input, `has_critic` whether there is a critic.
    controller_network(controller_plan plan, lstm<Scalar> recurrent, std::span<const std::size_t> uses,
                       bool reads_descriptor, descriptor_network<Scalar> describer, bool has_critic)
        : plan_(std::move(plan)),
          lstm_(recurrent),
          attention_(recurrent.units()),
          describer_(describer),
          reads_descriptor_(reads_descriptor),
          has_critic_(has_critic) {
        std::size_t& size = at_.size;
        const auto take = [&](std::size_t numbers) { return std::exchange(size, size + numbers); };
        const std::size_t n = units();
        take(lstm_.size());
        at_.start = take(reads_descriptor_ ? 0 : n);
        for (auto* const part : {&at_.embedding, &at_.softmax})
            for (std::size_t t = 0; t < plan_.steps.size(); ++t)
                part->push_back(plan_.steps[t].kind != step_kind::choice ? 0
                                : uses[t] < t                            ? (*part)[uses[t]]
                                                                         : take(plan_.steps[t].count * n));
        at_.attention = take(plan_.skips ? attention_.size() : 0);
        at_.input_embedding = take(plan_.inputs * n);
        at_.inputs = take(plan_.inputs * n);
        at_.outputs = take(plan_.outputs.size() * n);
        at_.descriptor = take(reads_descriptor_ ? describer_.size() : 0);
        at_.critic = take(has_critic_ ? n + 1 : 0);
    }

    const controller_plan& plan() const noexcept { return plan_; }
    const weights_at& at() const noexcept { return at_; }
    const descriptor_network<Scalar>& describer() const noexcept { return describer_; }
    const lstm<Scalar>& recurrent() const noexcept { return lstm_; }
    std::size_t units() const noexcept { return lstm_.units(); }

    /// What a pass leaves behind. Numbers of a step: those of the first sequence, of the second and so on.
    struct memory {
        typename lstm<Scalar>::memory states;
        shared_columns* columns;
        Scalar* inputs;     // of the LSTM
        Scalar* logits;     // of all steps; those who decide may change them
        Scalar* of_logits;  // gradient, when learning
        Scalar* probabilities;
        Scalar* anchors;
        Scalar* of_anchors;
        Scalar* keys;
        Scalar* of_keys;
        Scalar* query;
        Scalar* mixed;
        Scalar* described;
        Scalar* expected;     // by the critic, in each step of each state
        Scalar* of_expected;  // gradient, when learning
        Scalar* transposed;

        std::size_t batch() const noexcept { return states.batch; }
        std::size_t begin(const controller_step& step, std::size_t b) const noexcept {
            return step.at * states.batch + b * step.count;
        }
    };

    /// Lays memory for a batch out from `data` on, nullptr to count only; how many numbers that is.
    std::size_t lay_out(memory& m, std::size_t batch, bool learning, bool dropout, Scalar* data,
                        shared_columns* columns) const {
        const std::size_t n = units();
        m.columns = columns;
        m.states = {nullptr, learning ? plan_.steps.size() : 2, batch, learning, dropout, columns};
        std::size_t used = 0;
        const auto take = [&](std::size_t numbers) {
            numbers = (numbers + 15) / 16 * 16;  // packs of whole registers
            used += numbers;
            return data == nullptr ? nullptr : data + (used - numbers);
        };
        const std::size_t layers = n * batch * plan_.layers;
        m.states.data = take(lstm_.room(m.states));
        m.inputs = take(n * batch * m.states.slots);
        m.logits = take(plan_.numbers * batch);
        m.of_logits = take(learning ? plan_.numbers * batch : 0);
        m.probabilities = take(plan_.numbers * batch);
        m.anchors = take(has_anchors() ? layers : 0);
        m.of_anchors = take(has_anchors() && learning ? layers : 0);
        m.keys = take(plan_.skips ? layers : 0);
        m.of_keys = take(plan_.skips && learning ? layers : 0);
        m.query = take(plan_.skips ? n * batch : 0);
        m.mixed = take(plan_.skips ? (learning ? layers * (plan_.layers - 1) / 2 : layers) : 0);
        m.described = take(reads_descriptor_ ? describer_.room(batch) : 0);
        m.expected = take(has_critic_ ? plan_.steps.size() * batch : 0);
        m.of_expected = take(has_critic_ && learning ? plan_.steps.size() * batch : 0);
        m.transposed = take(learning ? lstm_.size() + (plan_.skips ? 2 * n * n : 0) : 0);
        return used;
    }

    /// Before the first step; `descriptors` has a column for each sequence, where the network reads them.
    void begin(const Scalar* weights, memory& m, std::span<const double> descriptors) const {
        m.columns->start(m.batch(), plan_.steps.size(), m.states.learning, !m.states.dropout && !has_anchors());
        if (reads_descriptor_) {
            m.columns->add(0);
            return describer_.forward(weights + at_.descriptor, descriptors, m.batch(), m.described, m.inputs);
        }
        m.columns->add(0, 1, [](std::size_t) { return 0; });
        std::copy_n(weights + at_.start, units(), m.inputs);
    }

    /// The logits of steps `first` to `last` - 1; what is decided before step `last` - 1 must be known.
    template <class Genotypes>
    void forward(const Scalar* weights, memory& m, const Genotypes& genotypes, std::size_t first,
                 std::size_t last) const {
        for (std::size_t t = std::max<std::size_t>(first, 1); t < last; ++t) read(weights, m, genotypes, t);
        lstm_.forward(weights, m.states, m.inputs, first, last);
        for (std::size_t t = first; t < last; ++t) {
            const controller_step& step = plan_.steps[t];
            const Scalar* const state = lstm_.top(m.states, t);
            if (step.kind == step_kind::skips) {
                attention_.scores(weights + at_.attention, state, m.keys, step.count, m.batch(), m.query,
                                  mixed_of(m, step), m.logits + m.begin(step, 0));
            } else {
                score(head_of(weights, t), state, m, t);
            }
            if (has_critic_) expect(weights + at_.critic, state, m, t);
            if (step.ends_layer) keep_anchor(weights, m, step.layer, state);
        }
    }

    /// The logits of the output blocks, after the last step.
    void forward_outputs(const Scalar* weights, memory& m) const {
        for (const controller_step& block : plan_.outputs)
            for (std::size_t b = 0; b < m.batch(); ++b)
                for (std::size_t i = 0; i < block.count; ++i)
                    m.logits[m.begin(block, b) + i] =
                        dot(weights + at_.outputs + block.layer * units(), anchor(m.anchors, m, i, b));
    }

    /// What the critic expects of sequence b before step t decides.
    Scalar& expected(Scalar* of_states, const memory& m, std::size_t t, std::size_t b) const {
        return of_states[t * m.batch() + m.columns->state(t, b)];
    }

    /// Adds the gradient of the weights, from those of the logits and of what the critic expects, and after a pass over all
    /// steps with their own slots.
    template <class Genotypes>
    void backward(const Scalar* weights, memory& m, const Genotypes& genotypes, Scalar* gradient) const {
        const std::size_t n = units();
        const std::size_t layers = n * m.batch() * plan_.layers;
        lstm_.transpose_weights(weights, m.transposed);
        if (plan_.skips) {
            attention_.transpose_weights(weights + at_.attention, m.transposed + lstm_.size());
            std::fill_n(m.of_keys, layers, Scalar{0});
        }
        if (has_anchors()) std::fill_n(m.of_anchors, layers, Scalar{0});
        outputs_backward(weights, m, gradient);
        lstm_.begin_backward(m.states);
        for (std::size_t last = plan_.steps.size(), first; last > 0; last = first) {
            for (first = last - 1; first > 0 && plan_.steps[first - 1].kind != step_kind::skips;) --first;
            for (std::size_t t = last; t-- > first;) head_backward(weights, m, t, gradient);
            lstm_.backward(m.transposed, m.states, first, last);
            for (std::size_t t = last; t-- > std::max<std::size_t>(first, 1);) read_backward(m, genotypes, t, gradient);
        }
        lstm_.add_gradient(m.states, m.inputs, plan_.steps.size(), gradient);
        if (plan_.skips)
            attention_.add_gradient(m.anchors, m.of_keys, m.batch() * plan_.layers, gradient + at_.attention);
        const Scalar* const of_start = lstm_.input_gradient(m.states, 0);
        if (reads_descriptor_)
            return describer_.backward(weights + at_.descriptor, of_start, m.batch(), m.described,
                                       gradient + at_.descriptor);
        detail::add_times(n, Scalar{1}, of_start, gradient + at_.start);
    }

  private:
    Scalar dot(const Scalar* a, const Scalar* b) const { return detail::dot(units(), a, b); }

    bool has_anchors() const noexcept { return plan_.skips || !plan_.outputs.empty(); }
    // Of a sequence in the anchors, or their gradients.
    template <class T>
    T* anchor(T* anchors, const memory& m, std::size_t layer, std::size_t b) const {
        return anchors + (layer * m.batch() + b) * units();
    }
    // Below skips of layer l there are those of 1, ..., l - 1 anchors; when not learning nothing is kept.
    Scalar* mixed_of(const memory& m, const controller_step& step) const {
        return m.mixed + (m.states.learning ? step.layer * (step.layer - 1) / 2 * m.batch() * units() : 0);
    }
    std::size_t head_at(std::size_t t) const {
        return plan_.steps[t].kind == step_kind::inputs ? at_.inputs : at_.softmax[t];
    }
    const Scalar* head_of(const Scalar* weights, std::size_t t) const { return weights + head_at(t); }

    /// The logits of a step, of each sequence those of its state. Not inlined, so that it is the same wherever it is called from.
    [[gnu::noinline]] void score(const Scalar* head, const Scalar* states, memory& m, std::size_t t) const {
        const std::size_t count = plan_.steps[t].count;
        Scalar* const logits = m.logits + m.begin(plan_.steps[t], 0);
        for (std::size_t state = 0; state < (*m.columns)[t].states; ++state)
            for (std::size_t i = 0; i < count; ++i)
                logits[state * count + i] = dot(head + i * units(), states + state * units());
        // No sequence has a state of a higher number than its own.
        for (std::size_t b = m.batch(); b-- > 0;)
            if (const std::size_t state = m.columns->state(t, b); state != b)
                std::copy_n(logits + state * count, count, logits + b * count);
    }
    [[gnu::noinline]] void expect(const Scalar* critic, const Scalar* states, memory& m, std::size_t t) const {
        for (std::size_t state = 0; state < (*m.columns)[t].states; ++state)
            m.expected[t * m.batch() + state] = dot(critic, states + state * units()) + critic[units()];
    }
    /// From gradients of the logits of sequences to their sums over those with the same state.
    void sum_up(Scalar* of_logits, const memory& m, std::size_t t) const {
        const std::size_t count = plan_.steps[t].count;
        std::size_t states = 0;
        for (std::size_t b = 0; b < m.batch(); ++b) {
            const std::size_t state = m.columns->state(t, b);
            const bool first = state == states;
            if (first) ++states;
            if (state != b)
                for (std::size_t i = 0; i < count; ++i)
                    of_logits[state * count + i] =
                        (first ? 0 : of_logits[state * count + i]) + of_logits[b * count + i];
        }
    }

    void keep_anchor(const Scalar* weights, memory& m, std::size_t layer, const Scalar* state) const {
        if (!has_anchors()) return;
        std::copy_n(state, units() * m.batch(), anchor(m.anchors, m, layer, 0));
        if (plan_.skips) attention_.key(weights + at_.attention, state, m.batch(), anchor(m.keys, m, layer, 0));
    }

    /// Calls `visit(j)` for each bit of a step that is 1; 1 / (1 + their number).
    template <class Genotype, class Visit>
    static Scalar for_each_set(const controller_step& step, const Genotype& genotype, Visit&& visit) {
        std::size_t set = 0;
        for (std::size_t j = 0; j < step.count; ++j)
            if (genotype[step.first + j] != 0) {
                ++set;
                visit(j);
            }
        return Scalar{1} / static_cast<Scalar>(1 + set);
    }

    /// What the LSTM reads in step t > 0.
    template <class Genotypes>
    void read(const Scalar* weights, memory& m, const Genotypes& genotypes, std::size_t t) const {
        const controller_step& before = plan_.steps[t - 1];
        if (before.kind == step_kind::choice) {
            m.columns->add(t, before.count, [&](std::size_t b) { return genotypes[b][before.first]; });
        } else {
            m.columns->add(t);
        }
        const shared_columns::step& now = (*m.columns)[t];
        for (std::size_t i = 0; i < now.inputs; ++i) {
            const std::size_t b = m.columns->reader(t, i);
            Scalar* const input = m.inputs + (now.first_input + i) * units();
            if (before.kind == step_kind::choice) {
                std::copy_n(weights + at_.embedding[t - 1] + genotypes[b][before.first] * units(), units(), input);
                continue;
            }
            std::fill_n(input, units(), Scalar{0});
            const Scalar scale = for_each_set(before, genotypes[b], [&](std::size_t j) {
                detail::add_times(units(), Scalar{1},
                                  before.kind == step_kind::inputs ? weights + at_.input_embedding + j * units()
                                                                   : anchor<const Scalar>(m.anchors, m, j, b),
                                  input);
            });
            for (std::size_t k = 0; k < units(); ++k) input[k] *= scale;
        }
    }
    template <class Genotypes>
    void read_backward(memory& m, const Genotypes& genotypes, std::size_t t, Scalar* gradient) const {
        const controller_step& before = plan_.steps[t - 1];
        for (std::size_t i = 0; i < (*m.columns)[t].inputs; ++i) {
            const std::size_t b = m.columns->reader(t, i);
            const Scalar* const of_input = lstm_.input_gradient(m.states, t) + i * units();
            if (before.kind == step_kind::choice) {
                detail::add_times(units(), Scalar{1}, of_input,
                                  gradient + at_.embedding[t - 1] + genotypes[b][before.first] * units());
                continue;
            }
            const Scalar scale = for_each_set(before, genotypes[b], [](std::size_t) {});
            for_each_set(before, genotypes[b], [&](std::size_t j) {
                detail::add_times(units(), scale, of_input,
                                  before.kind == step_kind::inputs ? gradient + at_.input_embedding + j * units()
                                                                   : anchor(m.of_anchors, m, j, b));
            });
        }
    }

    /// From the gradient of the logits of step t to that of its state. All that reads the step's anchor comes after it.
    void head_backward(const Scalar* weights, memory& m, std::size_t t, Scalar* gradient) const {
        const std::size_t n = units();
        const controller_step& step = plan_.steps[t];
        const Scalar* const state = lstm_.top(m.states, t);
        Scalar* const of_logits = m.of_logits + m.begin(step, 0);
        Scalar* const of_state = lstm_.top_gradient(m.states, t);
        if (step.kind == step_kind::skips) {
            attention_.backward(weights + at_.attention, m.transposed + lstm_.size(), state, of_logits, step.count,
                                m.batch(), m.query, mixed_of(m, step), m.of_keys, of_state, gradient + at_.attention);
        } else {
            sum_up(of_logits, m, t);
            const std::size_t states = (*m.columns)[t].states;
            set_product(n, states, step.count, head_of(weights, t), of_logits, of_state);
            add_product_transposed(n, step.count, states, state, of_logits, gradient + head_at(t));
        }
        if (has_critic_) expect_backward(weights + at_.critic, state, m, t, of_state, gradient + at_.critic);
        if (!step.ends_layer || !has_anchors()) return;
        Scalar* const of_anchor = anchor(m.of_anchors, m, step.layer, 0);
        if (plan_.skips)
            attention_.key_backward(m.transposed + lstm_.size(), anchor(m.of_keys, m, step.layer, 0), m.batch(),
                                    of_anchor);
        detail::add_times(n * m.batch(), Scalar{1}, of_anchor, of_state);
    }
    void expect_backward(const Scalar* critic, const Scalar* states, const memory& m, std::size_t t, Scalar* of_states,
                         Scalar* gradient) const {
        for (std::size_t state = 0; state < (*m.columns)[t].states; ++state) {
            const Scalar of_expected = m.of_expected[t * m.batch() + state];
            detail::add_times(units(), of_expected, critic, of_states + state * units());
            detail::add_times(units(), of_expected, states + state * units(), gradient);
            gradient[units()] += of_expected;
        }
    }
    void outputs_backward(const Scalar* weights, memory& m, Scalar* gradient) const {
        for (const controller_step& block : plan_.outputs)
            for (std::size_t b = 0; b < m.batch(); ++b)
                for (std::size_t i = 0; i < block.count; ++i) {
                    const Scalar of_logit = m.of_logits[m.begin(block, b) + i];
                    const std::size_t head = at_.outputs + block.layer * units();
                    detail::add_times(units(), of_logit, anchor<const Scalar>(m.anchors, m, i, b), gradient + head);
                    detail::add_times(units(), of_logit, weights + head, anchor(m.of_anchors, m, i, b));
                }
    }

    controller_plan plan_;
    lstm<Scalar> lstm_;
    anchor_attention<Scalar> attention_;
    descriptor_network<Scalar> describer_;
    bool reads_descriptor_;
    bool has_critic_;
    weights_at at_;
};

}  // namespace nas
