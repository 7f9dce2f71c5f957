// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/networks/pack_functions.hpp>
#include <nas/networks/packs.hpp>
#include <nas/networks/shared_columns.hpp>
#include <nas/networks/small_product.hpp>

namespace nas {

/// Stacked long short-term memory without biases (Hochreiter and Schmidhuber 1997), as ENAS and AMBER have it:
///
///     z = W [x; h before],  i, f, o = sigmoid of its first three quarters, g = tanh of the last
///     c = i g + f c before,  h = o tanh(c)
///
/// A layer reads what the one below puts out in the same step; c and h are 0 before the first step. Inputs have as many
/// numbers as there are units.
///
/// Only the shape is kept here: weights and memory are the caller's. The weights of a layer are a matrix of 4 units rows and
/// 2 units columns, stored column by column; layers follow each other. In a step there is a column for each different state of
/// the sequences of a batch, and one for each different input: see shared_columns, which also says where steps are.
template <std::floating_point Scalar>
class lstm {
  public:
    lstm(std::size_t units, std::size_t layers) noexcept : units_(units), layers_(layers) {}

    std::size_t units() const noexcept { return units_; }
    std::size_t layers() const noexcept { return layers_; }
    /// Number of weights.
    std::size_t size() const noexcept { return layers_ * 8 * units_ * units_; }

    /// What a pass leaves behind, of `slots` steps of `batch` sequences. For `learning`, slots is the number of steps. With
    /// `dropout` each sequence has a state of its own.
    struct memory {
        Scalar* data = nullptr;
        std::size_t slots = 0;
        std::size_t batch = 0;
        bool learning = false;
        bool dropout = false;
        const shared_columns* columns = nullptr;  ///< of the steps so far
    };
    /// Numbers that `memory.data` must have room for.
    std::size_t room(const memory& of) const noexcept {
        return layers_ * layer_room(of) + (of.learning ? 5 : 4) * states(of) + 4 * units_ * (of.batch + 1);
    }

    /// What the top layer put out in `step`: units x states.
    Scalar* top(const memory& of, std::size_t step) const noexcept {
        return output(of, layers_ - 1) + units_ * (*of.columns)[step].first_state;
    }
    /// The gradient with respect to the same, to be set before `backward`.
    Scalar* top_gradient(const memory& of, std::size_t step) const noexcept {
        return output_gradient(of, layers_) + units_ * (*of.columns)[step].first_state;
    }
    /// The gradient with respect to what the lowest layer read in `step`, units x inputs, after `backward`.
    Scalar* input_gradient(const memory& of, std::size_t step) const noexcept {
        return output_gradient(of, 0) + units_ * (*of.columns)[step].first_input;
    }

    /// Draws what is dropped: outputs of layers, not what they remember, with probability `rate`; what stays is scaled up
    /// (Zaremba et al. 2014). A probability is a multiple of 2^-16.
    void draw_dropout(const memory& of, double rate, rng& random) const {
        const auto kept = static_cast<std::uint64_t>(std::lround((1 - rate) * 65536));
        const auto scale = static_cast<Scalar>(65536 / static_cast<double>(kept));
        for (std::size_t layer = 0; layer < layers_; ++layer) {
            Scalar* const mask = part(of, layer, 13);
            for (std::size_t at = 0; at < states(of); at += 4) {
                std::uint64_t bits = random();
                for (std::size_t k = at; k < std::min(at + 4, states(of)); ++k, bits >>= 16)
                    mask[k] = (bits & 65535U) < kept ? scale : Scalar{0};
            }
        }
    }

    /// Steps `first` to `last` - 1, after those before, from `inputs`, of each step a matrix units x inputs. Where there is
    /// more than one step all steps must be kept.
    void forward(const Scalar* weights, const memory& of, const Scalar* inputs, std::size_t first,
                 std::size_t last) const {
        const shared_columns& columns = *of.columns;
        if (first == 0) std::fill_n(nothing(of), 4 * units_, Scalar{0});
        for (std::size_t layer = 0; layer < layers_; ++layer, weights += 8 * units_ * units_) {
            const block read = layer == 0 ? inputs_of(columns, first, last) : states_of(columns, first, last);
            set_product(4 * units_, read.columns, units_, weights,
                        (layer == 0 ? inputs : output(of, layer - 1)) + units_ * read.first, of_read(of));
            for (std::size_t step = first; step < last; ++step) {
                const shared_columns::step now = columns[step];
                const Scalar* of_hidden = nothing(of);
                const Scalar* cells_before = nothing(of);
                if (step > 0) {
                    const shared_columns::step before = columns[step - 1];
                    cells_before = part(of, layer, 4) + units_ * before.first_state;
                    set_product(4 * units_, before.states, units_, weights + 4 * units_ * units_,
                                part(of, layer, 6) + units_ * before.first_state, of_states(of));
                    of_hidden = of_states(of);
                }
                for (std::size_t state = 0; state < now.states; ++state) {
                    const std::size_t at = now.first_state + state;
                    const std::size_t parent = columns.parent(step, state);
                    const std::size_t read_at = layer == 0 ? now.first_input + columns.input(step, state) : at;
                    move_on(of_read(of) + 4 * units_ * (read_at - read.first), of_hidden + 4 * units_ * parent,
                            cells_before + units_ * parent, part(of, layer, 0) + 4 * units_ * at,
                            part(of, layer, 4) + units_ * at, part(of, layer, 5) + units_ * at,
                            part(of, layer, 6) + units_ * at);
                }
                const std::size_t begin = units_ * now.first_state;
                if (of.dropout)
                    for (std::size_t i = begin; i < begin + units_ * now.states; ++i)
                        part(of, layer, 12)[i] = part(of, layer, 6)[i] * part(of, layer, 13)[i];
            }
        }
    }

    /// Before the first `backward` of a pass.
    void begin_backward(const memory& of) const {
        for (std::size_t layer = 0; layer < layers_; ++layer)
            std::fill_n(carried(of, layer), 3 * units_ * of.batch, Scalar{0});
    }

    /// Steps `last` - 1 down to `first`, after those behind. Takes top_gradient, which is that of the sum of all that is
    /// computed from these steps' outputs, sets input_gradient. `transposed` has the matrices of all layers transposed.
    void backward(const Scalar* transposed, const memory& of, std::size_t first, std::size_t last) const {
        for (std::size_t layer = layers_; layer-- > 0;) {
            const Scalar* const of_layer = transposed + layer * 8 * units_ * units_;
            for (std::size_t step = last; step-- > first;) step_back(of_layer, of, layer, step);
            const block read = layer == 0 ? inputs_of(*of.columns, first, last) : states_of(*of.columns, first, last);
            set_product(units_, read.columns, 4 * units_, of_layer, sums(of, layer) + 4 * units_ * read.first,
                        output_gradient(of, layer) + units_ * read.first);
        }
    }

    /// Adds the gradient of the weights, after `backward` over all `steps`. `inputs` are those of forward.
    void add_gradient(const memory& of, const Scalar* inputs, std::size_t steps, Scalar* gradient) const {
        for (std::size_t layer = 0; layer < layers_; ++layer, gradient += 8 * units_ * units_) {
            const block read = layer == 0 ? inputs_of(*of.columns, 0, steps) : states_of(*of.columns, 0, steps);
            add_product_transposed(4 * units_, units_, read.columns, sums(of, layer),
                                   layer == 0 ? inputs : output(of, layer - 1), gradient);
            add_product_transposed(4 * units_, units_, states_of(*of.columns, 0, steps - 1).columns, part(of, layer, 8),
                                   part(of, layer, 6), gradient + 4 * units_ * units_);
        }
    }

    /// The matrices of all layers transposed, that of inputs and that of outputs apart, as `backward` needs them.
    void transpose_weights(const Scalar* weights, Scalar* transposed) const {
        for (std::size_t half = 0; half < 2 * layers_; ++half)
            transpose(4 * units_, units_, weights + half * 4 * units_ * units_,
                      transposed + half * 4 * units_ * units_);
    }

  private:
    // Columns that follow each other.
    struct block {
        std::size_t first;
        std::size_t columns;
    };
    static block states_of(const shared_columns& columns, std::size_t first, std::size_t last) noexcept {
        if (first == last) return {0, 0};
        const std::size_t begin = columns[first].first_state;
        return {begin, columns[last - 1].first_state + columns[last - 1].states - begin};
    }
    static block inputs_of(const shared_columns& columns, std::size_t first, std::size_t last) noexcept {
        const std::size_t begin = columns[first].first_input;
        return {begin, columns[last - 1].first_input + columns[last - 1].inputs - begin};
    }

    // Parts of a layer's memory, in units of a matrix of states for each slot: 0 to 3 gates, which backward turns into the
    // gradients of what they are functions of, 4 cells, 5 their tanh, 6 hidden states, 7 gradient of outputs, 8 to 11 of each
    // state the sum of gates' gradients over the states that follow it; with dropout 12 outputs, 13 masks. At the end what is
    // carried from step to step backwards: gradients of the hidden state, and of cells for steps of either parity.
    //
    // After all layers: 0 to 3 what the inputs add to gates, in the steps that go forward together, and going backward of each
    // input of the lowest layer the sum of gates' gradients; 4 gradient of inputs. Then what hidden states add to gates, in one
    // step, and zeros: what is before the first step.
    std::size_t states(const memory& of) const noexcept { return units_ * of.batch * of.slots; }
    std::size_t layer_room(const memory& of) const noexcept {
        return states(of) * (of.dropout ? 14 : of.learning ? 12 : 7) + (of.learning ? 3 * units_ * of.batch : 0);
    }
    Scalar* part(const memory& of, std::size_t layer, std::size_t number) const noexcept {
        return of.data + layer * layer_room(of) + number * states(of);
    }
    Scalar* carried(const memory& of, std::size_t layer) const noexcept {
        return of.data + (layer + 1) * layer_room(of) - 3 * units_ * of.batch;
    }
    Scalar* output(const memory& of, std::size_t layer) const noexcept { return part(of, layer, of.dropout ? 12 : 6); }
    // Of the outputs of the layer below `above`; 0: of the inputs.
    Scalar* output_gradient(const memory& of, std::size_t above) const noexcept {
        return above == 0 ? part(of, layers_, 4) : part(of, above - 1, 7);
    }
    Scalar* of_read(const memory& of) const noexcept { return part(of, layers_, 0); }
    Scalar* of_states(const memory& of) const noexcept { return part(of, layers_, of.learning ? 5 : 4); }
    Scalar* nothing(const memory& of) const noexcept { return of_states(of) + 4 * units_ * of.batch; }
    // Of the gates' gradients over the states that read the same.
    Scalar* sums(const memory& of, std::size_t layer) const noexcept {
        return layer == 0 ? of_read(of) : part(of, layer, 0);
    }

    void step_back(const Scalar* transposed, const memory& of, std::size_t layer, std::size_t step) const {
        const shared_columns& columns = *of.columns;
        const shared_columns::step now = columns[step];
        const shared_columns::step before = step == 0 ? shared_columns::step{0, 1, 0, 0} : columns[step - 1];
        const std::size_t begin = units_ * now.first_state;
        const std::size_t size = units_ * now.states;
        Scalar* const carried_output = carried(of, layer);
        Scalar* const carried_cell = carried_output + (1 + step % 2) * units_ * of.batch;
        Scalar* const carried_on = carried_output + (2 - step % 2) * units_ * of.batch;
        Scalar* const gradient = output_gradient(of, layer + 1) + begin;
        const Scalar* const mask = of.dropout ? part(of, layer, 13) + begin : nullptr;
        for (std::size_t i = 0; i < size; ++i)
            gradient[i] = (mask == nullptr ? gradient[i] : gradient[i] * mask[i]) + carried_output[i];

        const Scalar* const cells_before = step == 0 ? nothing(of) : part(of, layer, 4) + units_ * before.first_state;
        Scalar* const of_parents = step == 0 ? of_states(of) : part(of, layer, 8) + 4 * units_ * before.first_state;
        Scalar* const of_inputs = of_read(of) + 4 * units_ * now.first_input;
        // States follow their parents in the order in which these come, and so do inputs.
        std::size_t parents = 0;
        std::size_t inputs = 0;
        for (std::size_t state = 0; state < now.states; ++state) {
            const std::size_t parent = columns.parent(step, state);
            const std::size_t input = columns.input(step, state);
            Scalar* const gates = part(of, layer, 0) + 4 * (begin + units_ * state);
            const sum to_parent{of_parents + 4 * units_ * parent, parent < parents};
            const sum to_cell{carried_on + units_ * parent, parent < parents};
            const sum to_read = layer == 0 ? sum{of_inputs + 4 * units_ * input, input < inputs} : sum{gates, false};
            move_back(gates, part(of, layer, 5) + begin + units_ * state, cells_before + units_ * parent,
                      gradient + units_ * state, carried_cell + units_ * state, to_parent, to_cell, to_read);
            if (parent == parents) ++parents;
            if (input == inputs) ++inputs;
        }
        if (step > 0)
            set_product(units_, before.states, 4 * units_, transposed + 4 * units_ * units_, of_parents,
                        carried_output);
    }

    // Of one state, from what its input and the hidden state before add to z. Not inlined, so that it is the same wherever it
    // is called from.
    [[gnu::noinline]] void move_on(const Scalar* read, const Scalar* of_hidden, const Scalar* before, Scalar* gates,
                                   Scalar* cells, Scalar* squashed, Scalar* hidden) const {
        const std::size_t n = units_;
        detail::for_each_pack<Scalar>(n, [&](auto lanes, std::size_t k) {
            using pack = typename detail::pack_of<Scalar, decltype(lanes)::value>::type;
            const auto tanh_of = [](auto& packs) {
                detail::apply<Scalar>(packs, [](const auto& x) { return x.tanh(); });
            };
            // sigmoid(x) = (1 + tanh(x / 2)) / 2: one tanh for all gates.
            pack z[4];
            for (std::size_t gate = 0; gate < 4; ++gate)
                z[gate] =
                    detail::load_pack<pack>(read + gate * n + k) + detail::load_pack<pack>(of_hidden + gate * n + k);
            for (std::size_t gate = 0; gate < 3; ++gate) z[gate] *= Scalar(0.5);
            tanh_of(z);
            for (std::size_t gate = 0; gate < 3; ++gate) z[gate] = z[gate] * Scalar(0.5) + Scalar(0.5);
            for (std::size_t gate = 0; gate < 4; ++gate) detail::store_pack(z[gate], gates + gate * n + k);
            const pack cell = z[0] * z[3] + z[1] * detail::load_pack<pack>(before + k);
            pack tanh[] = {cell};
            tanh_of(tanh);
            detail::store_pack(cell, cells + k);
            detail::store_pack(tanh[0], squashed + k);
            detail::store_pack(pack(z[2] * tanh[0]), hidden + k);
        });
    }

    // Numbers that are set, or added to where something is `known` of them.
    struct sum {
        Scalar* to;
        bool known;

        template <class Pack>
        void add(Pack more, std::size_t at) const {
            detail::store_pack(known ? Pack(more + detail::load_pack<Pack>(to + at)) : more, to + at);
        }
    };

    // Of one state, from the gradients of its hidden state and cell: that of z, twice, and that of the cell before.
    void move_back(const Scalar* gates, const Scalar* squashed, const Scalar* before, const Scalar* of_hidden,
                   const Scalar* of_cell, sum to_parent, sum to_cell, sum to_read) const {
        const std::size_t n = units_;
        detail::for_each_pack<Scalar>(n, [&](auto lanes, std::size_t k) {
            using pack = typename detail::pack_of<Scalar, decltype(lanes)::value>::type;
            const auto in = [k](const Scalar* from) { return detail::load_pack<pack>(from + k); };
            const pack i = in(gates), f = in(gates + n), o = in(gates + 2 * n), g = in(gates + 3 * n);
            const pack t = in(squashed), c = in(before), dh = in(of_hidden);
            const pack d = in(of_cell) + dh * o * (1 - t * t);
            const pack z[4] = {d * g * i * (1 - i), d * c * f * (1 - f), dh * t * o * (1 - o), d * i * (1 - g * g)};
            for (std::size_t gate = 0; gate < 4; ++gate) {
                to_parent.add(z[gate], gate * n + k);
                to_read.add(z[gate], gate * n + k);
            }
            to_cell.add(pack(d * f), k);
        });
    }

    std::size_t units_;
    std::size_t layers_;
};

}  // namespace nas
