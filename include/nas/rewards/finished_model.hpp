// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

#include <nas/core/evaluator.hpp>
#include <nas/spaces/mlp_layer.hpp>

namespace nas {

/// What a trainer knows of a model when it is done: what a reward is computed from. The spans are the trainer's, valid
/// during the call.
struct finished_model {
    /// On the validation rows after each epoch; of several labels their mean. Empty for regression.
    std::span<const double> accuracies = {};
    std::span<const double> losses = {};  ///< on the validation rows after each epoch
    std::size_t kept_epoch = 0;           ///< the epoch, from 0, whose weights were kept; below losses.size()
    std::size_t rows = 0;                 ///< validation rows
    std::size_t outputs = 0;              ///< of the network; 1 for two classes told apart by one sigmoid unit
    /// Row-major [row][output], with the kept weights: probabilities; predictions for regression.
    std::span<const float> scores = {};
    std::span<const float> targets = {};  ///< row-major [row][output]: one-hot, or 0 and 1; numbers for regression
    std::size_t features = 0;             ///< of the network
    std::span<const float> inputs = {};   ///< row-major [row][feature], what the scores were computed from
    /// The network's layers, its output layer last, and all its parameters, kept, as nas::mlp orders them. A network that is no
    /// multilayer perceptron has no layers here.
    std::span<const mlp_layer> layers = {};
    std::span<const float> weights = {};

    /// At the kept epoch. Throws fatal_error where there are no accuracies.
    double accuracy() const { return checked_accuracies()[kept_epoch]; }
    double loss() const { return losses[kept_epoch]; }

    /// `accuracies`. Throws fatal_error where there are none: that holds for every model of the search.
    std::span<const double> checked_accuracies() const {
        if (accuracies.empty())
            throw fatal_error(
                "nas::finished_model: the reward needs accuracies, which regression has not; choose another");
        return accuracies;
    }

    /// `layers`, for a reward that builds the network again as an nas::mlp. Throws fatal_error where there are none.
    std::span<const mlp_layer> checked_layers() const {
        if (layers.empty())
            throw fatal_error(
                "nas::finished_model: the reward needs the layers of a multilayer perceptron, which this network is not; "
                "choose another reward, or a space of such networks");
        return layers;
    }
};

// clang-format off

/// What a trial is worth, computed from its finished model; higher is better. It may throw: that is a failed trial, or,
/// of a fatal_error, the end of the search.
template <class R>
concept Reward = std::regular_invocable<const R&, const finished_model&> &&
    std::convertible_to<std::invoke_result_t<const R&, const finished_model&>, double>;

// clang-format on

/// Whether a reward says, by `static constexpr bool reads_curves_only = true;`, that of a model it reads accuracies, losses and
/// the kept epoch only: a trainer on another device need not bring scores and weights here then.
template <class R>
consteval bool reads_curves_only() {
    if constexpr (requires { R::reads_curves_only; }) {
        return R::reads_curves_only;
    } else {
        return false;
    }
}

/// Whether a reward says, by `static constexpr bool needs_accuracy = true;`, that it needs accuracies, which a regression has
/// not: a trainer refuses it before the search then.
template <class R>
consteval bool needs_accuracy() {
    if constexpr (requires { R::needs_accuracy; }) {
        return R::needs_accuracy;
    } else {
        return false;
    }
}

}  // namespace nas
