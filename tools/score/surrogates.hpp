// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nas/core/options.hpp>
#include <nas/predictors/block_lstm_ensemble.hpp>
#include <nas/predictors/block_mlp_ensemble.hpp>
#include <nas/spaces/cell_space.hpp>

namespace score {

/// Calls `work(ensemble)` with a surrogate of that class; false where there is no such class. `options` as parse_options reads
/// them.
template <class Work>
bool with_surrogate(const std::string& name, const std::string& options, const nas::cell_space& space, Work&& work) {
    using mlp = nas::block_mlp_ensemble<nas::cell_space>;
    using lstm = nas::block_lstm_ensemble<nas::cell_space>;
    if (name == "block_mlp_ensemble") {
        work(mlp(space, nas::parse_options<mlp::options_type>("nas::" + name, options)));
    } else if (name == "block_lstm_ensemble") {
        work(lstm(space, nas::parse_options<lstm::options_type>("nas::" + name, options)));
    } else {
        return false;
    }
    return true;
}

}  // namespace score
