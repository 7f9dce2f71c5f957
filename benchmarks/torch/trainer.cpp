// SPDX-License-Identifier: Apache-2.0

// What a search by torch_trainer spends: prints a table, takes a minute or two.
//
//     trainer [device]   # cpu, or cuda:0
//
// - the share of a search of 100 trials on two threads that goes into training;
// - what the process's memory grows by over 1,000 trials;
// - 64 equal convolutional networks side by side, and one after the other;
// - a multilayer perceptron of the size of MLPNAS' wine data, by torch_trainer and by mlp_trainer.
#include <nas/torch/torch_trainer.hpp>

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <vector>

#include <nas/evaluators/mlp_trainer.hpp>
#include <nas/run/parallel.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>
#include <nas/spaces/choice_space.hpp>

namespace {

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double megabytes() {
    std::ifstream file("/proc/self/statm");
    double total = 0;
    double resident = 0;
    file >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

nas::torch_setup setup;  // where

/// Values do not matter to speed.
nas::dataset made_rows(std::size_t rows, std::size_t features, std::size_t classes) {
    nas::rng random(1);
    std::vector<float> inputs;
    std::vector<std::uint32_t> labels;
    for (std::size_t i = 0; i < rows * features; ++i) inputs.push_back(static_cast<float>(2 * nas::unit(random) - 1));
    for (std::size_t i = 0; i < rows; ++i) labels.push_back(static_cast<std::uint32_t>(nas::below(random, classes)));
    return nas::make_dataset(inputs, features, labels, classes);
}

/// Two convolutions of 8x8 images.
nas::network_plan small_cnn(const nas::choice_space<1>::arch_type& arch) {
    nas::network_plan plan;
    std::size_t at = plan.input({1, 8, 8});
    at = plan.activate(plan.convolution(at, 8, {}), nas::activation::relu);
    at = plan.max_pool(at, {.kernel = {2, 2}, .stride = {2, 2}});
    at = plan.activate(plan.convolution(at, 16U + arch[0], {}), nas::activation::relu);
    plan.output(plan.dense(plan.global_average_pool(at), 10));
    return plan;
}

void measure_search() {
    const auto data = made_rows(1500, 64, 10);
    const auto split = nas::ordered_split(1500, {.train = 0.8, .validation = 0.2});
    const nas::torch_trainer trainer{nas::choice_space<1>{8}, small_cnn, data, split, {.epochs = 2},
                                     nas::accuracy_reward{},  setup};
    nas::search search{nas::random_search{trainer.space()}, std::cref(trainer), {.seed = 1, .measure_times = true}};
    nas::threads pool(2);
    search.run({.trials = 100, .batch = 10}, pool);
    const nas::search_times times = search.times();
    std::printf("search of 100 trials, 2 threads: %.2f s, waiting for evaluations %.2f %%, two threads busy %.1f %%\n",
                times.total, 100 * times.evaluate / times.total, 100 * times.evaluations / (2 * times.total));
}

void measure_memory() {
    const auto data = made_rows(200, 64, 10);
    const auto split = nas::ordered_split(200, {.train = 0.8, .validation = 0.2});
    const nas::torch_trainer trainer{nas::choice_space<1>{8}, small_cnn, data, split, {.epochs = 1},
                                     nas::accuracy_reward{},  setup};
    double at_100 = 0;
    for (std::uint32_t i = 0; i <= 1000; ++i) {
        if (i == 100) at_100 = megabytes();
        trainer(trainer.space().at(i % 8), nas::context(i, i, 1));
    }
    std::printf("resident memory after 100 trials %.1f MB, after 1000 %.1f MB\n", at_100, megabytes());
}

void measure_groups() {
    const auto data = made_rows(1000, 64, 10);
    const auto split = nas::ordered_split(1000, {.train = 0.8, .validation = 0.2});
    const std::vector<nas::choice_space<1>::arch_type> archs(64);
    std::vector<nas::context> abouts;
    for (std::uint32_t i = 0; i < 64; ++i) abouts.emplace_back(i, i, nas::full_fidelity);
    const auto time = [&](std::size_t side_by_side) {
        const nas::torch_trainer trainer{
            nas::choice_space<1>{8}, small_cnn, data, split, {.epochs = 2, .side_by_side = side_by_side},
            nas::accuracy_reward{},  setup};
        const double start = seconds();
        trainer.evaluate_batch(archs, abouts);
        return seconds() - start;
    };
    const double alone = time(1);
    std::printf("64 equal CNNs one by one: %.2f s;", alone);
    for (const std::size_t group : {std::size_t{8}, std::size_t{64}}) {
        const double together = time(group);
        std::printf(" %zu side by side: %.2f s (%.2f x)", group, together, alone / together);
    }
    std::printf("\n");
}

void measure_mlp() {
    const auto data = made_rows(4898, 11, 3);
    const auto split = nas::ordered_split(4898, {.train = 0.9, .validation = 0.1});
    const nas::mlp_space space;
    const auto arch = space.parse("relu(64) relu(32) softmax(3)");
    const auto time = [&](const auto& trainer) {
        const double start = seconds();
        for (std::uint32_t i = 0; i < 3; ++i) trainer(arch, nas::context(i, i, nas::full_fidelity));
        return (seconds() - start) / 3;
    };
    const double eigen = time(nas::mlp_trainer{space, data, split, {.epochs = 10}});
    const double torch = time(nas::torch_trainer{space, data, split, {.epochs = 10}, nas::accuracy_reward{}, setup});
    std::vector<nas::context> abouts;
    for (std::uint32_t i = 0; i < 16; ++i) abouts.emplace_back(i, i, nas::full_fidelity);
    const nas::torch_trainer together{space, data, split, {.epochs = 10, .side_by_side = 16}, nas::accuracy_reward{},
                                      setup};
    const double start = seconds();
    together.evaluate_batch(std::vector(16, arch), abouts);
    std::printf(
        "MLP of 11-64-32-3, 4408 rows, 10 epochs: mlp_trainer %.3f s, torch_trainer %.3f s (%.1f x), 16 side by "
        "side %.3f s each\n",
        eigen, torch, torch / eigen, (seconds() - start) / 16);
}

}  // namespace

int main(int count, char** arguments) {
    setup.devices = {::torch::Device(count > 1 ? arguments[1] : "cpu")};
    std::printf("libtorch %s on %s\n", TORCH_VERSION, setup.devices[0].str().c_str());
    measure_search();
    measure_memory();
    measure_groups();
    measure_mlp();
}
