// SPDX-License-Identifier: Apache-2.0

// Joint search: a network's layers together with the hyper-parameters that it is trained with, on the digits of the UCI
// repository. Whole numbers, reals on a logarithmic scale and names are decisions side by side, and those on a second layer
// count where there is one. benchmarks/tables/joint_mlp_digits.csv.gz has all 15,876 of them, trained twice each.
//
//     08_joint_search digits.csv [trials]      (64 columns of numbers and a column `digit`)

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

#include <nas/data/read_dataset.hpp>
#include <nas/data/split.hpp>
#include <nas/data/standardize.hpp>
#include <nas/evaluators/joint_mlp_trainer.hpp>
#include <nas/report/recommend.hpp>
#include <nas/run/parallel.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/gp_search.hpp>
#include <nas/searchers/random_search.hpp>
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

/// Searches, and trains what it recommends once more, judged by rows that no search has seen.
template <class Trainer, class Searcher>
void try_out(const std::string& name, const Trainer& trainer, Searcher searcher, std::size_t trials,
             nas::threads& pool) {
    nas::search search{std::move(searcher), std::cref(trainer), {.seed = 1}};
    search.run({.trials = trials, .batch = 4}, pool);  // four networks side by side
    const auto found = nas::recommend(search);
    if (!found) throw std::runtime_error(name + " completed no trial");
    const auto again = trainer(found->arch, nas::context(0, 1, nas::full_fidelity));
    std::cout << name << ": validation accuracy " << again.values[0] << ", test accuracy " << again.metrics[2] << '\n'
              << "  " << trainer.space().describe(found->arch) << '\n';
}

int run(const std::string& path, std::size_t trials) {
    const nas::dataset digits = nas::read_dataset(path, {.labels = {"digit"}});
    const nas::data_split split = nas::stratified_split(digits, {.train = 0.3, .validation = 0.5, .test = 0.2}, 1);
    const auto space = joint_space();
    const nas::joint_mlp_trainer trainer{
        space, nas::standardize(digits, split), split, {.epochs = 32, .test_metric = true}};
    std::cout << std::fixed << std::setprecision(4) << space.size() << " networks, " << trials << " trials each:\n";

    nas::threads pool;
    try_out("gp_search", trainer, nas::gp_search{space}, trials, pool);
    try_out("random_search", trainer, nas::random_search{space}, trials, pool);
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
