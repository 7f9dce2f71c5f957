// SPDX-License-Identifier: Apache-2.0

// A history is a function of seed and options, and not of where arrays happen to lie. Here `new` puts them elsewhere each time,
// and this file is compiled for the CPU that compiles it: its registers are wider than what `new` aligns to.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nas/data/standardize.hpp>
#include <nas/evaluators/mlp_trainer.hpp>
#include <nas/evaluators/weight_sharing.hpp>
#include <nas/networks/gradient.hpp>
#include <nas/predictors/accuracy_predictor.hpp>
#include <nas/predictors/block_lstm_ensemble.hpp>
#include <nas/predictors/block_mlp_ensemble.hpp>
#include <nas/predictors/gaussian_process.hpp>
#include <nas/predictors/mlp_ensemble.hpp>
#include <nas/predictors/random_forest.hpp>
#include <nas/run/parallel.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/searchers/zero_shot.hpp>
#include <nas/spaces/choice_space.hpp>
#include <nas/spaces/mlp_space.hpp>
#include "testing/law_driver.hpp"

namespace {

std::atomic<std::uint64_t> allocations = 0;

}  // namespace

// Addresses modulo 64 are 0, 16, 32 or 48, as those of malloc are, each allocation another.
[[gnu::noinline]] void* operator new(std::size_t size) {
    const std::size_t shift = 16 * (1 + nas::detail::mix64(++allocations) % 4);
    void* const begin = std::aligned_alloc(64, (size + 64 + 63) / 64 * 64);
    if (begin == nullptr) throw std::bad_alloc();
    void* const given = static_cast<char*>(begin) + shift;
    std::memcpy(static_cast<char*>(given) - sizeof begin, &begin, sizeof begin);
    return given;
}
[[gnu::noinline]] void operator delete(void* given) noexcept {
    if (given == nullptr) return;
    void* begin = nullptr;
    std::memcpy(&begin, static_cast<char*>(given) - sizeof begin, sizeof begin);
    std::free(begin);
}
void operator delete(void* given, std::size_t) noexcept { operator delete(given); }

namespace {

/// All that a run leaves, number by number: equal only where every bit is.
class record {
  public:
    template <class Number>
    void add(const Number& number) {
        static_assert(std::is_arithmetic_v<Number> || std::is_enum_v<Number>);
        char raw[sizeof number];
        std::memcpy(raw, &number, sizeof number);
        bytes_.append(raw, sizeof raw);
    }
    template <class Number, std::size_t Extent>
    void add(std::span<Number, Extent> numbers) {
        for (const auto& number : numbers) add(number);
    }
    void add(const std::string& text) { bytes_ += text; }
    void add(const nas::evaluation<>& result) {
        add(std::span<const double>(result.values));
        add(std::span<const double>(result.metrics));
        add(result.reason);
    }

    friend bool operator==(const record&, const record&) = default;

  private:
    std::string bytes_;
};

/// How many of some runs leave something else than the first.
template <class Run>
int differences(Run&& run) {
    constexpr int runs = 12;
    const record first = run();
    int different = 0;
    for (int i = 1; i < runs; ++i) different += run() == first ? 0 : 1;
    return different;
}

using flat_space = nas::choice_space<>;

/// Layers with skips and blocks, as a controller decides on them, and choices.
flat_space space_with_skips() {
    std::vector<nas::decision> all;
    for (int layer = 0; layer < 4; ++layer) {
        all.push_back({"operation" + std::to_string(layer), 5, {}, nas::decision_tag::operation});
        for (int j = 0; j < layer; ++j)
            all.push_back({"skip" + std::to_string(layer) + std::to_string(j), 2, {}, nas::decision_tag::skip});
    }
    return flat_space(all);
}

double worth(std::span<const std::uint8_t> decisions) {
    double sum = 0;
    for (std::size_t i = 0; i < decisions.size(); ++i) sum += static_cast<double>((decisions[i] * 7 + i * 3) % 5) / 7;
    return sum;
}

/// Asks, tells, and in the end what was asked for and the policy's parameters.
template <class Searcher, class Worth>
record drive(Searcher searcher, std::size_t trials, Worth&& worth_of) {
    const nas::streams streams(7);
    record all;
    nas::rng random = streams(0, nas::purpose::begin);
    searcher.begin(random);
    using arch_type = typename Searcher::arch_type;
    for (std::size_t n = 0; n < trials; ++n) {
        const auto id = static_cast<nas::trial_id>(n);
        const nas::ask_view<arch_type> view{id, n, n, {}, 0};
        random = streams(id, nas::purpose::ask);
        const auto next = searcher.ask(view, random);
        if (!next) break;
        nas::trial<arch_type> told{{next->arch}, worth_of(next->arch)};
        told.id = id;
        all.add(searcher.space().describe(told.arch));
        random = streams(id, nas::purpose::tell);
        searcher.tell(told, random);
    }
    all.add(searcher.policy().parameters());
    return all;
}

template <class Searcher>
int differences_of_policies(const flat_space& space, const char* options, std::size_t trials) {
    return differences([&] {
        const auto parsed = nas::parse_options<typename Searcher::options_type>("nas::searcher", options);
        return drive(Searcher(space, parsed), trials,
                     [](const auto& arch) { return worth(std::span<const std::uint8_t>(arch.data(), arch.size())); });
    });
}

nas::dataset some_data(nas::learning_task task) {
    nas::dataset data{.task = task};
    nas::rng random(4);
    for (int k = 0; k < 7; ++k) data.feature_names.push_back("x" + std::to_string(k));
    data.output_names = {"a", "b", "c"};
    for (int i = 0; i < 90; ++i) {
        float sum = 0;
        for (int k = 0; k < 7; ++k) {
            data.inputs.push_back(static_cast<float>(nas::unit(random) - 0.5));
            sum += data.inputs.back() * static_cast<float>(k % 3);
        }
        if (task == nas::learning_task::classification) {
            data.labels.push_back(sum > 0.3F ? 2 : sum > -0.2F ? 1 : 0);
        } else {
            for (int k = 0; k < 3; ++k) data.targets.push_back(sum * static_cast<float>(k) - 0.1F);
        }
    }
    return data;
}

nas::mlp_trainer<> a_trainer(nas::mlp_trainer_options options) {
    const nas::dataset data = some_data(nas::learning_task::classification);
    const auto split = nas::stratified_split(data, {.train = 0.7, .validation = 0.3}, 1);
    return nas::mlp_trainer<>(nas::mlp_space({.units = {4, 9, 20, 33}}), nas::standardize(data, split), split, options);
}

using trained_search = nas::search<nas::random_search<nas::mlp_space>, const nas::mlp_trainer<>&>;

record record_of(const trained_search::history_type& history) {
    record all;
    for (std::size_t row = 0; row < history.size(); ++row) {
        all.add(history.space().describe(history.arch(row)));
        all.add(history[row].result);
        all.add(std::span<const double>(history.curve(row).values));
    }
    return all;
}

}  // namespace

TEST_CASE("addresses: new changes what it aligns to") {
    std::array<int, 4> seen{};
    for (int i = 0; i < 400; ++i) {
        const std::vector<char> here(100);
        ++seen[reinterpret_cast<std::uintptr_t>(here.data()) % 64 / 16];
    }
    for (const int times : seen) CHECK(times > 50);
}

TEST_CASE("addresses: networks trained again, on threads, and after a resume") {
    for (const nas::optimizer_kind optimizer :
         {nas::optimizer_kind::sgd, nas::optimizer_kind::rmsprop, nas::optimizer_kind::adam}) {
        const nas::mlp_trainer<> trainer = a_trainer({.epochs = 2,
                                                      .batch = 10,
                                                      .optimizer = optimizer,
                                                      .learning_rate = 0.01,
                                                      .momentum = 0.5,
                                                      .weight_decay = 0.1});
        const auto made = [&] { return trained_search{nas::random_search{trainer.space()}, trainer, {.seed = 3}}; };
        constexpr std::size_t trials = 24;
        constexpr std::size_t batch = 6;
        trained_search whole = made();
        whole.run({.trials = trials, .batch = batch});
        const record first = record_of(whole.history());
        int different = 0;
        for (const std::size_t threads : {1U, 2U, 3U, 3U}) {
            nas::threads pool(threads);
            trained_search other = made();
            other.run({.trials = trials, .batch = batch}, pool);
            different += record_of(other.history()) == first ? 0 : 1;
        }
        for (const std::size_t rows : {6U, 15U, 18U}) {
            trained_search resumed = made();
            resumed.resume(nas::testing::first_rows(whole.history(), rows));
            resumed.run({.trials = trials, .batch = batch});
            different += record_of(resumed.history()) == first ? 0 : 1;
        }
        CHECK(different == 0);
    }
}

TEST_CASE("addresses: networks for numbers, of every activation") {
    using nas::activation;
    const nas::dataset data = some_data(nas::learning_task::regression);
    for (const activation function :
         {activation::sigmoid, activation::tanh, activation::relu, activation::elu, activation::linear})
        CHECK(differences([&] {
                  const std::vector<nas::mlp_layer> layers{
                      {13, function}, nas::dropout_layer, {6, function}, {3, activation::linear}};
                  nas::mlp<float> net(7, layers);
                  nas::rng random(1);
                  net.initialize(random);
                  nas::adam<float> optimizer(net.parameters().size());
                  const std::vector<float> rows = data.inputs;
                  for (int step = 0; step < 10; ++step) {
                      net.forward(rows, random);
                      net.backward(rows, data.targets, nas::loss_function::mean_squared_error);
                      optimizer.step(net.parameters(), net.gradient(), 0.01);
                  }
                  record all;
                  all.add(std::span<const float>(net.parameters()));
                  return all;
              }) == 0);
}

TEST_CASE("addresses: shared weights") {
    const auto trainer = a_trainer({.epochs = 1, .batch = 10});
    CHECK(differences([&] {
              nas::weight_sharing<> sharing(trainer);
              record all;
              for (nas::trial_id id = 0; id < 12; ++id) {
                  nas::rng random(id);
                  all.add(sharing(sharing.space().sample(random), nas::context(id, id, nas::full_fidelity)));
              }
              return all;
          }) == 0);
}

TEST_CASE("addresses: standardised data") {
    CHECK(differences([] {
              const nas::dataset data = some_data(nas::learning_task::classification);
              const auto split = nas::stratified_split(data, {.train = 0.7, .validation = 0.3}, 1);
              record all;
              all.add(std::span<const float>(nas::standardize(data, split).inputs));
              return all;
          }) == 0);
}

TEST_CASE("addresses: policies that learn") {
    const flat_space space{5, 7};
    for (const char* const options :
         {"", "optimizer=rmsprop,learning_rate=0.05", "optimizer=sgd,batch=3,gradient_norm=0.3,l2=0.01"})
        CHECK(differences_of_policies<nas::reinforce<flat_space>>(space, options, 40) == 0);
    CHECK(differences_of_policies<nas::ppo<flat_space>>(space, "batch=8,minibatch=3", 40) == 0);
    CHECK(differences_of_policies<nas::mlpnas<flat_space>>(space, "candidates=8", 40) == 0);
    const char* const network = "batch=6,network.units=13,network.layers=2";
    for (const flat_space& searched : {space, space_with_skips()})
        for (const char* const more :
             {"", ",network.dropout=0.3,network.critic=0.5,gradient_norm=0.3,optimizer=rmsprop"})
            CHECK(differences_of_policies<nas::controller<flat_space>>(searched, (network + std::string(more)).c_str(),
                                                                       30) == 0);
}

TEST_CASE("addresses: a policy for several tasks") {
    const nas::task_space tasks{flat_space{4, 3}, {"low", "high"}};
    CHECK(differences([&] {
              return drive(nas::zero_shot<nas::task_space<flat_space>>(tasks, {{-1, 0.5, 2}, {1, 0.5, -0.3}},
                                                                       {.batch = 6, .network = {.units = 13}}),
                           40, [](const auto& arch) {
                               return worth(std::span<const std::uint8_t>(arch.arch.data(), arch.arch.size()));
                           });
          }) == 0);
}

TEST_CASE("addresses: what a predictor expects") {
    const flat_space space{5, 7};
    CHECK(differences([&] {
              nas::accuracy_predictor<flat_space> predictor(space);
              nas::rng random(5);
              record all;
              for (int i = 0; i < 60; ++i) {
                  const auto arch = space.sample(random);
                  all.add(predictor.predict(space, arch));
                  all.add(predictor.draw(space, arch, random));
                  predictor.learn(space, arch, worth(std::span<const std::uint8_t>(arch.data(), arch.size())));
              }
              return all;
          }) == 0);
}

TEST_CASE("addresses: what a Gaussian process expects") {
    const flat_space space{5, 7};
    CHECK(differences([&] {
              nas::rng random(5);
              std::vector<flat_space::arch_type> archs;
              std::vector<double> values;
              for (int i = 0; i < 90; ++i) {
                  archs.push_back(space.sample(random));
                  values.push_back(worth(std::span<const std::uint8_t>(archs.back().data(), archs.back().size())) +
                                   nas::unit(random));
              }
              nas::gaussian_process<flat_space> process(space);
              process.fit(space, archs, values);
              record all;
              for (const auto& arch : archs) {
                  all.add(process.predict(space, arch));
                  all.add(process.deviation(space, arch));
              }
              all.add(process.noise());
              return all;
          }) == 0);
}

TEST_CASE("addresses: what forests and ensembles of networks expect") {
    const flat_space space{5, 7};
    const auto expects_in = [](const auto& over, const auto& made) {
        nas::rng random(5);
        std::vector<nas::arch_t<std::remove_cvref_t<decltype(over)>>> archs;
        std::vector<double> values;
        for (int i = 0; i < 90; ++i) {
            archs.push_back(over.sample(random));
            values.push_back(worth(std::span<const std::uint8_t>(archs.back().data(), archs.back().size())) +
                             nas::unit(random));
        }
        auto predictor = made;
        predictor.fit(over, archs, values);
        record all;
        for (const auto& arch : archs) {
            all.add(predictor.predict(over, arch));
            all.add(predictor.deviation(over, arch));
        }
        return all;
    };
    const auto expects = [&](const auto& made) { return expects_in(space, made); };
    CHECK(differences([&] { return expects(nas::random_forest<flat_space>(space)); }) == 0);
    for (const auto loss : {nas::ensemble_loss::squared, nas::ensemble_loss::ranking})
        CHECK(differences([&] {
                  return expects(
                      nas::mlp_ensemble<flat_space>(space, {.members = 2, .units = 13, .loss = loss, .epochs = 5}));
              }) == 0);
    const nas::mlp_space layers({.max_length = 5});
    CHECK(differences([&] {
              return expects_in(layers, nas::block_mlp_ensemble{layers, {.members = 2, .embedding = 5, .units = 37}});
          }) == 0);
    CHECK(differences([&] {
              return expects_in(layers, nas::block_lstm_ensemble{layers, {.members = 2, .embedding = 5, .units = 13}});
          }) == 0);
}

TEST_CASE("addresses: norms of gradients") {
    CHECK(differences([] {
              nas::rng random(3);
              std::vector<float> gradient(1003);
              for (float& value : gradient) value = static_cast<float>(nas::unit(random) - 0.3);
              nas::clip_to_norm(std::span<float>(gradient), 1);
              record all;
              all.add(std::span<const float>(gradient));
              return all;
          }) == 0);
}

TEST_CASE("addresses: the laws of all searchers") {
    const flat_space space{6, 3};
    const auto all = nas::searchers<flat_space>();
    const auto fitting = std::count_if(all.begin(), all.end(), [](const auto& info) { return info.obstacle.empty(); });
    CHECK(nas::tests::check_searchers(all, space, nas::testing::easy_landscape<flat_space>(space), 0, false) ==
          static_cast<std::size_t>(fitting));
}
