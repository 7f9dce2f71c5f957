// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <ctime>

#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/histories.hpp>

namespace {

using cells = nas::choice_space<6>;

void rest(double seconds) {
    const double start = nas::detail::monotonic_seconds();
    while (nas::detail::monotonic_seconds() - start < seconds) {
    }
}

// Each of its calls takes so long at least.
constexpr double of_ask = 0.001;
constexpr double of_evaluation = 0.003;
constexpr double of_tell = 0.002;
struct slow : nas::random_search<cells> {
    slow() : nas::random_search<cells>{cells{5}} {}
    std::optional<nas::proposal<cells::arch_type>> ask(const nas::ask_view<cells::arch_type>& view,
                                                       nas::rng& random) const {
        rest(of_ask);
        return nas::random_search<cells>::ask(view, random);
    }
    void tell(const nas::trial<cells::arch_type>&, nas::rng&) { rest(of_tell); }
};

constexpr auto measure = [](const cells::arch_type& arch) {
    rest(of_evaluation);
    if (arch[0] == 0) throw std::runtime_error("no luck");
    return static_cast<double>(arch[0]);
};

/// That these are the times of so many trials, of which so many were evaluated here.
void check_times(const nas::search_times& times, double trials, double evaluated) {
    CHECK(times.ask >= trials * of_ask);
    CHECK(times.tell >= trials * of_tell);
    CHECK(times.evaluations >= evaluated * of_evaluation);
    CHECK(times.evaluate >= times.evaluations);
    CHECK(times.total >= times.ask + times.evaluate + times.tell);
}

struct listening {
    std::vector<std::size_t>* told;
    std::vector<nas::stop_reason>* ends;
    void operator()(const auto& history) const { told->push_back(history.size()); }
    void ended(const auto& history, nas::stop_reason why) const {
        told->push_back(history.size());
        ends->push_back(why);
    }
};

}  // namespace

TEST_CASE("search_times: of runs and by hand, and no history depends on them") {
    for (const std::size_t batch : {1U, 4U}) {
        nas::search plain{slow{}, measure, {.seed = 2}};
        nas::search timed{slow{}, measure, {.seed = 2, .measure_times = true}};
        plain.run({.trials = 10, .batch = batch});
        timed.run({.trials = 10, .batch = batch});
        check_times(timed.times(), 10, 10);
        CHECK(timed.times().evaluate < timed.times().evaluations + 0.5);
        CHECK(nas::testing::difference(plain.history(), timed.history()) == "");
        CHECK(plain.times().total == 0);
        CHECK(plain.times().ask + plain.times().evaluate + plain.times().evaluations + plain.times().tell == 0);

        const double before = timed.times().evaluate;
        const auto asked = timed.ask();
        REQUIRE(asked.has_value());
        const auto other = timed.ask();
        timed.abandon(*other);
        timed.tell(*asked, 1);
        check_times(timed.times(), 12, 10);
        CHECK(timed.times().evaluate == before);
    }
}

TEST_CASE("search_times: a resume counts what it tells, and a fatal error what it took") {
    nas::search first{slow{}, measure, {.seed = 2}};
    first.run({.trials = 5});
    nas::search second{slow{}, measure, {.seed = 2, .measure_times = true}};
    second.resume(first.history());
    CHECK(second.times().tell >= 5 * of_tell);
    CHECK(second.times().evaluate == 0);
    CHECK(second.times().total >= second.times().tell);

    for (const std::size_t batch : {1U, 2U}) {
        const auto breaks = [](const cells::arch_type&) -> double {
            rest(of_evaluation);
            throw nas::fatal_error("broken");
        };
        nas::search third{slow{}, breaks, {.seed = 2, .measure_times = true}};
        CHECK_THROWS_AS(third.run({.trials = 5, .batch = batch}), nas::fatal_error);
        CHECK(third.times().evaluations >= of_evaluation);
        CHECK(third.times().total >= third.times().evaluate);
        CHECK(third.times().evaluate >= third.times().evaluations);
    }
}

TEST_CASE("search: an observer hears when a run ends and why") {
    std::vector<std::size_t> told;
    std::vector<nas::stop_reason> ends;
    nas::search search{nas::random_search{cells{5}}, [](const auto& arch) { return arch[0]; }, {.seed = 2}};
    search.observe(listening{&told, &ends});
    std::vector<std::size_t> told_by_reference;
    std::vector<nas::stop_reason> ends_by_reference;
    const listening by_reference{&told_by_reference, &ends_by_reference};
    search.observe(std::ref(by_reference));
    search.run({.trials = 2});
    CHECK(told_by_reference == std::vector<std::size_t>{1, 2, 2});
    CHECK(ends_by_reference == std::vector{nas::stop_reason::trials});
    CHECK(told == std::vector<std::size_t>{1, 2, 2});
    search.run({.trials = 4, .batch = 2});
    CHECK(told == std::vector<std::size_t>{1, 2, 2, 3, 4, 4});
    search.run({.trials = 9, .target = 0});
    CHECK(told.size() == 7);
    CHECK(ends == std::vector{nas::stop_reason::trials, nas::stop_reason::trials, nas::stop_reason::target});
}
