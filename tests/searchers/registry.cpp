// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include <nas/core/class_name.hpp>
#include <nas/core/options_text.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/deduplicated.hpp>
#include <nas/searchers/registry.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/histories.hpp>

namespace {

using space = nas::choice_space<6>;

/// Sample and text are all it has.
struct coin_space {
    using arch_type = int;
    int sample(nas::rng& random) const { return static_cast<int>(nas::below(random, 2)); }
    bool contains(int side) const { return side == 0 || side == 1; }
    std::string describe(int side) const { return std::to_string(side); }
    int parse(std::string_view text) const { return text == "1" ? 1 : 0; }
};

}  // namespace

TEST_CASE("registry: a searcher by name and options") {
    const space cells{5};
    CHECK(nas::make_searcher(cells, "regularized_evolution:population=10,tournament=3").options_text() ==
          "population=10,tournament=3,initial=10,repeats=false,replacement=true");
    CHECK(nas::make_searcher(cells, "local_search:improvement=steepest")
              .options_text()
              .starts_with("improvement=steepest,"));
    CHECK(nas::make_searcher(cells, "regularized_evolution:preset=real_2019,tournament=10").options_text() ==
          "population=100,tournament=10,initial=100,repeats=true,replacement=true");
    CHECK(nas::make_searcher(cells, "random_search:").options_text() == nas::to_text(nas::random_search_options{}));

    const std::string all =
        "random_search, grid_search, local_search, hill_climbing, simulated_annealing, regularized_evolution, "
        "genetic_algorithm, reinforce, ppo, controller, mlpnas, tpe, gp_search, smac, bananas, npenas, predictor_search, progressive, and around a searcher deduplicated(...), reevaluated(...)";
    CHECK_THROWS_WITH_AS(
        nas::make_searcher(cells, "regularised_evolution"),
        ("nas: there is no searcher 'regularised_evolution' (did you mean 'regularized_evolution'?); there is " + all)
            .c_str(),
        std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::make_searcher(cells, "x:population=3"),
                         ("nas: there is no searcher 'x'; there is " + all).c_str(), std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::make_searcher(cells, ""), ("nas: there is no searcher ''; there is " + all).c_str(),
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::make_searcher(cells, "grid_search:speed=1"),
                         "nas::grid_search: no option 'speed'; there is shuffled", std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::make_searcher(cells, "regularized_evolution:population=10,tournament=65"),
                         "nas::regularized_evolution: tournament (65) must be in [1, population (10)]",
                         std::invalid_argument);
}

TEST_CASE("registry: a searcher around another one") {
    const space cells{5};
    const auto one =
        nas::make_searcher(cells, "deduplicated(regularized_evolution:population=9,tournament=2):retries=50");
    CHECK(one.name() == "deduplicated(regularized_evolution)");
    CHECK(one.options_text().starts_with("retries=50,searcher.population=9,searcher.tournament=2,searcher."));
    const auto deeper = nas::make_searcher(cells, "deduplicated(deduplicated(ppo:batch=7):retries=3)");
    CHECK(deeper.name() == "deduplicated(deduplicated(ppo))");
    CHECK(deeper.options_text().starts_with("retries=500,searcher.retries=3,searcher.searcher."));
    CHECK(deeper.options_text().find(",searcher.searcher.batch=7,") != std::string::npos);
    // What any_searcher says of itself can be given back.
    for (const auto& made : {one, deeper}) {
        const auto again = nas::make_searcher(cells, nas::join_searcher_text(made.name(), made.options_text()));
        CHECK(again.name() == made.name());
        CHECK(again.options_text() == made.options_text());
    }
    CHECK_THROWS_WITH_AS(nas::make_searcher(cells, "deduplicated"),
                         "nas::deduplicated: it needs a searcher in parentheses, as in deduplicated(random_search)",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::make_searcher(cells, "deduplicated():retries=5"),
                         "nas::deduplicated: it needs a searcher in parentheses, as in deduplicated(random_search)",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        nas::make_searcher(cells, "ppo(random_search)"),
        "nas::ppo: it is around no other searcher, take the parentheses away; those that are: deduplicated, reevaluated",
        std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        nas::make_searcher(cells, "deduplicated(deduplicated(pp0))"),
        doctest::Contains("nas: there is no searcher 'pp0' (did you mean 'ppo'?); there is random_search, "),
        std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::make_searcher(cells, "deduplicate(ppo)"),
                         doctest::Contains("no searcher 'deduplicate' (did you mean 'deduplicated'?); there is "),
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::make_searcher(cells, "deduplicated(ppo):batch=3"),
                         "nas::deduplicated: no option 'batch'; there is retries", std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::make_searcher(cells, "deduplicated(ppo"),
                         "nas: searcher 'deduplicated(ppo': a '(' without its ')'", std::invalid_argument);
}

TEST_CASE("registry: a wrapped searcher is that of a program that names its types") {
    const space cells{5};
    const auto landscape = [](const space::arch_type& arch) { return double(arch[0]) - arch[1]; };
    nas::search typed{nas::deduplicated{nas::regularized_evolution{cells, {.population = 9, .tournament = 2}}},
                      landscape,
                      {.seed = 4}};
    nas::search named{nas::make_searcher(cells, "deduplicated(regularized_evolution:population=9,tournament=2)"),
                      landscape,
                      {.seed = 4}};
    typed.run({.trials = 60, .batch = 2});
    named.run({.trials = 60, .batch = 2});
    CHECK(nas::testing::difference(typed.history(), named.history()) == "");
    CHECK(nas::detail::searcher_name(typed.searcher()) == named.searcher().name());
    CHECK(nas::detail::all_options_text(typed.searcher()) == named.searcher().options_text());
}

TEST_CASE("registry: wrappers describe themselves") {
    const space cells{5};
    for (const auto& info : nas::wrappers<space>()) {
        CAPTURE(info.name);
        CHECK(info.obstacle == "");
        CHECK(!info.summary.empty());
        CHECK(!info.options.empty());
        std::string defaults;
        for (const nas::option_description& option : info.options) {
            CHECK(!option.text.empty());
            CHECK(!option.source.empty());
            defaults += (defaults.empty() ? "" : ",") + option.name + "=" + option.value;
        }
        const auto made = info.make(nas::make_searcher(cells, "random_search"), defaults);
        CHECK(made.name() == info.name + "(random_search)");
        CHECK(made.options_text().starts_with(defaults + ",searcher."));
    }
    nas::search two{nas::make_searcher<space, 2>(cells, "deduplicated(random_search)"),
                    [](const space::arch_type& arch) {
                        return std::array<double, 2>{double(arch[0]), double(arch[1])};
                    }};
    CHECK(two.run({.trials = 20}) == nas::stop_reason::trials);
}

TEST_CASE("registry: entries describe themselves") {
    for (const auto& info : nas::searchers<space>()) {
        CAPTURE(info.name);
        CHECK(info.obstacle.empty() == (info.name != "progressive"));  // this space does not grow
        CHECK(!info.summary.empty());
        CHECK(!info.options.empty());
        std::string defaults;
        for (const nas::option_description& option : info.options) {
            CHECK(!option.text.empty());
            CHECK(!option.source.empty());
            defaults += (defaults.empty() ? "" : ",") + option.name + "=" + option.value;
        }
        if (!info.obstacle.empty()) continue;
        // What a program prints can be given back to it.
        CHECK(info.make(space{5}, defaults).options_text() == defaults);
        for (const nas::preset_description& preset : info.presets) {
            CAPTURE(preset.name);
            CHECK(!preset.source.empty());
            if (preset.options.find("skip_weight") != std::string::npos) continue;  // is for skip connections
            CHECK(info.make(space{5}, "preset=" + preset.name).options_text() ==
                  info.make(space{5}, preset.options).options_text());
        }
    }
}

TEST_CASE("registry: what cannot search a space says why") {
    std::string applicable;
    for (const auto& info : nas::searchers<coin_space>())
        if (info.obstacle.empty()) applicable += info.name + " ";
    CHECK(applicable == "random_search ");
    CHECK_THROWS_WITH_AS(nas::make_searcher(coin_space{}, "grid_search"),
                         "nas::grid_search: it cannot search this space: the space must have size, at and index",
                         std::invalid_argument);

    std::string for_two_objectives;
    nas::for_each_searcher<space, 2>([&](auto entry) { for_two_objectives += std::string(entry.name) + " "; });
    CHECK(for_two_objectives == "random_search grid_search ");
    CHECK_THROWS_WITH_AS((nas::make_searcher<space, 2>(space{5}, "hill_climbing")),
                         "nas::hill_climbing: it cannot search this space: it does not work for 2 objectives",
                         std::invalid_argument);
    const auto two = [](const space::arch_type& arch) {
        return std::array<double, 2>{double(arch[0]), double(arch[1])};
    };
    nas::search search{nas::make_searcher<space, 2>(space{5}, "grid_search"), two};
    search.run({.trials = 30});
    CHECK(search.history().values(29) == std::array<double, 2>{0, 0});
}

TEST_CASE("registry: searchers that were given a policy say which, by its weights as they were then") {
    const nas::choice_space<> space{4, 3};
    const auto weights_in = [](const auto& searcher) {
        const std::string text = nas::detail::all_options_text(searcher);
        const std::size_t at = text.find("policy.weights=0x");
        return at == text.npos ? std::string() : text.substr(at + 15, 18);
    };
    const auto check = [&]<class Policy>(auto make, auto own, Policy policy) {
        CHECK(weights_in(own) == "");
        const std::string before = weights_in(make(policy));
        CHECK(before.size() == 18);
        CHECK(weights_in(make(policy)) == before);
        auto searcher = make(policy);
        nas::rng random(1);
        searcher.begin(random);
        for (std::uint8_t i = 0; i < 20; ++i) {
            nas::trial<nas::choice_space<>::arch_type> told{{{i % 3U == 0, 1, 2, 0}}, nas::evaluation<>(i)};
            searcher.tell(told, random);
        }
        CHECK(searcher.changes() > 0);
        CHECK(weights_in(searcher) == before);
        CHECK(weights_in(nas::deduplicated{searcher}) == before);
        policy.change([](auto parameters) { parameters[1] += 0.5F; });
        CHECK(weights_in(make(policy)) != before);
    };
    const nas::softmax_policy softmax{space};
    const nas::lstm_policy<float> recurrent{space, {.units = 3, .layers = 1}};
    check([&](auto policy) { return nas::reinforce{space, {.batch = 2}, policy}; }, nas::reinforce{space}, softmax);
    check([&](auto policy) { return nas::ppo{space, {.batch = 2}, policy}; }, nas::ppo{space}, softmax);
    check([&](auto policy) { return nas::controller{space, {.batch = 2}, policy}; }, nas::controller{space}, recurrent);
    CHECK(weights_in(nas::mlpnas{space, {.batch = 2}, softmax}) ==
          weights_in(nas::reinforce{space, {.batch = 2}, softmax}));
    CHECK(weights_in(nas::mlpnas{space}) == "");
}
