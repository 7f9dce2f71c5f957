// SPDX-License-Identifier: Apache-2.0

// Convolutional networks for the digits of the UCI repository, trained by libtorch: a space of one's own, a builder of one's
// own, and three searchers over the same evaluator, each a line.
//
//     11_torch_cnn digits.csv [trials] [folder]      (64 columns of numbers and a column `digit`)
//
// With a folder, each search keeps its history there: started again after a stop, it goes on as if nothing had been.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

#include <nas/data/read_dataset.hpp>
#include <nas/data/split.hpp>
#include <nas/io/history_file.hpp>
#include <nas/networks/network_plan.hpp>
#include <nas/report/recommend.hpp>
#include <nas/run/parallel.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/gp_search.hpp>
#include <nas/searchers/local_search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/aggregate_space.hpp>
#include <nas/torch/torch_trainer.hpp>

namespace {

struct network {
    int layers;
    int kernel;
    int channels;
    bool norm;
    bool pool;  // after the first layer
    int units;  // of a hidden layer before the classes; 0: none
    friend bool operator==(const network&, const network&) = default;
};

auto networks() {
    using nas::member;
    return nas::aggregate_space{member<&network::layers>(nas::between(1, 3)).numeric(),
                                member<&network::kernel>({1, 3, 5}).numeric(),
                                member<&network::channels>({4, 8, 16}).numeric(),
                                member<&network::norm>({false, true}),
                                member<&network::pool>({false, true}),
                                member<&network::units>({0, 32}).numeric()};
}

// What libtorch builds of it. nas counts parameters and operations, and trains it, from the same steps.
nas::network_plan build(const network& net) {
    nas::network_plan plan;
    std::size_t at = plan.input({1, 8, 8});
    const auto side = static_cast<std::size_t>(net.kernel);
    for (int i = 0; i < net.layers; ++i) {
        at = plan.convolution(at, static_cast<std::size_t>(net.channels << i), {.kernel = {side, side}});
        if (net.norm) at = plan.batch_norm(at);
        at = plan.activate(at, nas::activation::relu);
        if (i == 0 && net.pool) at = plan.max_pool(at, {.kernel = {2, 2}, .stride = {2, 2}});
    }
    at = plan.flatten(at);
    if (net.units > 0) at = plan.activate(plan.dense(at, static_cast<std::size_t>(net.units)), nas::activation::relu);
    plan.output(plan.dense(at, 10));
    return plan;
}

template <class Searcher, class Trainer>
void search_with(const char* name, Searcher searcher, const Trainer& trainer, std::size_t trials,
                 const std::filesystem::path& folder) {
    nas::search search{std::move(searcher), std::cref(trainer), {.seed = 1}};
    if (!folder.empty()) nas::resume(search, folder / (std::string(name) + ".jsonl"));
    nas::threads pool;
    search.run({.trials = trials, .batch = 2}, pool);  // two networks at a time, a thread of libtorch each
    const auto found = nas::recommend(search);
    if (!found) throw std::runtime_error("no trial was completed");

    // Trained again, and judged by the test rows, which no search has seen.
    const auto again = trainer(found->arch, nas::context(0, 20000, nas::full_fidelity));
    std::cout << std::fixed << std::setprecision(4) << name << ": validation accuracy "
              << search.history().best().result.values[0] << " at best of " << search.history().size()
              << " trials\n  recommended: " << search.space().describe(found->arch) << "\n  test accuracy "
              << again.metrics[2] << ", " << build(found->arch).parameters() << " parameters\n";
}

int run(const std::string& path, std::size_t trials, const std::filesystem::path& folder) {
    const nas::dataset digits = nas::read_dataset(path, {.labels = {"digit"}});
    const nas::data_split split = nas::stratified_split(digits, {.train = 0.6, .validation = 0.2, .test = 0.2}, 1);
    const auto space = networks();
    const nas::torch_trainer trainer{
        space,
        build,
        digits,
        split,
        {.epochs = 20, .learning_rate = 0.003, .label_smoothing = 0.1, .test_metric = true}};

    search_with("gp_search", nas::gp_search{space}, trainer, trials, folder);
    search_with("regularized_evolution", nas::regularized_evolution{space}, trainer, trials, folder);
    search_with("local_search", nas::local_search{space}, trainer, trials, folder);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "Usage: 11_torch_cnn digits.csv [trials] [folder]\n";
        return 2;
    }
    try {
        return run(argv[1], argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 20, argc > 3 ? argv[3] : "");
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}
