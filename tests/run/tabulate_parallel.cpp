// SPDX-License-Identifier: Apache-2.0
#include <nas/run/tabulate.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/evaluator.hpp>
#include <nas/run/parallel.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

const nas::choice_space<2> space{std::array{4, 3}};
using arch_type = nas::choice_space<2>::arch_type;
using row_type = nas::tabulated<arch_type>;

/// Executes tasks one after the other, from the last to the first.
struct backwards {
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        while (count-- > 0) task(count);
    }
};

/// A value of architecture, fidelity and seed, with a learning curve of the epochs up to the fidelity where `curve`.
struct trainer {
    bool curve = true;
    double last = 64;  // of full fidelity

    static double worth(const arch_type& arch, double epoch, std::uint64_t seed) {
        return static_cast<double>(10 * arch[0] + arch[1]) + epoch / 100 + static_cast<double>(seed % 1000) / 1e6;
    }
    nas::evaluation<> operator()(const arch_type& arch, const nas::context& about) const {
        const double epochs = std::isinf(about.fidelity()) ? last : about.fidelity();
        for (double epoch = 1; curve && epoch <= epochs; ++epoch) about.report(epoch, worth(arch, epoch, about.seed()));
        nas::evaluation<> result(worth(arch, epochs, about.seed()), epochs);
        result.metrics = {epochs + 0.5};
        return result;
    }
};

template <class E, class Executor>
std::vector<nas::tabulated<arch_type, nas::objectives_of<const E, arch_type>>> rows_of(
    const E& evaluator, const nas::tabulate_options& options, Executor&& executor) {
    std::vector<nas::tabulated<arch_type, nas::objectives_of<const E, arch_type>>> rows;
    const bool all = nas::tabulate(space, evaluator, options, executor, [&](const auto& row) { rows.push_back(row); });
    CHECK(all);
    return rows;
}

bool same(const row_type& a, const row_type& b) {
    return a.number == b.number && a.index == b.index && a.repeat == b.repeat && a.seed == b.seed && a.arch == b.arch &&
           a.values == b.values && a.result.values == b.result.values && a.result.cost == b.result.cost &&
           a.result.metrics == b.result.metrics;
}

}  // namespace

TEST_CASE("tabulate: every architecture as often as asked, in order") {
    nas::threads pool{1};
    const auto rows = rows_of(trainer{}, {.seed = 7, .repeats = 3, .fidelities = {1, 4, 16}}, pool);
    REQUIRE(rows.size() == 36);
    std::set<std::uint64_t> seeds;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CAPTURE(i);
        CHECK(rows[i].number == i);
        CHECK(rows[i].index == i / 3);
        CHECK(rows[i].repeat == i % 3);
        CHECK(rows[i].arch == space.at(i / 3));
        CHECK(rows[i].seed == nas::tabulated_seed(7, i / 3, i % 3));
        CHECK(rows[i].result.cost == 16);
        CHECK(rows[i].result.metrics == std::vector<double>{16.5});
        REQUIRE(rows[i].values.size() == 3);
        std::size_t at = 0;
        for (const double epoch : {1.0, 4.0, 16.0})
            CHECK(rows[i].values[at++][0] == trainer::worth(rows[i].arch, epoch, rows[i].seed));
        seeds.insert(rows[i].seed);
    }
    CHECK(seeds.size() == 36);
}

TEST_CASE("tabulate: a seed depends on table seed and architecture and repeat alone") {
    std::set<std::uint64_t> seen;
    for (std::uint64_t seed = 0; seed < 10; ++seed)
        for (std::uint64_t index = 0; index < 40; ++index)
            for (std::size_t repeat = 0; repeat < 10; ++repeat) seen.insert(nas::tabulated_seed(seed, index, repeat));
    CHECK(seen.size() == 4000);
    nas::threads pool{1};
    const auto one = rows_of(trainer{}, {.seed = 7}, pool);
    const auto three = rows_of(trainer{}, {.seed = 7, .repeats = 3}, pool);
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i].seed == three[3 * i].seed);
}

TEST_CASE("tabulate: neither the executor nor the first row changes a row") {
    nas::threads pool{1};
    nas::tabulate_options options{.seed = 3, .repeats = 2, .fidelities = {2, 8}};
    const auto all = rows_of(trainer{}, options, pool);
    const auto check = [&](const std::vector<row_type>& others, std::size_t first) {
        REQUIRE(others.size() == all.size() - first);
        for (std::size_t i = 0; i < others.size(); ++i) CHECK(same(others[i], all[first + i]));
    };
    for (const std::size_t first : {0U, 1U, 5U, 23U, 24U}) {
        CAPTURE(first);
        options.first_row = first;
        nas::threads three{3};
        check(rows_of(trainer{}, options, three), first);
        check(rows_of(trainer{}, options, backwards{}), first);
    }
}

TEST_CASE("tabulate: an evaluator without a learning curve is called for each fidelity") {
    nas::threads pool{2};
    const nas::tabulate_options options{.fidelities = {1, 4, 16}};
    const auto with = rows_of(trainer{.curve = true}, options, pool);
    const auto without = rows_of(trainer{.curve = false}, options, pool);
    REQUIRE(with.size() == without.size());
    for (std::size_t i = 0; i < with.size(); ++i) CHECK(same(with[i], without[i]));

    std::atomic<std::size_t> calls = 0;
    const auto counting = [&](const arch_type&) {
        ++calls;
        return 1.5;
    };
    const auto plain = rows_of(counting, options, pool);
    CHECK(calls == 3 * 12);
    CHECK(plain[5].values == std::vector<std::array<double, 1>>{{1.5}, {1.5}, {1.5}});
}

TEST_CASE("tabulate: without fidelities there is one value of full fidelity") {
    nas::threads pool{1};
    const auto rows = rows_of(trainer{}, {}, pool);
    CHECK(rows[11].values == std::vector<std::array<double, 1>>{{trainer::worth({3, 2}, 64, rows[11].seed)}});
}

TEST_CASE("tabulate: several objectives") {
    nas::threads pool{1};
    const auto two = [](const arch_type& arch, const nas::context& about) {
        for (const double step : {1.0, 2.0, 3.0}) about.report(step, std::array{step + arch[0], -step});
        return std::array{3.5, -3.5};
    };
    const auto rows = rows_of(two, {.fidelities = {2, 3}}, pool);
    CHECK(rows[3].values == std::vector<std::array<double, 2>>{{3, -2}, {4, -3}});
}

TEST_CASE("tabulate: a curve that lacks a step ends it unless it is the last") {
    nas::threads pool{1};
    const auto stops_early = [](const arch_type&, const nas::context& about) {
        for (const double step : {1.0, 2.0}) about.report(step, step);
        return 2.5;
    };
    CHECK(rows_of(stops_early, {.fidelities = {1, 8}}, pool)[0].values ==
          std::vector<std::array<double, 1>>{{1}, {2.5}});
    CHECK_THROWS_WITH_AS(rows_of(stops_early, {.fidelities = {1, 4, 8}}, pool),
                         "nas::tabulate: the learning curve of 00 has no step 4", nas::fatal_error);
}

TEST_CASE("tabulate: a row that is not completed says why and has no values") {
    nas::threads pool{2};
    const auto fails = [](const arch_type& arch, const nas::context& about) -> nas::evaluation<> {
        if (arch[0] == 1) throw std::runtime_error("broken");
        if (arch[0] == 2) return nas::evaluation<>::infeasible("too large", 5);
        if (arch == arch_type{3, 0}) return std::numeric_limits<double>::quiet_NaN();
        if (arch == arch_type{3, 1} && about.fidelity() < 2) return nas::evaluation<>::failure("too short");
        if (arch == arch_type{3, 2}) about.report(1, std::numeric_limits<double>::infinity());
        return 4;
    };
    const auto rows = rows_of(fails, {.fidelities = {1, 2}}, pool);
    REQUIRE(rows.size() == 12);
    for (std::size_t i = 0; i < 3; ++i) CHECK(rows[i].values == std::vector<std::array<double, 1>>{{4}, {4}});
    for (std::size_t i = 3; i < 12; ++i) {
        CAPTURE(i);
        CHECK_FALSE(rows[i].result.completed());
        REQUIRE(rows[i].values.size() == 2);
        CHECK(std::isnan(rows[i].values[0][0]));
        CHECK(std::isnan(rows[i].values[1][0]));
    }
    CHECK(rows[3].result.reason == "broken");
    CHECK(rows[6].result.status == nas::trial_status::infeasible);
    CHECK(rows[6].result.cost == 5);
    CHECK(rows[9].result.reason == "the evaluator's value is not finite");
    CHECK(rows[10].result.reason == "too short");
    CHECK(rows[11].result.reason == "the evaluator's value is not finite");
}

TEST_CASE("tabulate: a cost that is no number of seconds is a row that is not completed") {
    nas::threads pool{2};
    const auto priced = [](const arch_type& arch) {
        const double costs[] = {2, std::numeric_limits<double>::quiet_NaN(), -5,
                                std::numeric_limits<double>::infinity()};
        return nas::evaluation<>(1, costs[arch[0]]);
    };
    const auto rows = rows_of(priced, {}, pool);
    REQUIRE(rows.size() == 12);
    CHECK(rows[0].result.completed());
    for (const std::size_t i : {3U, 6U, 9U}) {
        CHECK(rows[i].result.status == nas::trial_status::failed);
        CHECK(rows[i].result.cost == 0);
        CHECK(std::isnan(rows[i].values[0][0]));
    }
}

TEST_CASE("tabulate: a reason is UTF-8, whoever gives it") {
    const auto latin = [](const arch_type& arch) -> nas::evaluation<> {
        if (arch[0] == 0) throw std::runtime_error("Schl\xFCssel");
        if (arch[0] == 1) return nas::evaluation<>::infeasible("zu gro\xDF");
        nas::evaluation<> result(1);
        result.reason = "Gr\xC3\xB6\xC3";  // cut in the middle of a character
        return result;
    };
    const auto rows = rows_of(latin, {}, backwards{});
    CHECK(rows[0].result.reason == "Schl\xEF\xBF\xBDssel");
    CHECK(rows[3].result.reason == "zu gro\xEF\xBF\xBD");
    CHECK(rows[6].result.reason == "Gr\xC3\xB6\xEF\xBF\xBD");
}

TEST_CASE("tabulate: stopping keeps whole rows, and those that were given up come again") {
    for (const std::size_t threads : {1U, 3U}) {
        CAPTURE(threads);
        nas::threads pool{threads};
        std::atomic<bool> stop = false;
        std::vector<row_type> rows;
        const auto evaluator = [&](const arch_type& arch, const nas::context& about) {
            return about.stop_requested() ? -1 : trainer::worth(arch, 1, about.seed());
        };
        nas::tabulate_options options{.repeats = 4};
        std::size_t runs = 0;
        while (true) {
            ++runs;
            stop = false;
            std::size_t before = rows.size();
            options.first_row = before;
            const bool all = nas::tabulate(
                space, evaluator, options, pool,
                [&](const row_type& row) {
                    rows.push_back(row);
                    if (rows.size() == before + 7) stop = true;
                },
                [&] { return stop.load(); });
            CHECK(all == (rows.size() == 48));
            if (all) break;
            CHECK(rows.size() >= before + 7);
        }
        if (threads == 1) CHECK(runs > 1);  // the first of several rows may come last, with all others behind it
        REQUIRE(rows.size() == 48);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            CHECK(rows[i].number == i);
            CHECK(rows[i].values[0][0] == trainer::worth(rows[i].arch, 1, rows[i].seed));
        }
    }
}

TEST_CASE("tabulate: a row that was given up is not there") {
    nas::threads pool{1};
    std::atomic<bool> stop = false;
    std::vector<std::uint64_t> numbers;
    const auto evaluator = [&](const arch_type&, const nas::context& about) {
        stop = about.id() == 5;
        return about.stop_requested() ? -1 : 1;
    };
    const auto keep = [&](const row_type& row) {
        CHECK(row.values[0][0] == 1);
        numbers.push_back(row.number);
    };
    CHECK_FALSE(nas::tabulate(space, evaluator, {}, pool, keep, [&] { return stop.load(); }));
    CHECK(numbers == std::vector<std::uint64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("tabulate: a fatal error and what the sink throws come out") {
    for (const std::size_t threads : {1U, 3U}) {
        nas::threads pool{threads};
        std::size_t rows = 0;
        const auto broken = [](const arch_type& arch) -> double {
            if (arch == arch_type{2, 0}) throw nas::fatal_error("no such program");
            return 1;
        };
        CHECK_THROWS_WITH_AS(nas::tabulate(space, broken, {}, pool, [&](const row_type&) { ++rows; }),
                             "no such program", nas::fatal_error);
        CHECK(rows <= 6);
        rows = 0;
        CHECK_THROWS_WITH_AS(nas::tabulate(space, trainer{}, {}, pool,
                                           [&](const row_type&) {
                                               if (++rows == 4) throw std::runtime_error("disk full");
                                           }),
                             "disk full", std::runtime_error);
        CHECK(rows == 4);
    }
}

TEST_CASE("tabulate: options that are refused") {
    const auto refuses = [](const nas::tabulate_options& options, const char* sentence) {
        CHECK_THROWS_WITH_AS(nas::tabulated_rows(space, options), sentence, std::invalid_argument);
    };
    refuses({.repeats = 0}, "nas::tabulate: repeats (0) must be at least 1");
    refuses({.fidelities = {0, 1}}, "nas::tabulate: fidelities (0 after 0) must rise from above 0, and be finite");
    refuses({.fidelities = {4, 4}}, "nas::tabulate: fidelities (4 after 4) must rise from above 0, and be finite");
    refuses({.fidelities = {4, nas::full_fidelity}},
            "nas::tabulate: fidelities (inf after 4) must rise from above 0, and be finite");
    refuses({.repeats = std::size_t{1} << 30},
            "nas::tabulate: there must be fewer than 2^32 - 1 rows, not those of 1073741824 x 12 evaluations");
    CHECK_THROWS_WITH_AS(
        nas::tabulated_rows(nas::choice_space<>{64, 4}, {}),
        "nas::tabulate: there must be fewer than 2^32 - 1 rows, not those of 1 x 2^64 - 1 or more evaluations",
        std::invalid_argument);
    CHECK(nas::tabulated_rows(space, {.repeats = 5}) == 60);
}

TEST_CASE("tabulate: what the machine lacks is no row") {
    const auto poor = [](const arch_type& arch) {
        if (arch[0] == 2) throw std::system_error(ENOMEM, std::generic_category(), "mmap");
        return 1.0;
    };
    nas::threads pool{3};
    std::size_t rows = 0;
    const auto count = [&](const auto& row) {
        CHECK(row.result.completed());
        ++rows;
    };
    CHECK_THROWS_AS(nas::tabulate(space, poor, {}, pool, count), nas::fatal_error);
    CHECK(rows <= 6);
}
