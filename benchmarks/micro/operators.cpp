// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <unordered_set>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/version.hpp>
#include <nas/core/draws.hpp>
#include <nas/core/history.hpp>
#include <nas/operators/crossover.hpp>
#include <nas/operators/identity.hpp>
#include <nas/operators/mutate.hpp>
#include <nas/operators/neighbors.hpp>
#include <nas/operators/permutation.hpp>
#include <nas/spaces/choice_space.hpp>

#include "array_loops.hpp"

// The parts of a step, for 6 decisions of 5 choices. Names are operation/who. Operations come in rounds of 1,024, one after
// the other in one stream; the counter `call` is seconds for one of them.
namespace {

using static_space = nas::choice_space<6>;
using dynamic_space = nas::choice_space<>;
using digits = array_loops::genotype<6>;

constexpr std::size_t round_size = 1024;

/// `round()` makes `calls` calls.
template <class Round>
void add(const std::string& name, Round round, std::size_t calls = round_size) {
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) mutable {
        for (auto _ : state) round();
        state.counters["call"] = benchmark::Counter(
            static_cast<double>(calls), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
    });
}

/// `call(random)` once for each of a round.
template <class Random, class Call>
void add_draws(const std::string& name, Call call) {
    add(name, [=, random = Random{1}]() mutable {
        for (std::size_t i = 0; i < round_size; ++i) {
            auto result = call(random);
            benchmark::DoNotOptimize(result);
        }
    });
}

/// `call(arch, random)` for each of a round of architectures.
template <class Random, class Arch, class Call>
void add_each(const std::string& name, const std::vector<Arch>& archs, Call call) {
    add(name, [=, random = Random{1}]() mutable {
        for (const Arch& arch : archs) {
            auto result = call(arch, random);
            benchmark::DoNotOptimize(result);
        }
    });
}

template <class Space>
std::vector<typename Space::arch_type> samples(const Space& space) {
    nas::rng random{3};
    std::vector<typename Space::arch_type> all;
    for (std::size_t i = 0; i < round_size; ++i) all.push_back(space.sample(random));
    return all;
}

void add_by_hand(const std::vector<digits>& archs) {
    using array_loops::splitmix64;
    add_draws<splitmix64>("below/hand", [](splitmix64& random) { return array_loops::below(random, 100); });
    add_draws<splitmix64>("unit/hand",
                          [](splitmix64& random) { return static_cast<double>(random() >> 11) * 0x1.0p-53; });
    add_draws<splitmix64>("sample/hand", [](splitmix64& random) { return array_loops::sample<6, 5>(random); });
    add_each<splitmix64>("mutate/hand", archs, [](digits arch, splitmix64& random) {
        array_loops::mutate<6, 5>(arch, random);
        return arch;
    });
    add_each<splitmix64>("crossover/hand", archs, [other = archs[0]](digits arch, splitmix64& random) {
        for (std::size_t i = 0; i < 6; ++i) {
            // Without a branch, which would be mispredicted every other time.
            const auto from_other = static_cast<std::uint8_t>(-(random() >> 63));
            arch[i] = static_cast<std::uint8_t>((arch[i] & ~from_other) | (other[i] & from_other));
        }
        return arch;
    });
    add_each<splitmix64>("neighbors/hand", archs, [all = std::vector<digits>()](const digits& arch, auto&) mutable {
        all.clear();
        for (std::size_t i = 0; i < 6; ++i) {
            for (std::uint8_t choice = 0; choice < 5; ++choice) {
                if (choice == arch[i]) continue;
                all.push_back(arch);
                all.back()[i] = choice;
            }
        }
        return all.data();
    });
    add_each<splitmix64>("index/hand", archs, [](const digits& arch, auto&) { return array_loops::index(arch); });
    add_draws<splitmix64>("at/hand", [](splitmix64& random) {
        std::uint64_t index = array_loops::below(random, 15'625);
        digits arch;
        for (std::size_t i = 6; i-- > 0; index /= 5) arch[i] = static_cast<std::uint8_t>(index % 5);
        return arch;
    });
    add("append/hand", [=]() {
        array_loops::columns<6> kept;
        kept.reserve(round_size);
        for (std::size_t i = 0; i < round_size; ++i) {
            kept.genotypes.push_back(archs[i]);
            kept.values.push_back(static_cast<double>(i));
            kept.parents.push_back(static_cast<std::uint32_t>(i / 2));
        }
        benchmark::DoNotOptimize(kept.values.data());
    });
    add(
        "permutation/hand",
        [random = splitmix64{1}]() mutable {  // shuffled in memory, then read
            std::vector<std::uint32_t> order(15'625);
            std::iota(order.begin(), order.end(), 0U);
            for (std::size_t left = order.size(); left > 1; --left)
                std::swap(order[left - 1], order[array_loops::below(random, left)]);
            for (std::uint32_t at : order) benchmark::DoNotOptimize(at);
        },
        15'625);
    add("seen/hand", [=]() {
        std::unordered_set<std::uint64_t> seen;
        for (const digits& arch : archs) benchmark::DoNotOptimize(seen.insert(array_loops::index(arch)).second);
    });
}

template <class Space>
void add_ours(const std::string& who, const Space& space) {
    using arch_type = typename Space::arch_type;
    const std::vector<arch_type> archs = samples(space);
    add_draws<nas::rng>("sample/" + who, [=](nas::rng& random) { return space.sample(random); });
    add_each<nas::rng>("mutate/" + who, archs,
                       [=](const arch_type& arch, nas::rng& random) { return nas::mutate(space, arch, random); });
    add_each<nas::rng>("crossover/" + who, archs, [=, other = archs[0]](const arch_type& arch, nas::rng& random) {
        return nas::crossover(space, arch, other, random);
    });
    add_each<nas::rng>("neighbors/" + who, archs,
                       [=, all = std::vector<arch_type>()](const arch_type& arch, nas::rng& random) mutable {
                           all.clear();
                           nas::neighbors(space, arch, random, all);
                           return all.data();
                       });
    add_each<nas::rng>("index/" + who, archs, [=](const arch_type& arch, nas::rng&) { return space.index(arch); });
    add_draws<nas::rng>("at/" + who, [=](nas::rng& random) { return space.at(nas::below(random, 15'625)); });
    add("append/" + who, [=]() {
        nas::history<Space> kept{space};
        kept.reserve(round_size);
        nas::trial<arch_type> told;
        for (std::size_t i = 0; i < round_size; ++i) {
            told.arch = archs[i];
            told.id = static_cast<nas::trial_id>(i);
            told.parent = told.id / 2;
            told.result.values[0] = static_cast<double>(i);
            kept.append(told, i);
        }
        benchmark::DoNotOptimize(kept.size());
    });
    add("seen/" + who, [=]() {
        nas::identity_set<nas::identity_t<Space>> seen;
        for (const arch_type& arch : archs) benchmark::DoNotOptimize(seen.insert(nas::identity_of(space, arch)));
    });
}

[[maybe_unused]] const bool added = [] {
    benchmark::AddCustomContext("compiler", __VERSION__);
    benchmark::AddCustomContext("flags", NAS_FLAGS);
    benchmark::AddCustomContext("boost", BOOST_LIB_VERSION);
    const static_space cells{5};
    add_by_hand(samples(cells));
    add_draws<nas::rng>("below/static", [](nas::rng& random) { return nas::below(random, 100); });
    add_draws<nas::rng>("unit/static", [](nas::rng& random) { return nas::unit(random); });
    add(
        "permutation/static",
        [key = std::uint64_t{0}]() mutable {
            const nas::permutation order(15'625, ++key);
            for (std::uint64_t i = 0; i < order.size(); ++i) benchmark::DoNotOptimize(order[i]);
        },
        15'625);
    add_ours("static", cells);
    add_ours("dynamic", dynamic_space{6, 5});
    return true;
}();

}  // namespace
