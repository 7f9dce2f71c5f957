// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/policy_gradient.hpp>

#include <cmath>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nas/core/options.hpp>
#include <nas/core/options_text.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/controller.hpp>
#include <nas/searchers/mlpnas.hpp>
#include <nas/searchers/ppo.hpp>
#include <nas/searchers/reinforce.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/testing/easy_landscape.hpp>
#include <nas/testing/histories.hpp>

namespace {

using space = nas::choice_space<4>;

template <class Searcher>
auto history_of(Searcher searcher) {
    nas::search search{std::move(searcher), nas::testing::easy_landscape<space>(space{3}), {.seed = 5}};
    search.run({.trials = 60});
    return search.history();
}

/// Calls `visit(name, searcher)` for each that learns, with options that `set` changes.
template <class Set, class Visit>
void each_learner(Set set, Visit visit) {
    const auto with = [&](auto options) {
        set(options);
        return options;
    };
    visit("reinforce", nas::reinforce{space{3}, with(nas::reinforce_options{})});
    visit("ppo", nas::ppo{space{3}, with(nas::ppo_options{})});
    visit("controller", nas::controller{space{3}, with(nas::controller_options{.network = {.units = 6, .layers = 1}})});
    visit("mlpnas", nas::mlpnas{space{3}, with(nas::mlpnas_options{})});
}

template <class Search>
std::size_t distinct(const Search& search) {
    std::set<space::arch_type> all;
    for (std::size_t row = 0; row < search.history().size(); ++row) all.insert(search.history().arch(row));
    return all.size();
}

}  // namespace

TEST_CASE("learners propose every network once and end, however many are pending, and again only where asked to") {
    const nas::testing::easy_landscape<space> worth(space{3});
    for (const std::size_t batch : {1U, 7U})
        each_learner([](auto&) {},
                     [&](const char* name, auto searcher) {
                         CAPTURE(name);
                         nas::search search{std::move(searcher), worth, {.seed = 3}};
                         CHECK(search.run({.trials = 300, .batch = batch}) == nas::stop_reason::exhausted);
                         CHECK(search.history().size() == 81);
                         CHECK(distinct(search) == 81);
                     });
    each_learner([](auto& options) { options.repeats = true; },
                 [&](const char* name, auto searcher) {
                     CAPTURE(name);
                     nas::search search{std::move(searcher), worth, {.seed = 3}};
                     search.run({.trials = 300});
                     CHECK(search.history().size() == 300);
                     CHECK(distinct(search) < 81);
                 });
}

TEST_CASE("learners go on around the favourite of a policy that has become certain") {
    const space searched{3};
    nas::softmax_policy certain{searched};
    certain.change([](std::span<double> parameters) {
        for (std::size_t i = 0; i < 12; i += 3) parameters[i + 1] = 600;
    });
    nas::search search{nas::reinforce{searched, {.learning_rate = 0}, certain},
                       [](const space::arch_type&) { return 0.5; },
                       {.seed = 1}};
    search.run({.trials = 9});
    CHECK(search.history().arch(0) == space::arch_type{1, 1, 1, 1});
    CHECK(distinct(search) == 9);
    // The eight neighbours come first, mostly: a uniform network differs in 2.67 decisions.
    std::size_t differing = 0;
    for (std::size_t row = 1; row < 9; ++row)
        for (const std::uint8_t choice : search.history().arch(row)) differing += choice != 1 ? 1U : 0U;
    CHECK(differing < 8 * 2);
}

TEST_CASE("learners find the same for rewards and for any increasing function of them") {
    const nas::testing::easy_landscape<nas::choice_space<6>> worth(nas::choice_space<6>{4});
    const auto found = [&](auto searcher, auto unit) {
        nas::search search{std::move(searcher),
                           [&](const nas::choice_space<6>::arch_type& arch) {
                               if (arch[0] == 2 && arch[1] == 1) throw std::runtime_error("broken");
                               return unit(worth(arch));
                           },
                           {.seed = 5}};
        search.run({.trials = 120, .batch = 3});
        std::vector<nas::choice_space<6>::arch_type> all;
        for (std::size_t row = 0; row < 120; ++row) all.push_back(search.history().arch(row));
        return all;
    };
    const auto check = [&](const auto& searcher) {
        const auto plain = found(searcher, [](double reward) { return reward; });
        CHECK(found(searcher, [](double reward) { return std::exp(20 * reward); }) == plain);
        CHECK(found(searcher, [](double reward) { return reward * 1e300; }) == plain);
    };
    const nas::choice_space<6> searched{4};
    check(nas::reinforce{searched});
    check(nas::reinforce{searched, {.batch = 4, .replay = 3, .fresh_advantages = true}});
    check(nas::ppo{searched});
    check(nas::controller{searched, {.network = {.units = 6, .layers = 1}}});
    check(nas::mlpnas{searched});
    // Without ranks it would not be so.
    const nas::ppo values{searched, {.transform = nas::reward_transform::none}};
    CHECK(found(values, [](double reward) { return std::exp(20 * reward); }) !=
          found(values, [](double reward) { return reward; }));
}

TEST_CASE("policy_gradient: ppo that does not clip is reinforce with the same options") {
    const nas::reinforce_options options{.batch = 6, .entropy = 0.1, .epochs = 3, .minibatch = 4};
    const nas::ppo_options same{.batch = options.batch,
                                .learning_rate = options.learning_rate,
                                .baseline = options.baseline,
                                .scale = options.scale,
                                .entropy = options.entropy,
                                .entropy_decay = options.entropy_decay,
                                .epochs = options.epochs,
                                .clip = 0,
                                .minibatch = options.minibatch};
    CHECK(nas::testing::difference(history_of(nas::reinforce{space{3}, options}),
                                   history_of(nas::ppo{space{3}, same})) == "");
    nas::ppo_options clipping = same;
    clipping.clip = 0.01;
    CHECK(nas::testing::difference(history_of(nas::reinforce{space{3}, options}),
                                   history_of(nas::ppo{space{3}, clipping})) != "");
}

TEST_CASE("policy_gradient: a header names the options of a policy that was given") {
    const space searched{3};
    const auto text = [](const auto& searcher) { return nas::detail::all_options_text(searcher); };
    const nas::reinforce soft(searched, {}, nas::softmax_policy(searched, {.temperature = 2}));
    CHECK(text(soft).find(",policy.temperature=2,policy.weights=0x") != std::string::npos);
    const nas::reinforce recurrent(searched, {}, nas::lstm_policy<float>(searched, {.units = 5}));
    CHECK(text(recurrent).find(",policy.units=5") != std::string::npos);
    const nas::controller own(searched, {.network = {.units = 5}});
    CHECK(text(own).find(",network.units=5") != std::string::npos);
    CHECK(text(own).find("policy.") == std::string::npos);
}

TEST_CASE("learners sample a batch before they learn, unless they were given a policy") {
    CHECK(nas::initial_trials(nas::reinforce{space{3}, {.batch = 7}}) == 7);
    CHECK(nas::initial_trials(nas::ppo{space{3}, {.batch = 7}}) == 7);
    CHECK(nas::initial_trials(nas::controller{space{3}, {.batch = 7, .network = {.units = 6, .layers = 1}}}) == 7);
    CHECK(nas::initial_trials(nas::ppo{space{3}, {.batch = 7}, nas::softmax_policy{space{3}}}) == 0);
    CHECK(nas::initial_trials(nas::mlpnas{space{3}}) == 0);  // its predictor learns from the first
}
