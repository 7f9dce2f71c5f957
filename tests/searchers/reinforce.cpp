// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/reinforce.hpp>

#include <cmath>
#include <functional>

#include <nas/evaluators/read_table.hpp>

#include "data_dir.hpp"
#include "noisy_networks.hpp"
#include "searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::reinforce<cells>>);
static_assert(!nas::Searcher<nas::reinforce<cells>, 2>);

namespace {

using arms = nas::choice_space<1>;
using nas::advantage_scale, nas::baseline_kind, nas::optimizer_kind, nas::reinforce, nas::reinforce_options;

/// Plain gradient descent on the bare formula.
constexpr reinforce_options bare{.repeats = true,
                                 .transform = nas::reward_transform::none,
                                 .optimizer = optimizer_kind::sgd,
                                 .learning_rate = 1,
                                 .baseline = baseline_kind::constant,
                                 .constant = 0,
                                 .scale = advantage_scale::none,
                                 .entropy = 0,
                                 .entropy_decay = 0};
constexpr reinforce_options nats_bench = nas::nats_bench_options();

template <class Searcher>
void tell(Searcher& searcher, const typename Searcher::arch_type& arch, nas::evaluation<> result) {
    nas::trial<typename Searcher::arch_type> told;
    told.arch = arch;
    told.result = std::move(result);
    nas::rng unused(0);
    searcher.tell(told, unused);
}

template <class Searcher>
std::vector<double> logits(const Searcher& searcher) {
    return {searcher.policy().parameters().begin(), searcher.policy().parameters().end()};
}

void check_equal(const std::vector<double>& values, const std::vector<double>& expected, double tolerance = 1e-15) {
    REQUIRE(values.size() == expected.size());
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(std::abs(values[i] - expected[i]) <= tolerance);
}

/// Those of a search of 200 trials.
std::vector<cell> architectures(const landscape& worth, const reinforce_options& options) {
    nas::search search{reinforce{cells{5}, options}, worth, {.seed = 4}};
    search.run({.trials = 200});
    std::vector<cell> all;
    for (std::size_t row = 0; row < 200; ++row) all.push_back(search.history().arch(row));
    return all;
}

}  // namespace

TEST_CASE("reinforce: one step is along advantage times choice less probability") {
    reinforce searcher{arms{3}, bare};
    check_equal(logits(searcher), {0, 0, 0});
    tell(searcher, {1}, 0.6);
    check_equal(logits(searcher), {-0.2, 0.4, -0.2});
    CHECK(searcher.changes() == 1);
    const double total = 2 * std::exp(-0.2) + std::exp(0.4);
    const double p0 = std::exp(-0.2) / total;
    const double p1 = std::exp(0.4) / total;
    tell(searcher, {0}, -1);
    check_equal(logits(searcher), {-0.2 - (1 - p0), 0.4 + p1, -0.2 + p0});
}

TEST_CASE("reinforce: it learns from whole batches, from their mean") {
    reinforce_options options = bare;
    options.batch = 2;
    options.baseline = baseline_kind::batch_mean;
    options.scale = advantage_scale::batch;
    reinforce searcher{arms{3}, options};
    tell(searcher, {0}, 5);
    check_equal(logits(searcher), {0, 0, 0});
    tell(searcher, {1}, 9);  // advantages -1 and 1
    check_equal(logits(searcher), {-0.5, 0.5, 0});
    tell(searcher, {2}, 9);
    CHECK(searcher.changes() == 1);
    tell(searcher, {2}, 9);  // advantages 0
    check_equal(logits(searcher), {-0.5, 0.5, 0});
    CHECK(searcher.changes() == 2);
}

TEST_CASE("reinforce: the entropy's gradient leads back to the uniform policy, by as much as it is weighted") {
    reinforce_options options = bare;
    options.entropy = 0.5;
    reinforce searcher{arms{2}, options};
    tell(searcher, {0}, 2);  // at the uniform policy the entropy has no slope
    check_equal(logits(searcher), {1, -1});
    const double p = 1 / (1 + std::exp(-2.0));
    const double entropy = -p * std::log(p) - (1 - p) * std::log(1 - p);
    tell(searcher, {0}, 0);
    check_equal(logits(searcher), {1 - 0.5 * p * (std::log(p) + entropy), -1 + 0.5 * p * (std::log(p) + entropy)});
    for (int i = 0; i < 200; ++i) tell(searcher, {0}, 0);
    check_equal(logits(searcher), {0, 0}, 1e-6);
}

TEST_CASE("MLPNAS oracle 39: the learning rate falls with each change") {
    reinforce_options options = bare;
    options.learning_rate = 0.01;
    options.decay = 0.1;
    options.batch = 2;
    reinforce searcher{arms{2}, options};
    double before = 0;
    for (const double rate :
         {.01, .0090909, .0083333, .0076923, .0071429, .0066667, .00625, .0058824, .0055556, .0052632}) {
        const double p1 = 1 / (1 + std::exp(2 * before));
        tell(searcher, {0}, 1);
        tell(searcher, {0}, 1);
        const double step = logits(searcher)[0] - before;
        CHECK(std::abs(step / p1 - rate) < 5e-8);
        before += step;
    }
}

TEST_CASE("reinforce: optimizers are those of their names") {
    reinforce_options options = bare;
    options.learning_rate = 0.1;
    options.optimizer = optimizer_kind::adam;
    reinforce adam{arms{3}, options};
    tell(adam, {1}, 0.001);
    check_equal(logits(adam), {-0.1, 0.1, -0.1}, 1e-5);  // the first step of Adam is a sign
    options.optimizer = optimizer_kind::rmsprop;
    reinforce rmsprop{arms{3}, options};
    tell(rmsprop, {1}, 1);
    check_equal(logits(rmsprop), {-0.1 / std::sqrt(0.1), 0.1 / std::sqrt(0.1), -0.1 / std::sqrt(0.1)}, 1e-5);
}

TEST_CASE("reinforce: what is not completed counts as the worst so far, and before there is one not at all") {
    reinforce_options options = bare;
    options.constant = 0.7;
    reinforce searcher{arms{3}, options};
    tell(searcher, {0}, nas::evaluation<>::failure("broken"));
    CHECK(searcher.changes() == 0);
    tell(searcher, {1}, 0.7);
    tell(searcher, {2}, 0.4);
    reinforce other = searcher;
    tell(searcher, {0}, nas::evaluation<>::infeasible("too large"));
    tell(other, {0}, 0.4);
    check_equal(logits(searcher), logits(other));
    CHECK(searcher.changes() == 3);
}

TEST_CASE("reinforce: a policy that reached what fails leaves it again") {
    // Choice 0 is best until trial 100, and fails from then on.
    const auto worth = [](const arms::arch_type& arch, const nas::context& about) {
        if (arch[0] == 0 && about.id() >= 100) throw std::runtime_error("out of memory");
        return arch[0] == 0 ? 1.0 : 0.1 * arch[0];
    };
    nas::search search{reinforce{arms{4}, {.repeats = true}}, worth, {.seed = 1}};
    search.run({.trials = 600});
    std::size_t before = 0;
    std::size_t after = 0;
    for (std::size_t row = 50; row < 100; ++row) before += search.history().arch(row)[0] == 0 ? 1U : 0U;
    for (std::size_t row = 550; row < 600; ++row) after += search.history().arch(row)[0] == 0 ? 1U : 0U;
    CHECK(before > 40);
    CHECK(after < 10);
}

TEST_CASE("reinforce: enqueued trials are learned from, and none has a parent") {
    nas::search search{reinforce{cells{5}}, separable, {.enqueue = {cell{1, 1, 1, 1, 1, 1}}}};
    search.run({.trials = 20});
    CHECK(search.searcher().changes() == 20);
    for (std::size_t row = 0; row < 20; ++row) CHECK(search.history().parent(row) == nas::no_trial);
}

TEST_CASE("reinforce: with a scale the unit of the values does not matter and with a mean their origin") {
    const landscape other = [](const cell& arch) { return 0.0009765625 * separable(arch); };  // 2^-10
    const reinforce_options values{.transform = nas::reward_transform::none,
                                   .baseline = baseline_kind::moving_average,
                                   .scale = advantage_scale::running};
    CHECK(architectures(separable, values) == architectures(other, values));
    reinforce_options batches{.batch = 10,
                              .transform = nas::reward_transform::none,
                              .baseline = baseline_kind::batch_mean,
                              .scale = advantage_scale::batch};
    CHECK(architectures(separable, batches) == architectures(other, batches));
    const landscape shifted = [](const cell& arch) { return separable(arch) + 1024; };
    CHECK(architectures(separable, batches) == architectures(shifted, batches));
}

TEST_CASE("reinforce: proposals are samples of the policy") {
    reinforce searcher{cells{5}};
    tell(searcher, {0, 1, 2, 3, 4, 0}, 1);
    tell(searcher, {1, 1, 2, 3, 4, 0}, 2);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        nas::rng a(seed);
        nas::rng b(seed);
        CHECK(searcher.ask({}, a)->arch == searcher.sample_policy(b));
    }
    // Those of a policy that is given.
    nas::softmax_policy policy{cells{5}};
    policy.change([](std::span<double> parameters) {
        for (std::size_t i = 0; i < 30; i += 5) parameters[i + 3] = 100;
    });
    nas::rng random(1);
    CHECK(reinforce(cells{5}, {}, policy).sample_policy(random) == cell{3, 3, 3, 3, 3, 3});
}

TEST_CASE("MLPNAS oracle 27: a uniform policy without duplicates draws all 840 networks and ends") {
    reinforce_options options;
    options.learning_rate = 0;
    nas::search search{reinforce{nas::mlp_space{}, options}, [](const auto&) { return 0.7; }, {.seed = 1}};
    search.run({.trials = 841});
    CHECK(search.reason() == nas::stop_reason::exhausted);
    CHECK(visited(search).size() == 840);
    CHECK(search.history().size() == 840);
}

TEST_CASE("MLPNAS oracle 41: on a bandit of 31 arms the last 50 of 300 proposals are far better than random ones") {
    // Arms are worth 0, 1/30, ..., 1, with noise of 0.1: a random one 0.5.
    const auto worth = [](const arms::arch_type& arch, const nas::context& about) {
        nas::rng random = about.random();
        boost::random::normal_distribution<double> noise(0, 0.1);
        return arch[0] / 30.0 + noise(random);
    };
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        nas::search search{reinforce{arms{31}, {.repeats = true}}, worth, {.seed = seed}};
        search.run({.trials = 300});
        double sum = 0;
        for (std::size_t row = 250; row < 300; ++row) sum += search.history().arch(row)[0] / 30.0;
        CHECK(sum / 50 > 0.8);
    }
}

TEST_CASE("reinforce beats random search on a separable landscape") {
    check_beats_random(reinforce{cells{5}}, 150);
    check_beats_random(reinforce{cells{5}}, 150, 8);
}

// What is noisy is worth a second look; without repeats the last of 300 proposals are what is left of 840 networks.
TEST_CASE("reinforce finds better networks than random search where noise hides them") {
    check_finds_networks(reinforce{nas::mlp_space{}, {.repeats = true}}, 150);
}

TEST_CASE("NATS-Bench: its REINFORCE comes to the published accuracies and the defaults come further") {
    const auto file = data_file("nb201.csv");
    if (!file) return;
    struct expectation {
        const char* data_set;
        double seconds;  ///< of CIFAR-10 in one of this data set
        double budget;   ///< seconds
        double published;
        double random;
        double tolerance;
    };
    for (const expectation& expected :
         {expectation{"c10", 1, 20e3, 91.12, 91.07, 0.15}, expectation{"c100", 2, 40e3, 71.80, 71.46, 0.3},
          expectation{"in16", 6.068, 120e3, 45.37, 45.03, 0.3}}) {
        CAPTURE(expected.data_set);
        const std::string name = expected.data_set;
        const auto table = nas::read_table(*file, {.reward = name + "_val12_pct",
                                                   .report = {name + "_val200_pct"},
                                                   .cost = "c10_train12_s",
                                                   .cost_scale = expected.seconds});
        const auto reported = [&](const reinforce_options& options) {
            std::vector<double> found;
            for (std::uint64_t seed = 0; seed < 100; ++seed) {
                nas::search search{reinforce{table.space(), options}, std::cref(table), {.seed = seed}};
                search.run({.cost = expected.budget});
                found.push_back(table.reported(search.history().best().arch)[0]);
            }
            return found;
        };
        const auto as_published = reported(nats_bench);
        const auto defaults = reported({});
        CHECK(std::abs(nas::summarize(as_published).mean - expected.published) < expected.tolerance);
        CHECK(nas::summarize(defaults).mean > expected.published);
        CHECK(nas::mann_whitney(defaults, as_published).p_value < 0.01);
    }
}

TEST_CASE("reinforce: NATS-Bench's is a preset") {
    const auto parsed = nas::parse_options<reinforce_options>("nas::reinforce", "preset=nats_bench");
    CHECK(nas::to_text(parsed) == nas::to_text(nats_bench));
    CHECK(nas::to_text(nats_bench)
              .starts_with("batch=1,repeats=true,transform=none,learning_rate=0.01,baseline=moving_"
                           "average,scale=none,entropy=0,epochs=1,optimizer=adam,"));
}

TEST_CASE("reinforce refuses options out of range and policies of other spaces") {
    CHECK_THROWS_WITH_AS((reinforce{cells{5}, {}, nas::softmax_policy{cells{4}}}),
                         "nas::reinforce: the policy has 24 parameters; one for this space has 30",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((reinforce{cells{5}, {.batch = 0}}), "nas::reinforce: batch (0) must be in [1, 1e+06]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((reinforce{cells{5}, {.momentum = 1}}),
                         "nas::reinforce: momentum (1) must be in [0, 0.9999999]", std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        (reinforce{cells{5}, {.baseline = baseline_kind::batch_mean}}),
        "nas::reinforce: batch (1) must be at least 2 where baseline is batch_mean or leave_one_out, or scale is batch",
        std::invalid_argument);
}
