// SPDX-License-Identifier: Apache-2.0
#include <nas/torch/torch_trainer.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/data/standardize.hpp>
#include <nas/evaluators/mlp_trainer.hpp>
#include <nas/rewards/knowledge_bonus_reward.hpp>
#include <nas/rewards/loss_reward.hpp>
#include <nas/rewards/weighted_accuracy_reward.hpp>
#include <nas/testing/evaluator_laws.hpp>

#include "torch_trials.hpp"

using nas::activation;
using nas::learning_task;
using nas::torch_optimizer;
using nas::torch_trainer;
using nas::torch_trainer_options;
using nas::tests::ask;
using nas::tests::close;
using nas::tests::rows_of;
using nas::tests::space_for;
using nas::tests::split_of;

namespace {

/// The same with both trainers: what nas::mlp_trainer gives, and whether the other one gives that within rounding.
template <class Reward = nas::accuracy_reward>
bool agrees(const nas::dataset& data, const std::string& text, nas::mlp_trainer_options mlp,
            torch_trainer_options torch, Reward reward = {}) {
    const auto split = split_of(data);
    const nas::mlp_trainer eigen{space_for(data), data, split, mlp, reward};
    const torch_trainer other{space_for(data), data, split, torch, reward};
    const auto wanted = ask(eigen, text);
    const auto given = ask(other, text);
    REQUIRE(wanted.result.completed());
    CHECK(given.result.reason == "");
    auto metrics = given.result.metrics;
    REQUIRE(metrics.size() == wanted.result.metrics.size() + 1);
    CHECK(metrics.back() > 0);  // flops
    metrics.pop_back();
    CHECK(given.curve.steps == wanted.curve.steps);
    CHECK(wanted.curve.values.front() != wanted.curve.values.back());  // it learned
    return close(given.result.values[0], wanted.result.values[0]) && close(metrics, wanted.result.metrics) &&
           close(given.curve.values, wanted.curve.values);
}

}  // namespace

TEST_CASE("torch_trainer: an MLP's training is that of mlp_trainer, for every optimizer they share and with dropout") {
    const auto data = rows_of(learning_task::classification, 3);
    const std::string text = "relu(16) dropout tanh(4) softmax(3)";
    const auto check = [&](nas::mlp_trainer_options mlp, torch_trainer_options torch) {
        mlp.epochs = torch.epochs = 8;
        mlp.batch = torch.batch = 7;  // of 72 rows: the last batch is smaller
        mlp.test_metric = torch.test_metric = true;
        CHECK(agrees(data, text, mlp, torch, nas::loss_reward{}));
    };
    check({.optimizer = nas::optimizer_kind::sgd, .learning_rate = 0.05},
          {.optimizer = torch_optimizer::sgd, .learning_rate = 0.05});
    check({.optimizer = nas::optimizer_kind::sgd, .learning_rate = 0.02, .momentum = 0.9},
          {.optimizer = torch_optimizer::sgd, .learning_rate = 0.02, .momentum = 0.9});
    check({.optimizer = nas::optimizer_kind::rmsprop}, {.optimizer = torch_optimizer::rmsprop});
    check({.weight_decay = 0.3, .dropout = 0.5}, {.weight_decay = 0.3, .dropout = 0.5});
    check({.learning_rate = 0.05, .keep = nas::kept_weights::best, .patience = 2},
          {.learning_rate = 0.05, .keep = nas::kept_weights::best, .patience = 2});
}

TEST_CASE("torch_trainer: an MLP's training is that of mlp_trainer, for every task") {
    const nas::mlp_trainer_options mlp{.epochs = 6, .test_metric = true};
    const torch_trainer_options torch{.epochs = 6, .test_metric = true};
    CHECK(agrees(rows_of(learning_task::classification, 2), "elu(16) sigmoid(1)", mlp, torch, nas::loss_reward{}));
    CHECK(agrees(rows_of(learning_task::multilabel, 2), "sigmoid(16) sigmoid(2)", mlp, torch, nas::loss_reward{}));
    nas::dataset numbers = rows_of(learning_task::regression, 1);
    for (float& target : numbers.targets) target = 50 + 10 * target;
    CHECK(agrees(nas::standardize(numbers, split_of(numbers)), "tanh(16) linear(1)", mlp, torch, nas::loss_reward{}));
    CHECK(agrees(rows_of(learning_task::classification, 3), "relu(16) relu(16) softmax(3)", mlp, torch,
                 nas::weighted_accuracy_reward{}));
}
