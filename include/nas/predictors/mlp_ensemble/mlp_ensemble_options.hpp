// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <nas/core/options.hpp>

namespace nas {

/// What the networks of an ensemble make small.
enum class ensemble_loss : std::uint8_t {
    squared,  ///< errors
    ranking,  ///< of pairs, by how much the better one is not predicted `margin` better than the other
};
constexpr std::array<std::string_view, 2> enum_names(ensemble_loss) noexcept { return {"squared", "ranking"}; }

struct mlp_ensemble_options {
    std::size_t members = 5;
    std::size_t layers = 1;
    std::size_t units = 32;
    ensemble_loss loss = ensemble_loss::squared;
    double margin = 0.1;
    std::size_t epochs = 50;
    std::size_t batch = 32;
    double learning_rate = 0.01;
    double decay = 0.3;
    std::size_t seed = 0;

    /// Much slower: the paper's networks are deep.
    static constexpr mlp_ensemble_options white_2021() {
        return {.layers = 10, .units = 20, .epochs = 150, .decay = 0};
    }
    static constexpr void presets(auto&& visit) {
        visit(preset{"white_2021", "White et al. 2021: ten layers of 20 units, 150 epochs"}, white_2021());
    }

    static constexpr void fields(auto&& visit) {
        using o = mlp_ensemble_options;
        visit(&o::members, field{"members", 1, 1000, "White et al. 2021: 5", "networks, whose mean is predicted"});
        visit(&o::layers, field{"layers", 1, 100, "measured; White et al. 2021: 10", "hidden layers of each"});
        visit(&o::units, field{"units", 1, 1U << 16U, "measured; White et al. 2021: 20", "units of each of these"});
        visit(&o::loss, field{"loss", 0, 0, "measured", "what training makes small"});
        visit(&o::margin, field{"margin", 0, 1e6, "GATES: 0.1", "by how much a better one should be predicted better"});
        visit(&o::epochs, field{"epochs", 0, 1e6, "measured; White et al. 2021: 150", "passes over the observations"});
        visit(&o::batch, field{"batch", 1, 1e6, "White et al. 2021: 32", "observations a step"});
        visit(&o::learning_rate, field{"learning_rate", 0, 10, "White et al. 2021: 0.01", "of Adam"});
        visit(&o::decay, field{"decay", 0, 10, "measured", "weight decay (AdamW): times the learning rate, a step"});
        visit(&o::seed, field{"seed", 0, 1e18, "by choice", "of its draws, where a fit is given no generator"});
    }
};

}  // namespace nas
