// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/controller.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <nas/evaluators/landscapes.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/reinforce.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/layer_space.hpp>

namespace {

using nas::controller, nas::controller_options, nas::amber_controller;
using cells = nas::choice_space<4>;
static_assert(nas::Searcher<controller<cells>>);
static_assert(nas::Searcher<controller<nas::layer_space, double>>);

constexpr auto plain = nas::advantage_scale::none;
constexpr auto constant = nas::baseline_kind::constant;

nas::layer_space layers(const nas::layer_space_options& wiring) {
    nas::model_space model;
    for (std::ptrdiff_t l = 0; l < 3; ++l) {
        nas::model_space::layer_type operations;
        for (std::int64_t units : {8, 16, 32, 64})
            operations.push_back(
                nas::layer_operation("dense", {{"units", units}, {"activation", std::string("relu")}}));
        model.add_layer(l, operations);
    }
    return nas::layer_space(model, wiring);
}

template <class Searcher>
void tell(Searcher& searcher, const typename Searcher::arch_type& arch, double value, nas::rng& random) {
    nas::trial<typename Searcher::arch_type> told;
    told.arch = arch;
    told.result = value;
    searcher.tell(told, random);
}

/// Told again and again that one architecture is good and another bad, it comes to propose the first and not the second.
template <class Space>
void check_learning(const Space& space, controller_options options) {
    options.batch = 2;
    options.baseline = constant;
    options.constant = 0;
    options.scale = plain;
    options.minibatch = 0;
    options.replay = 1;
    controller searcher{space, options};
    nas::rng random(3);
    searcher.begin(random);
    const auto good = searcher.sample_policy(random);
    auto bad = good;
    while (bad == good) bad = searcher.sample_policy(random);
    const auto log_p = [&](const auto& arch) { return searcher.policy().log_probability(space, space.genotype(arch)); };
    const double good_before = log_p(good);
    const double bad_before = log_p(bad);
    for (int i = 0; i < 5; ++i) {
        tell(searcher, good, 1, random);
        tell(searcher, bad, -1, random);
    }
    CHECK(searcher.changes() >= 5);
    CHECK(log_p(good) - good_before > log_p(bad) - bad_before + 0.3);
    CHECK(log_p(bad) < bad_before - 0.1);
    // Where skip connections are drawn to a probability, what has none of them becomes rarer too.
    if (options.network.skip_weight == 0) CHECK(log_p(good) > good_before + 0.1);
}

double sum_of(const cells::arch_type& arch) {
    double sum = 0;
    for (const std::uint8_t choice : arch) sum += choice;
    return sum;
}

}  // namespace

TEST_CASE("controller: every one of AMBER's learns what is good and what is bad") {
    const nas::layer_space operations = layers({.skips = false});
    const nas::layer_space skips = layers({});
    const nas::layer_space inputs = layers({.input_blocks = 2});
    const nas::layer_space both = layers({.input_blocks = 2, .output_blocks = 2});
    const auto options_of = nas::amber_controller_options;
    check_learning(operations, options_of(amber_controller::general));
    check_learning(skips, options_of(amber_controller::general));
    check_learning(inputs, options_of(amber_controller::multi_input));
    check_learning(both, options_of(amber_controller::multi_input_output));
    check_learning(operations, options_of(amber_controller::operation));
    check_learning(both, {});
    // A multi-input controller wants skip connections, as there.
    CHECK_THROWS_WITH_AS(
        (controller{layers({.skips = false}), nas::amber_controller_options(amber_controller::multi_input)}),
        "nas::lstm_policy: skip_weight needs a space with skip connections", std::invalid_argument);
}

TEST_CASE("controller: the seed decides its first weights and options of the network are its own") {
    const auto first_weight = [](std::uint64_t seed) {
        const nas::search search{controller{cells{3}, {.network = {.units = 3}}}, sum_of, {.seed = seed}};
        return search.searcher().policy().parameters()[0];
    };
    CHECK(first_weight(1) == first_weight(1));
    CHECK(first_weight(1) != first_weight(2));
    const controller made{cells{3}, {.network = {.units = 5, .layers = 1}}};
    CHECK(made.policy().options().units == 5);
    CHECK(nas::to_text(made.options()).find(",network.units=5,network.layers=1,") != std::string::npos);
}

TEST_CASE("controller: it goes on from a policy that was given") {
    const cells space{3};
    nas::search taught{
        controller{space, {.repeats = true, .learning_rate = 0.05, .network = {.units = 6, .layers = 1}}},
        sum_of,
        {.seed = 1}};
    taught.run({.trials = 200});
    const controller other{space, {.repeats = true}, taught.searcher().policy()};
    CHECK(other.options().network.units == 6);
    const nas::lstm_policy<float> sharing(space, {.units = 4, .share = {{2, 1}}});
    CHECK(nas::to_text(controller{space, {}, sharing}.options()).ends_with("share=2:1"));
    nas::search search{other, sum_of, {.seed = 2}};
    search.run({.trials = 20});
    double sum = 0;
    for (std::size_t row = 0; row < 20; ++row) sum += search.history().value(row) / 20;
    CHECK(sum > 6);  // of 8; uniform architectures: 4
}

TEST_CASE("controller: what dropout drops follows from the seed also where the policy was given") {
    const cells space{3};
    const nas::lstm_policy<float> given(space, {.units = 4, .layers = 1, .dropout = 0.5});
    const auto first_weight = [&](std::uint64_t seed, nas::lstm_policy<float> policy) {
        nas::search search{controller{space, {.batch = 3, .learning_rate = 0.1}, std::move(policy)},
                           [](const cells::arch_type& arch) { return arch[0] - 1.0; },
                           {.seed = seed, .enqueue = {{0, 1, 2, 0}, {2, 1, 0, 0}, {1, 1, 1, 1}}}};
        search.run({.trials = 3});
        return search.searcher().policy().parameters()[0];
    };
    auto used = given;
    nas::rng random(9);
    used.reseed(random);
    CHECK(first_weight(1, given) == first_weight(1, used));
    CHECK(first_weight(1, given) != first_weight(2, given));
}

TEST_CASE("controller: without a clip all passes count and with one those near the old policy") {
    const cells space{3};
    const auto moved = [&](double clip) {
        controller searcher{space,
                            {.batch = 1,
                             .transform = nas::reward_transform::none,
                             .learning_rate = 0.1,
                             .baseline = constant,
                             .constant = 0,
                             .scale = plain,
                             .entropy = 0,
                             .epochs = 10,
                             .clip = clip,
                             .network = {.units = 4, .layers = 1}}};
        nas::rng random(1);
        const cells::arch_type arch{0, 1, 2, 0};
        const double before = searcher.policy().log_probability(space, arch);
        tell(searcher, arch, 1, random);
        return searcher.policy().log_probability(space, arch) - before;
    };
    CHECK(moved(0) > moved(0.2) + 0.5);
    CHECK(moved(0.2) > 0.1);
}

TEST_CASE("controller: 100 trials are enough to beat random search where decisions interact") {
    using many = nas::choice_space<8>;
    const nas::nk_landscape<many> landscape(many{5}, {.neighbors = 2, .seed = 110});
    std::size_t better = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        nas::search learned{controller{landscape.space()}, std::cref(landscape), {.seed = seed}};
        nas::search drawn{nas::random_search{landscape.space()}, std::cref(landscape), {.seed = seed}};
        learned.run({.trials = 100});
        drawn.run({.trials = 100});
        if (learned.history().best().value() > drawn.history().best().value()) ++better;
    }
    CHECK(better >= 15);
}

TEST_CASE("controller refuses what does not fit") {
    const cells space{3};
    const auto refuses = [&](const controller_options& options, const char* sentence) {
        CHECK_THROWS_WITH_AS((controller{space, options}), sentence, std::invalid_argument);
    };
    refuses({.batch = 0}, "nas::controller: batch (0) must be in [1, 1e+06]");
    refuses({.clip = -1}, "nas::controller: clip (-1) must be in [0, 1e+06]");
    refuses({.network = {.units = 0}}, "nas::lstm_policy: units (0) must be in [1, 4096]");
    refuses(
        {.network = {.descriptor = 3}},
        "nas::controller: the policy reads descriptors of 3 numbers; nas::zero_shot searches for tasks that have some");
    refuses({.network = {.share = {{1, 2}}}},
            "nas::lstm_policy: decision 1 shares with decision 2, which is not an earlier one");
    const nas::lstm_policy<float> small(cells{2});
    CHECK_THROWS_WITH_AS((controller{space, {}, small}), doctest::Contains("parameters; one for this space has"),
                         std::invalid_argument);
    // As many parameters, but for other decisions.
    const nas::choice_space<2> wide{std::array{2, 5}};
    const nas::choice_space<2> other{std::array{5, 2}};
    CHECK_THROWS_WITH_AS((controller{other, {}, nas::lstm_policy<float>(wide)}),
                         "nas::controller: the policy was made for other decisions than those of this space",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::reinforce{other, {}, nas::softmax_policy(wide)}),
                         "nas::reinforce: the policy was made for other decisions than those of this space",
                         std::invalid_argument);
}
