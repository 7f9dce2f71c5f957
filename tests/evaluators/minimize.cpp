// SPDX-License-Identifier: Apache-2.0
#include <nas/evaluators/minimize.hpp>

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using space_type = nas::choice_space<2>;
using arch_type = space_type::arch_type;

struct loss {
    double operator()(const arch_type& arch) const { return arch[0] + 10.0 * arch[1]; }
};
struct counting_loss {
    int calls = 0;
    double operator()(const arch_type&) { return ++calls; }
};
struct curved_loss {
    std::vector<std::string> metric_names() const { return {"size"}; }
    nas::evaluation<2> operator()(const arch_type& arch, const nas::context& about) const {
        about.report(1, std::array{5.0, -6.0});
        about.report(2, std::array{3.0, -4.0});
        if (arch[0] == 1) throw std::runtime_error("out of memory");
        nas::evaluation<2> result({3, -4}, 7);
        result.metrics = {42};
        return result;
    }
};

static_assert(nas::ConcurrentEvaluator<nas::minimized_evaluator<loss>, arch_type>);
static_assert(!nas::ConcurrentEvaluator<nas::minimized_evaluator<counting_loss>, arch_type>);
static_assert(!nas::ConcurrentEvaluator<nas::minimized_evaluator<std::reference_wrapper<counting_loss>>, arch_type>);
static_assert(nas::ConcurrentEvaluator<nas::minimized_evaluator<std::reference_wrapper<const loss>>, arch_type>);
static_assert(nas::objectives_of<nas::minimized_evaluator<curved_loss>, arch_type> == 2);
static_assert(nas::HasMetricNames<nas::minimized_evaluator<curved_loss>>);

}  // namespace

TEST_CASE("minimize: a search finds the least") {
    nas::search search{nas::random_search{space_type(3), {.replacement = false}}, nas::minimize(loss{}), {.seed = 1}};
    search.run();
    CHECK(search.history().size() == 9);
    CHECK(search.history().best().arch == arch_type{0, 0});
    CHECK(search.history().best().value() == 0);
    for (std::size_t row = 0; row < 9; ++row) CHECK(search.history().value(row) == -loss{}(search.history().arch(row)));

    counting_loss counter;
    nas::search serial{nas::random_search{space_type(3)}, nas::minimize(std::ref(counter)), {.seed = 1}};
    serial.run({.trials = 5});
    CHECK(counter.calls == 5);
    CHECK(serial.history().value(4) == -5);
}

TEST_CASE("minimize: curves change their sign, costs and metrics do not") {
    const auto evaluator = nas::minimize(curved_loss{});
    CHECK(evaluator.metric_names() == std::vector<std::string>{"size"});
    nas::learning_curve curve;
    const auto result = evaluator(arch_type{0, 0}, nas::context(0, 1, 10, &curve));
    CHECK(result.values == std::array{-3.0, 4.0});
    CHECK(result.cost == 7);
    CHECK(result.metrics == std::vector<double>{42});
    CHECK(curve.steps == std::vector<double>{1, 2});
    CHECK(curve.values == std::vector<double>{-5, 6, -3, 4});

    nas::learning_curve cut;
    CHECK_THROWS_AS(evaluator(arch_type{1, 0}, nas::context(0, 1, 10, &cut)), std::runtime_error);
    CHECK(cut.values == std::vector<double>{-5, 6, -3, 4});
}

TEST_CASE("minimize: the evaluator sees the trial, and whether to stop") {
    const auto probe = [](const arch_type&, const nas::context& about) {
        return static_cast<double>(about.id()) + about.fidelity() + (about.stop_requested() ? 0.5 : 0) +
               static_cast<double>(about.seed()) / 8;
    };
    CHECK(nas::minimize(probe)(arch_type{}, nas::context(3, 2, 10)).values[0] == -13.25);
    bool gave_up = false;
    const nas::stop_query stop{[](const void*) { return true; }, nullptr};
    CHECK(nas::minimize(probe)(arch_type{}, nas::context(3, 2, 10, nullptr, stop, &gave_up)).values[0] == -13.75);
    CHECK(gave_up);
}
