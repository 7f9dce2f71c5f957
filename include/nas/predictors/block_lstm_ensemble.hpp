// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include <nas/core/options.hpp>
#include <nas/predictors/block_ensemble.hpp>
#include <nas/predictors/block_lstm_ensemble/block_lstm.hpp>

namespace nas {

struct block_lstm_options {
    std::size_t members = 5;
    double share = 0.8;
    std::size_t embedding = 20;
    double embedding_limit = 0.05;
    std::size_t units = 100;
    block_output output = block_output::linear;
    double bias = 0;
    block_loss loss = block_loss::squared;
    std::size_t epochs = 20;
    std::size_t steps = 0;
    std::size_t batch = 8;
    double first_rate = 0.003;
    double later_rate = 0.003;
    double decay = 0;
    std::size_t seed = 0;

    static constexpr block_lstm_options liu_2018() {
        return {.embedding = 100,
                .output = block_output::sigmoid,
                .bias = 1.8,
                .loss = block_loss::absolute,
                .first_rate = 0.01,
                .later_rate = 0.002};
    }
    static constexpr void presets(auto&& visit) {
        visit(preset{"liu_2018", "Liu et al. 2018: sigmoid, absolute errors, embeddings of 100"}, liu_2018());
    }

    static constexpr void fields(auto&& visit) {
        using o = block_lstm_options;
        visit(&o::members, field{"members", 1, 1000, "Liu et al. 2018: 5", "networks, whose mean is predicted"});
        visit(&o::share, field{"share", 0, 1, "Liu et al. 2018: 4/5", "of the observations that each learns"});
        visit(&o::embedding, field{"embedding", 1, 1e4, "titu1994: 20; Liu et al. 2018: 100", "numbers of a token"});
        visit(&o::embedding_limit, field{"embedding_limit", 0, 10, "Keras: 0.05", "they begin uniform in +- this"});
        visit(&o::units, field{"units", 1, 1U << 14U, "Liu et al. 2018: 100", "of the memory"});
        visit(&o::output, field{"output", 0, 0, "measured; Liu et al. 2018: sigmoid", "what the last unit puts out"});
        visit(&o::bias,
              field{"bias", -100, 100, "standardised values: 0; Liu et al. 2018: 1.8", "of the last unit, at first"});
        visit(&o::loss, field{"loss", 0, 0, "measured; Liu et al. 2018: absolute", "what training makes small"});
        visit(&o::epochs, field{"epochs", 0, 1e6, "measured", "passes over the observations"});
        visit(&o::steps, field{"steps", 0, 1e9, "measured", "batches at least, however few observations there are"});
        visit(&o::batch, field{"batch", 1, 1e6, "measured", "observations a step"});
        visit(&o::first_rate, field{"first_rate", 0, 10, "measured; Liu et al. 2018: 0.01",
                                    "of Adam, while all architectures have as many blocks"});
        visit(&o::later_rate, field{"later_rate", 0, 10, "measured; Liu et al. 2018: 0.002", "of Adam, afterwards"});
        visit(&o::decay, field{"decay", 0, 10, "by choice", "weight decay (AdamW): times the learning rate, a step"});
        visit(&o::seed, field{"seed", 0, 1e18, "by choice", "of its draws, where a fit is given no generator"});
    }
};

namespace detail {

/// Outputs of recurrent networks, of one shape.
class block_lstm_scores {
  public:
    struct memory {
        std::vector<std::uint32_t> all;
        block_lstm<float>::pass pass;
    };

    void add(const block_lstm<float>& net) { members_.push_back(net); }
    void score(std::size_t member, const block_rows& rows, std::span<float> out, memory& work) const {
        work.all.resize(out.size());
        std::iota(work.all.begin(), work.all.end(), std::uint32_t{0});
        const std::span<const float> outputs = members_[member].forward(rows, work.all, work.pass);
        std::copy(outputs.begin(), outputs.end(), out.begin());
    }

  private:
    std::vector<block_lstm<float>> members_;
};

struct block_lstm_model {
    using options_type = block_lstm_options;
    using network_type = block_lstm<float>;
    using scores_type = block_lstm_scores;
    static constexpr std::string_view owner = "nas::block_lstm_ensemble";
    static constexpr bool any_order = false;

    static network_type network(const block_vocabulary& vocabulary, const options_type& options) {
        return {vocabulary, options.embedding, options.units};
    }
    static std::size_t parameters(const block_vocabulary& vocabulary, const options_type& options) {
        const std::size_t inputs = vocabulary.repeating_tokens() * options.embedding;
        std::size_t tokens = 0;
        for (const block_vocabulary::kind& kind : vocabulary.kinds()) tokens += kind.size;
        return tokens * options.embedding + 4 * options.units * (inputs + options.units + 1) + options.units + 1;
    }
    static scores_type scores(const block_vocabulary&, const options_type&) { return {}; }
};

}  // namespace detail

/// The other surrogate of progressive search (PNAS; Liu et al. 2018): an ensemble of recurrent networks that read an architecture's
/// blocks one after the other, in the order in which the space gives them. As block_mlp_ensemble otherwise, also in what it learns,
/// refuses and is stored in.
///
/// Tens of times slower, and with little data worse, see there; but it sees an order, as that of a perceptron's layers. The preset
/// liu_2018 has what the paper says of its settings. The space must be a BlockSpace.
template <class Space>
class block_lstm_ensemble : public block_ensemble<Space, detail::block_lstm_model> {
  public:
    using block_ensemble<Space, detail::block_lstm_model>::block_ensemble;
};

template <class Space>
block_lstm_ensemble(const Space&, block_lstm_options = {}) -> block_lstm_ensemble<Space>;

}  // namespace nas
