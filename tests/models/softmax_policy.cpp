// SPDX-License-Identifier: Apache-2.0
#include <nas/models/softmax_policy.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <span>
#include <vector>

#include <nas/operators/encode.hpp>
#include <nas/spaces/mlp_space.hpp>

#include "operators/example_spaces.hpp"

using namespace nas::tests;
using nas::softmax_policy;

static_assert(nas::SequencePolicy<softmax_policy, masked_space>);
static_assert(nas::SequencePolicy<softmax_policy, nas::choice_space<6>>);
static_assert(nas::SequencePolicy<softmax_policy, nas::mlp_space>);

namespace {

void set(softmax_policy& policy, const std::vector<double>& logits) {
    policy.change([&](std::span<double> parameters) {
        REQUIRE(parameters.size() == logits.size());
        for (std::size_t i = 0; i < logits.size(); ++i) parameters[i] = logits[i];
    });
}

std::vector<double> random_logits(std::size_t count, nas::rng& random) {
    std::vector<double> logits(count);
    for (double& logit : logits) logit = 4 * nas::unit(random) - 2;
    return logits;
}

template <class Space>
softmax_policy random_policy(const Space& space, nas::rng& random) {
    softmax_policy policy(space);
    set(policy, random_logits(policy.parameters().size(), random));
    return policy;
}

template <class Space>
std::vector<typename Space::genotype_type> samples(const Space& space, std::size_t count, nas::rng& random) {
    std::vector<typename Space::genotype_type> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(space.genotype(space.sample(random)));
    return all;
}

/// Against central differences of the weighted log-probabilities and entropies.
template <class Space>
void check_gradient(const Space& space, std::uint64_t seed) {
    nas::rng random(seed);
    softmax_policy policy = random_policy(space, random);
    const auto batch = samples(space, 7, random);
    const auto weight = [](std::size_t k, double) { return 0.3 * static_cast<double>(k) - 1; };
    const double entropy_weight = 0.7;
    const auto value = [&] {
        double sum = 0;
        for (std::size_t k = 0; k < batch.size(); ++k)
            sum += weight(k, 0) * policy.log_probability(space, batch[k]) +
                   entropy_weight * policy.entropy(space, batch[k]);
        return sum;
    };
    std::vector<double> logits(policy.parameters().begin(), policy.parameters().end());
    std::vector<double> gradient(logits.size(), 5);  // it is added to
    policy.add_gradient(space, std::span<const typename Space::genotype_type>(batch), weight, entropy_weight,
                        std::span<double>(gradient));
    for (std::size_t i = 0; i < logits.size(); ++i) {
        constexpr double step = 1e-5;
        const double logit = logits[i];
        logits[i] = logit + step;
        set(policy, logits);
        const double above = value();
        logits[i] = logit - step;
        set(policy, logits);
        const double below = value();
        logits[i] = logit;
        set(policy, logits);
        CHECK(gradient[i] - 5 == doctest::Approx((above - below) / (2 * step)).epsilon(1e-6).scale(1));
    }
}

template <class Space>
std::vector<double> gradient_of(const softmax_policy& policy, const Space& space,
                                const typename Space::genotype_type& genotype, double weight, double entropy_weight) {
    std::vector<double> gradient(policy.parameters().size());
    policy.add_gradient(
        space, std::span(&genotype, 1), [&](std::size_t, double) { return weight; }, entropy_weight,
        std::span<double>(gradient));
    return gradient;
}

/// Log-probabilities are those of a distribution over all genotypes, and of the samples.
template <class Space>
void check_distribution(const Space& space, const softmax_policy& policy, nas::rng& random) {
    std::map<choices, double> probability;
    double sum = 0;
    for (const choices& genotype : all_genotypes(space))
        sum += probability[genotype] = std::exp(policy.log_probability(space, genotype_from(space, genotype)));
    CHECK(sum == doctest::Approx(1).epsilon(1e-12));
    std::map<choices, std::size_t> seen;
    constexpr std::size_t draws = 20000;
    for (std::size_t i = 0; i < draws; ++i) ++seen[plain(policy.sample(space, random))];
    CHECK(surprise(probability, seen, draws) < 5);
}

}  // namespace

TEST_CASE("softmax policy: at first every allowed choice is as probable as every other") {
    const auto check = [](const auto& space) {
        const softmax_policy policy(space);
        CHECK(policy.parameters().size() == nas::one_hot_size(space));
        for (const choices& genotype : all_genotypes(space))
            CHECK(std::exp(policy.log_probability(space, genotype_from(space, genotype))) ==
                  doctest::Approx(sample_probability(space, genotype)).epsilon(1e-12));
    };
    check(masked_space{});
    check(conditional_space());
    check(chain_space());
}

TEST_CASE("softmax policy: log-probabilities are those of its samples") {
    nas::rng random(3);
    const auto check = [&](const auto& space) {
        check_distribution(space, softmax_policy(space), random);
        check_distribution(space, random_policy(space, random), random);
    };
    check(nas::choice_space<3>{4});
    check(masked_space{});
    check(conditional_space());
    check(chain_space());
    check(nas::mlp_space{{.units = {4, 8}, .max_length = 4, .dropout_before_output = false}});
    for (int i = 0; i < 5; ++i) check(random_forest(random));
}

TEST_CASE("softmax policy: the gradient is that of differences") {
    check_gradient(nas::choice_space<6>{5}, 1);
    check_gradient(masked_space{}, 2);
    check_gradient(conditional_space(), 3);
    check_gradient(chain_space(), 4);
    check_gradient(nas::mlp_space{}, 5);
    check_gradient(nas::mlp_space{{.units = {4}, .max_length = 6, .dropout_before_output = false}}, 6);
}

TEST_CASE("MLPNAS oracle 40 and archai O47: the gradient of the loss is advantage times probability less choice") {
    const nas::choice_space<1> three{3};
    softmax_policy policy(three);
    set(policy, {std::log(0.7), std::log(0.2), std::log(0.1)});
    const auto check = [](const std::vector<double>& gradient, const std::vector<double>& expected) {
        REQUIRE(gradient.size() == expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(gradient[i] - expected[i]) < 1e-15);
    };
    check(gradient_of(policy, three, {0}, -1, 0), {-0.3, 0.2, 0.1});
    check(gradient_of(policy, three, {2}, -1, 0), {0.7, 0.2, -0.9});
    check(gradient_of(policy, three, {2}, 2, 0), {-1.4, -0.4, 1.8});

    const nas::choice_space<1> five{5};
    check(gradient_of(softmax_policy(five), five, {2}, -1, 0), {0.2, 0.2, -0.8, 0.2, 0.2});
}

TEST_CASE("softmax policy: the weight is given the log-probability, once for each genotype, in order") {
    const nas::mlp_space space;
    nas::rng random(9);
    const softmax_policy policy = random_policy(space, random);
    const auto batch = samples(space, 5, random);
    std::vector<double> seen;
    std::vector<double> gradient(policy.parameters().size());
    policy.add_gradient(
        space, std::span<const nas::mlp_space::genotype_type>(batch),
        [&](std::size_t k, double log_p) {
            CHECK(k == seen.size());
            seen.push_back(log_p);
            return 1.0;
        },
        0, std::span<double>(gradient));
    REQUIRE(seen.size() == batch.size());
    for (std::size_t k = 0; k < batch.size(); ++k) CHECK(seen[k] == policy.log_probability(space, batch[k]));
}

TEST_CASE("TuNAS oracles 9 and 13: entropy and log-probability of fresh policies, by the way taken") {
    const nas::choice_space<> flat{std::vector<nas::decision>{{"filters", 1}, {"a", 3}, {"b", 2}, {"other", 4}}};
    CHECK(softmax_policy(flat).entropy(flat, {0, 1, 1, 2}) == doctest::Approx(std::log(24)));
    CHECK(softmax_policy(flat).log_probability(flat, {0, 1, 1, 2}) == doctest::Approx(-std::log(24)));

    const nas::choice_space<> nested{
        std::vector<nas::decision>{{"outer", 2},
                                   {"first", 3, {}, nas::decision_tag::operation, nas::condition{0, {0}}},
                                   {"second", 4, {}, nas::decision_tag::operation, nas::condition{0, {1}}}}};
    const softmax_policy policy(nested);
    CHECK(policy.entropy(nested, {0, 2, 0}) == doctest::Approx(std::log(6)));
    CHECK(policy.log_probability(nested, {0, 2, 0}) == doctest::Approx(-std::log(6)));
    CHECK(policy.entropy(nested, {1, 0, 3}) == doctest::Approx(std::log(8)));
    CHECK(policy.log_probability(nested, {1, 0, 3}) == doctest::Approx(-std::log(8)));
}

TEST_CASE("softmax policy: where there is nothing to choose nothing is learned, exactly") {
    // Decision b has one choice, decision 2 of the masked space is what 0 and 1 left, and a network that ended goes on so.
    const nas::choice_space<> space{std::vector<nas::decision>{{"a", 2}, {"b", 1}}};
    softmax_policy policy(space);
    set(policy, {0.3, -1, 7});
    CHECK(gradient_of(policy, space, {1, 0}, 3, 2)[2] == 0);

    const nas::mlp_space networks{{.max_length = 5}};
    const softmax_policy fresh(networks);
    const std::vector<double> gradient = gradient_of(fresh, networks, {19, 0, 0, 0}, 1, 1);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        const bool step = i < 60;                           // the first layer, and the end after it
        const bool allowed = i >= 30 || (i > 0 && i < 29);  // the first layer is no end and no dropout
        CHECK((gradient[i] != 0) == (step && allowed));
    }
    CHECK(fresh.log_probability(networks, {19, 0, 0, 0}) == doctest::Approx(-std::log(28 * 30)));
}

TEST_CASE("softmax policy: logits far apart") {
    // Under {2, 0} the likely choice 0 is taken from decision 1, and all that is left is 2000 below it.
    const masked_space space;
    softmax_policy policy(space);
    std::vector<double> logits(policy.parameters().size(), 0.0);
    for (std::size_t i = 0; i < 12; i += 4) logits[i] = 2000;
    set(policy, logits);
    nas::rng random(4);
    for (int i = 0; i < 200; ++i) {
        const auto genotype = policy.sample(space, random);
        CHECK(space.contains(genotype));
        CHECK(genotype[0] == 0);
        CHECK(std::isfinite(policy.log_probability(space, genotype)));
        CHECK(policy.entropy(space, genotype) >= 0);
        for (const double slope : gradient_of(policy, space, genotype, 1, 1)) CHECK(std::isfinite(slope));
    }
    check_distribution(space, policy, random);

    set(policy, std::vector<double>(logits.size(), std::numeric_limits<double>::quiet_NaN()));
    for (int i = 0; i < 200; ++i) CHECK(space.contains(policy.sample(space, random)));
}
