// SPDX-License-Identifier: Apache-2.0

// Training a network of [64, 32] ReLU units on 4,408 rows of 11 features and 3 classes (the size of MLPNAS' wine data), batch
// 32, Adam, float, beside the matrix products of the same steps alone. Nothing is as fast as those: 8 products a step, 500,000
// operations; the rest (biases, activations, the loss, gathering rows, Adam) is the trainer's.
#include <cstddef>
#include <vector>

#include <benchmark/benchmark.h>
#include <Eigen/Core>
#include <nas/evaluators/mlp_trainer.hpp>

namespace {

constexpr std::size_t rows = 4408;
constexpr std::size_t epochs = 10;
constexpr Eigen::Index batch = 32;

// Values do not matter to speed.
const nas::mlp_trainer<>& trainer() {
    static const nas::mlp_trainer<> made = [] {
        nas::dataset data;
        nas::rng random(1);
        for (int k = 0; k < 11; ++k) data.feature_names.push_back("x" + std::to_string(k));
        data.output_names = {"high", "low", "medium"};
        nas::data_split split{.train = {}, .validation = {0}};  // one row: validation is not what is measured
        for (std::size_t i = 0; i <= rows; ++i) {
            for (int k = 0; k < 11; ++k) data.inputs.push_back(static_cast<float>(2 * nas::unit(random) - 1));
            data.labels.push_back(static_cast<std::uint32_t>(nas::below(random, 3)));
            if (i > 0) split.train.push_back(static_cast<std::uint32_t>(i));
        }
        return nas::mlp_trainer<>(nas::mlp_space{}, data, split, {.epochs = epochs, .batch = batch});
    }();
    return made;
}

void report(benchmark::State& state) {
    state.counters["call"] = benchmark::Counter(static_cast<double>(state.iterations()),
                                                benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void train(benchmark::State& state) {
    const auto arch = trainer().space().parse("relu(64) relu(32) softmax(3)");
    nas::trial_id id = 0;
    for (auto _ : state) {
        const auto trained = trainer().train(arch, nas::context(id, id, nas::full_fidelity));
        ++id;
        benchmark::DoNotOptimize(trained.model.parameters().data());
    }
    report(state);
}
BENCHMARK(train)->Name("train_64_32/ours");

void products(benchmark::State& state) {
    using matrix = Eigen::MatrixXf;
    const auto random = [](Eigen::Index height, Eigen::Index width) -> matrix { return matrix::Random(height, width); };
    const matrix w1 = random(64, 11), w2 = random(32, 64), w3 = random(3, 32);
    const matrix x = random(11, batch), d3 = random(3, batch);
    matrix a1 = random(64, batch), a2 = random(32, batch), a3 = random(3, batch), d1 = random(64, batch),
           d2 = random(32, batch);
    matrix g1 = w1, g2 = w2, g3 = w3;
    constexpr std::size_t steps = epochs * ((rows + batch - 1) / batch);
    for (auto _ : state) {
        for (std::size_t step = 0; step < steps; ++step) {
            a1.noalias() = w1 * x;
            a2.noalias() = w2 * a1;
            a3.noalias() = w3 * a2;
            g3.noalias() = d3 * a2.transpose();
            d2.noalias() = w3.transpose() * d3;
            g2.noalias() = d2 * a1.transpose();
            d1.noalias() = w2.transpose() * d2;
            g1.noalias() = d1 * x.transpose();
            benchmark::DoNotOptimize(g1.data());
            benchmark::ClobberMemory();
        }
    }
    report(state);
}
BENCHMARK(products)->Name("train_64_32/hand");

[[maybe_unused]] const bool context_added = [] {
    benchmark::AddCustomContext("eigen",
                                std::to_string(EIGEN_WORLD_VERSION) + '.' + std::to_string(EIGEN_MAJOR_VERSION) + '.' +
                                    std::to_string(EIGEN_MINOR_VERSION) + ", " + Eigen::SimdInstructionSetsInUse());
    return true;
}();

}  // namespace
