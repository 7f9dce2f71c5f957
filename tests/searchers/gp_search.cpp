// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/gp_search.hpp>

#include "searching.hpp"

#include <algorithm>
#include <nas/core/options_text.hpp>
#include <nas/predictors/gaussian_process.hpp>
#include <nas/predictors/kernels.hpp>
#include <nas/report/summary.hpp>
#include <nas/spaces/nasbench201_space.hpp>

using namespace nas::tests;

static_assert(nas::Searcher<nas::gp_search<cells>>);

namespace {

template <class Search>
std::set<cell> networks(const Search& search) {
    std::set<cell> all;
    for (std::size_t row = 0; row < search.history().size(); ++row) all.insert(search.history().arch(row));
    return all;
}

}  // namespace

TEST_CASE("gp_search: the expected improvement is never larger than what rules it out") {
    nas::rng random{1};
    for (std::size_t n = 0; n < 20'000; ++n) {
        const double best = 4 * nas::unit(random) - 2;
        const double mean = 20 * nas::unit(random) - 10;
        const double most_deviation = 3 * nas::unit(random);
        const double deviation = most_deviation * nas::unit(random);
        const nas::detail::improvement_bound bound(most_deviation);
        const double value = nas::log_expected_improvement{}.value(mean, deviation, best);
        CHECK_FALSE(bound.is_below(value - 1e-9, mean, deviation, best));
        if (mean > best) CHECK_FALSE(bound.is_below(1e9, mean, deviation, best));
    }
}

TEST_CASE("gp_search: what may fail promises less, in the acquisition's own units") {
    nas::rng random{1};
    const auto promise = [&](const auto& acquisition, double completes) {
        return nas::acquire(acquisition, 1.5, 2.0, 0.5, random, completes);
    };
    const double improvement = nas::expected_improvement{}.value(1.5, 2, 0.5);
    const double probability = nas::probability_of_improvement{}.value(1.5, 2, 0.5);
    CHECK(promise(nas::expected_improvement{}, 1) == improvement);
    CHECK(promise(nas::expected_improvement{}, 0.2) == doctest::Approx(0.2 * improvement));
    CHECK(promise(nas::log_expected_improvement{}, 0.2) == doctest::Approx(std::log(0.2 * improvement)));
    CHECK(promise(nas::probability_of_improvement{}, 0.2) == doctest::Approx(0.2 * probability));
    CHECK(promise(nas::upper_confidence_bound{}, 0.2) == doctest::Approx(2.5 - 1.6));
    nas::rng one{7};
    nas::rng other{7};
    const double drawn = nas::independent_thompson_sampling{}.draw(1.5, 2, one);
    const auto at_step = [&](const nas::acquisition_step& step) {
        return nas::detail::promise_of(nas::acquisition_cycle{}, step, nas::belief{1.5, 2, 0.2}, 0.5, other);
    };
    CHECK(at_step({.thompson = true}) == doctest::Approx(drawn - 1.6));
    CHECK(at_step({}) == doctest::Approx(std::log(0.2 * improvement)));
}

TEST_CASE("gp_search: the steps of a cycle take turns, and another acquisition has one") {
    const nas::acquisition_cycle cycle{{{.tail_scores = true}, {.thompson = true}, {}}};
    CHECK(nas::detail::step_of(cycle, 4) == nas::acquisition_step{.thompson = true});
    CHECK(nas::detail::step_of(nas::acquisition_cycle{}, 2) ==
          nas::acquisition_step{.tail_scores = true, .around_best = true});
    CHECK(nas::detail::step_of(nas::expected_improvement{}, 2) == nas::acquisition_step{});
}

namespace {

/// What a user may bring: it expects of an architecture what the nearest one was worth.
class nearest {
  public:
    explicit nearest(const cells&) {}

    void fit(const cells&, std::span<const cell> archs, std::span<const double> values) {
        archs_.assign(archs.begin(), archs.end());
        values_.assign(values.begin(), values.end());
    }
    double predict(const cells&, const cell& arch) const { return values_[closest(arch)]; }
    double deviation(const cells&, const cell& arch) const {
        return 0.1 * static_cast<double>(distance(arch, archs_[closest(arch)]));
    }
    std::span<const cell> archs() const { return archs_; }

  private:
    std::size_t closest(const cell& arch) const {
        std::size_t best = 0;
        for (std::size_t i = 1; i < archs_.size(); ++i)
            if (distance(arch, archs_[i]) < distance(arch, archs_[best])) best = i;
        return best;
    }

    std::vector<cell> archs_;
    std::vector<double> values_;
};

struct likes_distance {
    double value(double, double deviation, double) const { return deviation; }
};

/// The first in order of the index that is new.
struct first_new {
    std::vector<nas::proposal<cell>> operator()(const nas::acquisition_problem<cells>& problem, nas::rng&) const {
        for (std::uint64_t i = 0; i < problem.space().size(); ++i)
            if (problem.is_new(problem.space().at(i))) return {nas::proposal<cell>(problem.space().at(i))};
        return {};
    }
};

}  // namespace

TEST_CASE("gp_search: surrogate, acquisition and optimiser of a user's own") {
    const auto history_of = [](auto searcher, std::size_t batch) {
        nas::search search{std::move(searcher), separable, {.seed = 2}};
        search.run({.trials = 40, .batch = batch});
        CHECK(networks(search).size() == 40);
        std::vector<cell> archs;
        for (std::size_t row = 0; row < 40; ++row) archs.push_back(search.history().arch(row));
        return archs;
    };
    SUBCASE("in one line") {
        const std::vector<cell> archs =
            history_of(nas::gp_search<cells, nearest, nas::upper_confidence_bound, nas::random_candidates>(
                           cells{3}, {.initial = 6}),
                       1);
        const std::set<cell> seeds(archs.begin(), archs.begin() + 6);
        CHECK(separable(archs[39]) > separable(*seeds.begin()));
    }
    SUBCASE("the optimiser decides where to look") {
        const std::vector<cell> archs =
            history_of(nas::gp_search<cells, nas::process_surrogate<cells>, nas::log_expected_improvement, first_new>(
                           cells{3}, {.initial = 2}),
                       3);
        // In the order of the index, once the first batch is told.
        for (std::size_t row = 4; row < 40; ++row) CHECK(cells{3}.index(archs[row]) > cells{3}.index(archs[row - 1]));
    }
    SUBCASE("the acquisition decides, and pending proposals count as trials") {
        for (const std::size_t batch : {1U, 4U}) {
            const std::vector<cell> archs = history_of(
                nas::gp_search<cells, nearest, likes_distance, nas::whole_space>(cells{3}, {.initial = 2}), batch);
            // As far as can be from all before it, told or pending.
            const auto to_nearest = [&](const cell& arch, std::size_t row) {
                std::size_t closest = 6;
                for (std::size_t before = 0; before < row; ++before)
                    closest = std::min(closest, distance(arch, archs[before]));
                return closest;
            };
            for (std::size_t row = batch == 1 ? 2 : 4; row < 8; ++row) {
                std::size_t farthest = 0;
                for (std::uint64_t i = 0; i < 729; ++i) farthest = std::max(farthest, to_nearest(cells{3}.at(i), row));
                CHECK(to_nearest(archs[row], row) == farthest);
            }
        }
    }
    SUBCASE("with a model, an acquisition and an optimiser as objects") {
        nas::gp_search<cells, nearest, nas::acquisition_cycle, nas::random_candidates> searcher(
            cells{3}, {.initial = 4}, nas::predictor_surrogate<cells, nearest>(nearest(cells{3}), 5),
            {{{.expected_best = true}, {.thompson = true}}}, {.candidates = 10});
        nas::search search{std::move(searcher), separable, {.seed = 2}};
        search.run({.trials = 11});
        CHECK(search.searcher().surrogate().model().archs().size() == 7);  // fitted at 2 trials, and at each 5 more
    }
}

TEST_CASE("gp_search: parts as objects, and a name that says which they are") {
    const cells space{3};
    const nas::gp_search other{space, {}, nearest{space}};
    static_assert(std::is_same_v<decltype(other), const nas::gp_search<cells, nearest>>);
    CHECK(other.name() == "gp_search<nearest,acquisition_cycle,everything_or_candidates>");
    const nas::gp_search all{space, {}, nearest{space}, nas::upper_confidence_bound{2}, nas::random_candidates{20}};
    CHECK(all.name() == "gp_search<nearest,upper_confidence_bound,random_candidates>");
    CHECK(nas::gp_search{space}.name() == "gp_search");
    using matern = nas::gaussian_process<cells, nas::matern<cells>>;
    CHECK(nas::gp_search<cells, matern>{space}.name() ==
          "gp_search<gaussian_process(matern),acquisition_cycle,everything_or_candidates>");
}

TEST_CASE("gp_search: the text of its options leaves out those of parts that were exchanged") {
    const cells space{3};
    const auto text = [](const auto& searcher) { return nas::detail::all_options_text(searcher); };
    CHECK(text(nas::gp_search{space}) == nas::to_text(nas::gp_search_options{}));
    CHECK(text(nas::gp_search{space, {}, nearest{space}}) == "initial=10,candidates=500,climbs=20");
    CHECK(text(nas::gp_search{space, {}, nearest{space}, nas::upper_confidence_bound{2}, nas::random_candidates{20}}) ==
          "initial=10");
    const nas::gaussian_process<cells> process(space, {.iterations = 3});
    CHECK(text(nas::gp_search{space, {}, process}) == "initial=10,candidates=500,climbs=20,model.iterations=3");
    // So a summary says nothing of them.
    nas::search search{nas::gp_search{space, {}, nearest{space}}, separable, {.seed = 1}};
    search.run({.trials = 12});
    CHECK(nas::summary(search).options == "initial=10,candidates=500,climbs=20");
}

TEST_CASE("gp_search finds the optimum of a separable landscape soon") {
    nas::search search{nas::gp_search{cells{5}}, separable, {.seed = 1}};
    CHECK(search.run({.trials = 60, .target = separable_optimum}) == nas::stop_reason::target);
}

TEST_CASE("gp_search proposes no network twice, in batches too, and ends when all are told") {
    for (const std::size_t enumerated : {0U, 1000U})
        for (const std::size_t batch : {1U, 7U}) {
            CAPTURE(enumerated);
            CAPTURE(batch);
            nas::search search{nas::gp_search{cells{2}, {.initial = 4, .enumerated = enumerated, .candidates = 20}},
                               rugged,
                               {.seed = 3}};
            CHECK(search.run({.trials = 200, .batch = batch}) == nas::stop_reason::exhausted);
            CHECK(search.history().size() == 64);
            CHECK(networks(search).size() == 64);
        }
}

TEST_CASE("gp_search: a space whose architectures may be one network") {
    const nas::nasbench201_space space;
    nas::search search{nas::gp_search{space, {.fitted = 16}},
                       [&](const auto& arch) { return static_cast<double>(space.key(arch) % 7); },
                       {.seed = 1}};
    search.run({.trials = 40});
    std::set<decltype(space.key(search.history().arch(0)))> keys;
    for (std::size_t row = 0; row < 40; ++row) keys.insert(space.key(search.history().arch(row)));
    CHECK(keys.size() == 40);
}

TEST_CASE("gp_search learns which networks fail") {
    const landscape broken = [](const cell& arch) {
        if (arch[1] == arch[4] || arch[2] == 0) throw std::runtime_error("broken");
        return rugged(arch);
    };
    nas::search search{nas::gp_search{cells{5}}, broken, {.seed = 4}};
    search.run({.trials = 90});
    const auto failed = [&](std::size_t first, std::size_t last) {
        std::size_t count = 0;
        for (std::size_t row = first; row < last; ++row) count += search.history().completed(row) ? 0U : 1U;
        return count;
    };
    CHECK(failed(0, 10) >= 2);
    CHECK(failed(60, 90) <= 1);  // 11 at random
}

TEST_CASE("gp_search: what gives a model nothing to learn from") {
    const auto run = [](auto space, auto evaluator, nas::gp_search_options options, std::size_t trials) {
        nas::search search{nas::gp_search{std::move(space), options}, std::move(evaluator), {.seed = 1}};
        search.run({.trials = trials});
        return search.history().size();
    };
    const auto equal = [](const auto&) { return 1.0; };
    const auto failing = [](const auto&) -> double { throw std::runtime_error("broken"); };
    CHECK(run(cells{3}, landscape(equal), {}, 60) == 60);
    CHECK(run(cells{3}, landscape(failing), {}, 40) == 40);
    CHECK(run(cells{3}, landscape([](const cell& arch) { return arch[0] == 0 ? 1e300 : -1e-300; }), {}, 40) == 40);
    CHECK(run(nas::choice_space<>(0, 1), equal, {.initial = 2}, 5) == 1);
    CHECK(run(nas::choice_space<>(1, 1), equal, {.initial = 2}, 5) == 1);
    CHECK(run(nas::choice_space<>(1, 5), equal, {.initial = 2}, 9) == 5);
    CHECK(run(nas::choice_space<>(1000, 3), equal, {.initial = 2, .candidates = 5, .climbs = 1, .fitted = 4}, 6) == 6);
}

TEST_CASE("gp_search goes on when it has to forget") {
    nas::search search{
        nas::gp_search{cells{5}, {.initial = 5, .fitted = 16, .observations = 20}}, unreliable, {.seed = 6}};
    search.run({.trials = 120});
    CHECK(networks(search).size() == 120);
    CHECK(search.history().best().value() == separable_optimum);
}

TEST_CASE("gp_search asks its model also where it has to remember fewer trials than it samples at first") {
    std::size_t asked = 0;
    struct counting {
        std::size_t* count;
        std::vector<nas::proposal<cell>> operator()(const nas::acquisition_problem<cells>&, nas::rng&) const {
            ++*count;
            return {};
        }
    };
    const cells space{5};
    nas::gp_search<cells, nas::process_surrogate<cells>, nas::acquisition_cycle, counting> searcher(
        space, {.initial = 60}, nas::process_surrogate<cells>(space, {.initial = 60, .fitted = 8, .observations = 50}),
        {}, counting{&asked});
    nas::search search{std::move(searcher), separable, {.seed = 1}};
    search.run({.trials = 100});
    CHECK(asked == 40);
}

TEST_CASE("gp_search: promises that are no numbers are the least") {
    struct undecided {
        double value(double mean, double, double) const {
            return mean > 0 ? mean : std::numeric_limits<double>::quiet_NaN();
        }
    };
    for (const std::size_t enumerated : {0U, 20'000U}) {
        nas::search search{nas::gp_search<cells, nas::process_surrogate<cells>, undecided>(
                               cells{5}, {.enumerated = enumerated, .candidates = 50}),
                           separable,
                           {.seed = 1}};
        search.run({.trials = 60});
        CHECK(search.history().best().value() > 70);
    }
}

TEST_CASE("gp_search says which option is wrong") {
    using cycled = nas::gp_search<cells, nearest, nas::acquisition_cycle>;
    CHECK_THROWS_WITH_AS(cycled(cells{5}, {}, nearest(cells{5}), nas::acquisition_cycle{{}}),
                         "nas::gp_search: the cycle of acquisitions has no steps; give it one at least",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::process_surrogate<cells>(cells{5}, {.observations = 1})),
                         "nas::process_surrogate: observations (1) must be in [16, 1e+05]", std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::process_surrogate<cells>(cells{5}, {.fit_growth = -1})),
                         "nas::process_surrogate: fit_growth (-1) must be in [0, 100]", std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::predictor_surrogate<cells, nearest>(nearest(cells{5}), 0)),
                         "nas::predictor_surrogate: every (0) must be at least 1", std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::gp_search<cells, nearest>(cells{5}, {}, nearest(cells{5}), {}, {.candidates = 0})),
                         "nas::gp_search: everything_or_candidates: candidates (0) must be in [1, 1e+06]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::gp_search(cells{5}, {.initial = 1}), "nas::gp_search: initial (1) must be in [2, 1e+06]",
                         std::invalid_argument);
}
