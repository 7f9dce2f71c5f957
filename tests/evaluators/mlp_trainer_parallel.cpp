// SPDX-License-Identifier: Apache-2.0
#include <nas/evaluators/mlp_trainer.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/run/parallel.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>

TEST_CASE("mlp_trainer: networks trained side by side are those trained one after the other") {
    nas::dataset data{.feature_names = {"a", "b"}, .output_names = {"low", "high"}};
    nas::rng random(4);
    for (int i = 0; i < 80; ++i) {
        const auto a = static_cast<float>(nas::unit(random) - 0.5);
        const auto b = static_cast<float>(nas::unit(random) - 0.5);
        data.inputs.insert(data.inputs.end(), {a, b});
        data.labels.push_back(a * b > 0 ? 1 : 0);
    }
    const nas::mlp_space space({.units = {4, 8}, .output = nas::output_layer_for(data)});
    const nas::mlp_trainer<> trainer(space, data, nas::random_split(80, {.train = 0.7, .validation = 0.3}, 1),
                                     {.epochs = 3});
    const auto values = [&](std::size_t threads) {
        nas::search search{nas::random_search{space}, std::cref(trainer), {.seed = 3}};
        nas::threads pool(threads);
        search.run({.trials = 24, .batch = 8}, pool);
        std::vector<std::string> all;
        for (std::size_t row = 0; row < 24; ++row)
            all.push_back(space.describe(search.history().arch(row)) + ' ' +
                          std::to_string(search.history().value(row)) + ' ' +
                          std::to_string(search.history().metrics(row)[1]));
        return all;
    };
    CHECK(values(1) == values(4));
}
