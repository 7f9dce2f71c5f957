// SPDX-License-Identifier: Apache-2.0
#include <nas/report/summary.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/context.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/deduplicated.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using cells = nas::choice_space<2>;
using texts = std::vector<std::string>;

/// By the first decision: one fails, one is worth 0, and the others what they say.
struct picky {
    nas::evaluation<> operator()(const cells::arch_type& arch) const {
        if (arch[0] == 0) throw std::runtime_error("no\nluck");
        if (arch[0] == 1) return nas::evaluation<>::infeasible(arch[1] == 0 ? "too large" : "");
        return {arch[0] + 0.25 * arch[1], 30};
    }
};

/// The search told by hand.
template <class Search>
void tell(Search& search, double value) {
    search.tell(*search.ask(), value);
}

}  // namespace

TEST_CASE("summary: a page and a line") {
    nas::search search{nas::random_search{cells{4}},
                       picky{},
                       {.seed = 3, .enqueue = {{3, 1}, {0, 0}, {0, 1}, {1, 0}, {1, 1}, {3, 1}, {2, 0}}}};
    search.run({.trials = 7});
    const nas::search_summary found = nas::summary(search);
    CHECK(
        found.full() ==
        "searcher     random_search\noptions      " + nas::to_text(search.searcher().options()) +
            "\n"
            "seed         3\n"
            "space        choice_space, 2 decisions, 16 architectures\n"
            "ended        the number of trials is reached\n"
            "trials       7, 3 completed, 2 infeasible, 2 failed; 7 enqueued\n"
            "incomplete   2 x no luck\n"
            "             1 x too large\n"
            "             1 x nobody said why\n"
            "networks     6 different ones, 1 trial of one that was told before\n"
            "best trial   3.25 in trial 0: 31\n"
            "recommended  3.25 expected, from 2 trials: 31\n"
            "cost         1 min 30 s\n"
            "warning      2 of 7 trials failed; most often: no luck\n"
            "warning      1 trial evaluated a network again, which is lost where evaluations are exact: repeats=false, or deduplicated(...) around the searcher\n");
    CHECK(
        found.brief() ==
        "random_search, seed 3: 7 trials (4 not completed) of 6 networks, best 3.25: 31; cost 1 min 30 s; the number of "
        "trials is reached; warning: 2 of 7 trials failed; most often: no luck");
    CHECK(!found.times);
}

TEST_CASE("summary: a search in which every trial fails says so") {
    const auto fails = [](const cells::arch_type&) -> double { throw std::runtime_error("python3: no module torch"); };
    nas::search search{nas::random_search{cells{9}}, fails, {.seed = 3}};
    search.run({.trials = 20});
    const nas::search_summary found = nas::summary(search);
    CHECK(!found.best);
    CHECK(!found.recommended);
    const std::string warning =
        "no trial is completed, so that there is nothing to take home; all say: python3: no module torch";
    CHECK(found.warnings == texts{warning});
    CHECK(found.brief().ends_with("; the number of trials is reached; warning: " + warning));
    CHECK(found.full().find("\nbest") == std::string::npos);

    nas::search empty{nas::random_search{cells{9}}, fails};
    CHECK(nas::summary(empty).brief() ==
          "random_search, seed 0: 0 trials of 0 networks; it has not ended; warning: there is no trial");
}

TEST_CASE("summary: as many reasons as trials are counted in no time") {
    constexpr std::size_t trials = 50'000;
    const auto fails = [](const cells::arch_type&, const nas::context& about) {
        return nas::evaluation<>::failure("a file that nobody finds: " + std::to_string(about.id() / 2 * 2));
    };
    nas::search search{nas::random_search{cells{9}}, fails, {.seed = 3}};
    search.run({.trials = trials});
    const auto start = std::chrono::steady_clock::now();
    const nas::search_summary found = nas::summary(search);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));  // comparing all with all takes longer
    REQUIRE(found.reasons.size() == trials / 2);
    CHECK(found.reasons.front() == std::pair<std::string, std::size_t>("a file that nobody finds: 0", 2));
    CHECK(found.reasons.back() == std::pair<std::string, std::size_t>("a file that nobody finds: 49998", 2));
}

TEST_CASE("summary: too few trials for a first population") {
    const auto worth = [](const cells::arch_type& arch) { return arch[0] - 0.1 * arch[1]; };
    const auto warnings = [&](auto searcher, std::size_t trials) {
        nas::search search{std::move(searcher), worth, {.seed = 1}};
        search.run({.trials = trials});
        return nas::summary(search).warnings;
    };
    const nas::regularized_evolution evolving{cells{200}, {.population = 30, .tournament = 5, .initial = 30}};
    const texts too_few{
        "all 30 trials were random samples: the searcher takes 30 before it learns; run more, or lower its option "
        "(initial, population or batch)"};
    CHECK(warnings(evolving, 30) == too_few);
    CHECK(warnings(nas::deduplicated{evolving}, 30) == too_few);
    CHECK(warnings(evolving, 31) == texts{});
    CHECK(warnings(nas::random_search{cells{200}}, 30) == texts{});
}

TEST_CASE("summary: what is recommended of noisy trials") {
    const cells space{9};
    nas::search search{
        nas::random_search{space},
        picky{},
        {.seed = 3, .enqueue = {{1, 0}, {1, 0}, {1, 0}, {1, 0}, {2, 0}, {2, 0}, {2, 0}, {2, 0}, {3, 0}, {3, 0}}}};
    for (const double value : {0.4, 0.6, 0.5, 0.5, 0.7, 0.8, 0.75, 0.7, 0.95, 0.0}) tell(search, value);
    const nas::search_summary found = nas::summary(search);
    REQUIRE(found.best);
    REQUIRE(found.recommended);
    CHECK(found.best->arch == "30");
    CHECK(found.best->trial == 8);
    CHECK(found.recommended->arch == "20");
    CHECK(found.recommended->trials == 4);
    CHECK(found.brief().find(", best 0.95: 30; recommended (0.") != std::string::npos);
    CHECK(found.repeats == 7);
}

TEST_CASE("summary: repeats of a noisy evaluator are no mistake") {
    struct noisy : picky {
        nas::evaluation_noise noise() const { return nas::evaluation_noise::some; }
    };
    const auto warnings = [](auto evaluator) {
        nas::search search{nas::random_search{cells{9}}, evaluator, {.seed = 3, .enqueue = {{2, 0}, {2, 0}, {3, 0}}}};
        search.run({.trials = 3});
        return nas::summary(search).warnings.size();
    };
    CHECK(warnings(picky{}) == 1);
    CHECK(warnings(noisy{}) == 0);
}

TEST_CASE("summary: a page says where the recommendation is the best trial for want of knowledge") {
    using nas::evaluation_noise;
    const auto warned = [](evaluation_noise noise, std::vector<cells::arch_type> archs) {
        const std::size_t trials = archs.size();
        nas::search search{
            nas::random_search{cells{9}}, picky{}, {.seed = 3, .enqueue = std::move(archs), .noise = noise}};
        search.run({.trials = trials});
        const nas::search_summary found = nas::summary(search);
        CHECK(found.brief().find("noisy") == std::string::npos);
        CHECK(found.warnings.empty());
        const bool said =
            found.full().find(
                "\nwarning      nobody says whether evaluations are noisy, and no network was evaluated twice: what is "
                "recommended is the best trial, which may be the luckiest; set the search's option noise to "
                "evaluation_noise::some, or to none\n") != std::string::npos;
        CHECK(said == found.noise_unknown);
        return said;
    };
    CHECK(warned(evaluation_noise::unknown, {{2, 0}, {3, 0}}));
    CHECK_FALSE(warned(evaluation_noise::none, {{2, 0}, {3, 0}}));
    CHECK_FALSE(warned(evaluation_noise::some, {{2, 0}, {3, 0}}));
    CHECK_FALSE(warned(evaluation_noise::unknown, {{2, 0}}));  // nothing to choose from
    // A network that was evaluated twice tells; so few repeats among so many are no mistake to warn of.
    std::vector<cells::arch_type> many{{2, 0}};
    for (unsigned char i = 0; i < 9; ++i) many.push_back({3, i});
    CHECK(warned(evaluation_noise::unknown, many));
    many.push_back({3, 0});
    CHECK_FALSE(warned(evaluation_noise::unknown, many));
}

TEST_CASE("summary: times where they are measured") {
    nas::search search{nas::random_search{cells{9}}, picky{}, {.seed = 3, .measure_times = true}};
    search.run({.trials = 20});
    const nas::search_summary found = nas::summary(search);
    REQUIRE(found.times);
    CHECK(found.times->total > 0);
    const std::string page = found.full();
    const std::size_t at = page.find("\ntime         ");
    REQUIRE(at != std::string::npos);
    const std::string line = page.substr(at, page.find('\n', at + 1) - at);
    for (const std::string_view part : {": ask ", ", evaluate ", " in all evaluations), tell ", ", else "})
        CHECK(line.find(part) != std::string::npos);
}
