// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <nas/evaluators/minimize.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using cells = nas::choice_space<3>;
using arch = cells::arch_type;

double sum(const arch& what) { return what[0] + what[1] + what[2]; }

/// 27 architectures in the order 000, 001, ...: what a test can predict.
nas::grid_search<cells> grid() { return nas::grid_search{cells{3}}; }

}  // namespace

TEST_CASE("search: what the evaluator may not answer is a failed trial with its reason") {
    constexpr double inf = std::numeric_limits<double>::infinity();
    const auto odd = [](const arch&, const nas::context& about) -> nas::evaluation<> {
        switch (about.id()) {
            case 0:
                return std::nan("");
            case 1:
                return inf;
            case 2:
                return {-inf, 3};
            case 3:
                throw std::runtime_error("out of memory");
            case 4:
                throw 17;
            case 5:
                return nas::evaluation<>::infeasible("too large");
            case 6:
                return nas::evaluation<>::pruned({0.9}, "slow");
            default:
                return 0.5;
        }
    };
    for (const std::size_t batch : {1U, 3U}) {
        nas::search search{grid(), odd};
        search.run({.trials = 8, .batch = batch});
        const auto& history = search.history();
        for (std::size_t row = 0; row < 5; ++row) CHECK(history.status(row) == nas::trial_status::failed);
        CHECK(history.reason(0) == "the evaluator's value is not finite");
        CHECK(history.reason(2) == "the evaluator's value is not finite");
        CHECK(history.cost(2) == 3);
        CHECK(history.reason(3) == "out of memory");
        CHECK(history.reason(4) == "the evaluator threw something that is not a std::exception");
        CHECK(history.status(5) == nas::trial_status::infeasible);
        CHECK(history.reason(5) == "too large");
        CHECK(history.status(6) == nas::trial_status::pruned);
        CHECK(history.value(6) == 0.9);
        CHECK(history.completed(7));
        CHECK(history.reason(7) == "");
        CHECK(history.best_row() == 7);
    }
    nas::search by_hand{grid(), sum};
    by_hand.tell(*by_hand.ask(), std::nan(""));
    CHECK(by_hand.history().status(0) == nas::trial_status::failed);
    CHECK(!by_hand.history().has_best());
}

TEST_CASE("search: what the machine lacks ends the search with the trial open") {
    for (const bool memory : {true, false}) {
        for (const std::size_t batch : {1U, 3U}) {
            bool lacking = true;
            const auto poor = [&](const arch& what, const nas::context& about) {
                if (about.id() == 2 && lacking) {
                    if (memory) throw std::bad_alloc();
                    throw std::system_error(EAGAIN, std::generic_category(), "thread");
                }
                return sum(what);
            };
            nas::search search{grid(), poor};
            std::string why;
            try {
                search.run({.trials = 6, .batch = batch});
            } catch (const nas::fatal_error& error) {
                why = error.what();
            }
            CHECK(why.starts_with("nas::search: the machine lacks memory, files, processes or room on its disk"));
            CHECK(search.history().size() == 2);
            REQUIRE(search.pending().size() == 1);
            CHECK(search.pending()[0].id == 2);
            lacking = false;
            search.run({.trials = 6, .batch = batch});
            CHECK(search.history().size() == 6);
            for (std::size_t row = 0; row < 6; ++row) CHECK(search.history().completed(row));
        }
    }
}

TEST_CASE("search: several objectives") {
    const auto two = [](const arch& what) { return std::array<double, 2>{sum(what), -double(what[0])}; };
    nas::search search{grid(), two};
    search.run({.trials = 27});
    CHECK(search.history().values(26) == std::array<double, 2>{6, -2});
    CHECK(search.history().best_row() == 26);
    nas::search half{grid(), [](const arch& what) { return std::array<double, 2>{sum(what), std::nan("")}; }};
    half.run({.trials = 1});
    CHECK(half.history().status(0) == nas::trial_status::failed);
}

namespace {

struct reporting {
    std::vector<std::string> metric_names() const { return {"accuracy", "megabytes"}; }
    nas::evaluation<> operator()(const arch& what, const nas::context& about) const {
        for (int epoch = 1; epoch <= 3; ++epoch) about.report(epoch, sum(what) * epoch);
        nas::evaluation<> result = sum(what);
        if (about.id() != 1) result.metrics = {0.5, 100.0 + about.id()};
        return result;
    }
};

}  // namespace

TEST_CASE("search: metrics and learning curves") {
    for (const std::size_t batch : {1U, 2U}) {
        nas::search search{grid(), reporting{}};
        search.run({.trials = 3, .batch = batch});
        const auto& history = search.history();
        CHECK(history.metric_names() == std::vector<std::string>{"accuracy", "megabytes"});
        CHECK(history.metrics(2)[1] == 102);
        CHECK(std::isnan(history.metrics(1)[0]));
        CHECK(history.curve(2).steps == std::vector<double>{1, 2, 3});
        CHECK(history.curve(2).values == std::vector<double>{2, 4, 6});
    }
}

TEST_CASE("search: a learning curve has a value for each objective, or ends the search") {
    const auto narrow = [](const arch& what, const nas::context& about) {
        about.report(1, sum(what));
        return std::array{sum(what), 1.0};
    };
    const auto wide = [](const arch& what, const nas::context& about) {
        about.report(1, std::array{1.0, 2.0});
        return sum(what);
    };
    for (const std::size_t batch : {1U, 2U}) {
        nas::search two{grid(), narrow};
        CHECK_THROWS_WITH_AS(
            two.run({.trials = 3, .batch = batch}),
            "nas::context: the evaluator reported 1 value after a step of trial 0; it has 2 objectives",
            nas::fatal_error);
        CHECK(two.history().empty());
        CHECK(two.pending().size() == batch);
        nas::search minimized{grid(), nas::minimize(narrow)};
        CHECK_THROWS_AS(minimized.run({.trials = 3, .batch = batch}), nas::fatal_error);
        nas::search one{grid(), wide};
        CHECK_THROWS_AS(one.run({.trials = 3, .batch = batch}), nas::fatal_error);
    }
}

TEST_CASE("search: evaluators that change, and evaluators by reference") {
    struct counting {
        std::size_t calls = 0;
        double operator()(const arch&) { return static_cast<double>(++calls); }
    };
    nas::search own{grid(), counting{}};
    own.run({.trials = 5, .batch = 2});
    CHECK(own.evaluator().calls == 5);
    counting outside;
    nas::search by_reference{grid(), std::ref(outside)};
    by_reference.run({.trials = 3});
    CHECK(outside.calls == 3);
    CHECK(by_reference.history().value(2) == 3);
}

TEST_CASE("search: an evaluation's seed follows from the search's seed and the trial") {
    const auto seed_of = [](const arch&, const nas::context& about) { return static_cast<double>(about.seed() >> 11); };
    nas::search one{grid(), seed_of, {.seed = 1}};
    nas::search batched{grid(), seed_of, {.seed = 1}};
    nas::search other{grid(), seed_of, {.seed = 2}};
    one.run({.trials = 6});
    batched.run({.trials = 6, .batch = 3});
    other.run({.trials = 6});
    for (std::size_t row = 0; row < 6; ++row) {
        CHECK(one.history().value(row) == batched.history().value(row));
        CHECK(one.history().value(row) != other.history().value(row));
        CHECK(one.history().value(row) == static_cast<double>(nas::streams(1).seed(row, nas::purpose::evaluate) >> 11));
    }
}

TEST_CASE("search: metrics must be as many as their names") {
    bool wrong = true;
    const auto naming = [&](const arch&) {
        nas::evaluation<> result = 1;
        if (wrong) result.metrics = {1, 2};
        return result;
    };
    for (const std::size_t batch : {1U, 2U}) {
        nas::search search{grid(), naming};
        wrong = true;
        CHECK_THROWS_WITH_AS(search.run({.trials = 3, .batch = batch}),
                             "nas::search: the evaluation has 2 metrics, but the evaluator's metric_names() has 0",
                             nas::fatal_error);
        CHECK(search.history().empty());
        wrong = false;
        CHECK(search.run({.trials = 3, .batch = batch}) == nas::stop_reason::trials);
    }
    nas::search by_hand{grid(), sum};
    const auto asked = by_hand.ask();
    nas::evaluation<> result = 1;
    result.metrics = {1, 2};
    CHECK_THROWS_WITH_AS(by_hand.tell(*asked, result),
                         "nas::search: the evaluation has 2 metrics, but the evaluator's metric_names() has 0",
                         std::invalid_argument);
    CHECK(by_hand.pending().size() == 1);
    by_hand.tell(*asked, 1);
    CHECK(by_hand.history().size() == 1);
}
