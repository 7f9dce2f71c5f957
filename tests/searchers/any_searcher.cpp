// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>

#include <nas/run/search.hpp>
#include <nas/searchers/deduplicated.hpp>
#include <nas/searchers/registry.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/easy_landscape.hpp>
#include <nas/testing/histories.hpp>

using cells = nas::choice_space<6>;

namespace {

template <template <class...> class Algorithm>
void expect_same_history(const char* name) {
    CAPTURE(name);
    const cells searched{5};
    const nas::testing::easy_landscape landscape{searched};
    nas::search direct{Algorithm<cells>{searched}, landscape, {.seed = 5}};
    nas::search erased{nas::make_searcher(searched, name), landscape, {.seed = 5}};
    direct.run({.trials = 120, .batch = 2});
    erased.run({.trials = 120, .batch = 2});
    CHECK(direct.history().size() == 120);
    CHECK(nas::testing::difference(direct.history(), erased.history()) == "");
    CHECK(erased.searcher().name() == name);
    CHECK(erased.searcher().options_text() == nas::to_text(direct.searcher().options()));
}

}  // namespace

TEST_CASE("any_searcher: its history is that of the searcher it holds") {
    expect_same_history<nas::grid_search>("grid_search");  // has begin
    expect_same_history<nas::local_search>("local_search");
    expect_same_history<nas::genetic_algorithm>("genetic_algorithm");
}

TEST_CASE("any_searcher: is a value") {
    const cells five{5};
    nas::any_searcher<cells> first = nas::make_searcher(five, "grid_search");
    nas::any_searcher<cells> second = nas::make_searcher(five, "regularized_evolution:population=3,tournament=2");
    CHECK(second.options_text() == "population=3,tournament=2,initial=10,repeats=false,replacement=true");
    first = second;
    CHECK(first.name() == "regularized_evolution");
    CHECK(first.options_text() == second.options_text());
    CHECK(first.space() == five);

    // What one is told the other does not know: with three told, evolution has parents.
    nas::rng random{1};
    for (nas::trial_id id = 0; id < 3; ++id) {
        nas::trial<cells::arch_type> told;
        told.id = id;
        told.result = 1;
        first.tell(told, random);
    }
    const nas::ask_view<cells::arch_type> view{3, 3, 3, {}};
    CHECK(first.ask(view, random)->parent != nas::no_trial);
    CHECK(second.ask(view, random)->parent == nas::no_trial);
    nas::any_searcher<cells> moved = std::move(first);
    CHECK(moved.ask(view, random)->parent != nas::no_trial);
}

TEST_CASE("any_searcher: holds searchers that the registry does not know") {
    struct stubborn {
        using space_type = cells;
        cells five{5};
        const cells& space() const { return five; }
        std::optional<nas::proposal<cells::arch_type>> ask(const nas::ask_view<cells::arch_type>&, nas::rng&) const {
            return cells::arch_type{1, 2, 3, 4, 0, 1};
        }
        void tell(const nas::trial<cells::arch_type>&, nas::rng&) {}
    };
    nas::search search{nas::any_searcher<cells>{"stubborn", stubborn{}}, [](const cells::arch_type&) { return 1; }};
    CHECK(search.run({.trials = 2}) == nas::stop_reason::trials);
    CHECK(search.searcher().name() == "stubborn");
    CHECK(search.searcher().options_text() == "");
    CHECK(search.searcher().initial_trials() == 0);
    CHECK(search.space().describe(search.history().arch(1)) == "123401");
}

TEST_CASE("any_searcher: samples the policy of a searcher that has one") {
    const cells five{5};
    nas::reinforce direct{five};
    nas::any_searcher<cells> erased{"reinforce", direct};
    CHECK(erased.has_policy());
    nas::rng a(3);
    nas::rng b(3);
    CHECK(erased.sample_policy(a) == direct.sample_policy(b));
    CHECK(nas::make_searcher(five, "ppo").has_policy());
    CHECK(nas::make_searcher(five, "mlpnas").has_policy());

    const auto evolution = nas::make_searcher(five, "regularized_evolution");
    CHECK(!evolution.has_policy());
    CHECK_THROWS_WITH_AS(evolution.sample_policy(a), "nas::any_searcher: this searcher has no policy to sample",
                         std::logic_error);
}

TEST_CASE("any_searcher: around one that was chosen at run time there is a policy where that has one") {
    const cells five{5};
    const nas::deduplicated<nas::any_searcher<cells>> around{nas::make_searcher(five, "reinforce")};
    CHECK(around.has_policy());
    nas::rng a(3);
    nas::rng b(3);
    CHECK(around.sample_policy(a) == around.searcher().sample_policy(b));
    CHECK(nas::any_searcher<cells>{"mine", around}.has_policy());
    CHECK(nas::make_searcher(five, "deduplicated(deduplicated(ppo))").has_policy());
    const auto without = nas::make_searcher(five, "deduplicated(regularized_evolution)");
    CHECK(!without.has_policy());
    CHECK_THROWS_AS(without.sample_policy(a), std::logic_error);
}

TEST_CASE("any_searcher: says how many trials its searcher samples first") {
    const cells five{5};
    const nas::regularized_evolution direct{five, {.population = 7, .tournament = 2}};
    CHECK(nas::initial_trials(direct) == 7);
    const nas::any_searcher<cells> erased{"evolution", direct};
    CHECK(nas::initial_trials(erased) == 7);
    CHECK(nas::initial_trials(nas::any_searcher<cells>{"deduplicated", nas::deduplicated{erased}}) == 7);
    CHECK(nas::initial_trials(nas::make_searcher(five, "random_search")) == 0);
}
