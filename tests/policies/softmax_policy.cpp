// SPDX-License-Identifier: Apache-2.0
#include <nas/policies/softmax_policy.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/operators/encode.hpp>
#include <nas/spaces/mlp_space.hpp>

#include "operators/example_spaces.hpp"

using namespace nas::tests;
using nas::softmax_policy;
using nas::softmax_policy_options;
using tag = nas::decision_tag;

static_assert(nas::SequencePolicy<softmax_policy, masked_space>);
static_assert(nas::SequencePolicy<softmax_policy, nas::choice_space<6>>);
static_assert(nas::SequencePolicy<softmax_policy, nas::mlp_space>);
static_assert(std::constructible_from<softmax_policy, const masked_space&, const softmax_policy_options&>);

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
softmax_policy random_policy(const Space& space, nas::rng& random, const softmax_policy_options& options = {}) {
    softmax_policy policy(space, options);
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
void check_gradient(const Space& space, std::uint64_t seed, const softmax_policy_options& options = {}) {
    nas::rng random(seed);
    softmax_policy policy = random_policy(space, random, options);
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

/// The probabilities of each decision on the way of `genotype`.
template <class Space>
std::vector<std::vector<double>> probabilities_of(const softmax_policy& policy, const Space& space,
                                                  const typename Space::genotype_type& genotype) {
    std::vector<std::vector<double>> all;
    policy.probabilities(space, genotype, [&](std::size_t i, std::span<const double> probabilities) {
        CHECK(i == all.size());
        all.emplace_back(probabilities.begin(), probabilities.end());
    });
    return all;
}

double entropy_of(const std::vector<double>& probabilities) {
    double sum = 0;
    for (const double p : probabilities) sum -= p > 0 ? p * std::log(p) : 0;
    return sum;
}

/// They make up what is known of a genotype.
template <class Space>
void check_probabilities(const Space& space, const softmax_policy& policy) {
    for (const choices& values : all_genotypes(space)) {
        const auto genotype = genotype_from(space, values);
        const auto all = probabilities_of(policy, space, genotype);
        REQUIRE(all.size() == space.decisions());
        double log_probability = 0;
        double entropy = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            REQUIRE(all[i].size() == space.cardinality(i));
            const choices allowed = counts(space, values, i) ? options_of(space, values, i) : choices{0};
            double sum = 0;
            for (std::size_t choice = 0; choice < all[i].size(); ++choice) {
                sum += all[i][choice];
                CHECK((all[i][choice] > 0) == holds(allowed, static_cast<std::uint16_t>(choice)));
            }
            CHECK(sum == doctest::Approx(1).epsilon(1e-14));
            log_probability += std::log(all[i][genotype[i]]);
            entropy += entropy_of(all[i]);
        }
        CHECK(log_probability == doctest::Approx(policy.log_probability(space, genotype)).epsilon(1e-12));
        CHECK(entropy == doctest::Approx(policy.entropy(space, genotype)).epsilon(1e-12).scale(1));
    }
}

/// Search spaces of TuNAS. Nested, kernel and expansion of a layer count where it is not skipped; else always.
class tunas_table {
  public:
    explicit tunas_table(bool nested) : nested_(nested) {}

    void add(std::size_t choices, tag kind = tag::operation) { add(choices, kind, std::nullopt); }
    void add_filters(const std::vector<std::size_t>& slots) {
        for (const std::size_t slot : slots) add(slot, tag::filters);
    }
    /// An outer choice of the layer or, where there are two, none.
    void add_layer(std::size_t outer, const std::vector<std::size_t>& inner) {
        const nas::condition taken{rows_.size(), {0}};
        add(outer);
        for (const std::size_t choices : inner)
            add(choices, tag::generic, nested_ ? std::optional(taken) : std::nullopt);
    }
    nas::choice_space<> space() const { return nas::choice_space<>(rows_); }

  private:
    void add(std::size_t choices, tag kind, const std::optional<nas::condition>& when) {
        rows_.push_back({std::to_string(rows_.size()), choices, {}, kind, when});
    }

    bool nested_;
    std::vector<nas::decision> rows_;
};

/// The first of six groups' bottlenecks is never skipped, and each of the first five has three more.
nas::choice_space<> proxyless(bool nested, const std::vector<std::size_t>& filters) {
    tunas_table table(nested);
    table.add_filters(filters);
    table.add(3);
    for (int group = 0; group < 6; ++group)
        for (int layer = 0; layer < (group < 5 ? 4 : 1); ++layer) table.add_layer(layer == 0 ? 1 : 2, {3, 2});
    return table.space();
}

double fresh_entropy(const nas::choice_space<>& space) {
    const softmax_policy policy(space);
    const nas::dynamic_genotype first(space.decisions());
    CHECK(policy.log_probability(space, first) == doctest::Approx(-policy.entropy(space, first)).epsilon(1e-12));
    return policy.entropy(space, first);
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
    check_distribution(masked_space{}, random_policy(masked_space{}, random, {.temperature = 0.5}), random);
    check_distribution(conditional_space(),
                       random_policy(conditional_space(), random, {.temperature = 2, .tanh_constant = 3}), random);
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
    std::uint64_t seed = 7;
    for (const softmax_policy_options& options : {softmax_policy_options{.temperature = 5},
                                                  {.temperature = 0.4},
                                                  {.tanh_constant = 2.5},
                                                  {.temperature = 0.7, .tanh_constant = 1.5}}) {
        CAPTURE(nas::to_text(options));
        check_gradient(nas::choice_space<6>{5}, seed++, options);
        check_gradient(masked_space{}, seed++, options);
        check_gradient(conditional_space(), seed++, options);
        check_gradient(nas::mlp_space{{.units = {4}, .max_length = 5}}, seed++, options);
    }
}

TEST_CASE("softmax policy: logits are divided by the temperature then squeezed") {
    const nas::choice_space<1> three{3};
    const double logits[] = {0.5, -1, 3};
    softmax_policy policy(three, {.temperature = 2, .tanh_constant = 1.5});
    CHECK(policy.options().temperature == 2);
    CHECK(policy.options().tanh_constant == 1.5);
    set(policy, {0.5, -1, 3});
    CHECK(policy.parameters()[2] == 3);
    double total = 0;
    for (const double logit : logits) total += std::exp(1.5 * std::tanh(logit / 2));
    for (std::uint8_t k = 0; k < 3; ++k)
        CHECK(policy.log_probability(three, {k}) ==
              doctest::Approx(1.5 * std::tanh(logits[k] / 2) - std::log(total)).epsilon(1e-14));

    // The floor is one of what comes out.
    const nas::choice_space<1> two{2};
    softmax_policy cold(two, {.temperature = 1e-3});
    set(cold, {0, 0.6});
    CHECK(cold.log_probability(two, {0}) == doctest::Approx(-600).epsilon(1e-14));
    set(cold, {0, 1});
    CHECK(cold.log_probability(two, {0}) == -690);
    // However large the logits, squeezing leaves all choices possible.
    softmax_policy squeezed(two, {.tanh_constant = 1});
    set(squeezed, {-1e9, 1e9});
    CHECK(squeezed.log_probability(two, {0}) == doctest::Approx(-2 - std::log1p(std::exp(-2))).epsilon(1e-14));
    CHECK(gradient_of(squeezed, two, {0}, 1, 1) == std::vector<double>{0, 0});
}

TEST_CASE("softmax policy: impossible options") {
    const auto refuses = [](const softmax_policy_options& options, const char* sentence) {
        CHECK_THROWS_WITH_AS(softmax_policy(masked_space{}, options), sentence, std::invalid_argument);
    };
    refuses({.temperature = 0}, "nas::softmax_policy: temperature (0) must be in [1e-06, 1e+06]");
    refuses({.tanh_constant = -1}, "nas::softmax_policy: tanh_constant (-1) must be in [0, 1e+06]");
    refuses({.temperature = std::numeric_limits<double>::quiet_NaN()},
            "nas::softmax_policy: temperature (nan) must be in [1e-06, 1e+06]");
    CHECK(nas::to_text(softmax_policy(masked_space{}).options()) == "temperature=1,tanh_constant=0");
}

TEST_CASE("softmax policy: probabilities of the decisions on the way") {
    nas::rng random(12);
    const auto check = [&](const auto& space) {
        check_probabilities(space, softmax_policy(space));
        check_probabilities(space, random_policy(space, random, {.temperature = 0.7, .tanh_constant = 2}));
    };
    check(masked_space{});
    check(conditional_space());
    check(chain_space());
    check(nas::mlp_space{{.units = {4}, .max_length = 3}});

    const nas::choice_space<2> space{2};
    softmax_policy policy(space);
    set(policy, {std::log(3), 0, 0, std::log(4)});
    const auto all = probabilities_of(policy, space, {1, 0});
    CHECK(all[0][0] == doctest::Approx(0.75).epsilon(1e-15));
    CHECK(all[1][1] == doctest::Approx(0.8).epsilon(1e-15));
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

TEST_CASE("TuNAS oracle 9: entropy and log-probability of a fresh policy and its decisions by path and by tag") {
    const nas::choice_space<> space{std::vector<nas::decision>{{"filters", 1, {}, tag::filters},
                                                               {"opA", 3, {}, tag::operation},
                                                               {"opB", 2, {}, tag::operation},
                                                               {"other", 4}}};
    const softmax_policy policy(space);
    CHECK(policy.entropy(space, {0, 1, 1, 2}) == doctest::Approx(3.178054).epsilon(1e-6));
    CHECK(policy.log_probability(space, {0, 1, 1, 2}) == doctest::Approx(-3.178054).epsilon(1e-6));
    std::map<std::string, std::size_t> by_path;
    std::map<tag, std::vector<std::size_t>> by_tag;
    policy.probabilities(space, {0, 1, 1, 2}, [&](std::size_t i, std::span<const double> probabilities) {
        by_path[std::string(space.path(i))] = probabilities.size();
        by_tag[space.tag(i)].push_back(probabilities.size());
    });
    CHECK(by_path == std::map<std::string, std::size_t>{{"filters", 1}, {"opA", 3}, {"opB", 2}, {"other", 4}});
    CHECK(by_tag ==
          std::map<tag, std::vector<std::size_t>>{{tag::operation, {3, 2}}, {tag::filters, {1}}, {tag::generic, {4}}});
}

TEST_CASE("TuNAS oracle 13: only the way taken counts where choices are nested") {
    const nas::choice_space<> nested{
        std::vector<nas::decision>{{"outer", 2},
                                   {"first", 3, {}, nas::decision_tag::operation, nas::condition{0, {0}}},
                                   {"second", 4, {}, nas::decision_tag::operation, nas::condition{0, {1}}}}};
    const softmax_policy policy(nested);
    CHECK(policy.entropy(nested, {0, 2, 0}) == doctest::Approx(1.791759).epsilon(1e-6));
    CHECK(policy.log_probability(nested, {0, 2, 0}) == doctest::Approx(-1.791759).epsilon(1e-6));
    CHECK(policy.entropy(nested, {1, 0, 3}) == doctest::Approx(2.079442).epsilon(1e-6));
    CHECK(policy.log_probability(nested, {1, 0, 3}) == doctest::Approx(-2.079442).epsilon(1e-6));
    // All of it, where nothing depends on another.
    CHECK(fresh_entropy(nas::choice_space<>(std::vector<std::size_t>{2, 3, 4})) == doctest::Approx(std::log(24)));
}

TEST_CASE("TuNAS oracle 14: the temperature divides gradients and leaves a fresh policy as it is") {
    const nas::choice_space<1> three{3};
    for (const double temperature : {1.0, 5.0}) {
        const softmax_policy policy(three, {.temperature = temperature});
        CHECK(policy.entropy(three, {1}) == doctest::Approx(std::log(3)));
        CHECK(policy.log_probability(three, {1}) == doctest::Approx(-std::log(3)));
        const std::vector<double> gradient = gradient_of(policy, three, {1}, 1, 0);
        const double largest = temperature == 1 ? 0.6666667 : 0.1333333;
        CHECK(std::abs(gradient[1] - largest) < 1e-7);
        CHECK(std::abs(gradient[0] + largest / 2) < 1e-7);
        CHECK(std::abs(gradient[2] + largest / 2) < 1e-7);
    }
}

TEST_CASE("TuNAS oracles 15 and 16: entropy of fresh policies over whole search spaces") {
    const std::vector<std::size_t> fixed(9, 1);
    CHECK(proxyless(false, fixed).decisions() == 73);
    CHECK(fresh_entropy(proxyless(false, fixed)) == doctest::Approx(49.122769).epsilon(1e-8));
    CHECK(fresh_entropy(proxyless(false, {4, 4, 4, 6, 7, 7, 7, 7, 7})) == doctest::Approx(64.802962).epsilon(1e-8));

    tunas_table v3(false);
    v3.add_filters({4, 4, 6, 7, 7, 7, 7, 7});
    v3.add(2);
    v3.add_layer(2, {3});
    for (int block = 0; block < 5; ++block) {
        for (const std::size_t choices : {3U, 6U, 2U}) v3.add(choices);
        for (int layer = 0; layer < 3; ++layer) v3.add_layer(2, {3, 6, 2});
    }
    CHECK(v3.space().decisions() == 86);
    CHECK(fresh_entropy(v3.space()) == doctest::Approx(98.846392).epsilon(1e-8));

    const nas::choice_space<> nested = proxyless(true, fixed);
    const softmax_policy policy(nested);
    nas::dynamic_genotype genotype(73);
    for (std::size_t i = 0, layers = 15;; ++i) {
        while (i < 73 && !(nested.tag(i) == tag::operation && nested.cardinality(i) == 2)) ++i;
        const double entropy = 22.246377 + std::log(6) * static_cast<double>(layers);
        CHECK(policy.entropy(nested, genotype) == doctest::Approx(entropy).epsilon(1e-7));
        CHECK(policy.log_probability(nested, genotype) == doctest::Approx(-entropy).epsilon(1e-7));
        if (i == 73) break;
        genotype[i] = 1;
        --layers;
    }
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
