// SPDX-License-Identifier: Apache-2.0
#include <nas/searchers/acquisition_optimizer.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <nas/core/options_text.hpp>
#include <nas/predictors/k_nearest_neighbors.hpp>
#include <nas/predictors/mlp_ensemble.hpp>
#include <nas/predictors/random_forest.hpp>
#include <nas/searchers/bananas.hpp>
#include <nas/searchers/npenas.hpp>
#include <nas/searchers/predictor_search.hpp>
#include <nas/searchers/smac.hpp>

#include "searchers/searching.hpp"

using namespace nas::tests;

namespace {

using proposals = std::vector<nas::proposal<cell>>;

/// A user's predictor: an architecture is worth the sum of its choices, whatever was told.
struct sum_of_choices {
    explicit sum_of_choices(const cells&) {}
    void fit(const cells&, std::span<const cell>, std::span<const double>) {}
    double predict(const cells&, const cell& arch) const {
        double sum = 0;
        for (const std::uint8_t choice : arch) sum += choice;
        return sum;
    }
    double deviation(const cells&, const cell&) const { return 0.5; }
};
/// A user's acquisition: as little as possible.
struct least {
    double value(double mean, double, double) const { return -mean; }
};
/// A user's optimiser: of networks whose last choice is 3.
struct last_is_three {
    proposals operator()(const nas::acquisition_problem<cells>& problem, nas::rng& random) const {
        proposals drawn;
        for (int i = 0; i < 200; ++i) {
            cell arch = problem.space().sample(random);
            arch[5] = 3;
            drawn.push_back(nas::proposal<cell>(arch));
        }
        return problem.ranked(drawn, random);
    }
};

static_assert(nas::AcquisitionOptimizer<last_is_three, cells>);
static_assert(nas::AcquisitionOptimizer<nas::random_candidates, cells>);
static_assert(nas::AcquisitionOptimizer<nas::whole_space, line_space>);
static_assert(nas::AcquisitionOptimizer<nas::mutate_best, line_space>);
static_assert(nas::AcquisitionOptimizer<nas::mutate_by_tournament, line_space>);
static_assert(nas::AcquisitionOptimizer<nas::climb_from_samples, line_space>);
static_assert(!nas::AcquisitionOptimizer<least, cells>);
static_assert(nas::EnsemblePredictor<nas::random_forest<cells>, cells>);
static_assert(nas::EnsemblePredictor<nas::mlp_ensemble<cells>, cells>);
static_assert(!nas::EnsemblePredictor<sum_of_choices, cells>);

/// Sums of choices of the proposals after the first ten.
template <class Searcher>
std::vector<double> sums(const Searcher& searcher, std::size_t trials, bool last_three) {
    nas::search search{searcher, rugged, {.seed = 1}};
    search.run({.trials = trials});
    std::vector<double> all;
    for (std::size_t row = 10; row < trials; ++row) {
        const cell arch = search.history()[row].arch;
        if (last_three) CHECK(arch[5] == 3);
        all.push_back(sum_of_choices(search.space()).predict(search.space(), arch));
    }
    return all;
}

/// The best of all trials told.
struct problem_of {
    cells space{3};
    nas::learned_trials<cell> trials;
    nas::told_networks<cells> told;
    std::vector<nas::proposal<cell>> pending;

    nas::acquisition_problem<cells> operator()(const nas::ask_view<cell>& view) const {
        return {space, trials, told, view, 4, 0, [](std::span<const cell> archs, std::span<double> out, nas::rng&) {
                    for (std::size_t i = 0; i < archs.size(); ++i) out[i] = archs[i][0] * 10.0 + archs[i][1];
                }};
    }
};

}  // namespace

TEST_CASE("acquisition_optimizer: a user's predictor, acquisition and optimiser, in one line, for each searcher") {
    const cells space{5};
    for (const double sum :
         sums(nas::bananas<cells, sum_of_choices, least, last_is_three>(space, {.random = 0}), 15, true))
        CHECK(sum < 10);  // of 200, the least; 13 on the mean
    for (const double sum :
         sums(nas::npenas<cells, sum_of_choices, least, last_is_three>(space, {.random = 0}), 15, true))
        CHECK(sum < 10);
    for (const double sum :
         sums(nas::smac<cells, sum_of_choices, least, last_is_three>(space, {.random = 0}), 15, true))
        CHECK(sum < 10);
    // By value, which the types follow from.
    for (const double sum :
         sums(nas::bananas{space, {.random = 0}, sum_of_choices{space}, least{}, nas::whole_space{}}, 15, false))
        CHECK(sum <= 1);
    for (const double sum : sums(
             nas::npenas{
                 space, {.random = 0}, sum_of_choices{space}, nas::predicted_mean{}, nas::random_candidates{300}},
             15, false))
        CHECK(sum > 16);
    for (const double sum :
         sums(nas::smac{space, {.random = 0}, sum_of_choices{space}, least{}, nas::mutate_best{.parents = 1}}, 15,
              false))
        CHECK(sum <= 16);
}

TEST_CASE("acquisition_optimizer: the text of a searcher's options leaves out those of parts that were exchanged") {
    const cells space{5};
    const auto text = [](const auto& searcher) { return nas::detail::all_options_text(searcher); };
    const auto has = [&](const std::string& all, const std::string& option) {
        return (',' + all).find(',' + option) != std::string::npos;
    };
    CHECK(text(nas::smac{space}) == nas::to_text(nas::smac_options{}));
    CHECK(text(nas::bananas{space}) == nas::to_text(nas::bananas_options{}));
    CHECK(text(nas::npenas{space}) == nas::to_text(nas::npenas_options{}));
    // A model of a searcher's own kind is described as it is, another one by what is not usual of it.
    CHECK(has(text(nas::smac{space, {}, nas::random_forest{space, {.trees = 30}}}), "forest.trees=30"));
    const std::string trees = text(nas::bananas{space, {}, nas::random_forest{space, {.trees = 30}}});
    CHECK(trees.find("ensemble.") == std::string::npos);
    CHECK(has(trees, "model.trees=30"));
    CHECK(!has(trees, "model.leaf"));
    CHECK(has(trees, "mutations="));
    CHECK(has(trees, "batch="));
    CHECK(text(nas::npenas<cells, sum_of_choices>{space}).find("ensemble") == std::string::npos);
    for (const auto& none : {text(nas::smac{space, {}, sum_of_choices{space}, least{}, nas::whole_space{}}),
                             text(nas::bananas{space, {}, sum_of_choices{space}, least{}, nas::whole_space{}}),
                             text(nas::npenas{space, {}, sum_of_choices{space}, least{}, nas::whole_space{}})}) {
        CHECK(has(none, "initial="));
        CHECK(has(none, "random="));
        for (const char* option : {"challengers", "starts", "plateau", "candidates", "parents", "population",
                                   "tournament", "mutations", "forest", "ensemble", "model"})
            CHECK(!has(none, option));
    }
}

TEST_CASE("acquisition_optimizer: any of them with any other") {
    const cells space{4};
    const auto best = [&](const auto& searcher) {
        nas::search search{searcher, separable, {.seed = 2}};
        search.run({.trials = 60});
        CHECK(visited(search).size() == 60);
        return search.history().best().value();
    };
    // The best of 60 random ones is worth 62 on the mean; of all, 84 - 0, as no choice beyond 3 is best.
    CHECK(best(nas::smac{space, {}, nas::k_nearest_neighbors{space}, nas::probability_of_improvement{}}) > 66);
    CHECK(best(nas::bananas{space, {}, nas::random_forest{space}, nas::thompson_sampling{}}) > 66);
    CHECK(best(nas::smac{space, {}, nas::random_forest{space}, nas::thompson_sampling{}, nas::whole_space{}}) > 66);
    CHECK(
        best(nas::npenas{
            space, {}, nas::mlp_ensemble{space, {.epochs = 20}}, nas::thompson_sampling{}, nas::climb_from_samples{}}) >
        66);
}

TEST_CASE("acquisition_optimizer: an acquisition that chooses a member believes that member alone") {
    const cells space{5};
    nas::rng random(1);
    std::vector<cell> archs;
    std::vector<double> values;
    for (int i = 0; i < 40; ++i) {
        archs.push_back(space.sample(random));
        values.push_back(separable(archs.back()));
    }
    const auto check = [&](auto model) {
        CHECK(model.members() == 0);
        model.fit(space, archs, values);
        CHECK(model.members() == 4);
        std::vector<nas::prediction> worth(archs.size());
        model.predict_all(space, archs, worth);
        std::vector<double> sum(archs.size());
        std::set<double> of_first;
        for (std::size_t k = 0; k < 4; ++k) {
            std::vector<double> own(archs.size());
            model.predict_member(space, k, archs, own);
            of_first.insert(own[0]);
            for (std::size_t i = 0; i < own.size(); ++i) sum[i] += own[i] / 4;
        }
        for (std::size_t i = 0; i < sum.size(); ++i) CHECK(sum[i] == doctest::Approx(worth[i].mean));
        CHECK(of_first.size() > 1);
        const nas::thompson_sampling choice;
        std::set<double> drawn;
        for (int i = 0; i < 40; ++i) {
            const nas::detail::promises<cells, decltype(model), nas::thompson_sampling> score(space, model, choice, 0,
                                                                                              random);
            double promise = 0;
            score(std::span<const cell>(archs).first(1), std::span<double>(&promise, 1), random);
            CHECK(of_first.contains(promise));
            drawn.insert(promise);
        }
        CHECK(drawn == of_first);
    };
    check(nas::random_forest<cells>(space, {.trees = 4}));
    check(nas::mlp_ensemble<cells>(space, {.members = 4, .epochs = 3}));
}

TEST_CASE("acquisition_optimizer: the whole space and random candidates leave out what is old") {
    problem_of make;
    nas::rng random(1);
    nas::trial<cell> told;
    told.arch = {2, 2, 2, 2, 2, 2};
    told.result = 1.0;
    make.told.insert(make.space, told);
    make.pending.push_back(nas::proposal<cell>(cell{2, 2, 2, 2, 2, 1}));
    nas::ask_view<cell> view;
    view.pending = make.pending;
    const nas::acquisition_problem<cells> problem = make(view);
    const auto is_ranked = [&](const proposals& found) {
        for (std::size_t i = 1; i < found.size(); ++i)
            CHECK(problem.promise(found[i - 1].arch, random) >= problem.promise(found[i].arch, random));
        for (const auto& one : found) CHECK(problem.is_new(one.arch));
    };
    const proposals all = nas::whole_space{}(problem, random);
    CHECK(all.size() == 729 - 2);
    is_ranked(all);
    const proposals some = nas::random_candidates{300}(problem, random);
    CHECK(some.size() > 200);  // each once: 729 (1 - exp(-300 / 729)) = 246
    CHECK(some.size() < 280);
    is_ranked(some);
    CHECK(nas::whole_space{.most = 728, .otherwise = {10}}(problem, random).size() <= 10);
    CHECK(problem.wanted() == 4);
    CHECK(problem.round() == 0);
}

TEST_CASE("acquisition_optimizer: of architectures that are one network, one is ranked") {
    const keyed_space space;
    const nas::learned_trials<keyed_space::arch_type> trials;
    const nas::told_networks<keyed_space> told;
    const nas::ask_view<keyed_space::arch_type> view;
    nas::rng random(1);
    const nas::acquisition_problem<keyed_space> problem(space, trials, told, view, 1, 0, [](auto, auto, nas::rng&) {});
    CHECK(nas::whole_space{}(problem, random).size() == 9);
}

TEST_CASE("acquisition_optimizer: an optimiser's option that is out of its range is refused by the searcher") {
    const cells space{5};
    const auto with = [&](auto optimizer) {
        nas::smac{space, {}, nas::k_nearest_neighbors{space}, nas::predicted_mean{}, optimizer};
    };
    CHECK_THROWS_WITH_AS(with(nas::random_candidates{.candidates = 0}),
                         "nas::smac: random_candidates: candidates (0) must be in [1, 1e+06]", std::invalid_argument);
    CHECK_THROWS_WITH_AS(with(nas::random_candidates{.parents = std::size_t{1} << 60}),
                         "nas::smac: random_candidates: parents (1152921504606846976) must be in [0, 1e+09]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(with(nas::whole_space{.otherwise = {.candidates = 0}}),
                         "nas::smac: whole_space: otherwise.candidates (0) must be in [1, 1e+06]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(with(nas::climb_from_samples{.challengers = 0}),
                         "nas::smac: climb_from_samples: challengers (0) must be in [1, 1e+09]", std::invalid_argument);
    CHECK_THROWS_WITH_AS(with(nas::mutate_best{.mutations = 0}),
                         "nas::smac: mutate_best: mutations (0) must be in [1, 1000]", std::invalid_argument);
    CHECK_THROWS_WITH_AS(with(nas::mutate_by_tournament{.tournament = 0}),
                         "nas::smac: mutate_by_tournament: tournament (0) must be in [1, 1e+06]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(with(nas::shrinking_pool{.pool = 0}),
                         "nas::smac: shrinking_pool: pool (0) must be in [1, 1e+09]", std::invalid_argument);
    CHECK_NOTHROW(with(nas::climb_from_samples{}));
    CHECK_NOTHROW(with(last_is_three{}));

    // By each searcher, and its own options first.
    const nas::random_candidates none{.candidates = 0};
    const nas::k_nearest_neighbors model{space};
    const nas::predicted_mean choice;
    CHECK_THROWS_WITH_AS((nas::bananas{space, {}, model, choice, none}),
                         "nas::bananas: random_candidates: candidates (0) must be in [1, 1e+06]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::npenas{space, {}, model, choice, none}),
                         "nas::npenas: random_candidates: candidates (0) must be in [1, 1e+06]", std::invalid_argument);
    CHECK_THROWS_WITH_AS((nas::predictor_search{space, {}, model, choice, none}),
                         "nas::predictor_search: random_candidates: candidates (0) must be in [1, 1e+06]",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(nas::bananas(space, {.candidates = 0}), "nas::bananas: candidates (0) must be in [1, 1e+06]",
                         std::invalid_argument);
}
