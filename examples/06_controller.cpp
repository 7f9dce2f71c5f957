// SPDX-License-Identifier: Apache-2.0

// A recurrent controller over layers with skip connections, as in ENAS and AMBER: the space from JSON, the search, and the
// controller's weights in a file, from which another search goes on.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>

#include <nas/io/layer_space_json.hpp>
#include <nas/io/policy_file.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/controller.hpp>

namespace {

constexpr const char* document = R"({
  "layers": [
    [{"Layer_type": "conv1d", "filters": 32, "kernel_size": 8, "activation": "relu"},
     {"Layer_type": "conv1d", "filters": 64, "kernel_size": 8, "activation": "relu"},
     {"Layer_type": "identity"}],
    [{"Layer_type": "maxpool1d", "pool_size": 4}, {"Layer_type": "avgpool1d", "pool_size": 4}, {"Layer_type": "identity"}],
    [{"Layer_type": "conv1d", "filters": 32, "kernel_size": 4, "activation": "relu"},
     {"Layer_type": "conv1d", "filters": 64, "kernel_size": 4, "activation": "relu"}],
    [{"Layer_type": "dense", "units": 32, "activation": "relu"}, {"Layer_type": "dense", "units": 64, "activation": "relu"}]
  ],
  "skips": true
})";

// Stands for training: filters are worth something, so is a skip connection around the pooling, others cost.
double accuracy(const nas::layer_space& space, const nas::layer_space::arch_type& arch) {
    const nas::layer_graph graph = space.graph(arch);
    double value = 0.5;
    if (graph.operations[0] == 1) value += 0.1;
    if (graph.operations[1] == 0) value += 0.1;
    if (graph.operations[2] == 1) value += 0.05;
    if (graph.operations[3] == 0) value += 0.02;
    for (const auto& of_layer : graph.skips)
        value -= 0.02 * static_cast<double>(std::ranges::count(of_layer, std::uint8_t{1}));
    if (graph.skips[1][0] == 1) value += 0.1;  // layer 2 reads layer 0
    return value;
}

}  // namespace

int main() {
    const nas::layer_space space = nas::layer_space_from_json(nlohmann::ordered_json::parse(document));
    std::cout << space.size() << " networks of " << space.decisions() << " decisions\n";
    const auto train = [&](const auto& arch) { return accuracy(space, arch); };

    // The policy is what is wanted here: one that learns in small steps, and may repeat itself, settles on what is good.
    const nas::controller_options options{
        .batch = 15, .repeats = true, .learning_rate = 0.02, .entropy = 0.1, .entropy_decay = 0.08, .network = {}};
    nas::search search{nas::controller{space, options}, train, {.seed = 1}};
    search.run({.trials = 600});
    const auto best = search.history().best();
    std::cout << "best: " << space.describe(best.arch) << " with " << best.value() << '\n';

    const std::filesystem::path file = "example_controller.policy";
    nas::save_policy(file, search.searcher().policy(), space);
    nas::lstm_policy<> policy(space, options.network);
    nas::load_policy(file, policy, space);
    std::filesystem::remove(file);

    nas::search next{nas::controller{space, options, policy}, train, {.seed = 2}};
    next.run({.trials = 20});
    double mean = 0;
    for (std::size_t row = 0; row < next.history().size(); ++row) mean += next.history().value(row) / 20;
    std::cout << "a search that goes on from its weights begins "
              << (mean > 0.75 ? "with good networks\n" : "with poor networks\n");
}
