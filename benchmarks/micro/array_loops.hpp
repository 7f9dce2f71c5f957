// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

/// What a careful programmer writes for one space and one algorithm, without a library: arrays, one generator, the objective
/// inlined. It keeps the columns that the library's history keeps. The ratios of benchmarks/README.md are against these.
namespace array_loops {

inline constexpr std::size_t width = 6;
inline constexpr std::size_t choices = 5;
using genotype = std::array<std::uint8_t, width>;

struct columns {
    std::vector<genotype> genotypes;
    std::vector<double> values;
    std::vector<std::uint32_t> parents;

    void reserve(std::size_t rows) {
        genotypes.reserve(rows);
        values.reserve(rows);
        parents.reserve(rows);
    }
};

struct splitmix64 {
    std::uint64_t state;
    std::uint64_t operator()() {
        std::uint64_t z = state += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
};

inline std::uint64_t below(splitmix64& random, std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<__uint128_t>(random()) * bound) >> 64);
}

inline genotype sample(splitmix64& random) {
    genotype g;
    for (std::uint8_t& digit : g) digit = static_cast<std::uint8_t>(below(random, choices));
    return g;
}

inline std::size_t index(const genotype& g) {
    std::size_t at = 0;
    for (const std::uint8_t digit : g) at = at * choices + digit;
    return at;
}

inline columns random_search(const std::vector<double>& table, std::size_t trials, std::uint64_t seed) {
    splitmix64 random{seed};
    columns kept;
    kept.reserve(trials);
    for (std::size_t trial = 0; trial < trials; ++trial) {
        const genotype g = sample(random);
        kept.genotypes.push_back(g);
        kept.values.push_back(table[index(g)]);
    }
    return kept;
}

inline columns regularized_evolution(const std::vector<double>& table, std::size_t trials, std::size_t population,
                                     std::size_t tournament, std::uint64_t seed) {
    splitmix64 random{seed};
    columns kept;
    kept.reserve(trials);
    std::vector<genotype> alive(population);
    std::vector<double> values(population);
    std::vector<std::uint32_t> ids(population);
    std::size_t oldest = 0;
    for (std::size_t trial = 0; trial < trials; ++trial) {
        genotype child;
        std::uint32_t parent = 0xffffffff;
        if (trial < population) {
            child = sample(random);
        } else {
            std::size_t best = below(random, population);
            for (std::size_t draw = 1; draw < tournament; ++draw) {
                const std::size_t rival = below(random, population);
                if (values[rival] > values[best]) best = rival;
            }
            child = alive[best];
            parent = ids[best];
            std::uint8_t& digit = child[below(random, width)];
            const auto other = static_cast<std::uint8_t>(below(random, choices - 1));
            digit = static_cast<std::uint8_t>(other + (other >= digit ? 1 : 0));
        }
        const double value = table[index(child)];
        alive[oldest] = child;
        values[oldest] = value;
        ids[oldest] = static_cast<std::uint32_t>(trial);
        oldest = oldest + 1 == population ? 0 : oldest + 1;
        kept.genotypes.push_back(child);
        kept.values.push_back(value);
        kept.parents.push_back(parent);
    }
    return kept;
}

}  // namespace array_loops
