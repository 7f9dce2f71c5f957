// SPDX-License-Identifier: Apache-2.0
#if __has_include(<nlohmann/json.hpp>)  // as nas::io, an option

#include <nas/evaluators/weight_sharing.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nas/data/read_dataset.hpp>
#include <nas/data/split.hpp>
#include <nas/data/standardize.hpp>
#include <nas/evaluators/cached.hpp>
#include <nas/report/statistics.hpp>
#include <nas/rewards/loss_reward.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/testing/histories.hpp>
#include <support/temporary_folder.hpp>

#include "data_dir.hpp"

namespace {

using nas::mlp_trainer;
using nas::mlp_trainer_options;
using nas::weight_sharing;

static_assert(!nas::ConcurrentEvaluator<weight_sharing<>, nas::mlp_space::arch_type>);
static_assert(!nas::ConcurrentEvaluator<std::reference_wrapper<weight_sharing<>>, nas::mlp_space::arch_type>);

/// Three classes in the plane with lines between them, in rows of two numbers and `more` of noise.
nas::dataset regions(std::size_t more = 1) {
    std::vector<float> inputs;
    std::vector<std::uint32_t> labels;
    nas::rng random(9);
    for (std::size_t row = 0; row < 100; ++row) {
        const double x = 2 * nas::unit(random) - 1;
        const double y = 2 * nas::unit(random) - 1;
        inputs.insert(inputs.end(), {static_cast<float>(x), static_cast<float>(y)});
        for (std::size_t k = 0; k < more; ++k) inputs.push_back(static_cast<float>(nas::unit(random)));
        labels.push_back(x + y > 0.4 ? 0U : (x > y ? 1U : 2U));
    }
    return nas::make_dataset(inputs, 2 + more, labels, 3);
}

nas::data_split split_of(const nas::dataset& data) {
    return nas::stratified_split(data, {.train = 0.6, .validation = 0.4, .test = 0}, 1);
}

const nas::mlp_space space{{.units = {8, 16}}};

mlp_trainer<> trainer_of(mlp_trainer_options options = {.epochs = 2, .batch = 10},
                         const nas::dataset& data = regions()) {
    return {space, data, split_of(data), options};
}

nas::context trial(nas::trial_id id, nas::learning_curve* curve = nullptr) {
    return {id, 100 + id, nas::full_fidelity, curve};
}

std::vector<float> numbers_of(const nas::mlp<float>& model) {
    return {model.parameters().begin(), model.parameters().end()};
}

/// What a network that sees the shared weights starts with; 0 where there are none.
std::vector<float> start_of(const weight_sharing<>& sharing, const std::string& text) {
    nas::mlp<float> model(sharing.trainer().inputs(), space.layers(space.parse(text)));
    sharing.weights().start(model);
    return numbers_of(model);
}

template <class Sharing>
auto search_with(Sharing& sharing, std::uint64_t seed = 5) {
    return nas::search{nas::random_search{space}, std::ref(sharing), {.seed = seed}};
}

/// Throws std::invalid_argument, with this sentence.
template <class F>
std::string refusal(F&& f) {
    try {
        f();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("weight_sharing: the first trial is the trainer's own") {
    weight_sharing sharing{trainer_of()};
    CHECK(sharing.metric_names() == std::vector<std::string>{"parameters", "validation_loss", "shared_layers"});
    const auto arch = space.parse("relu(16) dropout softmax(3)");
    nas::learning_curve curve;
    nas::learning_curve own_curve;
    const nas::evaluation<> result = sharing(arch, trial(0, &curve));
    nas::evaluation<> own = sharing.trainer()(arch, trial(0, &own_curve));
    own.metrics.push_back(0);
    CHECK(result.values == own.values);
    CHECK(result.metrics == own.metrics);
    CHECK(curve == own_curve);
    CHECK(curve.steps.size() == 2);
    CHECK(sharing.origin().trials == 1);
    CHECK(sharing.origin().last == 0);
}

TEST_CASE("MLPNAS 30: a network with dropout begins where the one without ended") {
    for (const nas::kept_weights keep : {nas::kept_weights::last, nas::kept_weights::best}) {
        weight_sharing sharing{trainer_of({.epochs = 3, .batch = 10, .keep = keep})};
        const auto first = space.parse("relu(16) softmax(3)");
        const auto second = space.parse("relu(16) dropout softmax(3)");
        const auto result = sharing(first, trial(0));
        const auto trained = numbers_of(sharing.trainer().train(first, trial(0)).model);
        CHECK(start_of(sharing, "relu(16) dropout softmax(3)") == trained);

        // Without a step, a network stays where it began.
        weight_sharing still{trainer_of({.epochs = 1, .batch = 10, .learning_rate = 0})};
        const support::temporary_folder folder;
        sharing.save(folder.path() / "weights");
        still.load(folder.path() / "weights");
        const auto again = still(second, trial(1));
        CHECK(again.values == result.values);
        CHECK(again.metrics == std::vector<double>{result.metrics[0], result.metrics[1], 2});
        CHECK(still.trainer()(second, trial(1)).metrics[1] != result.metrics[1]);
        CHECK(numbers_of(still.trainer().train(first, trial(0)).model) != trained);
    }
}

TEST_CASE("weight_sharing: a trial below the threshold does not share its weights") {
    const auto arch = space.parse("tanh(8) softmax(3)");
    const double reward = trainer_of()(arch, trial(0)).values[0];
    weight_sharing equal{trainer_of(), {.threshold = reward}};
    CHECK(equal(arch, trial(0)).values[0] == reward);
    CHECK(equal.weights().entries().size() == 2);
    weight_sharing above{trainer_of(), {.threshold = std::nextafter(reward, 1.0)}};
    CHECK(above(arch, trial(0)).values[0] == reward);
    CHECK(above.weights().entries().empty());
    CHECK(above.origin() == nas::weights_origin{});
    CHECK(above(arch, trial(0)).metrics.back() == 0);

    CHECK(refusal([] {
              weight_sharing{trainer_of(), {.threshold = std::nan("")}};
          }) == "nas::weight_sharing: threshold (nan) must be in [-inf, inf]");
    using options = nas::weight_sharing_options;
    CHECK(nas::parse_options<options>("x", nas::to_text(options{})).threshold == options{}.threshold);
    CHECK(nas::parse_options<options>("x", "threshold=0.6").threshold == 0.6);
}

TEST_CASE("weight_sharing: what failed or was interrupted shares nothing") {
    const auto arch = space.parse("relu(8) softmax(3)");

    SUBCASE("a loss that is not finite") {
        const std::vector<float> inputs{1, 2, 3, 4, 5, 6, 7, 8};
        const nas::dataset data = nas::make_dataset(inputs, 1, inputs, 1, nas::learning_task::regression);
        const nas::mlp_space numbers{{.output = nas::output_layer_for(data)}};
        weight_sharing sharing{mlp_trainer{numbers,
                                           data,
                                           nas::ordered_split(8, {.train = 0.5, .validation = 0.5}),
                                           {.epochs = 99,
                                            .batch = 1,
                                            .optimizer = nas::optimizer_kind::sgd,
                                            .learning_rate = 1e3,
                                            .leakage_guard = false},
                                           nas::loss_reward{}}};
        const auto result = sharing(numbers.parse("relu(8) linear(1)"), trial(0));
        CHECK(result.status == nas::trial_status::failed);
        CHECK(result.metrics.empty());
        CHECK(sharing.weights().entries().empty());
        CHECK(sharing.origin() == nas::weights_origin{});
    }
    SUBCASE("a reward that is not a number") {
        const auto nothing = [](const nas::finished_model&) { return std::numeric_limits<double>::quiet_NaN(); };
        const nas::dataset data = regions();
        weight_sharing sharing{mlp_trainer{space, data, split_of(data), {.epochs = 1, .batch = 10}, nothing}};
        CHECK(std::isnan(sharing(arch, trial(0)).values[0]));
        CHECK(sharing.weights().entries().empty());
    }
    SUBCASE("an exception") {
        weight_sharing sharing{trainer_of()};
        CHECK_THROWS_AS(sharing(arch, nas::context(0, 1, 0.5)), nas::fatal_error);
        CHECK(sharing.weights().entries().empty());
    }
    SUBCASE("an interruption") {
        weight_sharing sharing{trainer_of()};
        int asked = 0;
        const nas::stop_query later{
            [](const void* count) { return ++*static_cast<int*>(const_cast<void*>(count)) > 1; }, &asked};
        bool gave_up = false;
        const auto part = sharing(arch, nas::context(0, 1, nas::full_fidelity, nullptr, later, &gave_up));
        CHECK(gave_up);
        CHECK(part.completed());
        CHECK(sharing.weights().entries().empty());
        CHECK(sharing.origin() == nas::weights_origin{});
    }
}

TEST_CASE("weight_sharing: a search that goes on elsewhere gets what it would have got") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "weights";
    weight_sharing all{trainer_of(), {.threshold = 0.35}};
    auto whole = search_with(all);
    whole.run({.trials = 24});
    CHECK(all.origin().trials > 6);
    CHECK(all.origin().trials < 24);

    for (const std::size_t saved : {0U, 1U, 9U, 23U}) {
        for (const std::size_t told : {saved, std::size_t{23}}) {
            CAPTURE(saved);
            CAPTURE(told);
            nas::history<nas::mlp_space> past{space};
            {
                weight_sharing sharing{trainer_of(), {.threshold = 0.35}};
                auto start = search_with(sharing);
                start.run({.trials = saved});
                sharing.save(file);
                start.run({.trials = told});
                past = start.history();
            }
            weight_sharing sharing{trainer_of(), {.threshold = 0.35}};
            sharing.load(file);
            sharing.resume(past, 5);
            auto rest = search_with(sharing);
            rest.resume(past);
            rest.run({.trials = 24});
            CHECK(nas::testing::difference(whole.history(), rest.history()) == "");
            CHECK(sharing.origin() == all.origin());
        }
    }
    // Weights left behind make another history: what the test above would see.
    weight_sharing forgetful{trainer_of(), {.threshold = 0.35}};
    auto start = search_with(forgetful);
    start.run({.trials = 9});
    weight_sharing fresh{trainer_of(), {.threshold = 0.35}};
    auto rest = search_with(fresh);
    rest.resume(start.history());
    rest.run({.trials = 24});
    CHECK(nas::testing::difference(whole.history(), rest.history()) != "");
}

TEST_CASE("weight_sharing: weights of another history are refused") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "weights";
    const auto run = [](std::size_t trials, std::uint64_t seed) {
        weight_sharing sharing{trainer_of()};
        auto search = search_with(sharing, seed);
        search.run({.trials = trials});
        return std::pair{sharing, search.history()};
    };
    const auto [sharing, past] = run(6, 5);
    sharing.save(file);
    const std::string not_these =
        "nas::weight_sharing: the shared weights come from 6 trials up to trial 5, with which "
        "the history does not begin";
    const auto refusal_of = [&](const auto& history, std::uint64_t seed) {
        weight_sharing other{trainer_of()};
        other.load(file);
        return refusal([&] { other.resume(history, seed); });
    };
    CHECK(refusal_of(past, 5).empty());
    CHECK(refusal_of(run(8, 5).second, 5).empty());
    CHECK(refusal_of(run(5, 5).second, 5) == not_these);
    CHECK(refusal_of(run(6, 4).second, 4) == not_these);
    CHECK(refusal_of(run(8, 4).second, 4) == not_these);
    CHECK(refusal_of(run(0, 5).second, 5) == not_these);

    const std::string other_reward = refusal_of(run(9, 5).second, 6);
    CHECK(other_reward.starts_with("nas::weight_sharing: trial 6 got 0."));
    CHECK(other_reward.ends_with("when trained again: the seed, the data or the options must be others"));
}

TEST_CASE("weight_sharing: imported trials have shared nothing") {
    weight_sharing first{trainer_of()};
    auto earlier = search_with(first, 4);
    earlier.run({.trials = 3});
    weight_sharing sharing{trainer_of()};
    auto search = search_with(sharing);
    search.warm_start(earlier.history());
    search.run({.trials = 3});
    CHECK(sharing.origin().trials == 3);
    CHECK(sharing.origin().last == 5);
    weight_sharing again{trainer_of()};
    again.resume(search.history(), 5);
    CHECK(again.origin() == sharing.origin());
}

TEST_CASE("weight_sharing: a file that does not fit leaves the weights as they are") {
    const support::temporary_folder folder;
    const auto file = folder.path() / "weights";
    weight_sharing wide{trainer_of({.epochs = 1, .batch = 10}, regions(3))};
    (void)wide(space.parse("relu(8) softmax(3)"), trial(0));
    wide.save(file);
    weight_sharing sharing{trainer_of()};
    (void)sharing(space.parse("relu(8) softmax(3)"), trial(0));
    const auto before = start_of(sharing, "relu(8) softmax(3)");
    CHECK_THROWS_WITH_AS(sharing.load(file),
                         (file.string() + ": the weights are of data with 5 features, not 3").c_str(),
                         nas::shared_weights_error);
    CHECK_THROWS_AS(sharing.load(folder.path() / "absent"), nas::shared_weights_error);
    CHECK(start_of(sharing, "relu(8) softmax(3)") == before);
    CHECK(sharing.origin().trials == 1);
}

TEST_CASE("weight_sharing: a repeat trains on unless the evaluator is cached") {
    const auto arch = space.parse("relu(16) softmax(3)");
    weight_sharing sharing{trainer_of()};
    auto cached = nas::cached(std::ref(sharing), space);
    const double first = cached(arch, trial(0)).values[0];
    CHECK(cached(arch, trial(1)).values[0] == first);
    CHECK(sharing.origin().trials == 1);
    CHECK(sharing(arch, trial(1)).metrics.back() == 2);
    CHECK(sharing.origin().trials == 2);
}

namespace {

/// Late trials of a search, with networks that get one epoch, against those without shared weights, over 30 seeds.
nas::rank_test gain(const nas::dataset& data, std::size_t trials) {
    const nas::mlp_space small{{.units = {8, 16}, .activations = {nas::activation::tanh, nas::activation::relu}}};
    const auto split = split_of(data);
    const mlp_trainer trainer{
        small, nas::standardize(data, split), split, {.epochs = 1, .batch = 4, .leakage_guard = false}};
    const auto late_mean = [&](auto evaluator, std::uint64_t seed) {
        nas::search search{nas::random_search{small}, std::ref(evaluator), {.seed = seed}};
        search.run({.trials = trials});
        double sum = 0;
        for (std::size_t row = trials / 2; row < trials; ++row) sum += search.history().value(row);
        return sum / static_cast<double>(trials - trials / 2);
    };
    std::vector<double> warm;
    std::vector<double> cold;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        warm.push_back(late_mean(weight_sharing{trainer}, seed));
        cold.push_back(late_mean(trainer, seed));
    }
    return nas::mann_whitney(warm, cold);
}

}  // namespace

TEST_CASE("weight_sharing: networks are better after one epoch than without it") {
    const nas::rank_test test = gain(regions(), 40);
    CHECK(test.superiority > 0.8);
    CHECK(test.p_value < 0.001);
}

TEST_CASE("weight_sharing: networks are better after one epoch on iris") {
    const auto path = nas::tests::data_file("iris.csv");
    if (!path) return;
    const nas::rank_test test = gain(nas::read_dataset(*path, {.labels = {"class"}}), 24);
    CHECK(test.superiority > 0.8);
    CHECK(test.p_value < 0.001);
}

#endif
