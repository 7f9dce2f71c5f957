// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <nas/rewards/finished_model.hpp>

namespace nas {

/// Any score of predictions as a reward: `scorer(scores, targets)`, a number for each validation row in both, is called
/// for each output of the network, and the reward is the mean. Outputs for which it throws std::domain_error, because
/// the score is not defined for them (all targets are one class), are left out; where that leaves none, it throws
/// fatal_error, since it would of every model. A score that is NaN makes the mean NaN, which is a failed trial as
/// well.
///
///     nas::scorer_reward correlation{[](std::span<const float> scores, std::span<const float> targets) {
///         return nas::spearman(std::vector<double>(scores.begin(), scores.end()),
///                              std::vector<double>(targets.begin(), targets.end()));
///     }};
template <class Scorer>
struct scorer_reward {
    static_assert(
        std::is_invocable_r_v<double, const Scorer&, std::span<const float>, std::span<const float>>,
        "nas: the scorer must be callable as `double (std::span<const float> scores, std::span<const float> targets) "
        "const`");

    Scorer scorer;

    double operator()(const finished_model& model) const {
        if (model.scores.size() != model.rows * model.outputs || model.targets.size() != model.scores.size())
            throw std::invalid_argument("nas::scorer_reward: the model has " + std::to_string(model.scores.size()) +
                                        " scores and " + std::to_string(model.targets.size()) + " targets for " +
                                        std::to_string(model.rows) + " rows of " + std::to_string(model.outputs) +
                                        " outputs");
        std::vector<float> scores(model.rows);
        std::vector<float> targets(model.rows);
        double sum = 0;
        std::size_t scored = 0;
        std::string reason = "the model has no outputs";
        for (std::size_t output = 0; output < model.outputs; ++output) {
            for (std::size_t row = 0; row < model.rows; ++row) {
                scores[row] = model.scores[row * model.outputs + output];
                targets[row] = model.targets[row * model.outputs + output];
            }
            try {
                sum += static_cast<double>(scorer(std::span<const float>(scores), std::span<const float>(targets)));
                ++scored;
            } catch (const std::domain_error& error) {
                reason = error.what();
            }
        }
        if (scored == 0) throw fatal_error("nas::scorer_reward: no output can be scored: " + reason);
        return sum / static_cast<double>(scored);
    }
};

template <class Scorer>
scorer_reward(Scorer) -> scorer_reward<Scorer>;

}  // namespace nas
