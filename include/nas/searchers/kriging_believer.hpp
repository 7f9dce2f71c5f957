// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include <nas/core/space.hpp>
#include <nas/core/trial.hpp>
#include <nas/predictors/predictor.hpp>

namespace nas::detail {

/// `model` as if what is pending had been worth what it predicts, so that a batch differs: the kriging believer (Ginsbourger, Le Riche
/// and Carraro 2010). Where it cannot learn one value more, `fit(model, archs, scores)` is called with these and what is pending.
template <class Space, Predictor<Space> Model, class Fit>
Model kriging_believer(const Model& model, const Space& space, std::span<const proposal<arch_t<Space>>> pending,
                       std::span<const arch_t<Space>> archs, std::vector<double> scores, Fit fit) {
    Model believer = model;
    if constexpr (IncrementalPredictor<Model, Space>) {
        for (const proposal<arch_t<Space>>& other : pending)
            believer.learn(space, other.arch, model.predict(space, other.arch));
    } else {
        std::vector<arch_t<Space>> all(archs.begin(), archs.end());
        for (const proposal<arch_t<Space>>& other : pending) {
            all.push_back(other.arch);
            scores.push_back(model.predict(space, other.arch));
        }
        fit(believer, std::span<const arch_t<Space>>(all), std::span<const double>(scores));
    }
    return believer;
}

}  // namespace nas::detail
