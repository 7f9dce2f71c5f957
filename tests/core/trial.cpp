// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/core/evaluator.hpp>
#include <nas/core/trial.hpp>

TEST_CASE("evaluation: from numbers and arrays") {
    const nas::evaluation<> one = 0.5;
    CHECK(one.values[0] == 0.5);
    CHECK(one.cost == 0);
    CHECK(one.completed());
    const nas::evaluation<> dear{0.5, 12};
    CHECK(dear.cost == 12);
    const nas::evaluation<2> two{{1, 2}, 3};
    CHECK(two.values == std::array<double, 2>{1, 2});
    CHECK(two.cost == 3);
}

TEST_CASE("evaluation: without a result the values are NaN, and the reason is kept") {
    const auto failed = nas::evaluation<2>::failure("out of memory", 4);
    CHECK(failed.status == nas::trial_status::failed);
    CHECK(!failed.completed());
    CHECK(std::isnan(failed.values[0]));
    CHECK(std::isnan(failed.values[1]));
    CHECK(failed.reason == "out of memory");
    CHECK(failed.cost == 4);
    CHECK(nas::evaluation<>::infeasible("too large").status == nas::trial_status::infeasible);
    const auto pruned = nas::evaluation<>::pruned({0.3}, "below the median", 2);
    CHECK(pruned.status == nas::trial_status::pruned);
    CHECK(pruned.values[0] == 0.3);
    CHECK(!pruned.completed());
}

TEST_CASE("trial: defaults of a proposal, and what a trial adds") {
    const nas::proposal<int> asked = 7;
    CHECK(asked.arch == 7);
    CHECK(asked.parent == nas::no_trial);
    CHECK(asked.id == nas::no_trial);
    CHECK(asked.fidelity == nas::full_fidelity);
    CHECK(asked.origin == nas::trial_origin::asked);
    CHECK(asked == nas::proposal<int>(7));
    CHECK(!(asked == nas::proposal<int>(7, 1)));
    const nas::trial<int> told{asked, 0.25};
    CHECK(told.value() == 0.25);
    CHECK(told.completed());
}

TEST_CASE("trial: finite values") {
    constexpr double inf = std::numeric_limits<double>::infinity();
    CHECK(nas::detail::all_finite(std::array<double, 2>{0, -1e308}));
    CHECK(!nas::detail::all_finite(std::array<double, 2>{0, inf}));
    CHECK(!nas::detail::all_finite(std::array<double, 2>{-inf, 0}));
    CHECK(!nas::detail::all_finite(std::array<double, 2>{std::nan(""), 0}));
}

TEST_CASE("evaluator: what is one, and for how many objectives") {
    const auto number = [](const int&) { return 1; };
    const auto array = [](const int&) { return std::array<double, 3>{}; };
    const auto full = [](const int&, const nas::context&) { return nas::evaluation<2>{}; };
    const auto text = [](const int&) { return std::string(); };
    static_assert(nas::objectives_of<decltype(number), int> == 1);
    static_assert(nas::objectives_of<decltype(array), int> == 3);
    static_assert(nas::objectives_of<decltype(full), int> == 2);
    static_assert(!nas::Evaluator<decltype(text), int>);
    static_assert(!nas::Evaluator<decltype(number), std::string>);
}

TEST_CASE("context: curve, seed and the wish to stop") {
    nas::learning_curve curve;
    bool stop = false;
    bool gave_up = false;
    const nas::stop_query query{[](const void* state) { return *static_cast<const bool*>(state); }, &stop};
    const nas::context about(3, 99, 12, &curve, query, &gave_up);
    CHECK(about.id() == 3);
    CHECK(about.seed() == 99);
    CHECK(about.random() == nas::rng{99});
    CHECK(about.fidelity() == 12);
    about.report(1, 0.5);
    about.report(2, std::vector<double>{0.75});
    CHECK(curve.steps == std::vector<double>{1, 2});
    CHECK(curve.values == std::vector<double>{0.5, 0.75});
    CHECK(!about.stop_requested());
    CHECK(!gave_up);
    stop = true;
    CHECK(about.stop_requested());
    CHECK(gave_up);

    // Nothing is kept of a report of another width; one that says nothing of objectives takes what comes.
    const nas::context two(7, 0, nas::full_fidelity, &curve, {}, nullptr, 2);
    CHECK(two.objectives() == 2);
    CHECK_THROWS_WITH_AS(two.report(3, 0.5),
                         "nas::context: the evaluator reported 1 value after a step of trial 7; it has 2 objectives",
                         nas::fatal_error);
    CHECK_THROWS_AS(two.report(3, std::vector<double>{1, 2, 3}), nas::fatal_error);
    CHECK(curve.steps.size() == 2);
    CHECK(curve.values.size() == 2);
    two.report(3, std::vector<double>{1, 2});
    CHECK(curve.values.size() == 4);

    const nas::context alone(0, 0, nas::full_fidelity);  // nobody listens
    alone.report(1, 0.5);
    CHECK(!alone.stop_requested());
}
