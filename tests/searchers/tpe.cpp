// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/tpe.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <nas/core/between.hpp>

#include "searching.hpp"

using namespace nas::tests;

static_assert(nas::Searcher<nas::tpe<cells>>);
static_assert(!nas::Searcher<nas::tpe<cells>, 2>);

namespace {

using list = nas::choice_space<>;
using trial = nas::trial<list::arch_type>;

constexpr nas::tpe_options alone{.multivariate = false};  // each decision by itself

template <class Searcher>
void tell(Searcher& searcher, const list::arch_type& arch, std::optional<double> value) {
    trial told;
    told.arch = arch;
    told.result = value ? nas::evaluation<>(*value) : nas::evaluation<>::failure("a test's");
    nas::rng unused(0);
    searcher.tell(told, unused);
}

/// The densities once more, from all trials and by their formulas, without normalising what all architectures share.
class naive_densities {
  public:
    naive_densities(list space, const nas::tpe_options& options, std::vector<trial> told,
                    std::vector<list::arch_type> pending)
        : space_(std::move(space)), options_(options) {
        std::vector<std::size_t> order;
        for (std::size_t t = 0; t < told.size(); ++t)
            if (told[t].completed()) order.push_back(t);
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return told[a].value() > told[b].value(); });
        order.resize(std::min({static_cast<std::size_t>(std::ceil(options.gamma * static_cast<double>(order.size()))),
                               options.most_good, order.size()}));
        for (std::size_t t = 0; t < told.size(); ++t) {
            if (std::find(order.begin(), order.end(), t) != order.end()) {
                good_.push_back(told[t].arch);
            } else if (!options.multivariate || t + options.recent >= told.size()) {
                bad_.push_back(told[t].arch);
            }
        }
        bad_.insert(bad_.end(), pending.begin(), pending.end());
    }

    double score(const list::arch_type& at) const {
        if (options_.multivariate) return joint(good_, at, options_.changes) / joint(bad_, at, options_.bad_changes);
        double product = 1;
        for (std::size_t i = 0; i < at.size(); ++i)
            if (active(at, i)) product *= alone(good_, at, i) / alone(bad_, at, i);
        return product;
    }

  private:
    bool active(const list::arch_type& arch, std::size_t i) const {
        return nas::is_active(space_, std::span(arch.data(), arch.size()), i);
    }
    double alone(const std::vector<list::arch_type>& from, const list::arch_type& at, std::size_t i) const {
        double same = options_.prior;
        double all = options_.prior * static_cast<double>(space_.cardinality(i));
        for (const auto& other : from) {
            if (!active(other, i)) continue;
            all += 1;
            same += other[i] == at[i] ? 1 : 0;
        }
        return same / all;
    }
    double joint(const std::vector<list::arch_type>& from, const list::arch_type& at, double changes) const {
        const auto kernel = [&](const list::arch_type* center) {
            double product = 1;
            for (std::size_t i = 0; i < at.size(); ++i) {
                const auto choices = static_cast<double>(space_.cardinality(i));
                if (!active(at, i)) continue;
                const double differs = std::min(changes / static_cast<double>(at.size()), (choices - 1) / choices);
                if (center == nullptr || !active(*center, i)) {
                    product /= choices;
                } else {
                    product *= (*center)[i] == at[i] ? 1 - differs : differs / (choices - 1);
                }
            }
            return product;
        };
        double sum = options_.prior * kernel(nullptr);
        for (const auto& other : from) sum += kernel(&other);
        return sum;
    }

    list space_;
    nas::tpe_options options_;
    std::vector<list::arch_type> good_;
    std::vector<list::arch_type> bad_;
};

std::vector<list::arch_type> all_of(const list& space) {
    std::set<std::string> texts;
    nas::rng random(2);
    for (int n = 0; n < 1000; ++n) texts.insert(space.describe(space.sample(random)));
    std::vector<list::arch_type> all;
    for (const std::string& text : texts) all.push_back(space.parse(text));
    return all;
}

/// Three numeric decisions of 100 levels, which fall on the linear scale and rise on the logarithmic one.
list numeric_space(nas::value_scale scale) {
    const bool linear = scale == nas::value_scale::linear;
    std::vector<nas::decision> table;
    for (const char* const path : {"a", "b", "c"})
        table.push_back(
            nas::numeric_decision(path, linear ? nas::between(-94, 5, 100) : nas::log_between(1, 1e8, 100)));
    if (linear)
        for (nas::decision& one : table) std::reverse(one.values.begin(), one.values.end());
    return list(std::move(table));
}

}  // namespace

TEST_CASE("tpe proposes what is most frequent among the good and rare among the bad (an oracle)") {
    // Good {0, 0, 1}, bad {2, 2, 1, 0}: the ratios of the densities are 1.75, 1.17 and 0.39.
    for (const bool multivariate : {false, true}) {
        nas::tpe searcher{
            list{1, 3},
            {.initial = 1, .candidates = 200, .gamma = 3.0 / 7, .multivariate = multivariate, .repeats = true}};
        for (const auto& [choice, value] :
             std::vector<std::pair<int, double>>{{2, 1}, {0, 7}, {2, 2}, {1, 6}, {1, 1.5}, {0, 5}, {0, 0}})
            tell(searcher, {static_cast<std::uint8_t>(choice)}, value);
        nas::rng random(1);
        CHECK(searcher.ask({.id = 7, .told = 7, .asked = 7}, random)->arch[0] == 0);
    }
}

TEST_CASE(
    "tpe proposes the largest ratio of densities computed anew: conditions, failures, ties, pending, few remembered") {
    const list space = conditional_space();
    const std::vector<list::arch_type> architectures = all_of(space);
    for (const bool multivariate : {false, true}) {
        CAPTURE(multivariate);
        const nas::tpe_options options{.initial = 1,
                                       .candidates = 3000,
                                       .gamma = 0.2,
                                       .most_good = 8,
                                       .prior = 2,
                                       .multivariate = multivariate,
                                       .bad_changes = 0.5,
                                       .recent = 25,
                                       .repeats = true};
        nas::tpe searcher{space, options};
        std::vector<trial> told;
        nas::rng random(11);
        for (nas::trial_id id = 0; id < 80; ++id) {
            trial next;
            next.arch = space.sample(random);
            // Better and better, so that the good ones change all the time; a quarter fails.
            if (nas::chance(random, 0.25)) {
                next.result = nas::evaluation<>::failure("a test's");
            } else {
                next.result = static_cast<double>(nas::below(random, 5) + id / 10);
            }
            searcher.tell(next, random);
            told.push_back(next);

            std::vector<nas::proposal<list::arch_type>> pending;
            std::vector<list::arch_type> open;
            for (nas::trial_id k = 0; k < id % 3; ++k) open.push_back(space.sample(random));
            for (const auto& arch : open) pending.emplace_back(arch);
            const naive_densities naive(space, options, told, open);
            const auto next_one =
                searcher.ask({.id = id + 1, .told = id + 1, .asked = id + 1, .pending = pending}, random);
            double best = 0;
            REQUIRE(architectures.size() == 11);
            for (const auto& arch : architectures) best = std::max(best, naive.score(arch));
            REQUIRE(naive.score(next_one->arch) >= best * (1 - 1e-4));
        }
    }
}

TEST_CASE("tpe proposes no network twice, until there is none left, and the customary presets do") {
    check_proposes_all_once([](const auto& space) requires(nas::DecisionSpace<std::remove_cvref_t<decltype(space)>>) {
        return nas::tpe{space, {.initial = 2}};
    });
    check_proposes_all_once([](const auto& space) requires(nas::DecisionSpace<std::remove_cvref_t<decltype(space)>>) {
        return nas::tpe{space, alone};
    });
    check_repeats(nas::tpe{cells{5}, nas::tpe_options::optuna()});
    check_repeats(nas::tpe{cells{5}, nas::tpe_options::hyperopt()});
}

TEST_CASE("tpe proposes in full what is best at a lower fidelity") {
    // Candidates are copies of the two good ones, of which one was told in full.
    nas::tpe searcher{list{4, 5}, {.initial = 1, .gamma = 0.5, .prior = 1e-3, .changes = 1e-3}};
    trial told;
    told.fidelity = 1;
    told.arch = {1, 2, 3, 4};
    told.result = 9.0;
    nas::rng random(3);
    searcher.tell(told, random);
    tell(searcher, {4, 3, 2, 1}, 8);
    tell(searcher, {0, 0, 0, 0}, 1);
    tell(searcher, {0, 1, 0, 0}, 0);
    for (int n = 0; n < 50; ++n)
        CHECK(searcher.ask({.id = 4, .told = 4, .asked = 4}, random)->arch == list::arch_type{1, 2, 3, 4});
}

TEST_CASE("tpe samples first, failures and pending ones counted, and then says what its proposals are near to") {
    nas::search search{nas::tpe{cells{5}, {.initial = 5}}, unreliable, {.seed = 3}};
    search.run({.trials = 200, .batch = 4});
    std::size_t children = 0;
    for (std::size_t row = 0; row < 200; ++row) {
        const auto one = search.history()[row];
        if (row < 5) CHECK(one.parent == nas::no_trial);
        if (one.parent == nas::no_trial) continue;
        ++children;
        CHECK(search.history()[one.parent].completed());
        CHECK(one.parent < row);
    }
    CHECK(children > 100);
    CHECK(nas::initial_trials(nas::tpe{cells{5}}) == 10);
}

TEST_CASE("tpe beats random search on a separable landscape") {
    check_beats_random(nas::tpe{cells{5}}, 100);
    check_beats_random(nas::tpe{cells{5}}, 150, 8);
    check_beats_random(nas::tpe{cells{5}, alone}, 100);
    check_beats_random(nas::tpe{cells{5}, nas::tpe_options::optuna()}, 150);
}

TEST_CASE("tpe: neighbouring levels of a numeric decision speak for each other") {
    for (const auto scale : {nas::value_scale::linear, nas::value_scale::logarithmic})
        for (const bool multivariate : {false, true}) {
            CAPTURE(multivariate);
            const auto reward = [](const list::arch_type& arch) {
                return -std::abs(arch[0] - 77.0) - std::abs(arch[1] - 20.0) - std::abs(arch[2] - 50.0);
            };
            const auto mean_best = [&](const auto& space) {
                double sum = 0;
                for (std::uint64_t seed = 0; seed < 15; ++seed) {
                    nas::search search{nas::tpe{space, {.multivariate = multivariate}}, reward, {.seed = seed}};
                    search.run({.trials = 80});
                    sum += search.history().best().value();
                }
                return sum / 15;
            };
            const double numeric = mean_best(numeric_space(scale));
            const double categorical = mean_best(list(3, 100));
            CAPTURE(numeric);
            CHECK(numeric > 0.4 * categorical);
        }
}

TEST_CASE("tpe: a numeric decision of few levels is changed too") {
    // With kernels of a twentieth of the range, three levels never change: regret was half of random search's.
    std::vector<nas::decision> decisions;
    for (const char* path : {"a", "b", "c", "d", "e", "f"})
        decisions.push_back(nas::numeric_decision(path, nas::between(0, 2, 3)));
    const list space(std::move(decisions));
    const auto middle = [](const list::arch_type& arch) {
        double value = 0;
        for (std::size_t i = 0; i < 6; ++i) value -= std::abs(static_cast<double>(arch[i]) - (i % 2 == 0 ? 1.0 : 0.0));
        return value;
    };
    std::size_t found = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        nas::search search{nas::tpe{space}, middle, {.seed = seed}};
        found += search.run({.trials = 100, .target = 0.0}) == nas::stop_reason::target ? 1U : 0U;
    }
    CHECK(found >= 8);
}

TEST_CASE(
    "tpe goes on whatever it is told: equal values, one trial, failures only, a thousand decisions, one architecture") {
    for (const bool multivariate : {false, true}) {
        CAPTURE(multivariate);
        const nas::tpe_options options{.initial = 1, .multivariate = multivariate};
        nas::search equal{nas::tpe{cells{5}, options}, [](const cell&) { return 1.0; }, {.seed = 1}};
        equal.run({.trials = 150});
        CHECK(equal.history().size() == 150);
        nas::search failing{nas::tpe{cells{5}, options},
                            [](const cell&) -> double { throw std::runtime_error("broken"); },
                            {.seed = 1}};
        failing.run({.trials = 150, .batch = 3});
        CHECK(failing.history().size() == 150);
        nas::search huge{nas::tpe{list{1000, 256}, options},
                         [](const list::arch_type& arch) { return 1e300 * arch[0] - 1e300 * arch[1]; },
                         {.seed = 1}};
        huge.run({.trials = 30});
        CHECK(huge.history().size() == 30);
        nas::search one{
            nas::tpe{cells{1}, {.initial = 1, .multivariate = multivariate, .repeats = true}}, separable, {.seed = 1}};
        one.run({.trials = 20});
        CHECK(one.history().size() == 20);
    }
    // What failed is avoided from the start.
    std::size_t broken = 0;
    nas::tpe searcher{list{1, 2}, {.initial = 1, .candidates = 50, .repeats = true}};
    for (int n = 0; n < 5; ++n) tell(searcher, {0}, std::nullopt);
    nas::rng random(1);
    for (int n = 0; n < 50; ++n)
        broken += searcher.ask({.id = 5, .told = 5, .asked = 5}, random)->arch[0] == 0 ? 1U : 0U;
    CHECK(broken == 0);
}

TEST_CASE("tpe refuses options out of range") {
    CHECK_THROWS_WITH_AS((nas::tpe{cells{5}, {.candidates = 0}}), "nas::tpe: candidates (0) must be in [1, 1e+06]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::tpe{cells{5}, {.prior = 0}}), "nas::tpe: prior (0) must be in [0.001, 1e+09]",
                         std::invalid_argument);
}

TEST_CASE("tpe: kernels of few levels leave their own, however uneven the distances") {
    const auto levels_of = [](const std::vector<double>& values) {
        const nas::choice_space<> space{std::vector{nas::numeric_decision("x", {values})}};
        return nas::detail::parzen_decisions(space, 0.05).front().levels;
    };
    for (const std::vector<double>& values :
         {std::vector<double>{0, 0.2, 0.5}, {0, 0.2, 1}, {1, 2, 4, 8, 16}, {100, 10, 9, 1}, {3, 5}}) {
        const auto levels = levels_of(values);
        for (std::size_t m = 0; m < values.size(); ++m) {
            const double others = 1 - static_cast<double>(levels->masses(m)[m]);
            CHECK(others > 0.04);
        }
    }
    // Of even levels the widths are all the same.
    for (std::size_t count = 2; count < 30; ++count) {
        std::vector<double> values;
        std::vector<double> positions;
        for (std::size_t i = 0; i < count; ++i) {
            values.push_back(0.1 + 0.3 * static_cast<double>(i));
            positions.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
        }
        const auto widths = nas::detail::parzen_bandwidths(positions, 0.05);
        for (const double width : widths) CHECK(width == std::max(0.05, 0.3 * (1 / static_cast<double>(count - 1))));
    }
}
