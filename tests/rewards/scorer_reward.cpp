// SPDX-License-Identifier: Apache-2.0
#include <nas/rewards/scorer_reward.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

#include <rewards/finished_models.hpp>

namespace {

using nas::tests::model_example;
using column = std::span<const float>;

/// Two rows of three outputs.
model_example three_outputs() {
    return {.outputs = 3, .scores = {1, 2, 3, 10, 20, 30}, .targets = {4, 5, 6, 40, 50, 60}};
}

}  // namespace

TEST_CASE("scorer_reward: the mean over outputs, where the scorer sees a column of each") {
    const auto weigh = [](column scores, column targets) {
        REQUIRE(scores.size() == 2);
        REQUIRE(targets.size() == 2);
        CHECK(scores[1] == 10 * scores[0]);
        CHECK(targets[0] == scores[0] + 3);
        CHECK(targets[1] == 10 * targets[0]);
        return static_cast<double>(scores[0] * targets[1]);
    };
    CHECK(nas::scorer_reward{weigh}(three_outputs().view()) == (40 + 2 * 50 + 3 * 60) / 3.0);
}

TEST_CASE("scorer_reward: outputs without a score are left out, until there is none") {
    const auto picky = [](column scores, column) {
        if (scores[0] == 2) throw std::domain_error("no score for 2");
        return static_cast<double>(scores[0]);
    };
    CHECK(nas::scorer_reward{picky}(three_outputs().view()) == 2);  // the mean of 1 and 3
    const auto never = [](column, column) -> double { throw std::domain_error("never"); };
    CHECK_THROWS_WITH_AS(nas::scorer_reward{never}(three_outputs().view()),
                         "nas::scorer_reward: no output can be scored: never", nas::fatal_error);
    const nas::tests::model_example nothing{.outputs = 1};
    nas::finished_model none = nothing.view();
    none.outputs = 0;
    CHECK_THROWS_WITH_AS(nas::scorer_reward{never}(none),
                         "nas::scorer_reward: no output can be scored: the model has no outputs", nas::fatal_error);
}

TEST_CASE("scorer_reward: other exceptions and NaN are not swallowed") {
    const auto broken = [](column, column) -> double { throw std::runtime_error("broken"); };
    CHECK_THROWS_WITH_AS(nas::scorer_reward{broken}(three_outputs().view()), "broken", std::runtime_error);
    const auto strange = [](column scores, column) {
        return scores[0] == 2 ? std::numeric_limits<double>::quiet_NaN() : 1.0;
    };
    CHECK(std::isnan(nas::scorer_reward{strange}(three_outputs().view())));
}

TEST_CASE("scorer_reward: any callable is a reward") {
    using scorer = std::function<double(column, column)>;
    static_assert(nas::Reward<nas::scorer_reward<scorer>>);
    static_assert(nas::Reward<nas::scorer_reward<double (*)(column, column)>>);
    static_assert(nas::Reward<std::function<double(const nas::finished_model&)>>);
    const std::function<double(const nas::finished_model&)> chosen =
        nas::scorer_reward{scorer([](column scores, column) { return static_cast<double>(scores[0]); })};
    CHECK(chosen(three_outputs().view()) == 2);
}

TEST_CASE("scorer_reward: a model whose sizes do not fit") {
    const auto any = [](column, column) { return 1.0; };
    const model_example owner = three_outputs();
    nas::finished_model model = owner.view();
    model.rows = 3;
    CHECK_THROWS_WITH_AS(nas::scorer_reward{any}(model),
                         "nas::scorer_reward: the model has 6 scores and 6 targets for 3 rows of 3 outputs",
                         std::invalid_argument);
    model = owner.view();
    model.targets = model.targets.first(5);
    CHECK_THROWS_AS(nas::scorer_reward{any}(model), std::invalid_argument);
}
