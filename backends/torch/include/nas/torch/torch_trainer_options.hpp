// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <nas/core/options.hpp>
#include <nas/evaluators/mlp_trainer_options.hpp>

namespace nas {

/// What turns gradients into steps. Those of mlp_trainer take the same steps as there.
enum class torch_optimizer : std::uint8_t {
    sgd,      ///< with momentum, Nesterov's too
    rmsprop,  ///< with the constants of nas::rmsprop
    adam,     ///< with those of nas::adam
    adamw,    ///< the same, but weight_decay takes away of all parameters, as PyTorch does, not of weights only
};
constexpr std::array<std::string_view, 4> enum_names(torch_optimizer) { return {"sgd", "rmsprop", "adam", "adamw"}; }

/// How the learning rate changes from epoch to epoch.
enum class torch_schedule : std::uint8_t {
    constant,
    cosine,       ///< half a cosine from the rate to 0 over `epochs` (Loshchilov and Hutter 2017)
    step,         ///< times schedule_factor every schedule_epochs
    exponential,  ///< times schedule_factor every epoch
};
constexpr std::array<std::string_view, 4> enum_names(torch_schedule) {
    return {"constant", "cosine", "step", "exponential"};
}

struct torch_trainer_options {
    std::size_t epochs = 10;
    std::size_t batch = 32;
    torch_optimizer optimizer = torch_optimizer::adam;
    double learning_rate = 0.001;
    double momentum = 0;
    bool nesterov = false;
    double weight_decay = 0;
    torch_schedule schedule = torch_schedule::constant;
    double schedule_factor = 0.1;
    std::size_t schedule_epochs = 30;
    double dropout = 0.2;
    double label_smoothing = 0;
    double clip_gradient = 0;
    bool mixed_precision = false;
    kept_weights keep = kept_weights::last;
    training_monitor monitor = training_monitor::loss;
    std::size_t patience = 0;
    std::size_t side_by_side = 1;
    std::size_t judged_rows = 1024;
    int threads = 1;
    bool deterministic = true;
    bool leakage_guard = true;
    bool test_metric = false;
    bool measure_time = false;

    static constexpr void fields(auto&& visit) {
        using own = torch_trainer_options;
        visit(&own::epochs,
              field{"epochs", 1, 1e6, "MLPNAS: 10", "passes over the training rows of a trial of full fidelity"});
        visit(&own::batch, field{"batch", 1, 1e9, "Keras: 32", "rows of a step; at most the training rows"});
        visit(&own::optimizer, field{"optimizer", 0, 0, "MLPNAS: adam", "what turns gradients into steps"});
        visit(&own::learning_rate,
              field{"learning_rate", 0, 1e3, "Keras: 0.001", "of the optimizer, in the first epoch"});
        visit(&own::momentum, field{"momentum", 0, 1, "MLPNAS: 0", "of sgd"});
        visit(&own::nesterov, field{"nesterov", 0, 0, "PyTorch: false", "whether the momentum of sgd looks ahead"});
        visit(&own::weight_decay,
              field{"weight_decay", 0, 1, "none",
                    "share of the weights that a step of rate 1 takes away, decoupled from the gradient"});
        visit(&own::schedule,
              field{"schedule", 0, 0, "Keras: constant", "how the learning rate changes from epoch to epoch"});
        visit(&own::schedule_factor,
              field{"schedule_factor", 0, 1, "PyTorch: 0.1", "what a step of the schedule leaves of the rate"});
        visit(&own::schedule_epochs,
              field{"schedule_epochs", 1, 1e6, "PyTorch's examples: 30", "epochs of a step of the schedule"});
        visit(&own::dropout,
              field{"dropout", 0, 0.999, "MLPNAS: 0.2",
                    "share of units that a dropout layer of an mlp_space drops; other builders have their own"});
        visit(&own::label_smoothing, field{"label_smoothing", 0, 0.999, "none",
                                           "share of what is learned of a label that all classes get alike"});
        visit(&own::clip_gradient,
              field{"clip_gradient", 0, 1e9, "0: none", "the length of a network's gradient at most"});
        visit(&own::mixed_precision,
              field{"mixed_precision", 0, 0, "it changes results", "whether sums of products are taken in bfloat16"});
        visit(&own::keep, field{"keep", 0, 0, "MLPNAS: last", "which epoch's weights are the model"});
        visit(&own::monitor, field{"monitor", 0, 0, "Keras: the validation loss", "what tells the best epoch"});
        visit(&own::patience,
              field{"patience", 0, 1e6, "0: never", "epochs without a better one after which training stops"});
        visit(&own::side_by_side, field{"side_by_side", 1, 4096, "1: off",
                                        "networks of the same shapes that are trained as one in a batch"});
        visit(&own::judged_rows,
              field{"judged_rows", 1, 1e9, "ours", "rows that are judged at once: more take more memory"});
        visit(&own::threads, field{"threads", 1, 1024, "one evaluation a core",
                                   "threads of libtorch in an evaluation, which change sums"});
        visit(&own::deterministic,
              field{"deterministic", 0, 0, "a history is a function of its seed",
                    "whether libtorch, in the whole program, uses only algorithms that give the same again"});
        visit(&own::leakage_guard,
              field{"leakage_guard", 0, 0, "one feature that tells the label is a mistake in the data",
                    "whether such data are refused"});
        visit(&own::test_metric, field{"test_metric", 0, 0, "a search must not see test rows",
                                       "whether a metric says what the test rows do"});
        visit(&own::measure_time,
              field{"measure_time", 0, 0, "a history should not depend on the machine's load",
                    "whether a trial costs the processor's seconds that its training took; 0 otherwise"});
    }
};

}  // namespace nas
