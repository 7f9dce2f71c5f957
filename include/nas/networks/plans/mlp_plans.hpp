// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/networks/network_plan.hpp>
#include <nas/spaces/mlp_layer.hpp>
#include <nas/spaces/mlp_space.hpp>

namespace nas {

/// The networks of an mlp_space as plans: dense layers, each with its activation, and dropout where the architecture has it
/// (MLPNAS). The output layer makes sums: softmax or sigmoid is the trainer's. What nas::mlp trains, with as many parameters.
///
///     const nas::mlp_plans plans{nas::mlp_space{}, 11};
///     plans(space.parse("relu(128) dropout softmax(3)")).parameters();  // 1923
class mlp_plans {
  public:
    using arch_type = mlp_space::arch_type;

    /// `inputs`: features of a row. `dropout`: the share of units that a dropout layer drops. Throws std::invalid_argument where
    /// there are no inputs or the share is not in [0, 1).
    explicit mlp_plans(mlp_space space, std::size_t inputs, double dropout = 0.2)
        : space_(std::move(space)), inputs_(inputs), dropout_(dropout) {
        if (inputs < 1) throw std::invalid_argument("nas::mlp_plans: inputs (0) must be at least 1");
        if (!(dropout >= 0 && dropout < 1))
            throw std::invalid_argument("nas::mlp_plans: dropout (" + std::to_string(dropout) + ") must be in [0, 1)");
    }

    const mlp_space& space() const noexcept { return space_; }

    network_plan operator()(const arch_type& arch) const {
        network_plan plan;
        std::size_t at = plan.input(inputs_);
        const std::vector<mlp_layer> layers = space_.layers(arch);
        for (std::size_t i = 0; i < layers.size(); ++i) {
            if (layers[i].is_dropout()) {
                at = plan.dropout(at, dropout_);
                continue;
            }
            at = plan.dense(at, layers[i].units);
            if (i + 1 < layers.size() && layers[i].function != activation::linear)
                at = plan.activate(at, layers[i].function);
        }
        plan.output(at);
        return plan;
    }

  private:
    mlp_space space_;
    std::size_t inputs_;
    double dropout_;
};

}  // namespace nas
