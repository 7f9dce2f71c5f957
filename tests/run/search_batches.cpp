// SPDX-License-Identifier: Apache-2.0
#include <nas/run/search.hpp>

#include <cstddef>
#include <functional>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/evaluator.hpp>
#include <nas/run/parallel.hpp>
#include <nas/run/tabulate.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/histories.hpp>

namespace {

using space_type = nas::choice_space<4>;
using arch_type = space_type::arch_type;
const space_type space{5};

struct calls {
    std::size_t single = 0;
    std::vector<std::size_t> batches = {};
    std::size_t stop_at = 0;  // the evaluation that asks whether to stop; 0: none
    enum { fine, failure, fatal, no_memory, too_few } answer = fine;
};

/// Worth, curve and failures are functions of architecture and seed.
struct measure {
    calls* count;

    static std::vector<std::string> metric_names() { return {"last"}; }
    nas::evaluation<> operator()(const arch_type& arch, const nas::context& about) const {
        ++count->single;
        return one(arch, about);
    }
    std::vector<nas::evaluation<>> evaluate_batch(std::span<const arch_type> archs,
                                                  std::span<const nas::context> abouts) const {
        count->batches.push_back(archs.size());
        if (count->answer == calls::failure) throw std::runtime_error("lost");
        if (count->answer == calls::fatal) throw nas::fatal_error("wrong");
        if (count->answer == calls::no_memory) throw std::bad_alloc();
        if (count->answer == calls::too_few) return {};
        std::vector<nas::evaluation<>> all;
        for (std::size_t i = 0; i < archs.size(); ++i) all.push_back(one(archs[i], abouts[i]));
        return all;
    }
    static nas::evaluation<> one(const arch_type& arch, const nas::context& about) {
        if (about.stop_requested()) return nas::evaluation<>::failure("stopped");
        if (arch[0] == 4) return nas::evaluation<>::failure("four");
        about.report(1, arch[1]);
        nas::evaluation<> result(arch[0] + arch[1] + static_cast<double>(about.seed() % 1000) / 1e4, arch[2]);
        result.metrics = {static_cast<double>(arch[3])};
        return result;
    }
};
static_assert(nas::BatchEvaluator<measure, arch_type>);
static_assert(nas::BatchEvaluator<std::reference_wrapper<const measure>, arch_type>);
static_assert(!nas::BatchEvaluator<double (*)(const arch_type&), arch_type>);

template <class E>
auto search_with(E evaluator) {
    return nas::search{nas::regularized_evolution{space, {.population = 8, .tournament = 3}}, evaluator, {.seed = 5}};
}

TEST_CASE("run/search: a batch evaluator has one call a batch, and its history is that of single calls") {
    for (const std::size_t batch : {std::size_t{2}, std::size_t{7}, std::size_t{40}}) {
        calls one;
        calls many;
        const auto plain = [&](const arch_type& arch, const nas::context& about) {
            ++one.single;
            return measure::one(arch, about);
        };
        struct named : decltype(plain) {
            static std::vector<std::string> metric_names() { return measure::metric_names(); }
        };
        auto singly = search_with(named{plain});
        auto together = search_with(measure{&many});
        const measure referred{&many};
        auto by_reference = search_with(std::cref(referred));
        CHECK(singly.run({.trials = 100, .batch = batch}) == nas::stop_reason::trials);
        CHECK(together.run({.trials = 100, .batch = batch}) == nas::stop_reason::trials);
        CHECK(by_reference.run({.trials = 100, .batch = batch}) == nas::stop_reason::trials);
        CHECK(nas::testing::difference(singly.history(), together.history()) == "");
        CHECK(nas::testing::difference(singly.history(), by_reference.history()) == "");
        CHECK(one.single == 100);
        CHECK(many.single == 0);
        CHECK(many.batches.size() == 2 * ((100 + batch - 1) / batch));
    }
}

TEST_CASE("run/search: an executor calls a batch evaluator one by one") {
    calls many;
    auto serial = search_with(measure{&many});
    serial.run({.trials = 30, .batch = 6});
    nas::threads pool{1};
    auto pooled = search_with(measure{&many});
    pooled.run({.trials = 30, .batch = 6}, pool);
    CHECK(nas::testing::difference(serial.history(), pooled.history()) == "");
    CHECK(many.single == 30);
    CHECK(many.batches.size() == 5);
}

TEST_CASE("run/search: a batch evaluator that was told to stop leaves its trials open") {
    calls many;
    auto stopped = search_with(measure{&many});
    std::size_t asked = 0;
    bool stop = true;
    stopped.stop_when([&] { return stop && ++asked > 5; });
    CHECK(stopped.run({.trials = 30, .batch = 10}) == nas::stop_reason::interrupted);
    CHECK(stopped.history().size() < 10);
    CHECK(stopped.history().size() > 0);
    stop = false;
    CHECK(stopped.run({.trials = 30, .batch = 10}) == nas::stop_reason::trials);
    auto whole = search_with(measure{&many});
    whole.run({.trials = 30, .batch = 10});
    CHECK(nas::testing::difference(stopped.history(), whole.history()) == "");
}

TEST_CASE("run/search: what a batch evaluator throws is the answer for all") {
    calls many;
    auto failing = search_with(measure{&many});
    many.answer = calls::failure;
    failing.run({.trials = 10, .batch = 10});
    CHECK(failing.history().size() == 10);
    CHECK(failing.history()[3].result.reason == "lost");

    auto ending = search_with(measure{&many});
    many.answer = calls::fatal;
    CHECK_THROWS_WITH_AS(ending.run({.trials = 10, .batch = 5}), "wrong", nas::fatal_error);
    many.answer = calls::no_memory;
    CHECK_THROWS_AS(ending.run({.trials = 10, .batch = 5}), nas::fatal_error);
    many.answer = calls::too_few;
    CHECK_THROWS_WITH_AS(ending.run({.trials = 10, .batch = 5}),
                         "nas::search: the evaluator's evaluate_batch was given 5 architectures and answered 0",
                         nas::fatal_error);
    CHECK(ending.history().size() == 0);
    many.answer = calls::fine;
    ending.run({.trials = 10, .batch = 5});
    auto whole = search_with(measure{&many});
    whole.run({.trials = 10, .batch = 5});
    CHECK(nas::testing::difference(ending.history(), whole.history()) == "");
}

TEST_CASE("run/tabulate: a batch evaluator gives the rows that single calls give") {
    calls many;
    const measure evaluator{&many};
    const auto rows_of = [&](const nas::tabulate_options& options, auto&& executor) {
        std::vector<nas::tabulated<arch_type>> rows;
        CHECK(nas::tabulate(space, evaluator, options, executor, [&](const auto& row) { rows.push_back(row); }));
        return rows;
    };
    const auto one = rows_of({.repeats = 2}, nas::detail::serial_executor{});
    CHECK(many.batches.size() == 1250);
    many.batches.clear();
    for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{3}}) {
        const auto together = rows_of({.repeats = 2, .first_row = first, .batch = 300}, nas::detail::serial_executor{});
        REQUIRE(together.size() == one.size() - first);
        for (std::size_t i = 0; i < together.size(); ++i) {
            CHECK(together[i].number == i + first);
            CHECK(together[i].seed == one[i + first].seed);
            CHECK(together[i].result.reason == one[i + first].result.reason);
            CHECK((together[i].values == one[i + first].values || !one[i + first].result.completed()));
        }
    }
    CHECK(many.batches == std::vector<std::size_t>{300, 300, 300, 300, 50, 300, 300, 300, 300, 47});
    CHECK_THROWS_WITH_AS(
        nas::tabulate(space, evaluator, {.batch = 0}, nas::detail::serial_executor{}, [](const auto&) {}),
        "nas::tabulate: batch (0) must be at least 1", std::invalid_argument);
}

}  // namespace
