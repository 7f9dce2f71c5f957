// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include <nas/core/draws.hpp>
#include <nas/evaluators/landscapes/cells.hpp>
#include <nas/networks/small_product.hpp>
#include <nas/predictors/block_mlp_ensemble.hpp>
#include <nas/run/search.hpp>
#include <nas/searchers/progressive.hpp>

// The surrogate of progressive search as it is at its largest level: cells of five blocks of two inputs and two of eight
// operations, scored by five networks; and the product of matrices that is most of that, which says what this CPU reaches.
namespace {

/// A cell is its tokens, of five blocks at most; which one is a cell is not asked here.
struct cells {
    using arch_type = std::vector<std::uint8_t>;
    static arch_type sample(nas::rng& random) { return of_blocks(5, random); }
    static bool contains(const arch_type&) { return true; }
    static std::string describe(const arch_type&) { return {}; }
    static arch_type parse(std::string_view) { return {}; }

    static std::size_t block_tokens() { return 4; }
    static std::size_t token_kinds() { return 2; }
    static std::size_t token_kind(std::size_t k) { return k % 2; }
    static std::size_t kind_size(std::size_t kind) { return kind == 0 ? 7 : 8; }
    static std::string kind_name(std::size_t kind) { return kind == 0 ? "input" : "operation"; }
    static void append_blocks(const arch_type& arch, std::vector<std::uint8_t>& tokens) {
        tokens.insert(tokens.end(), arch.begin(), arch.end());
    }

    static arch_type of_blocks(std::size_t blocks, nas::rng& random) {
        arch_type arch;
        for (std::size_t i = 0; i < 4 * blocks; ++i)
            arch.push_back(static_cast<std::uint8_t>(nas::below(random, i % 2 == 0 ? 2 + i / 4 : 8)));
        return arch;
    }
};

/// What the paper's search has learned before its last level: 136 cells of one block, and 256 of each of two to four; `levels`
/// of them.
nas::block_mlp_ensemble<cells> learned(std::size_t levels, nas::block_mlp_options options = {}) {
    nas::rng random(1);
    std::vector<cells::arch_type> archs;
    std::vector<double> values;
    for (std::size_t blocks = 1; blocks <= levels; ++blocks)
        for (int i = 0; i < (blocks == 1 ? 136 : 256); ++i) {
            archs.push_back(cells::of_blocks(blocks, random));
            values.push_back(nas::unit(random));
        }
    nas::block_mlp_ensemble<cells> made(cells{}, options);
    made.fit(cells{}, archs, values);
    return made;
}

void score(benchmark::State& state) {
    const auto surrogate = learned(1, {.epochs = 1});
    nas::rng random(2);
    std::vector<cells::arch_type> archs(4096);
    for (auto& arch : archs) arch = cells::sample(random);
    std::vector<nas::prediction> out(archs.size());
    for (auto _ : state) {
        surrogate.predict_all(cells{}, archs, out);
        benchmark::DoNotOptimize(out.data());
    }
    const auto scored = static_cast<double>(state.iterations()) * static_cast<double>(archs.size());
    const auto units = static_cast<double>(surrogate.options().units);
    // Of the second layer's product and of the sums of the first.
    const double flops = scored * 5 * units * (2 * units + 20);
    state.counters["cells/s"] = benchmark::Counter(scored, benchmark::Counter::kIsRate);
    state.counters["flops/s"] = benchmark::Counter(flops, benchmark::Counter::kIsRate);
    state.counters["paper_level_s"] = benchmark::Counter(
        scored / 686944, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);  // K = 256, five blocks
}
BENCHMARK(score)->Name("score/mlp_ensemble")->Unit(benchmark::kMillisecond)->MinTime(1);

/// 112 x 100 times 100 x 256, and a product of the size that suits the kernel best.
void product(benchmark::State& state) {
    const auto rows = static_cast<std::size_t>(state.range(0));
    const auto depth = static_cast<std::size_t>(state.range(1));
    const auto columns = static_cast<std::size_t>(state.range(2));
    const std::vector<float> a(rows * depth, 0.5F);
    const std::vector<float> b(depth * columns, 0.25F);
    std::vector<float> c(rows * columns);
    for (auto _ : state) {
        nas::set_product(rows, columns, depth, a.data(), b.data(), c.data());
        benchmark::DoNotOptimize(c.data());
        benchmark::ClobberMemory();
    }
    state.counters["flops/s"] =
        benchmark::Counter(2 * static_cast<double>(rows * depth * columns) * static_cast<double>(state.iterations()),
                           benchmark::Counter::kIsRate);
}
BENCHMARK(product)->Args({112, 100, 256})->Args({128, 256, 192})->Unit(benchmark::kMicrosecond);

void fit(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(learned(5));
}
BENCHMARK(fit)->Name("fit/mlp_ensemble/1160")->Unit(benchmark::kMillisecond);

/// All of the paper's search but the trainings: 136 + 4 x 256 cells, four fits, and each level expanded, made canonical, scored and
/// told apart.
void search_of_the_paper(benchmark::State& state) {
    const nas::cell_landscape landscape(nas::cell_space{});
    std::uint64_t candidates = 0;
    for (auto _ : state) {
        nas::search search{nas::progressive{landscape.space(), {.beam = 256}}, landscape, {.seed = 1}};
        search.run();
        candidates = 0;
        for (const auto& level : search.searcher().levels()) candidates += level.candidates;
        state.counters["trials"] = static_cast<double>(search.history().size());
    }
    state.counters["candidates"] = static_cast<double>(candidates);
}
BENCHMARK(search_of_the_paper)->Name("search/progressive/256")->Unit(benchmark::kSecond)->Iterations(1);

}  // namespace
