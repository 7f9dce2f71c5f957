// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/// What a careful programmer writes for one space and one algorithm, without a library: arrays, one generator, the objective
/// inlined. It keeps the columns that the library's history keeps. The ratios of benchmarks/README.md are against these.
namespace array_loops {

template <std::size_t Width>
using genotype = std::array<std::uint8_t, Width>;

inline constexpr std::uint32_t no_parent = 0xffffffff;

template <std::size_t Width>
struct columns {
    std::vector<genotype<Width>> genotypes;
    std::vector<double> values;
    std::vector<std::uint32_t> parents;

    void reserve(std::size_t rows) {
        genotypes.reserve(rows);
        values.reserve(rows);
        parents.reserve(rows);
    }
    /// Of what was written: a column that is only reserved takes no memory.
    std::size_t bytes() const {
        const std::size_t lineage = parents.empty() ? 0 : parents.capacity() * sizeof(std::uint32_t);
        return genotypes.capacity() * sizeof(genotype<Width>) + values.capacity() * sizeof(double) + lineage;
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
    __extension__ using uint128 = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<uint128>(random()) * bound) >> 64);
}

// ---- objectives

/// Task A: 6 decisions of 5 choices, the size of NAS-Bench-201, and a table of all 15,625.
inline std::size_t index(const genotype<6>& g) {
    std::size_t at = 0;
    for (const std::uint8_t digit : g) at = at * 5 + digit;
    return at;
}
inline double value(const std::vector<double>& table, const genotype<6>& g) { return table[index(g)]; }

/// Task B: 20 decisions of 8 choices, and a sum of one number a choice.
using choice_values = std::array<std::array<double, 8>, 20>;
inline double value(const choice_values& parts, const genotype<20>& g) {
    double sum = 0;
    for (std::size_t i = 0; i < g.size(); ++i) sum += parts[i][g[i]];
    return sum;
}

// ---- loops: by default those of task A

template <std::size_t Width, std::size_t Choices>
genotype<Width> sample(splitmix64& random) {
    genotype<Width> g;
    for (std::uint8_t& digit : g) digit = static_cast<std::uint8_t>(below(random, Choices));
    return g;
}

template <std::size_t Width, std::size_t Choices>
void mutate(genotype<Width>& g, splitmix64& random) {
    std::uint8_t& digit = g[below(random, Width)];
    const auto other = static_cast<std::uint8_t>(below(random, Choices - 1));
    digit = static_cast<std::uint8_t>(other + (other >= digit ? 1 : 0));
}

template <std::size_t Width = 6, std::size_t Choices = 5, class Objective>
columns<Width> random_search(const Objective& objective, std::size_t trials, std::uint64_t seed) {
    splitmix64 random{seed};
    columns<Width> kept;
    kept.reserve(trials);
    for (std::size_t trial = 0; trial < trials; ++trial) {
        const genotype<Width> g = sample<Width, Choices>(random);
        kept.genotypes.push_back(g);
        kept.values.push_back(value(objective, g));
    }
    return kept;
}

template <std::size_t Width = 6, std::size_t Choices = 5, class Objective>
columns<Width> regularized_evolution(const Objective& objective, std::size_t trials, std::size_t population,
                                     std::size_t tournament, std::uint64_t seed) {
    splitmix64 random{seed};
    columns<Width> kept;
    kept.reserve(trials);
    std::vector<genotype<Width>> alive(population);
    std::vector<double> values(population);
    std::vector<std::uint32_t> ids(population);
    std::size_t oldest = 0;
    for (std::size_t trial = 0; trial < trials; ++trial) {
        genotype<Width> child;
        std::uint32_t parent = no_parent;
        if (trial < population) {
            child = sample<Width, Choices>(random);
        } else {
            std::size_t best = below(random, population);
            for (std::size_t draw = 1; draw < tournament; ++draw) {
                const std::size_t rival = below(random, population);
                if (values[rival] > values[best]) best = rival;
            }
            child = alive[best];
            parent = ids[best];
            mutate<Width, Choices>(child, random);
        }
        const double result = value(objective, child);
        alive[oldest] = child;
        values[oldest] = result;
        ids[oldest] = static_cast<std::uint32_t>(trial);
        oldest = oldest + 1 == population ? 0 : oldest + 1;
        kept.genotypes.push_back(child);
        kept.values.push_back(result);
        kept.parents.push_back(parent);
    }
    return kept;
}

/// Task A alone: what was seen is a byte for each of the 15,625. Fewer trials than that.
inline columns<6> local_search(const std::vector<double>& table, std::size_t trials, bool first_improvement,
                               std::uint64_t seed) {
    splitmix64 random{seed};
    columns<6> kept;
    kept.reserve(trials);
    std::vector<std::uint8_t> seen(table.size());
    const auto evaluate = [&](const genotype<6>& g, std::uint32_t parent) {
        seen[index(g)] = 1;
        kept.genotypes.push_back(g);
        kept.values.push_back(value(table, g));
        kept.parents.push_back(parent);
        return kept.values.back();
    };
    std::array<genotype<6>, 24> neighbors;
    while (kept.values.size() < trials) {
        genotype<6> at = sample<6, 5>(random);
        if (seen[index(at)]) continue;
        auto id = static_cast<std::uint32_t>(kept.values.size());
        double best = evaluate(at, no_parent);
        for (bool moved = true; moved;) {
            moved = false;
            std::size_t count = 0;
            for (std::size_t i = 0; i < 6; ++i) {
                for (std::uint8_t choice = 0; choice < 5; ++choice) {
                    if (choice == at[i]) continue;
                    neighbors[count] = at;
                    neighbors[count++][i] = choice;
                }
            }
            for (std::size_t left = count; left > 1; --left)
                std::swap(neighbors[left - 1], neighbors[below(random, left)]);
            const std::uint32_t parent = id;
            for (const genotype<6>& neighbor : neighbors) {
                if (seen[index(neighbor)]) continue;
                if (kept.values.size() == trials) return kept;
                const double result = evaluate(neighbor, parent);
                if (result <= best) continue;
                best = result;
                at = neighbor;
                id = static_cast<std::uint32_t>(kept.values.size() - 1);
                moved = true;
                if (first_improvement) break;
            }
        }
    }
    return kept;
}

}  // namespace array_loops
