// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>
#include <nas/core/draws.hpp>
#include <nas/operators/identity.hpp>
#include <nas/spaces/cell_space.hpp>

// The cells of the paper: two previous cells, eight operations. Names are what/who; the counter `call` is seconds for all that the
// comment names, `cells` how many cells that is a second.
namespace {

using arch_type = nas::cell_space::arch_type;

void count(benchmark::State& state, std::uint64_t cells) {
    using counter = benchmark::Counter;
    state.counters["call"] = counter(1, counter::kIsIterationInvariantRate | counter::kInvert);
    state.counters["cells"] = counter(static_cast<double>(cells), counter::kIsIterationInvariantRate);
}

// All 10,979,688 cells of three blocks.
void enumerate_ours(benchmark::State& state) {
    const nas::cell_space space;
    std::uint64_t cells = 0;
    for (auto _ : state) {
        cells = 0;
        space.for_each_unique_cell(3, [&](const arch_type& arch) {
            ++cells;
            benchmark::DoNotOptimize(arch[12]);
        });
    }
    count(state, cells);
}
BENCHMARK(enumerate_ours)->Name("enumerate/ours")->Unit(benchmark::kMillisecond);

// The same by what one writes first: all 21,542,400 of ordered halves, and of each its six orders.
class by_all_orders {
  public:
    static std::uint64_t count() {
        std::uint64_t cells = 0;
        cell blocks{};
        for_each_block(0, [&](const block& first) {
            blocks[0] = first;
            for_each_block(1, [&](const block& second) {
                blocks[1] = second;
                for_each_block(2, [&](const block& third) {
                    blocks[2] = third;
                    cells += is_smallest(blocks) ? 1U : 0U;
                });
            });
        });
        return cells;
    }

  private:
    using block = std::array<int, 2>;  // halves: 8 * input + operation; block j is input 2 + j
    using cell = std::array<block, 3>;

    template <class Visit>
    static void for_each_block(int before, Visit visit) {
        for (int one = 0; one < 8 * (2 + before); ++one)
            for (int other = one; other < 8 * (2 + before); ++other) visit(block{one, other});
    }
    static bool is_smallest(const cell& blocks) {
        std::array<int, 3> place{0, 1, 2};
        while (std::next_permutation(place.begin(), place.end())) {
            cell order{};
            bool legal = true;
            for (std::size_t b = 0; b < 3; ++b) {
                block moved = blocks[b];
                for (int& half : moved)
                    if (half >= 16) {
                        const int read = place[static_cast<std::size_t>(half / 8 - 2)];
                        legal = legal && read < place[b];
                        half = 8 * (2 + read) + half % 8;
                    }
                if (moved[0] > moved[1]) std::swap(moved[0], moved[1]);
                order[static_cast<std::size_t>(place[b])] = moved;
            }
            if (legal && order < blocks) return false;
        }
        return true;
    }
};

void enumerate_by_hand(benchmark::State& state) {
    std::uint64_t cells = 0;
    for (auto _ : state) {
        cells = by_all_orders::count();
        benchmark::DoNotOptimize(cells);
    }
    count(state, cells);
}
BENCHMARK(enumerate_by_hand)->Name("enumerate/hand")->Unit(benchmark::kMillisecond);

// The expansion of a search of the paper's size: all of one block, then 256 parents a level: 686,944 cells in canonical form, and
// with their keys in a table that keeps one of each.
std::vector<std::vector<arch_type>> parents(const nas::cell_space& space) {
    nas::rng random{1};
    std::vector<std::vector<arch_type>> levels(1);
    for (const arch_type& root : space.roots()) levels[0].push_back(root);
    while (levels.size() < 4) {
        std::vector<arch_type> all;
        for (const arch_type& parent : levels.back())
            for (const arch_type& child : space.grow(parent)) all.push_back(child);
        std::vector<arch_type> kept;
        for (std::size_t i = 0; i < 256; ++i) kept.push_back(all[nas::below(random, all.size())]);
        levels.push_back(kept);
    }
    return levels;
}

void grow(benchmark::State& state, bool keyed) {
    const nas::cell_space space;
    const auto levels = parents(space);
    std::uint64_t cells = 0;
    for (auto _ : state) {
        cells = 0;
        for (const auto& level : levels) {
            nas::identity_set<nas::cell_key> keys;
            for (const arch_type& parent : level)
                for (const arch_type& child : space.grow(parent)) {
                    ++cells;
                    benchmark::DoNotOptimize(child[12]);
                    if (keyed) keys.insert(space.key(child));
                }
        }
    }
    count(state, cells);
}
void grow_alone(benchmark::State& state) { grow(state, false); }
void grow_keyed(benchmark::State& state) { grow(state, true); }
BENCHMARK(grow_alone)->Name("grow/ours")->Unit(benchmark::kMillisecond);
BENCHMARK(grow_keyed)->Name("grow_and_deduplicate/ours")->Unit(benchmark::kMillisecond);

}  // namespace
