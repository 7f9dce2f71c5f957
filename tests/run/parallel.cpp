// SPDX-License-Identifier: Apache-2.0
#include <nas/run/parallel.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <nas/core/machine_limit.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/histories.hpp>
#include "support/sanitizers.hpp"

namespace {

using space_type = nas::choice_space<6>;
using arch_type = space_type::arch_type;

double digit_sum(const arch_type& arch) {
    double sum = 0;
    for (const std::uint8_t value : arch) sum += value;
    return sum;
}

// Takes a random time, so that the trials of a batch end in any order.
struct slow_sum {
    nas::evaluation<> operator()(const arch_type& arch, const nas::context& about) const {
        nas::rng random = about.random();
        const std::uint64_t wait = random() % 4;
        if (wait == 0) std::this_thread::yield();
        if (wait > 1) std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
        if (digit_sum(arch) == 13) throw std::runtime_error("unlucky");
        about.report(1, digit_sum(arch) / 2);
        nas::evaluation<> result(digit_sum(arch), 0.25);
        result.metrics = {static_cast<double>(about.seed() >> 11)};
        return result;
    }
    std::vector<std::string> metric_names() const { return {"seed"}; }
};

template <class Evaluator>
auto evolution(Evaluator evaluator) {
    return nas::search{nas::regularized_evolution{space_type{5}, {.population = 10, .tournament = 4}},
                       std::move(evaluator),
                       {.seed = 7}};
}

template <class History>
void check_equal(const History& a, const History& b) {
    CHECK(nas::testing::difference(a, b) == "");
}

}  // namespace

TEST_CASE("the number of threads does not change a history") {
    for (const std::size_t batch : {1U, 4U, 7U}) {
        CAPTURE(batch);
        auto serial = evolution(slow_sum{});
        CHECK(serial.run({.trials = 150, .batch = batch}) == nas::stop_reason::trials);
        for (const std::size_t count : {1U, 2U, 8U}) {
            CAPTURE(count);
            nas::threads pool{count};
            auto parallel = evolution(slow_sum{});
            CHECK(parallel.run({.trials = 28, .batch = batch}, pool) == nas::stop_reason::trials);  // whole batches
            CHECK(parallel.run({.trials = 150, .batch = batch}, pool) == nas::stop_reason::trials);
            check_equal(serial.history(), parallel.history());
        }
    }
}

TEST_CASE("a batch is evaluated on several threads at once") {
    // Each evaluation waits until four are under way: a serial driver would never end.
    struct meeting {
        std::atomic<int>* arrived;
        double operator()(const arch_type& arch) const {
            ++*arrived;
            while (*arrived < 4) std::this_thread::yield();
            return digit_sum(arch);
        }
    };
    std::atomic<int> arrived = 0;
    nas::threads pool{4};
    CHECK(pool.count() == 4);
    auto search = evolution(meeting{&arrived});
    search.run({.trials = 4, .batch = 4}, pool);
    CHECK(search.history().size() == 4);
}

TEST_CASE("for_each calls every task once and throws the error of the smallest index after all ended") {
    for (const std::size_t count : {1U, 3U}) {
        nas::threads pool{count};
        for (int round = 0; round < 20; ++round) {
            std::array<std::atomic<int>, 17> calls{};
            pool.for_each(17, [&](std::size_t i) { ++calls[i]; });
            for (const auto& one : calls) CHECK(one == 1);
        }
        pool.for_each(0, [](std::size_t) { FAIL("there is no task"); });

        std::atomic<int> ended = 0;
        const auto faulty = [&](std::size_t i) {
            ++ended;
            if (i % 3 == 2) throw std::runtime_error("task " + std::to_string(i));
        };
        CHECK_THROWS_WITH_AS(pool.for_each(17, faulty), "task 2", std::runtime_error);
        CHECK(ended == 17);
    }
}

TEST_CASE("for_each inside a task of the same threads ends") {
    nas::threads pool{2};
    std::atomic<int> inner = 0;
    pool.for_each(4, [&](std::size_t) { pool.for_each(4, [&](std::size_t) { ++inner; }); });
    CHECK(inner == 16);
}

TEST_CASE("no thread at all and too many are refused") {
    CHECK_THROWS_WITH_AS(nas::threads{0}, "nas::threads: count (0) must be in [1, 4096]", std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::threads{4097}, "nas::threads: count (4097) must be in [1, 4096]", std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::threads{static_cast<std::size_t>(-1)},
                         "nas::threads: count (18446744073709551615) must be in [1, 4096]", std::invalid_argument);
}

TEST_CASE("an evaluator that throws on a thread makes failed trials") {
    struct thrower {
        double operator()(const arch_type& arch) const {
            if (arch[0] == 0) throw std::runtime_error("no layer");
            if (arch[0] == 1) throw 1;
            return digit_sum(arch);
        }
    };
    nas::threads pool{4};
    auto parallel = evolution(thrower{});
    auto serial = evolution(thrower{});
    parallel.run({.trials = 80, .batch = 8}, pool);
    serial.run({.trials = 80, .batch = 8});
    check_equal(serial.history(), parallel.history());
    std::set<std::string> reasons;
    for (std::size_t row = 0; row < 80; ++row) reasons.insert(parallel.history().reason(row));
    CHECK(reasons ==
          std::set<std::string>{"", "no layer", "the evaluator threw something that is not a std::exception"});
}

TEST_CASE("a fatal error on a thread comes out of run, and its trial stays open") {
    struct fatal {
        const std::atomic<bool>* broken;
        double operator()(const arch_type& arch, const nas::context& about) const {
            if (*broken && about.id() == 9) throw nas::fatal_error("the table is not there");
            return digit_sum(arch);
        }
    };
    std::atomic<bool> broken = true;
    nas::threads pool{4};
    auto search = evolution(fatal{&broken});
    CHECK_THROWS_WITH_AS(search.run({.trials = 40, .batch = 4}, pool), "the table is not there", nas::fatal_error);
    CHECK(search.history().size() == 9);
    REQUIRE_FALSE(search.pending().empty());
    CHECK(search.pending().front().id == 9);

    broken = false;
    CHECK(search.run({.trials = 40, .batch = 4}, pool) == nas::stop_reason::trials);
    auto never_broken = evolution(fatal{&broken});
    never_broken.run({.trials = 40, .batch = 4});
    check_equal(never_broken.history(), search.history());
}

TEST_CASE("an interrupted parallel run goes on as if nothing had been") {
    struct stopper {
        std::atomic<bool>* wanted;
        nas::trial_id at;
        double operator()(const arch_type& arch, const nas::context& about) const {
            if (about.id() == at) wanted->exchange(true);
            return digit_sum(arch);
        }
    };
    nas::threads pool{4};
    std::atomic<bool> never = false;
    auto whole = evolution(stopper{&never, nas::no_trial});
    whole.run({.trials = 30, .batch = 7}, pool);
    for (nas::trial_id at = 0; at < 30; ++at) {
        CAPTURE(at);
        std::atomic<bool> wanted = false;
        auto search = evolution(stopper{&wanted, at});
        search.stop_when([&wanted] { return wanted.load(); });
        const nas::stop_reason first = search.run({.trials = 30, .batch = 7}, pool);
        CHECK(first == (at < 29 ? nas::stop_reason::interrupted : nas::stop_reason::trials));  // nothing was left to do
        for (int attempt = 0; attempt < 40 && search.history().size() < 30; ++attempt) {
            wanted = false;
            search.run({.trials = 30, .batch = 7}, pool);
        }
        check_equal(whole.history(), search.history());
    }
}

#if !NAS_TESTS_SANITIZED  // see there

TEST_CASE("threads: where no more can be made the constructor says so and ends") {
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);  // and not never
        long pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        // Room for a few stacks of 8 MB.
        const auto bytes = static_cast<rlim_t>(pages * ::sysconf(_SC_PAGESIZE)) + (rlim_t{40} << 20);
        const rlimit room{bytes, bytes};
        ::setrlimit(RLIMIT_AS, &room);
        try {
            nas::threads pool{64};
        } catch (const std::system_error& error) {
            const bool right = nas::is_machine_limit(error) &&
                               std::string(error.what()).starts_with("nas::threads: only ") &&
                               std::string(error.what()).find(" of 64 threads can run") != std::string::npos;
            ::_exit(right ? 0 : 2);
        }
        ::_exit(1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
}

#endif

TEST_CASE("parallel: measured times of evaluations that ran at once") {
    const space_type space{5};
    constexpr double seconds = 0.02;
    constexpr int at_once = 4;
    std::atomic<int> inside = 0;
    // None ends before all of its batch have begun.
    const auto together = [&](const auto& arch) {
        const int batch = inside++ / at_once;
        while (inside < (batch + 1) * at_once) std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
        return static_cast<double>(arch[0]);
    };
    nas::search search{nas::random_search{space}, together, {.seed = 3, .measure_times = true}};
    nas::threads pool{at_once};
    search.run({.trials = 3 * at_once, .batch = at_once}, pool);
    CHECK(search.times().evaluations >= 3 * at_once * seconds);
    CHECK(search.times().evaluate >= 3 * seconds);
    CHECK(search.times().evaluate < search.times().evaluations);
    CHECK(search.times().total >= search.times().ask + search.times().evaluate + search.times().tell);
}
