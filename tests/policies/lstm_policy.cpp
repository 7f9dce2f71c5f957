// SPDX-License-Identifier: Apache-2.0
#include <nas/networks/optimizers.hpp>
#include <nas/policies/lstm_policy.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include "layer_table.hpp"

namespace {

using genotype = nas::dynamic_genotype;
using options = nas::lstm_policy_options;
using table_space = nas::choice_space<>;
using policy = nas::lstm_policy<double>;
static_assert(nas::SequencePolicy<policy, table_space>);
static_assert(nas::SequencePolicy<nas::lstm_policy<float>, nas::choice_space<6>>);
static_assert(nas::SequencePolicy<nas::lstm_policy<float>, nas::mlp_space>);

const layer_table::layers blocks{.operations = {3, 2, 3, 2}, .inputs = 2, .skips = true, .outputs = 3};

/// Three architectures drawn from the policy; weights and what depends on them by their definition.
template <class Space>
struct loss_of {
    const Space& space;
    policy& net;
    std::vector<genotype> archs;
    std::vector<double> descriptors;

    loss_of(const Space& over, policy& of) : space(over), net(of), descriptors(3 * of.options().descriptor) {
        nas::rng random(8);
        for (double& number : descriptors) number = 2 * nas::unit(random) - 1;
        for (std::size_t k = 0; k < 3; ++k) archs.push_back(net.sample(space, random, descriptor(k)));
    }
    std::span<const double> descriptor(std::size_t k) const {
        return std::span(descriptors).subspan(k * net.options().descriptor, net.options().descriptor);
    }
    static double weight(std::size_t k) { return k == 0 ? 0.7 : k == 1 ? -1.1 : 0.4; }

    double value(double entropy_weight) const {
        double sum = 0;
        for (std::size_t k = 0; k < 3; ++k)
            sum += weight(k) * net.log_probability(space, archs[k], descriptor(k)) +
                   entropy_weight * net.entropy(space, archs[k], descriptor(k)) +
                   net.regularization(space, archs[k], descriptor(k)) / 3;
        return sum;
    }
    std::vector<double> gradient(double entropy_weight) {
        std::vector<double> slope(net.parameters().size());
        net.add_gradient(
            space, std::span<const genotype>(archs), [](std::size_t k, double) { return weight(k); }, entropy_weight,
            std::span<double>(slope), descriptors);
        return slope;
    }
};

/// Largest difference between the gradient and central differences.
template <class Space>
double gradient_error(const Space& space, const options& chosen) {
    policy net(space, chosen);
    loss_of loss(space, net);
    const auto slope = loss.gradient(0.3);
    double error = 0;
    const auto at = [&](std::size_t i, double value) {
        net.change([&](std::span<double> weights) { weights[i] = value; });
        return loss.value(0.3);
    };
    for (std::size_t i = 0; i < slope.size(); ++i) {
        const double before = net.parameters()[i];
        const double difference = (at(i, before + 1e-4) - at(i, before - 1e-4)) / 2e-4;
        at(i, before);
        error = std::max(error, std::abs(difference - slope[i]));
    }
    return error;
}

/// Four decisions; what the third may be depends on the first, and the fourth counts only where the second is 1.
struct picky_space : table_space {
    picky_space()
        : table_space(std::vector<nas::decision>{
              {"a", 3}, {"b", 2}, {"c", 4}, {"d", 3, {}, nas::decision_tag::generic, nas::condition{1, {1}}}}) {}
    void allowed(std::span<const std::uint8_t> prefix, std::size_t i, nas::choice_mask& mask) const {
        if (i == 2 && prefix[0] == 0) mask.erase(1);
        if (i == 2 && prefix[0] == 2) mask = {3};
    }
};

TEST_CASE("lstm_policy: gradients are central differences for every head") {
    const auto layers = [](layer_table::layers of) { return layer_table::space(of); };
    CHECK(gradient_error(table_space(std::vector{3, 1, 4}), {.units = 3, .initial = 0.8}) < 1e-7);
    CHECK(gradient_error(layers({.operations = {3, 2, 4, 2}, .skips = true}),
                         {.units = 3, .layers = 1, .initial = 0.9, .skip_weight = 2}) < 1e-7);
    CHECK(gradient_error(layers({.operations = {3, 2, 3}, .inputs = 2}),
                         {.units = 3, .layers = 1, .initial = 0.9, .share_alike = true}) < 1e-7);
    CHECK(gradient_error(layers(blocks), {.units = 2,
                                          .layers = 2,
                                          .initial = 0.9,
                                          .temperature = 0.7,
                                          .tanh_constant = 1.5,
                                          .skip_weight = 0.5,
                                          .diversity_weight = 3}) < 1e-7);
    CHECK(gradient_error(layers(blocks), {.units = 3,
                                          .layers = 1,
                                          .initial = 0.9,
                                          .tanh_constant = 2,
                                          .unique_inputs = true,
                                          .unique_skips = true,
                                          .unique_outputs = true,
                                          .skip_weight = 0.5,
                                          .diversity_weight = 3}) < 1e-7);
    CHECK(gradient_error(picky_space(), {.units = 3, .initial = 0.8}) < 1e-7);
    CHECK(gradient_error(layers({.operations = {3, 3}, .skips = true}),
                         {.units = 3, .initial = 0.8, .descriptor = 2, .descriptor_l1 = 0.01, .descriptor_l2 = 0.1}) <
          1e-7);
    for (const auto function : {nas::activation::tanh, nas::activation::sigmoid, nas::activation::relu,
                                nas::activation::elu, nas::activation::linear})
        CHECK(gradient_error(table_space(2, 3), {.units = 3,
                                                 .initial = 0.8,
                                                 .descriptor = 3,
                                                 .descriptor_units = 4,
                                                 .descriptor_activation = function}) < 1e-7);
}

TEST_CASE("lstm_policy: a batch of weights that depend on the probability") {
    const auto space = layer_table::space(blocks);
    policy net(space, {.units = 4, .layers = 1});
    loss_of loss(space, net);
    std::vector<double> slope(net.parameters().size());
    std::vector<double> seen(3);
    net.add_gradient(
        space, std::span<const genotype>(loss.archs),
        [&](std::size_t k, double log_probability) {
            seen[k] = log_probability;
            return 0.0;
        },
        0.0, std::span<double>(slope));
    for (std::size_t k = 0; k < 3; ++k)
        CHECK(seen[k] == doctest::Approx(net.log_probability(space, loss.archs[k])).epsilon(1e-13));
    CHECK(std::all_of(slope.begin(), slope.end(), [](double one) { return one == 0; }));
    net.add_gradient(
        space, std::span<const genotype>{}, [](std::size_t, double) { return 1.0; }, 1.0, std::span<double>(slope));
    CHECK(std::all_of(slope.begin(), slope.end(), [](double one) { return one == 0; }));
}

/// Whether the probabilities of all genotypes of a small space sum up to 1, and are how often they are drawn.
template <class Space>
void check_distribution(const Space& space, const options& chosen) {
    policy net(space, chosen);
    std::map<std::string, double> drawn;
    nas::rng random(17);
    constexpr int draws = 10000;
    for (int i = 0; i < draws; ++i) drawn[space.describe(net.sample(space, random))] += 1.0 / draws;
    double total = 0;
    genotype arch(space.decisions());
    for (std::size_t i = 0; i < arch.size();) {
        if (nas::is_valid(space, arch)) {
            const double p = std::exp(net.log_probability(space, arch));
            total += p;
            const auto found = drawn.find(space.describe(arch));
            const double share = found == drawn.end() ? 0 : found->second;
            CHECK(std::abs(share - p) < 5 * std::sqrt(p / draws) + 1e-9);
            if (found != drawn.end()) drawn.erase(found);
        }
        for (i = 0; i < arch.size() && ++arch[i] == space.cardinality(i); ++i) arch[i] = 0;
    }
    CHECK(total == doctest::Approx(1).epsilon(1e-10));
    CHECK(drawn.empty());  // nothing else was drawn
}

TEST_CASE("lstm_policy: draws have the probabilities that it says") {
    check_distribution(table_space(std::vector{3, 1, 4}), {.units = 3, .initial = 2});
    check_distribution(picky_space(), {.units = 3, .initial = 2, .temperature = 0.5});
    check_distribution(layer_table::space({.operations = {2, 2, 1}, .inputs = 1, .skips = true}),
                       {.units = 3, .layers = 1, .initial = 2});
    check_distribution(layer_table::space({.operations = {2, 1, 1}, .inputs = 2, .skips = true, .outputs = 1}),
                       {.units = 3,
                        .layers = 1,
                        .initial = 2,
                        .tanh_constant = 1,
                        .unique_inputs = true,
                        .unique_skips = true,
                        .unique_outputs = true});
}

TEST_CASE("lstm_policy: an architecture that options forbid has no probability and teaches nothing") {
    const auto space = layer_table::space(blocks);
    policy net(space, {.units = 3, .layers = 1, .unique_outputs = true});
    nas::rng random(1);
    genotype arch = net.sample(space, random);
    for (std::size_t i = arch.size() - 4; i < arch.size(); ++i) arch[i] = 1;
    CHECK(net.log_probability(space, arch) == -std::numeric_limits<double>::infinity());
    std::vector<double> slope(net.parameters().size());
    net.add_gradient(
        space, std::span<const genotype>(&arch, 1), [](std::size_t, double) { return 1.0; }, 0.1,
        std::span<double>(slope));
    for (const double one : slope) CHECK(std::isfinite(one));
}

/// Two layers with an output block, which may read the layers of `open` only.
struct closed_outputs : table_space {
    explicit closed_outputs(nas::choice_mask layers)
        : table_space(layer_table::decisions({.operations = {2, 2}, .outputs = 1})), open(layers) {}
    void allowed(std::span<const std::uint8_t>, std::size_t i, nas::choice_mask& mask) const {
        if (i >= 2 && !open.contains(i - 2)) mask.erase(1);
    }
    nas::choice_mask open;
};

TEST_CASE("lstm_policy: an output block reads a layer that the space allows") {
    const closed_outputs second({1});
    const policy net(second, {.unique_outputs = true});
    nas::rng random(3);
    for (int i = 0; i < 20; ++i) {
        const genotype arch = net.sample(second, random);
        CHECK(arch[2] == 0);
        CHECK(arch[3] == 1);
    }
    const closed_outputs none({});
    CHECK_THROWS_WITH(
        policy(none, {.unique_outputs = true}).sample(none, random),
        "nas::lstm_policy: unique_outputs needs a space that allows the output block at decision 2 to read one "
        "layer only");
}

TEST_CASE("lstm_policy: many at once are as each alone") {
    const auto space = layer_table::space(blocks);
    const nas::lstm_policy<float> net(space, {.units = 8, .initial = 1});
    std::vector<nas::rng> together;
    for (std::uint64_t seed = 0; seed < 40; ++seed) together.emplace_back(seed);
    std::vector<genotype> archs(together.size());
    net.sample(space, std::span(together), std::span(archs));
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        nas::rng random(seed);
        CHECK(archs[seed] == net.sample(space, random));
    }
}

/// Generators of their own for a batch.
std::vector<nas::rng> generators(std::size_t count) {
    std::vector<nas::rng> all;
    for (std::uint64_t seed = 0; seed < count; ++seed) all.emplace_back(seed);
    return all;
}

/// What add_gradient says of a batch: the log-probabilities it saw, then the gradient.
template <class Scalar, class Space>
std::vector<Scalar> learned(nas::lstm_policy<Scalar>& net, const Space& space, std::span<const genotype> archs,
                            std::span<const double> descriptors) {
    std::vector<Scalar> slope(net.parameters().size());
    std::vector<Scalar> all;
    const auto weight = [&](std::size_t k, double log_probability) {
        all.push_back(static_cast<Scalar>(log_probability));
        return k % 2 == 0 ? 0.7 : std::exp(log_probability);
    };
    const std::vector<double> returns(net.options().critic > 0 ? archs.size() : 0, 0.5);
    net.add_gradient(space, archs, weight, 0.3, std::span<Scalar>(slope), descriptors, returns);
    all.insert(all.end(), slope.begin(), slope.end());
    return all;
}

/// That drawing is sampling, and that learning from what was just drawn is learning, to the last bit.
template <class Scalar, class Space>
void check_draw(const Space& space, const options& chosen) {
    nas::lstm_policy<Scalar> net(space, chosen);
    auto without = net;
    nas::rng random(5);
    std::vector<double> descriptors(10 * chosen.descriptor);
    for (double& number : descriptors) number = nas::unit(random);
    auto together = generators(10);
    auto same = together;
    std::vector<genotype> archs(10), sampled(10);
    net.draw(space, std::span(together), std::span(archs), descriptors);
    without.sample(space, std::span(same), std::span(sampled), descriptors);
    CHECK(archs == sampled);
    CHECK(together == same);
    auto copy = net;
    const auto wanted = learned(without, space, archs, descriptors);
    CHECK(learned(net, space, archs, descriptors) == wanted);
    if (chosen.dropout == 0) CHECK(learned(net, space, archs, descriptors) == wanted);
    CHECK(learned(copy, space, archs, descriptors) == wanted);
}

TEST_CASE("lstm_policy: to draw and then to learn is to sample and to learn") {
    const auto space = layer_table::space(blocks);
    check_draw<float>(table_space(5, 4), {.units = 20, .initial = 1});
    check_draw<float>(table_space(5, 4), {.units = 20, .initial = 1, .descriptor = 3, .descriptor_units = 6});
    check_draw<double>(table_space(5, 4), {.units = 9, .initial = 1, .dropout = 0.3});
    check_draw<float>(table_space(5, 4), {.units = 20, .initial = 1, .critic = 0.5});
    check_draw<double>(picky_space(), {.units = 9, .initial = 1, .temperature = 0.6, .tanh_constant = 2});
    check_draw<float>(space, {.units = 20, .initial = 1, .skip_weight = 1, .diversity_weight = 1});
    check_draw<float>(space, {.units = 5,
                              .initial = 1,
                              .dropout = 0.3,
                              .unique_inputs = true,
                              .unique_skips = true,
                              .unique_outputs = true,
                              .descriptor = 2});
    check_draw<float>(layer_table::space({.operations = {2, 3, 2}, .inputs = 2}), {.units = 20, .initial = 1});
}

/// Counts how often it is asked: once for each decision of a pass.
struct counting_space : table_space {
    counting_space() : table_space(4, 3) {}
    void allowed(std::span<const std::uint8_t>, std::size_t, nas::choice_mask&) const { ++asked; }
    mutable std::size_t asked = 0;
};

TEST_CASE("lstm_policy: what was drawn is kept as long as it serves") {
    const counting_space space;
    policy net(space, {.units = 4, .initial = 1, .descriptor = 1});
    auto randoms = generators(3);
    std::vector<genotype> archs(3);
    std::vector<double> descriptors{0.1, 0.2, 0.3};
    /// How many passes it takes to learn, after something else; what is learned must be right in any case.
    const auto passes = [&](const auto& before, std::span<const genotype> of) {
        net.draw(space, std::span(randoms), std::span(archs), descriptors);
        before();
        auto fresh = net;
        fresh.change([](std::span<double>) {});
        const std::span<const double> tasks = std::span(descriptors).first(of.size());
        const auto wanted = learned(fresh, space, of, tasks);
        space.asked = 0;
        CHECK(learned(net, space, of, tasks) == wanted);
        return space.asked / (4 * of.size());
    };
    const auto learn_others = [&] {
        const std::vector<genotype> others(3, archs[0]);
        learned(net, space, others, descriptors);
    };
    nas::rng random(4);
    CHECK(passes([] {}, archs) == 0);
    CHECK(passes([&] { net.sample(space, random, std::span(descriptors).first(1)); }, archs) == 0);
    CHECK(passes([&] { net.log_probability(space, archs[2], std::span(descriptors).first(1)); }, archs) == 0);
    CHECK(passes([&] { learned(net, space, archs, descriptors); }, archs) == 1);
    CHECK(passes(learn_others, archs) == 1);
    CHECK(passes([] {}, std::span(archs).first(2)) == 1);
    CHECK(passes([&] { net.change([](std::span<double> weights) { weights[3] += 0.1; }); }, archs) == 1);
    CHECK(passes([&] { net.initialize(random); }, archs) == 1);
    CHECK(passes([&] { descriptors[1] = -1; }, archs) == 1);
    CHECK(passes([&] { archs[1][2] = static_cast<std::uint8_t>((archs[1][2] + 1) % 3); }, archs) == 1);
    const auto turn = [&] {
        archs[0][0] = 2;
        archs[1][0] = 1;
        std::swap(archs[0], archs[1]);
    };
    CHECK(passes(turn, archs) == 1);
    // A draw that fails leaves nothing behind.
    const auto fail = [&] {
        CHECK_THROWS(net.draw(space, std::span(randoms), std::span(archs), std::vector<double>(2)));
        net.change([](std::span<double> weights) { weights[4] += 0.1; });
    };
    CHECK(passes(fail, archs) == 1);
}

TEST_CASE("lstm_policy: log-probabilities of a batch are those of each alone") {
    const auto check = [](const auto& space, const options& chosen) {
        const nas::lstm_policy<float> net(space, chosen);
        auto randoms = generators(150);
        std::vector<genotype> archs(150);
        std::vector<double> all(150);
        std::vector<double> descriptors(150 * chosen.descriptor);
        for (std::size_t i = 0; i < descriptors.size(); ++i) descriptors[i] = std::sin(static_cast<double>(i));
        net.sample(space, std::span(randoms), std::span(archs), descriptors);
        net.log_probabilities(space, std::span<const genotype>(archs), std::span(all), descriptors);
        for (std::size_t k = 0; k < all.size(); ++k)
            CHECK(all[k] ==
                  net.log_probability(
                      space, archs[k],
                      std::span<const double>(descriptors).subspan(k * chosen.descriptor, chosen.descriptor)));
    };
    check(table_space(5, 4), {.units = 20, .initial = 1});
    check(table_space(3, 4), {.units = 9, .initial = 1, .descriptor = 2, .descriptor_units = 5});
    check(layer_table::space(blocks), {.units = 20, .initial = 1});
}

TEST_CASE("lstm_policy: multilayer perceptrons") {
    const nas::mlp_space space;
    nas::lstm_policy<float> net(space, {.units = 16, .layers = 1, .share_alike = true});
    CHECK(net.network().at().embedding[1] == net.network().at().embedding[0]);
    CHECK(net.parameters().size() == 8 * 16 * 16 + 16 + 2 * 30 * 16);
    nas::rng random(2);
    double total = 0;
    for (std::uint64_t i = 0; i < space.size(); ++i) total += std::exp(net.log_probability(space, space.at(i)));
    CHECK(total == doctest::Approx(1).epsilon(1e-5));
    for (int i = 0; i < 100; ++i) CHECK(space.contains(net.sample(space, random)));
}

TEST_CASE("lstm_policy: its plan") {
    const auto plan = nas::make_controller_plan(
        layer_table::space({.operations = {3, 2, 4}, .inputs = 2, .skips = true, .outputs = 2}));
    CHECK(plan.layers == 3);
    CHECK(plan.inputs == 2);
    CHECK(plan.skips);
    REQUIRE(plan.steps.size() == 8);
    CHECK(plan.steps[4].kind == nas::step_kind::skips);
    CHECK(plan.steps[4].first == 6);
    CHECK(plan.steps[1].ends_layer);
    CHECK(!plan.steps[2].ends_layer);
    CHECK(plan.end_of_segment(0) == 5);
    CHECK(plan.end_of_segment(5) == 8);
    REQUIRE(plan.outputs.size() == 2);
    CHECK(plan.outputs[1].first == 15);
    CHECK(plan.numbers == 9 + 6 + 3 + 6);

    // What does not fit is decided one at a time: skips that are not one for each earlier layer, outputs that are not at the
    // end or not one for each layer, inputs of more than two choices.
    using nas::decision_tag;
    const auto plain =
        nas::make_controller_plan(table_space(std::vector<nas::decision>{{"out", 2, {}, decision_tag::output},
                                                                         {"a", 3, {}, decision_tag::operation},
                                                                         {"skip/0", 2, {}, decision_tag::skip},
                                                                         {"skip/1", 2, {}, decision_tag::skip},
                                                                         {"in", 3, {}, decision_tag::input},
                                                                         {"b", 3, {}, decision_tag::operation},
                                                                         {"outs", 2, {}, decision_tag::output}}));
    CHECK(plain.steps.size() == 7);
    CHECK(plain.outputs.empty());
    CHECK(!plain.skips);
    CHECK(plain.inputs == 0);
}

/// What training on two architectures, with advantage 1 and -1, does to their log-probabilities.
template <class Space>
void check_learning(const Space& space, const options& chosen) {
    nas::lstm_policy<float> net(space, chosen);
    nas::adam<float> adam(net.parameters().size());
    std::vector<genotype> archs;
    nas::rng random(4);
    const std::vector<double> task(chosen.descriptor, 0.5);
    const std::vector<double> other(chosen.descriptor, -0.5);
    std::vector<double> descriptors;
    for (const auto* one : {&task, &task, &other, &other})
        descriptors.insert(descriptors.end(), one->begin(), one->end());
    archs.push_back(net.sample(space, random, task));
    archs.push_back(net.sample(space, random, task));
    while (archs[1] == archs[0]) archs[1] = net.sample(space, random, task);
    if (chosen.descriptor > 0) {
        // The other task's good architecture is the first one's bad one.
        archs.push_back(archs[1]);
        archs.push_back(archs[0]);
    }
    const auto scores = [&] {
        std::vector<double> all;
        for (std::size_t k = 0; k < archs.size(); ++k)
            all.push_back(net.log_probability(space, archs[k], k < 2 ? task : other));
        return all;
    };
    const auto before = scores();
    std::vector<float> slope(net.parameters().size());
    // What is bad weighs less as it gets rarer, or it would drive everything after a while.
    const auto weight = [&](std::size_t k, double log_probability) {
        return k % 2 == 0 ? -1.0 : std::exp(log_probability - before[k]);
    };
    for (int i = 0; i < 100; ++i) {
        std::fill(slope.begin(), slope.end(), 0.F);
        net.add_gradient(space, std::span<const genotype>(archs), weight, 0.0, std::span<float>(slope), descriptors);
        net.change([&](std::span<float> weights) { adam.step(weights, slope, 0.003); });
    }
    const auto after = scores();
    for (std::size_t k = 0; k < archs.size(); ++k)
        CHECK_MESSAGE((k % 2 == 0 ? after[k] > before[k] + 0.1 : after[k] < before[k] - 0.1), k);
}

TEST_CASE("lstm_policy: what was good becomes more probable and what was bad less") {
    const options small{.units = 16, .layers = 1};
    const auto space = layer_table::space(blocks);
    check_learning(table_space(4, 3), small);
    check_learning(nas::mlp_space(), small);
    check_learning(layer_table::space({.operations = {3, 3, 3}, .skips = true}), small);
    auto all = small;
    all.unique_inputs = all.unique_skips = all.unique_outputs = true;
    check_learning(space, all);
    all.dropout = 0.3;
    check_learning(space, all);
    auto zero_shot = small;
    zero_shot.descriptor = 3;
    zero_shot.descriptor_units = 8;
    check_learning(space, zero_shot);
    zero_shot.descriptor_units = 0;
    check_learning(table_space(4, 3), zero_shot);
}

TEST_CASE("lstm_policy: batches of no architecture and of other lengths") {
    const table_space space(4, 3);
    policy net(space, {.units = 3});
    std::vector<nas::rng> randoms(3, nas::rng(1));
    std::vector<genotype> none;
    net.draw(space, std::span<nas::rng>(), std::span(none));
    net.sample(space, std::span<nas::rng>(), std::span(none));
    std::vector<genotype> two(2);
    const char* sentence = "nas::lstm_policy: there must be as many generators (3) as architectures (2)";
    CHECK_THROWS_WITH_AS(net.draw(space, std::span(randoms), std::span(two)), sentence, std::invalid_argument);
    CHECK_THROWS_WITH_AS(net.sample(space, std::span(randoms), std::span(two)), sentence, std::invalid_argument);
    std::vector<double> three(3);
    CHECK_THROWS_WITH_AS(net.log_probabilities(space, std::span<const genotype>(two), std::span(three)),
                         "nas::lstm_policy: there must be as many log-probabilities (3) as architectures (2)",
                         std::invalid_argument);
}

TEST_CASE("lstm_policy: dropout is in the gradient only") {
    const table_space space(4, 3);
    policy net(space, {.units = 8, .dropout = 0.5});
    policy same(space, {.units = 8});
    loss_of loss(space, net);
    double seen = 0;
    std::vector<double> slope(net.parameters().size());
    net.add_gradient(
        space, std::span<const genotype>(loss.archs).first(1),
        [&](std::size_t, double log_probability) { return seen = log_probability; }, 0.0, std::span<double>(slope));
    CHECK(seen == doctest::Approx(same.log_probability(space, loss.archs[0])).epsilon(1e-13));
    CHECK(loss.gradient(0) != loss.gradient(0));
    // On average over masks it is close to the gradient of the whole network, whose outputs are small.
    std::vector<double> mean(slope.size());
    for (int i = 0; i < 1500; ++i) {
        const auto once = loss.gradient(0);
        for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += once[k] / 1500;
    }
    const auto whole = loss_of(space, same).gradient(0);
    double largest = 0;
    double error = 0;
    for (std::size_t k = 0; k < mean.size(); ++k) {
        largest = std::max(largest, std::abs(whole[k]));
        error = std::max(error, std::abs(mean[k] - whole[k]));
    }
    CHECK(error < 0.05 * largest);
}

TEST_CASE("lstm_policy: initialize") {
    const table_space space(4, 3);
    policy a(space, {.initial = 0.2});
    policy b(space, {.initial = 0.2});
    CHECK(std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin()));
    nas::rng random(9);
    a.initialize(random);
    CHECK(!std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin()));
    const auto [low, high] = std::minmax_element(a.parameters().begin(), a.parameters().end());
    CHECK(*low >= -0.2);
    CHECK(*low < -0.199);
    CHECK(*high <= 0.2);
    CHECK(*high > 0.199);
}

TEST_CASE("lstm_policy: bad options are one sentence") {
    const table_space space(4, 3);
    const auto layers = layer_table::space({.operations = {2, 2}, .skips = true, .outputs = 1});
    CHECK_THROWS_WITH(policy(space, {.units = 0}), "nas::lstm_policy: units (0) must be in [1, 4096]");
    CHECK_THROWS_WITH(policy(space, {.unique_inputs = true}),
                      "nas::lstm_policy: unique_inputs needs a space with input blocks");
    CHECK_THROWS_WITH(policy(space, {.unique_skips = true}),
                      "nas::lstm_policy: unique_skips needs a space with skip connections");
    CHECK_THROWS_WITH(policy(space, {.unique_outputs = true}),
                      "nas::lstm_policy: unique_outputs needs a space with output blocks");
    CHECK_THROWS_WITH(policy(layers, {.diversity_weight = 1}),
                      "nas::lstm_policy: diversity_weight needs a space with at least 2 output blocks");
    CHECK_THROWS_WITH(
        policy(layers, {.share = {{2, 0}}}),
        "nas::lstm_policy: decision 2 shares with decision 0, which does not have the same number of choices, "
        "decided in a step of its own");
    CHECK_THROWS_WITH(policy(space, {.descriptor_activation = nas::activation::softmax}),
                      "nas::lstm_policy: descriptor_activation (softmax) must not be softmax");
    const policy described(space, {.descriptor = 4});
    nas::rng random(1);
    CHECK_THROWS_WITH(described.sample(space, random, std::vector<double>(3)),
                      "nas::lstm_policy: the descriptors of 1 architectures (3 numbers) must have 4 numbers each, as "
                      "options.descriptor says");
}

}  // namespace
