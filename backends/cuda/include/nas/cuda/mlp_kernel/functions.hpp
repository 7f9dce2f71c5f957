// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include <nas/cuda/mlp_kernel/types.hpp>

namespace nas::mlp_kernel {

/// What a layer makes of a sum; softmax, which needs all sums of a row, leaves it.
NAS_MLP_KERNEL inline float activated(function act, float x) {
    switch (act) {
        case function::sigmoid:
            return 1 / (1 + expf(-x));
        case function::tanh:
            return tanhf(x);
        case function::relu:
            return x < 0 ? 0 : x;  // what is no number stays
        case function::elu:
            return x < 0 ? expf(x) - 1 : x;
        default:
            return x;
    }
}

/// The derivative of a layer's function where it put out `y`, times `delta`.
NAS_MLP_KERNEL inline float derived(function act, float y, float delta) {
    switch (act) {
        case function::sigmoid:
            return delta * (y * (1 - y));
        case function::tanh:
            return delta * (1 - y * y);
        case function::relu:
            return y > 0 ? delta : 0;
        case function::elu:
            return delta * ((y < 0 ? y : 0) + 1);
        default:
            return delta;
    }
}

/// A row of sums becomes probabilities.
NAS_MLP_KERNEL inline void softmax_row(float* row, std::size_t outputs) {
    float largest = row[0];
    for (std::size_t k = 1; k < outputs; ++k) largest = row[k] > largest ? row[k] : largest;
    float sum = 0;
    for (std::size_t k = 0; k < outputs; ++k) sum += row[k] = expf(row[k] - largest);
    for (std::size_t k = 0; k < outputs; ++k) row[k] /= sum;
}

/// One step of an optimizer, a parameter at a time.
struct step_rule {
    optimizer how;
    bool moves;       // sgd with momentum
    float rate;       // of Adam: with its corrections
    float momentum;   // or rho, or beta1
    float rest;       // 1 - momentum
    float momentum2;  // beta2
    float rest2;      // 1 - beta2
    float epsilon;    // of Adam: with its correction
    bool decays;      // whether weights shrink before the step
    float decay;      // to this share

    /// `state` is the parameter's, its next number `copy` later.
    NAS_MLP_KERNEL void operator()(float gradient, float& parameter, float* state, std::size_t copy,
                                   bool weight) const {
        if (weight && decays) parameter *= decay;
        if (how == optimizer::adam) {
            const float mean = state[0] = momentum * state[0] + rest * gradient;
            const float square = state[copy] = momentum2 * state[copy] + rest2 * (gradient * gradient);
            parameter -= rate * mean / (sqrtf(square) + epsilon);
        } else if (how == optimizer::rmsprop) {
            const float square = state[0] = momentum * state[0] + rest * (gradient * gradient);
            parameter -= rate * gradient / (sqrtf(square) + epsilon);
        } else if (moves) {
            const float velocity = state[0] = momentum * state[0] + gradient;
            parameter -= rate * velocity;
        } else {
            parameter -= rate * gradient;
        }
    }
};

/// The steps of one training, with the constants of nas::any_optimizer.
class step_rules {
  public:
    NAS_MLP_KERNEL explicit step_rules(const setting& all)
        : how_(all.how),
          rate_(all.learning_rate),
          momentum_(all.momentum),
          decay_(1 - all.learning_rate * all.weight_decay),
          decays_(all.weight_decay > 0) {}

    NAS_MLP_KERNEL void pause(progress& at) const {
        at.power1 = power1_;
        at.power2 = power2_;
    }
    NAS_MLP_KERNEL void resume(const progress& at) {
        power1_ = at.power1;
        power2_ = at.power2;
    }

    NAS_MLP_KERNEL step_rule next() {
        step_rule rule{how_, momentum_ > 0, static_cast<float>(rate_), static_cast<float>(momentum_), 0, 0, 0,
                       0,    decays_,       static_cast<float>(decay_)};
        if (how_ == optimizer::rmsprop) {
            rule.momentum = 0.9F;
            rule.rest = 1 - rule.momentum;
            rule.epsilon = 1e-7F;
        } else if (how_ == optimizer::adam) {
            power1_ *= 0.9;
            power2_ *= 0.999;
            const double correction = std::sqrt(1 - power2_);
            rule.rate = static_cast<float>(rate_ * correction / (1 - power1_));
            rule.momentum = 0.9F;
            rule.rest = 1 - rule.momentum;
            rule.momentum2 = 0.999F;
            rule.rest2 = 1 - rule.momentum2;
            rule.epsilon = static_cast<float>(1e-8 * correction);
        }
        return rule;
    }

  private:
    optimizer how_;
    double rate_;
    double momentum_;
    double decay_;
    bool decays_;
    double power1_ = 1;
    double power2_ = 1;
};

/// How good the outputs of one row are.
struct row_score {
    double loss;
    double right;  ///< how many outputs were right; of softmax 1 or 0
};

/// As nas::detail::mlp_judge has it.
NAS_MLP_KERNEL inline row_score score_row(const setting& all, const float* out, const float* targets) {
    constexpr double least = 1e-7;
    const auto at_least = [](double p) { return p < least ? least : p; };  // what is not a number stays
    const auto shares = static_cast<double>(all.outputs);
    row_score score{0, 0};
    if (all.what == loss::squared_error) {
        for (std::size_t k = 0; k < all.outputs; ++k) {
            const double error = (static_cast<double>(out[k]) - static_cast<double>(targets[k])) * all.target_scales[k];
            score.loss += error * error / shares;
        }
    } else if (all.what == loss::softmax_cross_entropy) {
        std::size_t guess = 0;
        std::size_t label = 0;
        for (std::size_t k = 1; k < all.outputs; ++k) {
            guess = out[k] > out[guess] ? k : guess;
            label = targets[k] > targets[label] ? k : label;
        }
        score.loss = -std::log(at_least(static_cast<double>(out[label])));
        score.right = guess == label ? 1 : 0;
    } else {
        for (std::size_t k = 0; k < all.outputs; ++k) {
            const auto p = static_cast<double>(out[k]);
            const bool holds = targets[k] > 0.5F;
            score.loss -= std::log(at_least(holds ? p : 1 - p)) / shares;
            score.right += (p >= 0.5) == holds ? 1 : 0;
        }
    }
    return score;
}

}  // namespace nas::mlp_kernel
