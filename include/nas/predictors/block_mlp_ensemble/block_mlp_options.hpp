// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <nas/core/options.hpp>
#include <nas/predictors/block_ensemble/block_training.hpp>

namespace nas {

struct block_mlp_options {
    std::size_t members = 5;
    double share = 0.8;
    std::size_t embedding = 20;
    double embedding_limit = 0.05;
    std::size_t layers = 2;
    std::size_t units = 100;
    block_output output = block_output::linear;
    double bias = 0;
    block_loss loss = block_loss::squared;
    std::size_t epochs = 20;
    std::size_t steps = 600;
    std::size_t batch = 8;
    double first_rate = 0.003;
    double later_rate = 0.003;
    double decay = 0;
    std::size_t seed = 0;

    /// What the paper says of its settings; of epochs and batches it says nothing. Values must be in [0, 1].
    static constexpr block_mlp_options liu_2018() {
        return {.embedding = 100,
                .units = 100,
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
        using o = block_mlp_options;
        visit(&o::members, field{"members", 1, 1000, "Liu et al. 2018: 5", "networks, whose mean is predicted"});
        visit(&o::share, field{"share", 0, 1, "Liu et al. 2018: 4/5", "of the observations that each learns"});
        visit(&o::embedding, field{"embedding", 1, 1e4, "measured; Liu et al. 2018: 100", "numbers of a token"});
        visit(&o::embedding_limit, field{"embedding_limit", 0, 10, "measured", "they begin uniform in +- this"});
        visit(&o::layers, field{"layers", 1, 100, "Liu et al. 2018: 2", "hidden layers"});
        visit(&o::units, field{"units", 1, 1U << 16U, "measured; Liu et al. 2018: 100", "units of each of these"});
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
        visit(&o::decay, field{"decay", 0, 10, "measured", "weight decay (AdamW): times the learning rate, a step"});
        visit(&o::seed, field{"seed", 0, 1e18, "by choice", "of its draws, where a fit is given no generator"});
    }
};

}  // namespace nas
