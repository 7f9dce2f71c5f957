// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/reevaluated.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/evaluators/noisy.hpp>
#include <nas/report/recommend.hpp>
#include <nas/report/statistics.hpp>
#include <nas/report/summary.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/deduplicated.hpp>
#include <nas/searchers/grid_search.hpp>
#include <nas/searchers/local_search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/laws.hpp>

namespace {

using cells = nas::choice_space<6>;
using network = cells::arch_type;

const auto worth = [](const network& arch) {
    double sum = 0;
    for (const std::uint8_t choice : arch) sum += choice;
    return sum;
};

/// Noise of about as much as three steps to the best are worth.
auto noisy_worth() { return nas::noisy(worth, 3); }

static_assert(nas::Searcher<nas::reevaluated<nas::random_search<cells>>>);

template <class History>
std::size_t repeats_in(const History& past) {
    return past.size() - nas::detail::results_by_network(past).size();
}

}  // namespace

TEST_CASE("reevaluated: the share of repeats, all of the best mean at that time") {
    nas::search search{
        nas::reevaluated{nas::random_search{cells{5}, {.replacement = false}}, {.share = 0.2, .start = 10}},
        noisy_worth(),
        {.seed = 1}};
    search.run({.trials = 200});
    const auto& past = search.history();
    CHECK(repeats_in(past) == 40);
    CHECK(search.searcher().repeats() == 40);
    CHECK(!search.searcher().exact());

    std::vector<network> archs;
    std::vector<double> sums;
    std::vector<double> counts;
    for (std::size_t row = 0; row < past.size(); ++row) {
        const auto found = std::find(archs.begin(), archs.end(), past.arch(row));
        const auto at = static_cast<std::size_t>(found - archs.begin());
        if (found == archs.end()) {
            archs.push_back(past.arch(row));
            sums.push_back(0);
            counts.push_back(0);
        } else {
            CHECK(row >= 10);
            CHECK(past.arch(past.parent(row)) == past.arch(row));
            for (std::size_t k = 0; k < archs.size(); ++k)
                CHECK(sums[k] / counts[k] <= doctest::Approx(sums[at] / counts[at]));
        }
        sums[at] += past.value(row);
        ++counts[at];
    }
}

TEST_CASE("reevaluated: an exact evaluator costs three trials") {
    nas::search search{nas::reevaluated{nas::random_search{cells{5}, {.replacement = false}}}, worth, {.seed = 2}};
    search.run({.trials = 200});
    CHECK(repeats_in(search.history()) == 3);
    CHECK(search.searcher().exact());
}

TEST_CASE("reevaluated: repeats that chance made equal do not count once one differs") {
    // Half of the trials are lucky.
    const auto coin = [](const network& arch, const nas::context& about) {
        nas::rng random = about.random();
        return worth(arch) + (nas::unit(random) < 0.5 ? 1 : 0);
    };
    nas::search search{
        nas::reevaluated{nas::random_search{cells{5}, {.replacement = false}}, {.equal = 8}}, coin, {.seed = 3}};
    search.run({.trials = 200});
    CHECK(repeats_in(search.history()) == 30);
}

TEST_CASE("reevaluated: the searcher goes on as if nobody had asked in between") {
    // A grid counts its own proposals, and misses none.
    nas::search search{nas::reevaluated{nas::grid_search{cells{2}}}, noisy_worth(), {.seed = 4}};
    CHECK(search.run({.trials = 100, .batch = 4}) == nas::stop_reason::exhausted);
    CHECK(nas::detail::results_by_network(search.history()).size() == 64);
    CHECK(search.history().size() > 70);
}

namespace {

/// Remembers what it was told.
struct listener {
    using space_type = cells;
    cells all{5};
    std::vector<double> told_values = {};

    const cells& space() const { return all; }
    std::optional<nas::proposal<network>> ask(const nas::ask_view<network>& view, nas::rng&) const {
        network arch{};
        arch[0] = static_cast<std::uint8_t>(view.asked % 5);
        arch[1] = static_cast<std::uint8_t>(view.asked / 5 % 5);
        return nas::propose(arch);
    }
    void tell(const nas::trial<network>& told, nas::rng&) { told_values.push_back(told.value()); }
};

}  // namespace

TEST_CASE("reevaluated: of a repeat the searcher is told the mean so far") {
    nas::search search{nas::reevaluated{listener{}, {.share = 0.5, .start = 2}}, noisy_worth(), {.seed = 5}};
    search.run({.trials = 12});
    const auto& past = search.history();
    const auto& told = search.searcher().searcher().told_values;
    REQUIRE(told.size() == 12);
    std::size_t repeats = 0;
    for (std::size_t row = 0; row < 12; ++row) {
        double sum = 0;
        double count = 0;
        for (std::size_t other = 0; other <= row; ++other) {
            if (past.arch(other) != past.arch(row)) continue;
            sum += past.value(other);
            ++count;
        }
        repeats += count > 1 ? 1U : 0U;
        CHECK(told[row] == doctest::Approx(sum / count));
    }
    CHECK(repeats >= 4);
}

TEST_CASE("reevaluated: what it proposes again is no hindrance to what proposes nothing twice") {
    nas::search search{nas::deduplicated{nas::reevaluated{nas::random_search{cells{5}}}}, noisy_worth(), {.seed = 6}};
    CHECK(search.run({.trials = 60}) == nas::stop_reason::trials);
    CHECK(nas::summary(search).repeats == 0);
}

TEST_CASE("reevaluated: around another one it is refused, wherever that is") {
    const nas::reevaluated inner{nas::random_search{cells{5}}};
    const char* const why =
        "nas::reevaluated: it is around another reevaluated; one of them says how many repeats there are";
    CHECK_THROWS_WITH_AS(nas::reevaluated(inner, {.share = 0.2}), why, std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::reevaluated(nas::deduplicated{inner}), why, std::invalid_argument);
}

TEST_CASE("reevaluated: imported trials are no reason to repeat") {
    nas::search earlier{nas::random_search{cells{5}}, noisy_worth(), {.seed = 1}};
    earlier.run({.trials = 300});
    nas::search search{nas::reevaluated{nas::random_search{cells{5}}}, noisy_worth(), {.seed = 2}};
    search.warm_start(earlier.history());
    search.run({.trials = 40});
    CHECK(search.searcher().repeats() <= 7);
    CHECK(search.searcher().repeats() >= 1);
}

TEST_CASE("reevaluated: a leader that fails once is tried again, and left alone where it fails more often than not") {
    std::size_t calls = 0;
    const auto fails = [&calls](bool always) {
        return [&calls, always](const network& arch) {
            if (++calls > 30 && (always || calls == 31)) throw std::runtime_error("broken");
            return worth(arch);
        };
    };
    const auto repeats_after = [&](bool always) {
        calls = 0;
        nas::search search{nas::reevaluated{nas::random_search{cells{5}}, {.share = 0.9, .start = 30, .equal = 1000}},
                           fails(always),
                           {.seed = 6}};
        search.run({.trials = 34});
        std::size_t failed = 0;
        const auto leader = search.history().arch(30);
        for (std::size_t row = 31; row < 34; ++row) failed += search.history().arch(row) == leader ? 1U : 0U;
        return failed;
    };
    CHECK(repeats_after(false) == 3);
    CHECK(repeats_after(true) == 1);
}

TEST_CASE("reevaluated: what never was completed is not tried again") {
    const auto broken = [](const network& arch, const nas::context& about) {
        if (about.id() % 2 == 1) throw std::runtime_error("broken");
        return worth(arch);
    };
    nas::search search{
        nas::reevaluated{nas::random_search{cells{5}, {.replacement = false}}, {.start = 10, .equal = 1000}},
        broken,
        {.seed = 6}};
    search.run({.trials = 100});
    const auto& past = search.history();
    for (std::size_t row = 0; row < past.size(); ++row) {
        std::size_t before = 0;
        std::size_t completed = 0;
        for (std::size_t other = 0; other < row; ++other) {
            before += past.arch(other) == past.arch(row) ? 1U : 0U;
            completed += past.arch(other) == past.arch(row) && past.completed(other) ? 1U : 0U;
        }
        CHECK((before == 0 || completed > 0));
    }
}

TEST_CASE("reevaluated: with the same number of trials, what is recommended is better where evaluations are noisy") {
    std::vector<double> plain;
    std::vector<double> repeated;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const cells space{5};
        nas::search one{nas::random_search{space, {.replacement = false}}, noisy_worth(), {.seed = seed}};
        one.run({.trials = 150});
        plain.push_back(worth(one.history().best().arch));
        nas::search two{
            nas::reevaluated{nas::random_search{space, {.replacement = false}}}, noisy_worth(), {.seed = seed}};
        two.run({.trials = 150});
        repeated.push_back(worth(nas::recommend(two)->arch));
    }
    const nas::rank_test test = nas::mann_whitney(repeated, plain);
    CHECK(test.superiority > 0.5);
    CHECK(test.p_value < 0.001);
}

TEST_CASE("reevaluated: it keeps the laws of searchers") {
    CHECK(nas::testing::searcher_violations(nas::reevaluated{nas::local_search{cells{5}}}) ==
          std::vector<std::string>{});
}

TEST_CASE("reevaluated: options are validated") {
    CHECK_THROWS_WITH_AS((nas::reevaluated{nas::random_search{cells{5}}, {.share = 1.5}}),
                         "nas::reevaluated: share (1.5) must be in [0, 0.9]", std::invalid_argument);
}
