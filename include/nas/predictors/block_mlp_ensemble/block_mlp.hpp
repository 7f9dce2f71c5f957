// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nas/core/rng.hpp>
#include <nas/networks/mlp.hpp>
#include <nas/networks/packs.hpp>
#include <nas/predictors/block_ensemble/block_vocabulary.hpp>
#include <nas/predictors/block_ensemble/token_tables.hpp>

namespace nas {

/// A multilayer perceptron over the mean of blocks (Liu et al. 2018), with its gradient:
///
///     block = the embeddings of its tokens, one after the other; tokens of one kind share a table
///     x = mean of the blocks,  layers of relu over x,  one linear output
///
/// Rows must have their blocks in the order of sort_blocks.
template <std::floating_point Scalar>
class block_mlp {
  public:
    block_mlp(const block_vocabulary& vocabulary, std::size_t embedding, std::size_t layers, std::size_t units)
        : tables_(vocabulary, embedding), dense_(vocabulary.block_tokens() * embedding, shape(layers, units), 0) {}

    const token_tables<Scalar>& tables() const noexcept { return tables_; }
    const mlp<Scalar>& dense() const noexcept { return dense_; }

    /// Their arrays, and those of the gradient.
    std::array<std::span<Scalar>, 2> parameters() noexcept { return {tables_.parameters(), dense_.parameters()}; }
    std::array<std::span<const Scalar>, 2> gradient() const noexcept { return {tables_.gradient(), dense_.gradient()}; }

    /// Embeddings uniform in +-limit, the bias of the output `bias`, all else as nas::mlp begins.
    void initialize(double limit, double bias, rng& random) {
        tables_.initialize(limit, random);
        dense_.initialize(random);
        dense_.parameters().back() = static_cast<Scalar>(bias);
    }
    void fill_unseen(const block_rows& rows) { tables_.fill_unseen(rows); }
    void scale_weights(double factor) { dense_.scale_weights(factor); }

    /// Outputs of these rows; valid until the next call.
    std::span<const Scalar> forward(const block_rows& rows, std::span<const std::uint32_t> which) {
        inputs_.assign(which.size() * dense_.inputs(), 0);
        for_each_token(rows, which, [&](std::size_t input, std::size_t at, Scalar share) {
            detail::add_times(tables_.width(), share, tables_.parameters().data() + at, inputs_.data() + input);
        });
        return dense_.forward(inputs_);
    }

    /// The gradient of any loss over the rows that the last `forward` saw, from its derivatives by the outputs.
    void backward(const block_rows& rows, std::span<const std::uint32_t> which, std::span<const Scalar> slopes) {
        dense_.backward(inputs_, slopes);
        const std::span<const Scalar> by_inputs = dense_.input_gradient();
        const std::span<Scalar> by_tables = tables_.gradient();
        std::fill(by_tables.begin(), by_tables.end(), Scalar{0});
        for_each_token(rows, which, [&](std::size_t input, std::size_t at, Scalar share) {
            detail::add_times(tables_.width(), share, by_inputs.data() + input, by_tables.data() + at);
        });
    }

  private:
    static std::vector<mlp_layer> shape(std::size_t layers, std::size_t units) {
        std::vector<mlp_layer> made(layers, {units, activation::relu});
        made.push_back({1, activation::linear});
        return made;
    }

    // Where its numbers are among the inputs of the batch, where those of its embedding are, and the share of a block.
    template <class Visit>
    void for_each_token(const block_rows& rows, std::span<const std::uint32_t> which, Visit&& visit) const {
        const std::size_t tokens = tables_.block_tokens();
        for (std::size_t i = 0; i < which.size(); ++i) {
            const std::size_t begin = rows.first[which[i]];
            const std::size_t end = rows.first[which[i] + 1];
            const Scalar share =
                static_cast<Scalar>(tokens) / static_cast<Scalar>(std::max<std::size_t>(end - begin, 1));
            for (std::size_t at = begin, k = 0; at < end; ++at) {
                visit(i * dense_.inputs() + k * tables_.width(), tables_.at(k, rows.tokens[at]), share);
                if (++k == tokens) k = 0;
            }
        }
    }

    token_tables<Scalar> tables_;
    mlp<Scalar> dense_;
    std::vector<Scalar> inputs_;
};

}  // namespace nas
