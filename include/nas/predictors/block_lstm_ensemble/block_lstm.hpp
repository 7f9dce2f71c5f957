// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/networks/pack_functions.hpp>
#include <nas/networks/packs.hpp>
#include <nas/networks/small_product.hpp>
#include <nas/predictors/block_ensemble/block_vocabulary.hpp>
#include <nas/predictors/block_ensemble/token_tables.hpp>

namespace nas {

/// Long short-term memory that reads blocks (Liu et al. 2018), with its gradient:
///
///     in each step the embeddings of some tokens, one after the other: the fewest after which kinds repeat, as input and operation
///     z = W x + U h before + b,  i, f, o = sigmoid of its first three quarters, g = tanh of the last
///     c = f c before + i g,  h = o tanh(c);  one linear output of the last h
///
/// Parameters are those of token_tables, then W, U and b, and the weights and the bias of the output. Matrices are stored column by
/// column.
template <std::floating_point Scalar>
class block_lstm {
  public:
    /// What a pass over some rows leaves. Those with the most steps come first, so that the rows of a step are the first ones.
    struct pass {
        std::vector<std::uint32_t> order;  ///< of the batch
        std::vector<std::size_t> first;    ///< column of the first row in each step; the last is their number
        std::vector<Scalar> inputs;
        std::vector<Scalar> gates;
        std::vector<Scalar> cells;
        std::vector<Scalar> squashed;  ///< tanh(c)
        std::vector<Scalar> hidden;
        std::vector<Scalar> outputs;
    };

    block_lstm(const block_vocabulary& vocabulary, std::size_t embedding, std::size_t units)
        : tables_(vocabulary, embedding),
          units_(units),
          tokens_(vocabulary.repeating_tokens()),
          inputs_(tokens_ * embedding) {
        numbers_.resize(4 * units * (inputs_ + units + 1) + units + 1);
        gradient_.resize(numbers_.size());
    }

    /// Their arrays, and those of the gradient.
    std::array<std::span<Scalar>, 2> parameters() noexcept { return {tables_.parameters(), numbers_}; }
    std::array<std::span<const Scalar>, 2> gradient() const noexcept { return {tables_.gradient(), gradient_}; }

    /// Embeddings uniform in +-limit, weights as Glorot and Bengio (2010), biases 0, those of f 1 (Jozefowicz et al. 2015), that of
    /// the output `bias`.
    void initialize(double limit, double bias, rng& random) {
        tables_.initialize(limit, random);
        const auto draw = [&](Scalar* to, std::size_t count, std::size_t in, std::size_t out) {
            const double most = std::sqrt(6.0 / static_cast<double>(in + out));
            for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<Scalar>(most * (2 * unit(random) - 1));
        };
        draw(numbers_.data(), 4 * units_ * inputs_, inputs_, 4 * units_);
        draw(numbers_.data() + from_hidden(), 4 * units_ * units_, units_, 4 * units_);
        std::fill_n(numbers_.data() + biases(), 4 * units_, Scalar{0});
        std::fill_n(numbers_.data() + biases() + units_, units_, Scalar{1});
        draw(numbers_.data() + output(), units_, units_, 1);
        numbers_.back() = static_cast<Scalar>(bias);
    }
    void fill_unseen(const block_rows& rows) { tables_.fill_unseen(rows); }
    /// Those of z.
    void scale_weights(double factor) {
        detail::for_each_number<Scalar>(
            biases(), [by = static_cast<Scalar>(factor)](auto& weight) { weight *= by; }, numbers_.data());
    }

    /// Outputs of these rows; valid until the next call.
    std::span<const Scalar> forward(const block_rows& rows, std::span<const std::uint32_t> which) {
        return forward(rows, which, pass_);
    }
    /// The same, in memory of the caller.
    std::span<const Scalar> forward(const block_rows& rows, std::span<const std::uint32_t> which, pass& own) const {
        plan(rows, which, own);
        const std::size_t columns = own.first.back();
        own.inputs.resize(inputs_ * columns);
        for_each_token(rows, which, own, [&](std::size_t input, std::size_t at) {
            std::copy_n(tables_.numbers() + at, tables_.width(), own.inputs.data() + input);
        });
        own.gates.resize(4 * units_ * columns);
        for (auto* each : {&own.cells, &own.squashed, &own.hidden}) each->resize(units_ * columns);
        for (std::size_t j = 0; j < columns; ++j)
            std::copy_n(numbers_.data() + biases(), 4 * units_, own.gates.data() + 4 * units_ * j);
        add_product(4 * units_, columns, inputs_, numbers_.data(), own.inputs.data(), own.gates.data());
        for (std::size_t step = 0; step + 1 < own.first.size(); ++step) move_on(own, step);

        own.outputs.assign(which.size(), numbers_.back());
        for_each_end(own, [&](std::size_t row, std::size_t column) {
            own.outputs[row] += detail::dot(units_, numbers_.data() + output(), own.hidden.data() + units_ * column);
        });
        return own.outputs;
    }

    /// The gradient of any loss over the rows that the last `forward` saw, from its derivatives by the outputs.
    void backward(const block_rows& rows, std::span<const std::uint32_t> which, std::span<const Scalar> slopes) {
        pass& own = pass_;
        const std::size_t columns = own.first.back();
        std::fill(gradient_.begin(), gradient_.end(), Scalar{0});
        by_hidden_.assign(units_ * columns, 0);
        by_cells_.assign(units_ * columns, 0);
        for_each_end(own, [&](std::size_t row, std::size_t column) {
            detail::add_times(units_, slopes[row], numbers_.data() + output(), by_hidden_.data() + units_ * column);
            detail::add_times(units_, slopes[row], own.hidden.data() + units_ * column, gradient_.data() + output());
        });
        for (const Scalar slope : slopes) gradient_.back() += slope;

        transposed_.resize(4 * units_ * std::max(units_, inputs_));
        transpose(4 * units_, units_, numbers_.data() + from_hidden(), transposed_.data());
        for (std::size_t step = own.first.size() - 1; step-- > 0;) move_back(own, step);

        Scalar* const delta = own.gates.data();
        set_product_transposed(4 * units_, inputs_, columns, delta, own.inputs.data(), gradient_.data());
        for (std::size_t j = 0; j < columns; ++j)
            detail::add_times(4 * units_, Scalar{1}, delta + 4 * units_ * j, gradient_.data() + biases());
        transpose(4 * units_, inputs_, numbers_.data(), transposed_.data());
        by_inputs_.resize(inputs_ * columns);
        set_product(inputs_, columns, 4 * units_, transposed_.data(), delta, by_inputs_.data());
        const std::span<Scalar> by_tables = tables_.gradient();
        std::fill(by_tables.begin(), by_tables.end(), Scalar{0});
        for_each_token(rows, which, own, [&](std::size_t input, std::size_t at) {
            detail::add_times(tables_.width(), Scalar{1}, by_inputs_.data() + input, by_tables.data() + at);
        });
    }

  private:
    // Where U, b and the weights of the output begin.
    std::size_t from_hidden() const noexcept { return 4 * units_ * inputs_; }
    std::size_t biases() const noexcept { return 4 * units_ * (inputs_ + units_); }
    std::size_t output() const noexcept { return biases() + 4 * units_; }

    std::size_t steps(const block_rows& rows, std::uint32_t row) const noexcept {
        return (rows.first[row + 1] - rows.first[row]) / tokens_;
    }
    void plan(const block_rows& rows, std::span<const std::uint32_t> which, pass& own) const {
        own.order.resize(which.size());
        for (std::size_t i = 0; i < which.size(); ++i) own.order[i] = static_cast<std::uint32_t>(i);
        std::stable_sort(own.order.begin(), own.order.end(), [&](std::uint32_t a, std::uint32_t b) {
            return steps(rows, which[a]) > steps(rows, which[b]);
        });
        own.first.assign(1, 0);
        for (std::size_t active = which.size(); active > 0;) {
            while (active > 0 && steps(rows, which[own.order[active - 1]]) < own.first.size()) --active;
            if (active > 0) own.first.push_back(own.first.back() + active);
        }
    }

    // Where its numbers are among the inputs, and where those of its embedding are.
    template <class Visit>
    void for_each_token(const block_rows& rows, std::span<const std::uint32_t> which, const pass& own,
                        Visit&& visit) const {
        for (std::size_t step = 0; step + 1 < own.first.size(); ++step)
            for (std::size_t j = 0; j < own.first[step + 1] - own.first[step]; ++j) {
                const std::size_t begin = rows.first[which[own.order[j]]] + step * tokens_;
                for (std::size_t k = 0; k < tokens_; ++k)
                    visit((own.first[step] + j) * inputs_ + k * tables_.width(), tables_.at(k, rows.tokens[begin + k]));
            }
    }
    // The rows of the batch that have a step, and the column of their last one.
    template <class Visit>
    void for_each_end(const pass& own, Visit&& visit) const {
        for (std::size_t step = 0; step + 1 < own.first.size(); ++step) {
            const std::size_t next = step + 2 < own.first.size() ? own.first[step + 2] - own.first[step + 1] : 0;
            for (std::size_t j = next; j < own.first[step + 1] - own.first[step]; ++j)
                visit(own.order[j], own.first[step] + j);
        }
    }

    void move_on(pass& own, std::size_t step) const {
        const std::size_t count = own.first[step + 1] - own.first[step];
        Scalar* const gates = own.gates.data() + 4 * units_ * own.first[step];
        const Scalar* const before = step > 0 ? own.cells.data() + units_ * own.first[step - 1] : nullptr;
        if (step > 0)
            add_product(4 * units_, count, units_, numbers_.data() + from_hidden(),
                        own.hidden.data() + units_ * own.first[step - 1], gates);
        for (std::size_t j = 0; j < count; ++j) {
            Scalar* const i = gates + 4 * units_ * j;
            detail::apply_to_each(3 * units_, i, [](const auto& x) { return x.logistic(); });
            detail::apply_to_each(units_, i + 3 * units_, [](const auto& x) { return x.tanh(); });
            const std::size_t at = units_ * (own.first[step] + j);
            for (std::size_t u = 0; u < units_; ++u) {
                const Scalar kept = before == nullptr ? 0 : i[units_ + u] * before[units_ * j + u];
                own.cells[at + u] = own.squashed[at + u] = i[u] * i[3 * units_ + u] + kept;
            }
            detail::apply_to_each(units_, own.squashed.data() + at, [](const auto& x) { return x.tanh(); });
            for (std::size_t u = 0; u < units_; ++u) own.hidden[at + u] = i[2 * units_ + u] * own.squashed[at + u];
        }
    }

    // The gates become the gradient by z.
    void move_back(pass& own, std::size_t step) {
        const std::size_t count = own.first[step + 1] - own.first[step];
        Scalar* const gates = own.gates.data() + 4 * units_ * own.first[step];
        for (std::size_t j = 0; j < count; ++j) {
            const std::size_t at = units_ * (own.first[step] + j);
            const std::size_t before = step > 0 ? units_ * (own.first[step - 1] + j) : 0;
            Scalar* const gate = gates + 4 * units_ * j;
            for (std::size_t u = 0; u < units_; ++u) {
                const Scalar i = gate[u], f = gate[units_ + u], o = gate[2 * units_ + u], g = gate[3 * units_ + u];
                const Scalar tanh_c = own.squashed[at + u];
                const Scalar by_c = by_cells_[at + u] + by_hidden_[at + u] * o * (1 - tanh_c * tanh_c);
                gate[u] = by_c * g * i * (1 - i);
                gate[units_ + u] = step > 0 ? by_c * own.cells[before + u] * f * (1 - f) : 0;
                gate[2 * units_ + u] = by_hidden_[at + u] * tanh_c * o * (1 - o);
                gate[3 * units_ + u] = by_c * i * (1 - g * g);
                if (step > 0) by_cells_[before + u] = by_c * f;
            }
        }
        if (step == 0) return;
        const std::size_t before = units_ * own.first[step - 1];
        add_product(units_, count, 4 * units_, transposed_.data(), gates, by_hidden_.data() + before);
        add_product_transposed(4 * units_, units_, count, gates, own.hidden.data() + before,
                               gradient_.data() + from_hidden());
    }

    token_tables<Scalar> tables_;
    std::size_t units_;
    std::size_t tokens_;  // of a step
    std::size_t inputs_;
    std::vector<Scalar> numbers_;
    std::vector<Scalar> gradient_;
    pass pass_;
    std::vector<Scalar> by_hidden_;
    std::vector<Scalar> by_cells_;
    std::vector<Scalar> by_inputs_;
    std::vector<Scalar> transposed_;
};

}  // namespace nas
