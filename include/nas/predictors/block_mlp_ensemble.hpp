// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include <nas/predictors/block_ensemble.hpp>
#include <nas/predictors/block_mlp_ensemble/block_mlp.hpp>
#include <nas/predictors/block_mlp_ensemble/block_mlp_options.hpp>
#include <nas/predictors/block_mlp_ensemble/block_mlp_scores.hpp>

namespace nas {

namespace detail {

struct block_mlp_model {
    using options_type = block_mlp_options;
    using network_type = block_mlp<float>;
    using scores_type = block_mlp_scores;
    static constexpr std::string_view owner = "nas::block_mlp_ensemble";
    static constexpr bool any_order = true;

    static network_type network(const block_vocabulary& vocabulary, const options_type& options) {
        return {vocabulary, options.embedding, options.layers, options.units};
    }
    static std::size_t parameters(const block_vocabulary& vocabulary, const options_type& options) {
        std::size_t tokens = 0;
        for (const block_vocabulary::kind& kind : vocabulary.kinds()) tokens += kind.size;
        const std::size_t inputs = vocabulary.block_tokens() * options.embedding;
        return tokens * options.embedding + (inputs + 1) * options.units +
               (options.layers - 1) * (options.units + 1) * options.units + options.units + 1;
    }
    static scores_type scores(const block_vocabulary& vocabulary, const options_type& options) {
        return {vocabulary, options.embedding, options.layers, options.units};
    }
};

}  // namespace detail

/// The surrogate of progressive search (PNAS; Liu et al. 2018): an ensemble of perceptrons over the mean of an architecture's
/// blocks. It reads architectures of any length, so that what it learned of short ones ranks those that are longer; the order of
/// their blocks says nothing.
///
///     fit:      values are shifted and scaled; for each member: new weights, then `epochs` passes of Adam over batches of its
///               own 4/5 of the observations; tokens that were never seen get the mean of their kind's embeddings
///     predict:  the mean of the members; their spread is the deviation
///
/// The paper's networks end in a sigmoid, which needs rewards in [0, 1], and make absolute errors small: the preset liu_2018. Here
/// any value is learned, and squared errors are made small. On the 292 cells of a recorded search, learning all of up to b blocks
/// and ranking those of b + 1, Spearman's correlation is .78, .74, .65 and .67 for b = 1 to 4, .71 on the mean. A third of the steps
/// and of the rate gives .72 there, but five times the regret where values have no noise, and twice where they have. With absolute
/// errors .695, the preset's .693, block_lstm_ensemble's .68, that of ridge regression on the shares of operations .691.
/// A model that was made for a space reads another's architectures too, as those of a larger one, as long as it knows their tokens;
/// a token beyond its vocabulary is std::invalid_argument. Not incremental: a fit to 1,160 cells takes 0.4 s. Many architectures
/// are scored at once for less, 687,000 cells of five blocks in 0.9 s: the first layer of a row is a sum of columns, one a token.
/// The space must be a BlockSpace.
template <class Space>
class block_mlp_ensemble : public block_ensemble<Space, detail::block_mlp_model> {
  public:
    using block_ensemble<Space, detail::block_mlp_model>::block_ensemble;
};

template <class Space>
block_mlp_ensemble(const Space&, block_mlp_options = {}) -> block_mlp_ensemble<Space>;

}  // namespace nas
