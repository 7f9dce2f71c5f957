// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace nas {

/// What a recurrent network need not compute twice for a batch of sequences. Those that read the same in a step have one input
/// there; those that have read the same in all steps so far have one state. Each input and each state of a step is a column of
/// a matrix.
///
/// Numbers of inputs and of states within a step are in the order of the first sequences that have them. Columns of steps
/// follow each other where all steps are kept. Otherwise only the last two are, each with room for a whole batch.
class shared_columns {
  public:
    /// Columns of a step, and how many are before them.
    struct step {
        std::size_t first_state = 0;
        std::size_t states = 0;
        std::size_t first_input = 0;
        std::size_t inputs = 0;
    };

    /// Before the first step. `shares_states` false: each sequence has a state of its own.
    void start(std::size_t batch, std::size_t steps, bool keeps_all, bool shares_states) {
        batch_ = batch;
        slots_ = keeps_all ? steps : std::min<std::size_t>(steps, 2);
        keeps_all_ = keeps_all;
        shares_states_ = shares_states;
        if (steps_.size() < slots_) steps_.resize(slots_);
        if (numbers_.size() < (4 * slots_ + 2) * batch) numbers_.resize((4 * slots_ + 2) * batch);
    }

    /// Step t, after those before. Sequences b read the same that have the same `kind(b)`, of which there are `kinds`.
    template <class Kind>
    void add(std::size_t t, std::size_t kinds, Kind&& kind) {
        const step before = t == 0 ? step{0, 1, 0, 0} : (*this)[t - 1];
        step& now = steps_[slot(t)];
        now = !keeps_all_ ? step{slot(t) * batch_, 0, slot(t) * batch_, 0}
              : t == 0    ? step{}
                          : step{before.first_state + before.states, 0, before.first_input + before.inputs, 0};
        if (inputs_.size() < kinds) inputs_.resize(kinds);
        std::fill_n(inputs_.begin(), kinds, none);
        number* const first_child = numbers_.data() + 4 * slots_ * batch_;
        number* const sibling = first_child + batch_;
        std::fill_n(first_child, before.states, none);
        for (std::size_t b = 0; b < batch_; ++b) {
            number& input = inputs_[static_cast<std::size_t>(kind(b))];
            if (input == none) {
                input = static_cast<number>(now.inputs++);
                part(t, readers)[input] = static_cast<number>(b);
            }
            const number parent = t == 0 ? 0 : part(t - 1, states)[b];
            number state = shares_states_ ? first_child[parent] : none;
            while (state != none && part(t, inputs)[state] != input) state = sibling[state];
            if (state == none) {
                state = static_cast<number>(now.states++);
                part(t, parents)[state] = parent;
                part(t, inputs)[state] = input;
                sibling[state] = first_child[parent];
                first_child[parent] = state;
            }
            part(t, states)[b] = state;
        }
    }
    /// Each sequence reads something else.
    void add(std::size_t t) {
        add(t, batch_, [](std::size_t b) { return b; });
    }

    const step& operator[](std::size_t t) const noexcept { return steps_[slot(t)]; }

    /// Of a sequence.
    std::size_t state(std::size_t t, std::size_t b) const noexcept { return part(t, states)[b]; }
    /// That of the step before which a state follows; 0 in the first step.
    std::size_t parent(std::size_t t, std::size_t state) const noexcept { return part(t, parents)[state]; }
    /// What was read last in a state.
    std::size_t input(std::size_t t, std::size_t state) const noexcept { return part(t, inputs)[state]; }
    /// The first sequence that reads an input.
    std::size_t reader(std::size_t t, std::size_t input) const noexcept { return part(t, readers)[input]; }

  private:
    using number = std::uint32_t;
    static constexpr number none = std::numeric_limits<number>::max();
    enum what : std::uint8_t { states, parents, inputs, readers };

    std::size_t slot(std::size_t t) const noexcept { return keeps_all_ ? t : t % 2; }
    number* part(std::size_t t, what of) noexcept { return numbers_.data() + (4 * slot(t) + of) * batch_; }
    const number* part(std::size_t t, what of) const noexcept { return numbers_.data() + (4 * slot(t) + of) * batch_; }

    std::size_t batch_ = 0;
    std::size_t slots_ = 0;
    bool keeps_all_ = true;
    bool shares_states_ = true;
    std::vector<step> steps_;
    std::vector<number>
        numbers_;  // of each slot the four kinds, then for each state its first child and its next sibling
    std::vector<number> inputs_;  // of each kind
};

}  // namespace nas
