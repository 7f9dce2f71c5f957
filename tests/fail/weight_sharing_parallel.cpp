// expect: nas: this evaluator changes when it is called, so that it cannot be called from several threads; make its call operator const
// SPDX-License-Identifier: Apache-2.0

#include <functional>

#include <nas/evaluators/weight_sharing.hpp>
#include <nas/run/parallel.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>

int main() {
    const std::vector<float> rows{0, 1, 2, 3};
    const std::vector<std::uint32_t> classes{0, 1, 0, 1};
    const nas::dataset data = nas::make_dataset(rows, 1, classes, 2);
    const nas::mlp_space space{{.output = nas::output_layer_for(data)}};
    nas::weight_sharing sharing{nas::mlp_trainer{space, data, nas::ordered_split(4), {.batch = 1}}};
    nas::search search{nas::random_search{space}, std::ref(sharing)};
    nas::threads pool{2};
    search.run({.trials = 10, .batch = 2}, pool);
}
