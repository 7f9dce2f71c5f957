// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/policy_gradient.hpp>

#include <string>

#include <doctest/doctest.h>
#include <nas/core/options.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/controller.hpp>
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

}  // namespace

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
