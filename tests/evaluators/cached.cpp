// SPDX-License-Identifier: Apache-2.0
#include <nas/evaluators/cached.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using plain_space = nas::choice_space<2>;
using arch_type = plain_space::arch_type;

// Two decisions whose order does not matter.
struct symmetric_space : plain_space {
    using plain_space::plain_space;
    int key(const arch_type& arch) const { return arch[0] + arch[1] + 100 * arch[0] * arch[1]; }
};

// Stochastic: what a trial gets depends on its stream.
struct noisy_training {
    int* calls;
    nas::evaluation<> operator()(const arch_type& arch, const nas::context& about) {
        ++*calls;
        nas::rng random = about.random();
        const double value = arch[0] + nas::unit(random);
        about.report(1, value - 1);
        return {value, 5};
    }
};

nas::context trial(nas::trial_id id, double fidelity = nas::full_fidelity) { return {id, 1000 + id, fidelity}; }

static_assert(!nas::ConcurrentEvaluator<nas::cached_evaluator<noisy_training, plain_space>, arch_type>);

}  // namespace

TEST_CASE("cached: a repeat gets the first evaluation, at no cost") {
    int calls = 0;
    auto evaluator = nas::cached(noisy_training{&calls}, plain_space(3));
    const auto first = evaluator({1, 2}, trial(0));
    CHECK(first.cost == 5);
    nas::learning_curve curve;
    const auto second = evaluator({1, 2}, nas::context(1, 77, nas::full_fidelity, &curve));
    CHECK(calls == 1);
    CHECK(second.values == first.values);
    CHECK(second.cost == 0);
    CHECK(curve.values == std::vector<double>{first.values[0] - 1});
    (void)evaluator({2, 1}, trial(2));
    CHECK(calls == 2);
    (void)evaluator({1, 2}, trial(3, 12));
    (void)evaluator({1, 2}, trial(4, 12));
    CHECK(calls == 3);
    CHECK(evaluator.hits() == 2);
    CHECK(evaluator.size() == 3);

    auto charging = nas::cached(noisy_training{&calls}, plain_space(3), {.charge_repeats = true});
    (void)charging({1, 2}, trial(0));
    CHECK(charging({1, 2}, trial(1)).cost == 5);
}

TEST_CASE("cached: the space's key says what is the same network") {
    int calls = 0;
    auto evaluator = nas::cached(noisy_training{&calls}, symmetric_space(3));
    const auto first = evaluator({1, 2}, trial(0));
    CHECK(evaluator({2, 1}, trial(1)).values == first.values);
    CHECK(calls == 1);
}

TEST_CASE("cached: what failed is evaluated again") {
    int calls = 0;
    const auto troubled = [&calls](const arch_type& arch) -> nas::evaluation<> {
        ++calls;
        switch (arch[0]) {
            case 0:
                return nas::evaluation<>::failure("timeout");
            case 1:
                return nas::evaluation<>::infeasible("too large", 2);
            case 2:
                return nas::evaluation<>::pruned({1}, "slow");
            case 3:
                return std::numeric_limits<double>::quiet_NaN();
            default:
                throw std::runtime_error("out of memory");
        }
    };
    auto evaluator = nas::cached(troubled, nas::choice_space<2>(5));
    const auto calls_of = [&](std::uint8_t kind) {
        calls = 0;
        for (nas::trial_id id = 0; id < 2; ++id) {
            try {
                (void)evaluator({kind, 0}, trial(id));
            } catch (const std::runtime_error&) {
            }
        }
        return calls;
    };
    CHECK(calls_of(0) == 2);
    CHECK(calls_of(1) == 1);
    CHECK(calls_of(2) == 2);
    CHECK(calls_of(3) == 2);
    CHECK(calls_of(4) == 2);
    const auto again = evaluator({1, 0}, trial(9));
    CHECK(again.status == nas::trial_status::infeasible);
    CHECK(again.reason == "too large");
    CHECK(std::isnan(again.values[0]));
}

TEST_CASE("cached: what was given up is not kept") {
    const auto training = [](const arch_type&, const nas::context& about) {
        return about.stop_requested() ? -1.0 : 1.0;
    };
    auto evaluator = nas::cached(training, plain_space(3));
    bool gave_up = false;
    (void)evaluator({0, 0}, nas::context(0, 1, 1, nullptr, {[](const void*) { return true; }, nullptr}, &gave_up));
    CHECK(gave_up);
    CHECK(evaluator.size() == 0);
    CHECK(evaluator({0, 0}, nas::context(0, 1, 1)).values[0] == 1);
}

TEST_CASE("cached: a resumed search goes on as the whole one, once its evaluator remembers") {
    int calls = 0;
    const plain_space space(3);
    const auto values = [](const auto& search) {
        std::vector<double> all;
        for (std::size_t row = 0; row < search.history().size(); ++row) {
            all.push_back(search.history().value(row));
            all.push_back(search.history().cost(row));
        }
        return all;
    };
    nas::search whole{nas::random_search{space}, nas::cached(noisy_training{&calls}, space), {.seed = 5}};
    whole.run({.trials = 40});
    CHECK(calls == 9);
    CHECK(whole.history().total_cost() == 45);

    for (const std::size_t split : {1U, 7U, 20U}) {
        nas::search start{nas::random_search{space}, nas::cached(noisy_training{&calls}, space), {.seed = 5}};
        start.run({.trials = split});
        auto evaluator = nas::cached(noisy_training{&calls}, space);
        evaluator.remember(start.history());
        nas::search rest{nas::random_search{space}, std::ref(evaluator), {.seed = 5}};
        rest.resume(start.history());
        rest.run({.trials = 40});
        CHECK(values(rest) == values(whole));
    }
}
