// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <nas/data/dataset.hpp>
#include <nas/evaluators/mlp_trainer/mlp_rows.hpp>
#include <nas/networks/mlp.hpp>
#include <nas/spaces/mlp_layer.hpp>

namespace nas {

/// How good a model is on some rows.
struct mlp_scores {
    double loss = 0;
    double accuracy = 0;  ///< 0 for regression
};

namespace detail {

/// Says how good networks are, by the task and their output layer.
class mlp_judge {
  public:
    mlp_judge() = default;
    /// Of data that were checked, and networks that fit them.
    mlp_judge(const dataset& data, const mlp_layer& output)
        : task_(data.task), inputs_(data.features()), outputs_(output.units), function_(output.function) {
        if (task_ != learning_task::regression) return;
        for (std::size_t k = 0; k < data.outputs(); ++k)
            target_units_.push_back({data.target_offset(k), data.target_scale(k)});
    }

    learning_task task() const noexcept { return task_; }
    /// Features of a row.
    std::size_t inputs() const noexcept { return inputs_; }
    std::size_t outputs() const noexcept { return outputs_; }
    /// Whether outputs are the probabilities of one class each.
    bool softmax() const noexcept { return function_ == activation::softmax; }
    /// What one unit of what is learned is in the unit of the data's file.
    double target_scale(std::size_t output) const { return target_units_[output].scale; }
    /// What networks learn by.
    loss_function loss() const noexcept {
        return task_ == learning_task::regression ? loss_function::mean_squared_error : loss_function::cross_entropy;
    }

    /// Loss and accuracy of an mlp<float> on `rows`; its outputs to `scores` where that is given. A template, so that it is not
    /// compiled where nothing is trained.
    template <class Model>
    mlp_scores operator()(Model& model, const mlp_rows& rows, float* scores) const {
        constexpr std::size_t chunk = 256;
        mlp_scores total;
        for (std::size_t first = 0; first < rows.count; first += chunk) {
            const std::size_t count = std::min(chunk, rows.count - first);
            const std::span<const float> out = model.forward({rows.inputs.data() + first * inputs_, count * inputs_});
            add_rows(out, {rows.targets.data() + first * outputs_, count * outputs_}, total);
            if (scores != nullptr) std::copy(out.begin(), out.end(), scores + first * outputs_);
        }
        if (scores != nullptr) to_their_unit({scores, rows.count * outputs_});
        return mean(total, rows.count);
    }

    /// The same of outputs that a model gave, row-major [row][output] as `targets`. Then they have the unit of the data's file.
    mlp_scores operator()(std::span<float> scores, std::span<const float> targets) const {
        mlp_scores total;
        add_rows(scores, targets, total);
        to_their_unit(scores);
        return mean(total, targets.size() / outputs_);
    }

    /// Gives outputs or targets of a regression the unit of the data's file.
    void to_their_unit(std::span<float> numbers) const {
        for (std::size_t i = 0; !target_units_.empty() && i < numbers.size(); ++i) {
            const target_unit& unit = target_units_[i % target_units_.size()];
            numbers[i] = static_cast<float>(unit.offset + unit.scale * static_cast<double>(numbers[i]));
        }
    }

  private:
    // A target is the offset plus the scale times what is learned.
    struct target_unit {
        double offset = 0;
        double scale = 1;
    };

    static mlp_scores mean(const mlp_scores& total, std::size_t rows) {
        return {total.loss / static_cast<double>(rows), total.accuracy / static_cast<double>(rows)};
    }

    void add_rows(std::span<const float> out, std::span<const float> targets, mlp_scores& total) const {
        for (std::size_t i = 0; i < out.size(); i += outputs_)
            add_row(out.subspan(i, outputs_), targets.subspan(i, outputs_), total);
    }

    // Adds the loss of one row, and whether (of several labels: in what share) it was right.
    void add_row(std::span<const float> out, std::span<const float> targets, mlp_scores& total) const {
        constexpr double least = 1e-7;  // of a probability, as in Keras: a loss stays finite
        const auto shares = static_cast<double>(targets.size());
        if (task_ == learning_task::regression) {
            for (std::size_t k = 0; k < targets.size(); ++k) {
                const double error =
                    (static_cast<double>(out[k]) - static_cast<double>(targets[k])) * target_units_[k].scale;
                total.loss += error * error / shares;
            }
        } else if (function_ == activation::softmax) {
            std::size_t guess = 0;
            std::size_t label = 0;
            for (std::size_t k = 1; k < targets.size(); ++k) {
                guess = out[k] > out[guess] ? k : guess;
                label = targets[k] > targets[label] ? k : label;
            }
            total.loss -= std::log(at_least(static_cast<double>(out[label]), least));
            total.accuracy += guess == label ? 1 : 0;
        } else {
            for (std::size_t k = 0; k < targets.size(); ++k) {
                const auto p = static_cast<double>(out[k]);
                const bool holds = targets[k] > 0.5F;
                total.loss -= std::log(at_least(holds ? p : 1 - p, least)) / shares;
                total.accuracy += (p >= 0.5) == holds ? 1 / shares : 0;
            }
        }
    }

    // Not std::max, which would hide what is not a number.
    static double at_least(double p, double least) noexcept { return p < least ? least : p; }

    learning_task task_{};
    std::size_t inputs_ = 0;
    std::size_t outputs_ = 0;
    activation function_{};
    std::vector<target_unit> target_units_;  // of a regression
};

}  // namespace detail

}  // namespace nas
