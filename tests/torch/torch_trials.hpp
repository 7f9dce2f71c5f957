// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/trial.hpp>
#include <nas/data/dataset.hpp>
#include <nas/data/split.hpp>
#include <nas/evaluators/mlp_trainer/training_checks.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>

#include "support/made_rows.hpp"

namespace nas::tests {

using support::rows_of;
using support::split_of;

inline mlp_space space_for(const dataset& data, std::vector<std::size_t> units = {4, 16}) {
    return mlp_space({.units = std::move(units), .max_length = 4, .output = output_layer_for(data)});
}

/// Small convolutional networks of rows of four numbers as 1x2x2 images: channels, then whether there is dropout.
class convolutions {
  public:
    const choice_space<2>& space() const noexcept { return space_; }

    network_plan operator()(const choice_space<2>::arch_type& arch) const {
        network_plan plan;
        std::size_t at = plan.input({1, 2, 2});
        at = plan.convolution(at, arch[0] + 2U, {.kernel = {2, 2}}, {.bias = false});
        at = plan.activate(plan.batch_norm(at), activation::relu);
        if (arch[1] == 1) at = plan.dropout(at, 0.3);
        plan.output(plan.dense(plan.flatten(at), 3));
        return plan;
    }

  private:
    choice_space<2> space_{2};
};

struct answer {
    evaluation<> result;
    learning_curve curve;
};

/// What an evaluator with a space answers.
template <class Trainer>
answer ask(const Trainer& trainer, const std::string& text, std::uint64_t seed = 7, double fidelity = full_fidelity) {
    answer given;
    given.result = trainer(trainer.space().parse(text), context(0, seed, fidelity, &given.curve));
    return given;
}

/// Within rounding of float.
inline bool close(double a, double b, double share = 2e-4) {
    return std::abs(a - b) <= share * (1e-2 + std::abs(a) + std::abs(b));
}
inline bool close(const std::vector<double>& a, const std::vector<double>& b, double share = 2e-4) {
    bool all = a.size() == b.size();
    for (std::size_t i = 0; all && i < a.size(); ++i) all = close(a[i], b[i], share);
    return all;
}

}  // namespace nas::tests
