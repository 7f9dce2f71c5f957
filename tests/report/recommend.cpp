// SPDX-License-Identifier: Apache-2.0
#include <nas/report/recommend.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nas/core/draws.hpp>
#include <nas/core/rng.hpp>
#include <nas/evaluators/landscapes.hpp>
#include <nas/evaluators/minimize.hpp>
#include <nas/evaluators/noisy.hpp>
#include <nas/evaluators/read_table.hpp>
#include <nas/evaluators/table.hpp>
#include <nas/report/statistics.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/any_searcher.hpp>
#include <nas/searchers/ppo.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/reevaluated.hpp>
#include <nas/searchers/reinforce.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>

namespace {

using nas::recommendation_rule;
using space = nas::choice_space<2>;

struct told {
    const char* arch;
    double value;
    double fidelity = nas::full_fidelity;
    nas::trial_status status = nas::trial_status::completed;
};

nas::history<space> history_of(std::initializer_list<told> trials) {
    const space cells{5};
    nas::history<space> past(cells);
    for (const told& one : trials) {
        nas::trial<space::arch_type> trial{{cells.parse(one.arch), nas::no_trial, one.fidelity}, {}};
        trial.id = static_cast<nas::trial_id>(past.size());
        trial.result = one.value;
        trial.result.status = one.status;
        past.append(trial, past.size());
    }
    return past;
}

/// Architectures are numbers.
struct unit_interval {
    using arch_type = double;

    double sample(nas::rng& random) const { return nas::unit(random); }
    bool contains(double at) const { return at >= 0 && at <= 1; }
    std::string describe(double at) const { return std::to_string(at); }
    double parse(std::string_view text) const { return std::stod(std::string(text)); }
};

}  // namespace

TEST_CASE("recommend: the best trial, the earliest of equals") {
    const auto past = history_of({{"00", 1}, {"11", 3}, {"22", 3}, {"11", 2}});
    const auto found = nas::recommend(past, recommendation_rule::best_trial);
    REQUIRE(found);
    CHECK(found->arch == space::arch_type{1, 1});
    CHECK(found->value == 3);
    CHECK(found->id == 1);
    CHECK(found->trials == 2);
}

TEST_CASE("recommend: nothing where no trial is completed") {
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    for (const auto rule : {recommendation_rule::best_trial, recommendation_rule::best_mean}) {
        CHECK(!nas::recommend(history_of({}), rule));
        CHECK(!nas::recommend(history_of({{"00", nan, nas::full_fidelity, nas::trial_status::failed}}), rule));
        // A pruned trial has a value, and is none to take home.
        const auto found =
            nas::recommend(history_of({{"00", 9, nas::full_fidelity, nas::trial_status::pruned}, {"11", 1}}), rule);
        REQUIRE(found);
        CHECK(found->arch == space::arch_type{1, 1});
    }
}

TEST_CASE("recommend: the best mean by the closed form of one-way random effects") {
    // Three networks: A 10 and 4, B 8 and 8 and 8, C 1 and 1 and 1.
    const auto past =
        history_of({{"00", 10}, {"11", 8}, {"00", 4}, {"22", 1}, {"11", 8}, {"22", 1}, {"11", 8}, {"22", 1}});
    CHECK(nas::recommend(past, recommendation_rule::best_trial)->id == 0);
    const auto found = nas::recommend(past, recommendation_rule::best_mean);
    REQUIRE(found);
    CHECK(found->arch == space::arch_type{1, 1});
    CHECK(found->id == 1);
    CHECK(found->trials == 3);
    // Squares within: 18, over 8 - 3; between: 2 (7 - 5.125)^2 + 3 (8 - 5.125)^2 + 3 (1 - 5.125)^2 = 82.875, over 2.
    const double noise = 18.0 / 5;
    const double spread = (82.875 / 2 - noise) / ((8 - 22.0 / 8) / 2);
    const double twice = spread + noise / 2;
    const double thrice = spread + noise / 3;
    const double mu = (7 / twice + 8 / thrice + 1 / thrice) / (1 / twice + 2 / thrice);
    CHECK(found->value == doctest::Approx(mu + spread / thrice * (8 - mu)).epsilon(1e-12));
}

TEST_CASE("recommend: of any scale, also where squares overflow or vanish") {
    const auto found = [](double scale, recommendation_rule rule) {
        return nas::recommend(history_of({{"00", 10 * scale},
                                          {"11", 8 * scale},
                                          {"00", 4 * scale},
                                          {"22", -1 * scale},
                                          {"11", 7 * scale},
                                          {"33", 2 * scale},
                                          {"11", 8 * scale},
                                          {"22", 1 * scale}}),
                              rule)
            .value();
    };
    for (const auto rule : {recommendation_rule::best_mean, recommendation_rule::best_posterior}) {
        const auto usual = found(1, rule);
        for (const int exponent : {532, 1000, -565, -1000}) {
            const double scale = std::ldexp(1, exponent);
            CHECK(found(scale, rule).arch == usual.arch);
            CHECK(found(scale, rule).value == usual.value * scale);
        }
        CHECK(std::isfinite(found(1.7e307, rule).value));  // differences of these are no numbers
    }
}

TEST_CASE("recommend: a single lucky trial does not beat a mean of many") {
    // Networks differ by about 1, trials of one by about 1 too.
    const auto past = history_of({{"00", 2.2},
                                  {"11", 3.0},
                                  {"11", 1.0},
                                  {"11", 2.2},
                                  {"11", 2.1},
                                  {"22", -1},
                                  {"22", 1},
                                  {"33", -0.5},
                                  {"33", 0.7}});
    CHECK(nas::recommend(past, recommendation_rule::best_mean)->arch == space::arch_type{1, 1});
}

TEST_CASE("recommend: without a repeat, or with equal ones, the best mean is the best trial") {
    const auto once = history_of({{"00", 1}, {"11", 3}, {"22", 2}});
    const auto exact = history_of({{"00", 1}, {"11", 3}, {"22", 2}, {"11", 3}, {"00", 1}});
    for (const auto& past : {once, exact}) {
        const auto found = nas::recommend(past, recommendation_rule::best_mean);
        REQUIRE(found);
        CHECK(found->arch == space::arch_type{1, 1});
        CHECK(found->value == 3);
    }
}

TEST_CASE("recommend: trials below the highest fidelity do not count") {
    const auto past = history_of({{"00", 9, 1}, {"11", 3, 10}, {"22", 2, 10}, {"22", 8, 1}});
    for (const auto rule : {recommendation_rule::best_trial, recommendation_rule::best_mean}) {
        const auto found = nas::recommend(past, rule);
        REQUIRE(found);
        CHECK(found->arch == space::arch_type{1, 1});
        CHECK(found->trials == 1);
    }
}

TEST_CASE("recommend: nothing is smoothed where nobody says that there is noise") {
    // A lucky-looking one among bad neighbours: with noise it is not believed.
    using wide = nas::choice_space<4>;
    const auto trials = [](nas::evaluation_noise noise, bool repeat) {
        const wide cells{3};
        nas::history<wide> past(cells, {}, noise);
        const auto add = [&](const wide::arch_type& arch, double value) {
            nas::trial<wide::arch_type> told{{arch}, {}};
            told.id = static_cast<nas::trial_id>(past.size());
            told.result = value;
            past.append(told, past.size());
        };
        for (std::uint64_t index = 0; index < cells.size(); ++index) {
            const auto arch = cells.at(index);
            double sum = index == 0 ? 9.2 : 0.4 * (static_cast<double>(index * 7 % 5) - 2);
            for (const std::uint8_t choice : arch) sum += choice;
            add(arch, sum);
        }
        if (repeat) add(cells.at(5), past.value(5));
        return past;
    };
    using nas::evaluation_noise;
    const wide::arch_type lucky{0, 0, 0, 0};
    CHECK(nas::recommend(trials(evaluation_noise::unknown, false))->arch == lucky);
    CHECK(nas::recommend(trials(evaluation_noise::unknown, true))->arch == lucky);
    CHECK(nas::recommend(trials(evaluation_noise::none, false))->arch == lucky);
    const auto found = nas::recommend(trials(evaluation_noise::some, false));
    REQUIRE(found);
    CHECK(found->arch == wide::arch_type{2, 2, 2, 2});
    CHECK(found->value > 7);
    CHECK(found->value < 9);
    CHECK(found->id == 80);
}

TEST_CASE(
    "recommend: where decisions interact and there is hardly any noise, the best trial is not given up for little") {
    using wide = nas::choice_space<5>;
    const wide cells{4};
    const nas::nk_landscape<wide> rugged(cells, {.neighbors = 3, .seed = 5});
    int kept = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        nas::search search{nas::random_search{cells, {.replacement = false}}, rugged, {.seed = seed}};
        search.run({.trials = 60});
        nas::history<wide> past(cells, {}, nas::evaluation_noise::some);
        for (std::size_t row = 0; row < search.history().size(); ++row) past.append(search.history()[row], row);
        kept += nas::recommend(past)->id == past.id(past.best_row()) ? 1 : 0;
    }
    CHECK(kept >= 28);
}

TEST_CASE("recommend: a search knows what its evaluator says of noise") {
    const space cells{5};
    const auto worth = [](const space::arch_type& arch) { return 1.0 * arch[0] + arch[1]; };
    const auto noise_in = [&](auto evaluator) {
        return nas::search{nas::random_search{cells}, std::move(evaluator)}.history().noise();
    };
    using nas::evaluation_noise;
    CHECK(noise_in(worth) == evaluation_noise::unknown);
    const auto told_of = [&](auto evaluator) {  // the evaluator's own word counts first
        return nas::search{nas::random_search{cells}, std::move(evaluator), {.noise = evaluation_noise::some}}
            .history()
            .noise();
    };
    CHECK(told_of(worth) == evaluation_noise::some);
    CHECK(told_of(nas::separable_landscape<space>(cells)) == evaluation_noise::none);
    const auto noisy = nas::noisy(worth, 1);
    CHECK(noise_in(noisy) == evaluation_noise::some);
    CHECK(noise_in(std::cref(noisy)) == evaluation_noise::some);
    CHECK(noise_in(nas::minimize(noisy)) == evaluation_noise::some);
    CHECK(noise_in(nas::noisy(worth, 0)) == evaluation_noise::unknown);
    CHECK(noise_in(nas::separable_landscape<space>(cells)) == evaluation_noise::none);
    nas::table_data<space::arch_type> rows{.archs = {{0, 0}, {1, 1}}, .rewards = {1, 2}};
    CHECK(noise_in(nas::table_evaluator<space>(cells, rows)) == evaluation_noise::none);
    rows.archs.push_back({0, 0});
    rows.rewards.push_back(3);
    CHECK(noise_in(nas::table_evaluator<space>(cells, rows)) == evaluation_noise::some);
    CHECK(noise_in(nas::table_evaluator<space>(cells, rows, {.replicates = nas::table_replicates::mean})) ==
          evaluation_noise::none);
}

TEST_CASE(
    "recommend: with some repeats better than as many trials without, where networks are trained from random weights") {
    const auto table =
        nas::read_table(nas::mlp_space{}, NAS_SOURCE_DIR "/benchmarks/tables/mlp_wine.csv", {.reward = "accuracy_32"});
    std::vector<double> luck;
    std::vector<double> expected;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        nas::search lucky{nas::ppo{table.space()}, std::cref(table), {.seed = seed}};
        lucky.run({.trials = 300});
        luck.push_back(table.mean(lucky.history().best().arch));
        nas::search search{nas::reevaluated{nas::ppo{table.space()}}, std::cref(table), {.seed = seed}};
        search.run({.trials = 300});
        expected.push_back(table.mean(nas::recommend(search)->arch));
    }
    const nas::rank_test test = nas::mann_whitney(expected, luck);
    CHECK(test.superiority > 0.5);
    CHECK(test.p_value < 0.01);
}

TEST_CASE("recommend: of rewards that span decades it does not take a worse one than the best trial") {
    using wide = nas::choice_space<6>;
    const wide cells{5};
    const auto steps = [](const wide::arch_type& arch) {
        int sum = 0;
        for (std::size_t i = 0; i < arch.size(); ++i) sum += std::abs(arch[i] - static_cast<int>((i * 7 + 1) % 4));
        return sum;
    };
    const auto worth = [&](const wide::arch_type& arch) { return -std::pow(10, 0.8 * steps(arch)); };
    int lucky = 0;
    int expected = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        nas::search search{nas::reevaluated{nas::ppo{cells}}, nas::noisy(worth, 3), {.seed = seed}};
        search.run({.trials = 300});
        lucky += steps(search.history().best().arch);
        expected += steps(nas::recommend(search)->arch);
    }
    CHECK(expected <= lucky);
    CHECK(expected < 5);
}

TEST_CASE("recommend: spaces without decisions go by means") {
    const unit_interval space;
    nas::history<unit_interval> past(space, {}, nas::evaluation_noise::some);
    for (const double value : {0.9, 0.2, 0.5, 0.6, 0.55}) {
        nas::trial<double> told{{past.size() < 2 ? 0.1 : 0.7}, {}};
        told.id = static_cast<nas::trial_id>(past.size());
        told.result = value;
        past.append(told, past.size());
    }
    CHECK(nas::recommend(past)->arch == 0.7);  // the means, 0.55 and 0.55, and of equals the one with more trials
    CHECK(nas::recommend(past) == nas::recommend(past, recommendation_rule::best_mean));
}

TEST_CASE("recommend: a history does not hold a policy") {
    const auto past = history_of({{"00", 1}});
    CHECK_THROWS_WITH_AS(static_cast<void>(nas::recommend(past, recommendation_rule::final_policy)),
                         "nas::recommend: final_policy needs the searcher: nas::recommend(search, rule) or "
                         "nas::recommend(history, searcher, rule)",
                         std::invalid_argument);
}

TEST_CASE("recommend: the final policy, of a search, a searcher, and one chosen at run time") {
    // The policy of reinforce settles where trials say that 44 is best.
    const space cells{5};
    const auto worth = [](const space::arch_type& arch) { return arch[0] + arch[1]; };
    nas::search search{nas::reinforce{cells}, worth, {.seed = 3}};
    search.run({.trials = 300});
    const auto found = nas::recommend(search, recommendation_rule::final_policy);
    REQUIRE(found);
    CHECK(found->arch == space::arch_type{4, 4});
    CHECK(found->value == 8);
    CHECK(nas::recommend(search.history(), search.searcher(), recommendation_rule::final_policy) == found);
    const nas::any_searcher<space> any("mine", search.searcher());
    CHECK(nas::recommend(search.history(), any, recommendation_rule::final_policy) == found);
    CHECK(nas::recommend(search) == nas::recommend(search.history()));

    // What it has in mind counts, not what it saw first: half of the trials are told it backwards.
    nas::search turned{nas::reinforce{cells},
                       [&, told = 0](const space::arch_type& arch) mutable {
                           return ++told <= 30 ? 20.0 - worth(arch) : 1.0 * worth(arch);
                       },
                       {.seed = 3}};
    turned.run({.trials = 600});
    CHECK(nas::recommend(turned)->value > 8);
    const auto last = nas::recommend(turned, recommendation_rule::final_policy);
    REQUIRE(last);
    nas::rng random(0);
    std::size_t votes = 0;
    for (int i = 0; i < 1000; ++i) votes += turned.searcher().sample_policy(random) == last->arch;
    CHECK(votes > 100);
}

TEST_CASE("recommend: a searcher without a policy has none to recommend by") {
    const space cells{5};
    const auto past = history_of({{"00", 1}});
    const char* const sentence = "nas::recommend: final_policy needs a searcher with a policy; this one has none";
    const nas::random_search searcher{cells};
    const nas::any_searcher<space> any("mine", searcher);
    const auto rule = recommendation_rule::final_policy;
    CHECK_THROWS_WITH_AS(static_cast<void>(nas::recommend(past, searcher, rule)), sentence, std::invalid_argument);
    CHECK_THROWS_WITH_AS(static_cast<void>(nas::recommend(past, any, rule)), sentence, std::invalid_argument);
    CHECK(nas::recommend(past, any)->id == 0);
}

namespace {

using grid = space;
using cell = space::arch_type;

/// Samples at random for ever.
struct undecided {
    using space_type = grid;
    std::size_t initial = 0;
    grid cells{5};

    const grid& space() const { return cells; }
    std::optional<nas::proposal<cell>> ask(const nas::ask_view<cell>&, nas::rng& random) const {
        return nas::propose(cells.sample(random));
    }
    void tell(const nas::trial<cell>&, nas::rng&) {}
    std::size_t initial_trials() const { return initial; }
    /// Where there are more to come, in favour of 00.
    cell sample_policy(nas::rng& random) const {
        return initial > 0 && nas::unit(random) < 0.5 ? cell{} : cells.sample(random);
    }
};

}  // namespace

TEST_CASE("recommend: a policy that says nothing yet leaves it to the default rule") {
    const auto worth = [](const cell& arch) { return arch[0] + arch[1]; };
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        // All is as likely, or nothing was learned yet.
        for (const std::size_t initial : {0U, 21U}) {
            nas::search search{undecided{initial}, worth, {.seed = seed, .enqueue = {{0, 0}}}};
            search.run({.trials = 20});
            CHECK(nas::recommend(search, recommendation_rule::final_policy) == nas::recommend(search));
        }
        nas::search few{nas::ppo{space{5}}, worth, {.seed = seed}};
        few.run({.trials = 5});
        CHECK(nas::recommend(few, recommendation_rule::final_policy) == nas::recommend(few));
        // What the policy has in mind counts once it learned.
        nas::search enough{undecided{20}, worth, {.seed = seed, .enqueue = {{0, 0}}}};
        enough.run({.trials = 20});
        CHECK(nas::recommend(enough, recommendation_rule::final_policy)->arch == cell{0, 0});
    }
}
