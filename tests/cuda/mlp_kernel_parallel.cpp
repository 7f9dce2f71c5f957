// SPDX-License-Identifier: Apache-2.0

// Teams of several threads, and several teams, simulated on the CPU.
#include <nas/cuda/mlp_kernel.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nas/cuda/cuda_mlp_trainer.hpp>
#include <nas/rewards/loss_reward.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/random_search.hpp>

#include "cuda/host_runner.hpp"
#include "cuda/made_rows.hpp"

namespace {

using nas::tests::host_runner;

// Every number that comes back: losses of all epochs, weights and scores of the kept one.
struct bits {
    std::vector<double> losses;
    std::vector<float> weights;
    std::vector<float> scores;
    friend bool operator==(const bits&, const bits&) = default;
};

std::vector<bits> train(const std::vector<std::string>& texts, const nas::mlp_trainer_options& options,
                        const host_runner& runner, nas::detail::mlp_results wanted = nas::detail::mlp_results::kept) {
    const auto data = nas::tests::made_rows(nas::learning_task::classification, 3);
    const nas::mlp_space space({.units = {1, 5, 24, 300}, .max_length = 4, .output = nas::output_layer_for(data)});
    const nas::mlp_trainer<> trainer(space, data, nas::tests::made_split(data), options);
    nas::detail::mlp_job job(trainer.training(), options, wanted);
    for (std::size_t i = 0; i < texts.size(); ++i) job.add(space.layers(space.parse(texts[i])), i, options.epochs);
    job.run(runner);
    std::vector<bits> all;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto course = job.course(i);
        const auto weights = job.weights(i, course.kept_epoch);
        all.push_back({course.losses, {weights.begin(), weights.end()}, course.scores});
    }
    return all;
}

}  // namespace

TEST_CASE("mlp_kernel: a team of one, of 3 and of 32 threads train to the same bits") {
    const std::vector<std::string> texts{"relu(24) dropout tanh(5) softmax(3)", "sigmoid(1) softmax(3)"};
    for (const nas::kept_weights keep : {nas::kept_weights::last, nas::kept_weights::best}) {
        const nas::mlp_trainer_options options{
            .epochs = 2, .batch = 20, .learning_rate = 0.05, .weight_decay = 0.1, .keep = keep};
        const auto one = train(texts, options, {});
        CHECK(train(texts, options, {}) == one);
        CHECK(train(texts, options, {.threads = 3}) == one);
        CHECK(train(texts, options, {.threads = 32}) == one);
    }
    // The largest tiles, and fewer rows than a tile has.
    const std::vector<std::string> wide{"elu(300) relu(24) softmax(3)"};
    const nas::mlp_trainer_options few{.epochs = 1, .batch = 51};
    CHECK(train(wide, few, {.threads = 3}) == train(wide, few, {}));
}

TEST_CASE("mlp_kernel: kept weights and scores are those of the kept epoch") {
    const std::vector<std::string> texts{"relu(24) dropout tanh(5) softmax(3)", "elu(24) softmax(3)"};
    for (const nas::kept_weights keep : {nas::kept_weights::last, nas::kept_weights::best}) {
        const nas::mlp_trainer_options options{.epochs = 12, .batch = 5, .learning_rate = 0.1, .keep = keep};
        const auto kept = train(texts, options, {});
        CHECK(kept == train(texts, options, {}, nas::detail::mlp_results::all));
        const auto best = std::min_element(kept[1].losses.begin(), kept[1].losses.end());
        CHECK(best + 1 != kept[1].losses.end());  // or both would be the same
    }
}

TEST_CASE("mlp_kernel: teams that take networks from a queue train each to what it is alone, in any order") {
    std::vector<std::string> texts;
    for (const char* const first : {"relu(24)", "tanh(5)", "sigmoid(1)", "elu(24)"})
        for (const char* const second : {" softmax(3)", " dropout softmax(3)", " relu(24) softmax(3)"})
            texts.push_back(std::string(first) + second);
    const nas::mlp_trainer_options options{.epochs = 3, .batch = 20, .learning_rate = 0.05, .patience = 1};
    const auto one = train(texts, options, {});
    for (int again = 0; again < 3; ++again) CHECK(train(texts, options, {.blocks = 4}) == one);
    CHECK(train(texts, options, {.blocks = 3, .threads = 2}) == one);
    CHECK(train(texts, options, {.blocks = 2, .threads = 2, .fast_bytes = 4000}) == one);
}

TEST_CASE("mlp_kernel: groups hold the longest first, in as many teams as there is room for") {
    namespace kernel = nas::mlp_kernel;
    kernel::setting all;
    all.rows = 1000;
    all.validation_rows = 100;
    all.features = 11;
    all.outputs = 7;
    all.batch = all.chunk = 32;
    std::vector<kernel::model> models;
    std::vector<kernel::dense> layers;
    for (const std::uint32_t units : {8U, 400U, 64U, 200U, 16U}) {
        kernel::model one;
        one.first_layer = static_cast<std::uint32_t>(layers.size());
        one.layers = 2;
        one.epochs = 10;
        layers.push_back({.inputs = 11, .units = units});
        layers.push_back({.inputs = units, .units = 7});
        kernel::place(one, layers.data(), all);
        CHECK(one.parameters == 12 * units + 7 * (units + 1));
        models.push_back(one);
    }
    // By hand: 11 x 8 and 8 x 7, forward, back by weights, back by inputs but to the rows, then judged.
    CHECK(kernel::operations(models[0], layers.data(), all) == 10 * (1000 * 2 * (2 * 88 + 3 * 56) + 100 * 2 * 144));
    const auto groups = kernel::groups_of(all, models.data(), layers.data(), 0, 5, {228U << 10, 227U << 10, 1024});
    std::vector<std::vector<std::uint32_t>> orders;
    for (const auto& group : groups) {
        orders.push_back(group.order);
        CHECK(group.threads * group.teams_a_processor == 512);
        CHECK(group.teams_a_processor * (group.fast_bytes + 1024) <= (228U << 10));
        CHECK(group.slow_bytes == 0);
    }
    CHECK(orders == std::vector<std::vector<std::uint32_t>>{{1}, {3}, {2}, {4, 0}});
    // What does not fit goes to the largest, and says how much is missing.
    const auto small = kernel::groups_of(all, models.data(), layers.data(), 0, 5, {100U << 10, 99U << 10, 1024});
    CHECK(small.front().order == std::vector<std::uint32_t>{1});
    CHECK(small.front().where == kernel::placement::any);
    CHECK(small.front().slow_bytes > 0);
    CHECK(small.front().slow_bytes ==
          kernel::slow_bytes_at(all, models[1], small.front().where, small.front().fast_bytes));
}
