// SPDX-License-Identifier: Apache-2.0
#include <nas/rewards/weighted_accuracy_reward.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include <rewards/finished_models.hpp>

namespace {

using numbers = std::vector<double>;
using doctest::Approx;

}  // namespace

TEST_CASE("weighted_accuracy_reward: MLPNAS oracle 38") {
    CHECK(nas::epoch_weighted_mean(numbers{0.5, 0.6, 0.7}) == Approx(3.8 / 6).epsilon(1e-12));
    CHECK(nas::epoch_weighted_mean(numbers{0.1, 0.2, 0.3, 0.4}) == Approx(0.3).epsilon(1e-12));
    CHECK(nas::epoch_weighted_mean(numbers(10, 0.6)) == Approx(0.6).epsilon(1e-12));
    CHECK(nas::epoch_weighted_mean(numbers{0.5}) == 0.5);

    // Ten epochs on 490 rows: every reward is a multiple of 1 / (55 * 490), and a row right in the first epoch is worth
    // one.
    numbers epochs(10, 0.0);
    epochs.front() = 1.0 / 490;
    CHECK(nas::epoch_weighted_mean(epochs) == Approx(1.0 / 26950).epsilon(1e-12));
    for (std::size_t i = 0; i < epochs.size(); ++i) epochs[i] = std::floor(343.0 + static_cast<double>(i % 3)) / 490;
    const double quanta = nas::epoch_weighted_mean(epochs) * 26950;
    CHECK(std::abs(quanta - std::round(quanta)) < 1e-8);
    CHECK(18929.0 / 26950 == Approx(0.7023748).epsilon(1e-7));
}

TEST_CASE("weighted_accuracy_reward: falling weights are rising ones of the epochs in reverse") {
    const numbers epochs{0.25, 0.5, 0.625, 0.375};
    const numbers reversed(epochs.rbegin(), epochs.rend());
    CHECK(nas::epoch_weighted_mean(epochs, nas::epoch_weights::falling) ==
          Approx(nas::epoch_weighted_mean(reversed, nas::epoch_weights::rising)).epsilon(1e-15));
    CHECK(nas::epoch_weighted_mean(numbers{0, 1}, nas::epoch_weights::falling) == Approx(1.0 / 3).epsilon(1e-15));
    CHECK_THROWS_WITH_AS(nas::epoch_weighted_mean({}), "nas::epoch_weighted_mean: there must be at least one value",
                         std::invalid_argument);
}

TEST_CASE("weighted_accuracy_reward: all epochs count, whichever was kept") {
    const nas::tests::model_example model{.accuracies = {0.5, 0.6, 0.7}, .losses = {3, 1, 2}, .kept_epoch = 1};
    CHECK(nas::weighted_accuracy_reward{}(model.view()) == Approx(3.8 / 6));
    CHECK(nas::weighted_accuracy_reward{.weights = nas::epoch_weights::falling}(model.view()) == Approx(3.4 / 6));
    const nas::tests::model_example regression{.losses = {3, 1, 2}};
    CHECK_THROWS_AS(nas::weighted_accuracy_reward{}(regression.view()), nas::fatal_error);
}

TEST_CASE("weighted_accuracy_reward: is chosen by text") {
    const auto read = nas::parse_options<nas::weighted_accuracy_reward>("reward", "weights=falling");
    CHECK(read.weights == nas::epoch_weights::falling);
    CHECK(nas::to_text(nas::weighted_accuracy_reward{}) == "weights=rising");
}
