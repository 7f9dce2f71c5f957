// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/ppo.hpp>

#include <cmath>
#include <functional>

#include <nas/evaluators/read_table.hpp>
#include <nas/searchers/reinforce.hpp>

#include "data_dir.hpp"
#include "noisy_networks.hpp"
#include "searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::ppo<cells>>);
static_assert(!nas::Searcher<nas::ppo<cells>, 2>);

namespace {

using arms = nas::choice_space<1>;
using nas::advantage_scale, nas::baseline_kind, nas::optimizer_kind, nas::ppo, nas::ppo_options;

/// Plain gradient descent on the bare formula, rewards as advantages.
constexpr ppo_options bare{.batch = 1,
                           .repeats = true,
                           .transform = nas::reward_transform::none,
                           .optimizer = optimizer_kind::sgd,
                           .learning_rate = 1,
                           .baseline = baseline_kind::constant,
                           .constant = 0,
                           .scale = advantage_scale::none,
                           .entropy = 0,
                           .entropy_decay = 0,
                           .epochs = 1,
                           .clip = 0.2};

template <class Searcher>
void tell(Searcher& searcher, const typename Searcher::arch_type& arch, double value) {
    nas::trial<typename Searcher::arch_type> told;
    told.arch = arch;
    told.result = value;
    nas::rng random(5);
    searcher.tell(told, random);
}

template <class Searcher>
std::vector<double> logits(const Searcher& searcher) {
    return {searcher.policy().parameters().begin(), searcher.policy().parameters().end()};
}

void check_equal(const std::vector<double>& values, const std::vector<double>& expected, double tolerance = 1e-14) {
    REQUIRE(values.size() == expected.size());
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(std::abs(values[i] - expected[i]) <= tolerance);
}

/// The objective of the paper for one architecture.
double surrogate(double advantage, double log_ratio, double clip) {
    const double ratio = std::exp(log_ratio);
    return std::min(ratio * advantage, std::clamp(ratio, 1 - clip, 1 + clip) * advantage);
}

}  // namespace

TEST_CASE("ppo: the weight of an architecture is the derivative of its clipped objective") {
    // p = 0.6 and 0.7 where both were 0.5: the two ratios of AMBER's case, each by itself.
    CHECK(surrogate(2, std::log(0.6 / 0.5), 0.2) == doctest::Approx(2.4));
    CHECK(surrogate(2, std::log(0.7 / 0.5), 0.2) == doctest::Approx(2.4));
    CHECK(surrogate(-2, std::log(0.7 / 0.5), 0.2) == doctest::Approx(-2.8));
    CHECK(nas::clipped_weight(2, std::log(0.7 / 0.5), 0.2) == 0);
    CHECK(nas::clipped_weight(-2, std::log(0.7 / 0.5), 0.2) == doctest::Approx(-2.8));
    CHECK(nas::clipped_weight(-2, std::log(0.3 / 0.5), 0.2) == 0);
    CHECK(nas::clipped_weight(2, std::log(0.3 / 0.5), 0.2) == doctest::Approx(1.2));
    for (const double advantage : {-3.0, -0.1, 0.0, 1.0, 5.0})
        for (const double log_ratio : {-2.0, -0.3, -0.1, 0.0, 0.1, 0.17, 0.2, 2.0})
            for (const double clip : {0.1, 0.2, 0.5}) {
                const double h = 1e-6;
                const double slope =
                    (surrogate(advantage, log_ratio + h, clip) - surrogate(advantage, log_ratio - h, clip)) / (2 * h);
                CHECK(nas::clipped_weight(advantage, log_ratio, clip) == doctest::Approx(slope).epsilon(1e-7));
            }
    CHECK(std::isfinite(nas::clipped_weight(-1, 1e6, 0.2)));
    CHECK(nas::clipped_weight(1, -std::numeric_limits<double>::infinity(), 0.2) == 0);
}

TEST_CASE("ppo: by hand") {
    // Two arms, one logit x as (x, -x): p = 1 / (1 + e^-2x), from x = 0.
    ppo_options options = bare;
    options.learning_rate = 0.25;
    options.epochs = 4;
    ppo searcher{arms{2}, options};
    tell(searcher, {0}, 1);
    double x = 0;
    std::size_t clipped = 0;
    for (int epoch = 0; epoch < 4; ++epoch) {
        const double p = 1 / (1 + std::exp(-2 * x));
        if (p / 0.5 > 1.2) {
            ++clipped;
        } else {
            x += 0.25 * p / 0.5 * (1 - p);
        }
    }
    CHECK(clipped == 2);
    check_equal(logits(searcher), {x, -x});
    CHECK(searcher.changes() == 4);

    // What is worse than expected is left alone once it is improbable enough.
    ppo other{arms{2}, options};
    tell(other, {0}, -1);
    check_equal(logits(other), {-x, x});
}

TEST_CASE("ppo: of two architectures one is clipped and the other not") {
    ppo_options options = bare;
    options.batch = 2;
    options.epochs = 2;
    options.learning_rate = 1;
    ppo searcher{arms{3}, options};
    tell(searcher, {0}, 4);
    tell(searcher, {1}, 0.5);
    // First pass, all ratios 1; gradient of the mean of A log p.
    const double third = 1 / 3.0;
    std::vector<double> at{0.5 * (4 - 4.5 * third), 0.5 * (0.5 - 4.5 * third), -0.5 * 4.5 * third};
    const double total = std::exp(at[0]) + std::exp(at[1]) + std::exp(at[2]);
    std::vector<double> p{std::exp(at[0]) / total, std::exp(at[1]) / total, std::exp(at[2]) / total};
    REQUIRE(p[0] * 3 > 1.2);
    REQUIRE(p[1] * 3 < 1.2);
    const double weight = 0.5 * 0.5 * p[1] * 3;
    for (std::size_t i = 0; i < 3; ++i) at[i] += weight * ((i == 1 ? 1 : 0) - p[i]);
    check_equal(logits(searcher), at);
}

TEST_CASE("ppo: one pass is REINFORCE") {
    ppo_options options = bare;
    options.batch = 4;
    options.entropy = 0.3;
    nas::reinforce_options same{.batch = 4,
                                .repeats = true,
                                .transform = nas::reward_transform::none,
                                .optimizer = optimizer_kind::sgd,
                                .learning_rate = 1,
                                .baseline = baseline_kind::constant,
                                .constant = 0,
                                .scale = advantage_scale::none,
                                .entropy = 0.3,
                                .entropy_decay = 0};
    nas::search first{ppo{cells{5}, options}, separable, {.seed = 3}};
    nas::search second{nas::reinforce{cells{5}, same}, separable, {.seed = 3}};
    first.run({.trials = 80});
    second.run({.trials = 80});
    check_equal(logits(first.searcher()), logits(second.searcher()), 1e-9);
}

TEST_CASE("ppo: minibatches are drawn from the stream of tell, and every trial takes part in each pass") {
    ppo_options options = bare;
    options.batch = 7;
    options.minibatch = 3;
    options.epochs = 2;
    options.learning_rate = 1e-6;  // so that all steps are from the same policy, nearly
    options.clip = 1e6;
    ppo searcher{arms{7}, options};
    for (std::uint8_t i = 0; i < 7; ++i) tell(searcher, {i}, 1 + i);
    CHECK(searcher.changes() == 6);  // 3, 3 and 1, twice
    // A step is the mean over its minibatch; seen over many seeds each trial weighs the same, so compare sums only.
    double sum = 0;
    for (const double logit : logits(searcher)) sum += logit;
    CHECK(std::abs(sum) < 1e-12);
    const auto reached = [&](std::uint64_t seed) {
        nas::search search{ppo{cells{5}, {.minibatch = 4}}, separable, {.seed = seed}};
        search.run({.trials = 50});
        return logits(search.searcher());
    };
    CHECK(reached(1) == reached(1));
    CHECK(reached(1) != reached(2));
}

TEST_CASE("ppo: no further pass once the policy has moved too far") {
    ppo_options options = bare;
    options.epochs = 50;
    options.clip = 1e6;
    options.learning_rate = 0.01;
    ppo all{arms{2}, options};
    tell(all, {0}, 1);
    CHECK(all.changes() == 50);
    options.kl_target = 0.01;
    ppo some{arms{2}, options};
    tell(some, {0}, 1);
    CHECK(some.changes() < 50);
    CHECK(some.changes() > 5);
    const auto divergence = [](double logit) {
        const double ratio = 2 / (1 + std::exp(-2 * logit));
        return ratio - 1 - std::log(ratio);
    };
    CHECK(divergence(logits(some)[0]) > 0.01);
    CHECK(divergence(logits(some)[0] - 0.011) < 0.01);  // a pass before it had not
}

TEST_CASE("ppo: proposals are samples of the policy, and it ends where that has no entropy left") {
    ppo searcher{cells{5}};
    nas::rng a(3);
    nas::rng b(3);
    CHECK(searcher.ask({}, a)->arch == searcher.sample_policy(b));
    nas::search search{ppo{cells{5}, {.repeats = true, .entropy = 0, .least_entropy = 1}}, separable, {.seed = 2}};
    CHECK(search.run({.trials = 5000}) == nas::stop_reason::exhausted);
    CHECK(search.history().size() % 15 == 0);
    CHECK(search.history().size() < 3000);
    CHECK(search.searcher().policy().entropy(cells{5}, search.history().best().arch) < 1.5);
}

TEST_CASE("ppo beats random search on a separable landscape") {
    check_beats_random(ppo{cells{5}}, 150);
    check_beats_random(ppo{cells{5}}, 150, 8);
}

// What is noisy is worth a second look; without repeats the last of 300 proposals are what is left of 840 networks.
TEST_CASE("ppo finds better networks than random search where noise hides them") {
    check_finds_networks(ppo{nas::mlp_space{}, {.repeats = true}}, 300);
}

TEST_CASE("NATS-Bench: ppo comes further than the published evolution") {
    const auto file = data_file("nb201.csv");
    if (!file) return;
    const auto table = nas::read_table(
        *file, {.reward = "c100_val12_pct", .report = {"c100_val200_pct"}, .cost = "c10_train12_s", .cost_scale = 2});
    std::vector<double> found;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        nas::search search{ppo{table.space()}, std::cref(table), {.seed = seed}};
        search.run({.cost = 40e3});
        found.push_back(table.reported(search.history().best().arch)[0]);
    }
    CHECK(nas::summarize(found).mean > 72.28);
}

TEST_CASE("ppo: NASNet's is a preset") {
    const auto parsed = nas::parse_options<ppo_options>("nas::ppo", "preset=nasnet");
    CHECK(nas::to_text(parsed) == nas::to_text(nas::nasnet_options()));
    CHECK(nas::to_text(parsed).starts_with("batch=20,repeats=true,transform=none,learning_rate=0.00035,"));
    ppo accepted{cells{5}, parsed};
    CHECK(accepted.options().clip == 0.2);
}

TEST_CASE("ppo refuses options out of range and policies of other spaces") {
    CHECK_THROWS_WITH_AS((ppo{cells{5}, {}, nas::softmax_policy{cells{4}}}),
                         "nas::ppo: the policy has 24 parameters; one for this space has 30", std::invalid_argument);
    CHECK_THROWS_WITH_AS((ppo{cells{5}, {.epochs = 0}}), "nas::ppo: epochs (0) must be in [1, 1e+06]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((ppo{cells{5}, {.clip = -1}}), "nas::ppo: clip (-1) must be in [0, 1e+06]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        (ppo{cells{5}, {.batch = 1, .baseline = baseline_kind::batch_mean}}),
        "nas::ppo: batch (1) must be at least 2 where baseline is batch_mean or leave_one_out, or scale is batch",
        std::invalid_argument);
}
