// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <nas/core/options.hpp>
#include <nas/networks/optimizers.hpp>

namespace nas {

/// Which weights a trained network keeps.
enum class kept_weights : std::uint8_t {
    last,  ///< those after the last epoch
    best,  ///< those after the epoch that was best on the validation rows, the first of equals
};
constexpr std::array<std::string_view, 2> enum_names(kept_weights) { return {"last", "best"}; }

/// What tells the best epoch.
enum class training_monitor : std::uint8_t { loss, accuracy };
constexpr std::array<std::string_view, 2> enum_names(training_monitor) { return {"loss", "accuracy"}; }

struct mlp_trainer_options {
    std::size_t epochs = 10;
    std::size_t batch = 32;
    optimizer_kind optimizer = optimizer_kind::adam;
    double learning_rate = 0.001;
    double momentum = 0;
    double weight_decay = 0;
    double dropout = 0.2;
    kept_weights keep = kept_weights::last;
    training_monitor monitor = training_monitor::loss;
    std::size_t patience = 0;
    bool leakage_guard = true;
    bool test_metric = false;
    bool measure_time = false;

    static constexpr void fields(auto&& visit) {
        visit(&mlp_trainer_options::epochs,
              field{"epochs", 1, 1e6, "MLPNAS: 10", "passes over the training rows of a trial of full fidelity"});
        visit(&mlp_trainer_options::batch,
              field{"batch", 1, 1e9, "Keras: 32", "rows of a step; at most the training rows"});
        visit(&mlp_trainer_options::optimizer,
              field{"optimizer", 0, 0, "MLPNAS: adam", "what turns gradients into steps"});
        visit(
            &mlp_trainer_options::learning_rate,
            field{"learning_rate", 0, 1e3, "Keras: 0.001; MLPNAS: 0.01, too high for wide layers", "of the optimizer"});
        visit(&mlp_trainer_options::momentum, field{"momentum", 0, 1, "MLPNAS: 0", "of sgd"});
        visit(&mlp_trainer_options::weight_decay,
              field{"weight_decay", 0, 1, "none",
                    "share of the weights that a step of rate 1 takes away, decoupled from the gradient"});
        visit(&mlp_trainer_options::dropout,
              field{"dropout", 0, 0.999, "MLPNAS: 0.2", "share of units that a dropout layer drops"});
        visit(&mlp_trainer_options::keep, field{"keep", 0, 0, "MLPNAS: last", "which epoch's weights are the model"});
        visit(&mlp_trainer_options::monitor,
              field{"monitor", 0, 0, "Keras: the validation loss", "what tells the best epoch"});
        visit(&mlp_trainer_options::patience,
              field{"patience", 0, 1e6, "0: never", "epochs without a better one after which training stops"});
        visit(&mlp_trainer_options::leakage_guard,
              field{"leakage_guard", 0, 0, "one feature that tells the label is a mistake in the data",
                    "whether such data are refused"});
        visit(&mlp_trainer_options::test_metric, field{"test_metric", 0, 0, "a search must not see test rows",
                                                       "whether a metric says what the test rows do"});
        visit(&mlp_trainer_options::measure_time,
              field{"measure_time", 0, 0, "a history should not depend on the machine's load",
                    "whether a trial costs the processor's seconds that its training took; 0 otherwise"});
    }
};

}  // namespace nas
