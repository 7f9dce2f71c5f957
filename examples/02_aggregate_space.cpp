// SPDX-License-Identifier: Apache-2.0

// A struct of your own as a search space: list what each member may be, and when it counts.

#include <iostream>
#include <span>
#include <vector>

#include <nas/run/search.hpp>
#include <nas/searchers/regularized_evolution.hpp>
#include <nas/spaces/aggregate_space.hpp>

enum class op_kind { conv, pool };

struct cnn {
    int layers;
    op_kind op;
    int kernel;
    int hidden;
    friend bool operator==(const cnn&, const cnn&) = default;
};

// Stands in for training: the deeper and wider the better, up to a budget of 512 channels in all.
double score(const cnn& net) {
    const double quality = net.op == op_kind::conv ? 1.0 + 0.1 * net.kernel : 0.8;
    const int width = net.layers * net.hidden;
    return width <= 512 ? quality * width : 0;
}

int main() {
    const nas::aggregate_space space{
        nas::member<&cnn::layers>(nas::between(1, 12)).named("nb_layers").short_name("L"),
        nas::member<&cnn::op>({op_kind::conv, op_kind::pool}).labels({"conv", "pool"}),
        nas::member<&cnn::kernel>({1, 3, 5, 7}).named("kernel_size").short_name("K").when<&cnn::op>(op_kind::conv),
        nas::member<&cnn::hidden>({32, 64, 128}).named("hidden_dim").short_name("H"),
    };
    std::cout << space.size() << " architectures\n";

    nas::search search{nas::regularized_evolution{space, {.population = 20, .tournament = 5}}, score, {.seed = 42}};
    search.run({.trials = 200});

    const cnn best = search.history().best().arch;
    std::cout << "best:    " << space.describe(best) << " scores " << score(best) << '\n';
    std::cout << "JSON:    " << space.to_json(best) << '\n';

    // What does not count (the kernel of a pooling network) appears in no text, and is -1 among the features.
    const cnn pooling = space.parse("L=3, op=pool, H=64");
    std::vector<double> features(space.encoding_size());
    space.encode(pooling, features);
    std::cout << "pooling: " << space.to_json(pooling) << " has the features";
    for (const double feature : features) std::cout << ' ' << feature;
    std::cout << '\n';
}
