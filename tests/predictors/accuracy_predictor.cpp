// SPDX-License-Identifier: Apache-2.0
#include <nas/predictors/accuracy_predictor.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nas/report/statistics.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/mlp_space.hpp>

#include "operators/example_spaces.hpp"

using namespace nas::tests;

namespace {

/// Architectures are numbers, with features of its own: many, of which the first says all.
struct line_space {
    using arch_type = int;
    static constexpr std::size_t count = 300;

    int sample(nas::rng& random) const { return static_cast<int>(nas::below(random, 100)); }
    bool contains(int at) const { return at >= 0 && at < 100; }
    std::string describe(int at) const { return std::to_string(at); }
    int parse(std::string_view text) const { return std::stoi(std::string(text)); }
    std::size_t encoding_size() const { return count; }
    void encode(int at, std::span<double> features) const {
        for (std::size_t i = 0; i < count; ++i) features[i] = i == 0 ? at / 100.0 : 0;
    }
};

}  // namespace

TEST_CASE("accuracy predictor: it is the regression on the encoding") {
    const masked_space space;
    nas::accuracy_predictor<masked_space> predictor(space, {.ridge = 0.5});
    nas::ridge_regression model(nas::encoding_size(space), {.ridge = 0.5});
    CHECK(predictor.model().options().ridge == 0.5);
    nas::rng random(1);
    std::vector<double> features(nas::encoding_size(space));
    for (int i = 0; i < 20; ++i) {
        const auto arch = space.sample(random);
        nas::encode(space, arch, std::span<double>(features));
        if (i == 0) CHECK(std::isnan(predictor.predict(space, arch)));
        if (i > 0) CHECK(predictor.predict(space, arch) == model.predict(features));
        const double value = arch[0] + 0.1 * arch[2] + nas::unit(random);
        predictor.learn(space, arch, value);
        model.learn(features, value);
    }
}

TEST_CASE("accuracy predictor: draws have the prediction's mean and deviation") {
    const masked_space space;
    nas::accuracy_predictor<masked_space> predictor(space);
    nas::rng random(2);
    const auto arch = space.sample(random);
    CHECK(std::isnan(predictor.draw(space, arch, random)));
    for (int i = 0; i < 30; ++i) predictor.learn(space, space.sample(random), nas::unit(random));
    double sum = 0;
    double squares = 0;
    constexpr int draws = 20000;
    const double mean = predictor.predict(space, arch);
    for (int i = 0; i < draws; ++i) {
        const double difference = predictor.draw(space, arch, random) - mean;
        sum += difference;
        squares += difference * difference;
    }
    std::vector<double> features(nas::encoding_size(space));
    nas::encode(space, arch, std::span<double>(features));
    const double deviation = predictor.model().deviation(features);
    CHECK(std::abs(sum / draws) < 4 * deviation / std::sqrt(draws));
    CHECK(std::sqrt(squares / draws) == doctest::Approx(deviation).epsilon(0.03));
}

TEST_CASE("accuracy predictor: of ranks it is the regression on their scores, whatever the values' unit") {
    const masked_space space;
    const nas::accuracy_predictor_options by_rank{.ridge = 0.5, .transform = nas::reward_transform::rank};
    nas::accuracy_predictor<masked_space> predictor(space, by_rank);
    nas::accuracy_predictor<masked_space> of_exponentials(space, by_rank);
    nas::rng random(1);
    std::vector<masked_space::arch_type> archs;
    std::vector<double> values;
    for (std::size_t n = 1; n <= 60; ++n) {
        archs.push_back(space.sample(random));
        values.push_back(archs.back()[0] + 0.1 * archs.back()[2] + nas::unit(random));
        predictor.learn(space, archs.back(), values.back());
        of_exponentials.learn(space, archs.back(), std::exp(10 * values.back()));
        const auto asked = space.sample(random);
        CHECK(of_exponentials.predict(space, asked) == predictor.predict(space, asked));
        if (n > 16) continue;  // all scores are new after each value; later now and then
        nas::reward_ranks ranks;
        for (const double value : values) ranks.add(value);
        nas::ridge_regression model(nas::encoding_size(space), {.ridge = 0.5});
        std::vector<double> features(nas::encoding_size(space));
        std::vector<double> moments(features.size() + 1, 0);
        double squares = 0;
        for (std::size_t k = 0; k < n; ++k) {
            nas::encode(space, archs[k], std::span<double>(features));
            const double score = ranks.score(values[k]);
            model.learn(features, score);
            for (std::size_t i = 0; i < features.size(); ++i) moments[i] += features[i] * score;
            moments.back() += score;
            squares += score * score;
        }
        model.refit(moments, squares);
        nas::encode(space, asked, std::span<double>(features));
        CHECK(predictor.predict(space, asked) == doctest::Approx(model.predict(features)).epsilon(1e-9));
    }
}

TEST_CASE("accuracy predictor: a space's own features, more than usual") {
    const line_space space;
    nas::accuracy_predictor<line_space> predictor(space, {.ridge = 1e-4});
    for (const int at : {3, 90, 40}) predictor.learn(space, at, 2 * at);
    CHECK(predictor.predict(space, 70) == doctest::Approx(140).epsilon(1e-3));
}

TEST_CASE("prequential predictions: each from the completed trials before it") {
    // Layers add up, so that the predictor can be nearly right; some trials fail.
    const auto worth = [](const nas::mlp_space::arch_type& arch) {
        if (arch[0] == 5) throw std::runtime_error("broken");
        return 0.7 + 0.002 * arch[0] - (arch[1] == 29 ? 0.02 : 0.0);
    };
    nas::search search{nas::random_search{nas::mlp_space{}}, worth, {.seed = 3}};
    search.run({.trials = 300});
    const auto& history = search.history();
    const std::vector<double> predicted = nas::prequential_predictions(history);
    REQUIRE(predicted.size() == 300);
    CHECK(std::isnan(predicted[0]));
    CHECK(predicted[1] == doctest::Approx(history.value(0)).epsilon(0.05));

    // The last is what a predictor of all others says, and later trials change no earlier prediction.
    nas::accuracy_predictor<nas::mlp_space> predictor(history.space());
    std::vector<double> real;
    std::vector<double> late;
    for (std::size_t row = 0; row < 300; ++row) {
        if (row > 0) CHECK(predicted[row] == predictor.predict(history.space(), history.arch(row)));
        if (!history.completed(row)) continue;
        predictor.learn(history.space(), history.arch(row), history.value(row));
        if (row < 100) continue;
        real.push_back(history.value(row));
        late.push_back(predicted[row]);
    }
    CHECK(real.size() < 200);
    CHECK(nas::spearman(late, real) > 0.9);
    CHECK(nas::prequential_predictions(history, {.ridge = 30})[299] != predicted[299]);
}
