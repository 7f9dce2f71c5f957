// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/deduplicated.hpp>

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include <nas/core/options_text.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

using plain_space = nas::choice_space<2>;
using arch_type = plain_space::arch_type;

struct symmetric_space : plain_space {
    using plain_space::plain_space;
    int key(const arch_type& arch) const { return arch[0] + arch[1] + 100 * arch[0] * arch[1]; }
};

constexpr auto worth = [](const arch_type& arch) { return arch[0] - 0.5 * arch[1]; };

static_assert(nas::Searcher<nas::deduplicated<nas::regularized_evolution<plain_space>>>);
static_assert(!nas::Searcher<nas::deduplicated<nas::regularized_evolution<plain_space>>, 2>);
static_assert(nas::Searcher<nas::deduplicated<nas::random_search<plain_space>>, 2>);

// Proposes each architecture at fidelity 1, 2, 3, ... by the number told.
struct promoting {
    using space_type = plain_space;
    plain_space all{3};
    std::size_t told = 0;
    const plain_space& space() const { return all; }
    std::optional<nas::proposal<arch_type>> ask(const nas::ask_view<arch_type>&, nas::rng&) const {
        return nas::proposal<arch_type>({1, 1}, nas::no_trial, static_cast<double>(told / 2 + 1));
    }
    void tell(const nas::trial<arch_type>&, nas::rng&) { ++told; }
};

// Counts on from the attempt, and has a policy.
struct trying {
    using space_type = plain_space;
    plain_space all{3};
    const plain_space& space() const { return all; }
    std::optional<nas::proposal<arch_type>> ask(const nas::ask_view<arch_type>& view, nas::rng&) const {
        if (view.attempt == 9) return std::nullopt;
        return nas::proposal<arch_type>(all.at(view.attempt));
    }
    void tell(const nas::trial<arch_type>&, nas::rng&) {}
    arch_type sample_policy(nas::rng& random) const { return all.sample(random); }
};

}  // namespace

TEST_CASE("deduplicated: a searcher is told how many of its answers were turned down") {
    nas::search search{nas::deduplicated{trying{}}, worth, {.seed = 3}};
    CHECK(search.run({}) == nas::stop_reason::exhausted);
    REQUIRE(search.history().size() == 9);
    for (std::size_t row = 0; row < 9; ++row) CHECK(search.history().arch(row) == plain_space{3}.at(row));
}

TEST_CASE("deduplicated: attempts go on counting in one around another") {
    nas::search search{
        nas::deduplicated<nas::deduplicated<trying>>{nas::deduplicated{trying{}, {.retries = 3}}}, worth, {.seed = 3}};
    CHECK(search.run({}) == nas::stop_reason::exhausted);
    CHECK(search.history().size() == 3);
}

TEST_CASE("deduplicated: its options are told with the searcher's") {
    const nas::deduplicated searcher{nas::regularized_evolution{plain_space{3}, {.population = 9, .tournament = 2}}};
    CHECK(nas::detail::all_options_text(searcher) ==
          "retries=500,searcher.population=9,searcher.tournament=2,searcher.initial=10,searcher.repeats=false,"
          "searcher.replacement=true");
}

TEST_CASE("deduplicated: its policy is the searcher's") {
    nas::rng a(1);
    nas::rng b(1);
    CHECK(nas::deduplicated{trying{}}.sample_policy(a) == trying{}.sample_policy(b));
    const auto has_policy = []<class T>(const T&) {
        return requires(const T& searcher, nas::rng& random) { searcher.sample_policy(random); };
    };
    CHECK(has_policy(nas::deduplicated{trying{}}));
    CHECK(!has_policy(nas::deduplicated{promoting{}}));
}

TEST_CASE("deduplicated: every architecture once, then exhausted") {
    for (const std::size_t batch : {1U, 4U}) {
        nas::search search{nas::deduplicated{nas::random_search{plain_space(4)}}, worth, {.seed = 3}};
        CHECK(search.run({.batch = batch}) == nas::stop_reason::exhausted);
        std::set<arch_type> all;
        for (std::size_t row = 0; row < search.history().size(); ++row) all.insert(search.history().arch(row));
        CHECK(search.history().size() == 16);
        CHECK(all.size() == 16);
    }
}

TEST_CASE("deduplicated: equal keys are one network") {
    const auto count_networks = [](auto searcher) {
        nas::search search{std::move(searcher), worth, {.seed = 3}};
        CHECK(search.run({.trials = 100}) == nas::stop_reason::exhausted);
        std::set<int> keys;
        for (std::size_t row = 0; row < search.history().size(); ++row)
            CHECK(keys.insert(search.space().key(search.history().arch(row))).second);
        return keys.size();
    };
    CHECK(count_networks(nas::deduplicated{nas::random_search{symmetric_space(4)}}) == 10);
    // Evolution ends where no child of those alive is new.
    CHECK(count_networks(nas::deduplicated{nas::regularized_evolution{
              symmetric_space(4), {.population = 4, .tournament = 2, .repeats = true}}}) > 5);
}

TEST_CASE("deduplicated: enqueued, imported and failed ones count as told") {
    const auto failing = [](const arch_type&) -> double { throw std::runtime_error("no"); };
    nas::search first{nas::random_search{plain_space(3)}, worth, {.seed = 1}};
    first.run({.trials = 2});
    nas::search search{
        nas::deduplicated{nas::random_search{plain_space(3)}}, failing, {.seed = 1, .enqueue = {{2, 2}, {2, 1}}}};
    search.warm_start(first.history());
    search.run();
    const auto& history = search.history();
    std::set<arch_type> all;
    for (std::size_t row = 0; row < history.size(); ++row) {
        const bool fresh = all.insert(history.arch(row)).second;
        CHECK((fresh || history.origin(row) != nas::trial_origin::asked));
    }
    CHECK(all.size() == 9);
}

TEST_CASE("deduplicated: another fidelity is another trial, a searcher that repeats itself ends") {
    // Told one at fidelity 1, it proposes that again, and so counts as exhausted.
    nas::search search{nas::deduplicated{promoting{}, {.retries = 5}}, worth, {.seed = 1}};
    CHECK(search.run({.trials = 10}) == nas::stop_reason::exhausted);
    CHECK(search.history().size() == 1);

    nas::search promoted{nas::deduplicated{promoting{.told = 1}}, worth, {.seed = 1}};
    promoted.run({.trials = 1});
    CHECK(promoted.history().fidelity(0) == 1);
    promoted.run({.trials = 2});
    CHECK(promoted.history().fidelity(1) == 2);
}

TEST_CASE("deduplicated: a resumed search goes on as the whole one") {
    const auto make = [] {
        return nas::search{nas::deduplicated{nas::regularized_evolution{
                               plain_space(8), {.population = 5, .tournament = 2, .repeats = true}}},
                           worth,
                           {.seed = 7}};
    };
    auto whole = make();
    whole.run({.trials = 50});
    auto start = make();
    start.run({.trials = 21});
    auto rest = make();
    rest.resume(start.history());
    rest.run({.trials = 50});
    REQUIRE(rest.history().size() == whole.history().size());
    for (std::size_t row = 0; row < 50; ++row) CHECK(rest.history().arch(row) == whole.history().arch(row));
}

TEST_CASE("deduplicated: impossible options") {
    CHECK_THROWS_WITH_AS((nas::deduplicated{nas::random_search{plain_space(3)}, {.retries = 0}}),
                         "nas::deduplicated: retries (0) must be in [1, 1e+06]", std::invalid_argument);
}
