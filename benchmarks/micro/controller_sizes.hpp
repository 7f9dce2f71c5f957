// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include <benchmark/benchmark.h>

/// What controller_update.cpp and its peer have in common: networks, batches and what training needs.
namespace controller_sizes {

struct size {
    std::size_t units;
    std::size_t layers;
    std::size_t decisions;
    std::size_t choices;
    std::size_t batch;

    std::string name() const {
        return 'H' + std::to_string(units) + 'x' + std::to_string(layers) + "_S" + std::to_string(decisions) + "_B" +
               std::to_string(batch);
    }
};

inline constexpr std::array<size, 4> all{
    {{32, 2, 6, 5, 1}, {32, 2, 6, 5, 10}, {32, 2, 20, 8, 10}, {100, 2, 20, 8, 10}}};

inline constexpr double learning_rate = 3.5e-4;
inline constexpr float norm_clip = 5;
inline constexpr int epochs = 4;  // of PPO
inline constexpr double ratio_clip = 0.2;

/// Of architecture k of a batch: small, so that policies stay near where they begin, where all choices are drawn.
constexpr double advantage(std::size_t k) { return k % 2 == 0 ? 0.01 : -0.01; }

/// `make()` makes a controller, the calls of which are measured; the counter `call` is seconds of one.
template <class Make>
void add(const std::string& name, Make make) {
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
        auto call = make();
        for (auto _ : state) call();
        state.counters["call"] = benchmark::Counter(static_cast<double>(state.iterations()),
                                                    benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    });
}

}  // namespace controller_sizes
