// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/zero_shot.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <nas/core/checks.hpp>
#include <nas/core/options_text.hpp>
#include <nas/evaluators/read_table.hpp>
#include <nas/report/statistics.hpp>
#include <nas/run/search.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/nasbench201_space.hpp>
#include "data_dir.hpp"

namespace {

using nas::lstm_policy_options;
using nas::zero_shot;
using nas::zero_shot_options;
using inner_space = nas::choice_space<4>;
using tasks = nas::task_space<inner_space>;
using arch = tasks::arch_type;
using descriptors = std::vector<std::vector<double>>;
using exact = zero_shot<tasks, double>;
static_assert(nas::Searcher<exact>);

const tasks space{inner_space{3}, {"low", "high"}};
const descriptors known{{-1, 0.5}, {1, 0.5}};
const lstm_policy_options small{.units = 6, .layers = 1, .descriptor_units = 4};
/// One step of plain descent with what an advantage says and nothing else.
const zero_shot_options bare{.batch = 4,
                             .optimizer = nas::optimizer_kind::sgd,
                             .learning_rate = 0.5,
                             .advantage_limit = 0,
                             .entropy = 0,
                             .network = small};

template <class Searcher>
void tell(Searcher& searcher, const arch& what, const nas::evaluation<>& result) {
    nas::trial<arch> told{{what}, result};
    nas::rng random(0);
    searcher.tell(told, random);
}

/// On task `low` the sum of the choices should be low, on task `high` high: in [0, 1].
double opposite(const arch& what) {
    double sum = 0;
    for (const std::uint8_t choice : what.arch) sum += choice / 8.0;
    return what.task == 0 ? 1 - sum : sum;
}

/// Mean of the choices of samples for a descriptor.
template <class Searcher>
double mean_choice(const Searcher& searcher, std::vector<double> descriptor) {
    nas::rng random(1);
    double sum = 0;
    for (int n = 0; n < 100; ++n)
        for (const std::uint8_t choice : searcher.sample_policy(descriptor, random)) sum += choice;
    return sum / 400;
}

template <class Searcher>
std::vector<arch> architectures(const Searcher& searcher, double (*worth)(const arch&)) {
    nas::search search{searcher, worth, {.seed = 2}};
    search.run({.trials = 60});
    std::vector<arch> all;
    for (std::size_t row = 0; row < search.history().size(); ++row) all.push_back(search.history().arch(row));
    return all;
}

}  // namespace

TEST_CASE("zero_shot: it asks for the tasks in turn and proposes samples for their descriptors") {
    exact searcher{space, known, {.network = small}};
    for (const arch& what : {arch{0, {0, 1, 2, 0}}, arch{1, {2, 1, 0, 2}}, arch{0, {0, 0, 0, 0}}})
        for (int n = 0; n < 10; ++n) tell(searcher, what, opposite(what));
    for (std::size_t asked = 0; asked < 20; ++asked) {
        nas::rng a(asked);
        nas::rng b(asked);
        const auto next = searcher.ask({.id = 7, .told = 7, .asked = asked}, a);
        CHECK(next->arch.task == asked % 2);
        CHECK(next->arch.arch == searcher.sample_policy(known[asked % 2], b));
    }
    // Enqueued ones do not shift them.
    nas::search search{searcher, opposite, {.seed = 1, .enqueue = {arch{1, {0, 0, 0, 0}}}}};
    search.run({.trials = 9, .batch = 3});
    for (std::size_t row = 1; row < 9; ++row) CHECK(search.history().arch(row).task == (row - 1) % 2);
}

TEST_CASE("zero_shot: a change is a step along the policy gradient with a baseline and a scale for each task") {
    const std::vector<arch> told{{0, {0, 1, 2, 0}}, {1, {2, 1, 0, 2}}, {1, {1, 1, 1, 1}}, {0, {2, 2, 0, 0}}};
    const std::vector<double> rewards{1, 100, 60, 3};
    zero_shot_options options = bare;
    options.entropy = 0.3;
    exact searcher{space, known, options};
    const auto& chosen = searcher.policy().options();
    CHECK(chosen.descriptor == 2);
    nas::lstm_policy<double> policy(space.inner(), chosen);
    for (std::size_t k = 0; k < 4; ++k) tell(searcher, told[k], rewards[k]);

    // Both averages weigh the first value with 0.9 / 1.9 and the second with 1 / 1.9.
    const auto advantages_of = [](double first, double second) {
        const double expected = (0.9 * first + second) / 1.9;
        const double scale = std::sqrt((0.9 * std::pow(first - expected, 2) + std::pow(second - expected, 2)) / 1.9);
        return std::array{(first - expected) / scale, (second - expected) / scale};
    };
    const auto low = advantages_of(1, 3);
    const auto high = advantages_of(100, 60);
    const std::array<double, 4> advantage{low[0], high[0], high[1], low[1]};
    std::vector<inner_space::arch_type> archs;
    std::vector<double> read;
    for (const arch& what : told) {
        archs.push_back(what.arch);
        read.insert(read.end(), known[what.task].begin(), known[what.task].end());
    }
    std::vector<double> gradient(policy.parameters().size());
    policy.add_gradient(
        space.inner(), std::span<const inner_space::arch_type>(archs),
        [&](std::size_t k, double) { return -advantage[k] / 4; }, -0.3 / 4, std::span<double>(gradient), read);
    double largest = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        largest = std::max(largest, std::abs(gradient[i]));
        CHECK(std::abs(searcher.policy().parameters()[i] - (policy.parameters()[i] - 0.5 * gradient[i])) < 1e-12);
    }
    CHECK(largest > 0.01);
    CHECK(searcher.changes() == 1);
}

TEST_CASE("zero_shot: what one task is worth says nothing about another") {
    zero_shot_options options = bare;
    options.batch = 2;
    exact searcher{space, known, options};
    const std::vector<double> before(searcher.policy().parameters().begin(), searcher.policy().parameters().end());
    tell(searcher, {0, {0, 1, 2, 0}}, 1);
    tell(searcher, {1, {2, 1, 0, 2}}, 1024);  // the first of each, as good as expected
    CHECK(searcher.changes() == 1);
    CHECK(std::equal(before.begin(), before.end(), searcher.policy().parameters().begin()));

    // The unit of one task's values does not matter.
    const zero_shot<tasks> fresh{space, known, {.batch = 5, .network = small}};
    CHECK(architectures(fresh, opposite) ==
          architectures(fresh, [](const arch& what) { return opposite(what) * (what.task == 1 ? 1024 : 1); }));
    CHECK(architectures(fresh, opposite) !=
          architectures(fresh, [](const arch& what) { return opposite(what) * (what.task == 1 ? -1 : 1); }));
}

TEST_CASE("zero_shot: advantages are clipped to the limit") {
    zero_shot_options options = bare;
    options.batch = 1;
    const auto change = [&](double momentum, double limit, double reward) {
        options.momentum = momentum;
        options.advantage_limit = limit;
        exact searcher{space, known, options};
        tell(searcher, {0, {0, 1, 2, 0}}, 0);
        tell(searcher, {0, {0, 1, 2, 0}}, reward);
        double sum = 0;
        const exact fresh{space, known, options};
        for (std::size_t i = 0; i < fresh.policy().parameters().size(); ++i)
            sum += std::abs(searcher.policy().parameters()[i] - fresh.policy().parameters()[i]);
        return sum;
    };
    CHECK(change(0, 0, 9) == 0);  // what is expected of a reward is itself
    const double free = change(0.9, 0, 9);
    const double advantage = std::sqrt(1.9);
    CHECK(free > 0.1);
    CHECK(change(0.9, 1.5, 9) == doctest::Approx(free).epsilon(1e-12));
    CHECK(change(0.9, 0.1, 9) == doctest::Approx(free * 0.1 / advantage).epsilon(1e-9));
}

TEST_CASE("zero_shot: what is not completed counts as the worst of its task so far") {
    zero_shot_options options = bare;
    options.batch = 1;
    exact searcher{space, known, options};
    tell(searcher, {0, {1, 1, 1, 1}}, -5);
    tell(searcher, {1, {0, 1, 2, 0}}, nas::evaluation<>::failure("broken"));
    CHECK(searcher.changes() == 1);  // nothing is known of that task
    tell(searcher, {1, {0, 1, 2, 0}}, 7);
    tell(searcher, {1, {2, 1, 2, 0}}, 4);
    exact other = searcher;
    tell(searcher, {1, {0, 2, 2, 0}}, nas::evaluation<>::infeasible("too large"));
    tell(other, {1, {0, 2, 2, 0}}, 4);
    CHECK(searcher.changes() == 4);
    CHECK(std::ranges::equal(searcher.policy().parameters(), other.policy().parameters()));
}

TEST_CASE("zero_shot: one policy learns opposite tasks at once and what is between them") {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        nas::search search{zero_shot{space, known, {.network = small}}, opposite, {.seed = seed}};
        search.run({.trials = 900});
        const auto& learned = search.searcher();
        CHECK(mean_choice(learned, known[0]) < 0.3);
        CHECK(mean_choice(learned, known[1]) > 1.7);
        // Descriptors that it never saw.
        CHECK(mean_choice(learned, {-0.7, 0.5}) < 0.5);
        CHECK(mean_choice(learned, {0.7, 0.5}) > 1.5);
    }
}

TEST_CASE("zero_shot: trained on two data sets of NAS-Bench-201 its policy beats random on the third it never saw") {
    const auto file = nas::tests::data_file("nb201.csv");
    if (!file) return;
    using cells = nas::nasbench201_space;
    // Numbers of classes and of training images in powers of ten, the side of an image by that of CIFAR's.
    const std::vector<std::string> names{"c10", "c100", "in16"};
    const descriptors described{{1.0, 4.7, 1.0}, {2.0, 4.7, 1.0}, {2.08, 5.18, 0.5}};
    std::vector<nas::table_evaluator<cells>> tables;
    for (const std::string& name : names)
        tables.push_back(nas::read_table(cells{}, *file, {.reward = name + "_val12_pct"}));
    std::vector<double> deviations;
    for (const auto& table : tables) {
        std::vector<double> all;
        for (const auto& cell : table.architectures()) all.push_back(table.mean(cell));
        deviations.push_back(nas::summarize(all).deviation);
    }
    const auto standardised = [&](std::size_t task, const cells::arch_type& cell) {
        return (tables[task].mean(cell) - tables[task].average()) / deviations[task];
    };
    for (std::size_t unseen = 0; unseen < 3; ++unseen) {
        CAPTURE(names[unseen]);
        const std::array<std::size_t, 2> seen{unseen == 0 ? 1U : 0U, unseen == 2 ? 1U : 2U};
        const nas::task_space both{cells{}, {names[seen[0]], names[seen[1]]}};
        const descriptors read{described[seen[0]], described[seen[1]]};
        std::vector<double> learned;
        std::vector<double> random;
        for (std::uint64_t seed = 0; seed < 30; ++seed) {
            nas::rng draws(seed);
            nas::lstm_policy<float> policy(cells{}, {.units = 8, .layers = 1, .descriptor = 3, .descriptor_units = 8});
            policy.initialize(draws);
            nas::search search{zero_shot{both, read, {.batch = 5, .learning_rate = 0.05}, std::move(policy)},
                               [&](const auto& what) { return standardised(seen[what.task], what.arch); },
                               {.seed = seed}};
            search.run({.trials = 200});
            double its_own = 0;
            double any = 0;
            for (int n = 0; n < 200; ++n) {
                its_own += standardised(unseen, search.searcher().sample_policy(described[unseen], draws)) / 200;
                any += standardised(unseen, cells{}.sample(draws)) / 200;
            }
            learned.push_back(its_own);
            random.push_back(any);
        }
        const nas::rank_test test = nas::mann_whitney(learned, random);
        CHECK(nas::summarize(learned).mean > 1);
        CHECK(test.superiority > 0.95);
        CHECK(test.p_value < 1e-6);
    }
}

TEST_CASE("zero_shot: a policy of its own begins with the search's seed and one that was given as it is") {
    const auto first_weight = [](const exact& searcher, std::uint64_t seed) {
        const nas::search search{searcher, opposite, {.seed = seed}};
        return search.searcher().policy().parameters()[0];
    };
    const exact own{space, known, {.network = small}};
    CHECK(first_weight(own, 1) == first_weight(own, 1));
    CHECK(first_weight(own, 1) != first_weight(own, 2));
    const exact given{space, known, {}, own.policy()};
    CHECK(first_weight(given, 1) == first_weight(given, 2));
    // Which it was is in the text of its options, as a resumed search must have it too.
    CHECK(nas::detail::all_options_text(own).find("policy.weights") == std::string::npos);
    CHECK(nas::detail::all_options_text(given).find(",policy.weights=0x") != std::string::npos);
    auto policy = own.policy();
    policy.change([](auto parameters) { parameters[0] += 1; });
    CHECK(nas::detail::all_options_text(exact{space, known, {}, policy}) != nas::detail::all_options_text(given));
}

TEST_CASE("zero_shot: its options are in its text with those of the network and the descriptors") {
    const tasks other{inner_space{3}, {"a", "b"}};
    const std::string text =
        zero_shot{other, {{0.5, -1}, {2, 1e-3}}, {.batch = 7, .network = {.units = 5, .share = {{2, 1}}}}}
            .options_text();
    for (const std::string part : {"batch=7,", ",network.units=5,", ",network.descriptor=2,", ",network.share=2:1,",
                                   ",descriptor.0=0.5 -1,", ",descriptor.1=2 0.001"}) {
        CAPTURE(part);
        CHECK(text.find(part) != std::string::npos);
    }
    CHECK(nas::detail::all_options_text(zero_shot{
              other, {{0.5, -1}, {2, 1e-3}}, {.batch = 7, .network = {.units = 5, .share = {{2, 1}}}}}) == text);
}

TEST_CASE("zero_shot refuses descriptors and policies that do not fit") {
    const auto refuses = [](const descriptors& given, const lstm_policy_options& network, const std::string& sentence) {
        CHECK_THROWS_WITH_AS((zero_shot{space, given, {.network = network}}), ("nas::zero_shot: " + sentence).c_str(),
                             std::invalid_argument);
    };
    refuses({}, small, "there are 0 descriptors for 2 tasks");
    refuses({{1}, {2}, {3}}, small, "there are 3 descriptors for 2 tasks");
    refuses({{}, {}}, small, "descriptors must have at least 1 number");
    refuses({{1, 2}, {3}}, small, "the descriptor of task 'high' (1 numbers) must have 2 numbers, as the policy's");
    refuses({{1, 2}, {3, 4}}, {.descriptor = 3},
            "the descriptor of task 'low' (2 numbers) must have 3 numbers, as the policy's");
    refuses({{1, 2}, {3, std::numeric_limits<double>::infinity()}}, small,
            "the descriptor of task 'high' must be finite");
    CHECK_THROWS_WITH_AS((zero_shot{space, known, {.batch = 0}}), "nas::zero_shot: batch (0) must be in [1, 1e+06]",
                         std::invalid_argument);
    const nas::lstm_policy<float> narrow(nas::choice_space<4>{2}, {.units = 6, .descriptor = 2});
    CHECK_THROWS_WITH_AS((zero_shot{space, known, {}, narrow}), doctest::Contains("parameters; one for this space has"),
                         std::invalid_argument);
    const zero_shot fitting{space, known, {.network = small}};
    nas::rng random(1);
    CHECK_THROWS_WITH_AS(
        (void)fitting.sample_policy(std::vector<double>{1, 2, 3}, random),
        "nas::lstm_policy: the descriptors of 1 architectures (3 numbers) must have 2 numbers each, as "
        "options.descriptor says",
        std::invalid_argument);
}
