// SPDX-License-Identifier: Apache-2.0

// Joint search: a network's layers together with the hyper-parameters that it is trained with, on the digits of the UCI
// repository. Whole numbers, reals on a logarithmic scale and names are decisions side by side, and those on a second layer
// count where there is one. benchmarks/tables/joint_mlp_digits.csv.gz has all 15,876 of them, trained twice each.
//
//     08_joint_search digits.csv [trials]      (64 columns of numbers and a column `digit`)

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>

#include <nas/data/read_dataset.hpp>
#include <nas/data/split.hpp>
#include <nas/data/standardize.hpp>
#include <nas/evaluators/joint_mlp_trainer.hpp>
#include <nas/report/recommend.hpp>
#include <nas/report/top_n.hpp>
#include <nas/run/parallel.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/gp_search.hpp>
#include <nas/spaces/aggregate_space.hpp>

// The trainer goes by the members' names.
struct network {
    int layers;
    int units_1;
    nas::activation activation_1;
    int units_2;
    nas::activation activation_2;
    double dropout;
    double learning_rate;
    int batch;
    double weight_decay;
    friend bool operator==(const network&, const network&) = default;
};

namespace {

auto joint_space() {
    using nas::member;
    constexpr auto logarithmic = nas::value_scale::logarithmic;
    const auto functions = {nas::activation::relu, nas::activation::tanh, nas::activation::sigmoid};
    return nas::aggregate_space{
        member<&network::layers>(nas::between(1, 2)).numeric(),
        member<&network::units_1>(nas::log_between(8, 64, 4)),
        member<&network::activation_1>(functions).labels({"relu", "tanh", "sigmoid"}),
        member<&network::units_2>(nas::log_between(8, 16, 2)).when<&network::layers>(2),
        member<&network::activation_2>(functions).labels({"relu", "tanh", "sigmoid"}).when<&network::layers>(2),
        member<&network::dropout>({0, 0.2, 0.5}).numeric(),
        member<&network::learning_rate>({0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1}).numeric(logarithmic),
        member<&network::batch>({8, 32, 128}).numeric(logarithmic),
        member<&network::weight_decay>({0.001, 0.03, 1}).numeric(logarithmic)};
}

int run(const std::string& path, std::size_t trials) {
    const nas::dataset digits = nas::read_dataset(path, {.labels = {"digit"}});
    const nas::data_split split = nas::stratified_split(digits, {.train = 0.3, .validation = 0.5, .test = 0.2}, 1);
    const auto space = joint_space();
    const nas::joint_mlp_trainer trainer{
        space, nas::standardize(digits, split), split, {.epochs = 32, .test_metric = true}};

    nas::search search{nas::gp_search{space}, std::cref(trainer), {.seed = 1}};
    nas::threads pool;
    search.run({.trials = trials, .batch = 4}, pool);  // four networks side by side
    const auto& past = search.history();
    std::cout << std::fixed << std::setprecision(4) << "the best five of " << past.size() << " trials, of "
              << space.size() << " networks:\n";
    for (const std::size_t row : nas::top_n(past, 5))
        std::cout << "  " << past.value(row) << "  " << space.describe(past.arch(row)) << '\n';

    // The best single training is a lucky one. What is recommended is trained five times more, and judged by the test rows, which
    // no search has seen.
    const auto found = nas::recommend(search);
    if (!found) throw std::runtime_error("no trial was completed");
    double validation = 0;
    double test = 0;
    constexpr int times = 5;
    for (std::uint64_t seed = 0; seed < times; ++seed) {
        const auto again = trainer(found->arch, nas::context(0, seed, nas::full_fidelity));
        validation += again.values[0] / times;
        test += again.metrics[2] / times;
    }
    std::cout << "recommended: " << space.describe(found->arch) << '\n'
              << "  trained " << times << " times more: validation accuracy " << validation << ", test accuracy "
              << test << '\n';
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "Usage: 08_joint_search digits.csv [trials]\n";
        return 2;
    }
    try {
        return run(argv[1], argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}
